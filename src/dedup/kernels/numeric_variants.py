"""Which near copies are numeric variants, compiled: ``matching.numeric_variants`` says when."""

from typing import NamedTuple

import numpy as np

from dedup.config import Config
from dedup.kernels.elements import Elements, Names, elements_of, names_for
from dedup.kernels.items import is_item
from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.numbers import Int, next_number
from dedup.kernels.rows import Texts, token_rows
from dedup.kernels.scalar import U, mix
from dedup.matching import numeric_variants as specified
from dedup.records import I64, U8, U64, Flags

FEW_CHANGED, UNIT = specified.FEW_CHANGED, specified.THIRDS * specified.PLACE_WORDS
HALF_PLACE = specified.HALF_PLACE
TIMES_AS_LONG, WHOLE, STRETCH = specified.TIMES_AS_LONG, specified.WHOLE, specified.STRETCH
WORD_PLACES, WRONG_LETTERS = specified.WORD_PLACES, specified.WRONG_LETTERS
FEWER_PLACES, MORE_CHANGED = specified.FEWER_PLACES, specified.MORE_CHANGED
MOST_FIGURES, SKELETON = specified.MOST_FIGURES, specified.SKELETON
OTHER_PLACES = specified.OTHER_PLACES
NOISY_THIRDS = specified.THIRDS * specified.NOISY_WORDS
BRIEF_THIRDS = specified.THIRDS * specified.BRIEF_WORDS
LONGER_PER_CENT = specified.LONGER_PER_CENT
PLACE_MOST_THIRDS = specified.THIRDS * specified.PLACE_MOST_WORDS
NGRAM, NGRAM_UNSPACED = specified.NGRAM, specified.NGRAM_UNSPACED
SPACED_THIRDS, SPACED_COUNT = specified.SPACED_THIRDS


class PairRule(NamedTuple):
    """When a near copy stays."""

    keeps: bool  # whether numeric variants stay
    least: int  # a row of fewer tokens does if it has one that its witness lacks
    scattered: float  # what a stretch of a long witness must have of the shingles of a row, or 0
    names: Names


class Places(NamedTuple):
    """The runs of elements of a text that another one lacks, (p,) each."""

    neighbours: U64  # a hash of the elements before and behind
    thirds: I64
    figures: U64  # a hash of the figures in their order, 0 for none


def rule_for(config: Config) -> PairRule:
    """Return the rule for some settings."""
    keeps = config.numeric_variants == "keep"
    contained = config.measure == "containment"
    scattered = specified.STRETCH_SHARE * config.threshold if contained else 0.0
    return PairRule(keeps, specified.least_tokens(config), scattered, names_for(config.seed))


@compiled
def spares(texts: Texts, row: int, witness: int, similarity: float, rule: PairRule) -> bool:
    """Tell whether a row stays, though it is similar to a witness, as ``PairRule.spares`` does."""
    if not rule.keeps:
        return False
    if similarity < WHOLE and rule.scattered > 0 and _is_scattered(texts, row, witness, rule):
        return True
    if similarity == 1 and not _has_other_numbers(texts, row, witness):
        return False
    own, others = elements_of(texts, row, rule.names), elements_of(texts, witness, rule.names)
    if texts.characters:
        mine, theirs = (
            token_rows(texts, row, row + 1)[0],
            token_rows(texts, witness, witness + 1)[0],
        )
        if len(mine) < rule.least and _lacking(mine, theirs) > 0:
            return True
    elif len(own.hashes) < rule.least and _lacking(own.hashes, others.hashes) > 0:
        # A number with marks is one element, and may be several tokens.
        few = len(token_rows(texts, row, row + 1)[0]) < rule.least
        return few or _is_variant_of(texts, own, others)
    return _is_variant_of(texts, own, others)


@compiled
def is_numeric_variant(
    texts: Texts, row: int, witness: int, similarity: float, rule: PairRule
) -> bool:
    """Tell whether a block of a text stays, though it is similar to another one."""
    if similarity == 1 and not _has_other_numbers(texts, row, witness):
        return False
    own, others = elements_of(texts, row, rule.names), elements_of(texts, witness, rule.names)
    if is_item(texts.utf8, texts.offsets[row], texts.offsets[row + 1]):
        return _lacking(own.hashes[own.is_figure], others.hashes[others.is_figure]) > 0
    return _is_variant_of(texts, own, others)


