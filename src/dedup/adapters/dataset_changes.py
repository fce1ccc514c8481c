"""How a dataset of Hugging Face is changed: at once, or as it is read."""

import secrets
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from dedup.adapters.dataset_batches import Annotation, Batches
from dedup.adapters.frame_kinds import (
    KINDS,
    Found,
    Kind,
    arrow_found,
    arrow_types,
    check_columns,
)
from dedup.adapters.row_decisions import Decider
from dedup.errors import ConfigError, InputError
from dedup.frames import library
from dedup.io.records import ANNOTATIONS

# A dataset as far as its columns are concerned; those of some streams are not known.
COLUMNS = Kind(
    names=lambda dataset: dataset.column_names,
    column=lambda dataset, name: dataset[name],
    whole=lambda dataset, name: library("pyarrow").types.is_integer(
        dataset.features.arrow_schema.field(name).type
    ),
    rows=lambda dataset, keep: dataset.select(np.flatnonzero(keep)),
    with_found=lambda dataset, found, whole: library("datasets").concatenate_datasets(
        [dataset, library("datasets").Dataset(_table(found, whole=whole))], axis=1
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
        if num_proc is not None and decider.sieve.index is None:
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
        seen = self._decider.sieve.index is not None
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
        bounds = pairwise(accumulate(map(len, datasets), initial=0))
        parts = [found.rows(*edges) for edges in bounds]
        if self._annotates:
            changed = [COLUMNS.with_found(*of, whole) for of in zip(datasets, parts, strict=True)]
        else:
            changed = [
                COLUMNS.rows(dataset, part.keep)
                for dataset, part in zip(datasets, parts, strict=True)
            ]
        return changed

    def _by_index(self, dataset: Any) -> Any:  # noqa: ANN401
        """Compare the rows of a dataset with what an index has, batch by batch."""
        self._check(dataset)
        asked = {
            "batched": True,
            "batch_size": self._batch_size,
            "num_proc": self._num_proc,
            "load_from_cache_file": False,
            "new_fingerprint": secrets.token_hex(8),
        }
        batches = self._batches(self._decider)
        if self._annotates:
            return dataset.map(batches, features=self._features(dataset), **asked)
        return dataset.filter(batches, **asked)

    def _stream(self, dataset: Any) -> Any:  # noqa: ANN401
        """Compare the rows of a stream with what came before, whenever it is read."""
        self._decider.first_only()
        if dataset.features is not None:
            self._check(dataset)
        asked = {"batched": True, "batch_size": self._batch_size, "with_indices": True}
        batches = self._batches(self._decider)
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


def _table(found: Found, *, whole: bool) -> Any:  # noqa: ANN401
    return library("pyarrow").Table.from_batches([arrow_found(found, whole=whole)])
