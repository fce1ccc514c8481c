"""Python's strings as packed UTF-8, by the compiled core: what ``text.packed.pack`` gives."""

from collections.abc import Callable, Iterable
from itertools import compress
from threading import local

import numpy as np

from dedup.arrays.memory import IN_RAM
from dedup.kernels.chunks import in_chunks, in_parallel, offsets_of
from dedup.native import core
from dedup.records import I64, U8, Flags
from dedup.text.packed import GivenTexts, Packed, check_missing

ROWS = 1 << 13  # measured at a time


def empty_bytes(size: int) -> U8:
    """Return memory that is not filled."""
    found: U8 = IN_RAM.empty(size, np.uint8)
    return found


class Scratch(local):
    """Memory that each thread has, and writes anew for each chunk."""

    _room = np.empty(0, np.uint8)

    def empty(self, size: int) -> U8:
        """Return memory that is not filled. It is the same memory each time."""
        if len(self._room) < size:
            self._room = empty_bytes(size + size // 4)
        return self._room[:size]


class Strings:
    """Texts that Python holds, of which some rows are packed at a time.

    Raises
    ------
    TextTypeError
        When a text is neither ``str`` nor missing.

    Examples
    --------
    >>> strings = Strings(["one", None, "two"])
    >>> strings.pack(1, 3).utf8.tobytes()
    b'two'
    >>> strings.pack_wanted(np.array([True, False, False])).offsets.tolist()
    [0, 3, 3, 3]
    """

    tokens = False  # they are texts, as those of ``Packed`` may be lists of tokens

    def __init__(self, texts: Iterable[str | None]) -> None:
        self._texts = tuple(texts)  # which nobody changes
        self._strings = core.Strings(self._texts)
        self.missing = np.zeros(len(self._texts), np.bool_)
        for row in self._strings.others().tolist():
            check_missing(self._texts[row], row)
            self.missing[row] = True

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self._texts)

    @property
    def given(self) -> GivenTexts:
        """The texts as they were given."""
        return GivenTexts(self._texts, self.missing)

    @property
    def held_bytes(self) -> I64:
        """In how many bytes Python holds each text, (n,)."""
        return self._strings.held_bytes()

    def pack(
        self,
        first: int,
        last: int,
        threads: int | None = 1,
        empty: Callable[[int], U8] = empty_bytes,
    ) -> Packed:
        """Lay some texts end to end in one buffer, which ``empty`` makes."""
        sizes = np.zeros(last - first, np.int64)

        def measure(number: int) -> None:
            begin, end = number * ROWS, min((number + 1) * ROWS, len(sizes))
            self._strings.measure(first + begin, first + end, sizes[begin:end])

        in_parallel(measure, -(-len(sizes) // ROWS), threads)
        offsets = offsets_of(sizes)
        utf8 = empty(int(offsets[-1]))

        def encode(begin: int, end: int) -> None:
            self._strings.encode(first + begin, first + end, offsets[begin : end + 1], utf8)

        in_chunks(encode, offsets, threads)
        utf8.flags.writeable = False
        return Packed(utf8, offsets, self.missing[first:last])

    def pack_wanted(self, wanted: Flags, threads: int | None = 1) -> Packed:
        """Lay the wanted texts end to end in one buffer; the other rows are empty."""
        some = Strings(compress(self._texts, wanted.tolist()))
        packed = some.pack(0, len(some), threads)
        sizes = np.zeros(len(self), np.int64)
        sizes[wanted] = np.diff(packed.offsets)
        return Packed(packed.utf8, offsets_of(sizes), self.missing)
