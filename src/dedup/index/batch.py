"""A batch of texts, hashed: shingles and fingerprints to compare, and keys to find them by.

A batch here has texts that are decided together, INDEX_BATCH_TEXTS at most. ``Index.add`` cuts its
texts into batches.
"""

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
from dedup.index.stores.records import IndexRecord
from dedup.index.stores.store import Store
from dedup.matching.bottom_sketch import bottom_k_of
from dedup.matching.candidates import SketchKeys, sketch_keys
from dedup.matching.exact_copies import token_fingerprints
from dedup.matching.numbers import exact_copy_numbers
from dedup.text.hashing import shingle_texts, tokens_and_shingles
from dedup.text.shingles import shingle_counts

Hashes = TypeVar("Hashes")
INDEX_BATCH_TEXTS = 1 << 12  # the most texts that are decided together,
INDEX_BATCH_BYTES = 1 << 25  # and about the most bytes of their texts
TEXTS_PER_SORT = 1 << 8  # the keys of this many texts are sorted at once: they fit in a cache
RECORDS_PER_READ = 1 << 10
RECORDS_PER_HASH = 1 << 8
SIGNATURE_VERSION = 2  # raised when texts get other keys: older indexes are then refused
_KEY_BITS = np.uint64(34)  # of a key with its kind


@dataclass(frozen=True)
class HashedBatch:
    """The hashes of n texts."""

    packed: PackedTexts
    config: Config
    lengths: I64  # (n,): the number of tokens of each text
    shingles: Ragged  # n rows, sorted and unique within a row
    fingerprints: list[bytes]  # n fingerprints of 16 bytes, of the tokens and numbers of a text
    keys: SketchKeys
    min_sketch_size: int  # the sketch of a text with fewer shingles has them all; 0 by Jaccard

    @classmethod
    def of(cls, packed: PackedTexts, config: Config, threads: int | None = None) -> "HashedBatch":
        """Hash texts, with all available cores by default."""
        tokens, shingles = tokens_and_shingles(packed.utf8, packed.offsets, config, threads)
        lengths = tokens.hashes.lengths
        numbers = exact_copy_numbers(packed.utf8, packed.offsets, config)
        fingerprints = token_fingerprints(tokens.hashes, numbers)
        keys = sketch_keys(shingles, shingle_counts(lengths, config.ngram_size), config)
        min_sketch_size = bottom_k_of(config).min_size if config.measure == "containment" else 0
        return cls(packed, config, lengths, shingles, fingerprints, keys, min_sketch_size)

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.lengths)

    @cached_property
    def fingerprint_keys(self) -> U64:
        """The key of the fingerprint of each text, (n,), without its kind."""
        first_halves = np.frombuffer(b"".join(self.fingerprints), np.uint64).reshape(-1, 2)[:, 0]
        return first_halves >> KIND_SHIFT

    @cached_property
    def is_short(self) -> Flags:
        """Whether each text has fewer shingles than ``min_sketch_size``, (n,).

        The sketch of a short text has all its shingles. That of a longer text may have all, too.
        """
        return self.keys.query_keys.lengths < self.min_sketch_size

    @cached_property
    def stored_keys(self) -> Ragged:
        """The keys under which a store inserts each text: n rows, sorted and unique in a row.

        They are ``keys.posting_keys`` and the fingerprint key, each with its kind
        (``stores.postings``). By containment, sketch keys have kinds of their own, since
        ``BatchLookup.older_versions`` reads only their posting lists.
        """
        starts = range(0, max(len(self), 1), TEXTS_PER_SORT)
        values, lengths = concatenate_columns([self._stored_keys_from(start) for start in starts])
        return Ragged(values, offsets_of(lengths))

    def _stored_keys_from(self, start: int) -> tuple[U64, I64]:
        """Return the stored keys of TEXTS_PER_SORT texts, and the number of keys of each."""
        places = slice(start, start + TEXTS_PER_SORT)
        keys = self.keys.posting_keys.slice_rows(places.start, places.stop)
        sketches = self.keys.query_keys.slice_rows(places.start, places.stop)
        texts = keys.row_numbers()
        kinds = np.full(len(keys.values), KIND_OTHER)
        if self.min_sketch_size:  # the sketch is the beginning of the sorted shingles
            in_sketch = np.arange(len(texts)) - keys.offsets[texts] < sketches.lengths[texts]
            sketch_kinds = np.where(self.is_short[places], KIND_SHORT_SKETCH, KIND_SKETCH)
            kinds[in_sketch] = sketch_kinds[texts[in_sketch]]
        with_tokens = np.flatnonzero(self.lengths[places])
        fingerprint_keys = self.fingerprint_keys[places][with_tokens]
        fingerprint_keys = (KIND_FINGERPRINT << KIND_SHIFT) | fingerprint_keys
        pairs = np.concatenate((texts, with_tokens)).astype(np.uint64) << _KEY_BITS
        pairs |= np.concatenate(((kinds << KIND_SHIFT) | keys.values, fingerprint_keys))
        pairs = distinct(pairs, kind="stable")  # by containment nearly sorted, so this is a merge
        text_edges = np.arange(len(keys) + 1, dtype=np.uint64) << _KEY_BITS
        key_mask = (np.uint64(1) << _KEY_BITS) - np.uint64(1)
        return pairs & key_mask, np.diff(np.searchsorted(pairs, text_edges))


