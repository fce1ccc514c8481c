"""Score a tool's decision against the exact pairs, for each form of a decision."""

from dataclasses import dataclass

import numpy as np

from benchmarks.peers.protocol import Decision
from benchmarks.peers.truth import I64, Mask, Truth


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of what a tool returned and of what it could find.

    Exact copies: rows beyond the first row of each shingle set; for flags, all rows that share
    their set with another row. Near copies: similar pairs of different sets; for flags, rows that
    are similar to another row and share their set with none.
    """

    unit: str  # of `returned`
    returned: int
    correct: int  # of those returned
    exact: int
    exact_found: int
    near: int
    near_found: int

    @property
    def cells(self) -> list[str]:
        """Cells of the table: the count returned, recall of exact and near copies, precision."""
        shares = (
            (self.exact_found, self.exact),
            (self.near_found, self.near),
            (self.correct, self.returned),
        )
        return [
            f"{self.returned:,} {self.unit}",
            *(f"{part / total:.4f}" if total else "none" for part, total in shares),
        ]


def score(decision: Decision, truth: Truth) -> Score:
    if "flags" in decision:
        return score_flags(row_mask(decision, "flags", len(truth.representative)), truth)
    if "keep" in decision:
        return score_kept(row_mask(decision, "keep", len(truth.representative)), truth)
    return score_pairs(pair_table(decision), truth)


def score_pairs(pairs: I64, truth: Truth) -> Score:
    """Score pairs of rows as pairs of their sets."""
    count = len(truth.representative)
    copies = np.flatnonzero(truth.representative != np.arange(count))
    left, right = np.sort(truth.representative[pairs], axis=1).T
    exact, codes = left == right, left * count + right
    correct = exact | np.isin(codes, truth.codes)
    return Score(
        unit="pairs",
        returned=len(pairs),
        correct=int(correct.sum()),
        exact=len(copies),
        exact_found=int(np.isin(copies, pairs[exact]).sum()),
        near=len(truth.left),
        near_found=int(np.isin(truth.codes, codes).sum()),
    )


def score_kept(kept: Mask, truth: Truth) -> Score:
    """Score kept rows: a set counts as found if at most one of its rows is kept, a similar pair of
    sets if rows of at most one of them are kept.
    """
    sets_kept = np.unique(truth.representative[kept])
    set_is_kept = np.isin(np.arange(len(kept)), sets_kept)
    copies = len(kept) - len(np.unique(truth.representative))
    return Score(
        unit="rows removed",
        returned=int((~kept).sum()),
        correct=int((truth.repeated | truth.similar)[~kept].sum()),
        exact=copies,
        exact_found=copies - int(kept.sum()) + len(sets_kept),
        near=len(truth.left),
        near_found=int((~(set_is_kept[truth.left] & set_is_kept[truth.right])).sum()),
    )


def score_flags(flagged: Mask, truth: Truth) -> Score:
    only_similar = truth.similar & ~truth.repeated
    return Score(
        unit="rows flagged",
        returned=int(flagged.sum()),
        correct=int((truth.repeated | truth.similar)[flagged].sum()),
        exact=int(truth.repeated.sum()),
        exact_found=int(flagged[truth.repeated].sum()),
        near=int(only_similar.sum()),
        near_found=int(flagged[only_similar].sum()),
    )


def pairs_found(decision: Decision, left: I64, right: I64, count: int) -> Mask:
    """Return which of the pairs were found: returned, not both rows kept, or both rows flagged."""
    if "flags" in decision:
        flagged = row_mask(decision, "flags", count)
        return flagged[left] & flagged[right]
    if "keep" in decision:
        kept = row_mask(decision, "keep", count)
        return ~(kept[left] & kept[right])
    found_left, found_right = np.sort(pair_table(decision), axis=1).T
    return np.isin(left * count + right, found_left * count + found_right)


def pair_table(decision: Decision) -> I64:
    """Return pairs as an array, (pairs, 2)."""
    return np.array(decision["pairs"], np.int64).reshape(-1, 2)


def row_mask(decision: Decision, kind: str, count: int) -> Mask:
    mask = np.zeros(count, np.bool_)
    mask[np.array(decision[kind], np.int64)] = True
    return mask
