"""Blocks of many texts in groups: those with the same words, and those much like them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.config import Config
from dedup.cuts import Blocks, Portion, end_to_end
from dedup.kernels import portions, reference
from dedup.kernels.chunks import joined
from dedup.kernels.hashing import hashed, native_texts
from dedup.kernels.portions import in_portions
from dedup.matching.deduplicate import match_texts
from dedup.native import has_core
from dedup.records import F64, I64, U8, U64, Flags
from dedup.text.packed import Packed
from dedup.text.recode import recode


@dataclass(frozen=True, slots=True)
class Variants:
    """What blocks say; those in more texts come first, of these the ones of fewer tokens.

    So their order does not depend on that of the texts; of equal ones fingerprints decide.
    """

    of_blocks: I64  # (b,): of each block, -1 where it has no token
    first: I64  # (v,): the first block of each
    tokens: I64  # (v,)


class _Run(NamedTuple):
    """The variants of some texts, by their fingerprints."""

    prints: U64  # (u, 2), ascending
    first: I64
    texts: I64  # in how many of the texts each is
    tokens: I64

    def some(self, own: slice) -> "_Run":
        """Return some of them."""
        return _Run(self.prints[own], self.first[own], self.texts[own], self.tokens[own])

    def stored(self, memory: Memory) -> "_Run":
        """Return them as they are kept until all are known."""
        return _Run(memory.store(self.prints), *map(memory.store, self[1:]))


def find_variants(blocks: Blocks, tokens: I64, prints: U64, memory: Memory = IN_RAM) -> Variants:
    """Find which blocks have the same words.

    They are sorted some texts at a time, and what is sorted is merged, a part of all fingerprints
    after the other: so there may be more of them than there is memory for.

    Parameters
    ----------
    tokens, prints
        (b,) and (b, 2): of each block, how many tokens, and their fingerprints.
    """
    of_blocks = memory.empty(len(blocks), np.int64)
    runs: list[_Run] = []
    for portion in blocks.portions(memory):
        run, of_blocks[portion.blocks] = _run(portion, tokens, prints)
        runs.append(run.stored(memory))
    merged, numbers = _merged(runs, memory)
    place = _canonical(merged, len(blocks.firsts) - 1, memory)
    for portion, own in zip(blocks.portions(memory), numbers, strict=True):
        local = of_blocks[portion.blocks]
        worded = local >= 0
        local[worded] = place[own[local[worded]]]
    first, counts = memory.empty((2, len(place)), np.int64)
    for some in portions.portions(len(place), memory):
        first[place[some]], counts[place[some]] = merged.first[some], merged.tokens[some]
    return Variants(of_blocks, first, counts)


def _run(portion: Portion, tokens: I64, prints: U64) -> tuple[_Run, I64]:
    """Return the variants of some texts, and which of these their blocks are, -1 for none."""
    tokens, prints = tokens[portion.blocks], prints[portion.blocks]
    worded = np.flatnonzero(tokens > 0)
    order = worded[np.lexsort((prints[worded, 1], prints[worded, 0]))]  # stable
    fresh = _fresh(prints[order])
    rows, firsts = portion.rows[order], order[fresh]
    another = fresh.copy()
    another[1:] |= rows[1:] != rows[:-1]
    number = np.cumsum(fresh) - 1
    texts = np.bincount(number[another], minlength=len(firsts))
    of_blocks = np.full(len(tokens), -1)
    of_blocks[order] = number
    begin = portion.blocks.start
    return _Run(prints[firsts], begin + firsts, texts, tokens[firsts]), of_blocks


def _merged(runs: Sequence[_Run], memory: Memory) -> tuple[_Run, list[I64]]:
    """Return the variants of all texts, and which of these each one of a run is."""
    numbers = [memory.empty(len(run.first), np.int64) for run in runs]
    parts = sum(map(len, numbers)) // portions.PORTION + 1
    edges = [(part << 64) // parts for part in range(1, parts)]
    cuts = [_cuts(run.prints[:, 0], np.array(edges, np.uint64)) for run in runs]
    found, count = [], 0
    for part in range(parts):
        own = [slice(*bounds[part : part + 2].tolist()) for bounds in cuts]
        pieces = [run.some(places) for run, places in zip(runs, own, strict=True)]
        variants, number = _merge(pieces)
        start = 0
        for column, some in zip(numbers, own, strict=True):
            size = some.stop - some.start
            column[some] = count + number[start : start + size]
            start += size
        count += len(variants.first)
        found.append(variants.stored(memory))
        memory.check()
    return _Run(*joined(found, memory)), numbers


def _cuts(prints: U64, edges: U64) -> I64:
    """Return where the parts of a run begin, and its length."""
    return np.concatenate(([0], np.searchsorted(prints, edges), [len(prints)]))


def _merge(pieces: Sequence[_Run]) -> tuple[_Run, I64]:
    """Return the variants of pieces of runs, and which one each is, end to end."""
    none = _Run(np.empty((0, 2), np.uint64), *np.empty((3, 0), np.int64))
    prints, *others = (np.concatenate(column) for column in zip(none, *pieces, strict=True))
    every = _Run(prints, *others)
    order = np.lexsort((every.prints[:, 1], every.prints[:, 0]))  # stable: the first text first
    fresh = _fresh(every.prints[order])
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(fresh) - 1
    firsts, texts = order[fresh], np.zeros(int(fresh.sum()), np.int64)
    np.add.at(texts, number, every.texts)
    return _Run(every.prints[firsts], every.first[firsts], texts, every.tokens[firsts]), number


def _fresh(prints: U64) -> Flags:
    """Tell which rows differ from the one before."""
    fresh = np.ones(len(prints), np.bool_)
    fresh[1:] = (prints[1:] != prints[:-1]).any(axis=1)
    return fresh


def _canonical(variants: _Run, texts: int, memory: Memory) -> I64:
    """Return the place of each variant in their order, (v,): there are not many ranks."""
    width = 1 + int(variants.tokens.max(initial=0))

    def ranks(own: slice) -> I64:
        return (texts - variants.texts[own]) * width + variants.tokens[own]

    every = portions.portions(len(variants.first), memory)
    counted = [np.unique(ranks(own), return_counts=True) for own in every]
    kinds = np.unique(np.concatenate([np.empty(0, np.int64), *(kind for kind, _ in counted)]))
    sizes = np.zeros(len(kinds), np.int64)
    for kind, size in counted:
        sizes[np.searchsorted(kinds, kind)] += size
    starts = np.cumsum(sizes) - sizes
    return in_portions(
        lambda own: portions.places(np.searchsorted(kinds, ranks(own)), starts),
        len(variants.first),
        memory,
    )


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
    for own in portions.portions(len(blocks), memory):
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
        return texts.prints(config.seed, threads, memory)
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
    for own in portions.portions(count, memory):
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
        for own in portions.portions(len(rest), memory):
            mine, of = rest[own], rest[matches.witness[own]]
            # A line is no copy of a page that holds it, which may stand between it and others.
            alike = sizes[mine] >= config.threshold * sizes[of]
            group[mine[alike]], near = of[alike], alike & (of != mine)
            similarity[mine[near]] = matches.similarity[own][near]
            longer.append((memory.store(mine[~alike]),))
        rest = joined(longer, memory)[0]
    return group, similarity
