"""How much of the truth a tool's decision holds, in each form of a decision."""

from dataclasses import dataclass

import numpy as np

from benchmarks.peers.protocol import Decision
from benchmarks.peers.truth import I64, Mask, Truth


@dataclass(frozen=True, slots=True)
class Score:
    """Counts: of what was returned, and of what there was to find.

    Same sets: rows beyond the first of each set; for flags, all rows of a repeated set.
    Near: pairs of distinct sets; for flags, rows that are similar and not repeated.
    """

    unit: str
    returned: int
    right: int  # of those returned, the true ones
    same: int
    same_found: int
    near: int
    near_found: int

    @property
    def cells(self) -> list[str]:
        """What the table shows: a count, and three shares."""
        shares = (
            (self.same_found, self.same),
            (self.near_found, self.near),
            (self.right, self.returned),
        )
        return [
            f"{self.returned:,} {self.unit}",
            *(f"{part / whole:.4f}" if whole else "none" for part, whole in shares),
        ]


def score(decision: Decision, truth: Truth) -> Score:
    if "flags" in decision:
        return score_flags(row_mask(decision, "flags", len(truth.leader)), truth)
    if "keep" in decision:
        return score_kept(row_mask(decision, "keep", len(truth.leader)), truth)
    return score_pairs(pair_table(decision), truth)


def score_pairs(pairs: I64, truth: Truth) -> Score:
    """A pair of rows stands for the pair of their sets."""
    copies = np.flatnonzero(truth.leader != np.arange(len(truth.leader)))
    one, other = np.sort(truth.leader[pairs], axis=1).T
    same, codes = one == other, one * len(truth.leader) + other
    right = same | np.isin(codes, truth.codes)
    return Score(
        unit="pairs",
        returned=len(pairs),
        right=int(right.sum()),
        same=len(copies),
        same_found=int(np.isin(copies, pairs[same]).sum()),
        near=len(truth.left),
        near_found=int(np.isin(truth.codes, codes).sum()),
    )


def score_kept(kept: Mask, truth: Truth) -> Score:
    """A set is found when one of its rows at most is kept, a pair when one of its sets is."""
    sets_kept = np.unique(truth.leader[kept])
    standing = np.isin(np.arange(len(kept)), sets_kept)
    copies = len(kept) - len(np.unique(truth.leader))
    return Score(
        unit="rows removed",
        returned=int((~kept).sum()),
        right=int((truth.repeated | truth.similar)[~kept].sum()),
        same=copies,
        same_found=copies - int(kept.sum()) + len(sets_kept),
        near=len(truth.left),
        near_found=int((~(standing[truth.left] & standing[truth.right])).sum()),
    )


def score_flags(flagged: Mask, truth: Truth) -> Score:
    alone = truth.similar & ~truth.repeated
    return Score(
        unit="rows flagged",
        returned=int(flagged.sum()),
        right=int((truth.repeated | truth.similar)[flagged].sum()),
        same=int(truth.repeated.sum()),
        same_found=int(flagged[truth.repeated].sum()),
        near=int(alone.sum()),
        near_found=int(flagged[alone].sum()),
    )


def pairs_found(decision: Decision, left: I64, right: I64, count: int) -> Mask:
    """Return which of some pairs of rows were found: listed, not both kept, or both flagged."""
    if "flags" in decision:
        flagged = row_mask(decision, "flags", count)
        return flagged[left] & flagged[right]
    if "keep" in decision:
        kept = row_mask(decision, "keep", count)
        return ~(kept[left] & kept[right])
    one, other = np.sort(pair_table(decision), axis=1).T
    return np.isin(left * count + right, one * count + other)


def pair_table(decision: Decision) -> I64:
    return np.array(decision["pairs"], np.int64).reshape(-1, 2)


def row_mask(decision: Decision, kind: str, count: int) -> Mask:
    mask = np.zeros(count, np.bool_)
    mask[np.array(decision[kind], np.int64)] = True
    return mask
