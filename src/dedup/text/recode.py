"""Rewrites texts for units other than words, so that the one tokenizer works for all units.

The tokenizer folds case, splits at punctuation and hashes words. Code, whole texts and lists of
tokens have other tokens. Each of them is rewritten as a word of lower-case ASCII letters; equal
tokens become equal words, and different tokens different words.
"""

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np
import xxhash

from dedup.arrays.array_types import I64, U8
from dedup.arrays.packed import TOKEN_END, to_utf8
from dedup.config import Unit

UNRECODED_UNITS = ("word", "char")  # these units need no rewriting
RECODED_BYTES = 1 << 18  # of code at a time, so that temporary arrays fit in the cache
LOWER_CASE_LETTERS = "abcdefghijklmnopqrstuvwxyz"
HEX_TO_LETTERS = bytes.maketrans(b"0123456789abcdef", LOWER_CASE_LETTERS[:16].encode())
HASH_LETTERS = 16  # of a 64-bit hash
CODE_SIGNS = "()[]{}.,:;'\"`+-*/%=<>!&|^~@#$?\\"  # of ASCII; an underscore is part of a name


def recode(
    utf8: U8,
    offsets: I64,
    unit: Unit,
    empty: Callable[[int], U8] = lambda size: np.empty(size, np.uint8),
) -> tuple[U8, I64]:
    r"""Return packed texts with each token of the unit rewritten as a word.

    Parameters
    ----------
    utf8, offsets
        n rows of well-formed UTF-8. With ``unit="token"``, a zero byte follows each token.
    unit
        What a token is, as in ``Config``. For ``"word"`` and ``"char"`` nothing is rewritten.
    empty
        Allocates an array of so many bytes for rewritten code.

    Returns
    -------
    utf8, offsets
        The n rows, rewritten.

    Examples
    --------
    >>> def words(text, unit):
    ...     utf8 = np.frombuffer(text.encode(), np.uint8)
    ...     return recode(utf8, np.array([0, len(utf8)]), unit)[0].tobytes().decode()
    >>> words("Foo_bar(x)", "code")
    'jfooqubar qxa x qxb '
    >>> words("any text", "text")
    'khkmkbbkphboiloo bdjminoippgfnaid '
    >>> words("the\x0012\x00The\x00", "token")
    'the 12 bhiojhkffmdadaep '
    """
    if unit == "code":
        return _recode_code(utf8, offsets, empty)
    if unit in UNRECODED_UNITS:
        return utf8, offsets
    data, word_of = utf8.data, cache(_word_of_token)
    recode_text: dict[str, Callable[[bytes], bytes]] = {
        "text": _hash_words,
        "folded_text": _folded_hash_words,
        "token": lambda text: b"".join(map(word_of, text.split(TOKEN_END.encode())[:-1])),
    }
    spans = pairwise(offsets.tolist())
    rows = [recode_text[unit](data[start:stop].tobytes()) for start, stop in spans]
    return np.frombuffer(b"".join(rows), np.uint8), np.cumsum([0, *map(len, rows)])


def _code_table() -> tuple[U8, U8]:
    """Return what each byte of code is rewritten as, (256, 5), and its length in bytes, (256,).

    No code is the beginning of another one, so different names become different words. ``q`` and
    ``j`` introduce the codes of bytes other than lower-case letters and digits. Blanks surround the
    code of a sign, so a sign is a word by itself.
    """
    codes = dict.fromkeys(range(0x80), " ")
    codes |= {ord(letter): letter for letter in LOWER_CASE_LETTERS + "0123456789"}
    codes |= {ord(letter.upper()): "j" + letter for letter in LOWER_CASE_LETTERS}
    codes |= {ord("q"): "qq", ord("j"): "qj", ord("_"): "qu"}
    # As in PHP, bytes beyond ASCII are letters of names.
    codes |= {
        byte: f"q{LOWER_CASE_LETTERS[byte // 16 - 8]}{LOWER_CASE_LETTERS[byte % 16]}"
        for byte in range(0x80, 256)
    }
    for place, sign in enumerate(CODE_SIGNS):
        codes[ord(sign)] = f" q{'xy'[place // 26]}{LOWER_CASE_LETTERS[place % 26]} "
    table = np.zeros((256, 5), np.uint8)
    for byte, code in codes.items():
        table[byte, : len(code)] = list(code.encode())
    return table, np.count_nonzero(table, axis=1).astype(np.uint8)


BYTE_CODES, BYTE_CODE_SIZES = _code_table()


def _recode_code(utf8: U8, offsets: I64, empty: Callable[[int], U8]) -> tuple[U8, I64]:
    begin, stop = int(offsets[0]), int(offsets[-1])
    starts = range(begin, stop, RECODED_BYTES)
    segments = [slice(start, min(start + RECODED_BYTES, stop)) for start in starts]
    ends = np.cumsum([0, *(int(BYTE_CODE_SIZES[utf8[segment]].sum()) for segment in segments)])
    recoded, edges = empty(int(ends[-1])), np.zeros(len(offsets), np.int64)
    for number, segment in enumerate(segments):
        codes = BYTE_CODES.take(utf8[segment], axis=0).tobytes().translate(None, delete=b"\0")
        recoded[ends[number] : ends[number + 1]] = np.frombuffer(codes, np.uint8)
        sizes = np.cumsum(BYTE_CODE_SIZES[utf8[segment]], dtype=np.int64)
        places = np.concatenate(([0], sizes))
        first, last = np.searchsorted(offsets, [segment.start, segment.stop + 1])
        edges[first:last] = ends[number] + places[offsets[first:last] - segment.start]
    return recoded, edges


def _hash_words(text: bytes) -> bytes:
    """Return the 128-bit hash of a text as two words; an empty text stays empty."""
    if not text:
        return b""
    letters = xxhash.xxh3_128_hexdigest(text).encode().translate(HEX_TO_LETTERS)
    return b"%b %b " % (letters[:HASH_LETTERS], letters[HASH_LETTERS:])


def _folded_hash_words(text: bytes) -> bytes:
    """Return the hash words of a case-folded text with one blank for each run of white space."""
    words = text.decode("utf-8", "surrogatepass").casefold().split()
    return _hash_words(to_utf8(" ".join(words)))


def _word_of_token(token: bytes) -> bytes:
    """Return the word for a token, and a blank.

    Numbers, and words of lower-case letters shorter than a hash, stay as they are.
    """
    is_plain = len(token) < HASH_LETTERS and token.isalpha() and token.islower()
    if is_plain or token.isdigit():
        return token + b" "
    return xxhash.xxh3_64_hexdigest(token).encode().translate(HEX_TO_LETTERS) + b" "
