"""A text as a sequence of words and figures, by which a near copy is told from a numeric variant.

A figure is a number with its marks (``matching.numbers``), or beside a number the name of a month
or weekday. This is the specification; ``src/native/elements.cpp`` is the twin.
"""

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup.arrays.array_types import U8, U64, Flags, Ragged
from dedup.arrays.native import core, rule_constants
from dedup.arrays.packed import encode, pack
from dedup.matching.numbers import NUMBER, folded, numbers_in
from dedup.text.tokens import WEIGHT_BITS, tokenize

if TYPE_CHECKING:
    from dedup import _native

STAND_IN = " 0x0x0x0 "  # a number while a text is cut into tokens: a word that no text has
WORD_THIRDS = 3  # what a word weighs
BESIDE = 2  # elements between a name and a number, at most, with the number


class Elements(NamedTuple):
    """The words and figures of a text, in order."""

    hashes: U64  # (n,)
    thirds: U8  # (n,): 3 for a word or a number, 2 for an ideograph, 1 for a letter of Thai
    is_figure: Flags  # (n,)
    cut: U8  # the text, with the same stand-in for each number
    numbers: frozenset[int]

    @property
    def figures(self) -> U64:
        """The hashes of the figures."""
        return self.hashes[self.is_figure]


def elements_of(utf8: U8, seed: int = 1) -> Elements:
    """Return the elements of one text, well-formed UTF-8.

    Examples
    --------
    >>> def figures(text):
    ...     return elements_of(np.frombuffer(text.encode(), np.uint8)).is_figure.tolist()
    >>> figures("On 4 May it may rain")
    [False, True, True, False, False, False]
    """
    text = utf8.tobytes().decode("utf-8", "surrogatepass")
    numbers, cut = numbers_in(text), encode(NUMBER.sub(STAND_IN, text))
    tokens = tokenize(cut, np.array([0, len(cut)]), seed)
    hashes = tokens.hashes.values.copy()
    thirds = np.where(
        tokens.weight_thirds == 0, WORD_THIRDS, tokens.weight_thirds & WEIGHT_BITS
    ).astype(np.uint8)
    places = np.flatnonzero(hashes == stand_in_hash(seed))[: len(numbers)]
    hashes[places] = np.array(numbers, np.uint64)
    is_figure = np.zeros(len(hashes), np.bool_)
    is_figure[places] = True
    elements = Elements(hashes, thirds, is_figure, cut, frozenset(numbers))
    return _with_names(elements, seed)


def _with_names(elements: Elements, seed: int) -> Elements:
    """Take the names of months and weekdays that stand beside numbers for figures, one each."""
    sequences, firsts = name_sequences(seed)
    hashes, thirds, is_number, *_ = elements  # which nobody else has
    is_figure, stays, last = is_number.copy(), np.ones(len(hashes), np.bool_), 0
    for place in np.flatnonzero(np.isin(hashes, firsts)).tolist():
        known = [sequences[row] for row in np.flatnonzero(firsts == hashes[place]).tolist()]
        fits = [name for name in known if np.array_equal(hashes[place : place + len(name)], name)]
        stop = place + max(map(len, fits), default=0)
        near = is_number[max(place - BESIDE, 0) : stop + BESIDE]
        if last <= place < stop and near.any():
            hashes[place] = folded(hashes[place:stop].tolist())  # one element
            thirds[place], is_figure[place] = WORD_THIRDS, True
            stays[place + 1 : stop] = False
            last = stop
    return elements._replace(hashes=hashes[stays], thirds=thirds[stays], is_figure=is_figure[stays])


def calendar_names() -> tuple[str, ...]:
    """Return the names of months and weekdays in many languages, from the Unicode CLDR, sorted.

    Examples
    --------
    >>> {"april", "montag", "août", "воскресенье"} <= set(calendar_names())
    True
    """
    from pathlib import Path  # noqa: PLC0415  it is slow to import

    table = Path(__file__).with_name("calendar_names.txt").read_text("utf-8")
    lines = [line for line in table.splitlines() if not line.startswith("#")]
    return tuple(sorted({name for line in lines for name in line.split("\t")[1:]}))


@lru_cache(maxsize=4)
def name_sequences(seed: int) -> tuple[Ragged, U64]:
    """Return the names of months and weekdays as tokens, by their first tokens, and these."""
    packed = pack(list(calendar_names()))
    tokens = tokenize(packed.utf8, packed.offsets, seed).hashes
    tokens = tokens.take(np.flatnonzero(tokens.lengths > 0))
    firsts = tokens.values[tokens.offsets[:-1]]
    order = np.argsort(firsts, kind="stable")
    return tokens.take(order), firsts[order]


@lru_cache(maxsize=4)
def stand_in_hash(seed: int) -> np.uint64:
    """Return the token that stands for a number while a text is cut into tokens."""
    utf8 = np.frombuffer(STAND_IN.encode(), np.uint8)
    return np.uint64(tokenize(utf8, np.array([0, len(utf8)]), seed).hashes.values[0])


@lru_cache(maxsize=4)
def native_names(seed: int) -> "_native.Names":
    """Return the names of months and weekdays for functions of the core."""
    names, firsts = name_sequences(seed)
    return core.Names(
        rule_constants(
            sys.modules[__name__],
            firsts=firsts,
            tokens=names.values,
            ends=names.offsets,
            stand_in_hash=stand_in_hash(seed),
            weight=WEIGHT_BITS,
        )
    )
