"""What each code point adds to the hash of a token, as flat tables for the compiled scan."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from dedup.kernels.mixing import constant_table, key, mix64
from dedup.kernels.reference import CHARACTERS, POSITIONS
from dedup.records import I64, U8, U32, U64
from dedup.text.unicode import DIGIT, IGNORED, MARK, SEPARATOR, WORD, Tables, tables

DIRECT = 0x3000  # below: the sum of a code point from a table; above: mixed on the spot
BASIC = 0x10000  # the basic plane has its kinds in one table
PLACES = 1024  # positions in a token with a factor in the table
SEVERAL = IGNORED + 1  # a code point that becomes more than one base with its marks
SEQUENCE = SEVERAL + 1  # a code point whose kind and sum are those of its sequence


class Alphabet(NamedTuple):
    """The Unicode tables of ``text.unicode``, met with the constants of one seed."""

    joins: U64  # (128,): all ones where an ASCII byte belongs to a word, else 0
    direct_sum: U64  # (DIRECT,): what a code point adds, before the factor of its position
    kind_of: U8  # (BASIC,): SEPARATOR..IGNORED, SEVERAL or SEQUENCE
    factors: U64  # (PLACES,): of the positions
    page_of: U32
    kinds: U8
    sequence: U32
    sequence_sum: U64  # (rows,): of the base and its marks together
    sequence_kind: U8  # (rows,): SEPARATOR..IGNORED or SEVERAL
    sequence_offsets: U32
    sequence_codes: U32
    character_key: np.uint64
    position_key: np.uint64


@lru_cache(maxsize=4)
def alphabet(seed: int) -> Alphabet:
    """Return the tables for a seed, made in some milliseconds."""
    unicode = tables()
    character_key = np.uint64(key(seed, CHARACTERS))
    sums, kinds = _sequences(unicode, character_key)
    codes = np.arange(BASIC, dtype=np.uint32)
    places = unicode.places(codes)
    row = unicode.sequence[places].astype(np.int64) - 1
    kind_of = np.where(row >= 0, kinds[row], unicode.kinds[places])
    direct_sum = np.where(row >= 0, sums[row], mix64(codes.astype(np.uint64) + character_key))
    direct_sum[np.isin(kind_of, (SEPARATOR, IGNORED))] = 0
    kind_of[(row >= 0) & (codes >= DIRECT)] = SEQUENCE
    joins = np.where(np.isin(kind_of[:128], (WORD, DIGIT)), ~np.uint64(0), np.uint64(0))
    return Alphabet(
        joins=joins,
        direct_sum=direct_sum[:DIRECT].copy(),
        kind_of=kind_of.astype(np.uint8),
        factors=constant_table(seed, POSITIONS, PLACES),
        page_of=unicode.page_of,
        kinds=unicode.kinds,
        sequence=unicode.sequence,
        sequence_sum=sums,
        sequence_kind=kinds,
        sequence_offsets=unicode.sequence_offsets,
        sequence_codes=unicode.sequence_codes,
        character_key=character_key,
        position_key=np.uint64(key(seed, POSITIONS)),
    )


def _sequences(unicode: Tables, character_key: np.uint64) -> tuple[U64, U8]:
    """Sum up the sequences that are one base with its marks, or nothing that shows.

    Marks share the position of their base, so such a sequence has one factor.
    """
    codes = unicode.sequence_codes
    starts: I64 = unicode.sequence_offsets[:-1].astype(np.int64)
    kinds = unicode.kinds_of(codes)
    shown = kinds != IGNORED
    sums = np.add.reduceat(mix64(codes.astype(np.uint64) + character_key) * shown, starts)
    # Of the components that show, none but the first may be other than a mark.
    others = np.add.reduceat((shown & (kinds != MARK)).astype(np.int64), starts)
    first = np.where(shown[starts], kinds[starts], IGNORED)
    hidden = np.add.reduceat(shown.astype(np.int64), starts) == 0
    simple = (others == 0) | ((others == 1) & ~np.isin(first, (MARK, IGNORED)))
    simple &= hidden | (first != IGNORED)
    sums[first == SEPARATOR] = 0  # a mark on a sign belongs to no token
    return sums, np.where(simple, first, SEVERAL).astype(np.uint8)
