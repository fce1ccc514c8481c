"""Make ``src/dedup/text/unicode.npz``: the tables that define tokens.

The tables are pinned to one Unicode version and shipped, so a signature does not
depend on the Python that computed it. Run this with a Python whose ``unicodedata``
has that version (Python 3.13 has 15.1.0)::

    python3.13 tools/unicode_tables.py src/dedup/text/unicode.npz

``docs/decisions/0003-tokens.md`` explains the rules.
"""

import sys
import unicodedata
from pathlib import Path
from typing import Literal

import numpy as np

UNICODE_VERSION = "15.1.0"
PAGE = 128
SEPARATOR, WORD, DIGIT, IDEOGRAPH, LETTER, MARK, IGNORED = range(7)

# Scripts written without spaces between words, by the prefix of the character names: first
# scripts with about one and a half characters per word, then scripts with about three.
IDEOGRAPHIC = (
    "CJK UNIFIED IDEOGRAPH",
    "CJK COMPATIBILITY IDEOGRAPH",
    "IDEOGRAPHIC",
    "VERTICAL IDEOGRAPHIC",
    "HIRAGANA",
    "KATAKANA",
    "BOPOMOFO",
    "YI SYLLABLE",
    "NUSHU",
    "TANGUT",
    "KHITAN",
)
ALPHABETIC = (
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
    "TAI LE",
    "NEW TAI LUE",
    "TAI THAM",
    "TAI VIET",
    "JAVANESE",
    "BALINESE",
)
# Invisible characters that do not separate words: the Default_Ignorable_Code_Point of Unicode (soft
# hyphen, zero-width spaces and joiners, direction marks, variation selectors, Hangul fillers), and
# the Arabic elongation.
DROPPED = {0xAD, 0x34F, 0x61C, 0x640, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFEFF, 0xFFA0} | {
    *range(0x180B, 0x1810),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
    *range(0xFFF0, 0xFFF9),
    *range(0x1BCA0, 0x1BCA4),
    *range(0x1D173, 0x1D17B),
    *range(0xE0000, 0xE1000),
}
HANGUL_VOWELS_AND_TAILS = {*range(0x1161, 0x1200), *range(0xD7B0, 0xD800)}
IDEOGRAPHIC_PLANES = range(0x20000, 0x40000)


def kind(code: int) -> int:  # noqa: PLR0911  a table of rules, first match wins
    """Return the class of one folded code point."""
    char = chr(code)
    category = unicodedata.category(char)
    if code in DROPPED:
        return IGNORED
    if category[0] == "M" or code in HANGUL_VOWELS_AND_TAILS:
        return MARK
    if category == "Nd" or (category == "No" and char.isdigit()):
        return DIGIT
    if category == "Cn" and code in IDEOGRAPHIC_PLANES:
        return IDEOGRAPH  # of later Unicode versions
    if category[0] not in "LN":
        return SEPARATOR
    name = unicodedata.name(char, "")
    if name.startswith(IDEOGRAPHIC):
        return IDEOGRAPH
    return LETTER if name.startswith(ALPHABETIC) else WORD


def fold(code: int) -> str:
    """Return a code point as it is compared: decomposed, caseless, without width."""
    char = chr(code)
    if 0xD800 <= code < 0xE000:
        return char
    # Letters and digits lose their compatibility form (wide, ligature, presentation).
    # Signs such as the trade mark must not become letters.
    lettered = unicodedata.category(char)[0] in "LNM"
    form: Literal["NFKD", "NFD"] = "NFKD" if lettered else "NFD"
    return unicodedata.normalize(form, unicodedata.normalize(form, char).casefold())


def main(target: Path) -> None:
    """Write the tables."""
    if unicodedata.unidata_version != UNICODE_VERSION:
        raise SystemExit(
            f"this Python has Unicode {unicodedata.unidata_version}, "
            f"the tables are of {UNICODE_VERSION}"
        )
    size = sys.maxunicode + 1
    kinds = np.fromiter((kind(code) for code in range(size)), np.uint8, size)
    sequence = np.zeros(size, np.uint16)  # 0: the code point itself, else a row + 1
    rows: dict[str, int] = {}
    for code in range(size):
        folded = fold(code)
        if folded != chr(code):
            sequence[code] = rows.setdefault(folded, len(rows)) + 1
    lengths = [len(row) for row in rows]
    packed = (kinds.astype(np.uint32) << 16 | sequence).reshape(-1, PAGE)
    pages, page_of = np.unique(packed, axis=0, return_inverse=True)
    np.savez_compressed(
        target,
        page_of=page_of.reshape(-1).astype(np.uint16),
        kinds=(pages >> 16).astype(np.uint8).reshape(-1),
        sequence=(pages & 0xFFFF).astype(np.uint16).reshape(-1),
        sequence_offsets=np.cumsum([0, *lengths]).astype(np.int32),
        sequence_codes=np.array([ord(c) for row in rows for c in row], np.uint32),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
