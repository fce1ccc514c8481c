"""A random sample of a stream of texts, which does not depend on how the texts are batched."""

import heapq
from operator import itemgetter

import numpy as np

from dedup.arrays.array_types import I64
from dedup.arrays.packed import PackedTexts, pack_bytes

MAX_SAMPLE_BYTES = 1 << 25  # of UTF-8


class Reservoir:
    """Draws texts from a stream without replacement, each with the same probability.

    Each text gets a random number. The texts with the smallest numbers are the sample (a bottom-k
    sample; Cohen and Kaplan 2007), up to ``size`` texts and ``MAX_SAMPLE_BYTES``.

    Parameters
    ----------
    size
        Maximum number of texts.
    seed
        Seed of the random numbers.

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> reservoir = Reservoir(2, seed=1)
    >>> for batch in (["one", "two"], [None, "four"]):
    ...     reservoir.add(pack(batch))
    >>> reservoir.total, len(reservoir.sample())
    (4, 2)
    """

    def __init__(self, size: int, seed: int) -> None:
        self.total = self.total_bytes = 0  # of the whole stream
        self._size, self._random = size, np.random.default_rng(seed)
        self._heap: list[tuple[float, int, bytes | None]] = []  # the greatest random number first
        self._sample_bytes = 0

    def add(self, packed: PackedTexts) -> None:
        """Add texts of the stream."""
        first, keys = self.total, self._random.random(len(packed))
        self.total += len(packed)
        self.total_bytes += int(packed.offsets[-1] - packed.offsets[0])
        limit = -self._heap[0][0] if len(self._heap) >= self._size else np.inf
        for row in np.flatnonzero(keys < limit).tolist():
            text = packed.encoded(row)
            heapq.heappush(self._heap, (-float(keys[row]), first + row, text))
            self._sample_bytes += len(text or b"")
            while len(self._heap) > 1 and self._is_too_large():
                self._sample_bytes -= len(heapq.heappop(self._heap)[2] or b"")
                self._size = min(self._size, max(len(self._heap), 1))

    def _is_too_large(self) -> bool:
        return len(self._heap) > self._size or self._sample_bytes > MAX_SAMPLE_BYTES

    @property
    def rows(self) -> I64:
        """The rows of the drawn texts in the stream, ascending."""
        return np.sort(np.array([row for _, row, _ in self._heap], np.int64))

    def sample(self) -> PackedTexts:
        """Return the drawn texts, in the order of the stream."""
        return pack_bytes([text for _, _, text in sorted(self._heap, key=itemgetter(1))])

    def drawn(self, rows: I64) -> int:
        """Return how many of these rows of the stream are in the sample.

        Examples
        --------
        >>> from dedup.arrays.packed import pack
        >>> reservoir = Reservoir(2, seed=1)
        >>> reservoir.add(pack(["one", "two"]))
        >>> reservoir.drawn(np.array([1, 7]))
        1
        """
        return int(np.isin(rows, self.rows).sum())
