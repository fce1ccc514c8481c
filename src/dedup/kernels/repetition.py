"""Which texts may repeat blocks of themselves: all others need not be cut into blocks.

What is left out repeats nothing for certain. A block is removed when most of its shingles stand in
one before it, and what is counted here is how many stand in any before it.
"""

from typing import NamedTuple

import numpy as np

from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.layout import ANY, LINES, PARAGRAPHS, breaks_in, layout
from dedup.kernels.rows import Texts, hash_piece, scratch_for, shingles_in
from dedup.kernels.scalar import U
from dedup.records import I64, U64, Flags

KINDS = {"line": LINES, "paragraph": PARAGRAPHS, "sentence": ANY}
WHOLE = 0.4  # of the blocks of a text that is itself twice are copies in a row, at least


class Rule(NamedTuple):
    """What ``runs.find_runs`` asks of blocks that repeat others."""

    threshold: float  # of its shingles stand in one before it, if a block is a copy
    alike: float  # of its shingles stand in another one, if a block is a changed copy
    reach: int  # blocks between a changed copy and copies that are removed with it
    least: float  # tokens of a block that is removed alone,
    often: int  # and how often one stands
    part: int  # that has this part of as many tokens, if it is removed


class _Seen(NamedTuple):
    """The shingles of a text, in open addressing; a slot is taken in its generation."""

    shingles: U64
    generations: I64
    first: I64  # the block that had it first,
    last: I64  # and the last one so far


class _Blocks(NamedTuple):
    """The blocks of a text."""

    distinct: I64  # shingles,
    before: I64  # those of them that stand in a block before,
    behind: I64  # and those that have not, but stand in one behind it
    tokens: I64


def self_repeating(texts: Texts, rule: Rule, block: str) -> Flags:
    """Tell which texts may repeat blocks of themselves, (n,).

    Parameters
    ----------
    block
        What blocks are, as ``Config`` has it.
    """
    utf8, offsets, count = texts.utf8, texts.offsets, len(texts.offsets) - 1
    found = np.zeros(count, np.bool_)
    laid = layout(utf8, offsets, breaks_in(utf8))
    blocks = laid.blocks if block == "auto" else np.full(count, KINDS[block], np.uint8)
    lines = texts._replace(offsets=_frozen(laid.lines))
    may_repeat(lines, laid.first_line, blocks != ANY, rule, found)
    paragraphs = texts._replace(offsets=_frozen(laid.paragraphs))
    if (blocks == PARAGRAPHS).any():
        may_repeat(paragraphs, laid.first_paragraph, (blocks == PARAGRAPHS) & ~found, rule, found)
    # A block may be no whole shingle.
    if rule.least <= len(texts.places) or rule.least < rule.part * len(texts.places):
        found[blocks == ANY] = True
    else:
        repeat_shingles(texts, blocks == ANY, found)
    return found


def _frozen(offsets: I64) -> I64:
    offsets.flags.writeable = False  # as those are that kernels are compiled for
    return offsets


@compiled
def may_repeat(texts: Texts, firsts: I64, wanted: Flags, rule: Rule, found: Flags) -> None:
    """Set ``found`` (n,) for the wanted texts in which a block may repeat another.

    Parameters
    ----------
    texts
        The blocks of all texts, as rows.
    firsts
        (n + 1,): the first block of each text.
    """
    largest, most = 0, 1
    for text in range(len(wanted)):
        if wanted[text]:
            size = texts.offsets[firsts[text + 1]] - texts.offsets[firsts[text]]
            largest, most = max(largest, size), max(most, firsts[text + 1] - firsts[text])
    seen, blocks = _seen_for(largest, texts.characters), _blocks_for(most)
    scratch = scratch_for(texts, 0, len(texts.offsets) - 1)
    for text in range(len(wanted)):
        first, stop = firsts[text], firsts[text + 1]
        if not wanted[text] or stop - first < 2:
            continue
        slots = _slots_for(texts.offsets[stop] - texts.offsets[first], texts.characters)
        row, noted = first, 0
        while row < stop:
            until = hash_piece(texts, row, stop, scratch)
            noted += scratch.ends[until - row]
            if noted >= slots:  # a text of nothing but ligatures may have a token a byte
                break
            for place in range(until - row):
                begin, tokens = scratch.ends[place], scratch.ends[place + 1] - scratch.ends[place]
                block, count = row + place - first, shingles_in(tokens, len(texts.places))
                blocks.tokens[block] = tokens
                _note(scratch.shingles, begin, count, block, text + 1, slots, seen, blocks)
            row = until
        found[text] = row < stop or _may_be_removed(blocks, stop - first, rule)


