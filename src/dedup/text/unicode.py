"""The Unicode tables of the package: how code points are folded, and which kind they are.

They are shipped, so that results do not depend on the Python version. ``tools/unicode_tables.py``
made them from Unicode 15.1; ``docs/decisions/0003-tokens.md`` has the rules.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from dedup.arrays.array_types import U8, U32

PAGE_BITS = 7
# The kinds of code points. An IDEOGRAPH or a LETTER (of a script without spaces) is a token by
# itself. A MARK belongs to the character before it. IGNORED is skipped.
SEPARATOR, WORD, DIGIT, IDEOGRAPH, LETTER, MARK, IGNORED = range(7)


@dataclass(frozen=True, slots=True)
class Tables:
    """Two-stage tables: a code point is at ``code & 127`` of the page ``page_of[code >> 7]``.

    A row is a sequence of folded code points, numbered from 0.
    """

    page_of: U32  # (8704,)
    kinds: U8  # (pages * 128,): SEPARATOR..IGNORED
    sequence: U32  # (pages * 128,): the row of the folded form + 1, or 0 if it is the code point
    sequence_offsets: U32  # (rows + 1,)
    sequence_codes: U32  # (total,): folded code points

    def places(self, codes: U32) -> U32:
        """Return the index of each code point in the arrays of pages, (n,)."""
        low = np.uint32((1 << PAGE_BITS) - 1)
        pages: U32 = self.page_of[codes >> np.uint32(PAGE_BITS)]
        return pages << np.uint32(PAGE_BITS) | codes & low

    def kinds_of(self, codes: U32) -> U8:
        """Return the kind of each folded code point, (n,)."""
        return self.kinds[self.places(codes)]

    def fold(self, codes: U32) -> tuple[U32, U32]:
        r"""Fold n code points: to lower case, decomposed, in compatibility form.

        Returns
        -------
        folded
            (m,): the folded code points, m >= n.
        source
            (m,): the index in ``codes`` of the code point that each one comes from.

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
        # The index of each folded code point: that of the first of its row, and its place there.
        first = starts - (np.cumsum(lengths, dtype=np.uint32) - lengths)
        places = np.arange(len(source), dtype=np.uint32) + first[source]
        is_mapped = rows[source] > 0
        return np.where(is_mapped, self.sequence_codes[places * is_mapped], codes[source]), source


@cache
def tables() -> Tables:
    """Return the tables, which are loaded once."""
    from pathlib import Path  # noqa: PLC0415  slow to import

    with np.load(Path(__file__).with_name("unicode.npz")) as arrays:
        kinds = arrays["kinds"]
        tables_u32 = {name: arrays[name].astype(np.uint32) for name in arrays if name != "kinds"}
    return Tables(kinds=kinds, **tables_u32)
