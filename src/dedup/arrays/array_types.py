"""The array types of the package: dtype aliases, ragged arrays, and ranges of text.

A comment beside an array gives its shape: ``# (n,)`` is one value per row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MatchKind = Literal["exact", "near"]
CopyKind = MatchKind | Literal["judged"]  # of a whole text; a person judged it a copy
IntegerArray = TypeVar("IntegerArray", I64, U64)


class Span(NamedTuple):
    """A half-open range ``[start, stop)`` of characters or bytes, counted from 0.

    Attributes
    ----------
    start
        The first character or byte.
    stop
        The one after the last.
    """

    start: int
    stop: int


class Lines(NamedTuple):
    """A range of lines, counted from 1, first and last line included, as editors count them.

    Attributes
    ----------
    first, last
        The first and the last line.

    Examples
    --------
    >>> print(Lines(2, 11))
    lines 2-11
    """

    first: int
    last: int

    def __str__(self) -> str:
        """Return ``line 3`` or ``lines 2-11``."""
        if self.first == self.last:
            return f"line {self.first}"
        return f"lines {self.first}-{self.last}"


def expand_ranges(starts: I64, lengths: I64) -> I64:
    """Return the numbers of ranges, one range after the other.

    Examples
    --------
    >>> expand_ranges(np.array([7, 0, 3]), np.array([2, 0, 3])).tolist()
    [7, 8, 3, 4, 5]
    """
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - lengths), lengths)


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of different lengths in one array: row i is ``values[offsets[i]:offsets[i + 1]]``."""

    values: U64  # (total,)
    offsets: I64  # (n + 1,), ascending, the first is 0

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> U64:
        """Return one row, a view."""
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    def __iter__(self) -> Iterator[U64]:
        """Yield the rows in order."""
        return (self[row] for row in range(len(self)))

    @property
    def lengths(self) -> I64:
        """The number of values in each row, (n,)."""
        return np.diff(self.offsets)

    def row_numbers(self) -> I64:
        """Return the row of each value, (total,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def slice_rows(self, first: int, last: int) -> "Ragged":
        """Return the rows from ``first`` up to, not including, ``last``, as a view."""
        offsets = self.offsets[first : last + 1]
        return Ragged(self.values[offsets[0] : offsets[-1]], offsets - offsets[0])

    def truncated(self, max_length: I64 | int) -> "Ragged":
        """Return the first values of each row, at most ``max_length``: one number, or one a row.

        Examples
        --------
        >>> rows = Ragged(np.array([5, 6, 7], np.uint64), np.array([0, 2, 3]))
        >>> rows.truncated(np.array([1, 4])).values.tolist()
        [5, 7]
        """
        lengths = self.lengths
        if (lengths <= max_length).all():
            return self
        return self._gather(self.offsets[:-1], np.minimum(lengths, max_length))

    def take(self, rows: I64) -> "Ragged":
        """Return a copy of the given rows, in their order."""
        return self._gather(self.offsets[rows], self.lengths[rows])

    def _gather(self, starts: I64, lengths: I64) -> "Ragged":
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        return Ragged(self.values[expand_ranges(starts, lengths)], offsets)

    def filter_values(self, mask: Flags) -> "Ragged":
        """Return the values where ``mask`` (total,) is true; every row stays, perhaps empty.

        Examples
        --------
        >>> rows = Ragged(np.array([5, 6, 7], np.uint64), np.array([0, 2, 3]))
        >>> rows.filter_values(np.array([False, True, True])).offsets.tolist()
        [0, 1, 2]
        """
        places = np.flatnonzero(mask)
        return Ragged(self.values[places], np.searchsorted(places, self.offsets))


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of each row: a hash, and the weight as part of a word."""

    hashes: Ragged
    # (total,), in units of a third of a word: 3 for a word, 2 for an ideograph, 1 for a letter of
    # Thai, 0 for a number (a token that begins with a digit). HAS_DIGIT marks a word with a digit.
    weight_thirds: U8
