"""Datasets of Hugging Face's ``datasets`` in, and out of them what was not seen before.

>>> from datasets import Dataset
>>> story = "The ferry was late again, and nobody on the pier could say why it was so."
>>> unique(Dataset.from_dict({"text": [story, "Something else.", story.upper()]})).num_rows
2
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

import numpy as np

from dedup.adapters.row_decisions import (
    KINDS,
    Decider,
    KeepOf,
    Kind,
    annotation_schema,
    kind_of,
)
from dedup.columns import as_python
from dedup.config import Settings
from dedup.errors import InputError
from dedup.frames import library
from dedup.index.index import Index
from dedup.index.index_filter import IfSeen, IndexFilter, Place
from dedup.index.write import OnConflict
from dedup.io.records import ANNOTATIONS

# Columns as lists, by name; a table where the dataset has the format of one.
LISTS = Kind(
    names=list,
    whole=lambda batch, name: all(isinstance(value, int) for value in as_python(batch[name])),
    rows=lambda _, keep: keep.tolist(),
    annotated=lambda _, found: found.columns(),
)


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
            found = decider.found(kind, batch)
        else:
            if self._index is None or rows[0] == 0:  # the stream is read from its beginning
                self._index = Index(config=decider.filter.config)
            found = decider.against(self._index, kind, batch, rows[0])
        return kind.annotated(batch, found) if decider.annotates else found.keep.tolist()


def _stream(dataset: Any, decider: Decider, batch_size: int) -> Any:  # noqa: ANN401
    """Compare the rows of a stream with what came before, whenever it is read."""
    decider.first_only()
    features = dataset.features
    options = {"with_indices": True, "batched": True, "batch_size": batch_size}
    if features is not None:  # else its columns are not known
        decider.check(dataset.column_names)
    if not decider.annotates:
        return dataset.filter(StreamBatches(decider), **options)
    if features is not None:
        hf, empty = library("datasets"), features.arrow_schema.empty_table()
        schema = annotation_schema(whole=decider.whole(KINDS["pyarrow"], empty))
        features = hf.Features({**features, **hf.Features.from_arrow_schema(schema)})
    return dataset.map(StreamBatches(decider), features=features, **options)


def _together(datasets: list[Any], decider: Decider, batch_size: int) -> list[Any]:
    """Compare the rows of some datasets with each other, or with what an index has."""
    hf, tables = library("datasets"), []
    for dataset in datasets:
        decider.check(dataset.column_names)
        tables.append(dataset.select_columns(decider.wanted).with_format("arrow")[:])
    frame = library("pyarrow").concat_tables(tables, promote_options="permissive")
    if decider.filter.index is not None:
        frame = frame.to_reader(max_chunksize=batch_size)
    annotated = replace(decider, annotates=True).decided(frame)
    if decider.filter.index is not None:
        annotated = annotated.read_all()
    columns = annotated.select(ANNOTATIONS).replace_schema_metadata()
    changed = []
    for dataset in datasets:
        part, columns = columns[: len(dataset)], columns[len(dataset) :]
        if decider.annotates:
            changed.append(hf.concatenate_datasets([dataset, hf.Dataset(part)], axis=1))
        else:
            changed.append(dataset.select(np.flatnonzero(part["dedup_keep"])))
    return changed


def _decided(dataset: Any, decider: Decider, batch_size: int) -> Any:  # noqa: ANN401
    """Return a dataset, or all splits of one, without the rows that go, or annotated.

    Raises
    ------
    InputError
        When it is none, or lacks a column.
    """
    hf = library("datasets")
    if isinstance(dataset, hf.Dataset):
        return _together([dataset], decider, batch_size)[0]
    if isinstance(dataset, hf.DatasetDict):
        splits = _together([*dataset.values()], decider, batch_size)
        return hf.DatasetDict(zip(dataset, splits, strict=True))
    if isinstance(dataset, hf.IterableDataset):
        return _stream(dataset, decider, batch_size)
    if not isinstance(dataset, hf.IterableDatasetDict):
        allowed = "a Dataset, an IterableDataset or a dict of them"
        raise InputError(f"dataset must be {allowed}, got {type(dataset).__name__}")
    if decider.filter.index is None:
        raise InputError("streaming splits can only be compared through an index: give one")
    streams = {name: _stream(split, decider, batch_size) for name, split in dataset.items()}
    return hf.IterableDatasetDict(streams)


D = TypeVar("D")
BATCH = 1000


def unique(  # noqa: PLR0913  one function, to be read as one sentence
    dataset: D,
    text: str = "text",
    config: Settings | None = None,
    *,
    id: str | None = None,  # noqa: A002  what it is called everywhere
    index: Place | None = None,
    keep: KeepOf | None = None,
    if_seen: IfSeen = "drop",
    on_conflict: OnConflict = "update",
    batch_size: int = BATCH,
    **overrides: Any,  # noqa: ANN401
) -> D:
    """Return the rows of a dataset that stay.

    Parameters
    ----------
    dataset
        A ``Dataset`` or ``DatasetDict``, which are decided now, or an ``IterableDataset``
        (``streaming=True``) or a dict of such, which are decided as they are read.
    text, config, id, keep, if_seen, on_conflict
        As for ``dedup.adapters.tables.unique``. Of a stream always the first copy stays.
    index
        What was seen before, and where to add what is new: an ``Index``, or the path or address of
        one. When None the rows are compared with each other alone, those of all splits of a
        ``DatasetDict`` together.
    batch_size
        How many rows are decided at once, in a stream or with an index.
    **overrides
        Single settings, as in ``unique(dataset, threshold=0.9)``.

    Raises
    ------
    InputError, TextTypeError, ConfigError
        As by ``dedup.adapters.tables.unique``; for a stream when it is read.

    Notes
    -----
    With an index splits are read in the order of the dict: put first what the others must not
    repeat.
    Of a run that was cut short the index has what was read: the next one yields it with
    ``if_seen="keep"``. So does a stream with an index that is read a second time; without one each
    reading begins anew.

    Examples
    --------
    >>> import dedup
    >>> from datasets import Dataset
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> rows = Dataset.from_dict({"url": ["a", "b"], "text": [story, story.upper()]})
    >>> stream = rows.to_iterable_dataset()
    >>> [row["url"] for row in unique(stream, id="url", index=dedup.Index())]
    ['a']
    """
    index_filter = IndexFilter(index, config, overrides, id is not None, if_seen, on_conflict)
    return cast("D", _decided(dataset, Decider(text, id, keep, index_filter), batch_size))


def annotate(  # noqa: PLR0913  as unique
    dataset: D,
    text: str = "text",
    config: Settings | None = None,
    *,
    id: str | None = None,  # noqa: A002  what it is called everywhere
    index: Place | None = None,
    keep: KeepOf | None = None,
    if_seen: IfSeen = "drop",
    on_conflict: OnConflict = "update",
    batch_size: int = BATCH,
    **overrides: Any,  # noqa: ANN401
) -> D:
    """Return a dataset with what ``unique`` would do with each row, in three more columns.

    They are those of ``dedup.adapters.tables.annotate``.

    Parameters
    ----------
    dataset, text, config, id, index, keep, if_seen, on_conflict, batch_size, **overrides
        As for ``unique``.

    Raises
    ------
    InputError, TextTypeError, ConfigError
        As by ``unique``; and when the dataset has columns of these names.

    Examples
    --------
    >>> from datasets import Dataset
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> annotate(Dataset.from_dict({"text": [story, story.upper()]}))["dedup_witness"][:]
    [None, 0]
    """
    index_filter = IndexFilter(index, config, overrides, id is not None, if_seen, on_conflict)
    decider = Decider(text, id, keep, index_filter, annotates=True)
    return cast("D", _decided(dataset, decider, batch_size))
