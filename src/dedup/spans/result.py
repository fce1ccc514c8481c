"""The result of removing repeated stretches: what repeats what, and what is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

import numpy as np

from dedup.config import Config
from dedup.frames import Tabular, checked_row
from dedup.ledger import Piece, Removal, ledger_of
from dedup.records import I64, Flags, Span
from dedup.text.packed import Packed
from dedup.units import counted


class RepeatedSpan(NamedTuple):
    """A stretch that was removed, and the earlier one with the same tokens.

    Places are bytes of the UTF-8 of each text, as in the ledger; no character is cut.
    """

    row: int
    start: int
    stop: int
    of_row: int
    of_start: int
    of_stop: int
    tokens: int


@dataclass(frozen=True, slots=True, eq=False)
class Spans(Sequence[RepeatedSpan]):
    """Repeated stretches in the order of their texts and places, as columns, (s,) int64 each."""

    row: I64
    start: I64
    stop: I64
    of_row: I64
    of_start: I64
    of_stop: I64
    tokens: I64

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.row)

    @overload
    def __getitem__(self, at: int) -> RepeatedSpan: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[RepeatedSpan, ...]: ...
    def __getitem__(self, at: int | slice) -> RepeatedSpan | tuple[RepeatedSpan, ...]:
        """Return one, or some of them."""
        columns = [getattr(self, name)[at] for name in RepeatedSpan._fields]
        if isinstance(at, slice):
            return tuple(map(RepeatedSpan, *(column.tolist() for column in columns)))
        return RepeatedSpan(*map(int, columns))

    def some(self, chosen: Flags) -> "Spans":
        """Return those that are chosen, (s,)."""
        return Spans(*(getattr(self, name)[chosen] for name in RepeatedSpan._fields))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SpansResult(Tabular):
    """Texts without their repeated stretches, and an account of these.

    Attributes
    ----------
    texts
        (n,) the texts in input order, None where one is missing; those that repeat nothing are
        as they were.
    spans
        What repeats what; the rows of ``to_arrow`` and ``to_pandas``. Its columns are arrays.
    changed
        (c,) int64: the rows of the texts from which something was removed, ascending.
    min_span
        Tokens of the shortest stretch that was looked for.
    config
        The settings that were used.
    """

    texts: Sequence[str | None]
    spans: Spans
    changed: I64
    min_span: int
    config: Config
    _given: Packed

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.texts)

    def ledger(self, row: int) -> tuple[Removal, ...]:
        """Return an entry for each stretch that was removed from a text, in their order.

        ``dedup.restore(result.texts[row], result.ledger(row))`` is the text as it was. The witness
        is the first stretch with the same tokens, in the text that ``witness_document`` names by
        its row; where that repeats an earlier one in part, this part was removed in turn.

        Raises
        ------
        RowError
            When there is no such row.
        """
        row = checked_row(row, len(self))
        first, stop = np.searchsorted(self.spans.row, [row, row + 1]).tolist()
        removed: list[Piece] = [
            (Span(one.start, one.stop), one.of_row, Span(one.of_start, one.of_stop), "exact", 1.0)
            for one in self.spans[first:stop]
        ]
        return ledger_of(self._given, row, self.texts[row], removed)

    @property
    def _columns(self) -> dict[str, object]:
        return {name: getattr(self.spans, name) for name in RepeatedSpan._fields}

    def __repr__(self) -> str:
        """Return what was found, in a line."""
        if not len(self):
            return "<SpansResult: no texts>"
        removed = int((self.spans.stop - self.spans.start).sum())
        size = int(self._given.offsets[-1] - self._given.offsets[0])
        return (
            f"<SpansResult: {counted(len(self.spans), 'span')} in {len(self.changed):,} of "
            f"{counted(len(self), 'text')}, {removed:,} of {size:,} bytes>"
        )