@compiled
def repeat_shingles(texts: Texts, wanted: Flags, found: Flags) -> None:
    """Set ``found`` (n,) for the wanted texts that have a shingle twice."""
    largest = 0
    for text in range(len(wanted)):
        if wanted[text]:
            largest = max(largest, texts.offsets[text + 1] - texts.offsets[text])
    seen, blocks = _seen_for(largest, texts.characters), _blocks_for(1)
    scratch = scratch_for(texts, 0, len(wanted))
    for text in range(len(wanted)):
        if wanted[text]:
            hash_piece(texts, text, text + 1, scratch)
            count = shingles_in(scratch.ends[1], len(texts.places))
            slots = _slots_for(texts.offsets[text + 1] - texts.offsets[text], texts.characters)
            found[text] = count >= slots
            if count < slots:
                _note(scratch.shingles, 0, count, 0, text + 1, slots, seen, blocks)
                found[text] = blocks.distinct[0] < count


@compiled
def _seen_for(size: int, characters: bool) -> _Seen:
    """Return room for the shingles of any text of so many bytes."""
    slots = _slots_for(size, characters)
    return _Seen(
        np.empty(slots, np.uint64),
        np.zeros(slots, np.int64),
        np.empty(slots, np.int64),
        np.empty(slots, np.int64),
    )


@compiled
def _blocks_for(count: int) -> _Blocks:
    return _Blocks(
        np.empty(count, np.int64),
        np.empty(count, np.int64),
        np.empty(count, np.int64),
        np.empty(count, np.int64),
    )


@unallocating
def _slots_for(size: int, characters: bool) -> int:
    """Return more slots than nearly all texts of so many bytes have tokens, a power of two."""
    slots, most = 64, size + size // 4 if characters else size // 2
    while slots < most + 2:
        slots *= 2
    return slots


@unallocating
def _note(
    shingles: U64,
    begin: int,
    count: int,
    block: int,
    generation: int,
    slots: int,
    seen: _Seen,
    blocks: _Blocks,
) -> None:
    distinct, before = 0, 0
    blocks.behind[block] = 0
    for place in range(begin, begin + count):
        shingle = shingles[place]
        slot = np.int64(shingle & U(slots - 1))
        while seen.generations[slot] == generation and seen.shingles[slot] != shingle:
            slot = (slot + 1) & (slots - 1)
        if seen.generations[slot] != generation:
            seen.generations[slot], seen.shingles[slot] = generation, shingle
            seen.first[slot] = seen.last[slot] = block
            distinct += 1
        elif seen.last[slot] != block:
            if seen.first[slot] == seen.last[slot]:
                blocks.behind[seen.first[slot]] += 1
            seen.last[slot] = block
            distinct, before = distinct + 1, before + 1
    blocks.distinct[block], blocks.before[block] = distinct, before


@unallocating
def _may_be_removed(blocks: _Blocks, count: int, rule: Rule) -> bool:
    worded, run, longest, weight = 0, 0, 0, 0.0  # copies one behind the other, and their weight
    short = 0  # copies that go if they are all of one block
    twice = changed = -rule.reach - 1  # the last blocks that stand twice, or are changed copies
    for block in range(count):
        distinct, before = blocks.distinct[block], np.float64(blocks.before[block])
        if distinct == 0:
            continue
        size, either = blocks.tokens[block] / rule.least, before + blocks.behind[block]
        copied = before >= rule.threshold * distinct
        run, weight = (run + 1, weight + size**3) if copied else (0, 0.0)
        if weight >= 1:
            return True
        longest = max(longest, run)
        short += copied and rule.part * size >= 1
        if short >= rule.often - 1:
            return True
        stands_twice = either >= rule.threshold * distinct
        is_changed = size >= 1 and either >= rule.alike * distinct
        if stands_twice and worded - changed <= rule.reach:
            return True
        if is_changed and worded - twice <= rule.reach:
            return True
        twice, changed = worded if stands_twice else twice, worded if is_changed else changed
        worded += 1
    return longest >= WHOLE * worded > 0
