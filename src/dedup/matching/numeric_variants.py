"""Numeric variants: near copies with the same words around other numbers.

The bulletin of another day, the dividend of another company and the timetable of another month
repeat their words; their news is in their numbers. An updated story, a corrected number and other
page furniture change numbers, too, but in few places. So the rule counts the places that differ,
whatever the length of the texts: see ``is_variant_of``. Decision note 18 says how it was chosen.

This is the specification; ``src/native/numeric_variants.cpp`` is the twin.
"""

from collections import defaultdict, deque
from typing import NamedTuple

import numpy as np

from dedup.arrays.array_types import U64, Flags
from dedup.matching.elements import WORD_WEIGHT, Elements, ngrams_of
from dedup.matching.numbers import hash_sequence
from dedup.text.tokens import tokenize

# Changed numbers: the numbers of a copy that its witness lacks.
NUMBERS_PER_CORRECTION = 12  # one changed number in so many, or fewer, may be corrections
MIN_MAJORITY = 3  # so many changed numbers, if they are more than half of all, make a variant
NUMBERS_PER_CHANGE = 8  # with few replaced places, more than one in so many must be changed
# Replaced places: see ``replaced_places``.
WORDS_PER_PLACE = 240  # a variant has a replaced place for every so many words of the copy
BASE_HALF_PLACES = 1  # and so many half places more: counted in halves, to stay in whole numbers
MIN_PLACES = 3  # so many make a variant; fewer may be corrections or an update
PLACES_PER_NUMBER_PLACE = 5  # one replaced place in so many must replace numbers by numbers
MAX_PLACE_WORDS = 16  # a longer place is another paragraph
# The copy and its witness.
ELEMENTS_PER_CHANGE = 6  # a witness has all but one in so many of the elements of a variant
UPDATE_LENGTH_PER_CENT = 130  # a witness of more than so much of the length of a copy is an update
BRIEF_WORDS = 60  # a copy with no more words is a brief
# Scans of one text differ in wrong letters.
MIN_SCAN_PLACES = 3  # so many replaced places of words may be words with wrong letters, if the copy
LETTER_PAIRS_PER_SCAN_PLACE = 4  # has fewer pairs of letters of its own for each of them
MAX_WORDS_BY_LETTERS = 150  # a longer copy that is compared by letters may be full of wrong ones
# Elements are common if they lie in an n-gram that both texts have.
SPACED_NGRAM, UNSPACED_NGRAM = 3, 5  # elements in an n-gram
SPACED_WEIGHT = 12, 5  # a text is spaced if its elements weigh 12 / 5 on average, or more
# Texts that are scattered over a long witness: see ``is_scattered``.
MIN_SCATTER_RATIO = 10  # a witness has so many times the bytes of the copy
MAX_SCATTERED_SIMILARITY = 0.95  # of the copy to its witness
SCATTER_WINDOW = 3  # tokens of a window of the witness, for each token of the copy
SCATTER_WINDOW_SHARE = 0.6  # of the threshold: a window with so many shingles of the copy is dense


