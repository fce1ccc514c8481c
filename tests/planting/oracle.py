"""Plain oracle: words, shingles and containment, independent of the implementation."""

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
# Han, kana, Thai, Lao, Khmer and Myanmar have no spaces: one character is one word.
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


@functools.lru_cache(maxsize=1 << 12)  # each paragraph is needed several times
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return the character span of each word in the unchanged text.

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
    """Split a text after sentence marks; the sentences joined are the text.

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
    """Return the containment of one text in another.

    Parameters
    ----------
    a, b : str
        The later text and the earlier one.

    Returns
    -------
    float
        Share of the shingles of `a` that `b` has too; 0.0 if `a` has none.
    """
    found = shingles(a)
    return len(found & shingles(b)) / len(found) if found else 0.0


def distinct(paragraphs: list[str]) -> bool:
    """Return whether no paragraph of an article repeats another.

    Parameters
    ----------
    paragraphs : list[str]
        Paragraphs of one article.

    Returns
    -------
    bool
        True if no two paragraphs have the same words, and no paragraph of 5 words or more shares
        half of its shingles with the rest of the article.
    """
    found = [words(paragraph) for paragraph in paragraphs]
    # A paragraph without words counts as its text.
    keys = {tuple(row) or (text,) for text, row in zip(paragraphs, found, strict=True)}
    if len(keys) < len(paragraphs):
        return False
    rows = [_grams(row, 5) for row in found if len(row) >= 5]
    counts = Counter(itertools.chain.from_iterable(rows))
    return all(2 * sum(counts[gram] > 1 for gram in row) < len(row) for row in rows)
