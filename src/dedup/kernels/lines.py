"""Texts whose blocks are lines without those that they repeat: ``clean``, for many at once."""

from typing import NamedTuple

import numpy as np

from dedup.kernels.inside import match_blocks
from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.layout import LINES, Layout, breaks_in, layout, shown_in
from dedup.kernels.numbers import same_numbers
from dedup.kernels.numeric_variants import PairRule, is_numeric_variant
from dedup.kernels.reference import HAS_DIGIT, INSIDE, WEIGHT
from dedup.kernels.rows import Texts, shingle_rows, token_rows
from dedup.kernels.runs import Rows, mark_runs
from dedup.kernels.scalar import U, mix
from dedup.records import F64, I64, U8, U64, Flags

FEW, SOME, SHARED = 512, 1 << 17, 1 << 20  # as in decide
UNKNOWN = -1  # blocks that are removed from a text that is not cleaned here


class Rule(NamedTuple):
    """When a line is removed."""

    threshold: float
    contained: bool  # or Jaccard
    least: int  # words of a line that is removed alone, up to a million
    numeric_variants: bool  # whether lines stay that are numeric variants
    pair: PairRule


class Cleaned(NamedTuple):
    """Texts without what they repeat."""

    utf8: U8
    offsets: I64  # (n + 1,)
    blocks: I64  # (n,): how many were removed, or UNKNOWN


def clean_lines(texts: Texts, rule: Rule, *, always: bool) -> Cleaned:
    """Remove the lines that ``clean`` would, where that is known.

    It is not of a text whose blocks are perhaps no lines, before or after that, or that has too
    many of them, some that repeat others but for their figures, or a lone one that goes.

    Parameters
    ----------
    always
        Whether the blocks are lines whatever they look like.
    """
    laid = _laid(texts.utf8, texts.offsets)
    wanted = (laid.blocks == LINES) | always
    # Kernels are compiled for rows that are read-only.
    laid.lines.flags.writeable = False
    removed = np.zeros(len(laid.lines) - 1, np.bool_)
    blocks = np.full(len(wanted), UNKNOWN, np.int64)
    _mark(texts._replace(offsets=laid.lines), laid.first_line, wanted, rule, removed, blocks)
    sizes = np.diff(laid.lines)
    begin = laid.lines[0]
    left = texts.utf8[begin : laid.lines[-1]][np.repeat(~removed, sizes)]
    ends = np.concatenate(([0], np.cumsum(np.where(removed, 0, sizes))))
    offsets = ends[laid.first_line]
    if not always:  # what is left may call for another cut
        blocks[(_laid(left, offsets).blocks != LINES) & (blocks > 0)] = UNKNOWN
    return Cleaned(left, offsets, blocks)


def repeated_blocks(blocks: Texts, firsts: I64, rule: Rule) -> I64:
    """Count the blocks of each text that may be removed, (n,), or UNKNOWN.

    A block of many short lines counts as one long one, so there may be more than ``clean`` removes,
    but not where there is none.

    Parameters
    ----------
    blocks
        Those of all texts, as rows.
    firsts
        (n + 1,): the first block of each text.
    """
    found = np.full(len(firsts) - 1, UNKNOWN, np.int64)
    removed = np.zeros(len(blocks.offsets) - 1, np.bool_)
    _mark(blocks, firsts, np.ones(len(found), np.bool_), rule, removed, found)
    return found


def _laid(utf8: U8, offsets: I64) -> Layout:
    return layout(utf8, offsets, breaks_in(utf8))


@compiled
def _mark(
    lines: Texts, firsts: I64, wanted: Flags, rule: Rule, removed: Flags, blocks: I64
) -> None:
    """Set ``removed`` for the lines that go, and ``blocks`` (n,) for the wanted texts."""
    for text in range(len(wanted)):
        first, stop = firsts[text], firsts[text + 1]
        if not wanted[text]:
            continue
        shingles, sizes = shingle_rows(lines, first, stop)
        if stop - first > FEW and not _are_few(shingles):
            continue
        tokens, thirds, lengths = token_rows(lines, first, stop)
        numbers = np.flatnonzero(lengths)  # lines that show a token
        token_ends, ends = np.cumsum(lengths[numbers]), np.cumsum(sizes[numbers])
        count = len(numbers)
        offsets = np.zeros(count + 1, np.int64)
        offsets[1:] = ends
        numbered = first + numbers if rule.numeric_variants else numbers[:0]
        leader = _leaders(lines, numbered, tokens, token_ends)
        witness, similarity = np.arange(count), np.zeros(count)
        match_blocks(
            shingles,
            offsets,
            np.arange(count),
            leader,
            rule.threshold,
            rule.contained,
            witness,
            similarity,
        )
        if rule.numeric_variants and _has_variant(
            lines, first + numbers, leader, witness, similarity, rule.pair
        ):
            continue
        gone = np.zeros(count, np.bool_)
        words = _words(thirds, token_ends, witness)
        blocks[text] = mark_runs(Rows(witness, words, shingles, offsets), rule.least, gone)
        if _may_keep_body(witness, gone):
            blocks[text] = UNKNOWN
        elif blocks[text]:
            _remove(lines, first, stop, numbers, gone, removed)