def hash_in_batches(packed: PackedTexts, config: Config) -> Iterator[HashedBatch]:
    """Yield texts, hashed, in batches that are decided together."""
    for start, stop in row_batches(packed.offsets, INDEX_BATCH_BYTES, INDEX_BATCH_TEXTS):
        yield HashedBatch.of(packed.slice_rows(start, stop), config)


def fingerprints_of(packed: PackedTexts, config: Config) -> list[bytes]:
    """Return the fingerprint of each text."""
    tokens = tokens_and_shingles(packed.utf8, packed.offsets, config)[0].hashes
    return token_fingerprints(tokens, exact_copy_numbers(packed.utf8, packed.offsets, config))


def shingles_of(packed: PackedTexts, config: Config) -> Ragged:
    """Return the shingles of each text."""
    return shingle_texts(packed.utf8, packed.offsets, config, threads=1)


def read_and_hash(
    store: Store,
    rows: Sequence[int],
    hash_texts: Callable[[PackedTexts, Config], Iterable[Hashes]],
    config: Config,
) -> Iterator[tuple[int, IndexRecord, Hashes]]:
    """Yield each row with its record and hashes; a thread hashes while the next are read."""

    def read(start: int) -> tuple[Sequence[int], list[IndexRecord], Callable[[], Iterable[Hashes]]]:
        batch = rows[start : start + RECORDS_PER_HASH]
        records = store.records(batch)
        packed = pack_bytes([record.text for record in records])
        return batch, records, lambda: hash_texts(packed, config)

    if len(rows) <= RECORDS_PER_HASH:  # starting a thread would take longer
        batch, records, hash_batch = read(0)
        yield from zip(batch, records, hash_batch(), strict=True)
        return
    with Workers(1) as worker:
        reads = map(read, range(0, len(rows), RECORDS_PER_HASH))
        submitted = ((batch, records, worker.submit(work)) for batch, records, work in reads)
        ahead = [*islice(submitted, 1)]
        while ahead:
            [(batch, records, hashes)], ahead = ahead, [*islice(submitted, 1)]
            yield from zip(batch, records, hashes.result(), strict=True)


def batch_records(
    records: Iterable[tuple[int, IndexRecord]],
) -> Iterator[list[tuple[int, IndexRecord]]]:
    """Yield records with their rows in batches that fit in memory."""
    batch: list[tuple[int, IndexRecord]] = []
    size = 0
    for row, record in records:
        batch.append((row, record))
        size += len(record.text or b"")
        if len(batch) == RECORDS_PER_READ or size >= INDEX_BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
