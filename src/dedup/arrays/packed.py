"""Packed texts: one UTF-8 buffer and offsets into it, the string layout of Arrow."""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, count
from threading import local
from typing import Any, NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U8, Flags
from dedup.arrays.memory import IN_RAM
from dedup.arrays.native import core
from dedup.arrays.parallel import map_chunks, map_parallel, offsets_of
from dedup.errors import InputError, TextTypeError

# Types of missing values, by name, so that pandas need not be imported.
MISSING_TYPE_NAMES = ("NAType", "NaTType", "MaskedConstant")
TOKEN_END = chr(0)  # follows each token of a packed list of tokens
COUNTED_BYTES = 1 << 22  # a batch of bytes in which characters are counted


@dataclass(frozen=True, slots=True)
class PackedTexts:
    """Texts in one buffer: text i is ``utf8[offsets[i]:offsets[i + 1]]``."""

    utf8: U8  # (bytes,), read-only; a lone surrogate is encoded as three bytes
    offsets: I64  # (n + 1,), ascending; the first is 0, or where a slice of rows begins
    missing: Flags  # (n,): the text is None, and empty in the buffer
    is_tokenized: bool = False  # each text is a list of tokens, each followed by a zero byte

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.missing)

    def text(self, row: int) -> str:
        """Return one text as a string, empty if it is missing."""
        start, stop = self.offsets[row : row + 2].tolist()
        return str(self.utf8[start:stop].data, "utf-8", "surrogatepass")

    def encoded(self, row: int) -> bytes | None:
        """Return one text in UTF-8, or None if it is missing."""
        span = slice(*self.offsets[row : row + 2].tolist())
        return None if self.missing[row] else self.utf8[span].tobytes()

    def slice_rows(self, start: int, stop: int) -> "PackedTexts":
        """Return the texts from ``start`` up to, not including, ``stop``, as a view."""
        offsets, missing = self.offsets[start : stop + 1], self.missing[start:stop]
        return PackedTexts(self.utf8, offsets, missing, self.is_tokenized)

    def take(self, rows: I64) -> "PackedTexts":
        """Return a copy of the given texts, in their order."""
        return pack_bytes([self.encoded(row) for row in rows.tolist()])

    def replace_texts(self, replacements: Mapping[int, bytes | None]) -> "PackedTexts":
        """Return a copy with other texts in some rows.

        Examples
        --------
        >>> changed = pack(["one", "two", "three"]).replace_texts({0: b"another", 2: None})
        >>> changed.to_strings(np.arange(3))
        ['another', 'two', None]
        """
        if not replacements:
            return self
        lengths, missing = np.diff(self.offsets), self.missing.copy()
        segments: list[bytes | memoryview] = []
        last = 0
        for row, text in sorted(replacements.items()):
            start, stop = self.offsets[[last, row]].tolist()
            segments += [self.utf8.data[start:stop], text or b""]
            lengths[row], missing[row], last = len(text or b""), text is None, row + 1
        segments.append(self.utf8.data[int(self.offsets[last]) : int(self.offsets[-1])])
        utf8 = np.frombuffer(b"".join(segments), np.uint8)
        return PackedTexts(utf8, offsets_of(lengths), missing)

    def original_texts(self, rows: I64) -> list[Any]:
        """Return the given texts as the caller passed them: strings, or lists of tokens.

        Examples
        --------
        >>> pack_tokens([["one", "two"], None, []]).original_texts(np.array([2, 1, 0]))
        [[], None, ['one', 'two']]
        """
        texts = self.to_strings(rows)
        return [split_tokens(text) for text in texts] if self.is_tokenized else texts

    def to_strings(self, rows: I64) -> list[str | None]:
        """Return the given texts as strings, in their order; None for a missing one.

        Examples
        --------
        >>> pack(["one", None, "two"]).to_strings(np.array([2, 1]))
        ['two', None]
        """
        return [None if self.missing[row] else self.text(row) for row in rows.tolist()]


class OriginalTexts(NamedTuple):
    """Texts as the caller passed them."""

    texts: tuple[str | None, ...]
    missing: Flags  # (n,)

    def original_texts(self, rows: I64) -> list[str | None]:
        """Return the given texts, in their order; None for a missing one."""
        return [None if self.missing[row] else self.texts[row] for row in rows.tolist()]