@compiled
def _is_scattered(texts: Texts, row: int, witness: int, rule: PairRule) -> bool:
    offsets, ngram_size = texts.offsets, len(texts.places)
    size, other_size = offsets[row + 1] - offsets[row], offsets[witness + 1] - offsets[witness]
    if other_size < TIMES_AS_LONG * size:
        return False
    tokens = token_rows(texts, row, row + 1)[0]
    if len(tokens) < ngram_size:
        return False
    shingles = np.unique(_grams(tokens, ngram_size))
    others = _grams(token_rows(texts, witness, witness + 1)[0], ngram_size)
    numbers = np.full(len(others), -1, np.int64)  # of the shingle that begins at each token
    for place in range(len(others)):
        at = np.searchsorted(shingles, others[place])
        if at < len(shingles) and shingles[at] == others[place]:
            numbers[place] = at
    counts, inside = np.zeros(len(shingles), np.int64), 0
    for place in range(len(others)):
        behind = place - STRETCH * len(tokens)
        if behind >= 0 and numbers[behind] >= 0:
            counts[numbers[behind]] -= 1
            inside -= counts[numbers[behind]] == 0
        if numbers[place] >= 0:
            inside += counts[numbers[place]] == 0
            counts[numbers[place]] += 1
            if inside >= rule.scattered * len(shingles):
                return False
    return True


@compiled
def _has_other_numbers(texts: Texts, row: int, witness: int) -> bool:
    """Tell whether a row has a number that another lacks."""
    own, others = _numbers(texts, row), np.sort(_numbers(texts, witness))
    for value in own:
        place = np.searchsorted(others, value)
        if place == len(others) or others[place] != value:
            return True
    return False


@compiled
def _numbers(texts: Texts, row: int) -> U64:
    start, stop = texts.offsets[row], texts.offsets[row + 1]
    values, count = np.empty(stop - start, np.uint64), 0
    begin, end, value = next_number(texts.utf8, start, start, stop)
    while begin < stop:
        values[count] = value
        count += 1
        begin, end, value = next_number(texts.utf8, start, end, stop)
    return values[:count]


@compiled
def _is_variant_of(  # noqa: PLR0911  one reason after the other
    texts: Texts, copy: Elements, witness: Elements
) -> bool:
    figures, theirs = copy.hashes[copy.is_figure], witness.hashes[witness.is_figure]
    lacking, count = _lacking(figures, theirs), len(figures)
    own, other = _total(copy.thirds), _total(witness.thirds)
    is_brief, is_noisy = own <= BRIEF_THIRDS, texts.characters and own > NOISY_THIRDS
    if is_noisy or (count == 0 and not (is_brief and len(theirs) > 0)):
        return False
    if not is_brief and FEW_CHANGED * lacking <= count:
        return False
    places, uncovered, of_figures, with_figures = _replaced_places(copy, witness)
    own_words = uncovered
    if is_brief:
        lacking = max(lacking, of_figures)
        own_words = _lacking(copy.hashes, witness.hashes)
        one = own == other and own_words == 1 and places == 1 and with_figures == 1
        if one and (of_figures == 1 or _have_new_words(copy.hashes, witness.hashes)):
            return True
    if of_figures == 0 or OTHER_PLACES * of_figures < places:
        return False
    if FEW_CHANGED * lacking <= count:
        return False
    if SKELETON * own_words > len(copy.hashes) or _are_scans(
        texts, copy, witness, places - with_figures
    ):
        return False
    if lacking >= MOST_FIGURES and 2 * lacking > count:
        return True
    if 2 * UNIT * places < HALF_PLACE * UNIT + 2 * own:
        return False
    is_update = not is_brief and 100 * other > LONGER_PER_CENT * own
    return places >= FEWER_PLACES or (not is_update and MORE_CHANGED * lacking > count)


@compiled
def _have_new_words(own: U64, others: U64) -> bool:
    return _has_new_word(own, np.sort(others)) and _has_new_word(others, np.sort(own))


@unallocating
def _has_new_word(some: U64, ordered: U64) -> bool:
    for value in some:
        place = np.searchsorted(ordered, value)
        if place == len(ordered) or ordered[place] != value:
            return True
    return False


@compiled
def _are_scans(texts: Texts, copy: Elements, witness: Elements, words: int) -> bool:
    if words < WORD_PLACES or not _is_spaced(copy):
        return False
    lacking = _lacking(_letter_pairs(texts, copy.cut), _letter_pairs(texts, witness.cut))
    return lacking < WRONG_LETTERS * words


@unallocating
def _is_spaced(elements: Elements) -> bool:
    return bool(SPACED_COUNT * _total(elements.thirds) >= SPACED_THIRDS * len(elements.thirds))


@compiled
def _letter_pairs(texts: Texts, cut: U8) -> U64:
    edges = np.array([0, len(cut)])
    letters = Texts(cut, edges, texts.alphabet, texts.places, True)
    return _grams(token_rows(letters, 0, 1)[0], 2)


@unallocating
def _total(thirds: U8) -> Int:
    total: Int = 0
    for third in thirds:
        total += np.int64(third)
    return total


