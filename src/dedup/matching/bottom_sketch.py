"""Bottom-k sketches: a row is represented by its k smallest shingle hashes (Broder 1997).

They find the candidates of a row by containment. The sketch of the contained row is a random sample
of its shingles, so the number of them that another row has is hypergeometric.
``BottomK.min_shared`` asks for as many as a pair at the threshold shares with a probability of
1 - MISS_RATE.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import ceil, comb, log, log1p
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U32, U64, Flags
from dedup.arrays.long_arrays import batch_slices
from dedup.arrays.memory import Memory
from dedup.arrays.native import core
from dedup.arrays.parallel import map_parallel, offsets_of
from dedup.arrays.stored_arrays import ArrayStore, StoredArray
from dedup.config import Config
from dedup.matching.exact_copies import ExactCopies
from dedup.matching.lsh import binomial, lower_quantile
from dedup.matching.shared_keys import (
    OrderedKeys,
    RowKeys,
    SharedKeys,
    all_lengths,
    filter_of,
    number_keys,
)
from dedup.matching.similarity import min_shared
from dedup.text.hashing import NativeTexts
from dedup.text.shingles import fingerprint_keys, shingle_counts

if TYPE_CHECKING:
    from dedup import _native

MIN_SKETCH_KEYS = 16  # fewer only if a row has fewer shingles; more at low thresholds
# A long row has one key for every SHINGLES_PER_KEY shingles, and LONG_SKETCH_KEYS at most. Both are
# for thresholds from HIGH_THRESHOLD on. Below it a sketch has more keys in proportion, and
# MAX_SKETCH_KEYS at most: with fewer, any two rows of one language would be candidates by chance.
SHINGLES_PER_KEY = 8
LONG_SKETCH_KEYS = 64
HIGH_THRESHOLD = 0.8
MAX_SKETCH_KEYS = 128
MISS_RATE = 1e-5  # the probability that the sketch of a pair at the threshold shares too little
HYPERGEOMETRIC_SHINGLES = 256  # of a larger row, the binomial distribution is as good
EXHAUSTIVE_SHINGLES = 256  # a row of letters with no more shingles is looked up by all of them


@dataclass(frozen=True, slots=True)
class BottomK:
    """How many of its smallest hashes the sketch of a row has, and how many a candidate shares.

    A pair at the threshold shares fewer than ``min_shared`` keys with a probability of MISS_RATE.
    Of rows with up to some 40 shingles no pair at all is missed.

    Attributes
    ----------
    min_size
        The fewest keys in a sketch. The sketch of a row with fewer shingles has them all.
    max_size
        Keys in the sketch of a long row, which has one for every ``shingles_per_key`` shingles.
    shingles_per_key
        See ``max_size``.
    min_shared_uncapped
        (max_size + 1,): the number of keys that must be shared, by the number of uncapped keys.
    exhaustive_shingles
        A row with no more shingles is looked up by all of them: no similar row is missed.
    """

    min_size: int
    max_size: int
    shingles_per_key: int
    min_shared_uncapped: I64
    exhaustive_shingles: int
    _min_shared_of_all: I64  # of a sketch that has all shingles of its row, by its size
    _min_shared_of_short: I64  # of a sketch of ``min_size`` keys, by the shingles of its row

    def sizes(self, shingles: I64) -> I64:
        """Return the keys in the sketch of a row, at most, by its number of shingles."""
        sizes = np.clip(shingles // self.shingles_per_key, self.min_size, self.max_size)
        return np.where(self.is_exhaustive(shingles), shingles, sizes)

    def is_exhaustive(self, shingles: I64) -> Flags:
        """Tell which rows, by their number of shingles, are looked up by all of them, (n,)."""
        flags: Flags = shingles <= self.exhaustive_shingles
        return flags

    def min_shared(self, sizes: I64, shingles: I64) -> I64:
        """Return the number of sketch keys that a candidate must share with a row, (n,).

        Parameters
        ----------
        sizes
            (n,): keys in the sketch.
        shingles
            (n,): shingles of the row; repetitions may be counted.
        """
        of_sketch = np.where(
            sizes == self.min_size,
            self._min_shared_of_short[np.minimum(shingles, len(self._min_shared_of_short) - 1)],
            self.min_shared_uncapped[np.minimum(sizes, self.max_size)],
        )
        has_all = self.is_exhaustive(shingles) | (sizes < self.sizes(shingles))
        return np.where(has_all, self._min_shared_of_all[sizes], of_sketch)


@lru_cache(maxsize=64)
def bottom_k(threshold: float, exhaustive_shingles: int = 0) -> BottomK:
    """Return the sizes of sketches for a threshold.

    Examples
    --------
    >>> sizes = bottom_k(0.8)
    >>> sizes.min_size, sizes.min_shared(np.array([5, 16, 64]), np.array([5, 40, 1000])).tolist()
    (16, [4, 8, 36])
    """
    wanted = log(MISS_RATE) / log1p(-threshold) if threshold < 1 else 0
    min_size = ceil(min(max(MIN_SKETCH_KEYS, wanted), MAX_SKETCH_KEYS))
    scale = min(threshold / HIGH_THRESHOLD, 1)
    max_size = max(min_size, min(ceil(LONG_SKETCH_KEYS / scale), MAX_SKETCH_KEYS))
    shingles_per_key = max(round(SHINGLES_PER_KEY * scale), 1)
    sizes = range(max(max_size, exhaustive_shingles) + 1)
    of_all = [min_shared(size, threshold) for size in sizes]
    uncapped = [
        max_size + 1,
        *(lower_quantile(binomial(size, threshold), MISS_RATE) for size in range(1, max_size + 1)),
    ]
    # ``shingles`` may count repetitions, so a row may seem larger than it is: a larger row must not
    # need more than a smaller one.
    of_short = [
        lower_quantile(hypergeometric(count, min_size, threshold), MISS_RATE)
        for count in range(min_size, HYPERGEOMETRIC_SHINGLES)
    ]
    falling = np.minimum.accumulate([*of_short, uncapped[min_size]])
    padded = np.concatenate((np.full(min_size, falling[0]), falling))
    columns = np.array(uncapped), exhaustive_shingles, np.array(of_all), padded
    return BottomK(min_size, max_size, shingles_per_key, *columns)


def bottom_k_of(config: Config) -> BottomK:
    """Return the sizes of sketches for some settings.

    Examples
    --------
    >>> short = Config.preset("short")
    >>> bottom_k_of(Config()).exhaustive_shingles, bottom_k_of(short).exhaustive_shingles
    (0, 256)
    """
    return bottom_k(config.threshold, EXHAUSTIVE_SHINGLES if config.unit == "char" else 0)


def hypergeometric(count: int, size: int, threshold: float) -> list[float]:
    """Return the probabilities that a sketch shares 0 to ``size`` keys at the threshold.

    The sketch has ``size`` of ``count`` shingles, of which the other row has as few as it may.
    """
    shared = min_shared(count, threshold)
    ways = comb(count, size)
    return [
        comb(shared, drawn) * comb(count - shared, size - drawn) / ways for drawn in range(size + 1)
    ]


class SketchArrays(NamedTuple):
    """The sketches of a batch of rows, in memory: the columns of ``BottomSketches``."""

    counts: I64  # (n,)
    fingerprints: U64  # (n, 2)
    query_keys: U32
    sizes: I64  # (n,)
    keys: U32

    @classmethod
    def of(cls, columns: tuple[I64, U64, U32, I64, U32]) -> "SketchArrays":
        """Return the sketches that a function of the core returned."""
        counts, fingerprints, query_keys, sizes, keys = columns
        return cls(counts, fingerprints.reshape(-1, 2), query_keys, sizes, keys)

    def replace_rows(
        self, rows: I64, new_sketches: "SketchArrays", ngram_size: int
    ) -> "SketchArrays":
        """Return these sketches with ``new_sketches`` in the place of some rows, which ascend."""
        if not len(rows):
            return self
        counts, fingerprints = self.counts.copy(), self.fingerprints.copy()
        sizes = self.sizes.copy()
        counts[rows], fingerprints[rows] = new_sketches.counts, new_sketches.fingerprints
        sizes[rows] = new_sketches.sizes
        lengths = shingle_counts(self.counts, ngram_size)
        new_lengths = shingle_counts(new_sketches.counts, ngram_size)
        query_keys = _replace_segments(
            self.query_keys, self.sizes, rows, new_sketches.query_keys, new_sketches.sizes
        )
        keys = _replace_segments(self.keys, lengths, rows, new_sketches.keys, new_lengths)
        return SketchArrays(counts, fingerprints, query_keys, sizes, keys)


def _replace_segments(
    values: U32, lengths: I64, rows: I64, new_values: U32, new_lengths: I64
) -> U32:
    """Return flat rows of the given lengths with new values in some rows.

    Examples
    --------
    >>> _replace_segments(np.arange(5, dtype=np.uint32), np.array([2, 1, 2]), np.array([1]),
    ...                   np.array([8, 9], np.uint32), np.array([2])).tolist()
    [0, 1, 8, 9, 3, 4]
    """
    edges, new_edges = offsets_of(lengths), offsets_of(new_lengths)
    segments: list[U32] = []
    last = 0
    for number, row in enumerate(rows.tolist()):
        segments += [
            values[edges[last] : edges[row]],
            new_values[new_edges[number] : new_edges[number + 1]],
        ]
        last = row + 1
    return np.concatenate([*segments, values[edges[last] :]])


class SharedHashing(NamedTuple):
    """Sketches that are made of the hashes with which repeated blocks are searched for."""

    settings: "_native.BottomSketchSettings"
    found: list[SketchArrays]  # one for each batch that was searched


class BottomSketches(NamedTuple):
    """The sketches of a batch of rows. A key is the upper half of a shingle hash."""

    counts: StoredArray[I64]  # (n,): tokens
    fingerprints: StoredArray[U64]  # (n, 2): of the tokens
    query_keys: StoredArray[U32]  # of the smallest hashes of each row, flat
    sizes: StoredArray[I64]  # (n,): query keys of each row
    keys: StoredArray[U32]  # of all shingles of each row, flat, with repetitions


class BottomSketcher:
    """Sketches rows for containment, with the compiled core.

    A row is looked up by the keys of its sketch, and inserted under the keys of all its shingles.
    ``keep_shared_keys`` drops each key that no other row has on the other side.
    """

    def __init__(self, config: Config) -> None:
        self._bottom_k, self._ngram_size = bottom_k_of(config), config.ngram_size
        bottom = self._bottom_k
        self.settings = core.BottomSketchSettings(
            fingerprint_keys(config.seed),
            bottom.min_size,
            bottom.max_size,
            bottom.shingles_per_key,
            bottom.exhaustive_shingles,
        )

    def sketch(
        self, texts: NativeTexts, first: int, last: int, store: ArrayStore
    ) -> BottomSketches:
        """Sketch the rows from ``first`` to ``last``; set their keys aside."""
        return self.set_aside(self.sketch_arrays(texts, first, last), store)

    def sketch_arrays(self, texts: NativeTexts, first: int, last: int) -> SketchArrays:
        """Sketch the rows from ``first`` to ``last``."""
        return SketchArrays.of(core.sketch_bottom(texts.core_texts, first, last, self.settings))

    @staticmethod
    def set_aside(arrays: SketchArrays, store: ArrayStore) -> BottomSketches:
        """Put sketches into a store."""
        return BottomSketches(
            store.add(arrays.counts),
            store.add(arrays.fingerprints),
            store.add(arrays.query_keys),
            store.add(arrays.sizes),
            store.add(arrays.keys),
        )

    def keep_shared_keys(
        self,
        batches: list[BottomSketches],
        copies: ExactCopies,
        threads: int | None,
        memory: Memory,
    ) -> SharedKeys:
        """Return the keys that rows share; ``batches`` is emptied."""
        counts, order, representative, is_representative = copies
        rows = offsets_of(np.array([len(batch.sizes) for batch in batches]))
        sizes = memory.join_stored([batch.sizes for batch in batches])
        queries = [
            RowKeys(batch.query_keys, sizes[first:last])
            for batch, (first, last) in zip(batches, pairwise(rows.tolist()), strict=True)
        ]
        postings = self._queried(batches, queries, copies, threads, memory)
        queries = _posted(queries, postings, is_representative, threads, memory)
        posting_keys = OrderedKeys.of(postings, order, memory=memory)
        needed, least = self._min_shared(counts, sizes, memory)
        lengths = all_lengths(queries, memory)
        query_keys = OrderedKeys.of(queries, order, lengths >= least, memory)
        with memory.progress.part(0.5, 1.0):
            numbered = number_keys(query_keys, posting_keys, threads, memory)
        exhaustive_tokens = self._bottom_k.exhaustive_shingles
        exhaustive_tokens += self._ngram_size - 1 if exhaustive_tokens else 0
        uncapped = self._bottom_k.min_shared_uncapped
        return SharedKeys(
            counts, order, representative, *numbered, sizes, needed, uncapped, exhaustive_tokens
        )

    def _queried(
        self,
        batches: list[BottomSketches],
        queries: list[RowKeys],
        copies: ExactCopies,
        threads: int | None,
        memory: Memory,
    ) -> list[RowKeys]:
        """Return the keys of all shingles that another row queries; ``batches`` is emptied."""
        rows = offsets_of(np.array([len(lengths) for _, lengths in queries]))
        queried = filter_of(queries, copies.is_representative, threads, memory)
        coarse = core.CoarseFilter()
        for keys, _ in queries:
            coarse.add(keys.load())
        store = memory.new_store()

        def keep_queried(number: int) -> RowKeys:
            keys, sizes = queries[number]
            counts = copies.counts[rows[number] : rows[number + 1]]
            own_keys = keys.load(), sizes, batches[number].keys.take(), counts
            found = core.keep_queried_keys(*own_keys, self._ngram_size, queried, coarse)
            return RowKeys(store.add(found[0]), memory.adopt(found[1]))

        keep_batch = memory.progress.steps(keep_queried, 2 * len(batches))  # half of the work
        postings = map_parallel(keep_batch, len(batches), threads, memory)
        batches.clear()
        return postings

    def _min_shared(self, counts: I64, sizes: I64, memory: Memory) -> tuple[I64, I64]:
        """Return the keys that a candidate must share, and the fewest that it ever must, (n,) each.

        The second is less where posting lists may be capped: each capped list takes one key away,
        and ``min_shared_uncapped`` of the others suffice.
        """
        bottom, count = self._bottom_k, len(counts)
        needed, least = memory.empty(count, np.int64), memory.empty(count, np.int64)
        for batch in batch_slices(count, memory):
            shingles, found = shingle_counts(counts[batch], self._ngram_size), sizes[batch]
            needed[batch] = bottom.min_shared(found, shingles)
            uncapped = bottom.min_shared_uncapped[np.clip(found - 1, 0, bottom.max_size)] + 1
            is_exhaustive = bottom.is_exhaustive(shingles)
            fewest = np.minimum(needed[batch], uncapped)
            least[batch] = np.where(is_exhaustive, needed[batch], fewest)
        return needed, least


def _posted(
    queries: list[RowKeys],
    postings: list[RowKeys],
    is_representative: Flags,
    threads: int | None,
    memory: Memory,
) -> list[RowKeys]:
    """Return the query keys under which a row is posted; those of ``queries`` are taken."""
    posted = filter_of(postings, is_representative, threads, memory)
    store = memory.new_store()

    def keep_posted(number: int) -> RowKeys:
        keys, lengths = queries[number]
        edges = offsets_of(lengths)
        found = core.keep_filtered_keys(keys.take(), edges, 0, len(lengths), posted)
        return RowKeys(store.add(found[0]), memory.adopt(found[1]))

    return map_parallel(keep_posted, len(queries), threads, memory)