class ThreadBuffer(local):
    """A buffer for each thread, which overwrites it with each chunk of rows."""

    _buffer = np.empty(0, np.uint8)

    def empty(self, size: int) -> U8:
        """Return the first ``size`` bytes of the buffer, not initialised. It grows if necessary."""
        if len(self._buffer) < size:
            self._buffer = IN_RAM.empty(size + size // 4, np.uint8)
        return self._buffer[:size]


class PythonTexts:
    """Python strings, packed by the compiled core a range of rows at a time.

    Parameters
    ----------
    texts
        Each is a ``str`` or a missing value.

    Attributes
    ----------
    missing
        (n,): which texts are missing.
    held_bytes
        (n,): the number of bytes in which Python stores each string.

    Raises
    ------
    TextTypeError
        When a text is neither ``str`` nor missing; the message names the row.
    """

    is_tokenized = False  # as of ``PackedTexts``

    def __init__(self, texts: Iterable[str | None]) -> None:
        self._texts = tuple(texts)  # the core reads it without the interpreter lock
        self.source = core.PythonTexts(self._texts)
        self.held_bytes = self.source.held_bytes()
        self.missing = np.zeros(len(self._texts), np.bool_)
        for row in self.source.not_strings().tolist():
            check_text_or_missing(self._texts[row], row)
            self.missing[row] = True

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self._texts)

    def encoded(self, row: int) -> bytes | None:
        """Return one text in UTF-8, or None if it is missing."""
        text = self._texts[row]
        return to_utf8(text) if isinstance(text, str) else None

    @property
    def originals(self) -> OriginalTexts:
        """The texts as the caller passed them."""
        return OriginalTexts(self._texts, self.missing)

    def encode(self, first: int, last: int, buffer: ThreadBuffer) -> tuple[U8, I64]:
        """Encode the texts from ``first`` up to ``last`` in a buffer; return UTF-8 and offsets."""
        longest = 2 * int(self.held_bytes[first:last].sum())  # a Latin-1 byte becomes two
        utf8 = buffer.empty(longest)
        offsets = np.zeros(last - first + 1, np.int64)
        used = self.source.encode(first, last, utf8, 0, offsets[1:])
        return utf8[:used], offsets

    def pack(self, threads: int | None = 1) -> PackedTexts:
        """Return all texts as one buffer and offsets."""

        def measure(first: int, last: int) -> tuple[int, int, int]:
            return first, last, self.source.measure(first, last)

        chunks = map_chunks(measure, offsets_of(self.held_bytes), threads)
        starts = [0, *accumulate(size for _, _, size in chunks)]
        utf8, offsets = IN_RAM.empty(starts[-1], np.uint8), np.zeros(len(self) + 1, np.int64)

        def encode(number: int) -> None:
            (first, last, _), (start, stop) = chunks[number], starts[number : number + 2]
            ends = offsets[first + 1 : last + 1]
            self.source.encode(first, last, utf8[start:stop], start, ends)

        map_parallel(encode, len(chunks), threads)
        utf8.flags.writeable = False
        return PackedTexts(utf8, offsets, self.missing)


def pack(texts: Iterable[str | None]) -> PackedTexts:
    """Encode texts in one buffer, at the speed of ``str.encode``.

    Parameters
    ----------
    texts
        An iterable of ``str`` and missing values: None, a float NaN, ``pandas.NA``,
        ``pandas.NaT`` or ``numpy.ma.masked``.

    Raises
    ------
    TextTypeError
        When a text is neither ``str`` nor missing, or ``texts`` is itself a ``str``.

    Examples
    --------
    >>> packed = pack(["né", None, "e"])
    >>> packed.offsets.tolist(), packed.missing.tolist()
    ([0, 3, 3, 4], [False, True, False])
    >>> packed.text(0)
    'né'
    >>> pack(["one", 2])
    Traceback (most recent call last):
        ...
    dedup.errors.TextTypeError: texts[1] must be str or None, got int
    """
    if isinstance(texts, str):
        raise TextTypeError(
            "texts must be a list or column of texts, got one str; wrap it in a list"
        )
    return pack_bytes(map(_encoded, texts, count()))


def _encoded(text: str | None, row: int) -> bytes | None:
    if isinstance(text, str):
        return str.encode(text, "utf-8", "surrogatepass")
    check_text_or_missing(text, row)
    return None


def split_tokens(text: str | None) -> list[str] | None:
    """Return the tokens of a text that ``pack_tokens`` packed; None for a missing one."""
    return None if text is None else text.split(TOKEN_END)[:-1]


def pack_tokens(texts: Iterable[Iterable[str] | None]) -> PackedTexts:
    r"""Encode lists of tokens in one buffer; a zero byte follows each token.

    Raises
    ------
    TextTypeError
        When a text is not a list of strings; the message names the row.
    InputError
        When a token contains a zero byte.

    Examples
    --------
    >>> pack_tokens([["one", "two"], None]).utf8.tobytes()
    b'one\x00two\x00'
    """
    return replace(pack(map(_joined, texts, count())), is_tokenized=True)


