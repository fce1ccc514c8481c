"""Sketches of texts with their keys, for lookups outside ``deduplicate``."""

from dataclasses import dataclass

import numpy as np

from dedup.arrays.array_types import I64, U8, U64, Ragged
from dedup.arrays.memory import IN_RAM
from dedup.arrays.native import has_core
from dedup.arrays.parallel import offsets_of
from dedup.config import Config
from dedup.matching.bottom_sketch import BottomSketcher, bottom_k_of
from dedup.matching.candidates import SketchKeys, sketch_keys
from dedup.matching.exact_copies import token_fingerprints
from dedup.matching.lsh import BandSketcher, banding
from dedup.matching.numbers import exact_copy_numbers
from dedup.matching.rows import PackedRows
from dedup.text.hashing import tokens_and_shingles
from dedup.text.shingles import shingle_counts


@dataclass(frozen=True, slots=True)
class SketchedTexts:
    """The sketches of n texts.

    Attributes
    ----------
    counts
        (n,): tokens.
    fingerprints
        (n, 2): equal for exact copies. The core and numpy give different ones.
    keys
        Texts without tokens have none.
    """

    counts: I64
    fingerprints: U64
    keys: SketchKeys

    @classmethod
    def of(cls, utf8: U8, offsets: I64, config: Config) -> "SketchedTexts":
        """Sketch packed texts, with one thread."""
        sketch = _native_sketches if has_core() else _sketches
        counts, fingerprints, keys = sketch(utf8, offsets, config)
        numbers = exact_copy_numbers(utf8, offsets, config)
        if numbers is not None:
            fingerprints[:, 1] ^= numbers
        return cls(counts, fingerprints, keys)


def _sketches(utf8: U8, offsets: I64, config: Config) -> tuple[I64, U64, SketchKeys]:
    """Return counts of tokens, their fingerprints, and keys: the specification."""
    tokens, shingles = tokens_and_shingles(utf8, offsets, config)
    counts = tokens.hashes.lengths
    joined = b"".join(token_fingerprints(tokens.hashes))
    fingerprints = np.frombuffer(joined, np.uint64).reshape(-1, 2).copy()
    keys = sketch_keys(shingles, shingle_counts(counts, config.ngram_size), config)
    return counts, fingerprints, keys


def _native_sketches(utf8: U8, offsets: I64, config: Config) -> tuple[I64, U64, SketchKeys]:
    """Return what ``_sketches`` does, with the core. Fingerprints and the order of keys differ."""
    rows = PackedRows(utf8, offsets, config)
    if config.measure == "containment":
        found = BottomSketcher(config).sketch_arrays(rows.texts, 0, len(rows))
        bottom_k, counts = bottom_k_of(config), shingle_counts(found.counts, config.ngram_size)
        keys = SketchKeys(
            Ragged(found.query_keys.astype(np.uint64), offsets_of(found.sizes)),
            Ragged(found.keys.astype(np.uint64), offsets_of(counts)),
            bottom_k.min_shared(found.sizes, counts),
            bottom_k.min_shared_uncapped,
            bottom_k.is_exhaustive(counts),
        )
        return found.counts, found.fingerprints, keys
    bands = BandSketcher(config).sketch(rows.texts, 0, len(rows), IN_RAM.new_store())
    counts, by_band = bands.counts.take(), bands.keys.take()
    query_keys = Ragged(
        by_band.T.reshape(-1).astype(np.uint64), np.arange(len(rows) + 1) * len(by_band)
    ).filter_values(np.repeat(counts > 0, len(by_band)))
    uncapped = banding(config.threshold, config.num_perm, config.recall).min_shared_uncapped
    needed = np.full(len(rows), uncapped[len(by_band)])
    keys = SketchKeys(query_keys, query_keys, needed, uncapped, np.zeros(len(rows), np.bool_))
    return counts, bands.fingerprints.take(), keys
