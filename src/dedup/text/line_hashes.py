"""Hashes of lines by their bytes, for which a text need not be cut into tokens.

The hash of a line is a sum over its 64-bit words, each mixed with its position, so that the words
are hashed independently of each other.

This is the specification; ``src/native/line_hashes.cpp`` is the twin.
"""

import numpy as np

from dedup.arrays.array_types import I64, U8, U64
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core, has_core
from dedup.arrays.parallel import concatenate_columns, map_chunks, offsets_of
from dedup.text.mixing import GOLDEN_GAMMA, mix64
from dedup.text.tokens import WORD_BYTES

_IS_WHITE_SPACE = np.isin(np.arange(256), [*b" \t\n\v\f\r"])


def hash_lines(
    utf8: U8, edges: I64, threads: int | None = None, memory: Memory = IN_RAM
) -> tuple[U64, I64]:
    r"""Hash lines without the ASCII white space around them.

    Parameters
    ----------
    utf8
        (bytes,): a buffer.
    edges
        (l + 1,): line i is ``utf8[edges[i]:edges[i + 1]]``.
    threads
        Number of threads; all available cores when None.
    memory
        Allocates the result.

    Returns
    -------
    hashes, sizes
        (l,) each; ``sizes`` are bytes without the white space.

    Examples
    --------
    >>> utf8 = np.frombuffer(b"Home\n Home\r\n\nNews and more", np.uint8)
    >>> hashes, sizes = hash_lines(utf8, np.array([0, 5, 12, 13, 26]))
    >>> sizes.tolist(), bool(hashes[0] == hashes[1])
    ([4, 4, 0, 13], True)
    """
    hash_some = core.hash_lines if has_core() else hash_lines_by_numpy

    def work(first: int, last: int) -> tuple[U64, I64]:
        hashes, sizes = hash_some(utf8, np.ascontiguousarray(edges[first : last + 1]))
        return memory.adopt(hashes), memory.adopt(sizes)

    hashes, sizes = concatenate_columns(map_chunks(work, edges, threads, memory), memory)
    return hashes, sizes


def hash_lines_by_numpy(utf8: U8, edges: I64) -> tuple[U64, I64]:
    """Hash lines as ``hash_lines``: the specification."""
    begin, end = int(edges[0]), int(edges[-1])
    shown = begin + np.flatnonzero(~_IS_WHITE_SPACE[utf8[begin:end]])
    first, stop = np.searchsorted(shown, edges[:-1]), np.searchsorted(shown, edges[1:])
    sizes = np.zeros(len(edges) - 1, np.int64)
    starts, has_bytes = np.zeros_like(sizes), stop > first
    starts[has_bytes] = shown[first[has_bytes]]
    sizes[has_bytes] = shown[stop[has_bytes] - 1] + 1 - starts[has_bytes]
    word_ends = offsets_of((sizes + WORD_BYTES - 1) // WORD_BYTES)
    padded = np.zeros(int(word_ends[-1]) * WORD_BYTES, np.uint8)
    inside = np.arange(int(sizes.sum())) - np.repeat(offsets_of(sizes)[:-1], sizes)
    padded[np.repeat(word_ends[:-1] * WORD_BYTES, sizes) + inside] = utf8[
        np.repeat(starts, sizes) + inside
    ]
    words, counts = padded.view("<u8").astype(np.uint64), np.diff(word_ends)
    positions = np.arange(len(words)) - np.repeat(word_ends[:-1], counts) + 1
    mixed = mix64(words + positions.astype(np.uint64) * np.uint64(GOLDEN_GAMMA))
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(mixed)))  # modulo 2**64
    return mix64(sums[word_ends[1:]] - sums[word_ends[:-1]] + sizes.astype(np.uint64)), sizes
