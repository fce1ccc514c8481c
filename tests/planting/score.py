"""Score the spans that a tool flagged by the planted copies."""

from __future__ import annotations

from dataclasses import dataclass, field

from .oracle import words
from .plant import Planted

MIN_SIMILARITY = 0.8  # a changed copy of this similarity may be flagged
SURE_SIMILARITY = 0.85  # a changed copy of this similarity must be flagged
MIN_COVER = 0.9  # share of the non-blank characters

Span = tuple[int, int]


@dataclass(frozen=True)
class Tally:
    """Counts for exact or for changed copies.

    Attributes
    ----------
    true_positive, false_positive : int
        Flagged spans inside and outside planted copies.
    found, false_negative : int
        Planted copies that flagged spans cover, and planted copies that they miss.
    """

    true_positive: int = 0
    false_positive: int = 0
    found: int = 0
    false_negative: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Add up two tallies."""
        return Tally(
            self.true_positive + other.true_positive,
            self.false_positive + other.false_positive,
            self.found + other.found,
            self.false_negative + other.false_negative,
        )

    @property
    def precision(self) -> float:
        """Share of the flagged spans that are right; 1.0 when there are none."""
        flagged = self.true_positive + self.false_positive
        return self.true_positive / flagged if flagged else 1.0

    @property
    def recall(self) -> float:
        """Share of the planted copies that are found; 1.0 when there are none."""
        planted = self.found + self.false_negative
        return self.found / planted if planted else 1.0


@dataclass(frozen=True)
class Score:
    """One tally for copies with equal words, one for changed copies.

    A flagged span outside all copies counts in `exact` if the text has only exact copies, else in
    `near`.
    """

    exact: Tally = field(default_factory=Tally)
    near: Tally = field(default_factory=Tally)

    def __add__(self, other: Score) -> Score:
        """Add up two scores."""
        return Score(self.exact + other.exact, self.near + other.near)

    @property
    def both(self) -> Tally:
        """Exact and near together."""
        return self.exact + self.near


def _ink(text: str, start: int, stop: int) -> int:
    """Count the non-blank characters of a span."""
    return len("".join(text[start:stop].split())) if start < stop else 0


def _merged(spans: list[Span]) -> list[Span]:
    """Join spans that overlap."""
    joined: list[Span] = []
    for start, stop in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined


def score(planted: Planted, flagged: list[Span]) -> Score:
    """Score flagged character spans.

    A flagged span is right when 90% of its non-blank characters lie in copies of similarity
    0.8 or more. A copy is found when flagged spans cover 90% of its non-blank characters.
    Changed copies below 0.85 need not be found. Copies and spans without words do not count.

    Parameters
    ----------
    planted : Planted
        The text and its copies.
    flagged : list[Span]
        Start and stop of each flagged block.

    Returns
    -------
    Score
        The counts.
    """
    text = planted.text
    tallies = {True: Tally(), False: Tally()}
    only_exact = all(copy.exact for copy in planted.copies)
    without_words = {copy for copy in planted.copies if not words(text[copy.start : copy.stop])}
    for start, stop in flagged:
        shares = {
            copy: _ink(text, max(start, copy.start), min(stop, copy.stop))
            for copy in planted.copies
            if copy.start < stop and start < copy.stop
        }
        free = sum(ink for copy, ink in shares.items() if copy in without_words)
        good = sum(
            ink
            for copy, ink in shares.items()
            if copy not in without_words and copy.similarity >= MIN_SIMILARITY
        )
        right = free + good >= MIN_COVER * _ink(text, start, stop)
        if words(text[start:stop]):
            most = max(shares, key=lambda copy: shares[copy], default=None)
            exact = most.exact if most and right else only_exact
            tallies[exact] += Tally(true_positive=int(right), false_positive=int(not right))
    union = _merged(flagged)
    for copy in planted.copies:
        if copy in without_words or not (copy.exact or copy.similarity >= SURE_SIMILARITY):
            continue
        inside = sum(_ink(text, max(a, copy.start), min(b, copy.stop)) for a, b in union)
        found = inside >= MIN_COVER * _ink(text, copy.start, copy.stop)
        tallies[copy.exact] += Tally(found=int(found), false_negative=int(not found))
    return Score(tallies[True], tallies[False])
