"""The word differences of two texts: of a removed copy and its witness.

The words of both texts are aligned by their longest common subsequence, which RapidFuzz computes
with bit-parallel operations. Texts are compared word by word, with case and punctuation; how they
are spaced and broken into lines does not count. In scripts without spaces each letter is compared.

Long texts are first cut at anchors: three consecutive words that occur once in both texts. Between
two anchors, ``MAX_CELLS`` limits time and memory: where the product of the lengths is larger, all
words count as different. Of texts with more than ``MAX_CHARACTERS`` together only the common
beginning and end count as equal. So time and memory grow linearly (see decision note 23).
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from operator import sub
from typing import Literal, NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U64, Flags
from dedup.text.mixing import mix64
from dedup.text.unicode import IDEOGRAPH, IGNORED, LETTER, MARK, tables
from dedup.text.wording import format_count

MAX_CELLS = 1 << 26  # product of the numbers of words that are aligned at a time; a bit each
MAX_CHARACTERS = 1 << 22  # of both texts together
ANCHOR_WORDS = 3
MAX_ISLAND_WORDS = 3  # so few common words between longer differences belong to these
ANCHOR_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio
MAX_QUOTED_CHARACTERS = 30  # of a replaced part that is quoted in one line
DIFFERENCE_WIDTH = 60  # characters of such a line, if the caller sets no other limit

SegmentKind = Literal["equal", "removed", "added"]


class Segment(NamedTuple):
    """A part of two compared texts."""

    kind: SegmentKind
    copy: str  # as in the first text; empty if it was added
    witness: str  # as in the second text; empty if it was removed


def word_differences(copy: str, witness: str) -> list[Segment]:
    r"""Return the parts that both texts have, and those that only one of them has.

    The ``copy`` parts of all segments joined are the first text, their ``witness`` parts the second
    one. The two parts of an equal segment may differ in white space.

    Parameters
    ----------
    copy
        A text, such as a removed copy.
    witness
        The text that it is compared with.

    Returns
    -------
    list of Segment
        In text order. Between two equal segments there is a removed one, an added one, or both in
        this order. A few equal words within a longer part that was replaced belong to it.

    Examples
    --------
    >>> for segment in word_differences("It rains on Monday.", "It rains\non Friday."):
    ...     print(segment)
    Segment(kind='equal', copy='It rains on ', witness='It rains\non ')
    Segment(kind='removed', copy='Monday', witness='')
    Segment(kind='added', copy='', witness='Friday')
    Segment(kind='equal', copy='.', witness='.')
    """
    both = spaced_words(copy), spaced_words(witness)
    numbers: dict[str, int] = {}  # of the different words
    words = [
        np.array([numbers.setdefault(word.rstrip(), len(numbers)) for word in one], np.int64)
        for one in both
    ]
    is_long = len(copy) + len(witness) > MAX_CHARACTERS
    common = _common_ranges(*words, cut_only=is_long)
    end = CommonRange(len(words[0]), len(words[1]), 0)
    return [*_segments(*both, _without_islands(common, end))]


def describe_differences(segments: Sequence[Segment], width: int = DIFFERENCE_WIDTH) -> str:
    """Return what differs in one line: short replacements, and the number of all other words.

    Parameters
    ----------
    segments
        The differences of two texts.
    width
        The number of characters that the line may have; the last part may exceed it.

    Returns
    -------
    str
        The signs are those of ``word_differences``: ``-`` counts words of the copy, ``+`` those of
        the witness. Punctuation is not counted.

    Examples
    --------
    >>> describe_differences(word_differences("Open on Monday.", "Open on Friday. Come all!"))
    '"Monday" -> "Friday", +2 words'
    >>> describe_differences(word_differences("The same.", "The  same."))
    'white space'
    """
    changes = [*_changes(segments)]
    words = [(_words(removed), _words(added)) for removed, added in changes]
    if all(_folded(removed) == _folded(added) for removed, added in words):
        return _difference_in_form(segments, has_words=any(any(pair) for pair in words))
    quotes: list[str] = []
    counts = {"-": 0, "+": 0}  # of the words that are not quoted
    unspaced = 0
    for (removed, added), (removed_words, added_words) in zip(changes, words, strict=True):
        quote = f'"{" ".join(removed.split())}" -> "{" ".join(added.split())}"'
        is_short = max(len(removed.strip()), len(added.strip())) <= MAX_QUOTED_CHARACTERS
        if is_short and removed_words and added_words:
            if quote not in quotes and len(", ".join([*quotes, quote])) <= width:
                quotes.append(quote)
            if quote in quotes:
                continue
        counts["-"] += len(removed_words)
        counts["+"] += len(added_words)
        unspaced += sum(map(is_unspaced, [*removed_words, *added_words]))
    noun = "character" if 2 * unspaced > sum(counts.values()) else "word"
    parts = [sign + format_count(count, noun) for sign, count in counts.items() if count]
    return ", ".join([*quotes, *parts])


def _difference_in_form(segments: Sequence[Segment], *, has_words: bool) -> str:
    """Return what differs between two texts with the same words."""
    if has_words:
        return "letter case"
    if any(segment.kind != "equal" for segment in segments):
        return "punctuation"
    is_same = all(segment.copy == segment.witness for segment in segments)
    return "nothing" if is_same else "white space"


def _folded(words: Sequence[str]) -> list[str]:
    return [word.rstrip().casefold() for word in words]


def _changes(segments: Sequence[Segment]) -> Iterator[tuple[str, str]]:
    """Yield what was removed and what was added at each place, one of them maybe empty."""
    removed = ""
    for segment in segments:
        if segment.kind == "added" or removed:
            yield removed, segment.witness if segment.kind == "added" else ""
        removed = segment.copy if segment.kind == "removed" else ""
    if removed:
        yield removed, ""


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a word with the white space after it, and of an unspaced letter.

    A sign between two letters or digits joins them, as in ``1,200`` and ``don't``. The shipped
    Unicode tables tell which letters are written without spaces.
    """
    kinds = tables().kinds_of(np.arange(0x110000, dtype=np.uint32))
    unspaced = _character_class((kinds == IDEOGRAPH) | (kinds == LETTER))
    marks = f"[{_character_class((kinds == MARK) | (kinds == IGNORED))}]*+"
    letters = rf"(?:[^\W{unspaced}]{marks})++"
    word = rf"[{unspaced}]{marks}|{letters}(?:[.,:/'\u2019-]{letters})*+|(\S)\1*+"
    return re.compile(rf"\A\s*+|(?:{word})\s*+"), re.compile(f"[{unspaced}]")


