"""Which texts of files an index calls duplicates."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from dedup.dataset.inputs import Inputs, form_for
from dedup.dataset.options import DatasetOptions, Job
from dedup.dataset.reading import inputs_to_read, read_inputs
from dedup.index.index import Index

Take = Callable[[dict[str, Any]], object]


def query_files(
    found: Inputs, options: DatasetOptions, index: Index, take: Take
) -> tuple[int, int]:
    """Call ``take`` with each text of files that repeats one of an index; count these, and all.

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
    job = Job(inputs=found.paths, config=index.config, options=options)
    repeats = count = 0
    for read, batch in read_inputs(inputs_to_read(job, form), job):
        names, matches = batch.records.names, index.query(batch.texts)
        count += len(matches)
        repeats += int((~matches.keep).sum())
        for row in np.flatnonzero(~matches.keep).tolist():
            line = {"input": str(read.path), "record": len(read.rows) + row + 1}
            line |= {"id": names[row]} if names else {}
            similarity, exact = round(float(matches.similarity[row]), 6), bool(matches.exact[row])
            match = {"witness": matches.witness[row], "similarity": similarity, "exact": exact}
            take(({"input": names[row]} if is_text and names else line) | match)
    return repeats, count
