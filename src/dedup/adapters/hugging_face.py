"""Hugging Face datasets and streams: their rows are decided like the rows of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np

from dedup.adapters.row_decisions import KINDS, Decider, Kind, annotation_schema, kind_of
from dedup.arrays.columns import to_python_list
from dedup.arrays.tabular import import_optional
from dedup.datasets.formats.record_format import ANNOTATION_FIELDS
from dedup.errors import InputError
from dedup.index.index import Index

BATCH = 1000  # rows of a stream, or of a dataset with an index, that are decided at once
# Columns as lists, by name; a table where the dataset has the format of one.
LISTS = Kind(
    names=list,
    whole=lambda batch, name: all(isinstance(value, int) for value in to_python_list(batch[name])),
    rows=lambda _, keep: keep.tolist(),
    annotated=lambda _, found: found.columns(),
)


def decided(dataset: Any, decider: Decider) -> Any:  # noqa: ANN401
    """Return a dataset, or all splits of one, without the rows that go, or annotated.

    Raises
    ------
    InputError
        When it lacks a column, or has streams that are to be compared without an index.
    """
    hf = import_optional("datasets")
    if isinstance(dataset, hf.Dataset):
        return _together([dataset], decider)[0]
    if isinstance(dataset, hf.DatasetDict):
        return hf.DatasetDict(zip(dataset, _together([*dataset.values()], decider), strict=True))
    decider.first_only()
    if isinstance(dataset, hf.IterableDataset):
        return _stream(dataset, decider)
    if decider.filter.index is None:
        raise InputError("streaming splits can only be compared through an index: give one")
    streams = {name: _stream(split, decider) for name, split in dataset.items()}
    return hf.IterableDatasetDict(streams)


def _together(datasets: list[Any], decider: Decider) -> list[Any]:
    """Compare the rows of some datasets with each other, or with what an index has."""
    hf, pa = import_optional("datasets"), import_optional("pyarrow")
    for dataset in datasets:
        decider.check(dataset.column_names)
    views = [dataset.select_columns(decider.wanted).with_format("arrow") for dataset in datasets]
    annotator = replace(decider, annotates=True)
    if decider.filter.index is None:
        table = pa.concat_tables([view[:] for view in views], promote_options="permissive")
        annotated = annotator.decided(table).to_reader()
    else:  # no more than a batch of texts is in memory
        tables = chain.from_iterable(view.iter(BATCH) for view in views)
        batches = chain.from_iterable(table.to_batches() for table in tables)
        schema = views[0].features.arrow_schema
        annotated = annotator.decided(pa.RecordBatchReader.from_batches(schema, batches))
    schema = pa.schema(map(annotated.schema.field, ANNOTATION_FIELDS))
    columns = pa.Table.from_batches(
        [batch.select(ANNOTATION_FIELDS) for batch in annotated], schema
    )
    changed = []
    for dataset in datasets:
        part, columns = columns[: len(dataset)], columns[len(dataset) :]
        if decider.annotates:
            changed.append(hf.concatenate_datasets([dataset, hf.Dataset(part)], axis=1))
        else:
            changed.append(dataset.select(np.flatnonzero(part["dedup_keep"])))
    return changed


def _stream(dataset: Any, decider: Decider) -> Any:  # noqa: ANN401
    """Compare the rows of a stream with what came before, whenever it is read."""
    features, batches = dataset.features, StreamBatches(decider)
    options = {"with_indices": True, "batched": True, "batch_size": BATCH}
    if features is not None:  # else its columns are not known
        decider.check(dataset.column_names)
    if not decider.annotates:
        return dataset.filter(batches, **options)
    if features is not None:
        hf, empty = import_optional("datasets"), features.arrow_schema.empty_table()
        schema = annotation_schema(whole=decider.whole(KINDS["pyarrow"], empty))
        features = hf.Features({**features, **hf.Features.from_arrow_schema(schema)})
    return dataset.map(batches, features=features, **options)


class StreamBatches:
    """Decides the batches of a stream: for its ``filter``, or for ``map`` if it annotates."""

    def __init__(self, decider: Decider) -> None:
        self._decider = decider
        self._index: Index | None = None  # in memory, for one reading

    def __reduce__(self) -> tuple[Any, ...]:
        """Begin anew in another process."""
        return type(self), (self._decider,)

    def __call__(self, batch: Any, rows: Sequence[int]) -> Any:  # noqa: ANN401
        """Decide a batch, and add what is new to the index; say which rows stay, or annotate."""
        decider = self._decider
        kind = LISTS if isinstance(batch, Mapping) else KINDS[kind_of(batch)[0]]
        decider.check(kind.names(batch))
        if decider.filter.index is not None:
            found = decider.found(kind, batch, rows[0])
        else:
            if self._index is None or rows[0] == 0:  # the stream is read from its beginning
                self._index = Index(config=decider.filter.config)
            found = decider.against(self._index, kind, batch, rows[0])
        return kind.annotated(batch, found) if decider.annotates else found.keep.tolist()
