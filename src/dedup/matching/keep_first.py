"""Decide which rows repeat which: the kept-only loop over rows in the order of ``keep``."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import numpy as np
import xxhash

from dedup.config import Config, Keep
from dedup.kernels.reference import shingle_counts
from dedup.matching.candidates import candidates_among
from dedup.matching.pairs import Pairs
from dedup.matching.similarity import MEASURES
from dedup.records import F64, I64, U64, Flags, Kind, Ragged

FEW = 512  # blocks of a text, of which each may be compared with each
SOME = 1 << 17  # shingles of more blocks, which may be if they share few
SHARED = 1 << 20  # shingles that pairs of blocks share, each pair counted, at most
Spares = Callable[[int, int, float], bool]


KEEP: dict[Keep, Callable[[I64], I64]] = {
    "auto": lambda sizes: np.arange(len(sizes)),
    "first": lambda sizes: np.arange(len(sizes)),
    "last": lambda sizes: np.arange(len(sizes))[::-1],
    # The longest first; of equal ones the earliest.
    "longest": lambda sizes: np.argsort(-sizes, kind="stable"),
}


class Sets(Protocol):
    """The shingles of rows."""

    def __getitem__(self, row: int) -> U64:
        """Return those of one row, sorted and unique."""


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
        repeats: Flags = self.witness != np.arange(len(self.witness))
        return repeats

    @property
    def rank(self) -> I64:
        """The place of each row in the order taken, (n,)."""
        rank = np.empty_like(self.order)
        rank[self.order] = np.arange(len(self.order))
        return rank

    def verdict(self, row: int, kept: Flags) -> tuple[Kind, int, float]:
        """Say of a removed row what kind of copy it is, of which kept row, how similar.

        The first row with the same tokens is the witness, when it stays, although it may
        repeat a third one that stands.
        """
        leader = int(self.leader[row])
        if leader != row and kept[leader]:
            return "exact", leader, 1.0
        witness = int(self.witness[row])
        kind: Kind = "exact" if self.leader[witness] == leader else "near"
        return kind, witness, float(self.similarity[row])


def match(  # noqa: PLR0913
    tokens: Ragged,
    shingles: Ragged,
    config: Config,
    order: I64 | None = None,
    given: int = 0,
    *,
    spares: Spares = lambda _row, _witness, _similarity: False,
    numbers: U64 | None = None,
) -> Matches:
    """Match every row against the rows that stand.

    Rows are taken in the order of ``config.keep``. A row with the tokens of one that
    stands repeats it; any other is compared with its candidates among the rows that stand so
    far, and either repeats the most similar one (of equals the lowest row number) or stands. So
    what a row repeats does not depend on rows that do not stand, and stays the same in a
    text from which they were removed.
    Rows without tokens always stand and are never repeated.

    Parameters
    ----------
    tokens, shingles
        n rows each.
    order
        (n,): the rows as they are to be taken; by ``config.keep`` when None.
    given
        So many of the first rows stand whatever they repeat; they are to be taken first.
    spares
        Tells whether a row is not to be removed as a copy of another, though they are similar:
        ``spares(row, witness, similarity)``.
    numbers
        (n,): fingerprints of the numbers of each row; None where tokens alone make exact copies.

    Examples
    --------
    >>> tokens = Ragged(np.array([7, 8, 7], np.uint64), np.array([0, 1, 2, 3]))
    >>> match(tokens, tokens, Config()).witness.tolist()
    [0, 1, 0]
    """
    order = KEEP[config.keep](tokens.lengths) if order is None else order
    leader = leaders(tokens, order, numbers)
    rows = np.arange(len(tokens))
    leads = (leader == rows) & (tokens.lengths > 0)
    counts = shingle_counts(tokens.lengths, config.ngram_size)
    candidates = candidates_among(shingles, counts, leads, config)
    witness, similarity, numeric_variant = rows.copy(), np.zeros(len(rows)), rows.copy()
    standing: dict[int, int] = {}  # the first row that stands with the tokens of a leader
    for row in order[tokens.lengths[order] > 0].tolist():
        first = int(leader[row])
        if first in standing:
            if row >= given:
                witness[row], similarity[row] = standing[first], 1.0
            continue
        if row >= given:
            alike = alike_among(first, candidates.of(first), shingles, config)
            chosen = next((of for of in alike if not spares(row, of[1], of[0])), None)
            if chosen is not None:
                similarity[row], witness[row] = chosen
                continue
            if alike:
                numeric_variant[row] = alike[0][1]
        standing[first] = row
        candidates.insert(row, like=first)
    return Matches(order, leader, witness, similarity, numeric_variant)


def match_inside(
    tokens: Ragged, shingles: Ragged, config: Config, numbers: U64 | None = None
) -> Matches:
    """Match the blocks of one text as ``match`` does, without a sample where there are few.

    Of few rows all that share a shingle are compared, by counting.
    """
    if not are_few(shingles):
        return match(tokens, shingles, config, numbers=numbers)
    order = KEEP[config.keep](tokens.lengths)
    leader = leaders(tokens, order, numbers)
    witness, similarity = np.arange(len(tokens)), np.zeros(len(tokens))
    sizes, contained = shingles.lengths.tolist(), config.measure == "containment"
    holders: dict[int, list[int]] = {}
    standing: dict[int, int] = {}
    for row in order[tokens.lengths[order] > 0].tolist():
        first = int(leader[row])
        if first in standing:
            witness[row], similarity[row] = standing[first], 1.0
            continue
        values = shingles[row].tolist()
        counts = Counter(chain.from_iterable(filter(None, map(holders.get, values))))
        found, score = row, 0.0
        for other, count in counts.items():
            whole = sizes[row] if contained else sizes[row] + sizes[other] - count
            if count / whole > score or (count / whole == score and other < found):
                found, score = other, count / whole
        if score >= config.threshold:
            witness[row], similarity[row] = found, score
            continue
        standing[first] = row
        for value in values:
            holders.setdefault(value, []).append(row)
    return Matches(order, leader, witness, similarity, np.arange(len(tokens)))


def are_few(blocks: Ragged) -> bool:
    """Tell whether so few blocks, or so unlike ones, can be compared without a sample."""
    if len(blocks) <= FEW:
        return True
    if len(blocks.values) > SOME:
        return False
    _, counts = np.unique(blocks.values, return_counts=True)
    return int((counts * (counts - 1) // 2).sum()) <= SHARED


def pairs_of(
    tokens: Ragged,
    shingles: Ragged,
    config: Config,
    *,
    spares: Spares = lambda _row, _witness, _similarity: False,
    numbers: U64 | None = None,
) -> tuple[I64, Pairs]:
    """Find all pairs of similar rows, whether they stand or not.

    Parameters
    ----------
    tokens, shingles
        n rows each.
    spares
        Tells of two similar rows whether one is a numeric variant of the other, as for ``match``.
    numbers
        As for ``match``.

    Returns
    -------
    leader
        (n,): the row that stands for all rows with the same tokens.
    pairs
        Of leaders: ``left`` has no more tokens than ``right``.
    """
    order = KEEP["longest"](tokens.lengths)
    leader = leaders(tokens, order, numbers)
    leads = (leader == np.arange(len(tokens))) & (tokens.lengths > 0)
    counts = shingle_counts(tokens.lengths, config.ngram_size)
    candidates = candidates_among(shingles, counts, leads, config, full=len(tokens) + 1)
    measure = MEASURES[config.measure]
    found = []
    for row in order[leads[order]].tolist():
        for candidate in candidates.of(row):
            value = measure(shingles[row], shingles[candidate])
            if value >= config.threshold:
                found.append((row, candidate, value, spares(row, candidate, value)))
        candidates.insert(row)
    left, right, similarity, variants = zip(*found, strict=True) if found else ((), (), (), ())
    pairs = Pairs(
        np.array(left, np.int64),
        np.array(right, np.int64),
        np.array(similarity, np.float32),
        np.array(variants, np.bool_),
    )
    return leader, pairs


def alike_among(
    row: int, candidates: list[int], shingles: Sets, config: Config
) -> list[tuple[float, int]]:
    """Return the candidates that are similar to a row, with their similarities.

    The most similar one comes first, of equal ones the lowest row.
    """
    measure = MEASURES[config.measure]
    scored = [(measure(shingles[row], shingles[other]), other) for other in candidates]
    alike = [found for found in scored if found[0] >= config.threshold]
    return sorted(alike, key=lambda found: (-found[0], found[1]))


def leaders(tokens: Ragged, order: I64, numbers: U64 | None = None) -> I64:
    """Return the first row, in the order taken, with the same tokens and numbers.

    Parameters
    ----------
    numbers
        (n,): fingerprints of the numbers of each row; None where tokens alone count.
    """
    leader = np.arange(len(tokens))
    first: dict[bytes, int] = {}
    prints = fingerprints_of(tokens, numbers)
    for row in order[tokens.lengths[order] > 0].tolist():
        leader[row] = first.setdefault(prints[row], row)
    return leader


def fingerprints_of(tokens: Ragged, numbers: U64 | None = None) -> list[bytes]:
    """Return the xxh3_128 of the tokens of each row, seeded by the fingerprint of its numbers."""
    seeds = [0] * len(tokens) if numbers is None else numbers.tolist()
    return [
        xxhash.xxh3_128_digest(row.tobytes(), seed) for row, seed in zip(tokens, seeds, strict=True)
    ]
