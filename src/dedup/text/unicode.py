"""The shipped Unicode tables: what each code point is compared as.

Made by ``tools/unicode_tables.py`` from Unicode 15.1; see
``docs/decisions/0003-tokens.md`` for the rules.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from dedup.arrays.array_types import U8, U32

PAGE_BITS = 7
# What a code point is: IDEOGRAPH and LETTER are tokens by themselves (scripts written
# without spaces), a MARK belongs to the character before it, IGNORED is as if not there.
SEPARATOR, WORD, DIGIT, IDEOGRAPH, LETTER, MARK, IGNORED = range(7)


@dataclass(frozen=True, slots=True)
class Tables:
    """Two-stage tables: ``page_of[code >> 7]`` gives the page, the low 7 bits the place."""

    page_of: U32  # (8704,)
    kinds: U8  # (pages * 128,): SEPARATOR..IGNORED
    sequence: U32  # (pages * 128,): 0 for the code point itself, else a row + 1
    sequence_offsets: U32  # (rows + 1,)
    sequence_codes: U32  # (total,): folded code points

    def places(self, codes: U32) -> U32:
        """Return where the pages hold each code point, (n,)."""
        low = np.uint32((1 << PAGE_BITS) - 1)
        pages: U32 = self.page_of[codes >> np.uint32(PAGE_BITS)]
        return pages << np.uint32(PAGE_BITS) | codes & low

    def kinds_of(self, codes: U32) -> U8:
        """Return the class of each folded code point, (n,)."""
        return self.kinds[self.places(codes)]

    def fold(self, codes: U32) -> tuple[U32, U32]:
        r"""Fold code points (n,) to their components.

        Returns
        -------
        folded
            (m,), m >= n.
        source
            (m,): the index in ``codes`` that each component comes from.

        Examples
        --------
        >>> folded, source = tables().fold(np.array([ord(c) for c in "aÉ"], np.uint32))
        >>> "".join(map(chr, folded)) == "ae\N{COMBINING ACUTE ACCENT}", source.tolist()
        (True, [0, 1, 1])
        """
        rows = self.sequence[self.places(codes)]
        starts = self.sequence_offsets[np.maximum(rows, 1) - 1]
        lengths = np.where(rows > 0, self.sequence_offsets[rows] - starts, 1)
        source = np.repeat(np.arange(len(codes), dtype=np.uint32), lengths)
        # The place of each component: the first of its code point, and those before it there.
        first = starts - (np.cumsum(lengths, dtype=np.uint32) - lengths)
        places = np.arange(len(source), dtype=np.uint32) + first[source]
        is_mapped = rows[source] > 0
        return np.where(is_mapped, self.sequence_codes[places * is_mapped], codes[source]), source


@cache
def tables() -> Tables:
    """Load the shipped tables, once."""
    from pathlib import Path  # noqa: PLC0415  it is slow to import

    with np.load(Path(__file__).with_name("unicode.npz")) as arrays:
        kinds = arrays["kinds"]
        others = {name: arrays[name].astype(np.uint32) for name in arrays if name != "kinds"}
    return Tables(kinds=kinds, **others)
