"""Runs of repeated rows, and the guard for natural repetition that rests on them.

A *run* is a stretch of rows that repeats another stretch, row by row. The guard: what
repeats is removed only where it is long enough to be more than a refrain, a label or a
table row. See ``docs/decisions/0005-natural-repetition.md``.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from dedup.records import I64

NEAREST = 32  # rows of the same group, before and behind, that a run is sought from
REACH = 4  # rows from the end of a run to the beginning of one that belongs to the same copy


@dataclass(frozen=True, slots=True)
class Stretch:
    """``count`` rows from ``copy`` on repeat as many from ``original`` on."""

    copy: int
    original: int
    count: int

    @property
    def stop(self) -> int:
        """The row behind the copy."""
        return self.copy + self.count


def find_runs(groups: I64, ranks: I64, words: I64, min_tokens: int) -> list[Stretch]:
    """Find the repeated runs that are long enough to be removed.

    A run counts when the cubes of its rows' words, each group counted once, add up to the
    cube of ``min_tokens``: for 20, one row of 20 words, five of 12 or forty of 6. Shorter
    runs count with it when they continue the same copy of the same original, a few
    changed rows further on.

    Parameters
    ----------
    groups
        (n,): rows with the same number repeat each other.
    ranks
        (n,): of two rows that repeat each other, the one of lower rank is the original.
    words
        (n,): how many words each row counts for.
    min_tokens
        The fewest words of a row that is removed by itself.

    Returns
    -------
    list of Stretch
        In the order of the copies, which do not overlap.

    Examples
    --------
    >>> import numpy as np
    >>> groups = np.array([0, 1, 2, 3, 1, 2])
    >>> find_runs(groups, np.arange(6), np.array([9, 9, 9, 9, 9, 2]), min_tokens=8)
    [Stretch(copy=4, original=1, count=2)]
    """
    chains = _Chains(groups.tolist(), ranks.tolist())
    cubes = [(count / min_tokens) ** 3 for count in words.tolist()]
    runs: list[Stretch] = []
    row = 0
    refused = range(0)
    while row < len(cubes):
        chain, diagonal = chains.longest(row, floor=runs[-1].stop if runs else 0)
        # A part of a chain that was too short is too short as well.
        if chain.start < refused.start or chain.stop > refused.stop:
            pieces = list(chains.pieces(chain, diagonal))
            if any(_weight(piece, chains.groups, cubes) >= 1 for piece in pieces):
                runs.extend(pieces)
                row = chain.stop
                continue
            refused = chain
        row += 1
    return runs


def _weight(run: Stretch, groups: list[int], cubes: list[float]) -> float:
    of_group: dict[int, float] = {}
    for row in range(run.copy, run.stop):
        of_group[groups[row]] = max(cubes[row], of_group.get(groups[row], 0))
    return sum(of_group.values())


class _Chains:
    """Runs through a row, chained over a few changed rows; each diagonal is walked once."""

    def __init__(self, groups: list[int], ranks: list[int]) -> None:
        self.groups, self.ranks = groups, ranks
        self._members: dict[int, list[int]] = defaultdict(list)
        self._place: list[int] = []
        for row, group in enumerate(groups):
            self._place.append(len(self._members[group]))
            self._members[group].append(row)
        self._chain_on: dict[int, range] = {}

    def longest(self, row: int, floor: int) -> tuple[range, int]:
        """Return the longest chain of copies through ``row``, from ``floor`` on.

        The second value is how many rows further on the originals lie.
        """
        best, best_diagonal = range(row, row), 0
        for other in self._near(row):
            if self._repeats(row, other - row):
                chain = self._walk(row, other - row)
                chain = range(max(chain.start, floor), chain.stop)
                if len(chain) > len(best):
                    best, best_diagonal = chain, other - row
        return best, best_diagonal

    def pieces(self, chain: range, diagonal: int) -> Iterator[Stretch]:
        """Yield the runs of a chain, without the changed rows between them."""
        start = chain.start
        for row in range(chain.start, chain.stop + 1):
            if row == chain.stop or not self._repeats(row, diagonal):
                if row > start:
                    yield Stretch(start, start + diagonal, row - start)
                start = row + 1

    def _near(self, row: int) -> list[int]:
        members, place = self._members[self.groups[row]], self._place[row]
        near = members[max(place - NEAREST, 0) : place + 1 + NEAREST]
        # Of chains as long, the one whose original ranks first wins: that one stands.
        return sorted(near, key=self.ranks.__getitem__)

    def _walk(self, row: int, diagonal: int) -> range:
        known = self._chain_on.get(diagonal, range(0))
        if row not in known:
            first, last = self._end(row, diagonal, -1), self._end(row, diagonal, 1)
            known = self._chain_on[diagonal] = range(first, last + 1)
        return known

    def _end(self, row: int, diagonal: int, step: int) -> int:
        """Walk on while the next repeating row is within reach; return the last one."""
        end = row
        while abs(row - end) <= REACH:
            if self._repeats(row, diagonal):
                end = row
            row += step
        return end

    def _repeats(self, copy: int, diagonal: int) -> bool:
        original = copy + diagonal
        if min(copy, original) < 0 or max(copy, original) >= len(self.groups):
            return False
        same = self.groups[copy] == self.groups[original]
        return same and self.ranks[original] < self.ranks[copy]