def _character_class(chosen: Flags) -> str:
    """Return the ranges of the chosen code points as in a regular expression."""
    edges = np.flatnonzero(np.diff(chosen, prepend=False, append=False)).reshape(-1, 2)
    return "".join(rf"\U{first:08x}-\U{stop - 1:08x}" for first, stop in edges.tolist())


def spaced_words(text: str) -> list[str]:
    """Return the words of a text, each with the white space after it; joined they are the text.

    The first one is the white space before the first word, maybe empty.

    Examples
    --------
    >>> spaced_words(" A cat's 1,200 ...")
    [' ', 'A ', "cat's ", '1,200 ', '...']
    """
    return [match[0] for match in _patterns()[0].finditer(text)]


def _words(part: str) -> list[str]:
    """Return the words of a part, without punctuation."""
    return [word for word in spaced_words(part) if any(map(str.isalnum, word))]


def is_unspaced(word: str) -> bool:
    """Tell whether a word is a letter of a script without spaces."""
    return _patterns()[1].match(word) is not None


class CommonRange(NamedTuple):
    """Consecutive words that both texts have."""

    start: int  # in the first text
    witness_start: int
    length: int


def _common_ranges(copy: I64, witness: I64, *, cut_only: bool) -> Iterator[CommonRange]:
    """Yield the common words of two texts, in order; neighbours are not joined.

    Parameters
    ----------
    copy, witness
        (n,), (m,): equal words have equal numbers.
    cut_only
        Whether only the common beginning and end are yielded.
    """
    head = _common_length(copy, witness)
    tail = _common_length(copy[head:][::-1], witness[head:][::-1])
    stop, witness_stop = len(copy) - tail, len(witness) - tail
    yield CommonRange(0, 0, head)
    if not cut_only:
        anchors: list[tuple[int, int]] = []
        if (stop - head) * (witness_stop - head) > MAX_CELLS:
            found = _anchors(copy[head:stop], witness[head:witness_stop])
            anchors = [(head + place, head + witness_place) for place, witness_place in found]
        start = witness_start = head
        for place, witness_place in [*anchors, (stop, witness_stop)]:
            part = copy[start:place], witness[witness_start:witness_place]
            for first, witness_first, length in _aligned(*part):
                yield CommonRange(start + first, witness_start + witness_first, length)
            start, witness_start = place, witness_place
    yield CommonRange(stop, witness_stop, tail)


def _common_length(copy: I64, witness: I64) -> int:
    """Return the number of equal words at the beginning."""
    shorter = min(len(copy), len(witness))
    different = np.flatnonzero(copy[:shorter] != witness[:shorter])
    return int(different[0]) if len(different) else shorter


