"""The result of ``clean``: the clean text, and what repeated what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np

from dedup.arrays.array_types import I64, Flags, Lines, MatchKind, Span
from dedup.arrays.packed import byte_offsets, encode, pack
from dedup.arrays.reportable import Reportable
from dedup.config import Config
from dedup.documents.block_runs import BlockRun
from dedup.ledger.removals import Removal, RemovedRange, build_ledger
from dedup.matching.keep_first import Matches
from dedup.text.blocks import Cut, SpanLocator
from dedup.text.wording import format_count

MAX_SUMMARY_RUNS = 5  # runs that a summary names


@dataclass(frozen=True, slots=True)
class Repeat:
    """A removed block, and its witness: the kept block that it repeats.

    Attributes
    ----------
    block, witness
        The numbers of the two blocks, counted from 0.
    kind
        ``"exact"`` if both have the same tokens, otherwise ``"near"``.
    similarity
        The exact similarity of the block to its witness.
    chars, witness_chars
        Where the two blocks are in the text: half-open ranges of characters.
    lines, witness_lines
        The lines that they begin and end in, counted from 1.
    """

    block: int
    witness: int
    kind: MatchKind
    similarity: float
    chars: Span
    witness_chars: Span
    lines: Lines
    witness_lines: Lines


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive removed blocks that repeat consecutive kept blocks.

    Attributes
    ----------
    first, last
        The first and the last removed block, counted from 0.
    witness_first, witness_last
        The first and the last kept block that they repeat.
    lines, witness_lines
        The lines of both, counted from 1.
    """

    first: int
    last: int
    witness_first: int
    witness_last: int
    lines: Lines
    witness_lines: Lines

    def __str__(self) -> str:
        """Return ``lines 12-21 repeat lines 2-11``."""
        verb = "repeats" if self.lines.first == self.lines.last else "repeat"
        return f"{self.lines} {verb} {self.witness_lines}"


