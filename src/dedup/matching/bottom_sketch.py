"""Bottom-k sketches: rows are sampled for containment by their smallest shingle hashes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from math import ceil, comb, log, log1p
from typing import Any, NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U32, U64, Flags
from dedup.arrays.long_arrays import batch_slices
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core
from dedup.arrays.parallel import concatenate_columns, map_chunks, map_parallel, offsets_of
from dedup.config import Config
from dedup.matching.exact_copies import ExactCopies
from dedup.matching.lsh import binomial, enough
from dedup.matching.shared_keys import Sketches, Taken, noted, number, stored
from dedup.matching.similarity import least_shared
from dedup.text.hashing import NativeTexts
from dedup.text.shingles import fingerprint_keys, shingle_counts

SAMPLE = 16  # values in the bottom sketch of a short row, more at low thresholds,
PART = 8  # one in so many of its shingles in that of a long row,
LONG = 64  # and so many at most: both for thresholds from
HIGH = 0.8  # on; below it more in proportion, or rows of one language are candidates by chance,
MOST = 128  # so many at most
SMALL = 256  # shingles up to which a sample of them is told from one drawn with replacement
MISS = 1e-5  # the chance that the sample of a pair at the threshold shares too little
WHOLE = 256  # shingles of a row of letters, at most, that is looked up by all of them


@dataclass(frozen=True, slots=True)
class BottomSketch:
    """How rows are sampled for containment: by their smallest values (Broder 1997).

    The sample of the contained row is a random part of its shingles, so how many of it the other
    row has is hypergeometric: a pair at the threshold shares ``needed`` of them but for a chance
    of MISS. Of rows with up to some 40 shingles no pair at all is missed.

    Attributes
    ----------
    size
        Values in the sample of a short row.
    most
        Values in the sample of a long row, which has one in ``part`` of its shingles.
    of_rest
        (most + 1,): how many of so many probes must be shared.
    whole
        A row of so many shingles is looked up by all of them, and finds all that is similar.
    """

    size: int
    most: int
    part: int
    of_rest: I64
    whole: int
    _all: I64  # likewise, where the probes are all shingles of the row
    _short: I64  # of ``size`` probes, by the number of shingles

    def sizes(self, shingles: I64) -> I64:
        """Return how many values a row of so many shingles has in its sample, at most."""
        sizes = np.clip(shingles // self.part, self.size, self.most)
        return np.where(self.is_whole(shingles), shingles, sizes)

    def is_whole(self, shingles: I64) -> Flags:
        """Tell which rows, of so many shingles, are looked up by all of them, (n,)."""
        whole: Flags = shingles <= self.whole
        return whole

    def needed(self, found: I64, shingles: I64) -> I64:
        """Return how many of its sample a row must share with a candidate, (n,).

        Parameters
        ----------
        found
            (n,): values in the sample.
        shingles
            (n,): shingles of the row, which may be counted with repetitions.
        """
        sampled = np.where(
            found == self.size,
            self._short[np.minimum(shingles, len(self._short) - 1)],
            self.of_rest[np.minimum(found, self.most)],
        )
        every = self.is_whole(shingles) | (found < self.sizes(shingles))
        return np.where(every, self._all[found], sampled)


@lru_cache(maxsize=64)
def bottom_sketch(threshold: float, whole: int = 0) -> BottomSketch:
    """Return the sampling for a threshold, and rows that are looked up by all their shingles.

    Examples
    --------
    >>> sketch = bottom_sketch(0.8)
    >>> sketch.size, sketch.needed(np.array([5, 16, 64]), np.array([5, 40, 1000])).tolist()
    (16, [4, 8, 36])
    """
    wanted = log(MISS) / log1p(-threshold) if threshold < 1 else 0
    size = ceil(min(max(SAMPLE, wanted), MOST))
    scale = min(threshold / HIGH, 1)
    most = max(size, min(ceil(LONG / scale), MOST))
    part = max(round(PART * scale), 1)
    everything = [least_shared(count, threshold) for count in range(max(most, whole) + 1)]
    of_rest = [
        most + 1,
        *(enough(binomial(count, threshold), MISS) for count in range(1, most + 1)),
    ]
    # Repetitions count as shingles, so what is asked of a size may not exceed what is asked of
    # a smaller one.
    sizes = range(size, SMALL)
    short = [enough(_hypergeometric(count, size, threshold), MISS) for count in sizes]
    falling = np.minimum.accumulate([*short, of_rest[size]])
    padded = np.concatenate((np.full(size, falling[0]), falling))
    return BottomSketch(size, most, part, np.array(of_rest), whole, np.array(everything), padded)


def sampling_of(config: Config) -> BottomSketch:
    """Return the sampling that suits some settings.

    Examples
    --------
    >>> sampling_of(Config()).whole, sampling_of(Config.preset("short")).whole
    (0, 256)
    """
    return bottom_sketch(config.threshold, WHOLE if config.unit == "char" else 0)


def _hypergeometric(count: int, size: int, threshold: float) -> list[float]:
    """Chances that a sample of ``size`` of ``count`` shares 0 to ``size`` at the threshold."""
    shared = least_shared(count, threshold)
    ways = comb(count, size)
    return [
        comb(shared, drawn) * comb(count - shared, size - drawn) / ways for drawn in range(size + 1)
    ]


class BottomSample(NamedTuple):
    """Some rows by their keys, the upper halves of their shingle hashes."""

    counts: I64  # (n,): tokens
    prints: U64  # (n, 2): fingerprints of the tokens
    probes: U32  # of the smallest hashes, flat
    found: I64  # (n,): how many each row has
    keys: U32  # of all hashes, flat, with repetitions


class BottomSampler:
    """Samples rows for containment by their smallest shingles.

    A row is entered under those of its shingles only that another row looks up, and looks up
    those of its sample only that a row is entered under.
    """

    def __init__(self, config: Config) -> None:
        self._sampling, self._ngram_size = sampling_of(config), config.ngram_size
        self._print_keys = fingerprint_keys(config.seed)

    def sample(
        self, texts: NativeTexts, first: int, last: int, memory: Memory = IN_RAM
    ) -> BottomSample:
        """Sample some rows."""
        sampling = self._sampling
        sizes = sampling.size, sampling.most, sampling.part, sampling.whole
        counts, prints, probes, found, keys = core.sketch_bottom(
            texts.core_texts, first, last, self._print_keys, *sizes
        )
        columns: Any = (counts, prints.reshape(-1, 2), probes, found, keys)
        return BottomSample(*map(memory.store, columns))

    def share_keys(
        self, samples: list[BottomSample], copies: ExactCopies, threads: int | None, memory: Memory
    ) -> Sketches:
        """Leave the keys that rows share, from all samples, which are used up."""
        probes, found = concatenate_columns([sample[2:4] for sample in samples], memory)
        counts, order, leader, leads = copies
        edges = offsets_of(found, memory)
        filters: list[Callable[[], Any]] = [
            partial(noted, probes, edges, leads, threads, memory),
            partial(core.CoarseFilter, probes),
        ]
        looked_up, coarse = map_parallel(lambda number: filters[number](), 2, threads, memory)

        def enter(number: int) -> tuple[U32, I64]:
            some, _, own, lengths, keys = samples[number]
            arguments = (own, lengths, keys, some, self._ngram_size, looked_up, coarse)
            return stored(core.wanted_keys(*arguments), memory)

        entered_by = map_parallel(enter, len(samples), threads, memory)
        found_under, lengths = concatenate_columns(entered_by, memory)
        samples.clear()  # all keys of all rows
        entry_edges = offsets_of(lengths, memory)
        entered_under = noted(found_under, entry_edges, leads, threads, memory)

        def ask(first: int, last: int) -> tuple[U32, I64]:
            return stored(core.noted_keys(probes, edges, first, last, entered_under), memory)

        asked_by = map_chunks(ask, edges * probes.itemsize, threads, memory)
        asked, lengths = concatenate_columns(asked_by, memory)
        needed, least = self._needed(counts, found, memory)
        looking = Taken.of(asked, offsets_of(lengths, memory), order, lengths >= least, memory)
        every = np.ones(len(counts), np.bool_)
        entered = Taken.of(found_under, entry_edges, order, every, memory)
        numbered = number(looking, entered, threads, memory)
        of_rest, whole = self._sampling.of_rest, self._sampling.whole
        whole += self._ngram_size - 1 if whole else 0
        return Sketches(counts, order, leader, *numbered, found, needed, of_rest, whole)

    def _needed(self, counts: I64, found: I64, memory: Memory) -> tuple[I64, I64]:
        """Return what rows must share, and the fewest keys they must have in common with any."""
        sampling, count = self._sampling, len(counts)
        needed, least = memory.empty(count, np.int64), memory.empty(count, np.int64)
        for own in batch_slices(count, memory):
            shingles, some = shingle_counts(counts[own], self._ngram_size), found[own]
            needed[own] = sampling.needed(some, shingles)
            # Each key that lists only some of its rows is one less to share, and they ask for no
            # more.
            of_rest = sampling.of_rest[np.clip(some - 1, 0, sampling.most)] + 1
            is_whole = sampling.is_whole(shingles)
            least[own] = np.where(is_whole, needed[own], np.minimum(needed[own], of_rest))
        return needed, least
