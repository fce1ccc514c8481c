"""Proposes a threshold from the judgements of a person on pairs of texts.

``dedup-clean review`` shows the least similar removals, some removals drawn at random, and the most
similar kept pairs. The judged pairs are therefore no random sample, and each draw represents
several removals that nobody looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, floor
from typing import Self

import numpy as np

from dedup.arrays.array_types import F64, Flags
from dedup.config import Config
from dedup.matching.decisions import Judgement, PairDecisions

MIN_JUDGED_PAIRS = 30  # for a proposal
MAX_CHANCE = 0.05  # that a better threshold is one by chance
STEPS_PER_UNIT = 100  # thresholds are multiples of 0.01
NEIGHBOURS = (-0.1, -0.05, -0.02, 0.0, 0.02, 0.05, 0.1)  # of both thresholds, in the table
ROUNDED = 1e-6  # similarities in a decisions file have six decimals


@dataclass(frozen=True, slots=True)
class JudgedThreshold:
    """What is expected at a threshold.

    Attributes
    ----------
    threshold
        The threshold.
    precision
        The share of the pairs at the threshold or above that are copies; None without such pairs.
    recall
        The share of the copies that are at the threshold or above; None without copies.
    mistakes
        The number of other pairs at the threshold or above, and of copies below it.
    """

    threshold: float
    precision: float | None
    recall: float | None
    mistakes: float

    @property
    def shares(self) -> tuple[float | None, float | None]:
        """Precision and recall."""
        return self.precision, self.recall


@dataclass(frozen=True, slots=True)
class JudgedThresholds:
    """What judgements say about thresholds.

    Attributes
    ----------
    pairs, copies
        The number of judged near pairs, and of those that were judged as copies.
    left_out
        The number of judgements that say nothing about a threshold: on pairs that were compared
        with other settings, on exact copies, and on numeric variants.
    lowest
        The lowest similarity of these pairs: below it nothing is known.
    near_copies
        The number of removals that the pairs represent; None if it is not known.
    known_texts
        The number of judged texts that are among the audited ones; None if it is not known.
    table
        What is expected at the audited threshold, the proposed one, and their neighbours.
    audited
        The audited threshold.
    proposed
        The proposed threshold, maybe the audited one; None if there are too few judgements.
    reason
        The reason, as a clause.
    """

    pairs: int
    copies: int
    left_out: int
    lowest: float
    near_copies: int | None
    known_texts: int | None
    table: tuple[JudgedThreshold, ...]
    audited: float
    proposed: float | None
    reason: str

    @classmethod
    def of(cls, decisions: PairDecisions, config: Config, known_texts: int | None = None) -> Self:
        """Return what the judgements of a decisions file say about thresholds.

        ``known_texts`` is the number of judged texts that are among the audited ones; None if it is
        not known.

        Examples
        --------
        >>> JudgedThresholds.of(PairDecisions(), Config()).reason
        'there are too few judged pairs (0; 30 are needed)'
        """
        latest = [*decisions.latest.values()]
        judged = WeightedPairs.of([one for one in latest if _is_of(one, config)])
        count, left_out = len(judged.similarity), len(latest) - len(judged.similarity)
        proposed, reason = judged.propose(config.threshold)
        thresholds = {config.threshold, proposed or config.threshold}
        neighbours = {
            round(threshold + step, 2) for threshold in thresholds for step in NEIGHBOURS
        } | thresholds
        lowest = float(judged.similarity.min()) if count else 1.0
        table = (
            judged.at(one)
            for one in sorted(neighbours)
            if one in thresholds or lowest - ROUNDED <= one <= 1
        )
        return cls(
            pairs=count,
            copies=int(judged.is_copy.sum()),
            left_out=left_out,
            lowest=lowest,
            near_copies=judged.near_copies,
            known_texts=known_texts,
            table=tuple(table) if count else (),
            audited=config.threshold,
            proposed=proposed,
            reason=reason,
        )


@dataclass(frozen=True, slots=True)
class WeightedPairs:
    """Judged pairs of texts.

    Attributes
    ----------
    similarity, is_copy
        (n,) each.
    weight
        (n,): the number of pairs that each one represents.
    near_copies
        The number of removals of the reviewed run; None if it is not known.
    """

    similarity: F64
    is_copy: Flags
    weight: F64
    near_copies: int | None

    @classmethod
    def of(cls, judgements: Sequence[Judgement]) -> Self:
        """Return the pairs of some judgements.

        The random draws among the removals that are at least as similar as all uncertain ones
        represent all of these. All other pairs represent themselves. So the sum of the weights of
        the removals is their number in the reviewed run (stratified sampling: Cochran 1977, chapter
        5).

        Examples
        --------
        >>> seen = [(0.8, "uncertain"), (0.85, "random"), (0.9, "uncertain"), (0.95, "random")]
        >>> digests = {"text": "0" * 32, "witness": "1" * 32}
        >>> judgements = [
        ...     Judgement(**digests, decision="keep", similarity=x, source=y, near_copies=50)
        ...     for x, y in seen
        ... ]
        >>> WeightedPairs.of(judgements).weight.tolist()  # the last one represents 47 removals
        [1.0, 1.0, 1.0, 47.0]
        """
        similarity = np.array([one.similarity for one in judgements], np.float64)
        sources = np.array([one.source for one in judgements], object)
        walked = similarity[sources == "uncertain"]
        draws = (sources == "random") & (similarity >= walked.max(initial=0.0))
        single = int((np.isin(sources, ("uncertain", "random")) & ~draws).sum())
        near_copies = judgements[-1].near_copies if judgements else None
        weight = np.ones(len(judgements))
        if near_copies is not None and draws.any():
            weight[draws] = max((near_copies - single) / int(draws.sum()), 1.0)
        is_copy = np.array([one.decision == "remove" for one in judgements], np.bool_)
        return cls(similarity, is_copy, weight, near_copies)

    def at(self, threshold: float) -> JudgedThreshold:
        """Return what is expected at a threshold."""
        removed = self.similarity >= threshold - ROUNDED
        right = self.weight[removed & self.is_copy].sum()
        wrong = self.weight[removed & ~self.is_copy].sum()
        missed = self.weight[~removed & self.is_copy].sum()
        return JudgedThreshold(
            threshold,
            float(right / (right + wrong)) if removed.any() else None,
            float(right / (right + missed)) if self.is_copy.any() else None,
            float(wrong + missed),
        )

    def propose(self, threshold: float) -> tuple[float | None, str]:
        """Return the threshold with the fewest mistakes, and the reason; None for too few pairs.

        Parameters
        ----------
        threshold
            The current one. It stays unless another one makes fewer mistakes, and this is no
            chance: of the judged pairs between both thresholds so many decide for the other one
            that it would be rarer than one in 20 if each decided by a coin (sign test).
        """
        count = len(self.similarity)
        if count < MIN_JUDGED_PAIRS:
            return None, f"there are too few judged pairs ({count}; {MIN_JUDGED_PAIRS} are needed)"
        lowest = floor(self.similarity.min() * STEPS_PER_UNIT + ROUNDED)
        steps = [step / STEPS_PER_UNIT for step in range(max(lowest, 1), STEPS_PER_UNIT + 1)]
        # Of equally good thresholds the highest one: it removes least.
        best = min(reversed(steps), key=lambda step: self.at(step).mistakes)
        if self.at(threshold).mistakes <= self.at(best).mistakes:
            return threshold, f"of {count:,} judged pairs no other threshold decides more as judged"
        low, high = sorted((threshold, best))
        between = (self.similarity >= low - ROUNDED) & (self.similarity < high - ROUNDED)
        changed = int(between.sum())
        better = int((self.is_copy[between] == (best < threshold)).sum())
        decided = f"{better:,} of the {changed:,} judged pairs between {low:g} and {high:g}"
        if _chance_of_heads(changed, better) >= MAX_CHANCE:
            return threshold, f"only {decided} speak for {best:g}, which may be chance"
        border = "; no less similar pair was judged" * (best == steps[0])
        return best, f"{decided} speak for it{border}"


def _is_of(judgement: Judgement, config: Config) -> bool:
    """Return whether a judgement is on a pair that was compared with these settings."""
    judged = (judgement.measure, judgement.unit, judgement.ngram_size)
    audited = (config.measure, config.unit, config.ngram_size)
    are_equal = all(one in (None, other) for one, other in zip(judged, audited, strict=True))
    is_near = judgement.kind in (None, "near") and judgement.similarity is not None
    return are_equal and is_near


def _chance_of_heads(tosses: int, heads: int) -> float:
    """Return the probability of so many heads or more.

    Examples
    --------
    >>> _chance_of_heads(5, 5), _chance_of_heads(4, 4)
    (0.03125, 0.0625)
    """
    return sum(comb(tosses, count) for count in range(heads, tosses + 1)) / 2**tosses