def _joined(tokens: object, row: int) -> str | None:
    if is_missing(tokens):
        return None
    if isinstance(tokens, str) or not isinstance(tokens, Iterable):
        raise TextTypeError(
            f"texts[{row}] must be a list of tokens like other texts, got {type(tokens).__name__}"
        )
    tokens = list(tokens)
    try:
        joined = TOKEN_END.join([*tokens, ""])
    except TypeError as error:
        wrong = next(token for token in tokens if not isinstance(token, str))
        name = type(wrong).__name__
        raise TextTypeError(f"a token of texts[{row}] must be str, got {name}") from error
    if joined.count(TOKEN_END) != len(tokens):
        raise InputError(f"a token of texts[{row}] contains a zero byte; remove it")
    return joined


def pack_bytes(texts: Iterable[bytes | None]) -> PackedTexts:
    """Concatenate texts that are well-formed UTF-8 already.

    Examples
    --------
    >>> pack_bytes([b"one", None]).to_strings(np.array([0, 1]))
    ['one', None]
    """
    data, offsets, missing = bytearray(), array("q", [0]), bytearray()
    for text in texts:
        data += text or b""
        offsets.append(len(data))
        missing.append(text is None)
    utf8 = np.frombuffer(data, np.uint8)
    utf8.flags.writeable = False
    return PackedTexts(utf8, np.frombuffer(offsets, np.int64), np.frombuffer(missing, np.bool_))


def check_text_or_missing(text: object, row: int) -> None:
    """Check that a text is missing, and if not, that it is a ``str``.

    Raises
    ------
    TextTypeError
        When it is neither; the message names the row.
    """
    if not is_missing(text):
        check_text(f"texts[{row}]", text, "str or None")


def check_text(name: str, text: object, expected: str = "str") -> None:
    """Check that a text is a ``str``.

    Raises
    ------
    TextTypeError
        When it is not; the message begins with ``name`` and says what is ``expected``.
    """
    if not isinstance(text, str):
        hint = ": decode it first" if isinstance(text, (bytes, bytearray)) else ""
        raise TextTypeError(f"{name} must be {expected}, got {type(text).__name__}{hint}")


def is_missing(value: object) -> bool:
    """Return whether a value means a missing text: None, NaN, ``pandas.NA`` and the like."""
    if value is None or type(value).__name__ in MISSING_TYPE_NAMES:
        return True
    # NaN and NaT are not equal to themselves.
    return isinstance(value, (float, np.generic)) and bool(value != value)  # noqa: PLR0124


def to_utf8(text: str) -> bytes:
    """Return a text in UTF-8; a lone surrogate becomes three bytes."""
    return text.encode("utf-8", "surrogatepass")


def encode(text: str) -> U8:
    """Return a text in UTF-8 as an array; a lone surrogate becomes three bytes.

    Examples
    --------
    >>> encode("né").tolist()
    [110, 195, 169]
    """
    return np.frombuffer(to_utf8(text), np.uint8)


def byte_offsets(utf8: U8, characters: I64) -> I64:
    """Convert character offsets of a text to byte offsets of its UTF-8.

    Parameters
    ----------
    utf8
        The text.
    characters
        (n,): ascending offsets, from 0 to the number of characters.

    Examples
    --------
    >>> byte_offsets(encode("né!"), np.array([0, 2, 3])).tolist()
    [0, 3, 4]
    """
    offsets = np.full(len(characters), len(utf8))
    first = before = 0
    for start in range(0, len(utf8), COUNTED_BYTES):
        leading = np.flatnonzero((utf8[start : start + COUNTED_BYTES] & 0xC0) != 0x80)
        if len(leading) == len(utf8):
            return characters
        stop = int(np.searchsorted(characters, before + len(leading)))
        offsets[first:stop] = start + leading[characters[first:stop] - before]
        first, before = stop, before + len(leading)
    return offsets


def character_offsets(utf8: U8, edges: I64) -> I64:
    """Convert byte offsets to character offsets, counted from the first one.

    Parameters
    ----------
    utf8
        UTF-8.
    edges
        (n,): ascending offsets, all different, of which none splits a character.

    Examples
    --------
    >>> character_offsets(encode("(né!)"), np.array([1, 4, 5])).tolist()
    [0, 2, 3]
    """
    begins = edges[:-1] - edges[0]
    is_first = (utf8[edges[0] : edges[-1]] & 0xC0) != 0x80
    counts = np.add.reduceat(is_first, begins, dtype=np.int64) if len(begins) else begins
    return np.concatenate(([0], np.cumsum(counts)))
