"""Which texts of files an index calls duplicates."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from dedup.columns import packed_of
from dedup.dataset.inputs import Inputs, form_for
from dedup.dataset.options import DatasetOptions, Job
from dedup.dataset.reading import inputs_to_read, read_inputs
from dedup.index.index import Index
from dedup.io.text import STDIN, TextFormat, read_bytes
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
    options = replace(options, format=found.format)
    form = form_for(options, reference=is_text)  # texts are called by their paths
    count = 0
    for path in found.paths:
        if is_text and path == STDIN:
            text = TextFormat(options.encoding, options.errors).decode(read_bytes(path), "-").text
            for _, match in _repeats(packed_of([text]), index):
                take({"input": str(path)} | match)
            count += 1
            continue
        job = Job(inputs=[path], config=index.config, options=options)
        for read, batch in read_inputs(inputs_to_read(job, form), job):
            names = batch.records.names
            for row, match in _repeats(batch.texts, index):
                about = {"id": names[row]} if names else {}
                line = {"input": str(path), "record": read.rows.stop + row + 1} | about
                take(({"input": names[row]} if is_text and names else line) | match)
            count += len(batch.records)
    return count


def _repeats(texts: Packed, index: Index) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of texts that repeat one of an index, and which."""
    matches = index.query(texts)
    for row in np.flatnonzero(~matches.keep).tolist():
        similarity, exact = round(float(matches.similarity[row]), 6), bool(matches.exact[row])
        yield row, {"witness": matches.witness[row], "similarity": similarity, "exact": exact}
