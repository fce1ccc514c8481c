"""Texts written so that the tokenizer of words sees what is to be compared.

The tokenizer folds case, parts words at signs and hashes what is left. Code, whole texts and lists
of tokens need other tokens. Here each of their tokens becomes a word of small ASCII letters: equal
tokens become equal words, others become others. All that follows stays as it is.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise

import numpy as np
import xxhash

from dedup.arrays.array_types import I64, U8
from dedup.arrays.packed import TOKEN_END
from dedup.config import Unit

NOT_RECODED = ("word", "char")  # units by which texts are not written otherwise
PIECE = 1 << 18  # bytes that are translated at once: the arrays of a piece stay in the cache
LETTERS = "abcdefghijklmnopqrstuvwxyz"
HEX = bytes.maketrans(b"0123456789abcdef", LETTERS[:16].encode())
HASHED = 16  # letters of a hash of 64 bits
SIGNS = "()[]{}.,:;'\"`+-*/%=<>!&|^~@#$?\\"  # all of ASCII but the underscore, which joins
END = TOKEN_END.encode()


def recode(
    utf8: U8,
    offsets: I64,
    unit: Unit,
    empty: Callable[[int], U8] = lambda size: np.empty(size, np.uint8),
) -> tuple[U8, I64]:
    r"""Return the rows of a packed text with the tokens of a unit as words.

    Parameters
    ----------
    utf8, offsets
        n rows of well-formed UTF-8. By ``unit="token"`` each token ends with a zero byte.
    empty
        Makes the array to write code to, of so many bytes; ``numpy.empty`` when None.

    Returns
    -------
    utf8, offsets
        The same n rows: those given, by ``unit="word"`` and ``"char"``.

    Examples
    --------
    >>> def words(text, unit):
    ...     given = np.frombuffer(text.encode(), np.uint8)
    ...     return recode(given, np.array([0, len(given)]), unit)[0].tobytes().decode()
    >>> words("Foo_bar(x)", "code")
    'jfooqubar qxa x qxb '
    >>> words("any text", "text")
    'khkmkbbkphboiloo bdjminoippgfnaid '
    >>> words("the\x0012\x00The\x00", "token")
    'the 12 bhiojhkffmdadaep '
    """
    if unit == "code":
        return _code(utf8, offsets, empty)
    if unit in ("word", "char"):
        return utf8, offsets
    data, word_of = utf8.data, cache(_word)
    words: dict[str, Callable[[bytes], bytes]] = {
        "text": _whole_text,
        "folded_text": _folded_text,
        "token": lambda text: b"".join(map(word_of, text.split(END)[:-1])),
    }
    rows = [words[unit](data[start:stop].tobytes()) for start, stop in pairwise(offsets.tolist())]
    edges = np.cumsum([0, *map(len, rows)])
    return np.frombuffer(b"".join(rows), np.uint8), edges


def _code_table() -> tuple[U8, U8]:
    """Return what each byte of code becomes, (256, 5), and how many bytes that is, (256,).

    No code of a byte begins another one, so names that differ in a byte become words that differ.
    ``q`` and ``j`` mark what is no small letter; a sign is a word by itself.
    """
    codes = dict.fromkeys(range(0x80), " ")
    codes |= {ord(letter): letter for letter in LETTERS + "0123456789"}
    codes |= {ord(letter.upper()): "j" + letter for letter in LETTERS}
    codes |= {ord("q"): "qq", ord("j"): "qj", ord("_"): "qu"}
    # As in PHP, a byte beyond ASCII is a letter of a name.
    codes |= {byte: f"q{LETTERS[byte // 16 - 8]}{LETTERS[byte % 16]}" for byte in range(0x80, 256)}
    for place, sign in enumerate(SIGNS):
        codes[ord(sign)] = f" q{'xy'[place // 26]}{LETTERS[place % 26]} "
    table = np.zeros((256, 5), np.uint8)
    for byte, code in codes.items():
        table[byte, : len(code)] = list(code.encode())
    return table, np.count_nonzero(table, axis=1).astype(np.uint8)


CODES, SIZES = _code_table()


def _code(utf8: U8, offsets: I64, empty: Callable[[int], U8]) -> tuple[U8, I64]:
    begin, stop = int(offsets[0]), int(offsets[-1])
    starts = range(begin, stop, PIECE)
    ends = np.cumsum([0, *(int(SIZES[piece].sum()) for piece in _pieces(utf8, starts, stop))])
    written, edges = empty(int(ends[-1])), np.zeros(len(offsets), np.int64)
    for number, piece in enumerate(_pieces(utf8, starts, stop)):
        codes = CODES.take(piece, axis=0).tobytes().translate(None, delete=b"\0")
        written[ends[number] : ends[number + 1]] = np.frombuffer(codes, np.uint8)
        places = np.concatenate(([0], np.cumsum(SIZES[piece], dtype=np.int64)))
        first, last = np.searchsorted(offsets, [starts[number], starts[number] + len(piece) + 1])
        edges[first:last] = ends[number] + places[offsets[first:last] - starts[number]]
    return written, edges


def _pieces(utf8: U8, starts: range, stop: int) -> Iterator[U8]:
    return (utf8[start : min(start + PIECE, stop)] for start in starts)


def _whole_text(text: bytes) -> bytes:
    """Make two words of the hash of a text, of 64 bits each; an empty text stays empty."""
    if not text:
        return b""
    letters = xxhash.xxh3_128_hexdigest(text).encode().translate(HEX)
    return b"%b %b " % (letters[:HASHED], letters[HASHED:])


def _folded_text(text: bytes) -> bytes:
    """Fold case, and make each run of white space one blank, none at the ends."""
    words = text.decode("utf-8", "surrogatepass").casefold().split()
    return _whole_text(" ".join(words).encode("utf-8", "surrogatepass"))


def _word(token: bytes) -> bytes:
    """Return the word of a token, and a blank.

    Numbers stay, and so do words of small letters that are shorter than a hash.
    """
    is_plain = len(token) < HASHED and token.isalpha() and token.islower()
    if is_plain or token.isdigit():
        return token + b" "
    return xxhash.xxh3_64_hexdigest(token).encode().translate(HEX) + b" "
