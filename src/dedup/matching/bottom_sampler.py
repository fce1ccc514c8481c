"""Rows sampled for containment: bottom sketches."""

from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.kernels.chunks import in_chunks, in_parallel, joined, offsets_of
from dedup.kernels.hashing import NativeTexts
from dedup.kernels.portions import portions
from dedup.kernels.reference import print_keys, shingle_counts
from dedup.matching.key_filters import noted, stored
from dedup.matching.shared_keys import Taken, number
from dedup.matching.sketching import NumberPrints, Order, Sketches, led
from dedup.native import core
from dedup.records import I64, U32, U64, Flags

BYTES = 3  # of text for a shingle, at least in most texts


class Sampling(Protocol):
    """How many values a bottom sketch has, and must share: see ``sampling.BottomSketch``."""

    @property
    def size(self) -> int: ...  # noqa: D102
    @property
    def most(self) -> int: ...  # noqa: D102
    @property
    def part(self) -> int: ...  # noqa: D102
    @property
    def whole(self) -> int: ...  # noqa: D102
    @property
    def of_rest(self) -> I64: ...  # noqa: D102
    def is_whole(self, shingles: I64) -> Flags: ...  # noqa: D102
    def needed(self, found: I64, shingles: I64) -> I64: ...  # noqa: D102


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

    def __init__(self, sampling: Sampling, ngram_size: int, seed: int) -> None:
        self._sampling, self._ngram_size = sampling, ngram_size
        self._print_keys = print_keys(seed)

    def sample(
        self,
        texts: NativeTexts,
        first: int,
        last: int,
        memory: Memory = IN_RAM,
        room: U32 | None = None,
    ) -> BottomSample:
        """Sample some rows; in ``room`` there may be some for their keys."""
        sampling = self._sampling
        if room is None:  # what is never filled costs no memory
            size = int(texts.offsets[last] - texts.offsets[first])
            room = np.empty(size // BYTES, np.uint32)
        counts, prints, probes, found, keys = core.sketch_bottom(
            texts.texts,
            first,
            last,
            self._print_keys,
            sampling.size,
            sampling.most,
            sampling.part,
            sampling.whole,
            room,
        )
        if keys is None:
            keys = room[: int(shingle_counts(counts, self._ngram_size).sum())]
        columns: Any = (counts, prints.reshape(-1, 2), probes, found, keys)
        return BottomSample(*map(memory.store, columns))

    def sample_before(
        self,
        texts: NativeTexts,
        stop: int,
        threads: int | None = None,
        memory: Memory = IN_RAM,
    ) -> list[BottomSample]:
        """Sample the rows before ``stop``, in chunks."""
        offsets = texts.offsets[: stop + 1]
        if memory.is_limited:
            work = partial(self.sample, texts, memory=memory)
            return in_chunks(work, offsets, threads, memory)
        # In one piece, of large pages.
        room = np.empty(int(offsets[-1] - offsets[0]) // BYTES, np.uint32)

        def sample(first: int, last: int) -> BottomSample:
            start, end = ((int(offsets[row]) - int(offsets[0])) // BYTES for row in (first, last))
            return self.sample(texts, first, last, room=room[start:end])

        return in_chunks(sample, offsets, threads)

    def sketches(
        self,
        samples: list[BottomSample],
        order_of: Order,
        threads: int | None = None,
        number_prints: NumberPrints | None = None,
        memory: Memory = IN_RAM,
    ) -> Sketches:
        """Sketch all rows from their samples."""
        counts, prints, probes, found = joined([sample[:4] for sample in samples], memory)
        edges = offsets_of(found, memory)
        order, leader, leads = led(counts, prints, order_of, number_prints, memory)
        looked_up, coarse = noted(probes, edges, leads, threads, memory), core.CoarseFilter(probes)
        wanted, asked_for = core.wanted_keys, core.noted_keys

        def enter(number: int) -> tuple[U32, I64]:
            some, _, own, lengths, keys = samples[number]
            arguments = (own, lengths, keys, some, self._ngram_size, looked_up, coarse)
            return stored(wanted(*arguments), memory)

        entered_by = in_parallel(enter, len(samples), threads, memory)
        found_under, lengths = joined(entered_by, memory)
        samples.clear()  # all keys of all rows
        entry_edges = offsets_of(lengths, memory)
        entered_under = noted(found_under, entry_edges, leads, threads, memory)

        def ask(first: int, last: int) -> tuple[U32, I64]:
            return stored(asked_for(probes, edges, first, last, entered_under), memory)

        asked_by = in_chunks(ask, edges * probes.itemsize, threads, memory)
        asked, lengths = joined(asked_by, memory)
        needed, asks = self._needed(counts, found, lengths, memory)
        looking = Taken.of(asked, offsets_of(lengths, memory), order, asks, memory)
        every = np.ones(len(counts), np.bool_)
        entered = Taken.of(found_under, entry_edges, order, every, memory)
        looking, entered, numbers = number(looking, entered, threads, memory)
        whole = self._sampling.whole
        return Sketches(
            counts=counts,
            order=order,
            leader=leader,
            probes=looking,
            entries=entered,
            keys=numbers,
            found=found,
            needed=needed,
            of_rest=self._sampling.of_rest,
            whole=whole + self._ngram_size - 1 if whole else 0,
            turns=_turns(order, memory) if whole else order[:0],
        )

    def _needed(self, counts: I64, found: I64, lengths: I64, memory: Memory) -> tuple[I64, Flags]:
        """Return what rows must share, and which have so many keys in common with any others."""
        sampling, count = self._sampling, len(counts)
        needed, asks = memory.empty(count, np.int64), memory.empty(count, np.bool_)
        for own in portions(count, memory):
            shingles, some = shingle_counts(counts[own], self._ngram_size), found[own]
            needed[own] = sampling.needed(some, shingles)
            # Each key that lists only some of its rows is one less to share, and they ask for no
            # more.
            of_rest = sampling.of_rest[np.clip(some - 1, 0, sampling.most)] + 1
            least = np.minimum(needed[own], of_rest)
            asks[own] = lengths[own] >= np.where(sampling.is_whole(shingles), needed[own], least)
        return needed, asks


def _turns(order: I64, memory: Memory) -> I64:
    """Return the turn in which each row is taken, (n,)."""
    turns = memory.empty(len(order), np.int64)
    turns[order] = np.arange(len(order))
    return turns
