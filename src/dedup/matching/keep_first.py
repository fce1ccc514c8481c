"""Keep first: rows are taken in order, and a row that repeats a kept one is removed.

This is the decision rule of the package. ``deduplicate``, the blocks of ``clean``, references and
the index share it: each brings its own lookup of candidates. ``src/native/keep_first.hpp`` is its
twin.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup.arrays.array_types import F64, I64, U64, Flags, MatchKind, Ragged
from dedup.arrays.long_arrays import arange, stable_order
from dedup.arrays.native import core
from dedup.arrays.parallel import Workers, available_cores
from dedup.config import Config, Keep
from dedup.matching import candidates as candidate_caps
from dedup.matching.candidates import CandidateLookup, candidate_lookup
from dedup.matching.exact_copies import representatives
from dedup.matching.numeric_variants import native_pair_rule
from dedup.matching.rows import InputRows
from dedup.matching.shared_keys import Sketches
from dedup.matching.similarity import MEASURES
from dedup.text.shingles import shingle_counts

if TYPE_CHECKING:
    from dedup import _native

BETWEEN = 128  # candidates that are compared between two looks at the memory
NEVER = 1 << 62
RING = 1 << 21  # shingles of rows that were compared lately: 16 MB
BLOCK = 1 << 23  # bytes of text, about, that threads compare ahead of their turn,
BLOCKS = 16  # or so many blocks at least,
LEAST_BLOCK = 1 << 17  # of so many bytes
MOST_THREADS = 16  # that do so: each has its own tables
BYTES = 128  # of text for a place in the sets of large rows, at least
POOL = 2  # places for an entry, about: the longer a list, the more often it may have moved


def longest_first(sizes: I64) -> I64:
    """Return the rows by their sizes, the largest first; of equal ones the earliest.

    Examples
    --------
    >>> longest_first(np.array([1, 3, 1, 3])).tolist()
    [1, 3, 0, 2]
    """
    return stable_order(sizes.max(initial=0) - sizes)


PROCESSING_ORDERS: dict[Keep, Callable[[I64], I64]] = {
    "auto": lambda sizes: np.arange(len(sizes)),
    "first": lambda sizes: np.arange(len(sizes)),
    "last": lambda sizes: np.arange(len(sizes))[::-1],
    "longest": longest_first,
}


RowSimilarity = Callable[[int, int], float]
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
    similarity: RowSimilarity,
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
    representative: I64  # (n,): the first taken row with the same tokens, itself when first
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
    def is_exact(self) -> Flags:
        """Which rows repeat a row with the same tokens, (n,)."""
        return self.repeats & (self.representative[self.witness] == self.representative)

    @property
    def step(self) -> I64:
        """The place of each row in the order taken, (n,)."""
        step = np.empty_like(self.order)
        step[self.order] = np.arange(len(self.order))
        return step

    def verdict(self, row: int, kept: Flags) -> tuple[MatchKind, int, float]:
        """Say of a removed row what kind of copy it is, of which kept row, how similar.

        The first row with the same tokens is the witness if it is kept here.
        """
        representative = int(self.representative[row])
        if representative != row and kept[representative]:
            return "exact", representative, 1.0
        witness = int(self.witness[row])
        kind: MatchKind = "exact" if self.representative[witness] == representative else "near"
        return kind, witness, float(self.similarity[row])


def match(  # noqa: PLR0913
    tokens: Ragged,
    shingles: Ragged,
    config: Config,
    order: I64 | None = None,
    reference_count: int = 0,
    *,
    exempts: Exempts = lambda _row, _witness, _similarity: False,
    numbers: U64 | None = None,
    lookup: CandidateLookup | None = None,
) -> Matches:
    """Match every row against the kept rows, as ``keep_first`` says.

    Rows without tokens are always kept and never repeated.

    Parameters
    ----------
    tokens, shingles
        n rows each.
    order
        (n,): the rows as they are to be taken; by ``config.keep`` when None.
    reference_count
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
    order = PROCESSING_ORDERS[config.keep](tokens.lengths) if order is None else order
    representative = representatives(tokens, order, numbers)
    if lookup is None:
        counts = shingle_counts(tokens.lengths, config.ngram_size)
        lookup = candidate_lookup(shingles, counts, config)
    measure, rows = MEASURES[config.measure], np.arange(len(tokens))
    first_copy, kept_copy = representative.tolist(), dict[int, int]()

    def insert(row: int) -> None:
        kept_copy[first_copy[row]] = row
        lookup.insert(row)

    witness, similarity, numeric_variant = rows.copy(), np.zeros(len(rows)), rows.copy()
    for decision in keep_first(
        order[tokens.lengths[order] > 0].tolist(),
        lambda row: kept_copy.get(first_copy[row]),
        lookup.find,
        insert,
        lambda row, other: measure(shingles[row], shingles[other]),
        config.threshold,
        exempts=exempts,
        is_reference=lambda row: row < reference_count,
    ):
        row = decision.row
        if row < reference_count:
            continue
        if decision.witness is not None:
            witness[row], similarity[row] = decision.witness, decision.similarity
        elif decision.numeric_variant is not None:
            numeric_variant[row] = decision.numeric_variant
    return Matches(order, representative, witness, similarity, numeric_variant)


