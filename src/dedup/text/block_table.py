"""The blocks of many texts in one table: cutting texts into blocks, and leaving some out."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dedup.arrays import long_arrays
from dedup.arrays.array_types import I64, U8, Flags
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core, has_core, rule_constants
from dedup.arrays.packed import PackedTexts, byte_offsets
from dedup.arrays.parallel import concatenate_columns, map_chunks, offsets_of
from dedup.config import BlockKind
from dedup.text import blocks as text_blocks
from dedup.text.blocks import CUTS, Cut, character_classes, choose, split

if TYPE_CHECKING:
    from dedup import _native

BYTES_PER_SEGMENT = 64  # of the arrays that order the segments of a part
BYTES_PER_TRIM = 1 << 24  # of a buffer that are read between two trims of memory


@dataclass(frozen=True, slots=True)
class BlockBatch:
    """Consecutive texts and their blocks."""

    texts: slice
    blocks: slice  # k blocks
    rows: I64  # (k,): the text of each block


@dataclass(frozen=True, slots=True)
class BlockTable:
    """The b blocks of n packed texts, which cover the texts without gaps."""

    edges: I64  # (b + 1,): block k is ``utf8[edges[k]:edges[k + 1]]``
    firsts: I64  # (n + 1,): text i has the blocks ``firsts[i]`` up to ``firsts[i + 1]``

    def __len__(self) -> int:
        """Return the number of blocks."""
        return len(self.edges) - 1

    @property
    def rows(self) -> I64:
        """The text of each block, (b,)."""
        return np.repeat(np.arange(len(self.firsts) - 1), np.diff(self.firsts))

    def batches(self, memory: Memory = IN_RAM) -> Iterator[BlockBatch]:
        r"""Yield batches of consecutive texts with their blocks; trim memory after each batch.

        A batch has at most ``long_arrays.BATCH_ITEMS`` texts and blocks, or one text.

        Examples
        --------
        >>> from dedup.arrays.packed import pack
        >>> batch, = cut_texts(pack(["One\ntwo", None, "Three"]), "line").batches()
        >>> batch.blocks, batch.rows.tolist()
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
    r"""Cut texts into blocks, each as ``text.blocks.choose`` and ``text.blocks.split`` do.

    Parameters
    ----------
    packed
        n texts.
    block
        What a block is; ``"auto"`` chooses for each text.
    threads
        Number of threads; all available cores when None.
    memory
        Allocates the table.

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> blocks = cut_texts(pack(["One line\nand two", None, "Three"]), "auto")
    >>> blocks.edges.tolist(), blocks.firsts.tolist()
    ([0, 9, 16, 21], [0, 2, 2, 3])
    """
    offsets = packed.offsets

    def cut(first: int, last: int) -> tuple[I64, I64]:
        chunk = packed.slice_rows(first, last)
        if has_core():
            starts, counts, _ = core.cut_blocks(chunk.utf8, chunk.offsets, cut_rule(), block)
        else:
            of_rows = [_block_starts(chunk, row, block) for row in range(len(chunk))]
            starts = np.concatenate([np.empty(0, np.int64), *of_rows])
            counts = np.array([*map(len, of_rows)], np.int64)
        if last == len(packed):
            starts = np.append(starts, offsets[-1])
        return memory.adopt(starts), counts

    cut_chunk = memory.progress.steps(cut, len(packed))
    edges, counts = concatenate_columns(map_chunks(cut_chunk, offsets, threads, memory), memory)
    return BlockTable(edges, offsets_of(counts, memory))


@cache
def cut_rule() -> "_native.CutRule":
    """Return the rule of ``text.blocks`` for functions of the core."""
    return core.CutRule(rule_constants(text_blocks, classes_of_page=character_classes))


