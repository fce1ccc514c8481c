"""Find all similar pairs of a corpus exactly, and judge a deduplication by them.

An exact join by the prefix filter (Chaudhuri, Ganti and Kaushik 2006; AllPairs of Bayardo, Ma and
Srikant 2007), row by row in numpy. It uses no sketch, no probability and no code of ``dedup``.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Measure = Literal["containment", "jaccard"]

LOW_HALF = np.uint64(2**32 - 1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The errors of a deduplication. Recall is a share of the removals that were due."""

    removed: int
    wrong: I64  # removed rows whose witness is not kept or lacks the reported similarity
    missed: I64  # kept rows that are similar to an earlier kept row

    @property
    def precision(self) -> float:
        return 1 - len(self.wrong) / max(self.removed, 1)

    @property
    def recall(self) -> float:
        return 1 - len(self.missed) / max(self.removed + len(self.missed), 1)


def same_rows(values: U64, offsets: I64) -> I64:
    """Return for each row the first row that is the same set, (n,)."""
    first: dict[bytes, int] = {}
    bounds = zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    found = [
        first.setdefault(values[start:stop].tobytes(), row)
        for row, (start, stop) in enumerate(bounds)
    ]
    return np.array(found, np.int64)


def similar_pairs(
    values: U64, offsets: I64, threshold: float, measure: Measure
) -> tuple[I64, I64, F64]:
    """Join the distinct rows of a corpus with one another, exactly.

    Of rows with the same set only the first takes part, since 100,000 copies of one page would be
    5,000 million pairs. ``same_rows`` names the others. A row without values has no pair.

    Parameters
    ----------
    values, offsets
        n rows, sorted and unique within a row; offsets from 0.
    threshold
        Least similarity, in (0, 1], compared in floating point.
    measure
        ``"jaccard"``: shared values over all values of both; each pair once, left < right.
        ``"containment"``: the share of left's values that right has; left != right.

    Returns
    -------
    left, right, similarity
        The pairs, in any order.
    """
    sizes = np.diff(offsets)
    rows = np.flatnonzero((same_rows(values, offsets) == np.arange(len(sizes))) & (sizes > 0))
    values, offsets = _select(values, offsets, rows)
    sizes = sizes[rows]
    ranks, kinds = _by_rarity(values, offsets)
    # If a row must share s of its m values, it shares one of any m - s + 1 of them.
    least = _least(sizes, threshold)
    prefix = sizes - least + 1
    symmetric = measure == "jaccard"
    left, right, both = _join(ranks, offsets, prefix, least, kinds, symmetric=symmetric)
    if symmetric:
        union = sizes[left] + sizes[right] - both
        similarity = both / union
        enough = similarity >= threshold
        return rows[left[enough]], rows[right[enough]], similarity[enough]
    return rows[left], rows[right], both / sizes[left]


def _select(values: U64, offsets: I64, rows: I64) -> tuple[U64, I64]:
    """Return the rows with the given ascending numbers."""
    sizes = np.diff(offsets)
    is_selected = np.zeros(len(sizes), np.bool_)
    is_selected[rows] = True
    return values[np.repeat(is_selected, sizes)], np.concatenate(([0], np.cumsum(sizes[rows])))


def _by_rarity(values: U64, offsets: I64) -> tuple[I32, int]:
    """Replace each value by its rank, the rarest first; return sorted rows and the rank count."""
    kinds, kind, counts = np.unique(values, return_inverse=True, return_counts=True)
    rank = np.empty(len(kinds), np.uint64)
    rank[np.argsort(counts, kind="stable")] = np.arange(len(kinds), dtype=np.uint64)
    row = np.repeat(np.arange(len(offsets) - 1, dtype=np.uint64), np.diff(offsets))
    keys = row << np.uint64(32) | rank[kind]
    keys.sort()
    return (keys & LOW_HALF).astype(np.int32), len(kinds)


def _postings(ranks: I32, offsets: I64, lengths: I64, kinds: int) -> tuple[I64, I32]:
    """Index the first ``lengths`` values of each row; return the posting lists."""
    row_of = np.repeat(np.arange(len(lengths), dtype=np.int32), np.diff(offsets))
    inside = np.arange(len(ranks)) - offsets[row_of] < lengths[row_of]
    rows, keys = row_of[inside], ranks[inside]
    del row_of, inside
    starts = np.concatenate(([0], np.cumsum(np.bincount(keys, minlength=kinds))))
    return starts, rows[np.argsort(keys, kind="stable")]