class MatchSettings(NamedTuple):
    """How similar rows are, what exempts them, and how many are found: see ``candidates``."""

    threshold: float
    contained: bool  # the measure
    full: int  # kept rows under a key that count, more than all rows for all of them
    compared: int  # candidates of a row, 0 for all of them
    listed: int  # as ``full``, for a row that is looked up by all its keys
    rule: "_native.PairRule | None" = None  # which rows are numeric variants; None where none is

    @classmethod
    def of(cls, config: Config) -> "MatchSettings":
        """Return those of some settings."""
        contained = config.measure == "containment"
        caps = (
            candidate_caps.MAX_POSTINGS,
            candidate_caps.MAX_CANDIDATES,
            candidate_caps.MAX_EXHAUSTIVE_POSTINGS,
        )
        rule = native_pair_rule(config) if config.numeric_variants == "keep" else None
        return cls(config.threshold, contained, *caps, rule)


def match_rows(
    rows: InputRows,
    sketches: Sketches,
    limits: MatchSettings,
    *,
    reference_count: int = 0,
    threads: int | None = None,
) -> tuple[I64, F64, I64]:
    """Match every row against the kept rows, as ``keep_first.match`` does.

    Parameters
    ----------
    reference_count
        So many of the first rows are kept whatever they repeat.
    threads
        How many compare rows; all cores that the process may use when None. Rows that are looked
        up by all their keys are compared by one, as most of the time is the lookup; and so are
        rows on the disk.

    Returns
    -------
    witness, similarity, numeric_variant
        (n,) each, as in ``keep_first.Matches``.
    """
    count, memory, offsets = len(sketches.order), rows.memory, rows.texts.offsets
    size = int(offsets[-1] - offsets[0])
    threads = min(threads or available_cores(), MOST_THREADS)
    if sketches.whole or memory.is_limited or size < BLOCKS * LEAST_BLOCK:
        threads = 1
    matcher = _matcher(rows, sketches, limits, threads)
    found = SimpleNamespace(
        witness=arange(count, memory),
        similarity=memory.zeros(count, np.float64),
        numeric_variant=arange(count, memory),
        kept=memory.full(count, -1, np.int32),
    )
    # Texts are read at random, and with each comes what is beside it.
    at_once = BETWEEN if memory.is_limited else NEVER
    match_more = partial(matcher.match, found, reference_count, at_once)
    if threads > 1:
        # Threads compare the rows of a block with their candidates, as if all rows of the block
        # before them were kept. Then the rows are taken in order: a row is compared with the
        # candidates that are kept and were left out.
        compare = partial(matcher.compare_ahead, found, reference_count)
        work = [partial(compare, number) for number in range(threads)]
        block = count // max(BLOCKS, size // BLOCK) + 1
        with Workers(threads) as workers:
            while matcher.begin(block):
                while sum(one.result() for one in [*map(workers.submit, work)]):
                    pass
                while match_more():
                    pass
    while match_more():  # Python handles signals between two calls
        memory.trim()
    return found.witness, found.similarity, found.numeric_variant


def pair_rows(
    rows: InputRows, sketches: Sketches, limits: MatchSettings
) -> tuple[I64, I64, F64, Flags]:
    """Compare every row with all rows before it in order, but for those with its tokens.

    Returns
    -------
    left, right, similarity, numeric_variant
        (m,) each: the pairs of representatives at the threshold; ``right`` comes first in order.
    """
    matcher = _matcher(rows, sketches, limits, threads=1)
    while matcher.compare():  # likewise
        pass
    left, right, similarity, variants = matcher.pairs()
    return left, right, similarity, variants.view(np.bool_)


def _matcher(
    rows: InputRows, sketches: Sketches, limits: MatchSettings, threads: int
) -> "_native.Matcher":
    """Return what takes rows in order; a key may list all rows that have it."""
    count, memory, offsets = len(sketches.order), rows.memory, rows.texts.offsets
    size = int(offsets[-1] - offsets[0])
    tables = SimpleNamespace(
        full=count + 1 if sketches.whole else limits.full,
        lists=memory.zeros(sketches.keys, np.uint64),
        # What is never filled costs no memory.
        pool=memory.empty(POOL * len(sketches.entries.keys), np.uint32),
        lookups=[
            SimpleNamespace(
                hits=memory.zeros(count, np.uint32),
                distinct=memory.zeros(count, np.uint32),
                ring=memory.empty(RING, np.uint64),
                ring_starts=memory.full(count, -1, np.int64),
                slots=memory.empty(size // BYTES, np.uint64),
                library_starts=memory.full(count, -1, np.int64),
            )
            for _ in range(threads)
        ],
    )
    return core.Matcher(rows.texts.core_texts, sketches, tables, limits, limits.rule)
