"""Differences of two texts as lines for a person: ``-`` what goes, ``+`` what its witness has.

Around each change some words of both texts are shown. The words that differ are coloured, or marked
as ``[-removed-]`` and ``{+added+}`` where colours are off, as wdiff and git mark them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from operator import attrgetter
from typing import Literal, NamedTuple

from dedup.files.standard_streams import printable
from dedup.reports.differences import Segment, is_unspaced, spaced_words

CONTEXT_CHARACTERS = 60  # of equal text that are shown before a change, and after it
MAX_ADDED_CHARACTERS = 400  # of an added segment, which is cut in the middle: it stays anyway
MIN_WIDTH = 20  # of the lines, however narrow the terminal is
ELLIPSIS = "..."

Sign = Literal["-", "+"]
COLORS: dict[Sign, str] = {"-": "red", "+": "green"}
MARKS: dict[Sign, tuple[str, str]] = {"-": ("[-", "-]"), "+": ("{+", "+}")}


class MarkedText(NamedTuple):
    """A part of one of both texts."""

    text: str
    is_marked: bool  # the other text lacks it


class Word(NamedTuple):
    """A printable word of a line."""

    text: str
    is_marked: bool
    has_space: bool  # after it


@dataclass(slots=True)
class Hunk:
    """Neighbouring changes, with the words around them in both texts."""

    copy_line: int  # where the first change is, counted from 1
    witness_line: int
    copy: list[MarkedText]
    witness: list[MarkedText]


def hunks_of(segments: Sequence[Segment]) -> Iterator[Hunk]:
    """Yield the changes; those with little equal text between them are in one hunk.

    Examples
    --------
    >>> from dedup.reports.differences import word_differences
    >>> (hunk,) = hunks_of(word_differences("It rains on Monday.", "It rains on Friday."))
    >>> [part.text for part in hunk.copy], [part.is_marked for part in hunk.copy]
    (['It rains on ', 'Monday', '.'], [False, True, False])
    """
    copy_line = witness_line = 1
    hunk: Hunk | None = None
    before = Segment("equal", "", "")
    for number, segment in enumerate(segments):
        if segment.kind != "equal":
            hunk = hunk or Hunk(
                copy_line,
                witness_line,
                [_context(_end(before.copy))],
                [_context(_end(before.witness))],
            )
            if segment.kind == "removed":
                hunk.copy.append(MarkedText(segment.copy, is_marked=True))
            else:
                hunk.witness.append(MarkedText(_shortened(segment.witness), is_marked=True))
        elif hunk is not None:
            is_last = number == len(segments) - 1
            is_long = is_last or len(segment.copy) > 2 * CONTEXT_CHARACTERS
            for side, text in ((hunk.copy, segment.copy), (hunk.witness, segment.witness)):
                side.append(_context(_beginning(text) if is_long else text))
            if is_long:
                yield hunk
                hunk = None
        before = segment
        copy_line += segment.copy.count("\n")
        witness_line += segment.witness.count("\n")
    if hunk is not None:
        yield hunk


def _context(text: str) -> MarkedText:
    return MarkedText(text, is_marked=False)


def _beginning(text: str) -> str:
    """Return the first words of a text, with dots for the others."""
    if len(text) <= CONTEXT_CHARACTERS:
        return text
    words = _fitting(spaced_words(text[: 2 * CONTEXT_CHARACTERS]))
    return f"{''.join(words).rstrip()} {ELLIPSIS}\n"


def _end(text: str) -> str:
    """Return the last words of a text, with dots for the others."""
    if len(text) <= CONTEXT_CHARACTERS:
        return text
    words = spaced_words(text[-2 * CONTEXT_CHARACTERS :])[2:]  # the first may be half a word
    last = _fitting(reversed(words))
    while last and not any(map(str.isalnum, last[-1])):
        last.pop()
    return f"{ELLIPSIS} {''.join(reversed(last))}"


def _fitting(words: Iterable[str]) -> list[str]:
    """Return the first words, as many as are shown around a change."""
    found = [*words]
    sizes = accumulate(map(len, found))
    return found[: sum(size <= CONTEXT_CHARACTERS for size in sizes)]


def _shortened(text: str) -> str:
    """Return a text without its middle, whose words are counted."""
    if len(text) <= MAX_ADDED_CHARACTERS:
        return text
    words = spaced_words(text)
    half, size, first = MAX_ADDED_CHARACTERS // 2, 0, 0
    while first < len(words) and size + len(words[first]) <= half:
        size, first = size + len(words[first]), first + 1
    size, last = 0, len(words)
    while last > first and size + len(words[last - 1]) <= half:
        size, last = size + len(words[last - 1]), last - 1
    count = f" {ELLIPSIS} ({last - first:,} more words) {ELLIPSIS} "
    return "".join([*words[:first], count, *words[last:]])


class DiffLines:
    """Makes the lines of differences.

    Parameters
    ----------
    width
        Characters of a line.
    is_coloured
        Whether words are coloured by escape sequences of terminals.

    Examples
    --------
    >>> from dedup.reports.differences import word_differences
    >>> segments = word_differences("It rains on Monday.", "It rains on Friday.")
    >>> print("".join(DiffLines(80, is_coloured=False).of_segments(segments)), end="")
    @@ -1 +1 @@
    - It rains on [-Monday-].
    + It rains on {+Friday+}.
    """

    def __init__(self, width: int, *, is_coloured: bool) -> None:
        self.width, self.is_coloured = width, is_coloured

    def title(self, line: str) -> str:
        """Return a heading."""
        return self._styled(printable(line), bold=True) + "\n"

    def place(self, line: str) -> str:
        """Return the line that names the place of what follows."""
        return self._styled(printable(f"@@ {line} @@"), fg="cyan") + "\n"

    def of_segments(self, segments: Sequence[Segment]) -> Iterator[str]:
        """Yield the lines of the differences of two texts."""
        for hunk in hunks_of(segments):
            yield self.place(f"-{hunk.copy_line} +{hunk.witness_line}")
            yield from self._of_hunk(hunk)

    def of_changes(self, segments: Sequence[Segment]) -> Iterator[str]:
        """Yield the same lines without their places."""
        for hunk in hunks_of(segments):
            yield from self._of_hunk(hunk)

    def _of_hunk(self, hunk: Hunk) -> Iterator[str]:
        """Yield the lines of a hunk; those of a text without changes are left out."""
        sides: list[tuple[Sign, list[MarkedText]]] = [("-", hunk.copy), ("+", hunk.witness)]
        for sign, parts in sides:
            if any(part.is_marked for part in parts):
                yield from self._lines(sign, parts)

    def of_removed(self, text: str) -> Iterator[str]:
        """Yield the lines of a text that goes as a whole."""
        yield from self._lines("-", [MarkedText(text, is_marked=True)])

    def _lines(self, sign: Sign, parts: Sequence[MarkedText]) -> Iterator[str]:
        # Marks of a whole text would say nothing.
        has_context = any(part.text.strip() for part in parts if not part.is_marked)
        mark_width = sum(map(len, MARKS[sign])) if has_context and not self.is_coloured else 0
        for words in _text_lines(parts):
            for line in _wrapped(words, max(self.width - 2, MIN_WIDTH), mark_width):
                yield self._styled(sign, fg=COLORS[sign]) + " "
                yield self._joined(sign, line, has_marks=has_context) + "\n"

    def _joined(self, sign: Sign, words: Sequence[Word], *, has_marks: bool) -> str:
        """Return a line whose marked words are coloured or in brackets."""
        parts = []
        for is_marked, run in groupby(words, attrgetter("is_marked")):
            joined = "".join(word.text + " " * word.has_space for word in run)
            text = joined.rstrip()
            if is_marked and self.is_coloured:
                text = self._styled(text, fg=COLORS[sign], bold=has_marks)
            elif is_marked and has_marks:
                text = text.join(MARKS[sign])
            parts.append(text + joined[len(joined.rstrip()) :])
        return "".join(parts).rstrip()

    def _styled(self, text: str, *, fg: str | None = None, bold: bool = False) -> str:
        from click import style  # noqa: PLC0415  the library does not need it

        return style(text, fg=fg, bold=bold or None) if self.is_coloured else text


def _text_lines(parts: Sequence[MarkedText]) -> Iterator[list[Word]]:
    """Yield the words of each line that is not blank."""
    words: list[Word] = []
    for part in parts:
        for spaced in spaced_words(part.text):
            word = spaced.rstrip()
            space = spaced[len(word) :]
            if word:
                words.append(Word(printable(word), part.is_marked, bool(space)))
            elif words and space:  # a part that begins with white space
                words[-1] = words[-1]._replace(has_space=True)
            if words and len(f"{space}.".splitlines()) > 1:
                yield words
                words = []
    if words:
        yield words


def _wrapped(words: Sequence[Word], width: int, mark_width: int) -> Iterator[list[Word]]:
    """Break a line between words, between letters of scripts without spaces, or in a long word.

    ``mark_width`` is the number of characters around consecutive marked words.
    """
    from rich.cells import cell_len  # noqa: PLC0415  not at start-up: only a report needs it

    line: list[Word] = []
    chunk: list[Word] = []  # words without a space between them
    used = size = 0  # width of the line, and of the chunk by itself
    for word in _narrow(words, width - mark_width):
        length = cell_len(word.text)
        marks = _marks_between(chunk, word, mark_width)
        if size + length + marks > width:
            if line:
                yield line
                line, used = [], 0
            yield chunk
            chunk, size, marks = [], 0, mark_width * word.is_marked
        chunk.append(word)
        size += length + marks
        if word.has_space or is_unspaced(word.text):
            more = size - mark_width * chunk[0].is_marked
            more += _marks_between(line, chunk[0], mark_width)
            if line and used + more > width:
                yield line
                line, used, more = [], 0, size
            line += chunk
            used += more + word.has_space
            chunk, size = [], 0
    if line and chunk and used + size > width:
        yield line
        line = []
    yield line + chunk


def _marks_between(before: Sequence[Word], word: Word, mark_width: int) -> int:
    """Return the width of the marks that a word needs after other words."""
    is_first = not (before and before[-1].is_marked)
    return mark_width * (word.is_marked and is_first)


def _narrow(words: Iterable[Word], width: int) -> Iterator[Word]:
    """Cut words that are wider than a line."""
    from rich.cells import cell_len, chop_cells  # noqa: PLC0415  as above

    for word in words:
        if cell_len(word.text) <= width:
            yield word
            continue
        *parts, last = chop_cells(word.text, width)
        yield from (Word(part, word.is_marked, has_space=False) for part in parts)
        yield word._replace(text=last)
