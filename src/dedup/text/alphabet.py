"""What each code point adds to the hash of a token, as flat tables for the compiled scan."""

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

DIRECT = 0x3100  # below: the sum of a code point from a table; above: mixed on the spot
BASIC = 0x10000  # the basic plane has its kinds in one table
PLACES = 1024  # positions in a token with a factor in the table
SEVERAL = IGNORED + 1  # a code point that becomes more than one base with its marks
SEQUENCE = SEVERAL + 1  # a code point whose kind and sum are those of its sequence


def alphabet(seed: int) -> SimpleNamespace:
    """Return the tables of ``text.unicode``, met with the constants of a seed, in milliseconds."""
    unicode = tables()
    character_key = np.uint64(stream_key(seed, CHARACTER_STREAM))
    bases, sums, kinds = _sequences(unicode, character_key)
    codes = np.arange(BASIC, dtype=np.uint32)
    places = unicode.places(codes)
    row = unicode.sequence[places].astype(np.int64) - 1
    kind_of = np.where(row >= 0, kinds[row], unicode.kinds[places])
    direct_base = np.where(row >= 0, bases[row], np.where(codes < ASCII, codes, 0))
    plain_sum = np.where(codes < ASCII, 0, mix64(codes.astype(np.uint64) + character_key))
    direct_sum = np.where(row >= 0, sums[row], plain_sum)
    silent = np.isin(kind_of, (SEPARATOR, IGNORED))
    direct_base[silent], direct_sum[silent] = 0, 0
    kind_of[(row >= 0) & (codes >= DIRECT) & ~silent] = SEQUENCE
    return SimpleNamespace(
        # (DIRECT,): the ASCII character that a code point has as its base, or 0; and what else it
        # adds, before the factor of its position.
        direct_base=direct_base[:DIRECT].astype(np.uint8),
        direct_sum=direct_sum[:DIRECT].copy(),
        kind_of=kind_of.astype(np.uint8),  # (BASIC,): SEPARATOR..IGNORED, SEVERAL or SEQUENCE
        factors=constant_table(seed, POSITION_STREAM, PLACES),  # (PLACES,): of the positions
        **{name: getattr(unicode, name) for name in Tables.__slots__},
        # (rows,): the base, if it is ASCII; the sum of another base and of the marks together; and
        # SEPARATOR..IGNORED or SEVERAL.
        sequence_base=bases,
        sequence_sum=sums,
        sequence_kind=kinds,
        character_key=character_key,
        position_key=np.uint64(stream_key(seed, POSITION_STREAM)),
        token_key=np.uint64(stream_key(seed, TOKEN_STREAM)),
    )


def _sequences(unicode: Tables, character_key: np.uint64) -> tuple[U8, U64, U8]:
    """Take the sequences that are one base with its marks, or nothing that shows, as one.

    Marks share the position of their base, so such a sequence has one factor.
    """
    codes = unicode.sequence_codes
    starts: I64 = unicode.sequence_offsets[:-1].astype(np.int64)
    kinds = unicode.kinds_of(codes)
    shown = kinds != IGNORED
    basic = shown & (codes < ASCII)
    bases = np.add.reduceat(codes * basic, starts).astype(np.uint8)
    added = mix64(codes.astype(np.uint64) + character_key) * (shown & ~basic)
    sums = np.add.reduceat(added, starts)
    # Of the components that show, none but the first may be other than a mark.
    others = np.add.reduceat((shown & (kinds != MARK)).astype(np.int64), starts)
    first = np.where(shown[starts], kinds[starts], IGNORED)
    hidden = np.add.reduceat(shown.astype(np.int64), starts) == 0
    simple = (others == 0) | ((others == 1) & ~np.isin(first, (MARK, IGNORED)))
    simple &= hidden | (first != IGNORED)
    parted = first == SEPARATOR  # a mark on a sign belongs to no token
    bases[parted], sums[parted] = 0, 0
    return bases, sums, np.where(simple, first, SEVERAL).astype(np.uint8)
