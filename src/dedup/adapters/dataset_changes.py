"""How a dataset of Hugging Face is changed: at once, or as it is read."""

import secrets
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from types import NoneType
from typing import Any

import numpy as np

from dedup.adapters.frame_kinds import (
    KINDS,
    Found,
    Kind,
    arrow_found,
    arrow_types,
    check_columns,
    found_lists,
    kind_of,
)
from dedup.adapters.row_decisions import Decider
from dedup.columns import as_python
from dedup.errors import ConfigError, InputError
from dedup.frames import library
from dedup.index.index import Index
from dedup.io.records import ANNOTATIONS

# Columns as lists, by name; a table where the dataset has the format of one.
LISTS = Kind(
    names=list,
    whole=lambda batch, name: all(isinstance(value, int) for value in as_python(batch[name])),
    rows=lambda _, keep: keep.tolist(),
    with_found=lambda _, found, whole: found_lists(found, whole=whole),
)


class Batches:
    """Decides the rows of batches.

    ``datasets`` takes the result of an earlier call from its cache where function and data are the
    same, and knows what is the same by pickling both. As what an index says changes with
    what it has, no two picklings of this are the same.
    """

    method: str  # of a dataset, to which it is given

    def __init__(self, decider: Decider, pickling: str = "") -> None:
        self._decider, self._pickling = decider, pickling
        self._index: Index | None = None  # in memory, for one passage

    def __reduce__(self) -> tuple[Any, ...]:
        """Open the index again in another process; be like no other pickling."""
        return type(self), (self._decider, secrets.token_hex(16))

    def _found(self, batch: Any, rows: Sequence[int] | None, added: Sequence[str]) -> Found:  # noqa: ANN401
        kind, decider = _kind(batch), self._decider
        if isinstance(batch, Mapping) and isinstance(
            batch.get(decider.column, ()), (str, NoneType)
        ):
            raise InputError(
                f"column {decider.column!r} has one text, and not those of a batch: pass "
                f"batched=True to {self.method}()"
            )
        check_columns(kind, batch, decider.wanted, added)
        if decider.filter.index is not None:
            return decider.found(kind, batch)
        first = rows[0] if rows else 0
        if self._index is None or first == 0:  # the dataset is read from its beginning
            self._index = Index(config=decider.filter.config)
        return decider.against(self._index, kind, batch, first)


class IsNew(Batches):
    """Says which rows of a batch stay: for ``filter``."""

    method = "filter"

    def __call__(self, batch: Any, rows: Sequence[int] | None = None) -> list[bool]:  # noqa: ANN401
        """Decide a batch; add what is new to the index."""
        keep: list[bool] = self._found(batch, rows, ()).keep.tolist()
        return keep


class Annotation(Batches):
    """Says what was found out about each row of a batch: for ``map``."""

    method = "map"

    def __call__(self, batch: Any, rows: Sequence[int] | None = None) -> Any:  # noqa: ANN401
        """Decide a batch; add what is new to the index."""
        found, kind = self._found(batch, rows, ANNOTATIONS), _kind(batch)
        return kind.with_found(batch, found, self._decider.whole(kind, batch))


def _kind(batch: object) -> Kind:
    return LISTS if isinstance(batch, Mapping) else KINDS[kind_of(batch)[0]]


# A dataset as far as its columns are concerned; those of some streams are not known.
COLUMNS = Kind(
    names=lambda dataset: dataset.column_names,
    whole=lambda dataset, name: library("pyarrow").types.is_integer(
        dataset.features.arrow_schema.field(name).type
    ),
    rows=lambda dataset, keep: dataset.select(np.flatnonzero(keep)),
    with_found=lambda dataset, found, whole: library("datasets").concatenate_datasets(
        [
            dataset,
            library("datasets").Dataset(
                library("pyarrow").Table.from_batches([arrow_found(found, whole=whole)])
            ),
        ],
        axis=1,
    ),
)


class Changes:
    """Changes datasets.

    Raises
    ------
    ConfigError
        When processes are asked for that have nothing to do.
    """

    def __init__(
        self, decider: Decider, batches: type[Batches], batch_size: int, num_proc: int | None
    ) -> None:
        if num_proc is not None and decider.filter.index is None:
            raise ConfigError.of("num_proc", "has no effect without an index: leave it out")
        self._decider, self._batches = decider, batches
        self._batch_size, self._num_proc = batch_size, num_proc
        self._annotates = batches is Annotation

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
            raise InputError("splits that are streams can only be compared by an index: give one")
        if isinstance(dataset, (hf.DatasetDict, hf.IterableDatasetDict)):
            return type(dataset)({name: self.of(split) for name, split in dataset.items()})
        raise InputError(
            f"dataset must be a Dataset, an IterableDataset or a dict of them, got "
            f"{type(dataset).__name__}"
        )

    def _together(self, datasets: list[Any]) -> list[Any]:
        """Compare the rows of some datasets with each other."""
        tables = []
        for dataset in datasets:
            self._check(dataset)
            tables.append(dataset.select_columns(self._decider.wanted).with_format("arrow")[:])
        kind = KINDS["pyarrow"]
        table = library("pyarrow").concat_tables(tables, promote_options="permissive")
        found, whole = self._decider.found(kind, table), self._decider.whole(kind, table)
        changed, bounds = [], pairwise(accumulate(map(len, datasets), initial=0))
        for dataset, edges in zip(datasets, bounds, strict=True):
            part = found.rows(*edges)
            if self._annotates:
                changed.append(COLUMNS.with_found(dataset, part, whole))
            else:
                changed.append(COLUMNS.rows(dataset, part.keep))
        return changed

    def _by_index(self, dataset: Any) -> Any:  # noqa: ANN401
        """Compare the rows of a dataset with what an index has, batch by batch."""
        self._check(dataset)
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
            self._check(dataset)
        return self._batched(dataset, with_indices=True)

    def _batched(self, dataset: Any, **asked: Any) -> Any:  # noqa: ANN401
        batches = self._batches(self._decider)
        asked |= {"batched": True, "batch_size": self._batch_size}
        if self._annotates:
            return dataset.map(batches, features=self._features(dataset), **asked)
        return dataset.filter(batches, **asked)

    def _check(self, dataset: object) -> None:
        check_columns(
            COLUMNS, dataset, self._decider.wanted, ANNOTATIONS if self._annotates else ()
        )

    def _features(self, dataset: Any) -> Any:  # noqa: ANN401
        """Return the types of the columns of an annotated dataset, if they are known."""
        if dataset.features is None:
            return None
        pa, hf = library("pyarrow"), library("datasets")
        types = arrow_types(whole=self._decider.whole(COLUMNS, dataset))
        added = hf.Features.from_arrow_schema(pa.schema(zip(ANNOTATIONS, types, strict=True)))
        return hf.Features({**dataset.features, **added})