def choose_cut(text: str, utf8: U8, block: BlockKind) -> Cut:
    r"""Return how to cut a text, as ``text.blocks.choose`` does.

    Parameters
    ----------
    text, utf8
        The text, and its UTF-8.

    Examples
    --------
    >>> from dedup.arrays.packed import encode
    >>> text = "A headline\nA paragraph."
    >>> choose_cut(text, encode(text), "auto")
    'line'
    """
    return CUTS[core.choose_cut(utf8, cut_rule(), block)] if has_core() else choose(text, block)


def split_text(text: str, utf8: U8, cut: Cut) -> I64:
    """Return where the blocks of a text begin, as ``text.blocks.split`` does, but in bytes.

    Parameters
    ----------
    text, utf8
        The text, and its UTF-8.

    Returns
    -------
    ndarray of int64
        (n + 1,): byte offsets of n blocks, and the number of bytes.

    Examples
    --------
    >>> from dedup.arrays.packed import encode
    >>> text = "Né. Two!"
    >>> split_text(text, encode(text), "sentence").tolist()
    [0, 5, 9]
    """
    if not has_core():
        return byte_offsets(utf8, split(text, cut))
    return core.split_text(utf8, cut_rule(), CUTS.index(cut))


def _block_starts(packed: PackedTexts, row: int, block: BlockKind) -> I64:
    start, stop = packed.offsets[row : row + 2].tolist()
    text = packed.text(row)
    edges = byte_offsets(packed.utf8[start:stop], split(text, choose(text, block)))
    return edges[:-1] + start


def keep_blocks(
    packed: PackedTexts, blocks: BlockTable, kept: Flags, memory: Memory = IN_RAM
) -> PackedTexts:
    """Return packed texts with only the kept blocks.

    Parameters
    ----------
    packed
        n texts.
    blocks
        Their b blocks.
    kept
        (b,): which blocks to keep.
    memory
        Allocates the result.
    """
    sizes, edges = memory.zeros(len(blocks), np.int64), blocks.edges
    for batch in long_arrays.batch_slices(len(blocks), memory):
        sizes[batch] = np.where(kept[batch], np.diff(edges[batch.start : batch.stop + 1]), 0)
    offsets = long_arrays.take(offsets_of(sizes, memory), blocks.firsts, memory)
    rows = long_arrays.indices_where(lambda batch: kept[batch], len(blocks), memory)
    return PackedTexts(gather_rows(packed.utf8, edges, rows, memory)[0], offsets, packed.missing)


def kept_texts(
    packed: PackedTexts, originals: object, blocks: BlockTable, kept: Flags
) -> list[str | None]:
    r"""Return texts with only the kept blocks, as strings; None for missing ones.

    Parameters
    ----------
    packed
        n texts.
    originals
        The texts before packing. If this is a list or tuple, texts that lose no block are the same
        objects in the result.
    blocks
        The b blocks of the texts.
    kept
        (b,): which blocks to keep.

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> originals = ["One.\nTwo.", None]
    >>> packed = pack(originals)
    >>> kept_texts(packed, originals, cut_texts(packed, "line"), np.array([True, False]))
    ['One.\n', None]
    """
    if isinstance(originals, (list, tuple)):
        texts = list(originals)
    else:
        texts = packed.to_strings(np.arange(len(packed)))
    for row in np.flatnonzero(packed.missing).tolist():
        texts[row] = None
    data, rows = packed.utf8.data, np.unique(blocks.rows[~kept])
    for row, first, stop in zip(
        rows.tolist(), blocks.firsts[rows].tolist(), blocks.firsts[rows + 1].tolist(), strict=True
    ):
        edges, is_kept = blocks.edges[first : stop + 1].tolist(), kept[first:stop].tolist()
        segments = [
            data[start:end]
            for (start, end), keep in zip(pairwise(edges), is_kept, strict=True)
            if keep
        ]
        texts[row] = b"".join(segments).decode("utf-8", "surrogatepass")
    return texts


