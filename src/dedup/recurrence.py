"""Which blocks are boilerplate: they recur in texts that are otherwise not alike."""

from dataclasses import dataclass, replace

import numpy as np

from dedup.config import Config
from dedup.cuts import Blocks, without
from dedup.engine import hash_blocks, match_texts
from dedup.groups import Groups, fingerprints, gathered, texts_with
from dedup.records import I64, Flags
from dedup.text.packed import Packed
from dedup.weigh import words_of

ALIKE = 0.5  # of what is left of a text stands in another one that it is counted with
NEAR_END = 3  # blocks of another kind between a short block and an end of its text
TENTH = 10  # or so many times fewer than the text has
NONE = -1


@dataclass(frozen=True, slots=True)
class Recurring:
    """The groups of blocks that are boilerplate, by variant as in ``Groups``."""

    patterns: I64  # (p,): which groups
    df: I64  # (p,): in how many texts that differ each is
    words: I64  # (p,)
    gone: Flags  # (b,): which blocks go


def find_recurring(  # noqa: PLR0913, PLR0917
    packed: Packed,
    blocks: Blocks,
    groups: Groups,
    config: Config,
    min_df: int,
    threads: int | None = None,
) -> Recurring:
    """Find the groups that recur, and where their blocks may go."""
    count = len(groups.first)
    worded = np.flatnonzero(groups.variant >= 0)
    rows, of = blocks.rows[worded], groups.of_blocks[worded]
    stands_for = counted_as(packed, blocks, groups, config, min_df, threads)
    counted = stands_for[rows] != NONE
    df = texts_with(of[counted], stands_for[rows[counted]], count)
    found = np.flatnonzero(df >= min_df)
    words = np.zeros(count, np.int64)
    spans = gathered(packed.utf8, blocks.edges, groups.first[found])
    words[found] = words_of(hash_blocks(*spans, config)[0])
    texts = len(np.unique(stands_for[stands_for != NONE]))
    patterns, blank = np.zeros((2, count), np.bool_)
    patterns[found] = enough(df[found], words[found], texts, min_df, config.min_tokens)
    blank[found] = words[found] == 0
    kinds = Kinds(patterns, words >= config.min_tokens, blank)
    patterns = without_content(rows, of, kinds)
    gone = np.zeros(len(blocks), np.bool_)
    gone[worded] = removable(rows, of, replace(kinds, patterns=patterns))
    numbers = np.flatnonzero(patterns)
    return Recurring(numbers, df[numbers], words[numbers], gone)


def counted_as(  # noqa: PLR0913, PLR0917
    packed: Packed,
    blocks: Blocks,
    groups: Groups,
    config: Config,
    min_df: int,
    threads: int | None = None,
) -> I64:
    """Return the number under which each text is counted, (n,): ``NONE`` if it is not.

    Of copies of a text one is to be counted, though all their blocks recur. What tells texts
    apart is what does not recur: a text is counted when ``min_tokens`` words or numbers are in
    blocks that fewer than ``min_df`` texts have, and with others when half of that is like theirs.
    """
    of, rows = groups.of_blocks, blocks.rows
    worded = of >= 0
    df = texts_with(of[worded], rows[worded], len(groups.first))
    own = np.zeros(len(of), np.bool_)
    own[worded] = df[of[worded]] < min_df
    left = without(packed, blocks, own)
    by_words = replace(config, unit="word")
    counts, prints = fingerprints(left.utf8, left.offsets, by_words, threads)
    # Not by row: the order of the texts must not change what is found.
    order = np.lexsort((prints[:, 1], prints[:, 0], -counts))
    order = order[counts[order] >= config.min_tokens]
    threshold = min(ALIKE, config.threshold)
    alike = replace(config, threshold=threshold, keep="first", templates="remove")
    matches, _ = match_texts(*gathered(left.utf8, left.offsets, order), alike, threads=threads)
    stands_for = np.full(len(packed), NONE)
    stands_for[order] = matches.witness
    return stands_for


def enough(df: I64, words: I64, texts: int, min_df: int, min_tokens: int) -> Flags:
    """Tell which groups recur often enough for their words, (g,).

    The fewer words, the sooner something recurs by chance: ``min_tokens`` words have to be in
    ``min_df`` texts, half as many words in twice as many, or in every second text.

    Examples
    --------
    >>> enough(np.array([10, 10, 20, 30]), np.array([20, 10, 10, 2]), 60, 10, 20).tolist()
    [True, False, True, True]
    """
    weight = np.minimum(words, min_tokens)
    often = (df * weight >= min_df * min_tokens) | (2 * df >= texts)
    result: Flags = often & (df >= min_df) & (words > 0)
    return result


@dataclass(frozen=True, slots=True)
class Kinds:
    """What groups are, (g,) each."""

    patterns: Flags
    long: Flags  # of ``min_tokens`` words or more
    blank: Flags  # recurs, but has no words: page numbers, rules


def removable(rows: I64, groups: I64, kinds: Kinds) -> Flags:
    """Tell which blocks may go as boilerplate, (w,).

    A long one may wherever it stands. A short one may say something where it stands: it goes
    beside a long one, with nothing but boilerplate between them, and where at most ``NEAR_END``
    blocks of another kind part it from the beginning or the end of its text.

    Parameters
    ----------
    rows, groups
        (w,): the text and the group of each block with tokens, in the order of the texts.

    Examples
    --------
    >>> groups = np.array([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    >>> kinds = Kinds(*np.array([[False, True], [False, False], [False, False]]))
    >>> np.flatnonzero(removable(np.zeros(11, np.int64), groups, kinds)).tolist()
    [0, 10]
    """
    if not len(rows):
        return np.zeros(0, np.bool_)
    recurs = kinds.patterns[groups]
    other = ~recurs & ~kinds.blank[groups]
    others = np.concatenate(([0], np.cumsum(other)))
    begins, ends = np.searchsorted(rows, rows), np.searchsorted(rows, rows, "right")
    before, behind = others[:-1] - others[begins], others[ends] - others[1:]
    near = np.minimum(NEAR_END, (others[ends] - others[begins]) // TENTH)
    fresh = np.ones(len(rows), np.bool_)  # where a run of boilerplate, or of others, begins
    fresh[1:] = (other[1:] != other[:-1]) | (rows[1:] != rows[:-1])
    firsts = np.flatnonzero(fresh)
    long = np.logical_or.reduceat((kinds.patterns & kinds.long)[groups], firsts)
    beside = np.repeat(long, np.diff(np.append(firsts, len(rows))))
    result: Flags = recurs & (beside | (np.minimum(before, behind) <= near))
    return result


def without_content(rows: I64, groups: I64, kinds: Kinds) -> Flags:
    """Return the patterns without the short ones that are content mostly, (g,).

    Those are what stands mostly where ``removable`` lets it stay: "Yes." in an interview. Then
    others may be further from the ends of their texts than they were, so this is asked again.
    """
    patterns = kinds.patterns
    blocks = np.bincount(groups, minlength=len(patterns))
    while True:
        going = groups[removable(rows, groups, replace(kinds, patterns=patterns))]
        left = patterns & (2 * np.bincount(going, minlength=len(patterns)) >= blocks)
        if (left == patterns).all():
            return left
        patterns = left
