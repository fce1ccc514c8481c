"""Datasets of Hugging Face's ``datasets`` in, and out of them what was not seen before.

>>> from datasets import Dataset
>>> story = "The ferry was late again, and nobody on the pier could say why it was so."
>>> unique(Dataset.from_dict({"text": [story, "Something else.", story.upper()]})).num_rows
2
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from types import NoneType
from typing import Any, TypeVar, cast

import numpy as np

from dedup.adapters.row_decisions import (
    KINDS,
    Decider,
    Found,
    KeepOf,
    Kind,
    annotation_batch,
    annotation_schema,
    is_whole_in,
    kind_of,
)
from dedup.columns import as_python
from dedup.config import Settings
from dedup.errors import ConfigError, InputError
from dedup.frames import library
from dedup.index.index import Index
from dedup.index.index_filter import IfSeen, Place
from dedup.index.write import OnConflict

# Columns as lists, by name; a table where the dataset has the format of one.
LISTS = Kind(
    names=list,
    whole=lambda batch, name: all(isinstance(value, int) for value in as_python(batch[name])),
    rows=lambda _, keep: keep.tolist(),
    annotated=lambda _, found: found.columns(),
)


class Batches:
    """Decides the rows of batches: for ``filter`` of a dataset, or for ``map`` if it annotates.

    ``datasets`` takes the result of an earlier call from its cache where function and data are the
    same, and knows what is the same by pickling both. As what an index says changes with
    what it has, no two picklings of this are the same.
    """

    def __init__(self, decider: Decider, pickling: str = "") -> None:
        self._decider, self._pickling = decider, pickling
        self._index: Index | None = None  # in memory, for one passage

    def __reduce__(self) -> tuple[Any, ...]:
        """Open the index again in another process; be like no other pickling."""
        return type(self), (self._decider, secrets.token_hex(16))

    def __call__(self, batch: Any, rows: Sequence[int] | None = None) -> Any:  # noqa: ANN401
        """Decide a batch, and add what is new to the index; say which rows stay, or annotate."""
        decider, kind = self._decider, LISTS
        if not isinstance(batch, Mapping):
            kind = KINDS[kind_of(batch)[0]]
        elif isinstance(batch.get(decider.column, ()), (str, NoneType)):
            wrong = f"column {decider.column!r} holds one text, not a batch"
            raise InputError(f"{wrong}: pass batched=True")
        decider.check(kind, batch)
        first = rows[0] if rows else 0
        if decider.filter.index is not None:
            found = decider.found(kind, batch)
        else:
            if self._index is None or first == 0:  # the dataset is read from its beginning
                self._index = Index(config=decider.filter.config)
            found = decider.against(self._index, kind, batch, first)
        return kind.annotated(batch, found) if decider.annotates else found.keep.tolist()


def _annotated(dataset: Any, found: Found) -> Any:  # noqa: ANN401
    hf, pa = library("datasets"), library("pyarrow")
    table = pa.Table.from_batches([annotation_batch(found)])
    return hf.concatenate_datasets([dataset, hf.Dataset(table)], axis=1)


# A dataset as far as its columns are concerned; those of some streams are not known.
COLUMNS = Kind(
    names=lambda dataset: dataset.column_names,
    whole=lambda dataset, name: is_whole_in(dataset.features.arrow_schema, name),
    rows=lambda dataset, keep: dataset.select(np.flatnonzero(keep)),
    annotated=_annotated,
)


class Changes:
    """Changes datasets.

    Raises
    ------
    ConfigError
        When processes are asked for that have nothing to do.
    """

    def __init__(self, decider: Decider, batch_size: int, num_proc: int | None) -> None:
        if num_proc is not None and decider.filter.index is None:
            raise ConfigError.of("num_proc", "has no effect without an index: leave it out")
        self._decider, self._batch_size, self._num_proc = decider, batch_size, num_proc

    def of(self, dataset: Any) -> Any:  # noqa: ANN401
        """Return a dataset, or all splits of one, changed.

        Raises
        ------
        InputError
            When it is none, or lacks a column.
        """
        hf = library("datasets")
        seen = self._decider.filter.index is not None
        if isinstance(dataset, hf.Dataset):
            return self._by_index(dataset) if seen else self._together([dataset])[0]
        if isinstance(dataset, hf.IterableDataset):
            return self._stream(dataset)
        if isinstance(dataset, hf.DatasetDict) and not seen:
            changed = self._together(list(dataset.values()))
            return hf.DatasetDict(zip(dataset, changed, strict=True))
        if isinstance(dataset, hf.IterableDatasetDict) and not seen:
            raise InputError("streaming splits can only be compared through an index: give one")
        if isinstance(dataset, (hf.DatasetDict, hf.IterableDatasetDict)):
            return type(dataset)({name: self.of(split) for name, split in dataset.items()})
        allowed = "a Dataset, an IterableDataset or a dict of them"
        raise InputError(f"dataset must be {allowed}, got {type(dataset).__name__}")

    def _together(self, datasets: list[Any]) -> list[Any]:
        """Compare the rows of some datasets with each other."""
        decider, tables = self._decider, []
        for dataset in datasets:
            decider.check(COLUMNS, dataset)
            tables.append(dataset.select_columns(decider.wanted).with_format("arrow")[:])
        table = library("pyarrow").concat_tables(tables, promote_options="permissive")
        found = decider.found(KINDS["pyarrow"], table)
        bounds = pairwise(accumulate(map(len, datasets), initial=0))
        return [
            decider.changed(COLUMNS, dataset, found.rows(*edges))
            for dataset, edges in zip(datasets, bounds, strict=True)
        ]

    def _by_index(self, dataset: Any) -> Any:  # noqa: ANN401
        """Compare the rows of a dataset with what an index has, batch by batch."""
        self._decider.check(COLUMNS, dataset)
        return self._batched(
            dataset,
            num_proc=self._num_proc,
            load_from_cache_file=False,
            new_fingerprint=secrets.token_hex(8),
        )

    def _stream(self, dataset: Any) -> Any:  # noqa: ANN401
        """Compare the rows of a stream with what came before, whenever it is read."""
        self._decider.first_only()
        if dataset.features is not None:
            self._decider.check(COLUMNS, dataset)
        return self._batched(dataset, with_indices=True)

    def _batched(self, dataset: Any, **options: Any) -> Any:  # noqa: ANN401
        decider, features = self._decider, dataset.features
        options |= {"batched": True, "batch_size": self._batch_size}
        if not decider.annotates:
            return dataset.filter(Batches(decider), **options)
        if features is not None:  # else the types of columns are not known
            schema = annotation_schema(whole=decider.whole(COLUMNS, dataset))
            hf = library("datasets")
            features = hf.Features({**features, **hf.Features.from_arrow_schema(schema)})
        return dataset.map(Batches(decider), features=features, **options)


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
    num_proc: int | None = None,
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
        How many rows are decided at once.
    num_proc
        How many processes share the work of a ``Dataset``. Each opens the index by its path; which
        copy is the first is then a matter of chance.
    **overrides
        Single settings, as in ``unique(dataset, threshold=0.9)``.

    Raises
    ------
    InputError, TextTypeError, ConfigError
        As by ``dedup.adapters.tables.unique``; for a stream when it is read.

    Notes
    -----
    Nothing is taken from the cache of ``datasets``, as the index may have changed. With an index
    splits are read in the order of the dict: put first what the others must not repeat.
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
    decider = Decider(text, config, id, index, keep, if_seen, on_conflict, overrides)
    return cast("D", Changes(decider, batch_size, num_proc).of(dataset))


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
    num_proc: int | None = None,
    **overrides: Any,  # noqa: ANN401
) -> D:
    """Return a dataset with what ``unique`` would do with each row, in three more columns.

    They are those of ``dedup.adapters.tables.annotate``.

    Parameters
    ----------
    dataset, text, config, id, index, keep, if_seen, on_conflict, batch_size,
    num_proc, **overrides
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
    decider = Decider(text, config, id, index, keep, if_seen, on_conflict, overrides, True)  # noqa: FBT003
    return cast("D", Changes(decider, batch_size, num_proc).of(dataset))


def is_new(  # noqa: PLR0913  as unique
    index: Place,
    text: str = "text",
    config: Settings | None = None,
    *,
    id: str | None = None,  # noqa: A002  what it is called everywhere
    if_seen: IfSeen = "drop",
    on_conflict: OnConflict = "update",
    **overrides: Any,  # noqa: ANN401
) -> Callable[..., list[bool]]:
    """Return a function for ``dataset.filter(..., batched=True)``: which rows are new.

    Parameters
    ----------
    index, text, config, id, if_seen, on_conflict, **overrides
        As for ``unique``. By a path each process opens the index itself; one in memory is for one
        process, and ``datasets`` warns that it cannot be hashed.

    Raises
    ------
    ConfigError
        When a setting is unknown or outside its range, or has no effect.

    Notes
    -----
    To ``datasets`` no two uses of it are the same, so nothing is taken from its cache.

    Examples
    --------
    >>> import dedup
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> is_new(dedup.Index())({"text": [story, story.upper(), "Something else."]})
    [True, False, True]
    """
    return Batches(Decider(text, config, id, index, None, if_seen, on_conflict, overrides))
