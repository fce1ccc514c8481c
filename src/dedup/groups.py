"""Blocks of many texts in groups: those with the same words, and those much like them."""

from dataclasses import dataclass, replace

import numpy as np

from dedup.config import Config
from dedup.cuts import Blocks
from dedup.engine import fingerprints, match_texts
from dedup.records import F64, I64, U8, U64
from dedup.text.packed import Packed


@dataclass(frozen=True, slots=True)
class Groups:
    """Blocks by what they say; variant v is what the blocks with the same words have in common.

    Variants do not depend on the order of the texts: those of more texts come first, of these the
    longer ones.
    """

    tokens: I64  # (b,): of each block
    variant: I64  # (b,): of each block, -1 where it has no token
    first: I64  # (v,): the first block of each variant
    group: I64  # (v,): the variant that each is an exact or near copy of, itself when of none
    similarity: F64  # (v,): exact; 1.0 to itself

    @property
    def of_blocks(self) -> I64:
        """The group of each block, (b,), -1 where it has none."""
        return np.append(self.group, -1)[self.variant]


def group_blocks(
    packed: Packed, blocks: Blocks, config: Config, threads: int | None = None
) -> Groups:
    """Find which blocks say the same, exactly or nearly.

    A variant is near to one that is in as many texts or more, by the measure: by containment it
    says hardly anything that the other one does not. That one is near to no third one.

    Examples
    --------
    >>> from dedup.cuts import cut_texts
    >>> from dedup.text.packed import pack
    >>> packed = pack(["The end.\nNew.", "New.\nTHE END!"])
    >>> groups = group_blocks(packed, cut_texts(packed, "line"), Config())
    >>> groups.variant.tolist(), groups.first.tolist()
    ([0, 1, 1, 0], [0, 1])
    """
    tokens, prints = fingerprints(packed.utf8, blocks.edges, config, threads)
    order = np.lexsort((prints[:, 1], prints[:, 0]))
    order = order[tokens[order] > 0]
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (prints[order[1:]] != prints[order[:-1]]).any(axis=1)
    first, number = order[fresh], np.cumsum(fresh) - 1  # the order is stable
    rows = texts_with(number, blocks.rows[order], len(first))
    canonical = np.lexsort((prints[first, 1], prints[first, 0], -tokens[first], -rows))
    place = np.empty_like(canonical)
    place[canonical] = np.arange(len(canonical))
    variant = np.full(len(blocks), -1)
    variant[order] = place[number]
    first = first[canonical]
    group, similarity = _near(packed, blocks, tokens, first, config, threads)
    return Groups(tokens, variant, first, group, similarity)


def texts_with(groups: I64, rows: I64, count: int) -> I64:
    """Return in how many texts each group is, (count,), from pairs of groups and texts.

    Examples
    --------
    >>> texts_with(np.array([0, 1, 1, 0]), np.array([5, 5, 7, 5]), 2).tolist()
    [1, 2]
    """
    if not len(rows):
        return np.zeros(count, np.int64)
    width = int(rows.max()) + 1
    return np.bincount(np.unique(groups * width + rows) // width, minlength=count)


def _near(  # noqa: PLR0913, PLR0917
    packed: Packed, blocks: Blocks, tokens: I64, first: I64, config: Config, threads: int | None
) -> tuple[I64, F64]:
    """Match the variants, in their order; those of one shingle are like none but themselves."""
    group, similarity = np.arange(len(first)), np.ones(len(first))
    many = np.flatnonzero(tokens[first] > config.ngram_size)
    utf8, offsets = _gathered(packed.utf8, blocks.edges, first[many])
    matches, _ = match_texts(utf8, offsets, replace(config, keep="first"), threads=threads)
    group[many] = many[matches.witness]
    near = many[matches.repeats]
    similarity[near] = matches.similarity[matches.repeats]
    return group, similarity


def _gathered(utf8: U8, edges: I64, rows: I64) -> tuple[U8, I64]:
    """Return some rows of a buffer in another order, packed."""
    data = utf8.data
    spans = zip(edges[rows].tolist(), edges[rows + 1].tolist(), strict=True)
    gathered = b"".join([data[start:stop] for start, stop in spans])
    offsets = np.concatenate(([0], np.cumsum(edges[rows + 1] - edges[rows])))
    return np.frombuffer(gathered, np.uint8), offsets
