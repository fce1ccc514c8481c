"""The kept-only loop and all pairs of similar rows, by the compiled core.

Its tables are made here: numpy makes them of large pages, and they may be on the disk.
"""

from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup.arrays.array_types import F64, I64, Flags
from dedup.arrays.long_arrays import arange
from dedup.arrays.native import core
from dedup.arrays.parallel import Workers, available_cores
from dedup.config import Config
from dedup.matching import candidates
from dedup.matching.native_rule import rule_for
from dedup.matching.rows import Rows
from dedup.matching.shared_keys import Sketches

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


class Limits(NamedTuple):
    """How similar rows are, what exempts them, and how many are found: see ``candidates``."""

    threshold: float
    contained: bool  # the measure
    full: int  # kept rows under a key that count, more than all rows for all of them
    compared: int  # candidates of a row, 0 for all of them
    listed: int  # as ``full``, for a row that is looked up by all its keys
    rule: "_native.PairRule | None" = None  # which rows are numeric variants; None where none is

    @classmethod
    def of(cls, config: Config) -> "Limits":
        """Return those of some settings."""
        contained = config.measure == "containment"
        caps = candidates.FULL, candidates.COMPARED, candidates.LISTED
        rule = rule_for(config) if config.numeric_variants == "keep" else None
        return cls(config.threshold, contained, *caps, rule)


def match_rows(
    rows: Rows,
    sketches: Sketches,
    limits: Limits,
    *,
    references: int = 0,
    threads: int | None = None,
) -> tuple[I64, F64, I64]:
    """Match every row against the kept rows, as ``keep_first.match`` does.

    Parameters
    ----------
    references
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
    match = partial(matcher.match, found, references, BETWEEN if memory.is_limited else NEVER)
    if threads > 1:
        # Threads compare the rows of a block with their candidates, as if all rows of the block
        # before them were kept. Then the rows are taken in order: a row is compared with the
        # candidates that are kept and were left out.
        compare = partial(matcher.compare_ahead, found, references)
        work = [partial(compare, number) for number in range(threads)]
        block = count // max(BLOCKS, size // BLOCK) + 1
        with Workers(threads) as workers:
            while matcher.begin(block):
                while sum(one.result() for one in [*map(workers.submit, work)]):
                    pass
                while match():
                    pass
    while match():  # Python handles signals between two calls
        memory.trim()
    return found.witness, found.similarity, found.numeric_variant


def pair_rows(rows: Rows, sketches: Sketches, limits: Limits) -> tuple[I64, I64, F64, Flags]:
    """Compare every row with all rows before it in order, but for those with its tokens.

    Returns
    -------
    left, right, similarity, numeric_variant
        (m,) each: the pairs of leaders at the threshold; ``right`` comes first in order.
    """
    matcher = _matcher(rows, sketches, limits, threads=1)
    while matcher.compare():  # likewise
        pass
    left, right, similarity, variants = matcher.pairs()
    return left, right, similarity, variants.view(np.bool_)


def _matcher(rows: Rows, sketches: Sketches, limits: Limits, threads: int) -> "_native.Matcher":
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
