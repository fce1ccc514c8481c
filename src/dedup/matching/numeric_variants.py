"""Near copies that are numeric variants: the same words around other figures.

The bulletin of another day, the dividend of another company and the timetable of another month
repeat their words, and what they say is in their figures. An updated story, a corrected number and
other packaging change figures, too, but few places. So what counts is what differs, whatever the
length of the texts: see ``is_variant_of``, and decision note 18 for how the rule was chosen.

This is the specification; ``src/native/numeric_variants.cpp`` is the twin.
"""

import sys
from collections import defaultdict, deque
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U8, U64, Flags
from dedup.arrays.native import core, has_core, rule_constants
from dedup.config import Config
from dedup.matching.elements import Elements, elements_of, native_names
from dedup.matching.numbers import folded, number_signs
from dedup.text.hashing import NativeTexts
from dedup.text.mixing import mix64
from dedup.text.tokens import tokenize

if TYPE_CHECKING:
    from dedup import _native

THIRDS = 3  # of a word: lengths are counted in them, so that all scripts have words
FEW_CHANGED = 12  # one figure in so many of a copy, or fewer, may be corrections
MOST_FIGURES = 3  # so many figures, if they are more than half of those of a copy, make a variant
PLACE_WORDS = 240  # words of a copy, for each of which a variant has one more replaced place,
HALF_PLACE = 1  # and half a place beside: doubled, to count in whole numbers
FEWER_PLACES = 3  # so many replaced places make a variant; fewer may be corrections, or an update:
MORE_CHANGED = 8  # then more than one figure in so many must differ
LONGER_PER_CENT = 130  # of the length of the copy: so long is an update,
BRIEF_WORDS = 60  # but not of a copy of no more words
OTHER_PLACES = 5  # one replaced place in so many must be of figures
WORD_PLACES = 3  # so many replaced places of words may be words with wrong letters, as in scans,
WRONG_LETTERS = 4  # if the copy has fewer pairs of letters of its own for each of them
PLACE_MOST_WORDS = 16  # of a replaced place; more words are another paragraph
SKELETON = 6  # a variant has all but one in so many of its elements in common with the witness
NOISY_WORDS = 150  # longer copies that are compared by letters may be full of wrong ones
NGRAM, NGRAM_UNSPACED = 3, 5  # elements in a row that both texts must have to have them in common
SPACED_THIRDS = 12, 5  # a text is spaced if its elements weigh 12 / 5 thirds on average
TIMES_AS_LONG = 10  # so many bytes has a witness in which a copy may lie scattered,
WHOLE = 0.95  # of which it has less than this share, and
STRETCH = 3  # no stretch of so many times its tokens has
STRETCH_SHARE = 0.6  # of the threshold
SLACK = 1e-9  # of what cannot be divided exactly
REMEMBERED = 1 << 12  # rows that may be asked of again: many are like one another


def least_tokens(config: Config) -> int:
    """Return the tokens below which a near copy with a word of its own stays.

    In a text with fewer than ``ngram_size / (1 - threshold)`` shingles one word that is changed
    inside makes two texts unlike, and at an end it does not: where it stands would decide.

    Examples
    --------
    >>> least_tokens(Config()), least_tokens(Config(ngram_size=3, threshold=0.4))
    (29, 7)
    """
    if config.threshold == 1:
        return 0
    shingles = ceil(config.ngram_size / (1 - config.threshold) - SLACK)
    return shingles + config.ngram_size - 1