def is_variant_of(  # noqa: PLR0911  one reason after the other
    copy: Elements, witness: Elements, *, by_letters: bool = False
) -> bool:
    """Tell whether a near copy is a numeric variant: the same words, other numbers.

    A copy is a variant if all of these hold:

    - the witness has at least five in six of its elements;
    - more than one in 12 of its numbers are changed: the witness lacks them;
    - at least one in five replaced places has numbers in both texts;
    - it has at least half a replaced place, and one more for every 240 words. Instead, more than
      half of its numbers may be changed, and at least three.

    One or two replaced places may be corrections or an update. They make a variant only if more
    than one in eight numbers is changed, and if the witness is at most three tenths longer.

    In a brief, a copy of up to 60 words, length does not matter, and numbers in another order count
    as changed. A brief that differs in one number and in nothing else is the quotation of another
    hour. In one of both texts a word may replace the number ("two billion" and "1.5 billion"), if
    it occurs nowhere else in them.

    If replaced words are spelled much like what replaces them, both texts are scans of one text,
    and the copy is no variant.

    Parameters
    ----------
    copy, witness
        The elements of the text that would be removed, and of the one that would stay.
    by_letters
        Whether the texts are compared by letters, because they may be full of wrong ones. Then a
        copy of more than 150 words is no variant.

    Examples
    --------
    >>> from dedup.matching.elements import elements_of
    >>> def elements(text):
    ...     return elements_of(np.frombuffer(text.encode(), np.uint8))
    >>> notice = "The board of the ferry declared a quarterly dividend of {} cents a share, payable"
    >>> notice += " on {} to all who hold one at the close of business on the last day of May."
    >>> one, other = elements(notice.format(12, "4 May")), elements(notice.format(15, "3 June"))
    >>> is_variant_of(one, other), is_variant_of(one, one)
    (True, False)
    """
    changed = int(lacking_in(copy.number_hashes, witness.number_hashes).sum())
    count = len(copy.number_hashes)
    length, witness_length = int(copy.weights.sum()), int(witness.weights.sum())
    is_brief, unit = length <= WORD_WEIGHT * BRIEF_WORDS, WORD_WEIGHT * WORDS_PER_PLACE
    if by_letters and length > WORD_WEIGHT * MAX_WORDS_BY_LETTERS:
        return False
    # The witness may have the only number of a brief.
    has_numbers = count > 0 or (is_brief and len(witness.number_hashes) > 0)
    if not has_numbers or (not is_brief and NUMBERS_PER_CORRECTION * changed <= count):
        return False
    places = replaced_places(copy, witness)
    own_elements = places.uncovered
    if is_brief:
        changed = max(changed, places.of_numbers)
        own_elements = int(lacking_in(copy.hashes, witness.hashes).sum())
        one_place = places.total == places.with_numbers == 1
        new = [np.setdiff1d(copy.hashes, witness.hashes), np.setdiff1d(witness.hashes, copy.hashes)]
        is_quotation = length == witness_length and own_elements == 1 and one_place
        if is_quotation and (places.of_numbers == 1 or all(map(len, new))):
            return True
    if places.of_numbers == 0 or PLACES_PER_NUMBER_PLACE * places.of_numbers < places.total:
        return False
    if NUMBERS_PER_CORRECTION * changed <= count:
        return False
    if ELEMENTS_PER_CHANGE * own_elements > len(copy.hashes) or _are_scans(copy, witness, places):
        return False
    if changed >= MIN_MAJORITY and 2 * changed > count:
        return True
    if 2 * unit * places.total < BASE_HALF_PLACES * unit + 2 * length:
        return False
    is_update = not is_brief and 100 * witness_length > UPDATE_LENGTH_PER_CENT * length
    few_may_be = not is_update and NUMBERS_PER_CHANGE * changed > count
    return places.total >= MIN_PLACES or few_may_be


def _are_scans(copy: Elements, witness: Elements, places: "ReplacedPlaces") -> bool:
    """Tell whether the replaced words are spelled much like what replaces them."""
    word_places = places.total - places.with_numbers
    if word_places < MIN_SCAN_PLACES or not is_spaced(copy):
        return False
    letters, witness_letters = (
        ngrams_of(tokenize(text, np.array([0, len(text)]), characters=True).hashes.values, 2)
        for text in (copy.masked_text, witness.masked_text)
    )
    own_pairs = int(lacking_in(letters, witness_letters).sum())
    return own_pairs < LETTER_PAIRS_PER_SCAN_PLACE * word_places


def is_spaced(elements: Elements) -> bool:
    """Tell whether a text is written with spaces between most of its words."""
    weight, count = SPACED_WEIGHT
    return count * int(elements.weights.sum()) >= weight * len(elements.weights)


class ReplacedPlaces(NamedTuple):
    """The places of a copy that a witness replaces."""

    total: int
    uncovered: int  # elements of the copy that are not common
    of_numbers: int  # places with other numbers in both texts
    with_numbers: int  # places with other numbers, perhaps in one text only


