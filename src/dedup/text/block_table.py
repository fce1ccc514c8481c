"""Many texts cut into blocks, as ``clean`` cuts each."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dedup.arrays import long_arrays
from dedup.arrays.array_types import I64, U8, Flags
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core, has_core, rule_constants
from dedup.arrays.packed import PackedTexts, byte_offsets
from dedup.arrays.parallel import concatenate_columns, map_chunks, offsets_of
from dedup.config import BlockKind
from dedup.text import blocks as text_blocks
from dedup.text.blocks import choose, split

RANDOM_READ_BYTES = 1 << 22  # bytes that are read at random between two checks of memory
READAHEAD_BYTES = 1 << 16  # bytes that come with each stretch


@dataclass(frozen=True, slots=True)
class BlockBatch:
    """Some texts, and their blocks."""

    texts: slice
    blocks: slice
    rows: I64  # (k,): the text of each block


@dataclass(frozen=True, slots=True)
class BlockTable:
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

    def batches(self, memory: Memory = IN_RAM) -> Iterator[BlockBatch]:
        r"""Yield whole texts, some at a time; memory is checked after each portion.

        Examples
        --------
        >>> from dedup.arrays.packed import pack
        >>> portion, = cut_texts(pack(["One\ntwo", None, "Three"]), "line").batches()
        >>> portion.blocks, portion.rows.tolist()
        (slice(0, 3, None), [0, 0, 2])
        """
        for first, stop in long_arrays.row_batches(
            self.firsts, long_arrays.BATCH_ITEMS, long_arrays.BATCH_ITEMS
        ):
            firsts = self.firsts[first : stop + 1]
            rows = np.repeat(np.arange(first, stop), np.diff(firsts))
            yield BlockBatch(slice(first, stop), slice(int(firsts[0]), int(firsts[-1])), rows)
            memory.trim()


def cut_texts(
    packed: PackedTexts, block: BlockKind, threads: int | None = None, memory: Memory = IN_RAM
) -> BlockTable:
    r"""Cut each text as ``text.blocks.choose`` and ``split`` do.

    Most texts of a corpus are cut into lines, and need not be looked at one by one for that.

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> blocks = cut_texts(pack(["One line\nand two", None, "Three"]), "auto")
    >>> blocks.edges.tolist(), blocks.firsts.tolist()
    ([0, 9, 16, 21], [0, 2, 2, 3])
    """
    offsets = packed.offsets

    def cut(first: int, last: int) -> tuple[I64, I64]:
        own = packed.slice_rows(first, last)
        begins, known = np.empty(0, np.int64), np.zeros(len(own), np.bool_)
        if has_core() and block in ("auto", "line"):  # those that are cut into lines for certain
            rule = rule_constants(text_blocks)
            begins, known = core.cut_lines(own.utf8, own.offsets, rule, block == "line")
        found = [begins]
        found += [_begins(own, row, block) for row in np.flatnonzero(~known).tolist()]
        begins = np.sort(np.concatenate(found))
        counts = np.diff(np.searchsorted(begins, own.offsets))
        if last == len(packed):
            begins = np.append(begins, offsets[-1])
        return memory.store(begins), counts

    edges, counts = concatenate_columns(map_chunks(cut, offsets, threads, memory), memory)
    return BlockTable(edges, offsets_of(counts, memory))


def _begins(packed: PackedTexts, row: int, block: BlockKind) -> I64:
    start, stop = packed.offsets[row : row + 2].tolist()
    text = packed.text(row)
    edges = byte_offsets(packed.utf8[start:stop], split(text, choose(text, block)))
    return edges[:-1] + start


def keep_blocks(
    packed: PackedTexts, blocks: BlockTable, kept: Flags, memory: Memory = IN_RAM
) -> PackedTexts:
    """Return texts of which only some blocks are left.

    Parameters
    ----------
    kept
        (b,): which blocks.
    """
    sizes, edges = memory.zeros(len(blocks), np.int64), blocks.edges
    for own in long_arrays.batch_slices(len(blocks), memory):
        sizes[own] = np.where(kept[own], np.diff(edges[own.start : own.stop + 1]), 0)
    offsets = long_arrays.take(offsets_of(sizes, memory), blocks.firsts, memory)
    rows = long_arrays.indices_where(lambda own: kept[own], len(blocks), memory)
    return PackedTexts(gather_rows(packed.utf8, edges, rows, memory)[0], offsets, packed.missing)


def kept_texts(
    packed: PackedTexts, given: object, blocks: BlockTable, kept: Flags
) -> list[str | None]:
    r"""Return texts of which only some blocks are left; ``None`` for missing ones.

    Parameters
    ----------
    given
        What was packed: of a list or tuple the texts that are left whole are the same objects.
    kept
        (b,): which blocks.

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> given = ["One.\nTwo.", None]
    >>> packed = pack(given)
    >>> kept_texts(packed, given, cut_texts(packed, "line"), np.array([True, False]))
    ['One.\n', None]
    """
    texts = (
        list(given)
        if isinstance(given, (list, tuple))
        else packed.to_strings(np.arange(len(packed)))
    )
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


def gather_rows(utf8: U8, edges: I64, rows: I64, memory: Memory = IN_RAM) -> tuple[U8, I64]:
    """Return some rows of a buffer, in any order, as a packed text.

    Examples
    --------
    >>> edges, rows = np.array([0, 2, 5]), np.array([1, 0])
    >>> utf8, offsets = gather_rows(np.arange(9, dtype=np.uint8), edges, rows)
    >>> utf8.tolist(), offsets.tolist()
    ([2, 3, 4, 0, 1], [0, 3, 5])
    """
    begins, ends = (long_arrays.take(column, rows, memory) for column in (edges[:-1], edges[1:]))
    return gather_segments(utf8, begins, ends, memory)


def gather_segments(utf8: U8, begins: I64, ends: I64, memory: Memory = IN_RAM) -> tuple[U8, I64]:
    """Return stretches of a buffer, in any order, as a packed text: its bytes and offsets.

    Examples
    --------
    >>> begins, ends = np.array([2, 0]), np.array([5, 2])
    >>> utf8, offsets = gather_segments(np.arange(9, dtype=np.uint8), begins, ends)
    >>> utf8.tolist(), offsets.tolist()
    ([2, 3, 4, 0, 1], [0, 3, 5])
    """
    offsets, size = memory.zeros(len(begins) + 1, np.int64), 0
    for own in long_arrays.batch_slices(len(begins), memory):
        stops = size + np.cumsum(ends[own] - begins[own])
        offsets[own.start + 1 : own.stop + 1], size = stops, int(stops[-1])
    found = memory.empty(size, np.uint8)
    limits = (
        (RANDOM_READ_BYTES, RANDOM_READ_BYTES // READAHEAD_BYTES)
        if memory.is_limited
        else (size, long_arrays.BATCH_ITEMS)
    )
    for first, stop in long_arrays.row_batches(offsets, *limits):
        starts, stops = (np.ascontiguousarray(edges[first:stop]) for edges in (begins, ends))
        room = found[offsets[first] : offsets[stop]]
        if has_core():
            core.gather(utf8, starts, stops, room)
        else:
            data, spans = utf8.data, zip(starts.tolist(), stops.tolist(), strict=True)
            room[:] = np.frombuffer(b"".join([data[begin:end] for begin, end in spans]), np.uint8)
        memory.trim()
    return found, offsets
