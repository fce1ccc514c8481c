"""Keep first: rows are taken in order, and a row that repeats a kept row is removed.

This is the decision rule of the library. ``deduplicate``, the blocks of ``clean``, references and
the index share it; each brings its own lookup of candidates.

- ``keep_first`` is the rule, ``src/native/keep_first.hpp`` its twin.
- ``match`` applies it to rows, in numpy and plain Python: the specification.
- ``match_rows`` does the same with the compiled core (``src/native/matcher.cpp``), by threads. It
  allocates the tables of the core: numpy makes them of large pages, and they may be on disk.
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
from dedup.matching import candidates as caps
from dedup.matching.candidates import CandidateLookup, candidate_lookup
from dedup.matching.exact_copies import representatives
from dedup.matching.judged_pairs import JudgedPairs, JudgedRows
from dedup.matching.pair_rule import pair_rule_settings
from dedup.matching.rows import InputRows
from dedup.matching.shared_keys import SharedKeys
from dedup.matching.similarity import MEASURES
from dedup.text.shingles import shingle_counts

if TYPE_CHECKING:
    from dedup import _native

WORK_PER_TRIM = 128  # rows and comparisons between two checks of the memory
UNLIMITED_WORK = 1 << 62
RECENT_SHINGLES = 1 << 21  # of rows that were compared lately: 16 MB
BLOCK_BYTES = 1 << 23  # of text that threads compare ahead, about;
MIN_BLOCKS = 16  # a text has at least so many blocks,
MIN_BLOCK_BYTES = 1 << 17  # of so many bytes, or one thread compares it
MAX_COMPARING_THREADS = 16  # each has tables of its own
BYTES_PER_SLOT = 128  # of text, for a slot in the sets of large rows
# Places in the pool for each posting. A list of one row needs none; of the room of other lists up
# to half is empty. Memory that is never touched costs nothing, unless it counts for a limit.
POOL_PER_POSTING, POOL_PER_POSTING_WITH_LIMIT = 2, 1


def longest_first(sizes: I64) -> I64:
    """Return the rows by their sizes, the largest first; of equal ones the earliest.

    Examples
    --------
    >>> longest_first(np.array([1, 3, 1, 3])).tolist()
    [1, 3, 0, 2]
    """
    return stable_order(sizes.max(initial=0) - sizes)


# From the number of tokens of each row to the rows in processing order.
PROCESSING_ORDERS: dict[Keep, Callable[[I64], I64]] = {
    "auto": lambda sizes: np.arange(len(sizes)),
    "first": lambda sizes: np.arange(len(sizes)),
    "last": lambda sizes: np.arange(len(sizes))[::-1],
    "longest": longest_first,
}


RowSimilarity = Callable[[int, int], float]
Exempts = Callable[[int, int, float], bool]  # of a row, a candidate and their similarity
IsJudgedCopy = Callable[[int, int], bool]  # of a row and a candidate


class Decision(NamedTuple):
    """The decision on a row: it is removed if it has a witness and is no reference."""

    row: int
    witness: int | None = None  # the kept row that it repeats
    similarity: float = 0.0  # to the witness; 1.0 for an exact copy
    is_exact: bool = False
    numeric_variant: int | None = None  # like ``Matches.numeric_variant``


def keep_first(  # noqa: PLR0913, PLR0917
    rows: Iterable[int],
    copy_of: Callable[[int], int | None],
    candidates: Callable[[int], Sequence[int]],
    insert: Callable[[int], None],
    similarity: RowSimilarity,
    threshold: float,
    *,
    exempts: Exempts = lambda _row, _witness, _similarity: False,
    is_judged_copy: IsJudgedCopy = lambda _row, _candidate: False,
    is_reference: Callable[[int], bool] = lambda _row: False,
) -> Iterator[Decision]:
    """Decide rows in order.

    The witness of a row is the kept row of which it is an exact copy. Any other row is compared
    with its candidates among the kept rows. Its witness is the most similar candidate (of equal
    ones the lowest row) of which it is a copy: a person judged so, or the similarity is at least
    ``threshold`` and ``exempts`` does not object. A row without a witness is kept, one with a
    witness is removed unless it is a reference. So removed rows do not influence other rows.

    Parameters
    ----------
    rows
        In processing order.
    copy_of
        Returns the kept row that is an exact copy of a row, None if there is none.
    candidates
        Returns the kept rows that a row is compared with.
    insert
        Adds a row to the kept ones; from then on ``copy_of`` and ``candidates`` return it.
    similarity
        Returns the exact similarity of a row and a candidate.
    threshold
        The minimum similarity, in (0, 1].
    exempts
        Tells whether a row is no copy of a candidate, though it is similar to it.
    is_judged_copy
        Tells whether a row is a copy of a candidate, whatever their similarity and ``exempts``.
    is_reference
        Tells whether a row is kept whatever it repeats.

    Yields
    ------
    Decision
        For each row, before it is inserted. The decision on a reference may have a witness, though
        the reference is kept. ``match`` and the core ignore it.
    """
    for row in rows:
        copy = copy_of(row)
        if copy is not None:
            yield Decision(row, copy, 1.0, is_exact=True)
            continue
        decision = Decision(row)
        scores = [(similarity(row, candidate), candidate) for candidate in candidates(row)]
        for score, candidate in sorted(scores, key=lambda scored: (-scored[0], scored[1])):
            is_copy = is_judged_copy(row, candidate)
            if is_copy or (score >= threshold and not exempts(row, candidate, score)):
                decision = Decision(row, candidate, score)
                break
            if score >= threshold and decision.numeric_variant is None:
                decision = Decision(row, numeric_variant=candidate)
        yield decision
        if decision.witness is None or is_reference(row):
            insert(row)


@dataclass(frozen=True, slots=True)
class Matches:
    """Which row repeats which; a row that repeats none is its own witness."""

    order: I64  # (n,): rows in processing order
    representative: I64  # (n,): first row, in processing order, of its group of exact copies
    witness: I64  # (n,): the kept row that it repeats; the row itself if there is none
    similarity: F64  # (n,): to the witness; 1.0 for an exact copy, 0.0 without a witness
    numeric_variant: I64  # (n,): row to which a kept row is similar, but no copy; else itself

    @classmethod
    def none(cls, count: int) -> "Matches":
        """Return the matches of ``count`` rows that repeat nothing."""
        rows = np.arange(count)
        return cls(rows, rows, rows, np.zeros(count), rows)

    @property
    def repeats(self) -> Flags:
        """Which rows have a witness, (n,)."""
        return self.witness != np.arange(len(self.witness))

    @property
    def is_exact(self) -> Flags:
        """Which rows are exact copies of their witness, (n,)."""
        return self.repeats & (self.representative[self.witness] == self.representative)

    @property
    def step(self) -> I64:
        """The position of each row in processing order, (n,)."""
        step = np.empty_like(self.order)
        step[self.order] = np.arange(len(self.order))
        return step

    def verdict(self, row: int, kept: Flags) -> tuple[MatchKind, int, float]:
        """Return why a row is removed: the kind of copy, the witness and the similarity.

        If the representative of the row is in ``kept``, it is the witness, as an exact copy.
        """
        representative = int(self.representative[row])
        if representative != row and kept[representative]:
            return "exact", representative, 1.0
        witness = int(self.witness[row])
        is_exact = self.representative[witness] == representative
        return "exact" if is_exact else "near", witness, float(self.similarity[row])


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
    judged: JudgedRows | None = None,
) -> Matches:
    """Match every row with the kept rows, by the rule of ``keep_first``: the specification.

    Rows without tokens are always kept and never repeated.

    Parameters
    ----------
    tokens, shingles
        n rows each.
    order
        (n,): the rows in processing order; that of ``config.keep`` when None.
    reference_count
        The first so many rows are kept whatever they repeat; they must come first in ``order``.
    exempts
        As for ``keep_first``.
    numbers
        (n,): fingerprints of the numbers of each row; None if exact copies may differ in numbers.
    lookup
        Finds candidates; by the sketch keys of the measure when None.
    judged
        Judged pairs. A kept row is also a candidate if it was judged a copy, and none if it was
        judged to be no copy.

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
    partners_of = {} if judged is None else judged.between_copies(representative).partners

    def judged_or_found(row: int) -> list[int]:
        partners = partners_of.get(first_copy[row], {})
        copies = [kept_copy[one] for one in partners if partners[one] and one in kept_copy]
        return copies + [one for one in lookup.find(row) if first_copy[one] not in partners]

    def insert(row: int) -> None:
        kept_copy[first_copy[row]] = row
        lookup.insert(row)

    witness, similarity, numeric_variant = rows.copy(), np.zeros(len(rows)), rows.copy()
    for decision in keep_first(
        order[tokens.lengths[order] > 0].tolist(),
        lambda row: kept_copy.get(first_copy[row]),
        judged_or_found if partners_of else lookup.find,
        insert,
        lambda row, candidate: measure(shingles[row], shingles[candidate]),
        config.threshold,
        exempts=exempts,
        is_judged_copy=lambda row, candidate: partners_of.get(first_copy[row], {}).get(
            first_copy[candidate], False
        ),
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
    """When the core removes a row, and with how many candidates it compares a row."""

    threshold: float
    by_containment: bool  # whether the measure is containment, not Jaccard similarity
    max_postings: int  # see ``candidates.MAX_POSTINGS``; more than all rows for no cap
    max_candidates: int  # 0 for all
    max_exhaustive_postings: int
    pair_rule: "_native.PairRuleSettings | None" = None  # None if no near copy stays

    @classmethod
    def of(cls, config: Config) -> "MatchSettings":
        """Return the settings for the core."""
        return cls(
            config.threshold,
            config.measure == "containment",
            caps.MAX_POSTINGS,
            caps.MAX_CANDIDATES,
            caps.MAX_EXHAUSTIVE_POSTINGS,
            pair_rule_settings(config) if config.has_pair_rule else None,
        )


def match_rows(  # noqa: PLR0913
    rows: InputRows,
    keys: SharedKeys,
    settings: MatchSettings,
    *,
    judged: JudgedPairs | None = None,
    reference_count: int = 0,
    threads: int | None = None,
) -> tuple[I64, F64, I64]:
    """Match every row with the kept rows, as ``match`` does, with the compiled core.

    Parameters
    ----------
    rows, keys
        n rows, and the keys that they share.
    judged
        Judged pairs.
    reference_count
        The first so many rows are kept whatever they repeat.
    threads
        Number of threads; all available cores when None. One thread compares rows
        that are looked up by all their keys, since the lookup takes most of the time; and rows on
        disk.

    Returns
    -------
    witness, similarity, numeric_variant
        (n,) each, as in ``Matches``.
    """
    count, memory, size = len(keys.order), rows.memory, _bytes_of(rows)
    threads = min(threads or available_cores(), MAX_COMPARING_THREADS)
    if keys.exhaustive_tokens or memory.is_limited or size < MIN_BLOCKS * MIN_BLOCK_BYTES:
        threads = 1
    matcher = new_matcher(rows, keys, settings, threads, judged)
    kept_copy = memory.table(count, np.int32, -1)
    decisions = SimpleNamespace(
        witness=arange(count, memory),
        similarity=memory.zeros(count, np.float64),
        numeric_variant=arange(count, memory),
        kept_copy=kept_copy,
    )
    # Texts are read at random, and each brings the rest of its pages into memory.
    at_once = WORK_PER_TRIM if memory.is_limited else UNLIMITED_WORK
    match_more = partial(matcher.match, decisions, reference_count, at_once)
    if threads > 1:
        # Threads compare the rows of a block with their candidates, as if all rows of the block
        # before them were kept. Then the rows are decided in order: a row is compared with the
        # candidates that were kept and not compared yet.
        compare = partial(matcher.compare_ahead, decisions, reference_count)
        work = [partial(compare, thread) for thread in range(threads)]
        block_rows = count // max(MIN_BLOCKS, size // BLOCK_BYTES) + 1
        with Workers(threads) as workers:
            while matcher.begin_block(block_rows):
                while sum(future.result() for future in [*map(workers.submit, work)]):
                    pass
                while match_more():
                    pass
                memory.progress.reach(matcher.decided, count)
    while match_more():  # Python handles signals between two calls
        memory.trim()
        memory.progress.reach(matcher.decided, count)
    return decisions.witness, decisions.similarity, decisions.numeric_variant


def new_matcher(
    rows: InputRows,
    keys: SharedKeys,
    settings: MatchSettings,
    threads: int,
    judged: JudgedPairs | None = None,
) -> "_native.Matcher":
    """Return the matcher of the core, with empty posting lists and tables for each thread."""
    count, memory = len(keys.order), rows.memory
    per_posting = POOL_PER_POSTING_WITH_LIMIT if memory.is_limited else POOL_PER_POSTING
    tables = SimpleNamespace(
        list_capacity=count + 1 if keys.exhaustive_tokens else settings.max_postings,
        posting_lists=memory.table(keys.key_count, np.uint64),
        posting_pool=memory.table(per_posting * len(keys.posting_keys.keys), np.uint32, value=None),
        threads=[
            SimpleNamespace(
                shared_counts=memory.table(count, np.uint32),
                set_sizes=memory.table(count, np.uint32),
                recent_ring=memory.table(RECENT_SHINGLES, np.uint64, value=None),
                recent_starts=memory.table(count, np.int64, -1),
                large_set_slots=memory.table(
                    _bytes_of(rows) // BYTES_PER_SLOT, np.uint64, value=None
                ),
                large_set_starts=memory.table(count, np.int64, -1),
            )
            for _ in range(threads)
        ],
    )
    return core.Matcher(rows.texts.core_texts, keys, tables, settings, settings.pair_rule, judged)


def _bytes_of(rows: InputRows) -> int:
    offsets = rows.texts.offsets
    return int(offsets[-1] - offsets[0])
