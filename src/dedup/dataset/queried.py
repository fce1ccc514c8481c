"""Which texts of files an index calls duplicates."""

from collections.abc import Callable
from typing import Any

import numpy as np

from dedup.arrays.memory import IN_RAM
from dedup.columns import packed_of
from dedup.dataset.inputs import Inputs, form_for
from dedup.dataset.job import Job
from dedup.dataset.options import DatasetOptions
from dedup.dataset.reading import Reader
from dedup.index.index import Index
from dedup.index.result import IndexMatches
from dedup.io.json_values import loads
from dedup.io.text import STDIN, TextFormat, read_bytes
from dedup.records import I64
from dedup.text.packed import Packed

Take = Callable[[dict[str, Any]], None]


def query_files(found: Inputs, options: DatasetOptions, index: Index, take: Take) -> int:
    """Call ``take`` with each text of files that repeats one of an index; return how many are read.

    It gets the ``input``, the number of the ``record`` and its ``id`` where the input has them, the
    ``witness``, the ``similarity``, and whether it is ``exact``.

    Raises
    ------
    InputError
        When an input cannot be read.
    """
    is_text = found.format == "text"
    queries = _Queries(index, take, has_names=is_text or options.id_key is not None)
    form = form_for(found.format, options, reference=is_text)  # texts are called by their paths
    job = Job(inputs=found.paths, config=index.config, options=options)
    reader = Reader(job, queries.add_texts, queries.add_names, IN_RAM)
    for path in found.paths:
        queries.begin(str(path), is_text=is_text)
        if is_text and path == STDIN:
            text = TextFormat(options.encoding, options.errors).decode(read_bytes(path), "-").text
            queries.add_texts(packed_of([text]))
            queries.add_names(packed_of(['"-"']))
        else:
            reader.read(path, form, options.wanted)
    return queries.read


class _Queries:
    """Looks up the texts that a reader reads."""

    def __init__(self, index: Index, take: Take, *, has_names: bool) -> None:
        self._index, self._take, self._has_names = index, take, has_names
        self.read = 0

    def begin(self, name: str, *, is_text: bool) -> None:
        """Begin with an input."""
        self._input, self._is_text, self._records = name, is_text, 0

    def add_texts(self, packed: Packed) -> I64:
        """Look up some texts; return where they end: they are not kept."""
        self._matches = self._index.query(packed)
        if not self._has_names:
            self._give([None] * len(packed))
        return np.zeros(len(packed), np.int64)

    def add_names(self, packed: Packed) -> I64:
        """Take the names of the texts before, as JSON."""
        self._give([_value(packed.text(row)) for row in range(len(packed))])
        return np.zeros(len(packed), np.int64)

    def _give(self, names: list[Any]) -> None:
        matches: IndexMatches = self._matches
        for row in np.flatnonzero(~matches.keep).tolist():
            line = {"input": self._input, "record": self._records + row + 1, "id": names[row]}
            if self._is_text:
                line = {"input": names[row]}
            elif not self._has_names:
                del line["id"]
            similarity = round(float(matches.similarity[row]), 6)
            witness = {"witness": matches.witness[row], "similarity": similarity}
            self._take(line | witness | {"exact": bool(matches.exact[row])})
        self._records += len(matches)
        self.read += len(matches)


def _value(name: str) -> Any:  # noqa: ANN401  whatever an id is
    return loads(b'{"name":%b}' % name.encode("utf-8", "surrogatepass"))["name"]
