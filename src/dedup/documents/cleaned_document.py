"""The result of cleaning one document: the clean text, and what repeated what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np

from dedup.arrays.array_types import I64, Flags, Lines, MatchKind, Span
from dedup.arrays.packed import byte_offsets, encode, pack
from dedup.config import Config
from dedup.documents.block_runs import RowRun
from dedup.ledger.removals import Removal, RemovedRange, build_ledger
from dedup.matching.keep_first import Matches
from dedup.text.blocks import Cut, SpanLocator
from dedup.text.wording import format_count

SHOWN_RUNS = 5  # in a summary


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
    """Blocks ``first`` to ``last``, removed, that repeat ``witness_first`` to ``witness_last``."""

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
class CleanedDocument:
    """A cleaned text, with an account of what was removed and why.

    Attributes
    ----------
    source
        The text as it was given.
    document
        Its name, for the ledger.
    config
        The settings it was cleaned with.
    cut
        What was compared: ``"paragraph"``, ``"line"``, ``"sentence"`` or ``"wrapped
        sentence"``.
    offsets
        (n + 1,) int64: block i is ``source[offsets[i]:offsets[i + 1]]``, a paragraph, a line or a
        sentence, and the blanks behind it.
    kept
        (n,) bool: which blocks stay.
    has_tokens
        (n,) bool: which blocks have a token; the others are white space or punctuation.
    """

    source: str
    document: str
    config: Config
    cut: Cut
    offsets: I64
    kept: Flags
    has_tokens: Flags
    _matches: Matches
    _runs: Sequence[RowRun]

    @cached_property
    def text(self) -> str:
        """The cleaned text: the kept blocks, joined."""
        if self.kept.all():
            return self.source
        edges = self.offsets.tolist()
        kept = np.flatnonzero(self.kept).tolist()
        return "".join([self.source[edges[row] : edges[row + 1]] for row in kept])

    @cached_property
    def repeats(self) -> tuple[Repeat, ...]:
        """The removed blocks in order, each with the kept block that it repeats."""
        repeats = []
        for row in np.flatnonzero(~self.kept).tolist():
            kind, witness, similarity = self._matches.verdict(row, self.kept)
            chars, witness_chars = (
                Span(*self.offsets[at : at + 2].tolist()) for at in (row, witness)
            )
            lines = self._lines(row), self._lines(witness)
            repeats.append(Repeat(row, witness, kind, similarity, chars, witness_chars, *lines))
        return tuple(repeats)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The repeated runs: consecutive blocks that repeat consecutive blocks, which stay."""
        return tuple(
            Run(*ends, lines=self._lines(*ends[:2]), witness_lines=self._lines(*ends[2:]))
            for run in self._runs
            for ends in self._standing(run)
        )

    @cached_property
    def ledger(self) -> tuple[Removal, ...]:
        """One entry for each removed block; ``dedup.restore`` puts them back."""
        removed: list[RemovedRange] = [
            (self._bytes(one.block), 0, self._bytes(one.witness), one.kind, one.similarity)
            for one in self.repeats
        ]
        return build_ledger(pack([self.source]), 0, self.text, removed, self.document)

    @property
    def summary(self) -> str:
        """One line that a person reads.

        Examples
        --------
        >>> import dedup
        >>> dedup.clean("Nothing here repeats.").summary
        'nothing repeats in 1 sentence, 21 characters'
        """
        noun = self.cut.removeprefix("wrapped ")
        if noun == "line" and self.config.block == "auto":
            noun = "paragraph"  # chosen because a line is one
        total = format_count(int(self.has_tokens.sum()), noun)
        size = format_count(len(self.source), "character")
        if not self.has_tokens.any():
            return "nothing repeats: the text has no words"
        if not self.repeats:
            return f"nothing repeats in {total}, {size}"
        removed = len(self.source) - len(self.text)
        what = f"{len(self.repeats):,} of {total}, {removed:,} of {size}"
        shown = [_described(run, noun) for run in self.runs[:SHOWN_RUNS]]
        if more := len(self.runs) - len(shown):
            shown.append(f"and {format_count(more, 'more run')}")
        return f"removed {what}: {'; '.join(shown)}"

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

    def _bytes(self, first: int, last: int | None = None) -> Span:
        """Return the bytes of one block, or of the blocks up to another one."""
        return Span(*self._edges[[first, (first if last is None else last) + 1]].tolist())

    def _lines(self, first: int, last: int | None = None) -> Lines:
        return self._locator.locate(self._bytes(first, last))[1]

    def _standing(self, run: RowRun) -> Iterator[tuple[int, int, int, int]]:
        """Yield a run, or the parts of it whose originals stay and follow each other.

        What a run was found by may have been removed itself, as of three copies the second.
        """
        if self.kept[list(run.originals)].all():
            yield run.copies[0], run.copies[-1], run.originals[0], run.originals[-1]
            return
        numbers = np.cumsum(self.has_tokens)  # of blocks that have words
        originals = [self._matches.verdict(row, self.kept)[1] for row in run.copies]
        for _, part in groupby(enumerate(originals), lambda pair: numbers[pair[1]] - pair[0]):
            pairs = [*part]
            (first, witness_first), (last, witness_last) = pairs[0], pairs[-1]
            yield run.copies[first], run.copies[last], witness_first, witness_last


def _described(run: Run, noun: str) -> str:
    """Return the run by its lines, or by its blocks where all of it is in one line."""
    if run.lines != run.witness_lines:
        return str(run)
    copy, original = (run.first + 1, run.last + 1), (run.witness_first + 1, run.witness_last + 1)
    if run.first == run.last:
        return f"{noun} {copy[0]} repeats {noun} {original[0]}"
    return f"{noun}s {copy[0]}-{copy[1]} repeat {noun}s {original[0]}-{original[1]}"