def replaced_places(copy: Elements, witness: Elements) -> ReplacedPlaces:
    """Count the places where a witness has something else.

    Elements are common if they lie in an n-gram that both texts have. A place is a run of other
    elements. It is replaced if the witness has a place with the same neighbours on both sides, and
    both have at most 16 words.
    """
    size = _ngram_size(copy, witness)
    ngrams, witness_ngrams = (ngrams_of(elements.hashes, size) for elements in (copy, witness))
    by_neighbours: dict[tuple[int, int], deque[Place]] = defaultdict(deque)
    for place in _places(witness, _uncovered(witness_ngrams, ngrams, size)):
        by_neighbours[place.neighbours].append(place)
    total = of_numbers = with_numbers = 0
    uncovered = _uncovered(ngrams, witness_ngrams, size)
    for place in _places(copy, uncovered):
        if not by_neighbours[place.neighbours]:
            continue
        replacement = by_neighbours[place.neighbours].popleft()
        if max(place.weight, replacement.weight) > WORD_WEIGHT * MAX_PLACE_WORDS:
            continue
        differs = place.numbers != replacement.numbers
        total += 1
        with_numbers += differs
        of_numbers += differs and min(place.numbers, replacement.numbers) > 0
    return ReplacedPlaces(total, int(uncovered.sum()), of_numbers, with_numbers)


class Place(NamedTuple):
    """A run of elements of a text that the other text lacks."""

    neighbours: tuple[int, int]  # the elements before and behind it, 0 where there are none
    weight: int
    numbers: int  # a hash of its numbers in their order, 0 for none


def _ngram_size(copy: Elements, witness: Elements) -> int:
    size = SPACED_NGRAM if is_spaced(copy) else UNSPACED_NGRAM
    return size if min(len(copy.hashes), len(witness.hashes)) >= size else 1


def _uncovered(ngrams: U64, compared_ngrams: U64, size: int) -> Flags:
    """Tell which elements lie in no n-gram of the text that they are compared with."""
    covered = np.zeros(len(ngrams) + size - 1, np.bool_)
    common = np.isin(ngrams, compared_ngrams)
    for place in range(size):
        covered[place : place + len(ngrams)] |= common
    return ~covered


def _places(elements: Elements, uncovered: Flags) -> list[Place]:
    edges = np.flatnonzero(np.diff(np.pad(uncovered, 1).astype(np.int8)))
    hashes, weights, is_number, *_ = elements
    around = np.pad(hashes, 1)
    places = []
    for start, stop in edges.reshape(-1, 2).tolist():
        neighbours = int(around[start]), int(around[stop + 1])
        numbers = hashes[start:stop][is_number[start:stop]].tolist()
        places.append(Place(neighbours, int(weights[start:stop].sum()), hash_sequence(numbers)))
    return places


def lacking_in(values: U64, compared_values: U64) -> Flags:
    """Tell which values ``compared_values`` has less often, in the sorted order of ``values``."""
    ordered, compared_ordered = np.sort(values), np.sort(compared_values)
    nth = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    first, last = (np.searchsorted(compared_ordered, ordered, side) for side in ("left", "right"))
    return nth >= last - first


def is_scattered(copy: U64, witness: U64, ngram_size: int, threshold: float) -> bool:
    """Tell whether the shingles of a copy are scattered over a witness.

    They are not if they are dense in one place: if some window of the witness, three times as long
    as the copy, has 0.6 times ``threshold`` of the shingles of the copy.

    Parameters
    ----------
    copy, witness
        The tokens of both texts.

    Examples
    --------
    >>> copy, other = np.arange(20, dtype=np.uint64), np.arange(100, 140, dtype=np.uint64)
    >>> parts = np.concatenate((copy[:8], other, other + 50, copy[8:14], other, other, copy[14:]))
    >>> is_scattered(copy, parts, 2, 0.8)
    True
    >>> is_scattered(copy, np.concatenate((other, copy, other)), 2, 0.8)
    False
    """
    if len(copy) < ngram_size:
        return False  # it has one shingle
    shingles, witness_shingles = (
        np.unique(ngrams_of(copy, ngram_size)),
        ngrams_of(witness, ngram_size),
    )
    at = np.searchsorted(shingles, witness_shingles)
    at[at == len(shingles)] = 0
    common = np.flatnonzero(shingles[at] == witness_shingles)
    firsts = np.searchsorted(common, common - SCATTER_WINDOW * len(copy), "right").tolist()
    numbers, dense = at[common].tolist(), SCATTER_WINDOW_SHARE * threshold * len(shingles)
    windows = (set(numbers[first : last + 1]) for last, first in enumerate(firsts))
    return all(len(window) < dense for window in windows)
