"""Which texts of files an index calls duplicates."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from dedup.datasets.dataset_options import DatasetOptions
from dedup.datasets.formats.json_values import dumps
from dedup.datasets.inputs import Inputs, format_handler
from dedup.datasets.job import Job
from dedup.datasets.read_inputs import inputs_to_read, read_inputs
from dedup.index.index import Index


def query_files(
    found: Inputs, options: DatasetOptions, index: Index, write: Callable[[bytes], object]
) -> tuple[int, int, int]:
    """Write a line of JSON for each text of files that repeats one of an index.

    Return how many repeat one, how many were read, and how many could not be read.

    It has the ``input``, the number of the ``record`` and its ``id`` where the input has them, the
    ``witness``, the ``similarity``, and whether it is ``exact``.

    Raises
    ------
    InputError
        When an input cannot be read.
    """
    is_text = found.format == "text"
    options = replace(options, format=found.format)
    form = format_handler(options, reference=is_text)  # texts are called by their paths
    job = Job(inputs=found.paths, config=index.config, options=options)
    repeats = count = unreadable = 0
    for read, batch in read_inputs(inputs_to_read(job, form), job):
        names, matches = batch.records.names, index.query(batch.texts)
        count += len(matches) - len(batch.records.bad)
        unreadable += len(batch.records.bad)
        repeats += int((~matches.keep).sum())
        for row in np.flatnonzero(~matches.keep).tolist():
            line = {"input": str(read.path), "record": len(read.rows) + row + 1}
            line |= {"id": names[row]} if names else {}
            similarity, exact = round(float(matches.similarity[row]), 6), bool(matches.exact[row])
            match = {"witness": matches.witness[row], "similarity": similarity, "exact": exact}
            line = {"input": names[row]} if is_text and names else line
            write(dumps(line | match) + b"\n")
    return repeats, count, unreadable
