"""A text as a sequence of words and numbers: what distinguishes a near copy from a numeric variant.

An element is a word or a number. A number has its marks (``matching.numbers``). Beside it, the name
of a month or weekday is a number, too: a date with another month is another date.

This is the specification; ``src/native/elements.cpp`` is the twin.
"""

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup.arrays.array_types import U8, U64, Flags, Ragged
from dedup.arrays.native import core, rule_constants
from dedup.arrays.packed import encode, pack
from dedup.matching.numbers import hash_sequence, number_pattern, numbers_in
from dedup.text.mixing import mix64
from dedup.text.tokens import WEIGHT_BITS, tokenize

if TYPE_CHECKING:
    from dedup import _native

NUMBER_PLACEHOLDER = " 0x0x0x0 "  # replaces a number before the text is tokenized; no text has it
WORD_WEIGHT = 3  # of a word or a number
MAX_NAME_DISTANCE = 2  # elements from a name to a number, at most


class Elements(NamedTuple):
    """The words and numbers of a text, in order."""

    hashes: U64  # (n,)
    weights: U8  # (n,): 3 for a word or a number, 2 for an ideograph, 1 for a letter of Thai
    is_number: Flags  # (n,)
    masked_text: U8  # the text with the same placeholder for each number
    number_values: frozenset[int]  # without names

    @property
    def number_hashes(self) -> U64:
        """The hashes of the elements that are numbers."""
        return self.hashes[self.is_number]


def elements_of(utf8: U8, seed: int = 1) -> Elements:
    """Return the elements of one text, well-formed UTF-8.

    Examples
    --------
    >>> def is_number(text):
    ...     return elements_of(np.frombuffer(text.encode(), np.uint8)).is_number.tolist()
    >>> is_number("On 4 May it may rain")
    [False, True, True, False, False, False]
    """
    text = utf8.tobytes().decode("utf-8", "surrogatepass")
    masked_text = encode(number_pattern().sub(NUMBER_PLACEHOLDER, text))
    numbers = numbers_in(text)
    tokens = tokenize(masked_text, np.array([0, len(masked_text)]), seed)
    hashes, weights = tokens.hashes.values.copy(), tokens.weight_thirds
    weights = np.where(weights == 0, WORD_WEIGHT, weights & WEIGHT_BITS).astype(np.uint8)
    places = np.flatnonzero(hashes == placeholder_hash(seed))[: len(numbers)]
    hashes[places] = np.array(numbers, np.uint64)
    is_number = np.zeros(len(hashes), np.bool_)
    is_number[places] = True
    elements = Elements(hashes, weights, is_number, masked_text, frozenset(numbers))
    return _with_names(elements, seed)


def _with_names(elements: Elements, seed: int) -> Elements:
    """Make the name of a month or weekday beside a number one element, a number."""
    sequences, first_tokens = name_sequences(seed)
    hashes, weights, has_digits, *_ = elements  # the arrays of this text alone: they may change
    is_number, stays, last = has_digits.copy(), np.ones(len(hashes), np.bool_), 0
    for place in np.flatnonzero(np.isin(hashes, first_tokens)).tolist():
        rows = np.flatnonzero(first_tokens == hashes[place]).tolist()
        names = [sequences[row] for row in rows]
        fits = [name for name in names if np.array_equal(hashes[place : place + len(name)], name)]
        stop = place + max(map(len, fits), default=0)
        nearby = has_digits[max(place - MAX_NAME_DISTANCE, 0) : stop + MAX_NAME_DISTANCE]
        if last <= place < stop and nearby.any():
            hashes[place] = hash_sequence(hashes[place:stop].tolist())
            weights[place], is_number[place] = WORD_WEIGHT, True
            stays[place + 1 : stop] = False
            last = stop
    return elements._replace(
        hashes=hashes[stays], weights=weights[stays], is_number=is_number[stays]
    )


def ngrams_of(hashes: U64, size: int) -> U64:
    """Return a hash of every ``size`` consecutive elements."""
    count = max(len(hashes) - size + 1, 0)
    ngrams = np.zeros(count, np.uint64)
    for place in range(size):
        ngrams = mix64(ngrams + hashes[place : place + count])
    return ngrams


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
    """Return the names of months and weekdays as tokens, and their first tokens, ascending."""
    packed = pack(list(calendar_names()))
    tokens = tokenize(packed.utf8, packed.offsets, seed).hashes
    tokens = tokens.take(np.flatnonzero(tokens.lengths > 0))
    first_tokens = tokens.values[tokens.offsets[:-1]]
    order = np.argsort(first_tokens, kind="stable")
    return tokens.take(order), first_tokens[order]


@lru_cache(maxsize=4)
def placeholder_hash(seed: int) -> np.uint64:
    """Return the hash of the token that replaces a number."""
    utf8 = np.frombuffer(NUMBER_PLACEHOLDER.encode(), np.uint8)
    return np.uint64(tokenize(utf8, np.array([0, len(utf8)]), seed).hashes.values[0])


@lru_cache(maxsize=4)
def native_calendar_names(seed: int) -> "_native.CalendarNames":
    """Return the names of months and weekdays for functions of the core."""
    names, first_tokens = name_sequences(seed)
    return core.CalendarNames(
        rule_constants(
            sys.modules[__name__],
            first_tokens=first_tokens,
            tokens=names.values,
            ends=names.offsets,
            placeholder_hash=placeholder_hash(seed),
            weight=WEIGHT_BITS,
        )
    )
