"""A random sample of texts, the same whether they are in memory or come one after the other."""

import heapq
from operator import itemgetter

import numpy as np

from dedup.arrays.array_types import I64
from dedup.arrays.packed import PackedTexts, pack_bytes

MOST_BYTES = 1 << 25  # of the texts in a sample: they are compared in several ways


class Reservoir:
    """Draws texts from a stream, without replacement, each with the same chance.

    Each text gets a random number, and those of the least numbers are the sample (a bottom-k
    sample; Cohen and Kaplan 2007). When they have more than ``MOST_BYTES``, or are more than
    ``size``, the one of the greatest number goes.

    Parameters
    ----------
    size
        How many texts at most.
    seed
        Of the random numbers.

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
        self.total = self.total_bytes = 0  # of all texts
        self._size, self._random = size, np.random.default_rng(seed)
        self._heap: list[tuple[float, int, bytes | None]] = []  # the greatest number first
        self._held = 0  # bytes

    def add(self, packed: PackedTexts) -> None:
        """Go on with more texts."""
        first, keys = self.total, self._random.random(len(packed))
        self.total += len(packed)
        self.total_bytes += int(packed.offsets[-1] - packed.offsets[0])
        bound = -self._heap[0][0] if len(self._heap) >= self._size else np.inf
        for row in np.flatnonzero(keys < bound).tolist():
            text = packed.encoded(row)
            heapq.heappush(self._heap, (-float(keys[row]), first + row, text))
            self._held += len(text or b"")
            while len(self._heap) > 1 and (len(self._heap) > self._size or self._held > MOST_BYTES):
                self._held -= len(heapq.heappop(self._heap)[2] or b"")
                self._size = min(self._size, max(len(self._heap), 1))

    def sample(self) -> PackedTexts:
        """Return the texts that were drawn, in the order in which they came."""
        return pack_bytes([text for _, _, text in sorted(self._heap, key=itemgetter(1))])

    def drawn(self, rows: I64) -> int:
        """Return how many of some rows were drawn.

        Examples
        --------
        >>> from dedup.arrays.packed import pack
        >>> reservoir = Reservoir(2, seed=1)
        >>> reservoir.add(pack(["one", "two"]))
        >>> reservoir.drawn(np.array([1, 7]))
        1
        """
        return int(np.isin(rows, [row for _, row, _ in self._heap]).sum())
