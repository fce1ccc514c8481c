"""Rows sampled for Jaccard: keys of bands."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.kernels.chunks import in_chunks, in_parallel, joined, offsets_of
from dedup.kernels.hashing import NativeTexts
from dedup.kernels.reference import print_keys
from dedup.matching.key_filters import new_filter, stored
from dedup.matching.shared_keys import Taken, number
from dedup.matching.sketching import NumberPrints, Order, Sketches, led
from dedup.native import core
from dedup.records import I64, U32, U64

VECTOR = 16  # 32-bit lanes of the widest registers


class BandSample(NamedTuple):
    """Some rows for Jaccard."""

    counts: I64
    prints: U64
    keys: U32  # (bands, n)


class BandSampler:
    """Samples rows for Jaccard: a sketch has the keys of bands that more than one row has.

    Parameters
    ----------
    permutations
        Factors and shifts, as many as all bands use.
    bands
        What ``lsh.band_constants`` gives.
    of_rest
        (bands + 1,): how many of so many bands a candidate must share.
    """

    def __init__(
        self, permutations: tuple[U32, U32], bands: tuple[U64, U64], of_rest: I64, seed: int
    ) -> None:
        # Whole vectors: the columns that no band uses are thrown away.
        self._factors, self._shifts = (
            np.pad(part, (0, -len(part) % VECTOR)) for part in permutations
        )
        self._bands, self._of_rest, self._print_keys = bands, of_rest, print_keys(seed)

    def sample(
        self, texts: NativeTexts, first: int, last: int, memory: Memory = IN_RAM
    ) -> BandSample:
        """Sample some rows."""
        counts, prints, keys = core.sketch_bands(
            texts.texts,
            first,
            last,
            self._print_keys,
            self._factors,
            self._shifts,
            *self._bands,
        )
        keys = keys.reshape(len(self._bands[1]), last - first)
        columns: Any = (counts, prints.reshape(-1, 2), keys)
        return BandSample(*map(memory.store, columns))

    def sample_before(
        self,
        texts: NativeTexts,
        stop: int,
        threads: int | None = None,
        memory: Memory = IN_RAM,
    ) -> list[BandSample]:
        """Sample the rows before ``stop``, in chunks."""
        work = partial(self.sample, texts, memory=memory)
        return in_chunks(work, texts.offsets[: stop + 1], threads, memory)

    def sketches(
        self,
        samples: list[BandSample],
        order_of: Order,
        threads: int | None = None,
        number_prints: NumberPrints | None = None,
        memory: Memory = IN_RAM,
    ) -> Sketches:
        """Sketch all rows from their samples."""
        share, chosen = core.share_band, core.shared_keys
        counts, prints = joined([sample[:2] for sample in samples], memory)
        count, bands = len(counts), len(self._bands[1])
        order, leader, leads = led(counts, prints, order_of, number_prints, memory)
        keys = memory.empty((bands, count), np.uint32)
        shared = memory.empty(keys.shape, np.bool_)

        def note(band: int) -> None:
            np.concatenate([sample.keys[band] for sample in samples], out=keys[band])
            share(keys[band], leads, new_filter(count, memory), shared[band])

        in_parallel(note, bands, threads, memory)
        samples.clear()

        def gather(first: int, last: int) -> tuple[U32, I64]:
            return stored(chosen(keys, shared, counts, first, last), memory)

        edges = np.arange(count + 1) * bands * keys.itemsize
        shared_by, lengths = joined(in_chunks(gather, edges, threads, memory), memory)
        edges, every = offsets_of(lengths, memory), np.ones(count, np.bool_)
        asked, entered = (Taken.of(shared_by, edges, order, every, memory) for _ in range(2))
        probes, entries, numbers = number(asked, entered, threads, memory)
        return Sketches(
            counts=counts,
            order=order,
            leader=leader,
            probes=probes,
            entries=entries,
            keys=numbers,
            found=np.full(count, bands),
            needed=np.full(count, self._of_rest[bands]),
            of_rest=self._of_rest,
            whole=0,
            turns=order[:0],
        )
