"""Hugging Face datasets and streams: their rows are decided like the rows of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np

from dedup.adapters.row_decisions import (
    FRAME_TYPES,
    FrameDeduplicator,
    FrameType,
    annotation_schema,
    library_and_class,
)
from dedup.arrays.columns import to_python_list
from dedup.arrays.tabular import import_optional
from dedup.datasets.formats.record_format import ANNOTATION_FIELDS
from dedup.errors import InputError
from dedup.index.index import Index

ROWS_PER_DECISION = 1000  # of a stream, or of a dataset with an index
# Batches of a stream: a dict of lists by column name, unless the stream has the format of a table.
COLUMN_LISTS = FrameType(
    column_names=list,
    is_integer_column=lambda batch, name: all(
        isinstance(value, int) for value in to_python_list(batch[name])
    ),
    select_rows=lambda _, keep: keep.tolist(),
    add_columns=lambda _, decisions: decisions.columns(),
)


def deduplicate_dataset(dataset: Any, deduplicator: FrameDeduplicator) -> Any:  # noqa: ANN401
    """Return a dataset, or all splits of one, with the kept rows, or with annotation columns.

    Raises
    ------
    InputError
        If a column is missing, or if there are several streams and no index.
    """
    hf = import_optional("datasets")
    if isinstance(dataset, hf.Dataset):
        return _deduplicate_splits([dataset], deduplicator)[0]
    if isinstance(dataset, hf.DatasetDict):
        splits = _deduplicate_splits([*dataset.values()], deduplicator)
        return hf.DatasetDict(zip(dataset, splits, strict=True))
    deduplicator.require_keep_first()
    if isinstance(dataset, hf.IterableDataset):
        return _deduplicate_stream(dataset, deduplicator)
    if deduplicator.filter.index is None:
        raise InputError("streaming splits can only be compared through an index: pass index")
    streams = {name: _deduplicate_stream(split, deduplicator) for name, split in dataset.items()}
    return hf.IterableDatasetDict(streams)


def _deduplicate_splits(splits: list[Any], deduplicator: FrameDeduplicator) -> list[Any]:
    """Compare the rows of all splits with each other, or with an index."""
    hf, pa = import_optional("datasets"), import_optional("pyarrow")
    for split in splits:
        deduplicator.check_columns(split.column_names)
    columns_read = deduplicator.columns_read
    views = [split.select_columns(columns_read).with_format("arrow") for split in splits]
    annotator = replace(deduplicator, annotates=True)
    if deduplicator.filter.index is None:
        table = pa.concat_tables([view[:] for view in views], promote_options="permissive")
        annotated = annotator.deduplicate(table).to_reader()
    else:  # only one batch of texts is in memory
        tables = chain.from_iterable(view.iter(ROWS_PER_DECISION) for view in views)
        batches = chain.from_iterable(table.to_batches() for table in tables)
        schema = views[0].features.arrow_schema
        annotated = annotator.deduplicate(pa.RecordBatchReader.from_batches(schema, batches))
    schema = pa.schema(map(annotated.schema.field, ANNOTATION_FIELDS))
    columns = pa.Table.from_batches(
        [batch.select(ANNOTATION_FIELDS) for batch in annotated], schema
    )
    results = []
    for split in splits:
        split_columns, columns = columns[: len(split)], columns[len(split) :]
        if deduplicator.annotates:
            results.append(hf.concatenate_datasets([split, hf.Dataset(split_columns)], axis=1))
        else:
            results.append(split.select(np.flatnonzero(split_columns["dedup_keep"])))
    return results


def _deduplicate_stream(dataset: Any, deduplicator: FrameDeduplicator) -> Any:  # noqa: ANN401
    """Compare the rows of a stream with the earlier rows, each time the stream is read."""
    features, batch_decider = dataset.features, StreamBatchDecider(deduplicator)
    options = {"with_indices": True, "batched": True, "batch_size": ROWS_PER_DECISION}
    if features is not None:  # otherwise the columns are not known yet
        deduplicator.check_columns(dataset.column_names)
    if not deduplicator.annotates:
        return dataset.filter(batch_decider, **options)
    if features is not None:
        hf, empty = import_optional("datasets"), features.arrow_schema.empty_table()
        has_integer_ids = deduplicator.has_integer_ids(FRAME_TYPES["pyarrow"], empty)
        schema = annotation_schema(has_integer_ids=has_integer_ids)
        features = hf.Features({**features, **hf.Features.from_arrow_schema(schema)})
    return dataset.map(batch_decider, features=features, **options)


class StreamBatchDecider:
    """Decides the batches of a stream: the function for its ``filter``, or for its ``map``."""

    def __init__(self, deduplicator: FrameDeduplicator) -> None:
        self._deduplicator = deduplicator
        self._index: Index | None = None  # in memory; each reading of the stream gets a new one

    def __reduce__(self) -> tuple[Any, ...]:
        """Start with an empty index in another process."""
        return type(self), (self._deduplicator,)

    def __call__(self, batch: Any, rows: Sequence[int]) -> Any:  # noqa: ANN401
        """Decide a batch, and add its new texts to the index.

        Returns the keep flags of the rows, or the annotation columns.
        """
        deduplicator = self._deduplicator
        is_dict = isinstance(batch, Mapping)
        frame_type = COLUMN_LISTS if is_dict else FRAME_TYPES[library_and_class(batch)[0]]
        deduplicator.check_columns(frame_type.column_names(batch))
        if deduplicator.filter.index is not None:
            decisions = deduplicator.decide(frame_type, batch, rows[0])
        else:
            if self._index is None or rows[0] == 0:  # the stream is read from its beginning
                self._index = Index(config=deduplicator.filter.config)
            decisions = deduplicator.decide_with_index(self._index, frame_type, batch, rows[0])
        if deduplicator.annotates:
            return frame_type.add_columns(batch, decisions)
        return decisions.keep.tolist()