@dataclass(frozen=True, eq=False)
class CleanedDocument(Reportable):
    """A cleaned text, and what was removed from it and why.

    Attributes
    ----------
    source
        The text before cleaning.
    document
        Its name in the ledger; empty if it has none.
    config
        The settings that were used.
    cut
        The kind of the blocks: ``"paragraph"``, ``"line"``, ``"sentence"`` or ``"wrapped
        sentence"``.
    offsets
        (n + 1,) int64, in characters: block i is ``source[offsets[i]:offsets[i + 1]]``, with the
        white space after it.
    kept
        (n,) bool: which blocks are kept.
    has_tokens
        (n,) bool: which blocks have a token; other blocks are white space or punctuation.
    """

    source: str
    document: str
    config: Config
    cut: Cut
    offsets: I64
    kept: Flags
    has_tokens: Flags
    _matches: Matches
    _runs: Sequence[BlockRun]

    @cached_property
    def text(self) -> str:
        """The clean text, made of the kept blocks."""
        if self.kept.all():
            return self.source
        edges = self.offsets.tolist()
        kept = np.flatnonzero(self.kept).tolist()
        return "".join([self.source[edges[block] : edges[block + 1]] for block in kept])

    @cached_property
    def repeats(self) -> tuple[Repeat, ...]:
        """The removed blocks in order, each with its witness."""
        return tuple(self._repeat(block) for block in np.flatnonzero(~self.kept).tolist())

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The removed runs, which are consecutive blocks that repeat consecutive kept blocks."""
        return tuple(
            Run(*ends, lines=self._lines(*ends[:2]), witness_lines=self._lines(*ends[2:]))
            for run in self._runs
            for ends in self._parts_with_kept_witnesses(run)
        )

    @cached_property
    def ledger(self) -> tuple[Removal, ...]:
        """One entry for each removed block; ``dedup.restore`` puts the blocks back."""
        removed = [
            RemovedRange(
                self._bytes(repeat.block),
                0,
                self._bytes(repeat.witness),
                repeat.kind,
                repeat.similarity,
            )
            for repeat in self.repeats
        ]
        return build_ledger(pack([self.source]), 0, self.text, removed, self.document)

    @property
    def summary(self) -> str:
        """What was removed, in one line.

        Examples
        --------
        >>> import dedup
        >>> dedup.clean("Nothing here repeats.").summary
        'nothing repeats in 1 sentence, 21 characters'
        """
        return self.summarize()

    def summarize(self, *, is_preview: bool = False) -> str:
        """Return what was removed, in one line.

        Parameters
        ----------
        is_preview
            Whether the clean text was not written, so that the line says "would remove".
        """
        noun = block_noun(self.cut, self.config)
        total = format_count(int(self.has_tokens.sum()), noun)
        size = format_count(len(self.source), "character")
        if not self.has_tokens.any():
            return "nothing repeats: the text has no words"
        if not self.repeats:
            return f"nothing repeats in {total}, {size}"
        removed = len(self.source) - len(self.text)
        removals = f"{len(self.repeats):,} of {total}, {removed:,} of {size}"
        runs = [_describe(run, noun) for run in self.runs[:MAX_SUMMARY_RUNS]]
        if more := len(self.runs) - len(runs):
            runs.append(f"and {format_count(more, 'more run')}")
        verb = "would remove" if is_preview else "removed"
        return f"{verb} {removals}: {'; '.join(runs)}"

    def __repr__(self) -> str:
        """Return the name and the summary."""
        name = f" {self.document!r}" if self.document else ""
        return f"<CleanedDocument{name}: {self.summary}>"

    @cached_property
    def _edges(self) -> I64:
        """The byte offsets of the blocks, (n + 1,)."""
        return byte_offsets(encode(self.source), self.offsets)

    @cached_property
    def _locator(self) -> SpanLocator:
        return SpanLocator(self.source)

    def _repeat(self, block: int) -> Repeat:
        kind, witness, similarity = self._matches.verdict(block, self.kept)
        return Repeat(
            block=block,
            witness=witness,
            kind=kind,
            similarity=similarity,
            chars=self._chars(block),
            witness_chars=self._chars(witness),
            lines=self._lines(block),
            witness_lines=self._lines(witness),
        )

    def _chars(self, block: int) -> Span:
        return Span(*self.offsets[block : block + 2].tolist())

    def _bytes(self, first: int, last: int | None = None) -> Span:
        """Return the bytes of the blocks from ``first`` to ``last``, default one block."""
        return Span(*self._edges[[first, (first if last is None else last) + 1]].tolist())

    def _lines(self, first: int, last: int | None = None) -> Lines:
        return self._locator.locate(self._bytes(first, last))[1]

    def _parts_with_kept_witnesses(self, run: BlockRun) -> Iterator[tuple[int, int, int, int]]:
        """Yield the parts of a run that repeat consecutive kept blocks: the ends of both.

        The originals of a run may have been removed themselves: of three copies in a row, the
        third was found as a copy of the second.
        """
        if self.kept[list(run.originals)].all():
            yield run.copies[0], run.copies[-1], run.originals[0], run.originals[-1]
            return
        places = np.cumsum(self.has_tokens)  # among the blocks with tokens
        witnesses = [self._matches.verdict(block, self.kept)[1] for block in run.copies]
        for _, part in groupby(enumerate(witnesses), lambda pair: places[pair[1]] - pair[0]):
            pairs = [*part]
            (first, witness_first), (last, witness_last) = pairs[0], pairs[-1]
            yield run.copies[first], run.copies[last], witness_first, witness_last


def block_noun(cut: str, config: Config) -> str:
    """Return what a message calls the blocks of a text that was cut in some way.

    Examples
    --------
    >>> block_noun("line", Config()), block_noun("line", Config(split_by="line"))
    ('paragraph', 'line')
    """
    noun = cut.removeprefix("wrapped ")
    # "auto" cuts into lines if each line is a paragraph.
    return "paragraph" if noun == "line" and config.split_by == "auto" else noun


def _describe(run: Run, noun: str) -> str:
    """Return the lines of a run, or its blocks if all of it is in one line."""
    if run.lines != run.witness_lines:
        return str(run)
    copy, original = (run.first + 1, run.last + 1), (run.witness_first + 1, run.witness_last + 1)
    if run.first == run.last:
        return f"{noun} {copy[0]} repeats {noun} {original[0]}"
    return f"{noun}s {copy[0]}-{copy[1]} repeat {noun}s {original[0]}-{original[1]}"
