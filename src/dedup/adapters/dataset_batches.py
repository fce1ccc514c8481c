"""Batches of Hugging Face's ``datasets``: what ``filter`` and ``map`` call."""

import secrets
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any

from dedup.adapters.frame_kinds import KINDS, Found, Kind, check_columns, found_lists, kind_of
from dedup.adapters.row_decisions import Decider
from dedup.columns import as_python
from dedup.errors import InputError
from dedup.index.index import Index
from dedup.io.records import ANNOTATIONS

# Columns as lists, by name; a table where the dataset has the format of one.
LISTS = Kind(
    names=list,
    column=lambda batch, name: batch[name],
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
        if decider.sieve.index is not None:
            return decider.found(kind, batch)
        first = rows[0] if rows else 0
        if self._index is None or first == 0:  # the dataset is read from its beginning
            self._index = Index(config=decider.sieve.config)
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
