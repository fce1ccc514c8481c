"""Texts written so that the tokenizer of words sees what is to be compared.

The tokenizer folds case, parts words at signs and hashes what is left. Code, whole texts and lists
of tokens need other tokens. Here each of their tokens becomes a word of small ASCII letters: equal
tokens become equal words, others become others. All that follows stays as it is.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import xxhash

from dedup.config import Unit
from dedup.records import I64, U8
from dedup.text.packed import TOKEN_END

AS_THEY_ARE = ("word", "char")  # units by which texts are not written otherwise
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
    if unit == "token":
        return _tokens(utf8, offsets)
    if unit in ("text", "folded_text"):
        return _whole_texts(utf8, offsets, folded=unit == "folded_text")
    return utf8, offsets


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


def _whole_texts(utf8: U8, offsets: I64, *, folded: bool) -> tuple[U8, I64]:
    """Make two words of the hash of each text, of 64 bits each; an empty text stays empty."""
    edges, data = offsets.tolist(), utf8.data
    texts = (data[start:stop] for start, stop in pairwise(edges))
    if folded:
        texts = (_folded(text) for text in texts)  # type: ignore[misc]  # bytes, or a view of them
    digests = [xxhash.xxh3_128_hexdigest(text) if len(text) else "" for text in texts]
    letters = "".join(digests).encode().translate(HEX)
    words = np.frombuffer(letters, np.uint8).reshape(-1, HASHED)
    written = np.full((len(words), HASHED + 1), 0x20, np.uint8)
    written[:, :HASHED] = words
    sizes = [2 * (HASHED + 1) if digest else 0 for digest in digests]
    return written.reshape(-1), np.cumsum([0, *sizes])


def _folded(text: memoryview) -> bytes:
    """Fold case, and make each run of white space one blank, none at the ends."""
    words = str(text, "utf-8", "surrogatepass").casefold().split()
    return " ".join(words).encode("utf-8", "surrogatepass")


class _Words(dict[bytes, bytes]):
    """The word of each token, and a blank.

    Numbers stay, and so do words of small letters that are shorter than a hash.
    """

    def __missing__(self, token: bytes) -> bytes:
        word, is_plain = token, len(token) < HASHED and token.isalpha() and token.islower()
        if not is_plain and not token.isdigit():
            word = xxhash.xxh3_64_hexdigest(token).encode().translate(HEX)
        self[token] = word + b" "
        return self[token]


def _tokens(utf8: U8, offsets: I64) -> tuple[U8, I64]:
    word_of, rows = _Words().__getitem__, []
    edges, data = offsets.tolist(), utf8.data
    for start, stop in pairwise(edges):
        tokens = data[start:stop].tobytes().split(END)
        rows.append(b"".join(map(word_of, tokens[:-1])))
    sizes = np.fromiter(map(len, rows), np.int64, len(rows))
    written = np.frombuffer(b"".join(rows), np.uint8)
    return written, np.concatenate(([0], np.cumsum(sizes)))
