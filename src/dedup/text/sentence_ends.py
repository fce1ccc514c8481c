r"""Whether a sentence or a line ends between two tokens: surely, possibly, or not.

The marks are those at which ``text.blocks`` cuts sentences. There a missed or false end of a
sentence costs little. Here a full stop that may belong to an abbreviation is only a possible end.
"""

import re
from itertools import takewhile

from dedup.text.blocks import LONGEST_WORD, SENTENCE_MARKS, WIDE_MARKS, is_wrapped

NO_END, POSSIBLE_END, LINE_END, SURE_END = range(4)

LINE_BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"  # of ``str.splitlines``
# ``end_between`` finds an end only where one of these characters is.
END_BYTES = re.compile(
    b"|".join(re.escape(char.encode()) for char in f".{SENTENCE_MARKS}{WIDE_MARKS}{LINE_BREAKS}")
)
ELLIPSES = ("\u2026", "..")
MAX_ORDINAL_DIGITS = 2  # of an ordinal number with a full stop ("3. Mai")
# Abbreviations that never end a sentence (titles), and abbreviations that may.
_TITLE_LIST = (
    "Mr mr Mrs mrs Ms Dr dr Prof prof Gen Gov Sen Rep Lt Col Sgt Capt Cmdr Rev Hon Adm Maj Supt "
    "Insp Nos Nr nr Vol vol Fig fig pp vs Hr hr Frl Dipl Ing bzw ca evtl ggf inkl Mme Mlle Mgr Sra "
    "Srta Dra Dn Ud Uds Exmo Sig Dott Avv dhr mevr ул им тов"
)
_OTHERS = "St Sr sr Jr No Inc Ltd Corp Bros Mt Ft Jan Feb Apr Aug Sept Oct Nov Dec Fr гр др"  # noqa: RUF001
ABBREVIATED_TITLES = frozenset(_TITLE_LIST.split())
ABBREVIATIONS = frozenset(_OTHERS.split())

_CLOSING = "\"'\u2019\u201d\u00bb)\\]"
_WIDE_CLOSING = "\u300d\u300f\uff09"
END_MARKS = SENTENCE_MARKS + WIDE_MARKS  # and the full stop
AFTER_END_MARKS = _CLOSING.replace("\\", "") + _WIDE_CLOSING
# In Thai and Lao a full stop marks an abbreviation, never the end of a sentence.
FIRST_WITHOUT_END, LAST_WITHOUT_END = 0x0E00, 0x0EFF
_LAST_WORD = re.compile(rf"(\w*)[{_CLOSING}]*$")
_SENTENCE_MARK = re.compile(rf"([.{SENTENCE_MARKS}]+)([{_CLOSING}]*)")
_WIDE_MARK = re.compile(f"[{WIDE_MARKS}]")
_BLANK = re.compile(r"\s")
_AFTER_MARK = re.compile(rf"[{re.escape(AFTER_END_MARKS)}\s]")
_LAST_MARK = re.compile(
    rf"(?<![{chr(FIRST_WITHOUT_END)}-{chr(LAST_WITHOUT_END)}])[.]|[{re.escape(END_MARKS)}]"
)


def ends_sentence(text: str) -> bool:
    """Return whether a text ends with a sentence mark, perhaps followed by closing quotes.

    Examples
    --------
    >>> ends_sentence('"We sail."'), ends_sentence("We sail. \u2014 Ada Vey, captain")
    (True, False)
    """
    end = len(text)
    while end and _AFTER_MARK.match(text, end - 1):  # a search would try each mark of the text
        end -= 1
    return bool(end and _LAST_MARK.match(text, end - 1))


def end_between(before: str, gap: str, behind: str) -> int:
    r"""Return whether a sentence or a line ends between two tokens.

    Parameters
    ----------
    before
        The text up to the first mark or line break between the tokens. Its last word suffices.
    gap
        The text from there to the second token.
    behind
        The first character of the second token.

    Returns
    -------
    int
        ``SURE_END``: a blank line; or a sentence mark before a blank, or between a lower-case and
        an upper-case letter ("end.The", where two texts were joined). ``POSSIBLE_END``: a full stop
        that may belong to an abbreviation, an initial or an ordinal ("Sept. 7", "J. Smith",
        "3. Mai"); or, before a lower-case letter, an ellipsis or the end of a quotation.
        ``LINE_END``: a line break without a sure end. ``NO_END``: none of these, or the full stop
        of a title ("Mr. Smith").

    Examples
    --------
    >>> end_between("the dock", ". ", "S") == end_between("终于回来了", "。", "每") == SURE_END
    True
    >>> end_between("met J", ". ", "S") == end_between('"Really', '?" ', "s") == POSSIBLE_END
    True
    >>> end_between("A headline", "\n", "T") == LINE_END
    True
    >>> end_between("rose by 3", ".", "5") == end_between("met Mr", ". ", "S") == NO_END
    True
    """
    breaks = len(f"{gap}.".splitlines()) - 1
    if breaks > 1 or _WIDE_MARK.search(gap):
        return SURE_END
    end = _sentence_end(before, gap, behind)
    return LINE_END if breaks and end != SURE_END else end


def _sentence_end(before: str, gap: str, behind: str) -> int:
    mark = _SENTENCE_MARK.search(gap)
    if not mark:
        return NO_END
    last = _LAST_WORD.search(before)
    word = last[1] if last else ""
    is_joined = word[-1:].islower() and behind.isupper()
    if not (is_joined or _BLANK.search(gap, mark.end())):
        return NO_END
    if mark[1] == "." and word in ABBREVIATED_TITLES:
        return NO_END
    if mark[1] == "." and _is_abbreviated(word):
        return POSSIBLE_END
    may_continue = behind.islower() and (mark[2] or mark[1].startswith(ELLIPSES))
    return POSSIBLE_END if may_continue else SURE_END


def _is_abbreviated(word: str) -> bool:
    if word.isdecimal():
        return len(word) <= MAX_ORDINAL_DIGITS
    return word in ABBREVIATIONS or (len(word) == 1 and word.lower() != word.upper())


def is_wrap(above: list[str], below: list[str]) -> bool:
    """Return whether a line break only wraps a paragraph to a width.

    Parameters
    ----------
    above, below
        The lines before and after the line break, one or more of each.

    Examples
    --------
    >>> lines = ["Menu", "", "The council met on Thursday evening to hear the case for a",
    ...          "bridge across the river, and to vote on the money that it", "needs."]
    >>> is_wrap(lines[:3], lines[3:]), is_wrap(lines[:1], lines[2:])
    (True, False)
    """
    paragraph = [*takewhile(bool, map(str.strip, reversed(above)))][::-1]
    split = len(paragraph)
    paragraph += takewhile(bool, map(str.strip, below))
    if not 0 < split < len(paragraph):
        return False
    last, following = paragraph[split - 1 : split + 1]
    needed = len(last) + 1 + min(len(following.split(maxsplit=1)[0]), LONGEST_WORD)
    return needed > max(map(len, paragraph)) and is_wrapped(paragraph)
