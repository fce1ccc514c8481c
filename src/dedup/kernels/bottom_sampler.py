"""Rows sampled for containment: bottom sketches."""

from functools import partial
from typing import NamedTuple, Protocol

import numpy as np

from dedup.kernels import spill
from dedup.kernels.bottom import Bottom, bottom_sketch
from dedup.kernels.chunks import available_cores, in_chunks, in_parallel, joined, offsets_of
from dedup.kernels.entries import chosen_keys, wanted_entries
from dedup.kernels.filters import coarse_filter, new_filter, note_keys, parted_keys
from dedup.kernels.meeting import Sketches
from dedup.kernels.numbering import Taken, number
from dedup.kernels.portions import portions
from dedup.kernels.reference import print_keys, shingle_counts
from dedup.kernels.rows import Texts
from dedup.kernels.sampling import Order, described, kept, keys_kept, led, rows_of
from dedup.records import I64, U32, U64, Flags

BYTES = 3  # of text for a shingle, at least in most texts
PART_WORDS = 1 << 15  # of a filter: half a megabyte


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
    """Some rows for containment."""

    counts: I64  # (n,): tokens
    prints: U64  # (n, 2): fingerprints of the tokens
    bottom: Bottom


class BottomSampler:
    """Samples rows for containment by their smallest shingles.

    A row is entered under those of its shingles only that another row looks up, and looks up
    those of its sample only that a row is entered under.
    """

    def __init__(self, sampling: Sampling, ngram_size: int, seed: int) -> None:
        self._sampling, self._ngram_size = sampling, ngram_size
        self._constants = print_keys(seed)

    def sample(self, texts: Texts, first: int, last: int, room: U32 | None = None) -> BottomSample:
        """Sample some rows; in ``room`` there may be some for their keys."""
        rows = rows_of(texts, first, last)
        description = described(last - first, self._constants)
        sampling = self._sampling
        bounds = sampling.size, sampling.most, sampling.part, sampling.whole
        if room is None:  # what is never filled costs no memory
            room = np.empty(int(rows.offsets[-1] - rows.offsets[0]) // BYTES, np.uint32)
        found = bottom_sketch(rows, 0, last - first, description, *bounds, room)
        if spill.is_active():
            noted = int(shingle_counts(description.counts, self._ngram_size).sum())
            probes, counts = spill.kept(found.probes), spill.kept(found.found)
            found = Bottom(probes, counts, spill.kept(found.keys[:noted]))
        return BottomSample(*kept(description), found)

    def sample_before(
        self, texts: Texts, stop: int, threads: int | None = None
    ) -> list[BottomSample]:
        """Sample the rows before ``stop``, in chunks."""
        offsets = texts.offsets[: stop + 1]
        if spill.is_active():
            return in_chunks(partial(self.sample, texts), offsets, threads)
        # In one piece, of large pages.
        room = np.empty(int(offsets[-1] - offsets[0]) // BYTES, np.uint32)

        def sample(first: int, last: int) -> BottomSample:
            start, end = ((int(offsets[row]) - int(offsets[0])) // BYTES for row in (first, last))
            return self.sample(texts, first, last, room[start:end])

        return in_chunks(sample, offsets, threads)

    def sketches(
        self,
        samples: list[BottomSample],
        order_of: Order,
        threads: int | None = None,
        numbered: Texts | None = None,
    ) -> Sketches:
        """Sketch all rows from their samples."""
        counts, prints = joined([sample[:2] for sample in samples])
        probes, found = joined([sample.bottom[:2] for sample in samples])
        edges = offsets_of(found)
        order, leader, leads = led(counts, prints, order_of, numbered, threads)
        looked_up, coarse = _noted(probes, edges, leads, threads), coarse_filter(probes)

        def enter(number: int) -> tuple[U32, I64]:
            some, _, bottom = samples[number]
            return keys_kept(wanted_entries(bottom, some, self._ngram_size, looked_up, coarse))

        found_under, lengths = joined(in_parallel(enter, len(samples), threads))
        samples.clear()  # all keys of all rows
        entry_edges = offsets_of(lengths)
        noted = _noted(found_under, entry_edges, leads, threads)

        def ask(first: int, last: int) -> tuple[U32, I64]:
            return keys_kept(chosen_keys(probes, edges, first, last, noted))

        asked, lengths = joined(in_chunks(ask, edges * probes.itemsize, threads))
        needed, asks = spill.empty(len(counts), np.int64), spill.empty(len(counts), np.bool_)
        sampling = self._sampling
        for own in portions(len(counts)):
            shingles, some = shingle_counts(counts[own], self._ngram_size), found[own]
            needed[own] = sampling.needed(some, shingles)
            # Each key that lists only some of its rows is one less to share, and they ask for no
            # more.
            of_rest = sampling.of_rest[np.clip(some - 1, 0, sampling.most)] + 1
            whole = sampling.is_whole(shingles)
            asks[own] = lengths[own] >= np.where(
                whole, needed[own], np.minimum(needed[own], of_rest)
            )
        looking = Taken.of(asked, offsets_of(lengths), order, asks)
        every = np.ones(len(counts), np.bool_)
        entered = Taken.of(found_under, entry_edges, order, every)
        looking, entered, numbers = number(looking, entered, threads)
        return Sketches(
            counts=counts,
            order=order,
            leader=leader,
            probes=looking,
            entries=entered,
            keys=numbers,
            found=found,
            needed=needed,
            of_rest=sampling.of_rest,
            whole=sampling.whole + self._ngram_size - 1 if sampling.whole else 0,
            turns=_turns(order) if sampling.whole else order[:0],
        )


def _turns(order: I64) -> I64:
    """Return the turn in which each row is taken, (n,)."""
    turns = spill.empty(len(order), np.int64)
    turns[order] = np.arange(len(order))
    return turns


def _noted(keys: U32, edges: I64, wanted: Flags, threads: int | None) -> U64:
    """Return the filter of the keys that the wanted rows have."""
    noted = new_filter(len(keys))
    # A power of two, as the words are: no word belongs to two parts, that is to two threads.
    parts = max(1 << available_cores().bit_length(), len(noted) // PART_WORDS)

    def sort(first: int, last: int) -> tuple[U32, I64]:
        return keys_kept(parted_keys(keys, edges, wanted, first, last, parts))

    chunks = in_chunks(sort, edges, threads)

    def note(part: int) -> None:
        for parted, bounds in chunks:
            note_keys(parted, bounds[part], bounds[part + 1], noted)

    in_parallel(note, parts, threads)
    return noted
