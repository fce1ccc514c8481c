"""Python's strings as packed UTF-8, by the compiled core: what ``text.packed.pack`` gives."""

from collections.abc import Iterable
from itertools import accumulate
from threading import local

import numpy as np

from dedup.arrays.array_types import I64, U8
from dedup.arrays.chunks import in_chunks, in_parallel, offsets_of
from dedup.arrays.memory import IN_RAM
from dedup.arrays.native import core
from dedup.arrays.packed import GivenTexts, Packed, check_missing


class Scratch(local):
    """Memory that each thread has, and writes anew for each chunk."""

    _room = np.empty(0, np.uint8)

    def empty(self, size: int) -> U8:
        """Return memory that is not filled. It is the same memory each time."""
        if len(self._room) < size:
            self._room = IN_RAM.empty(size + size // 4, np.uint8)
        return self._room[:size]


class Strings:
    """Texts that Python holds, of which some rows are packed at a time.

    Raises
    ------
    TextTypeError
        When a text is neither ``str`` nor missing.

    Attributes
    ----------
    missing
        (n,): which texts are missing.
    held_bytes
        (n,): in how many bytes Python holds each text.
    """

    tokens = False  # they are texts, as those of ``Packed`` may be lists of tokens

    def __init__(self, texts: Iterable[str | None]) -> None:
        self._texts = tuple(texts)  # which nobody changes
        self.source = core.Strings(self._texts)
        self.held_bytes = self.source.held_bytes()
        self.missing = np.zeros(len(self._texts), np.bool_)
        for row in self.source.others().tolist():
            check_missing(self._texts[row], row)
            self.missing[row] = True

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self._texts)

    @property
    def given(self) -> GivenTexts:
        """The texts as they were given."""
        return GivenTexts(self._texts, self.missing)

    def encode(self, first: int, last: int, scratch: Scratch) -> tuple[U8, I64]:
        """Lay some texts end to end in memory that is soon written again; return their offsets."""
        room = scratch.empty(2 * int(self.held_bytes[first:last].sum()))  # what they take at most
        offsets = np.zeros(last - first + 1, np.int64)
        used = self.source.encode(first, last, room, 0, offsets[1:])
        return room[:used], offsets

    def pack(self, threads: int | None = 1) -> Packed:
        """Lay all texts end to end in one buffer."""

        def measure(first: int, last: int) -> tuple[int, int, int]:
            return first, last, self.source.measure(first, last)

        chunks = in_chunks(measure, offsets_of(self.held_bytes), threads)
        starts = [0, *accumulate(size for _, _, size in chunks)]
        utf8, offsets = IN_RAM.empty(starts[-1], np.uint8), np.zeros(len(self) + 1, np.int64)

        def encode(number: int) -> None:
            (first, last, _), (start, stop) = chunks[number], starts[number : number + 2]
            ends = offsets[first + 1 : last + 1]
            self.source.encode(first, last, utf8[start:stop], start, ends)

        in_parallel(encode, len(chunks), threads)
        utf8.flags.writeable = False
        return Packed(utf8, offsets, self.missing)
