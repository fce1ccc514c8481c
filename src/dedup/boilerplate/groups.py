"""Blocks of many texts in groups: those with the same words, and those much like them."""

from dataclasses import dataclass, replace

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.boilerplate.variants import Variants, find_variants
from dedup.config import Config
from dedup.cuts import Blocks, end_to_end
from dedup.kernels import reference
from dedup.kernels.chunks import joined
from dedup.kernels.portions import in_portions, portions
from dedup.kernels.prints import prints
from dedup.matching.engine import hashed, match_texts, native_texts
from dedup.native import has_core
from dedup.records import F64, I64, U8, U64
from dedup.text.packed import Packed
from dedup.text.recode import recode


@dataclass(frozen=True, slots=True)
class Groups:
    """Blocks by what they say; variant v is what the blocks with the same words have in common.

    Variants do not depend on the order of the texts: those of more texts come first, of these the
    shorter ones.
    """

    variant: I64  # (b,): of each block, -1 where it has no token
    first: I64  # (v,): the first block of each variant
    group: I64  # (v,): the variant that each is an exact or near copy of, itself when of none
    similarity: F64  # (v,): exact; 1.0 to itself
    of_blocks: I64  # (b,): the group of each block, -1 where it has none


def group_blocks(
    packed: Packed,
    blocks: Blocks,
    config: Config,
    threads: int | None = None,
    memory: Memory = IN_RAM,
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
    tokens, found = fingerprints(packed.utf8, blocks.edges, config, threads, memory)
    variants = find_variants(blocks, tokens, found, memory)
    group, similarity = _near(packed, blocks, variants, config, threads, memory)
    of_blocks = memory.empty(len(blocks), np.int64)
    for own in portions(len(blocks), memory):
        variant = variants.of_blocks[own]
        of_blocks[own] = np.where(variant < 0, -1, group[variant]) if len(group) else -1
    return Groups(variants.of_blocks, variants.first, group, similarity, of_blocks)


def fingerprints(
    utf8: U8,
    offsets: I64,
    config: Config,
    threads: int | None = None,
    memory: Memory = IN_RAM,
) -> tuple[I64, U64]:
    """Return the tokens of each row of a packed text, (n,), and their fingerprints, (n, 2)."""
    if has_core():
        texts = native_texts(*recode(utf8, offsets, config.unit), config)
        return prints(texts, config.seed, threads, memory)
    tokens = hashed(utf8, offsets, config)[0].hashes
    return tokens.lengths, reference.prints(tokens, config.seed)


def gathered(utf8: U8, edges: I64, rows: I64, memory: Memory = IN_RAM) -> tuple[U8, I64]:
    """Return some rows of a buffer, in any order, as a packed text.

    Examples
    --------
    >>> edges, rows = np.array([0, 2, 5]), np.array([1, 0])
    >>> utf8, offsets = gathered(np.arange(9, dtype=np.uint8), edges, rows)
    >>> utf8.tolist(), offsets.tolist()
    ([2, 3, 4, 0, 1], [0, 3, 5])
    """
    begins, ends = _taken(edges[:-1], rows, memory), _taken(edges[1:], rows, memory)
    return end_to_end(utf8, begins, ends, memory)


def _taken(column: I64, places: I64, memory: Memory) -> I64:
    """Return what a long column has at some places."""
    return in_portions(lambda own: column[places[own]], len(places), memory)


def _near(  # noqa: PLR0913, PLR0917
    packed: Packed,
    blocks: Blocks,
    variants: Variants,
    config: Config,
    threads: int | None,
    memory: Memory,
) -> tuple[I64, F64]:
    """Match the variants, in their order; those of one shingle are like none but themselves."""
    sizes, count = variants.tokens, len(variants.first)
    group, similarity = memory.empty(count, np.int64), memory.empty(count, np.float64)
    for own in portions(count, memory):
        group[own], similarity[own] = np.arange(own.start, own.stop), 1.0
    config = replace(config, keep="first")
    rest = in_portions(
        lambda own: own.start + np.flatnonzero(sizes[own] > config.ngram_size), count, memory
    )
    while len(rest):
        firsts = _taken(variants.first, rest, memory)
        utf8, offsets = gathered(packed.utf8, blocks.edges, firsts, memory)
        matches, _ = match_texts(utf8, offsets, config, threads=threads, memory=memory)
        longer = []
        for own in portions(len(rest), memory):
            mine, of = rest[own], rest[matches.witness[own]]
            # A line is no copy of a page that holds it, which may stand between it and others.
            alike = sizes[mine] >= config.threshold * sizes[of]
            group[mine[alike]], near = of[alike], alike & (of != mine)
            similarity[mine[near]] = matches.similarity[own][near]
            longer.append((memory.store(mine[~alike]),))
        rest = joined(longer, memory)[0]
    return group, similarity