def _anchors(copy: I64, witness: I64) -> list[tuple[int, int]]:
    """Return where both texts have the same words, in ascending order of both places.

    At each place begin ``ANCHOR_WORDS`` words that occur once in either text. As many such places
    are chosen as are in the same order in both texts (as in Bram Cohen's patience diff).

    Examples
    --------
    >>> one, other = np.array([1, 2, 3, 4, 9, 9, 9, 9]), np.array([9, 9, 9, 9, 0, 1, 2, 3, 4])
    >>> _anchors(one, other)
    [(0, 5), (1, 6)]
    """
    (keys, places), (witness_keys, witness_places) = map(_unique_runs, (copy, witness))
    found = np.searchsorted(witness_keys, keys)
    found[found == len(witness_keys)] = 0
    is_common = witness_keys[found] == keys if len(witness_keys) else np.zeros(len(keys), bool)
    common = places[is_common].tolist(), witness_places[found[is_common]].tolist()
    pairs = sorted(zip(*common, strict=True))
    # The longest increasing subsequence: the last pair of the best one of each length so far.
    ends: list[int] = []
    last: list[int] = []
    previous: list[int] = []
    for number, (_, witness_place) in enumerate(pairs):
        length = bisect_left(ends, witness_place)
        previous.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [witness_place]
        last[length : length + 1] = [number]
    chosen = []
    number = last[-1] if last else -1
    while number >= 0:
        chosen.append(pairs[number])
        number = previous[number]
    return chosen[::-1]


def _unique_runs(words: I64) -> tuple[U64, I64]:
    """Return the hashes of runs of words that occur once, ascending, and where each begins."""
    count = max(len(words) - ANCHOR_WORDS + 1, 0)
    hashes = np.zeros(count, np.uint64)
    for place in range(ANCHOR_WORDS):
        hashes = mix64(hashes * ANCHOR_FACTOR + words[place : place + count].astype(np.uint64))
    order = np.argsort(hashes, kind="stable")
    hashes = hashes[order]
    differs = np.ones(count + 1, bool)
    differs[1:-1] = hashes[1:] != hashes[:-1]
    is_unique = differs[1:] & differs[:-1]
    return hashes[is_unique], order[is_unique]


def _aligned(copy: I64, witness: I64) -> list[CommonRange]:
    """Return the longest common subsequence of two lists of words, none if they are too long."""
    if not 0 < len(copy) * len(witness) <= MAX_CELLS:
        return []
    from rapidfuzz.distance import Indel  # noqa: PLC0415  not at start-up: only a difference needs it

    return [
        CommonRange(code.src_start, code.dest_start, code.src_end - code.src_start)
        for code in Indel.opcodes(copy.tolist(), witness.tolist())
        if code.tag == "equal"
    ]


def _without_islands(ranges: Iterable[CommonRange], stop: CommonRange) -> list[CommonRange]:
    """Join neighbouring ranges, and leave out short ones between longer differences.

    Parameters
    ----------
    ranges
        The common words, in order.
    stop
        The end of both texts, of length 0.

    Examples
    --------
    >>> ranges = [CommonRange(0, 0, 3), CommonRange(9, 9, 1), CommonRange(12, 30, 4)]
    >>> for one in _without_islands([*ranges, CommonRange(16, 34, 1)], CommonRange(17, 35, 0)):
    ...     print(one)
    CommonRange(start=0, witness_start=0, length=3)
    CommonRange(start=12, witness_start=30, length=5)
    """
    kept = [CommonRange(0, 0, 0)]
    for one in (*(one for one in ranges if one.length), stop):
        while len(kept) > 1 and _is_island(kept[-2], kept[-1], one):
            kept.pop()
        last = kept[-1]
        if _gap(last, one) == 0:
            kept[-1] = last._replace(length=last.length + one.length)
        else:
            kept.append(one)
    return [one for one in kept if one.length]


def _is_island(before: CommonRange, middle: CommonRange, after: CommonRange) -> bool:
    gap = min(_gap(before, middle), _gap(middle, after))
    return middle.length <= MAX_ISLAND_WORDS and middle.length < gap


def _gap(before: CommonRange, after: CommonRange) -> int:
    """Return the number of words between two ranges, in the text that has more of them."""
    starts = before.start, before.witness_start
    next_starts = after.start, after.witness_start
    return max(map(sub, next_starts, starts)) - before.length


def _segments(
    copy: Sequence[str], witness: Sequence[str], ranges: Iterable[CommonRange]
) -> Iterator[Segment]:
    """Yield the segments of two lists of words, whose common ranges are given."""
    place = witness_place = 0
    for start, witness_start, length in (*ranges, CommonRange(len(copy), len(witness), 0)):
        if start > place:
            yield Segment("removed", "".join(copy[place:start]), "")
        if witness_start > witness_place:
            yield Segment("added", "", "".join(witness[witness_place:witness_start]))
        place, witness_place = start + length, witness_start + length
        equal = "".join(copy[start:place]), "".join(witness[witness_start:witness_place])
        if any(equal):
            yield Segment("equal", *equal)
