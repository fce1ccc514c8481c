"""Two similar texts side by side: the words that differ are marked, long equal parts are cut."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dedup.reports.differences import word_differences
from dedup.reports.visible_text import middle_cut

MIN_PART_CHARACTERS = 160  # of a part that is cut, so many are shown
MAX_PAIR_CHARACTERS = 100_000  # of each text; the rest is not shown


class TextPart(NamedTuple):
    """A part of a text beside another one."""

    text: str
    is_changed: bool  # the other text does not have it
    cut: int = 0  # number of characters that are not shown, after ``text``


class TextPair(NamedTuple):
    """A removed text and its witness, in parts."""

    copy: tuple[TextPart, ...]
    witness: tuple[TextPart, ...]


def text_pair(copy: str, witness: str, limit: int) -> TextPair:
    """Compare two texts.

    Parameters
    ----------
    copy, witness
        A removed text, and the text that it repeats.
    limit
        The number of characters that are shown of each, about.

    Examples
    --------
    >>> text_pair("It rains on Monday", "It rains on Friday", 100).copy[1]
    TextPart(text='Monday', is_changed=True, cut=0)
    """
    shown = copy[:MAX_PAIR_CHARACTERS], witness[:MAX_PAIR_CHARACTERS]
    segments = word_differences(*shown)
    copy_parts = [TextPart(one.copy, one.kind != "equal") for one in segments if one.copy]
    witness_parts = [TextPart(one.witness, one.kind != "equal") for one in segments if one.witness]
    return TextPair(
        tuple(_shortened(copy_parts, limit, len(copy) - len(shown[0]))),
        tuple(_shortened(witness_parts, limit, len(witness) - len(shown[1]))),
    )


def _shortened(parts: Sequence[TextPart], limit: int, hidden: int) -> Iterator[TextPart]:
    """Cut the middle of the longest parts, and the end of many parts.

    Parameters
    ----------
    hidden
        The number of characters that follow the parts and were not compared.

    Examples
    --------
    >>> parts = [TextPart("one two " * 100, is_changed=False)]
    >>> [(len(part.text), part.cut) for part in _shortened(parts, 200, 0)]
    [(100, 603), (97, 0)]
    """
    share = max(limit // max(len(parts), 1), MIN_PART_CHARACTERS)
    hidden += sum(len(part.text) for part in parts)
    for part in parts:
        if limit <= 0:
            yield TextPart("", is_changed=False, cut=hidden)
            return
        begin, cut, end = middle_cut(part.text, share)
        limit -= len(begin) + len(end)
        hidden -= len(part.text)
        yield TextPart(begin, part.is_changed, cut)
        if end:
            yield TextPart(end, part.is_changed)
    if hidden:
        yield TextPart("", is_changed=False, cut=hidden)