def is_variant_of(  # noqa: PLR0911  one reason after the other
    copy: Elements, witness: Elements, *, by_letters: bool = False
) -> bool:
    """Tell whether a near copy is a numeric variant: the same words, other figures.

    It is if the witness has five in six of its words and figures, if more than one in 12 of its
    figures are missing there, and if small replacements run through it: one in five of
    figures by others, and one in all for every 240 words and half a one beside. Instead of so many
    replacements, more than half of its figures may be missing, and three at least.

    One or two replacements may be corrections or an update. They make a variant only if more than
    one in eight figures are missing, and if the witness is less than three tenths longer. In a
    brief, a copy of up to 60 words, length does not matter, figures in another order count as
    missing, and if it differs in one figure and in
    nothing else, it is the quotation of another hour: a word may stand for the figure in one of
    both texts ("two billion" and "1.5 billion"), if it stands nowhere else in them.
    Where replaced words are spelled much like what replaces them, both texts are scans of one.

    A replaced place is a run of up to 16 words in either text, with the same words around it.

    Parameters
    ----------
    copy, witness
        The elements of the text that would be removed, and of the one that would stay.
    by_letters
        Whether they are compared by letters, since they may be full of wrong ones: then a copy of
        more than 150 words is none.

    Examples
    --------
    >>> def elements(text):
    ...     return elements_of(np.frombuffer(text.encode(), np.uint8))
    >>> notice = "The board of the ferry declared a quarterly dividend of {} cents a share, payable"
    >>> notice += " on {} to all who hold one at the close of business on the last day of May."
    >>> one, other = elements(notice.format(12, "4 May")), elements(notice.format(15, "3 June"))
    >>> is_variant_of(one, other), is_variant_of(one, one)
    (True, False)
    """
    lacking = int(lacking_in(copy.figures, witness.figures).sum())
    count = len(copy.figures)
    own, other = int(copy.thirds.sum()), int(witness.thirds.sum())
    is_brief, unit = own <= THIRDS * BRIEF_WORDS, THIRDS * PLACE_WORDS
    if by_letters and own > THIRDS * NOISY_WORDS:
        return False
    # The single figure of a brief may be the witness's.
    no_figures = count == 0 and not (is_brief and len(witness.figures))
    if no_figures or (not is_brief and FEW_CHANGED * lacking <= count):
        return False
    places = replaced_places(copy, witness)
    own_words = places.uncovered
    if is_brief:
        lacking = max(lacking, places.of_figures)
        own_words = int(lacking_in(copy.hashes, witness.hashes).sum())
        one = own == other and own_words == 1 and places.all == places.with_figures == 1
        new = [np.setdiff1d(copy.hashes, witness.hashes), np.setdiff1d(witness.hashes, copy.hashes)]
        if one and (places.of_figures == 1 or all(map(len, new))):
            return True
    if places.of_figures == 0 or OTHER_PLACES * places.of_figures < places.all:
        return False
    if FEW_CHANGED * lacking <= count:
        return False
    if SKELETON * own_words > len(copy.hashes) or _are_scans(copy, witness, places):
        return False
    if lacking >= MOST_FIGURES and 2 * lacking > count:
        return True
    if 2 * unit * places.all < HALF_PLACE * unit + 2 * own:
        return False
    is_update = not is_brief and 100 * other > LONGER_PER_CENT * own
    return places.all >= FEWER_PLACES or (not is_update and MORE_CHANGED * lacking > count)


def _are_scans(copy: Elements, witness: Elements, places: "Replaced") -> bool:
    """Tell whether the replaced words are spelled much like what replaces them."""
    words = places.all - places.with_figures
    if words < WORD_PLACES or not is_spaced(copy):
        return False
    letters, others = (
        _grams(tokenize(cut, np.array([0, len(cut)]), characters=True).hashes.values, 2)
        for cut in (copy.cut, witness.cut)
    )
    return int(lacking_in(letters, others).sum()) < WRONG_LETTERS * words


def is_spaced(elements: Elements) -> bool:
    """Tell whether a text is written with spaces between most of its words."""
    thirds, count = SPACED_THIRDS
    return count * int(elements.thirds.sum()) >= thirds * len(elements.thirds)


class Replaced(NamedTuple):
    """How many places of a copy are replaced in a witness."""

    all: int
    uncovered: int  # elements of the copy that are not in common
    of_figures: int  # by other figures
    with_figures: int  # with other figures in one of both texts at least


def replaced_places(copy: Elements, witness: Elements) -> Replaced:
    """Count the places where a witness has something else.

    Elements are common that lie in an n-gram that both texts have. A run of others is a place; it
    is replaced if the witness has a place with the same neighbours on both sides.
    """
    size = _ngram_size(copy, witness)
    own, others = (_grams(elements.hashes, size) for elements in (copy, witness))
    waiting: dict[tuple[int, int], deque[Place]] = defaultdict(deque)
    for place in _places(witness, _uncovered(others, own, size)):
        waiting[place.neighbours].append(place)
    places = of_figures = with_figures = 0
    uncovered = _uncovered(own, others, size)
    for place in _places(copy, uncovered):
        if not waiting[place.neighbours]:
            continue
        other = waiting[place.neighbours].popleft()
        if max(place.thirds, other.thirds) > THIRDS * PLACE_MOST_WORDS:
            continue
        differs = place.figures != other.figures
        places += 1
        with_figures += differs
        of_figures += differs and min(place.figures, other.figures) > 0
    return Replaced(places, int(uncovered.sum()), of_figures, with_figures)


class Place(NamedTuple):
    """A run of elements of a text that another one lacks."""

    neighbours: tuple[int, int]  # the elements before and behind it, 0 where there are none
    thirds: int
    figures: int  # a hash of the figures in their order, 0 for none


def _ngram_size(copy: Elements, witness: Elements) -> int:
    size = NGRAM if is_spaced(copy) else NGRAM_UNSPACED
    return size if min(len(copy.hashes), len(witness.hashes)) >= size else 1


def _grams(hashes: U64, size: int) -> U64:
    """Return a hash of each ``size`` elements in a row."""
    count = max(len(hashes) - size + 1, 0)
    grams = np.zeros(count, np.uint64)
    for place in range(size):
        grams = mix64(grams + hashes[place : place + count])
    return grams


def _uncovered(grams: U64, others: U64, size: int) -> Flags:
    """Tell which elements lie in no n-gram that the other text has."""
    covered = np.zeros(len(grams) + size - 1, np.bool_)
    common = np.isin(grams, others)
    for place in range(size):
        covered[place : place + len(grams)] |= common
    return ~covered