@compiled
def _has_variant(
    lines: Texts, numbers: I64, leader: I64, witness: I64, similarity: F64, rule: PairRule
) -> bool:
    """Tell whether a near copy among lines is a numeric variant."""
    for row in range(len(witness)):
        of = witness[row]
        if leader[of] != leader[row] and is_numeric_variant(
            lines, numbers[row], numbers[of], similarity[row], rule
        ):
            return True
    return False


@compiled
def _may_keep_body(witness: I64, gone: Flags) -> bool:
    """Tell whether a lone line goes: perhaps its original does (``documents.body_copy``)."""
    count = len(witness)
    for row in range(count):
        if gone[row]:
            like = 0
            for other in range(count):
                like += gone[other] and other - witness[other] == row - witness[row]
            if like == 1:
                return True
    return False


@compiled
def _are_few(shingles: U64) -> bool:
    """Tell whether each line may be compared with each, as ``decide.are_few`` does of many."""
    if len(shingles) > SOME:
        return False
    ordered, pairs, same = np.sort(shingles), 0, 0
    for place in range(1, len(ordered)):
        same = same + 1 if ordered[place] == ordered[place - 1] else 0
        pairs += same
    return pairs <= SHARED


@compiled
def _words(thirds: U8, ends: I64, witness: I64) -> I64:
    """Count the words of each row, as ``weigh.words_of`` does for the columns of the text."""
    columns, begin = 0, 0
    for row in range(len(ends)):
        numbers, tokens = 0, 0
        for place in range(begin, ends[row]):
            numbers += thirds[place] == 0
            tokens += thirds[place] != INSIDE
        begin = ends[row]
        if witness[row] == row and 2 * numbers >= tokens:
            columns = max(columns, numbers)
    words, begin = np.empty(len(ends), np.int64), 0
    for row in range(len(ends)):
        total, named, of_named = 0, 0, 0
        for place in range(begin, ends[row]):
            total += thirds[place] & WEIGHT
            if thirds[place] & HAS_DIGIT:
                named += 1
                of_named += thirds[place] & WEIGHT
        begin = ends[row]
        words[row] = (total - of_named if named <= columns else total) // 3
    return words


@compiled
def _leaders(lines: Texts, numbered: I64, tokens: U64, ends: I64) -> I64:
    """Return the first row that is an exact copy of each.

    Exact copies have the same tokens, and the same numbers where ``numbered`` says which line each
    row is.
    """
    count, size = len(ends), 64
    while size < 2 * count:
        size *= 2
    leader, table, begin = np.arange(count), np.full(size, -1), 0
    for row in range(count):
        value = U(0)
        for place in range(begin, ends[row]):
            value = mix(value + tokens[place])
        slot = np.int64(value & U(size - 1))
        while table[slot] >= 0 and not (
            _same(tokens, ends, table[slot], row)
            and (len(numbered) == 0 or same_numbers(lines, numbered[table[slot]], numbered[row]))
        ):
            slot = (slot + 1) & (size - 1)
        if table[slot] < 0:
            table[slot] = row
        leader[row] = table[slot]
        begin = ends[row]
    return leader


@unallocating
def _same(tokens: U64, ends: I64, one: int, other: int) -> bool:
    begin = ends[one - 1] if one else 0
    start = ends[other - 1]
    if ends[one] - begin != ends[other] - start:
        return False
    for place in range(ends[one] - begin):  # noqa: SIM110  a kernel
        if tokens[begin + place] != tokens[start + place]:
            return False
    return True


@unallocating
def _remove(lines: Texts, first: int, stop: int, numbers: I64, gone: Flags, removed: Flags) -> None:
    """Remove lines, each with the blank ones behind it that have an end."""
    utf8, offsets = lines.utf8, lines.offsets
    for row in range(len(numbers)):
        if gone[row]:
            line = first + numbers[row]
            removed[line] = True
            line += 1
            while line < stop and utf8[offsets[line + 1] - 1] in (10, 13):
                if shown_in(utf8, offsets[line], offsets[line + 1]):
                    break
                removed[line] = True
                line += 1
