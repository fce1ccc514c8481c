"""Windows that repeat, by the compiled core: what ``windows.find_runs`` gives, token by token.

1. Rows are cut into pieces, each of which can be cut into tokens by itself, and their windows noted
   by their smallest shingles: an 18th of all tokens for windows of 50.
2. Only shingles that were noted twice matter. The windows of each are read again, and compared.
"""

from typing import Any

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.kernels.chunks import available_cores, in_chunks, in_parallel, joined, offsets_of
from dedup.kernels.hashing import NativeTexts
from dedup.kernels.windows import Runs, merged
from dedup.native import core
from dedup.records import I64, U32, U64, Flags

PARTS = 8  # of the shingles for each thread
MOST = 1 << 12  # shingles or tokens of a part: their texts are read at random between two checks


def width_of(size: int) -> int:
    """Return how many tokens a shingle has, for windows of so many."""
    # Longer ones are shared by fewer windows that differ, shorter ones are noted more rarely.
    return max(size // 3, 1)


class Windows:
    """Rows whose windows were noted.

    Parameters
    ----------
    texts
        The rows.
    size
        Tokens of a window.
    apart
        Whether only what is in the same row counts.
    memory
        Where arrays lie.
    """

    def __init__(
        self,
        texts: NativeTexts,
        size: int,
        threads: int | None,
        *,
        apart: bool = False,
        memory: Memory = IN_RAM,
    ) -> None:
        self._size, self._threads, self._apart = size, threads, apart
        self._memory = memory
        parts = in_chunks(
            lambda first, last: core.cut_rows(texts.texts, first, last),
            texts.offsets,
            threads,
            memory,
        )
        begins, counts = joined(parts, memory)
        del parts
        offsets = memory.empty(len(begins) + 1, np.int64)
        offsets[:-1], offsets[-1] = begins, texts.offsets[-1]
        self._pieces = texts.cut_at(offsets)
        self._owners = offsets_of(counts, memory)
        self._noted, tokens = self._note(texts.offsets)
        self._firsts = offsets_of(tokens, memory)

    @property
    def firsts(self) -> I64:
        """The first token of each row, (n + 1,)."""
        return self._firsts[self._owners]

    def _note(self, offsets: I64) -> tuple[tuple[U64, I64, U32], I64]:
        size, width = self._size, width_of(self._size)

        def work(first: int, last: int) -> tuple[I64, U64, I64, U32]:
            found: Any = core.winnow(
                self._pieces, self._owners, first, last, size, width, self._apart
            )
            return tuple(map(self._memory.store, found))

        parts = in_chunks(work, offsets, self._threads, self._memory)
        base = 0
        for counts, _, starts, _ in parts:
            np.add(starts, base, out=starts)
            base += int(counts.sum())
        counts, hashes, starts, lengths = joined(parts, self._memory)
        return (hashes, starts, lengths), counts

    def runs(self) -> Runs:
        """Return the windows that repeat; what was noted is used up."""
        (hashes, starts, lengths), store = self._noted, self._memory.store
        del self._noted
        order = np.argsort(hashes, kind="stable")
        hashes = store(hashes[order])
        wanted = _repeated(hashes)
        order = order[wanted]
        hashes, starts, lengths = store(hashes[wanted]), store(starts[order]), store(lengths[order])
        del order, wanted
        cuts = self._cuts(hashes)

        def work(part: int) -> tuple[I64, I64, I64]:
            own = slice(cuts[part], cuts[part + 1])
            noted = hashes[own], starts[own], lengths[own]
            return core.find_sources(
                self._pieces, self._firsts, *noted, 0, len(noted[0]), self._size
            )

        parts = in_parallel(work, len(cuts) - 1, self._threads, self._memory)
        found = joined(parts, self._memory)
        del parts
        order = np.argsort(found[0], kind="stable")
        return merged(*(store(column[order]) for column in found))

    def _cuts(self, hashes: U64) -> list[int]:
        """Cut what was noted into parts, between two shingles."""
        parts = max(PARTS * (self._threads or available_cores()), len(hashes) // MOST)
        edges = np.arange(1, parts) * len(hashes) // parts
        inner = np.searchsorted(hashes, hashes[edges]) if len(hashes) else edges
        cuts = np.unique(np.concatenate(([0], inner, [len(hashes)])))
        return cuts.tolist() if len(hashes) else [0, 0]

    def locate(self, tokens: I64) -> tuple[I64, I64]:
        """Find where tokens begin, as ``dedup.spans.windows.Found`` has it."""
        order = np.argsort(tokens, kind="stable")
        wanted, found = tokens[order], np.empty((2, len(tokens)), np.int64)
        parts = max(self._threads or available_cores(), len(tokens) // MOST)
        cuts = (np.arange(parts + 1) * len(tokens) // parts).tolist()

        def work(part: int) -> None:
            some = slice(cuts[part], cuts[part + 1])
            found[:, some] = core.find_places(self._pieces, self._firsts, wanted[some])

        in_parallel(work, parts, self._threads, self._memory)
        places, before = np.empty_like(found)
        places[order], before[order] = found
        return places, before


def _repeated(hashes: U64) -> Flags:
    """Tell which of sorted hashes are there more than once."""
    repeated = np.zeros(len(hashes), np.bool_)
    repeated[1:] = hashes[1:] == hashes[:-1]
    repeated[:-1] |= repeated[1:]
    return repeated
