"""The hot path in numba, on all cores: bit for bit what the reference gives, and sketches."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from dedup.kernels import rows, signature, spill
from dedup.kernels.alphabet import alphabet
from dedup.kernels.bottom import Bottom, bottom_sketch
from dedup.kernels.chunks import available_cores, in_chunks, in_parallel, joined, offsets_of
from dedup.kernels.describe import STRIDE, Description
from dedup.kernels.entries import chosen_keys, shared_keys, wanted_entries
from dedup.kernels.filters import coarse_filter, new_filter, note_bands, note_keys, parted_keys
from dedup.kernels.kept import Sketches
from dedup.kernels.leaders import find_leaders
from dedup.kernels.mixing import constant_table
from dedup.kernels.numbering import Taken, number
from dedup.kernels.reference import PLACES, shingle_counts
from dedup.kernels.rows import Texts
from dedup.records import I64, U8, U32, U64, Flags, Ragged, Tokens

PRINTS = 5  # stream of seeded constants, after those of the bands
VECTOR = 16  # 32-bit lanes of the widest registers
BYTES = 3  # of text for a shingle, at least in most texts
PART_WORDS = 1 << 15  # of a filter: half a megabyte
Order = Callable[[I64], I64]
Sampled = tuple[Bottom, int, int]


def texts_of(utf8: U8, offsets: I64, ngram_size: int = 5, seed: int = 1) -> Texts:
    """Return rows of well-formed UTF-8 with what their shingles are made with."""
    # Kernels are compiled for the types they are called with: all rows are read-only.
    utf8, offsets = np.ascontiguousarray(utf8).view(), np.ascontiguousarray(offsets).view()
    utf8.flags.writeable = offsets.flags.writeable = False
    return Texts(utf8, offsets, alphabet(seed), constant_table(seed, PLACES, ngram_size))


def tokenize(texts: Texts, threads: int | None = None) -> Tokens:
    """Hash the tokens of each row, as ``reference.tokenize`` does."""
    parts = in_chunks(
        lambda first, last: rows.token_rows(texts, first, last), texts.offsets, threads
    )
    values, thirds, lengths = joined(parts)
    return Tokens(Ragged(values, offsets_of(lengths)), thirds)


def shingle(texts: Texts, threads: int | None = None) -> Ragged:
    """Hash the shingles of each row, as ``reference.shingle`` does of its tokens."""
    parts = in_chunks(
        lambda first, last: rows.shingle_rows(texts, first, last), texts.offsets, threads
    )
    values, lengths = joined(parts)
    return Ragged(values, offsets_of(lengths))


def signatures(texts: Texts, permutations: tuple[U32, U32], threads: int | None = None) -> U32:
    """Return the MinHash signatures of rows, as ``minhash.signatures`` does of their shingles."""
    result = np.empty((len(texts.offsets) - 1, len(permutations[0])), np.uint32)

    def work(first: int, last: int) -> None:
        signature.signatures(texts, first, last, *permutations, result)

    in_chunks(work, texts.offsets, threads)
    return result


def band_sketches(
    texts: Texts,
    permutations: tuple[U32, U32],
    bands: tuple[U64, U64],
    seed: int,
    order_of: Order,
    threads: int | None = None,
) -> Sketches:
    """Sketch rows for Jaccard: the keys of their bands, where more than one row has them.

    Parameters
    ----------
    permutations
        Factors and shifts, as many as all bands use.
    bands
        What ``lsh.band_constants`` gives.
    order_of
        Gives the order in which rows are taken, from their numbers of tokens.
    """
    count = len(texts.offsets) - 1
    description = _described(count, seed)
    # Whole vectors: the columns that no band uses are thrown away.
    factors, shifts = (np.pad(part, (0, -len(part) % VECTOR)) for part in permutations)
    keys = spill.empty((len(bands[1]), count), np.uint32)

    def work(first: int, last: int) -> None:
        signature.band_sketch(texts, first, last, description, factors, shifts, *bands, keys)

    in_chunks(work, texts.offsets, threads)
    order, leader, leads = _led(description, order_of)
    shared = spill.empty(keys.shape, np.bool_)

    def note(band: int) -> None:
        note_bands(keys, leads, band, new_filter(count), shared)

    in_parallel(note, len(keys), threads)

    def gather(first: int, last: int) -> tuple[U32, I64]:
        return _kept(shared_keys(keys, shared, description.counts, first, last))

    shared_by, lengths = joined(in_chunks(gather, texts.offsets, threads))
    edges, every = offsets_of(lengths), np.ones(count, np.bool_)
    asked, entered = (Taken.of(shared_by, edges, order, every) for _ in range(2))
    probes, entries, numbers = number(asked, entered, threads)
    return Sketches(
        counts=description.counts,
        order=order,
        leader=leader,
        probes=probes,
        entries=entries,
        keys=numbers,
        found=np.full(count, len(keys)),
        needed=np.ones(count, np.int64),
        of_rest=np.ones(len(keys) + 1, np.int64),
    )


class Sampling(Protocol):
    """How many values a bottom sketch has, and must share: see ``index.BottomSketch``."""

    @property
    def size(self) -> int: ...  # noqa: D102
    @property
    def most(self) -> int: ...  # noqa: D102
    @property
    def part(self) -> int: ...  # noqa: D102
    @property
    def of_rest(self) -> I64: ...  # noqa: D102
    def needed(self, found: I64, shingles: I64) -> I64: ...  # noqa: D102


def bottom_sketches(
    texts: Texts,
    sampling: Sampling,
    seed: int,
    order_of: Order,
    threads: int | None = None,
) -> Sketches:
    """Sketch rows for containment by their smallest shingles.

    A row is entered under those of its shingles only that another row looks up, and looks up
    those of its sample only that a row is entered under.
    """
    count = len(texts.offsets) - 1
    description = _described(count, seed)
    chunks = _sampled(texts, sampling, description, threads)
    probes, found = joined([bottom[:2] for bottom, _, _ in chunks])
    edges = offsets_of(found)
    order, leader, leads = _led(description, order_of)
    looked_up, coarse = _noted(probes, edges, leads, threads), coarse_filter(probes)

    def enter(number: int) -> tuple[U32, I64]:
        bottom, first, last = chunks[number]
        counts = description.counts[first:last]
        return _kept(wanted_entries(bottom, counts, len(texts.places), looked_up, coarse))

    found_under, lengths = joined(in_parallel(enter, len(chunks), threads))
    chunks.clear()  # all keys of all rows
    entry_edges = offsets_of(lengths)
    noted = _noted(found_under, entry_edges, leads, threads)

    def ask(first: int, last: int) -> tuple[U32, I64]:
        return _kept(chosen_keys(probes, edges, first, last, noted))

    asked, lengths = joined(in_chunks(ask, texts.offsets, threads))
    shingles = shingle_counts(description.counts, len(texts.places))
    needed = spill.kept(sampling.needed(found, shingles))
    # Each key that lists only some of its rows is one less to share, and they ask for no more.
    least = np.minimum(needed, sampling.of_rest[np.maximum(found - 1, 0)] + 1)
    looking = Taken.of(asked, offsets_of(lengths), order, lengths >= least)
    entered = Taken.of(found_under, entry_edges, order, np.ones(count, np.bool_))
    looking, entered, numbers = number(looking, entered, threads)
    return Sketches(
        counts=description.counts,
        order=order,
        leader=leader,
        probes=looking,
        entries=entered,
        keys=numbers,
        found=found,
        needed=needed,
        of_rest=sampling.of_rest,
    )


def _sampled(
    texts: Texts, sampling: Sampling, description: Description, threads: int | None
) -> list[Sampled]:
    """Return the bottom sketches and all keys of rows, by chunks."""
    begin = int(texts.offsets[0])
    # In one piece, of large pages; what is never filled costs no memory.
    room = spill.empty((int(texts.offsets[-1]) - begin) // BYTES, np.uint32)

    def sample(first: int, last: int) -> Sampled:
        start, stop = ((int(texts.offsets[row]) - begin) // BYTES for row in (first, last))
        bounds = sampling.size, sampling.most, sampling.part
        found = bottom_sketch(texts, first, last, description, *bounds, room[start:stop])
        return found._replace(probes=spill.kept(found.probes)), first, last

    return in_chunks(sample, texts.offsets, threads)


def _kept(found: tuple[U32, I64]) -> tuple[U32, I64]:
    """Return keys of a chunk, which are many, as they are kept until all chunks are done."""
    return spill.kept(found[0]), found[1]


def _described(count: int, seed: int) -> Description:
    keys = constant_table(seed, PRINTS, 2 * STRIDE + 2).reshape(2, -1)
    return Description(keys, spill.empty(count, np.int64), spill.empty((count, 2), np.uint64))


def _led(description: Description, order_of: Order) -> tuple[I64, I64, Flags]:
    """Return the order of rows, their leaders, and which rows lead."""
    order = spill.kept(np.ascontiguousarray(order_of(description.counts), np.int64))
    leader = spill.kept(find_leaders(order, description.counts, description.prints))
    return order, leader, leader == np.arange(len(leader))


def _noted(keys: U32, edges: I64, wanted: Flags, threads: int | None) -> U64:
    """Return the filter of the keys that the wanted rows have."""
    noted = new_filter(len(keys))
    # A power of two, as the words are: no word belongs to two parts, that is to two threads.
    parts = max(1 << available_cores().bit_length(), len(noted) // PART_WORDS)

    def sort(first: int, last: int) -> tuple[U32, I64]:
        return _kept(parted_keys(keys, edges, wanted, first, last, parts))

    chunks = in_chunks(sort, edges, threads)

    def note(part: int) -> None:
        for parted, bounds in chunks:
            note_keys(parted, bounds[part], bounds[part + 1], noted)

    in_parallel(note, parts, threads)
    return noted
