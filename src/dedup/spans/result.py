"""The result of removing repeated stretches: what repeats what, and what is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

import numpy as np

from dedup.ledger import CleanedTexts, Piece
from dedup.records import I64, Flags, Span
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
class SpansResult(CleanedTexts):
    """Texts without their repeated stretches, and an account of these.

    Attributes
    ----------
    texts, changed, config
        As in ``CleanedTexts``.
    spans
        What repeats what; the rows of ``to_arrow`` and ``to_pandas``. Its columns are arrays.
    min_span
        Tokens of the shortest stretch that was looked for.
    """

    spans: Spans
    min_span: int

    def _removed(self, row: int) -> list[Piece]:
        # Where the witness repeats an earlier span in part, this part was removed in turn.
        first, stop = np.searchsorted(self.spans.row, [row, row + 1]).tolist()
        return [
            (Span(one.start, one.stop), one.of_row, Span(one.of_start, one.of_stop), "exact", 1.0)
            for one in self.spans[first:stop]
        ]

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