def _places(elements: Elements, uncovered: Flags) -> list[Place]:
    edges = np.flatnonzero(np.diff(np.pad(uncovered, 1).astype(np.int8)))
    hashes, thirds, is_figure, *_ = elements
    around = np.pad(hashes, 1)
    places = []
    for start, stop in edges.reshape(-1, 2).tolist():
        neighbours = int(around[start]), int(around[stop + 1])
        figures = hashes[start:stop][is_figure[start:stop]].tolist()
        places.append(Place(neighbours, int(thirds[start:stop].sum()), folded(figures)))
    return places


def lacking_in(some: U64, others: U64) -> Flags:
    """Tell which values others have not as often, in sorted order of ``some``."""
    ordered, sorted_others = np.sort(some), np.sort(others)
    nth = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    first, last = (np.searchsorted(sorted_others, ordered, side) for side in ("left", "right"))
    return nth >= last - first


def is_scattered(copy: U64, witness: U64, ngram_size: int, threshold: float) -> bool:
    """Tell whether what a witness has of a copy lies all over the witness.

    It lies together if some stretch of the witness, three times as long as the copy, has 0.6 times
    ``threshold`` of the shingles of the copy.

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
        return False  # its one shingle is all of it
    shingles, others = np.unique(_grams(copy, ngram_size)), _grams(witness, ngram_size)
    at = np.searchsorted(shingles, others)
    at[at == len(shingles)] = 0
    common = np.flatnonzero(shingles[at] == others)
    firsts = np.searchsorted(common, common - STRETCH * len(copy), "right").tolist()
    numbers, least = at[common].tolist(), STRETCH_SHARE * threshold * len(shingles)
    stretches = (set(numbers[first : last + 1]) for last, first in enumerate(firsts))
    return all(len(stretch) < least for stretch in stretches)


class Row(NamedTuple):
    """What a row is compared by."""

    size: int  # bytes
    tokens: U64
    compared: U64  # the tokens where characters are compared, else the elements
    elements: Elements


class PairRule:
    """Tells which near copies among rows stay, though they are similar to a witness.

    Parameters
    ----------
    utf8, offsets
        A packed text, well-formed UTF-8.
    """

    def __init__(self, utf8: U8, offsets: I64, config: Config) -> None:
        self._characters, self._least = config.unit == "char", least_tokens(config)
        self._utf8, self._offsets, self._config = utf8, offsets, config
        self._row = lru_cache(maxsize=REMEMBERED)(self._described)

    def _described(self, row: int) -> Row:
        utf8, seed = self._utf8[self._offsets[row] : self._offsets[row + 1]], self._config.seed
        tokens = tokenize(utf8, np.array([0, len(utf8)]), seed, characters=self._characters)
        elements, hashes = elements_of(utf8, seed), tokens.hashes.values
        compared = hashes if self._characters else elements.hashes
        return Row(len(utf8), hashes, compared, elements)

    def spares(self, row: int, witness: int, similarity: float) -> bool:
        """Tell whether a row stays, though it is similar to a witness that is no exact copy.

        It stays if it is a numeric variant, or too short, or scattered over a witness that is ten
        times as long. A row that lies whole in its witness stays only if it has a number that the
        witness lacks.
        """
        config = self._config
        if config.numeric_variants == "remove":
            return False
        copy, kept = self._row(row), self._row(witness)
        is_part = config.measure == "containment" and similarity < WHOLE
        if is_part and kept.size >= TIMES_AS_LONG * copy.size:
            sizes = config.ngram_size, config.threshold
            if is_scattered(copy.tokens, kept.tokens, *sizes):
                return True
        if similarity == 1 and not copy.elements.numbers - kept.elements.numbers:
            return False
        if len(copy.tokens) < self._least and lacking_in(copy.compared, kept.compared).any():
            return True
        return is_variant_of(copy.elements, kept.elements, by_letters=self._characters)

    def is_numeric_variant(
        self, row: int, witness: int, similarity: float, *, any_figure: bool
    ) -> bool:
        """Tell whether a block of a text is a numeric variant of a witness.

        Parameters
        ----------
        any_figure
            Whether it is if it has a figure that the witness lacks, however long it is.
        """
        copy, kept = self._row(row), self._row(witness)
        if similarity == 1 and not copy.elements.numbers - kept.elements.numbers:
            return False
        if any_figure:
            return bool(lacking_in(copy.elements.figures, kept.elements.figures).any())
        return is_variant_of(copy.elements, kept.elements, by_letters=self._characters)


@lru_cache(maxsize=8)
def native_pair_rule(config: Config) -> "_native.PairRule":
    """Return the rule of some settings for functions of the core."""
    contained = config.measure == "containment"
    return core.PairRule(
        rule_constants(
            sys.modules[__name__],
            keeps=config.numeric_variants == "keep",
            least=least_tokens(config),
            scattered=STRETCH_SHARE * config.threshold if contained else 0.0,
            signs=number_signs(),
            names=native_names(config.seed),
        )
    )


def pair_rule(utf8: U8, offsets: I64, config: Config) -> "PairRule | _native.TextsRule":
    """Return the rule for rows of a packed text, well-formed UTF-8."""
    if not has_core():
        return PairRule(utf8, offsets, config)
    return core.TextsRule(native_pair_rule(config), NativeTexts(utf8, offsets, config).core_texts)
