"""Plain oracle: words, shingles and containment, written without regard to the implementation."""

from __future__ import annotations

import functools
import itertools
import re
import sys
import unicodedata
from collections import Counter

_MARKS = "".join(
    chr(code)
    for code in range(sys.maxunicode + 1)
    if unicodedata.category(chr(code)) in {"Mn", "Mc", "Me"}
)
# Han, kana, Thai, Lao, Khmer, Myanmar: written without spaces, one character is one word.
_UNSPACED = (
    "\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\uff66-\uff9f"
)
_WORD = re.compile(
    rf"(?=[^\W_])[{_UNSPACED}][{_MARKS}]*|[^\W_](?:(?![{_UNSPACED}])[^\W_]|[{_MARKS}])*"
)
_SENTENCE = re.compile(r".+?(?:[.!?…؟۔።]+[\"'”’»)\]]*(?=\s|$)|[。！？]+[”’」』）)]*|$)", re.DOTALL)

Shingle = tuple[str, ...]


def words(text: str) -> list[str]:
    """List the words of a text, compatibility-normalised and casefolded.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list[str]
        Runs of letters, digits and marks; single characters (with their marks) in scripts
        that are written without spaces.
    """
    return list(_words(text))


@functools.lru_cache(maxsize=1 << 12)  # paragraphs are asked of several times
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def word_spans(text: str) -> list[tuple[int, int]]:
    """Give the character span of each word of the text as it stands.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list[tuple[int, int]]
        Start and stop of each word.
    """
    return [match.span() for match in _WORD.finditer(text)]


def sentences(text: str) -> list[str]:
    """Split a text after sentence marks; what joins up again is the whole text.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list[str]
        Sentences, each with the blanks before it.
    """
    return _SENTENCE.findall(text)


def _grams(found: list[str], n: int) -> set[Shingle]:
    """Collect the n-grams of listed words."""
    if not found:
        return set()
    return {tuple(found[at : at + n]) for at in range(max(1, len(found) - n + 1))}


def shingles(text: str, n: int = 5) -> set[Shingle]:
    """Collect the word n-grams of a text.

    Parameters
    ----------
    text : str
        Any text.
    n : int
        Words a shingle.

    Returns
    -------
    set[Shingle]
        A text of fewer than `n` words is one shingle, a text without words has none.
    """
    return _grams(words(text), n)


def containment(a: str, b: str) -> float:
    """Measure how much of a text stands in another.

    Parameters
    ----------
    a, b : str
        The later text and the earlier one.

    Returns
    -------
    float
        Share of the shingles of `a` that `b` has too; 0.0 where `a` has none.
    """
    of_a = shingles(a)
    return len(of_a & shingles(b)) / len(of_a) if of_a else 0.0


def distinct(paragraphs: list[str]) -> bool:
    """Tell whether no paragraph repeats another by nature.

    Parameters
    ----------
    paragraphs : list[str]
        Paragraphs of one article.

    Returns
    -------
    bool
        True when no two have the same words, and none of 5 words or more has half of its
        shingles in all the others together.
    """
    worded = [words(paragraph) for paragraph in paragraphs]
    pairs = list(zip(paragraphs, worded, strict=True))
    if len({tuple(found) or (text,) for text, found in pairs}) < len(pairs):
        return False
    grams = [_grams(found, 5) for found in worded if len(found) >= 5]
    seen = Counter(itertools.chain.from_iterable(grams))
    return all(2 * sum(seen[gram] > 1 for gram in own) < len(own) for own in grams)
