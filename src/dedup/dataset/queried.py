"""Which texts of files an index calls duplicates."""

from collections.abc import Callable
from typing import Any

import numpy as np

from dedup.arrays.memory import IN_RAM
from dedup.columns import packed_of
from dedup.dataset.inputs import Inputs, form_for
from dedup.dataset.job import Job
from dedup.dataset.options import DatasetOptions
from dedup.dataset.reading import NOWHERE, Reader
from dedup.index.index import Index
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
    read = first = 0  # texts, and those of the inputs before

    def look_up(packed: Packed, names: list[Any] | None) -> tuple[I64, I64]:
        nonlocal read
        matches = index.query(packed)
        for row in np.flatnonzero(~matches.keep).tolist():
            line = {"input": names[row] if is_text and names else str(path)}
            if not is_text:
                line["record"] = read - first + row + 1
                line |= {"id": names[row]} if names else {}
            similarity = round(float(matches.similarity[row]), 6)
            witness = {"witness": matches.witness[row], "similarity": similarity}
            take(line | witness | {"exact": bool(matches.exact[row])})
        read += len(matches)
        return NOWHERE

    form = form_for(found.format, options, reference=is_text)  # texts are called by their paths
    job = Job(inputs=found.paths, config=index.config, options=options)
    reader = Reader(job, look_up, IN_RAM)
    for path in found.paths:
        first = read
        if is_text and path == STDIN:
            text = TextFormat(options.encoding, options.errors).decode(read_bytes(path), "-").text
            look_up(packed_of([text]), None)
        else:
            reader.read(path, form, options.wanted)
    return read
