"""The rule of docs/decisions/0012-spans.md by which spans are cut back, in plain Python."""

import re
from collections.abc import Iterator
from itertools import pairwise

from dedup.text.blocks import is_wrapped
from tools.unicode_tables import DIGIT, IDEOGRAPH, IGNORED, LETTER, MARK, WORD, fold, kind

NO, POSSIBLE, SURE = range(3)
TITLES = re.compile(
    "[Mm]rs?|Ms|[Dd]r|[Pp]rof|Gen|Gov|Sen|Rep|Lt|Col|Sgt|Capt|Cmdr|Rev|Hon|Adm|Maj|Supt|Insp|Nos|"
    "[Nn]r|[Vv]ol|[Ff]ig|pp|vs|[Hh]r|Frl|Dipl|Ing|bzw|ca|evtl|ggf|inkl|Mme|Mlle|Mgr|Sra|Srta|Dra|"
    "Dn|Uds?|Exmo|Sig|Dott|Avv|dhr|mevr|ул|им|тов"
)
SHORT = re.compile(
    r"\d|\d\d|St|[Ss]r|Jr|No|Inc|Ltd|Corp|Bros|Mt|Ft|Jan|Feb|Apr|Aug|Sept|Oct|Nov|Dec|Fr|гр|др"
)
MARKS, WIDE = ".!?…؟۔।॥։።", "。！？．"
QUOTES = "\"'’”»)]"


def begins_of(text: str, unit: str) -> list[int]:
    """Return the character that each token of a text begins with."""
    begins, in_word = [], False
    for at, whole in enumerate(text):
        for part in fold(ord(whole)):
            what = kind(ord(part))
            if what in (IGNORED, MARK):
                continue
            joins = what in (WORD, DIGIT)
            alone = what in (IDEOGRAPH, LETTER)
            if alone or (joins and (unit == "char" or not in_word)):
                begins.append(at)
            in_word = joins
    return begins


def end_before(text: str, first: int, begin: int) -> int:
    """Return whether a sentence or line ends between the tokens that begin at two characters."""
    gap, after = text[first:begin], text[begin]
    breaks = len(f"{gap}.".splitlines()) - 1
    if breaks > 1 or any(char in WIDE for char in gap):
        return SURE
    found = sentence_end_before(text, first, begin)
    if not breaks or found == SURE:
        return found
    if not wraps(text, next(at for at in range(first, begin) if breaks_line(text[at]))):
        return SURE
    return NO if after.islower() else POSSIBLE


def breaks_line(char: str) -> bool:
    return len(f"{char}.".splitlines()) > 1


def sentence_end_before(text: str, first: int, begin: int) -> int:
    marks = [at for at in range(first, begin) if text[at] in MARKS]
    if not marks:
        return NO
    stop = closed = next(at for at in range(marks[0], begin + 1) if text[at] not in MARKS)
    while text[closed] in QUOTES:
        closed += 1
    run, after = text[marks[0] : stop], text[begin]
    head = next(at for at in range(first, begin) if text[at] in MARKS or breaks_line(text[at]))
    word = re.search(r"\w*\Z", text[:head].rstrip(QUOTES))
    assert word is not None
    blank = any(char.isspace() for char in text[closed:begin])
    if not blank and not (word[0][-1:].islower() and after.isupper()):
        return NO
    if run == "." and TITLES.fullmatch(word[0]):
        return NO
    initial = len(word[0]) == 1 and word[0].lower() != word[0].upper()
    if run == "." and (initial or SHORT.fullmatch(word[0])):
        return POSSIBLE
    open_end = closed > stop or run.startswith(("…", ".."))
    return POSSIBLE if open_end and after.islower() else SURE


def wraps(text: str, place: int) -> bool:
    """Return whether a line end wraps a paragraph: the next word would not have fitted."""
    above = text[:place].splitlines()
    below = text[place:].splitlines()[1:]
    paragraph: list[str] = []
    for line in reversed(above):
        if not line.strip():
            break
        paragraph.insert(0, line.strip())
    last = len(paragraph) - 1
    for line in below:
        if not line.strip():
            break
        paragraph.append(line.strip())
    if last < 0 or last + 1 == len(paragraph):
        return False
    word = paragraph[last + 1].split()[0][:15]
    fits = len(paragraph[last]) + 1 + len(word) <= max(map(len, paragraph))
    return not fits and is_wrapped(paragraph)


def spans_of(repeated: list[bool]) -> Iterator[tuple[int, int]]:
    start = None
    for at, repeats in enumerate([*repeated, False]):
        if repeats and start is None:
            start = at
        elif not repeats and start is not None:
            yield start, at
            start = None


def cut_back(text: str, unit: str, repeated: list[bool], min_span: int) -> list[bool]:
    """Return which of the repeated tokens of a text are removed."""
    begins = begins_of(text, unit)
    is_removed = [False] * len(repeated)
    ends = [NO, *(end_before(text, *pair) for pair in pairwise(begins))]
    for start, stop in spans_of(repeated):
        near = range(min_span)
        into = [start + step for step in near if 5 * step < min_span]
        back = [stop - step for step in near if 5 * step < min_span]
        first = start if start == 0 else edge(ends, into)
        last = stop if stop == len(begins) else edge(ends, back)
        is_removed[first:last] = [True] * (last - first)
    return is_removed


def edge(ends: list[int], places: list[int]) -> int:
    """Return where a span is cut, of the places from its edge inwards."""
    sure = [place for place in places if ends[place] == SURE]
    possible = [place for place in places if ends[place] == POSSIBLE]
    if sure:
        return sure[0]
    if possible and ends[places[0]] == NO:
        return possible[-1]
    return places[0]