def _least(sizes: I64, threshold: float) -> I64:
    """Return for each size the least number of values whose share reaches the threshold."""
    least: I64 = np.ceil(threshold * sizes).astype(np.int64)
    least -= (least - 1) / sizes >= threshold
    least += least / sizes < threshold
    return least


def _join(  # noqa: PLR0913  plain arrays
    ranks: I32, offsets: I64, prefix: I64, least: I64, kinds: int, *, symmetric: bool
) -> tuple[I64, I64, I64]:
    """Return pairs (left, right) and the number of values they share.

    That is at least ``least`` of left. If symmetric, of both rows, and left < right.
    """
    starts, postings = _postings(ranks, offsets, prefix, kinds)
    found = [np.zeros((3, 0), np.int64)]
    in_row = np.zeros(kinds, np.bool_)
    for row in range(len(offsets) - 1):
        values = ranks[offsets[row] : offsets[row + 1]]
        query_keys = values[: prefix[row]] if symmetric else values
        candidates = np.unique(_ragged(postings, starts[query_keys], starts[query_keys + 1])[0])
        candidates = candidates[candidates < row] if symmetric else candidates[candidates != row]
        if not len(candidates):
            continue
        in_row[values] = True
        their_values, firsts = _ragged(ranks, offsets[candidates], offsets[candidates + 1])
        shared = np.add.reduceat(in_row[their_values], firsts, dtype=np.int64)
        in_row[values] = False
        needed = np.maximum(least[candidates], least[row]) if symmetric else least[candidates]
        enough = shared >= needed
        left = candidates[enough].astype(np.int64)
        found.append(np.stack([left, np.full(len(left), row), shared[enough]]))
    left, right, both = np.concatenate(found, axis=1)
    return left, right, both


def _ragged(values: I32, starts: I64, stops: I64) -> tuple[I32, I64]:
    """Return ranges of an array end to end, and the start of each in the result."""
    lengths = stops - starts
    firsts = np.cumsum(lengths) - lengths
    return values[np.arange(lengths.sum()) + np.repeat(starts - firsts, lengths)], firsts


def judge(  # noqa: PLR0913, PLR0917  the arrays of one result
    values: U64,
    offsets: I64,
    order: I64,
    keep: Flags,
    witness: I64,
    similarity: F32 | F64,
    threshold: float,
    measure: Measure,
) -> Verdict:
    """Judge a deduplication in which only kept rows are witnesses.

    Parameters
    ----------
    values, offsets
        n rows, sorted and unique within a row.
    order
        (n,): the rows in processing order.
    keep, witness, similarity
        (n,): whether a row was kept; the witness of a removed row; their reported similarity,
        within float32.
    """
    kept = np.flatnonzero(keep)
    wrong = []
    for row in np.flatnonzero(~keep).tolist():
        witness_row = int(witness[row])
        is_row = 0 <= witness_row < len(keep)
        exact = _similarity(values, offsets, row, witness_row, measure) if is_row else 0.0
        is_as_reported = bool(np.isclose(exact, similarity[row], rtol=1e-6, atol=0))
        if exact < threshold or not is_as_reported or not keep[witness_row]:
            wrong.append(row)

    values, offsets = _select(values, offsets, kept)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    place = place[kept]
    representative = same_rows(values, offsets)
    earliest = np.full(len(kept), len(order))  # least place of the rows with the same set
    np.minimum.at(earliest, representative, place)
    similar = earliest.copy()  # least place of these rows and of the rows similar to them
    left, right, _ = similar_pairs(values, offsets, threshold, measure)
    np.minimum.at(similar, left, earliest[right])
    if measure == "jaccard":
        np.minimum.at(similar, right, earliest[left])
    missed = kept[(similar[representative] < place) & (np.diff(offsets) > 0)]
    return Verdict(len(keep) - len(kept), np.array(wrong, np.int64), missed)


def _similarity(values: U64, offsets: I64, row: int, witness_row: int, measure: Measure) -> float:
    left, right = (values[offsets[at] : offsets[at + 1]] for at in (row, witness_row))
    both = len(np.intersect1d(left, right, assume_unique=True))
    total = len(left) + len(right) - both if measure == "jaccard" else len(left)
    return both / max(total, 1)
