"""Whether copies differ in letters inside their words, as scans do, or in words."""

import random
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

import numpy as np

from dedup.auditing.edits import token_spans

PAIRS = 60  # of copies that are looked at
TOKENS = 300  # of each, from its beginning
FEW = 10  # pairs that differ so, from which it can be told


def is_misread(pairs: Sequence[tuple[str, str]], seed: int) -> bool:
    """Tell whether most of what stands in the place of something else is spelled nearly like it.

    Examples
    --------
    >>> typed = "the harbour ferry between the ports is back after eleven weeks in the dock"
    >>> scanned = "tbe harbour fcrry between theports is back aftcr eleven weehs in tbe dock"
    >>> edited = "the harbour tower between the ports was back for eleven days in the dock"
    >>> is_misread([(typed, scanned)] * 10, 1), is_misread([(typed, edited)] * 10, 1)
    (True, False)
    """
    chosen = random.Random(seed).sample(pairs, min(PAIRS, len(pairs)))  # noqa: S311  no secret
    alike = [share for pair in chosen if (share := spelled_alike(*pair)) is not None]
    return len(alike) >= FEW and float(np.median(alike)) > 1 / 2


def spelled_alike(one: str, other: str) -> float | None:
    """Return the share of the words that differ in letters that both have, None where none differ.

    Words are put beside one another in their order; what is in one text alone does not count.

    Examples
    --------
    >>> spelled_alike("an old harbour", "an old harhour"), spelled_alike("an old boat", "an old")
    (0.8571428571428571, None)
    """
    words = [_words(text) for text in (one, other)]
    both = all_letters = 0.0
    for left, right in _replaced(*words):
        ratio = SequenceMatcher(None, left, right, autojunk=False).ratio()
        both, all_letters = both + ratio * len(left), all_letters + len(left)
    return both / all_letters if all_letters else None


def _words(text: str) -> list[str]:
    return [text[slice(*span)].casefold() for span in token_spans(text)[:TOKENS]]


def _replaced(one: list[str], other: list[str]) -> Iterator[tuple[str, str]]:
    for tag, *ends in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag == "replace":
            yield "".join(one[ends[0] : ends[1]]), "".join(other[ends[2] : ends[3]])