def gather_rows(utf8: U8, edges: I64, rows: I64, memory: Memory = IN_RAM) -> tuple[U8, I64]:
    """Copy rows of a buffer, in any order, one after the other.

    Parameters
    ----------
    utf8
        (bytes,): the buffer.
    edges
        (n + 1,): row i is ``utf8[edges[i]:edges[i + 1]]``.
    rows
        (k,): the rows to copy.
    memory
        Allocates the result.

    Returns
    -------
    utf8, offsets
        The k rows as packed text; offsets are (k + 1,).

    Examples
    --------
    >>> edges, rows = np.array([0, 2, 5]), np.array([1, 0])
    >>> utf8, offsets = gather_rows(np.arange(9, dtype=np.uint8), edges, rows)
    >>> utf8.tolist(), offsets.tolist()
    ([2, 3, 4, 0, 1], [0, 3, 5])
    """
    starts, ends = (long_arrays.take(column, rows, memory) for column in (edges[:-1], edges[1:]))
    return gather_segments(utf8, starts, ends, memory)


def gather_segments(utf8: U8, starts: I64, ends: I64, memory: Memory = IN_RAM) -> tuple[U8, I64]:
    """Copy segments of a buffer, in any order, one after the other.

    Parameters
    ----------
    utf8
        (bytes,): the buffer.
    starts, ends
        (k,): segment i is ``utf8[starts[i]:ends[i]]``.
    memory
        Allocates the result.

    Returns
    -------
    utf8, offsets
        The k segments as packed text; offsets are (k + 1,).

    Examples
    --------
    >>> starts, ends = np.array([2, 0]), np.array([5, 2])
    >>> utf8, offsets = gather_segments(np.arange(9, dtype=np.uint8), starts, ends)
    >>> utf8.tolist(), offsets.tolist()
    ([2, 3, 4, 0, 1], [0, 3, 5])
    """
    offsets, size = memory.zeros(len(starts) + 1, np.int64), 0
    for batch in long_arrays.batch_slices(len(starts), memory):
        stops = size + np.cumsum(ends[batch] - starts[batch])
        offsets[batch.start + 1 : batch.stop + 1], size = stops, int(stops[-1])
    if not memory.is_limited:
        result = memory.empty(size, np.uint8)
        for first, last in long_arrays.row_batches(offsets, size, long_arrays.BATCH_ITEMS):
            _copy_segments(utf8, starts[first:last], ends[first:last], offsets[first:last], result)
        return result, offsets
    part_rows = memory.part_bytes // BYTES_PER_SEGMENT + 1
    parts = (
        _gather_part(utf8, starts[first:last], ends[first:last], memory)
        for first, last in long_arrays.row_batches(offsets, memory.part_bytes, part_rows)
    )
    return memory.assemble(size, parts), offsets


def _gather_part(utf8: U8, starts: I64, ends: I64, memory: Memory) -> U8:
    """Copy segments one after the other, but read them in the order in which they lie."""
    offsets = offsets_of(ends - starts)
    order = np.argsort(starts, kind="stable")
    part = IN_RAM.empty(int(offsets[-1]), np.uint8)
    sorted_starts, sorted_ends, places = starts[order], ends[order], offsets[order]
    cuts = np.searchsorted(sorted_starts, range(0, len(utf8), BYTES_PER_TRIM))
    for first, last in pairwise([*np.unique(cuts).tolist(), len(order)]):
        segments = slice(first, last)
        columns = sorted_starts[segments], sorted_ends[segments], places[segments]
        _copy_segments(utf8, *columns, part)
        memory.trim()
    return part


def _copy_segments(utf8: U8, starts: I64, ends: I64, places: I64, result: U8) -> None:
    """Copy segment i, ``utf8[starts[i]:ends[i]]``, to ``result`` from ``places[i]`` on."""
    starts, ends = np.ascontiguousarray(starts), np.ascontiguousarray(ends)
    if has_core():
        core.gather_segments(utf8, starts, ends, places, result)
        return
    columns = (column.tolist() for column in (starts, ends, places))
    for start, end, place in zip(*columns, strict=True):
        result[place : place + end - start] = utf8[start:end]
