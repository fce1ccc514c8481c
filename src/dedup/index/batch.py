"""A batch of texts, hashed: what they are compared by, and the keys under which they are found."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TypeVar

import numpy as np

from dedup.arrays.array_types import I64, U64, Flags, Ragged
from dedup.arrays.long_arrays import distinct, row_batches
from dedup.arrays.packed import PackedTexts, pack_bytes
from dedup.arrays.parallel import Workers, concatenate_columns, offsets_of
from dedup.config import Config
from dedup.index.stores.postings import (
    KIND_FINGERPRINT,
    KIND_OTHER,
    KIND_SHIFT,
    KIND_SHORT_SKETCH,
    KIND_SKETCH,
)
from dedup.index.stores.records import Record
from dedup.index.stores.store import Store
from dedup.matching.bottom_sketch import bottom_k_of
from dedup.matching.candidates import SketchKeys, sketch_keys
from dedup.matching.exact_copies import token_fingerprints
from dedup.matching.numbers import exact_copy_numbers
from dedup.text.hashing import shingle_texts, tokens_and_shingles
from dedup.text.shingles import shingle_counts

Hash = TypeVar("Hash")
AT_ONCE = 1 << 12  # texts that are decided at once, and
BYTES_AT_ONCE = 1 << 25  # bytes of them: what is held in memory
ENTERED_AT_ONCE = 1 << 8  # texts whose keys are put together
READ_AT_ONCE = 1 << 10  # records of a store
HASHED_AT_ONCE = 1 << 8  # of these
SIGNATURE = 2  # counted up when the same texts have other keys: indexes are made anew then


@dataclass(frozen=True)
class HashedBatch:
    """n texts, hashed."""

    packed: PackedTexts
    config: Config
    lengths: I64  # (n,): tokens of each text
    shingles: Ragged  # n rows, sorted and unique within a row
    fingerprints: list[bytes]  # of the tokens of each text, and its numbers
    keys: SketchKeys
    sample_size: int  # of a text of some length at least; 0 where texts cannot contain others

    @classmethod
    def of(cls, packed: PackedTexts, config: Config) -> "HashedBatch":
        """Hash texts."""
        tokens, shingles = tokens_and_shingles(packed.utf8, packed.offsets, config, None)
        lengths = tokens.hashes.lengths
        prints = token_fingerprints(
            tokens.hashes, exact_copy_numbers(packed.utf8, packed.offsets, config)
        )
        keys = sketch_keys(shingles, shingle_counts(lengths, config.ngram_size), config)
        size = bottom_k_of(config).min_size if config.measure == "containment" else 0
        return cls(packed, config, lengths, shingles, prints, keys, size)

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.lengths)

    @cached_property
    def fingerprint_keys(self) -> U64:
        """The key of the fingerprint of each text, (n,)."""
        starts = np.frombuffer(b"".join(self.fingerprints), np.uint64).reshape(-1, 2)[:, 0]
        return starts >> KIND_SHIFT

    @cached_property
    def is_short(self) -> Flags:
        """Which texts are so short that their sample has all their shingles, (n,)."""
        return self.keys.query_keys.lengths < self.sample_size

    @cached_property
    def entries(self) -> Ragged:
        """The keys under which each text is found once it is kept, sorted and unique.

        By containment a text may contain others. So those of its shingles that are its sample,
        which others contain if they contain it, are apart from the rest.
        """
        starts = range(0, max(len(self), 1), ENTERED_AT_ONCE)
        values, lengths = concatenate_columns([self._entries_from(start) for start in starts])
        return Ragged(values, offsets_of(lengths))

    def _entries_from(self, start: int) -> tuple[U64, I64]:
        """Return the keys of some texts and how many each has."""
        own = slice(start, start + ENTERED_AT_ONCE)
        both = self.keys.posting_keys, self.keys.query_keys
        keys, sampled = (rows.slice_rows(own.start, own.stop) for rows in both)
        rows = keys.row_numbers()
        kinds = np.full(len(keys.values), KIND_OTHER)
        if self.sample_size:
            is_sampled = np.arange(len(rows)) - keys.offsets[rows] < sampled.lengths[rows]
            kinds[is_sampled] = np.where(self.is_short[own], KIND_SHORT_SKETCH, KIND_SKETCH)[
                rows[is_sampled]
            ]
        worded = np.flatnonzero(self.lengths[own])
        fingerprints = (KIND_FINGERPRINT << KIND_SHIFT) | self.fingerprint_keys[own][worded]
        found = np.concatenate((rows, worded)).astype(np.uint64) << np.uint64(34)
        found |= np.concatenate(((kinds << KIND_SHIFT) | keys.values, fingerprints))
        found = distinct(found, kind="stable")  # by containment nearly in order: a merge
        edges = np.arange(len(keys) + 1, dtype=np.uint64) << np.uint64(34)
        mask = np.uint64((1 << 34) - 1)
        return found & mask, np.diff(np.searchsorted(found, edges))


def hashed_batches(packed: PackedTexts, config: Config) -> Iterator[HashedBatch]:
    """Yield texts, hashed, in batches that are decided at once."""
    for start, stop in row_batches(packed.offsets, BYTES_AT_ONCE, AT_ONCE):
        yield HashedBatch.of(packed.slice_rows(start, stop), config)


def fingerprints(packed: PackedTexts, config: Config) -> list[bytes]:
    """Return the fingerprints of texts."""
    tokens = tokens_and_shingles(packed.utf8, packed.offsets, config)[0].hashes
    return token_fingerprints(tokens, exact_copy_numbers(packed.utf8, packed.offsets, config))


def shingles(packed: PackedTexts, config: Config) -> Ragged:
    """Return the shingles of texts."""
    return shingle_texts(packed.utf8, packed.offsets, config, threads=1)


def hashed_records(
    store: Store,
    rows: Sequence[int],
    hash_texts: Callable[[PackedTexts, Config], Iterable[Hash]],
    config: Config,
) -> Iterator[tuple[int, Record, Hash]]:
    """Yield texts of an index, hashed by a function: some while more are read, if they are many."""

    def read(start: int) -> tuple[Sequence[int], list[Record], Callable[[], Iterable[Hash]]]:
        some = rows[start : start + HASHED_AT_ONCE]
        records = store.records(some)
        packed = pack_bytes([record.text for record in records])
        return some, records, lambda: hash_texts(packed, config)

    if len(rows) <= HASHED_AT_ONCE:  # a thread takes longer to start
        some, records, work = read(0)
        yield from zip(some, records, work(), strict=True)
        return
    with Workers(1) as hasher:
        parts = map(read, range(0, len(rows), HASHED_AT_ONCE))
        begun = ((some, records, hasher.submit(work)) for some, records, work in parts)
        ahead = [*islice(begun, 1)]
        while ahead:
            [(some, records, hashes)], ahead = ahead, [*islice(begun, 1)]
            yield from zip(some, records, hashes.result(), strict=True)


def read_at_once(records: Iterable[tuple[int, Record]]) -> Iterator[list[tuple[int, Record]]]:
    """Yield records with their rows, as many at once as are held in memory."""
    some: list[tuple[int, Record]] = []
    size = 0
    for row, record in records:
        some.append((row, record))
        size += len(record.text or b"")
        if len(some) == READ_AT_ONCE or size >= BYTES_AT_ONCE:
            yield some
            some, size = [], 0
    if some:
        yield some
