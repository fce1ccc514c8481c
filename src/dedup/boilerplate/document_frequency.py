"""In how many texts something is, copies of a text counted once."""

from dataclasses import dataclass, replace

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.config import Config
from dedup.cuts import Blocks, gathered, without
from dedup.kernels import portions
from dedup.kernels.chunks import joined
from dedup.kernels.hashing import fingerprints
from dedup.matching.deduplicate import match_texts
from dedup.records import I64, U8, Flags
from dedup.text.packed import Packed

ALIKE = 0.5  # of what is left of a text stands in another one that it is counted with
NONE = -1


@dataclass(frozen=True, slots=True)
class CutTexts:
    """Texts, their blocks, and how these are compared."""

    packed: Packed
    blocks: Blocks
    config: Config
    threads: int | None = None
    memory: Memory = IN_RAM

    def gathered(self, numbers: I64) -> tuple[U8, I64]:
        """Return some blocks as a packed text."""
        return gathered(self.packed.utf8, self.blocks.edges, numbers, self.memory)


def texts_with(blocks: Blocks, groups: I64, count: int, memory: Memory = IN_RAM) -> I64:
    """Return in how many texts each group is, (count,).

    Parameters
    ----------
    groups
        (b,): of each block, below 0 where it has none.

    Examples
    --------
    >>> blocks = Blocks(np.arange(6), np.array([0, 2, 5]))
    >>> texts_with(blocks, np.array([0, 0, 1, 0, -1]), 2).tolist()
    [2, 1]
    """
    df = memory.zeros(count, np.int64)
    for portion in blocks.portions(memory):
        found, _ = pairs_of(groups[portion.blocks], portion.rows)
        firsts = np.flatnonzero(np.diff(found, prepend=NONE))
        df[found[firsts]] += np.diff(firsts, append=len(found))
    return df


def pairs_of(groups: I64, rows: I64) -> tuple[I64, I64]:
    """Return which group is in which text, each pair once, by groups; those below 0 are none.

    Examples
    --------
    >>> groups, rows = pairs_of(np.array([0, 1, 1, 0, -1]), np.array([5, 5, 7, 5, 5]))
    >>> groups.tolist(), rows.tolist()
    ([0, 1, 1], [5, 5, 7])
    """
    width = int(rows.max(initial=0)) + 1
    # np.unique hashes first, which takes ten times as long.
    pairs = np.sort(groups[groups >= 0] * width + rows[groups >= 0])
    pairs = pairs[np.diff(pairs, prepend=NONE) > 0]
    return pairs // width, pairs % width


def stand_ins(texts: CutTexts, own: Flags) -> I64:
    """Return the number under which each text is counted, (n,): ``NONE`` if it is not.

    Of copies of a text one is to be counted, though all their blocks recur. What tells texts
    apart is what does not recur: a text is counted when ``min_tokens`` words or numbers are in
    blocks of its own, and with others when half of that is like theirs.

    Parameters
    ----------
    own
        (b,): which blocks fewer than ``min_df`` texts have.
    """
    config, threads, memory = texts.config, texts.threads, texts.memory
    left = without(texts.packed, texts.blocks, own, memory)
    by_words = replace(config, unit="word")
    counts, prints = fingerprints(left.utf8, left.offsets, by_words, threads, memory)
    # Not by row: the order of the texts must not change what is found.
    order = np.flatnonzero(counts >= config.min_tokens)
    for column in (prints[:, 1], prints[:, 0], counts.max(initial=0) - counts):
        order = order[portions.stable_order(column[order])]
    threshold = min(ALIKE, config.threshold)
    alike = replace(config, threshold=threshold, keep="first", numeric_variants="remove")
    own_texts = gathered(left.utf8, left.offsets, order, memory)
    matches, _ = match_texts(*own_texts, alike, threads=threads, memory=memory)
    stands_for = np.full(len(left), NONE)
    stands_for[order] = order[matches.witness]
    return stands_for


def counted(
    blocks: Blocks, groups: I64, stands_for: I64, count: int, memory: Memory = IN_RAM
) -> I64:
    """Return in how many texts that differ each of the first groups is, (count,).

    Parameters
    ----------
    groups
        (b,): of each block, below 0 where it has none.
    stands_for
        (n,): the number under which each text is counted, below 0 if it is not.

    Examples
    --------
    >>> blocks = Blocks(np.arange(5), np.array([0, 1, 3, 4]))
    >>> counted(blocks, np.array([0, 0, 1, 0]), np.array([2, -1, 2]), 2).tolist()
    [1, 0]
    """
    df, parts = np.zeros(count, np.int64), portions.sorted_parts(len(blocks), memory)
    for part in range(parts):
        # A text may be counted with one far off, so the pairs of all portions are put together.
        pairs = [pairs_of(groups[:0], groups[:0])]
        for portion in blocks.portions(memory):
            rows = stands_for[portion.rows]
            group = groups[portion.blocks]
            chosen = (rows >= 0) & (rows % parts == part) & (group < count)
            pairs.append(pairs_of(group[chosen], rows[chosen]))
        df += np.bincount(pairs_of(*joined(pairs, memory))[0], minlength=count)
        memory.check()
    return df
