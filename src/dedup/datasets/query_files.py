"""Look up the texts of files in an index."""

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
    """Write a line of JSON for each text of the files that repeats a text of the index.

    A line has the path of the ``input``, the number of the ``record`` and its ``id`` if there are
    records and ids, the ``witness`` (the id of the repeated text in the index), the
    ``similarity``, and whether the copy is ``exact``.

    Returns
    -------
    repeats, count, unreadable
        The number of texts that repeat one of the index, of texts read, and of records that could
        not be read.

    Raises
    ------
    InputError
        When an input cannot be read.
    """
    is_text = found.format == "text"
    options = replace(options, format=found.format)
    handler = format_handler(options, reference=is_text)  # text files are named by their paths
    job = Job(inputs=found.paths, listings=found.listings, config=index.config, options=options)
    repeats = count = unreadable = 0
    for read, batch in read_inputs(inputs_to_read(job, handler), job):
        records, matches = batch.records, index.query(batch.texts)
        count += len(matches) - len(records.bad)
        unreadable += len(records.bad)
        repeats += int((~matches.keep).sum())
        for row in np.flatnonzero(~matches.keep).tolist():
            line = {"input": str(read.path), "record": len(read.rows) + row + 1}
            line |= {} if records.ids is None else {"id": records.id_of(row)}
            similarity, exact = round(float(matches.similarity[row]), 6), bool(matches.exact[row])
            match = {"witness": matches.witness[row], "similarity": similarity, "exact": exact}
            line = {"input": records.id_of(row)} if is_text else line
            write(dumps(line | match) + b"\n")
    return repeats, count, unreadable
