"""Tables of what each code point adds to the hash of its token, for the compiled tokenizer.

They combine the Unicode tables with the constants of one seed. ``text.tokens`` has the rule.
"""

from types import SimpleNamespace

import numpy as np

from dedup.arrays.array_types import I64, U8, U64
from dedup.text.mixing import (
    CHARACTER_STREAM,
    POSITION_STREAM,
    TOKEN_STREAM,
    constant_table,
    mix64,
    stream_key,
)
from dedup.text.tokens import ASCII
from dedup.text.unicode import IGNORED, MARK, SEPARATOR, Tables, tables

DIRECT_CODES = 0x3100  # the sums of code points below are in a table; larger ones are computed
BASIC_PLANE_CODES = 0x10000  # the kinds of code points below, the basic plane, are in one table
MAX_POSITION = 1024  # the factors of positions below are in a table; larger ones are computed
# Two more kinds. SEVERAL: a code point that folds to more than one base with its marks. SEQUENCE: a
# code point whose kind and sum are in the tables of sequences.
SEVERAL = IGNORED + 1
SEQUENCE = SEVERAL + 1


def alphabet(seed: int) -> SimpleNamespace:
    """Return the tables of one seed. Takes some milliseconds."""
    unicode = tables()
    character_key = np.uint64(stream_key(seed, CHARACTER_STREAM))
    bases, sums, kinds = _sequences(unicode, character_key)
    codes = np.arange(BASIC_PLANE_CODES, dtype=np.uint32)
    places = unicode.places(codes)
    row = unicode.sequence[places].astype(np.int64) - 1
    kind_of = np.where(row >= 0, kinds[row], unicode.kinds[places])
    direct_base = np.where(row >= 0, bases[row], np.where(codes < ASCII, codes, 0))
    plain_sum = np.where(codes < ASCII, 0, mix64(codes.astype(np.uint64) + character_key))
    direct_sum = np.where(row >= 0, sums[row], plain_sum)
    is_unhashed = np.isin(kind_of, (SEPARATOR, IGNORED))
    direct_base[is_unhashed], direct_sum[is_unhashed] = 0, 0
    kind_of[(row >= 0) & (codes >= DIRECT_CODES) & ~is_unhashed] = SEQUENCE
    return SimpleNamespace(
        # (DIRECT_CODES,): the base of a code point if it is ASCII, or else 0; and the sum of what
        # else it adds, to be multiplied by the factor of its position.
        direct_base=direct_base[:DIRECT_CODES].astype(np.uint8),
        direct_sum=direct_sum[:DIRECT_CODES].copy(),
        kind_of=kind_of.astype(np.uint8),  # (BASIC_PLANE_CODES,)
        factors=constant_table(seed, POSITION_STREAM, MAX_POSITION),  # (MAX_POSITION,)
        **{name: getattr(unicode, name) for name in Tables.__slots__},
        # (sequences,): the base if it is ASCII, or else 0; the sum of any other base and of the
        # marks; and the kind, SEPARATOR..IGNORED or SEVERAL.
        sequence_base=bases,
        sequence_sum=sums,
        sequence_kind=kinds,
        character_key=character_key,
        position_key=np.uint64(stream_key(seed, POSITION_STREAM)),
        token_key=np.uint64(stream_key(seed, TOKEN_STREAM)),
    )


def _sequences(unicode: Tables, character_key: np.uint64) -> tuple[U8, U64, U8]:
    """Return base, sum and kind of each sequence of code points that a code point folds to.

    A base and its marks share one position, so their terms can be added up in advance. Other
    sequences get the kind SEVERAL.
    """
    codes = unicode.sequence_codes
    starts: I64 = unicode.sequence_offsets[:-1].astype(np.int64)
    kinds = unicode.kinds_of(codes)
    shown = kinds != IGNORED
    basic = shown & (codes < ASCII)
    bases = np.add.reduceat(codes * basic, starts).astype(np.uint8)
    added = mix64(codes.astype(np.uint64) + character_key) * (shown & ~basic)
    sums = np.add.reduceat(added, starts)
    # At most one code point that is not ignored may be no mark, and it must be the first one.
    bases_in = np.add.reduceat((shown & (kinds != MARK)).astype(np.int64), starts)
    first = np.where(shown[starts], kinds[starts], IGNORED)
    hidden = np.add.reduceat(shown.astype(np.int64), starts) == 0
    simple = (bases_in == 0) | ((bases_in == 1) & ~np.isin(first, (MARK, IGNORED)))
    simple &= hidden | (first != IGNORED)
    is_sign = first == SEPARATOR  # a mark on a sign belongs to no token
    bases[is_sign], sums[is_sign] = 0, 0
    return bases, sums, np.where(simple, first, SEVERAL).astype(np.uint8)
