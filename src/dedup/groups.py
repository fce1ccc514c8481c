"""Blocks of many texts in groups: those with the same words, and those much like them."""

from dataclasses import dataclass, replace

import numpy as np

from dedup.config import Config
from dedup.cuts import Blocks, end_to_end
from dedup.engine import compiled_texts, hashed, match_texts, use_compiled
from dedup.kernels import reference
from dedup.records import F64, I64, U8, U64
from dedup.text.packed import Packed


@dataclass(frozen=True, slots=True)
class Groups:
    """Blocks by what they say; variant v is what the blocks with the same words have in common.

    Variants do not depend on the order of the texts: those of more texts come first, of these the
    shorter ones.
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
    r"""Find which blocks say the same, exactly or nearly.

    A variant is near to one that is in as many texts or more, by the measure: by containment it
    says hardly anything that the other one does not. That one is near to no third one.

    Examples
    --------
    >>> from dedup.cuts import cut_texts
    >>> from dedup.text.packed import pack
    >>> packed = pack(["The end.\nNew.", "New.\nTHE END!"])
    >>> groups = group_blocks(packed, cut_texts(packed, "line"), Config())
    >>> groups.variant.tolist(), groups.first.tolist()
    ([1, 0, 0, 1], [1, 0])
    """
    tokens, prints = fingerprints(packed.utf8, blocks.edges, config, threads)
    order = np.lexsort((prints[:, 1], prints[:, 0]))
    order = order[tokens[order] > 0]
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (prints[order[1:]] != prints[order[:-1]]).any(axis=1)
    first, number = order[fresh], np.cumsum(fresh) - 1  # the order is stable
    rows = texts_with(number, blocks.rows[order], len(first))
    canonical = np.lexsort((prints[first, 1], prints[first, 0], tokens[first], -rows))
    place = np.empty_like(canonical)
    place[canonical] = np.arange(len(canonical))
    variant = np.full(len(blocks), -1)
    variant[order] = place[number]
    first = first[canonical]
    group, similarity = _near(packed, blocks, tokens, first, config, threads)
    return Groups(tokens, variant, first, group, similarity)


def fingerprints(
    utf8: U8, offsets: I64, config: Config, threads: int | None = None
) -> tuple[I64, U64]:
    """Return the tokens of each row of a packed text, (n,), and their fingerprints, (n, 2)."""
    if use_compiled("fingerprints", int(offsets[-1] - offsets[0])):
        from dedup.kernels import prints  # noqa: PLC0415  numba is loaded at need

        return prints.prints(compiled_texts(utf8, offsets, config), config.seed, threads)
    tokens = hashed(utf8, offsets, config)[0].hashes
    return tokens.lengths, reference.prints(tokens, config.seed)


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
    pairs = np.sort(groups * width + rows)  # np.unique hashes first, which takes ten times as long
    fresh = np.append(True, pairs[1:] != pairs[:-1])
    return np.bincount(pairs[fresh] // width, minlength=count)


def gathered(utf8: U8, edges: I64, rows: I64) -> tuple[U8, I64]:
    """Return some rows of a buffer, in any order, as a packed text.

    Examples
    --------
    >>> edges, rows = np.array([0, 2, 5]), np.array([1, 0])
    >>> utf8, offsets = gathered(np.arange(9, dtype=np.uint8), edges, rows)
    >>> utf8.tolist(), offsets.tolist()
    ([2, 3, 4, 0, 1], [0, 3, 5])
    """
    return end_to_end(utf8, edges[rows], edges[rows + 1])


def _near(  # noqa: PLR0913, PLR0917
    packed: Packed, blocks: Blocks, tokens: I64, first: I64, config: Config, threads: int | None
) -> tuple[I64, F64]:
    """Match the variants, in their order; those of one shingle are like none but themselves."""
    sizes = tokens[first]
    group, similarity = np.arange(len(first)), np.ones(len(first))
    config = replace(config, keep="first")
    rest = np.flatnonzero(sizes > config.ngram_size)
    while len(rest):
        utf8, offsets = gathered(packed.utf8, blocks.edges, first[rest])
        matches, _ = match_texts(utf8, offsets, config, threads=threads)
        of = rest[matches.witness]
        # A line is no copy of a whole page that holds it, which may stand between it and others.
        alike = sizes[rest] >= config.threshold * sizes[of]
        group[rest[alike]], near = of[alike], matches.repeats & alike
        similarity[rest[near]] = matches.similarity[near]
        rest = rest[~alike]
    return group, similarity
