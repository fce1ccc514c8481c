"""Finds the runs of repeated blocks that are long enough to be removed.

A *block run* is a sequence of consecutive blocks that repeats another sequence, block by block. A
text also repeats itself on purpose: refrains, labels, rows of tables. So a run is removed only if
it has enough words, or if it belongs to a larger copy. The thresholds are our own;
``docs/decisions/0005-natural-repetition.md`` has the reasons and the measurements.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from dedup.arrays.array_types import I64
from dedup.documents.block_matches import VariantGroups

CHANGED_COPY_OVERLAP = 0.65  # minimum for a changed copy; one changed word in 20 leaves 0.77
MIN_LOOP_COUNT = 50  # occurrences of a short block that no refrain has
LOOP_WORDS_DIVISOR = 4  # such a block needs this fraction of ``min_words``
SHORT_VARIANT_TOKENS = 100  # a run with other numbers is kept if it has at most so many tokens
MAX_NEAR_COPIES = 8  # copies before and after a block from which a run may repeat
PAIR = 2  # blocks of a group that has one copy
MAX_GAP_BLOCKS = 4  # distance from the end of a run to another block of the same copy
FAR_BLOCKS = 64  # a single block that returns at this distance returns on purpose
MIN_DOUBLED_BLOCKS = 5  # different blocks of a text that consists of itself twice, at least
DOUBLED_TENTHS = 4  # tenths of its blocks that are in the run, at least
MAX_CORE_MIN_WORDS = 1 << 20  # the core cubes the words of blocks, which must fit in 64 bits
IsChangedCopy = Callable[[int, int], bool]


class BlockRun(NamedTuple):
    """Consecutive blocks that repeat other consecutive blocks, pair by pair."""

    copies: tuple[int, ...]
    originals: tuple[int, ...]


class BlockRepeats(NamedTuple):
    """The n blocks of a text, and which of them repeat each other.

    Attributes
    ----------
    groups
        (n,): blocks with the same number repeat each other.
    priority
        (n,): of two blocks that repeat each other, the one with the lower value is the original.
    words
        (n,): the number of words of each block.
    min_words
        A single block with so many words is removed.
    is_changed_copy
        Tells whether a block is a changed copy of another one: similar, but not enough to be
        removed.
    variants
        Groups without numeric variants; None if there are none.
    """

    groups: I64
    priority: I64
    words: I64
    min_words: int
    is_changed_copy: IsChangedCopy = lambda _copy, _original: False
    variants: VariantGroups | None = None


def find_block_runs(blocks: I64, repeats: BlockRepeats) -> list[BlockRun]:
    """Find the runs of repeated blocks that are long enough to be removed.

    A run is removed in each of these cases:

    - The cubes of its blocks' words, each group counted once, sum to at least the cube of
      ``min_words``. If that is 20, one block of 20 words is enough, or five of 12, or forty of 6.
    - It continues such a run after a few changed blocks.
    - Its blocks occur only twice, and a long block next to it is a changed copy of the block next
      to its original.
    - The text consists of itself twice.

    All copies of a block but the first are removed if it occurs at least ``MIN_LOOP_COUNT`` times
    and has a quarter of ``min_words``: no refrain returns so often. A run with other numbers than
    its original is kept if it has at most ``SHORT_VARIANT_TOKENS`` tokens.

    The search is repeated without the blocks of the runs found, until it finds nothing. So nothing
    is found in a text from which the runs were removed.

    Parameters
    ----------
    blocks
        (m,): the blocks to search, ascending; each is taken as adjacent to the next one.
    repeats
        All blocks of the text.

    Returns
    -------
    list of BlockRun
        In the order of the copies; no block is a copy twice.

    Examples
    --------
    >>> import numpy as np
    >>> groups = np.array([0, 1, 2, 3, 1, 2])
    >>> blocks, words = np.arange(6), np.array([9, 9, 9, 9, 9, 2])
    >>> find_block_runs(blocks, BlockRepeats(groups, blocks, words, 8))
    [BlockRun(copies=(4, 5), originals=(1, 2))]
    """
    runs: list[BlockRun] = []
    same_numbers = repeats
    if repeats.variants:
        same_numbers = repeats._replace(groups=repeats.variants.groups, variants=None)
    while found := (
        RunFinder(blocks, repeats).long_runs()
        or (repeats.variants and RunFinder(blocks, same_numbers).long_runs())
        or RunFinder(blocks, same_numbers).loops()
    ):
        runs += found
        blocks = blocks[~np.isin(blocks, [block for run in found for block in run.copies])]
    return sorted(runs)


class AlignedRun(NamedTuple):
    """``length`` blocks from ``copy`` on that repeat as many from ``original`` on."""

    copy: int
    original: int
    length: int

    @property
    def stop(self) -> int:
        """The block after the copy."""
        return self.copy + self.length


class RunFinder:
    """Finds runs among blocks, and decides which are long enough to be removed.

    Inside, blocks are numbered among the blocks that are searched; ``_blocks`` has their numbers in
    the text. A *diagonal* is the difference between an original and its copy.
    """

    def __init__(self, blocks: I64, repeats: BlockRepeats) -> None:
        self._groups: list[int] = repeats.groups[blocks].tolist()
        self._priority: list[int] = repeats.priority[blocks].tolist()
        self._blocks: list[int] = blocks.tolist()
        self._words: list[int] = np.minimum(repeats.words[blocks], repeats.min_words).tolist()
        self._min_words, self._is_changed_copy = repeats.min_words, repeats.is_changed_copy
        variants = repeats.variants
        if variants is None:
            variants = VariantGroups(repeats.groups, np.zeros_like(repeats.groups))
        self._is_variant: list[bool] = (variants.groups != repeats.groups)[blocks].tolist()
        self._tokens: list[int] = variants.token_counts[blocks].tolist()
        self._members: dict[int, list[int]] = defaultdict(list)
        for block, group in enumerate(self._groups):
            self._members[group].append(block)
        priority = self._priority.__getitem__
        self._firsts = {group: min(each, key=priority) for group, each in self._members.items()}
        self._extended: dict[int, range] = {}  # the last run found on each diagonal

    def long_runs(self) -> list[BlockRun]:
        """Return the runs that are long enough, and the blocks that continue them."""
        runs: list[AlignedRun] = []
        too_short, searched = range(0), 0
        for block, group in enumerate(self._groups):
            if block < searched or self._firsts[group] == block:
                continue
            run = self._longest_run(block, first=searched)
            # A part of a run that was too short is too short as well.
            if run.copy >= too_short.start and run.stop <= too_short.stop:
                continue
            if self._is_long_enough(run) and not self._is_short_variant(run):
                runs.append(run)
                searched = run.stop
            else:
                too_short = range(run.copy, run.stop)
        taken = {block for run in runs for block in range(run.copy, run.stop)}
        for run in tuple(runs):
            for step in (1, -1):
                runs.extend(self._continuations(run, step, taken))
        return [
            BlockRun(*(tuple(self._blocks[start : start + length]) for start in (copy, original)))
            for copy, original, length in runs
        ]

    def loops(self) -> list[BlockRun]:
        """Return the copies of blocks that occur more often than any refrain."""
        runs = []
        for group, members in self._members.items():
            if len(members) < MIN_LOOP_COUNT:
                continue
            first = self._firsts[group]
            copies = [
                block
                for block in members
                if block != first and LOOP_WORDS_DIVISOR * self._words[block] >= self._min_words
            ]
            for _, consecutive in groupby(enumerate(copies), lambda copy: copy[1] - copy[0]):
                blocks = tuple(self._blocks[block] for _, block in consecutive)
                runs.append(BlockRun(blocks, (self._blocks[first],) * len(blocks)))
        return runs

    def _longest_run(self, block: int, first: int) -> AlignedRun:
        """Return the longest run of copies that contains ``block``, from ``first`` on."""
        runs = []
        for diagonal in (original - block for original in self._near_originals(block)):
            copies = self._extend(block, diagonal)
            start = max(copies.start, first)
            runs.append(AlignedRun(start, start + diagonal, copies.stop - start))
        return max(runs, key=attrgetter("length"))  # the first of equally long ones

    def _is_long_enough(self, run: AlignedRun) -> bool:
        """Return whether a run is more than intentional repetition."""
        distance = abs(run.original - run.copy)
        is_single = run.length == 1 and len(self._members[self._groups[run.copy]]) == PAIR
        if is_single and distance >= FAR_BLOCKS:
            return self._is_beside_changed_copy(run)
        group_words: dict[int, int] = defaultdict(int)
        for block in range(run.copy, run.stop):
            group = self._groups[block]
            group_words[group] = max(self._words[block], group_words[group])
        if sum(words**3 for words in group_words.values()) >= self._min_words**3:
            return True
        is_most_of_text = 10 * run.length >= DOUBLED_TENTHS * len(self._groups)
        if distance >= run.length and len(group_words) >= MIN_DOUBLED_BLOCKS and is_most_of_text:
            return True
        only_pairs = all(len(self._members[group]) == PAIR for group in group_words)
        return only_pairs and self._is_beside_changed_copy(run)

    def _is_short_variant(self, run: AlignedRun, continued: AlignedRun | None = None) -> bool:
        """Return whether a run has other numbers than its original, and few tokens.

        The tokens of the run that it continues count as well. A run that overlaps its original
        consists of several texts, each as long as the distance of the two.
        """
        if not any(self._is_variant[run.copy : run.stop]):
            return False
        tokens = 0
        for copy, original, length in filter(None, (run, continued)):
            stop = copy + min(length, abs(original - copy))
            tokens += sum(self._tokens[copy:stop])
        return tokens <= SHORT_VARIANT_TOKENS

    def _is_beside_changed_copy(self, run: AlignedRun) -> bool:
        diagonal = run.original - run.copy
        before = range(max(run.copy - MAX_GAP_BLOCKS, -diagonal, 0), run.copy)
        after_stop = min(run.stop + MAX_GAP_BLOCKS, len(self._groups) - max(diagonal, 0))
        return any(
            min(self._words[block], self._words[block + diagonal]) >= self._min_words
            and self._is_changed_copy(self._blocks[block], self._blocks[block + diagonal])
            for block in (*before, *range(run.stop, after_stop))
        )

    def _continuations(self, run: AlignedRun, step: int, taken: set[int]) -> Iterator[AlignedRun]:
        """Yield the runs that continue the copy forwards (1) or backwards (-1).

        Blocks in ``taken`` belong to other runs; the blocks of the runs found are added to it. A
        run of a single block is not continued by a block that occurs more than twice, such as the
        name of a speaker.
        """
        diagonal = run.original - run.copy
        end = run.stop - 1 if step > 0 else run.copy
        block = end + step
        while abs(block - end) <= MAX_GAP_BLOCKS:
            begin = block
            while self._repeats(block, diagonal) and block not in taken:
                if run.length == 1 and len(self._members[self._groups[block]]) > PAIR:
                    break
                block += step
            first = min(begin, block - step)
            more = AlignedRun(first, first + diagonal, abs(block - begin))
            if more.length and not self._is_short_variant(more, run):
                taken.update(range(first, more.stop))
                end = block - step
                yield more
            block += step

    def _near_originals(self, block: int) -> list[int]:
        """Return the originals near a block, those of lowest priority value first.

        ``max`` takes the first of equally long runs, so that its original is kept.
        """
        group = self._groups[block]
        place = bisect_left(self._members[group], block)
        near = self._members[group][max(place - MAX_NEAR_COPIES, 0) : place + 1 + MAX_NEAR_COPIES]
        originals = [
            near_block for near_block in near if self._priority[near_block] < self._priority[block]
        ]
        return sorted(originals, key=self._priority.__getitem__) or [self._firsts[group]]

    def _extend(self, block: int, diagonal: int) -> range:
        """Return the copies of the run on a diagonal that contains ``block``."""
        extended = self._extended.get(diagonal, range(0))
        if block not in extended:
            start, stop = block, block + 1
            while self._repeats(start - 1, diagonal):
                start -= 1
            while self._repeats(stop, diagonal):
                stop += 1
            extended = self._extended[diagonal] = range(start, stop)
        return extended

    def _repeats(self, copy: int, diagonal: int) -> bool:
        """Return whether a block repeats the block at a distance of ``diagonal``."""
        original = copy + diagonal
        if min(copy, original) < 0 or max(copy, original) >= len(self._groups):
            return False
        is_same = self._groups[copy] == self._groups[original]
        return is_same and self._priority[original] < self._priority[copy]
