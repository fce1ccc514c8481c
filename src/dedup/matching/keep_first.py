"""Keep first: rows are taken in order, and a row that repeats a kept one is removed.

This is the decision rule of the package. ``deduplicate``, the blocks of ``clean``, references and
the index share it: each brings its own lookup of candidates. ``src/native/keep_first.hpp`` is its
twin.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dedup.arrays.array_types import F64, I64, U64, Flags, MatchKind, Ragged
from dedup.arrays.long_arrays import stable_order
from dedup.config import Config, Keep
from dedup.matching.candidates import Candidates, candidates_among, exhaustive_candidates
from dedup.matching.exact_copies import leaders
from dedup.matching.similarity import MEASURES
from dedup.text.shingles import shingle_counts

FEW = 512  # blocks of a text, of which each may be compared with each
SOME = 1 << 17  # shingles of more blocks, which may be if they share few
SHARED = 1 << 20  # shingles that pairs of blocks share, each pair counted, at most


def longest_first(sizes: I64) -> I64:
    """Return the rows by their sizes, the largest first; of equal ones the earliest.

    Examples
    --------
    >>> longest_first(np.array([1, 3, 1, 3])).tolist()
    [1, 3, 0, 2]
    """
    return stable_order(sizes.max(initial=0) - sizes)


KEEP: dict[Keep, Callable[[I64], I64]] = {
    "auto": lambda sizes: np.arange(len(sizes)),
    "first": lambda sizes: np.arange(len(sizes)),
    "last": lambda sizes: np.arange(len(sizes))[::-1],
    "longest": longest_first,
}


Similarity = Callable[[int, int], float]
Exempts = Callable[[int, int, float], bool]  # whether a row stays though it is similar to another


class Decision(NamedTuple):
    """What a row repeats, if anything."""

    row: int
    witness: int | None = None  # the kept row that it repeats
    similarity: float = 0.0  # to the witness; 1.0 for an exact copy
    is_exact: bool = False
    numeric_variant: int | None = None  # without a witness: the most similar row, which is exempt


def keep_first(  # noqa: PLR0913, PLR0917
    rows: Iterable[int],
    copy_of: Callable[[int], int | None],
    candidates: Callable[[int], Sequence[int]],
    insert: Callable[[int], None],
    similarity: Similarity,
    threshold: float,
    *,
    exempts: Exempts = lambda _row, _witness, _similarity: False,
    is_reference: Callable[[int], bool] = lambda _row: False,
) -> Iterator[Decision]:
    """Decide rows in order.

    An exact copy of a kept row repeats that one. Any other row is compared with its candidates
    among the kept rows. Of those that are at least ``threshold`` similar, and that no pair rule
    exempts, the most similar one is its witness (of equal ones the lowest row). A row without a
    witness is kept. So a witness is always a kept row, and what a row repeats does not depend on
    removed rows.

    Parameters
    ----------
    rows
        In the order in which they are decided.
    copy_of
        Returns the kept row of which a row is an exact copy, None where there is none.
    candidates
        Returns the kept rows that a row is compared with.
    insert
        Adds a row to the kept ones, of which ``copy_of`` and ``candidates`` know from then on.
    similarity
        Of a row and a candidate, exact.
    exempts
        Whether a row is not to be removed as a copy of another, though they are similar.
    is_reference
        Whether a row is kept whatever it repeats.

    Yields
    ------
    Decision
        Of each row, before it is inserted. A reference is kept even if it has a witness.
    """
    for row in rows:
        copy = copy_of(row)
        if copy is not None:
            yield Decision(row, copy, 1.0, is_exact=True)
            continue
        scores = ((similarity(row, other), other) for other in candidates(row))
        similar = sorted(
            (found for found in scores if found[0] >= threshold),
            key=lambda found: (-found[0], found[1]),
        )
        witness = next((found for found in similar if not exempts(row, found[1], found[0])), None)
        if witness is not None:
            yield Decision(row, witness[1], witness[0])
        else:
            yield Decision(row, numeric_variant=similar[0][1] if similar else None)
        if witness is None or is_reference(row):
            insert(row)


@dataclass(frozen=True, slots=True)
class Matches:
    """Which row repeats which; a row that repeats none is its own witness."""

    order: I64  # (n,): rows in the order in which they were taken
    leader: I64  # (n,): the first taken row with the same tokens, itself when first
    witness: I64  # (n,): the row that is repeated, itself when none
    similarity: F64  # (n,): exact; 1.0 for the same tokens, 0.0 for none
    numeric_variant: I64  # (n,): a similar row with other figures, if there is no witness; itself

    @classmethod
    def none(cls, count: int) -> "Matches":
        """Return the matches of ``count`` rows that repeat nothing."""
        rows = np.arange(count)
        return cls(rows, rows, rows, np.zeros(count), rows)

    @property
    def repeats(self) -> Flags:
        """Which rows repeat another, (n,)."""
        return self.witness != np.arange(len(self.witness))

    @property
    def rank(self) -> I64:
        """The place of each row in the order taken, (n,)."""
        rank = np.empty_like(self.order)
        rank[self.order] = np.arange(len(self.order))
        return rank

    def verdict(self, row: int, kept: Flags) -> tuple[MatchKind, int, float]:
        """Say of a removed row what kind of copy it is, of which kept row, how similar.

        The first row with the same tokens is the witness if it is kept here.
        """
        leader = int(self.leader[row])
        if leader != row and kept[leader]:
            return "exact", leader, 1.0
        witness = int(self.witness[row])
        kind: MatchKind = "exact" if self.leader[witness] == leader else "near"
        return kind, witness, float(self.similarity[row])


def match(  # noqa: PLR0913
    tokens: Ragged,
    shingles: Ragged,
    config: Config,
    order: I64 | None = None,
    references: int = 0,
    *,
    exempts: Exempts = lambda _row, _witness, _similarity: False,
    numbers: U64 | None = None,
    lookup: Candidates | None = None,
) -> Matches:
    """Match every row against the kept rows, as ``keep_first`` says.

    Rows without tokens are always kept and never repeated.

    Parameters
    ----------
    tokens, shingles
        n rows each.
    order
        (n,): the rows as they are to be taken; by ``config.keep`` when None.
    references
        So many of the first rows are kept whatever they repeat; they are to be taken first.
    exempts
        As for ``keep_first``.
    numbers
        (n,): fingerprints of the numbers of each row; None where tokens alone make exact copies.
    lookup
        Finds candidates; by sampled keys when None.

    Examples
    --------
    >>> tokens = Ragged(np.array([7, 8, 7], np.uint64), np.array([0, 1, 2, 3]))
    >>> match(tokens, tokens, Config()).witness.tolist()
    [0, 1, 0]
    """
    order = KEEP[config.keep](tokens.lengths) if order is None else order
    leader = leaders(tokens, order, numbers)
    if lookup is None:
        counts = shingle_counts(tokens.lengths, config.ngram_size)
        lookup = candidates_among(shingles, counts, config)
    measure, rows = MEASURES[config.measure], np.arange(len(tokens))
    first_copy, kept_copy = leader.tolist(), dict[int, int]()

    def insert(row: int) -> None:
        kept_copy[first_copy[row]] = row
        lookup.insert(row)

    witness, similarity, numeric_variant = rows.copy(), np.zeros(len(rows)), rows.copy()
    for decision in keep_first(
        order[tokens.lengths[order] > 0].tolist(),
        lambda row: kept_copy.get(first_copy[row]),
        lookup.of,
        insert,
        lambda row, other: measure(shingles[row], shingles[other]),
        config.threshold,
        exempts=exempts,
        is_reference=lambda row: row < references,
    ):
        row = decision.row
        if row < references:
            continue
        if decision.witness is not None:
            witness[row], similarity[row] = decision.witness, decision.similarity
        elif decision.numeric_variant is not None:
            numeric_variant[row] = decision.numeric_variant
    return Matches(order, leader, witness, similarity, numeric_variant)


def match_blocks(
    tokens: Ragged, shingles: Ragged, config: Config, numbers: U64 | None = None
) -> Matches:
    """Match the blocks of one text: each is compared with each where they are few."""
    lookup = exhaustive_candidates(shingles, config.threshold) if are_few(shingles) else None
    return match(tokens, shingles, config, numbers=numbers, lookup=lookup)


def are_few(blocks: Ragged) -> bool:
    """Tell whether so few blocks, or so unlike ones, can be compared without a sample."""
    if len(blocks) <= FEW:
        return True
    if len(blocks.values) > SOME:
        return False
    _, counts = np.unique(blocks.values, return_counts=True)
    return int((counts * (counts - 1) // 2).sum()) <= SHARED
