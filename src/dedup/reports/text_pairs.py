"""Two similar texts side by side: the words that differ are marked, long equal parts are cut."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dedup.reports.differences import word_differences
from dedup.reports.visible_text import middle_cut, visible

MIN_PART_CHARACTERS = 160  # of a part that is cut, so many are shown
MAX_PAIR_CHARACTERS = 100_000  # of each text are compared; the rest is not shown
# A part of so many characters, from one of so many places of a copy, is searched in the witness.
SEARCHED_CHARACTERS, SEARCHED_PLACES = 50, 20


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
    copy, witness = visible(copy), visible(witness)
    start = _similar_part(copy, witness)
    shown = copy[:MAX_PAIR_CHARACTERS], witness[start : start + MAX_PAIR_CHARACTERS]
    segments = word_differences(*shown)
    copy_parts = [TextPart(one.copy, one.kind != "equal") for one in segments if one.copy]
    witness_parts = [TextPart(one.witness, one.kind != "equal") for one in segments if one.witness]
    before = [TextPart("", is_changed=False, cut=start)] if start else []
    return TextPair(
        tuple(_shortened(copy_parts, limit, len(copy) - len(shown[0]))),
        (*before, *_shortened(witness_parts, limit, len(witness) - start - len(shown[1]))),
    )


def _similar_part(copy: str, witness: str) -> int:
    """Return where the part of a long witness begins that a copy repeats; 0 if it is not found.

    Examples
    --------
    >>> copy = "It rains on Monday, but the sun shines on all other days of this whole week."
    >>> _similar_part(copy, "x" * MAX_PAIR_CHARACTERS + copy) == MAX_PAIR_CHARACTERS
    True
    """
    if len(witness) <= MAX_PAIR_CHARACTERS:
        return 0
    for place in range(0, len(copy), max(len(copy) // SEARCHED_PLACES, 1)):
        sought = copy[place : place + SEARCHED_CHARACTERS]
        found = witness.find(sought) if len(sought) == SEARCHED_CHARACTERS else -1
        if found >= 0:
            return max(found - place, 0)
    return 0


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