@compiled
def _lacking(some: U64, others: U64) -> int:
    """Count the values that others have not as often."""
    ordered, theirs = np.sort(some), np.sort(others)
    count, place = 0, 0
    for value in ordered:
        while place < len(theirs) and theirs[place] < value:
            place += 1
        if place < len(theirs) and theirs[place] == value:
            place += 1
        else:
            count += 1
    return count


@compiled
def _replaced_places(copy: Elements, witness: Elements) -> tuple[int, int, int, int]:
    """Count the replaced places, as ``replaced_places`` does."""
    size = NGRAM if _is_spaced(copy) else NGRAM_UNSPACED
    if min(len(copy.hashes), len(witness.hashes)) < size:
        size = 1
    own, others = _grams(copy.hashes, size), _grams(witness.hashes, size)
    uncovered = _uncovered(own, others, size)
    mine = _places(copy, uncovered)
    theirs = _places(witness, _uncovered(others, own, size))
    waiting = _waiting(theirs.neighbours)
    places, of_figures, with_figures = 0, 0, 0
    for place in range(len(mine.neighbours)):
        slot = _slot_of(waiting, theirs.neighbours, mine.neighbours[place])
        other = waiting.first[slot]
        if other < 0:
            continue
        # The place stays in its slot where no other one follows: it is marked as taken.
        if waiting.taken[other]:
            continue
        waiting.taken[other] = True
        if waiting.behind[other] >= 0:
            waiting.first[slot] = waiting.behind[other]
        if max(mine.thirds[place], theirs.thirds[other]) > PLACE_MOST_THIRDS:
            continue
        places += 1
        figures, instead = mine.figures[place], theirs.figures[other]
        with_figures += figures != instead
        of_figures += figures != instead and min(figures, instead) > U(0)
    return places, int(uncovered.sum()), of_figures, with_figures


class Waiting(NamedTuple):
    """Places of a text by their neighbours, those with the same ones in order."""

    first: I64  # of a slot: the first place that is not taken, -1 for none
    behind: I64  # (p,): the next place with the same neighbours, -1 for none
    taken: Flags  # (p,)


@compiled
def _waiting(neighbours: U64) -> Waiting:
    size = 8
    while size < 2 * len(neighbours):
        size *= 2
    found = Waiting(
        np.full(size, -1, np.int64),
        np.full(len(neighbours), -1, np.int64),
        np.zeros(len(neighbours), np.bool_),
    )
    for turn in range(len(neighbours)):
        place = len(neighbours) - 1 - turn
        slot = _slot_of(found, neighbours, neighbours[place])
        found.behind[place] = found.first[slot]
        found.first[slot] = place
    return found


@unallocating
def _slot_of(waiting: Waiting, neighbours: U64, wanted: U) -> Int:
    last = len(waiting.first) - 1
    slot = np.int64(wanted & U(last))
    while waiting.first[slot] >= 0 and neighbours[waiting.first[slot]] != wanted:
        slot = (slot + 1) & last
    return slot


@compiled
def _grams(hashes: U64, size: int) -> U64:
    count = max(len(hashes) - size + 1, 0)
    grams = np.zeros(count, np.uint64)
    for place in range(count):
        value = U(0)
        for at in range(size):
            value = mix(value + hashes[place + at])
        grams[place] = value
    return grams


@compiled
def _uncovered(grams: U64, others: U64, size: int) -> Flags:
    ordered = np.sort(others)
    uncovered = np.ones(len(grams) + size - 1, np.bool_)
    for place in range(len(grams)):
        found = np.searchsorted(ordered, grams[place])
        if found < len(ordered) and ordered[found] == grams[place]:
            uncovered[place : place + size] = False
    return uncovered


@compiled
def _places(elements: Elements, uncovered: Flags) -> Places:
    hashes, thirds, is_figure, _ = elements
    total = len(hashes)
    found = Places(
        np.empty(total // 2 + 1, np.uint64),
        np.empty(total // 2 + 1, np.int64),
        np.empty(total // 2 + 1, np.uint64),
    )
    count, place = 0, 0
    while place < total:
        if not uncovered[place]:
            place += 1
            continue
        before = hashes[place - 1] if place else U(0)
        weight, figures = np.int64(0), U(0)
        while place < total and uncovered[place]:
            weight += np.int64(thirds[place])
            if is_figure[place]:
                figures = mix(figures + hashes[place])
            place += 1
        behind = hashes[place] if place < total else U(0)
        found.neighbours[count] = mix(mix(before) + behind)
        found.thirds[count], found.figures[count] = weight, figures
        count += 1
    return Places(found.neighbours[:count], found.thirds[:count], found.figures[:count])
