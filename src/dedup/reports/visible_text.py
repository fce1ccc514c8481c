"""Shows the characters of a text that a browser hides, or that reorder what is around them."""

import re

# Controls but tab and line feed, separators of lines, direction overrides and isolates, tags,
# annotations, lone surrogates, and code points that are no characters.
HIDDEN_CHARACTERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
MIN_CUT, MAX_WORD = 80, 20  # characters that are cut out; that a cut moves to white space
LINE_ENDS = re.compile("\r\n?")


def visible(text: str) -> str:
    r"""Return a text whose hidden characters are shown as code points; any line end is a line feed.

    The result can be encoded in UTF-8. It is not escaped for HTML.

    Examples
    --------
    >>> visible("a\x00b\r\n\u202ec\ud800")
    'a⟨U+0000⟩b\n⟨U+202E⟩c⟨U+D800⟩'
    """
    return HIDDEN_CHARACTERS.sub(_code_point, LINE_ENDS.sub("\n", text))


def _code_point(found: re.Match[str]) -> str:
    return f"⟨U+{ord(found[0]):04X}⟩"


def middle_cut(text: str, limit: int) -> tuple[str, int, str]:
    """Return the beginning and the end of a text, and the number of characters between them.

    Both end at white space if there is some nearby. Less than ``MIN_CUT`` characters stay.

    Examples
    --------
    >>> begin, cut, end = middle_cut("one two " * 100, 60)
    >>> begin, cut, end
    ('one two one two one two one ', 743, ' two one two one two one two ')
    """
    if len(text) - limit < MIN_CUT:
        return text, 0, ""
    begin, end = limit - limit // 2, len(text) - limit // 2
    begin = text.rfind(" ", max(begin - MAX_WORD, 0), begin) + 1 or begin
    space = text.find(" ", end, end + MAX_WORD)
    end = space if space > 0 else end
    return text[:begin], end - begin, text[end:]
