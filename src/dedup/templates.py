"""Near copies that are other news: the same words around other figures.

Of two short texts that are alike but for their figures each says something of its own: the same
notice of another day, the same quotation of another price. And in a text of a few words a single
one may be all that it says.
"""

from functools import lru_cache
from math import ceil
from typing import Protocol

import numpy as np

from dedup.config import Config
from dedup.kernels.reference import tokenize
from dedup.records import I64, U8, U64, Tokens

SHORT = 100  # tokens of a text whose figures are what it says
SLACK = 1e-9  # of what cannot be divided exactly
REMEMBERED = 1 << 12  # rows that may be asked of again: many are like one another
AS_LONG = 1.1  # times as many tokens has a witness that says no more than the copy


def least_tokens(config: Config) -> int:
    """Return the tokens below which a near copy is other news; 0 where none is.

    In a text with fewer than ``ngram_size / (1 - threshold)`` shingles one word that is changed
    inside makes the two unlike, and at an end it does not: where it stands would decide. But what
    has no token that its witness lacks, with a word left out, says nothing of its own.

    Examples
    --------
    >>> least_tokens(Config()), least_tokens(Config(ngram_size=3, threshold=0.4))
    (29, 7)
    """
    if config.numeric_variants == "remove" or config.threshold == 1:
        return 0
    shingles = ceil(config.ngram_size / (1 - config.threshold) - SLACK)
    return shingles + config.ngram_size - 1


def is_template(mine: Tokens, theirs: Tokens) -> bool:
    """Tell whether a near copy differs from its witness in its figures.

    It does when it has at most SHORT tokens, and of those that it has and its witness has not, more
    than half are figures. Where the witness is about as long, what it has instead counts as well.

    Parameters
    ----------
    mine, theirs
        The words of one row each, of the copy and of the witness; not all are the same.

    Examples
    --------
    >>> def words(text):
    ...     utf8 = np.frombuffer(text.encode(), np.uint8)
    ...     return tokenize(utf8, np.array([0, len(utf8)]))
    >>> is_template(words("Rates at noon: 7 1/8 pct"), words("Rates at noon: 6 3/4 pct"))
    True
    >>> is_template(words("Rates at noon: 7 pct"), words("At noon the rates: 7 pct"))
    False
    """
    own, others = mine.hashes.values, theirs.hashes.values
    if len(own) > SHORT:
        return False
    lacking = _lacking(own, others)
    different, figures = len(lacking), int((mine.thirds[lacking] == 0).sum())
    if len(others) <= AS_LONG * len(own):
        instead = _lacking(others, own)
        different += len(instead)
        figures += int((theirs.thirds[instead] == 0).sum())
    return 2 * figures > different


def _lacking(some: U64, others: U64) -> I64:
    """Return where tokens are that others have not as often."""
    order = np.argsort(some, kind="stable")
    ordered, sorted_others = some[order], np.sort(others)
    nth = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    bounds = (np.searchsorted(sorted_others, ordered, side) for side in ("left", "right"))
    first, last = bounds
    lacking: I64 = order[nth >= last - first]
    return lacking


class TokensOf(Protocol):
    """Gives the tokens of a row: characters, or words."""

    def __call__(self, row: int, *, characters: bool) -> Tokens:
        """Return them."""


class Guard:
    """Tells which near copies among rows are other news than their witnesses.

    Parameters
    ----------
    tokens_of
        Gives the tokens of a row: characters, or words.
    """

    def __init__(self, tokens_of: TokensOf, config: Config) -> None:
        self._characters, self._least = config.unit == "char", least_tokens(config)
        self._tokens = tokens_of

    @classmethod
    def of_rows(cls, utf8: U8, offsets: I64, config: Config) -> "Guard":
        """Return the guard of rows of a packed text, well-formed UTF-8."""

        @lru_cache(maxsize=REMEMBERED)
        def tokens_of(row: int, *, characters: bool) -> Tokens:
            return tokenize(utf8, offsets[row : row + 2], config.seed, characters=characters)

        return cls(tokens_of, config)

    def spares(self, row: int, witness: int) -> bool:
        """Tell whether a row stays, though it is similar to a witness, with other tokens."""
        if self._least == 0:
            return False
        own, others = (self._tokens(of, characters=self._characters) for of in (row, witness))
        if len(own.thirds) < self._least and len(_lacking(own.hashes.values, others.hashes.values)):
            return True
        return is_template(*(self._tokens(of, characters=False) for of in (row, witness)))
