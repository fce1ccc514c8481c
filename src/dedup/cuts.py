"""Many texts cut into blocks, as ``clean`` cuts each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dedup.config import BlockKind
from dedup.engine import use_compiled
from dedup.records import I64, U8, Flags
from dedup.text.blocks import choose, split
from dedup.text.packed import Packed, byte_offsets


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of n texts: text i has those from ``firsts[i]`` to ``firsts[i + 1]``."""

    edges: I64  # (b + 1,): block k is ``utf8[edges[k]:edges[k + 1]]`` of the texts' buffer
    firsts: I64  # (n + 1,)

    def __len__(self) -> int:
        """Return the number of blocks."""
        return len(self.edges) - 1

    @property
    def rows(self) -> I64:
        """The text of each block, (b,)."""
        return np.repeat(np.arange(len(self.firsts) - 1), np.diff(self.firsts))


def cut_texts(packed: Packed, block: BlockKind) -> Blocks:
    r"""Cut each text as ``text.blocks.choose`` and ``split`` do.

    Most texts of a corpus are cut into lines, and need not be looked at one by one for that.

    Examples
    --------
    >>> from dedup.text.packed import pack
    >>> blocks = cut_texts(pack(["One line\nand two", None, "Three"]), "auto")
    >>> blocks.edges.tolist(), blocks.firsts.tolist()
    ([0, 9, 16, 21], [0, 2, 2, 3])
    """
    offsets = packed.offsets
    begins, known = np.empty(0, np.int64), np.zeros(len(packed), np.bool_)
    size = int(offsets[-1] - offsets[0])
    if block in ("auto", "line") and len(packed) and use_compiled("cuts", size):
        begins, known = _cut_lines(packed, always=block == "line")
    found = [begins]
    found += [_begins(packed, row, block) for row in np.flatnonzero(~known).tolist()]
    begins = np.sort(np.concatenate(found))
    return Blocks(np.append(begins, offsets[-1]), np.searchsorted(begins, offsets))


def _cut_lines(packed: Packed, *, always: bool) -> tuple[I64, Flags]:
    from dedup.kernels import compiled, cutting  # noqa: PLC0415  numba is loaded at need

    texts = compiled.texts_of(packed.utf8, packed.offsets)
    return cutting.cut_lines(texts.utf8, texts.offsets, always=always)


def _begins(packed: Packed, row: int, block: BlockKind) -> I64:
    start, stop = packed.offsets[row : row + 2].tolist()
    text = packed.text(row)
    edges = byte_offsets(packed.utf8[start:stop], split(text, choose(text, block)))
    begins: I64 = edges[:-1] + start
    return begins


def without(packed: Packed, blocks: Blocks, kept: Flags) -> Packed:
    """Return texts of which only some blocks are left.

    Parameters
    ----------
    kept
        (b,): which blocks.
    """
    turns = np.flatnonzero(np.diff(np.concatenate(([False], kept, [False]))))  # of kept and not
    left, _ = end_to_end(packed.utf8, blocks.edges[turns[::2]], blocks.edges[turns[1::2]])
    sizes = np.concatenate(([0], np.cumsum(np.where(kept, np.diff(blocks.edges), 0))))
    return Packed(left, sizes[blocks.firsts], packed.missing)


def texts_left(
    packed: Packed, given: Sequence[Any] | None, blocks: Blocks, kept: Flags
) -> list[str | None]:
    r"""Return texts of which only some blocks are left; ``None`` for missing ones.

    Parameters
    ----------
    given
        The texts as they were given, if they are strings: those that are left whole are the same
        objects.
    kept
        (b,): which blocks.

    Examples
    --------
    >>> from dedup.text.packed import pack
    >>> given = ["One.\nTwo.", None]
    >>> packed = pack(given)
    >>> texts_left(packed, given, cut_texts(packed, "line"), np.array([True, False]))
    ['One.\n', None]
    """
    texts = packed.take(np.arange(len(packed))) if given is None else list(given)
    for row in np.flatnonzero(packed.missing).tolist():
        texts[row] = None
    data, rows = packed.utf8.data, np.unique(blocks.rows[~kept])
    for row, first, stop in zip(
        rows.tolist(), blocks.firsts[rows].tolist(), blocks.firsts[rows + 1].tolist(), strict=True
    ):
        edges, stays = blocks.edges[first : stop + 1].tolist(), kept[first:stop].tolist()
        pieces = [data[a:b] for a, b, stay in zip(edges, edges[1:], stays, strict=False) if stay]
        texts[row] = b"".join(pieces).decode("utf-8", "surrogatepass")
    return texts


def end_to_end(utf8: U8, begins: I64, ends: I64) -> tuple[U8, I64]:
    """Return stretches of a buffer, in any order, as a packed text: its bytes and offsets.

    Examples
    --------
    >>> utf8, offsets = end_to_end(np.arange(9, dtype=np.uint8), np.array([2, 0]), np.array([5, 2]))
    >>> utf8.tolist(), offsets.tolist()
    ([2, 3, 4, 0, 1], [0, 3, 5])
    """
    offsets = np.concatenate(([0], np.cumsum(ends - begins)))
    if use_compiled("gathering", int(offsets[-1])):
        from dedup.kernels import gathering, spill  # noqa: PLC0415  numba is loaded at need

        utf8 = utf8.view()
        utf8.flags.writeable = False  # kernels are compiled for one type of rows
        found = spill.empty(int(offsets[-1]), np.uint8)
        gathering.gather(utf8, begins, offsets, found)
        return found, offsets
    data, spans = utf8.data, zip(begins.tolist(), ends.tolist(), strict=True)
    return np.frombuffer(b"".join([data[start:stop] for start, stop in spans]), np.uint8), offsets
