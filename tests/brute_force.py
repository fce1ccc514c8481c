"""All similar pairs of a corpus, and the judgement of a deduplication by them.

No sketch, no probability, and no code shared with what is judged: an exact join by the
prefix filter (Chaudhuri, Ganti and Kaushik 2006; AllPairs of Bayardo, Ma and Srikant
2007), row by row in numpy.
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
    """What is wrong with a deduplication; recall counts removals."""

    removed: int
    wrong: I64  # removed rows without a kept witness of the similarity that was reported
    missed: I64  # kept rows to which an earlier kept row is similar

    @property
    def precision(self) -> float:
        return 1 - len(self.wrong) / max(self.removed, 1)

    @property
    def recall(self) -> float:
        return 1 - len(self.missed) / max(self.removed + len(self.missed), 1)


def same_rows(values: U64, offsets: I64) -> I64:
    """Return the first row that is the same set as each row, (n,)."""
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

    Of rows that are the same set only the first takes part, or a page that is there
    100,000 times would be ten thousand million pairs: ``same_rows`` names the others.
    Rows without values are like no row.

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
        The pairs, in no order that is promised.
    """
    sizes = np.diff(offsets)
    rows = np.flatnonzero((same_rows(values, offsets) == np.arange(len(sizes))) & (sizes > 0))
    values, offsets = _select(values, offsets, rows)
    sizes = sizes[rows]
    ranks, kinds = _by_rarity(values, offsets)
    # A row of m values of which s must be shared shares one of any m - s + 1 of them.
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
    """Return some rows, given in ascending order."""
    sizes = np.diff(offsets)
    wanted = np.zeros(len(sizes), np.bool_)
    wanted[rows] = True
    return values[np.repeat(wanted, sizes)], np.concatenate(([0], np.cumsum(sizes[rows])))


def _by_rarity(values: U64, offsets: I64) -> tuple[I32, int]:
    """Number the values by how many rows have them; return the rows so sorted, and the count."""
    kinds, kind, counts = np.unique(values, return_inverse=True, return_counts=True)
    rank = np.empty(len(kinds), np.uint64)
    rank[np.argsort(counts, kind="stable")] = np.arange(len(kinds), dtype=np.uint64)
    row = np.repeat(np.arange(len(offsets) - 1, dtype=np.uint64), np.diff(offsets))
    keys = row << np.uint64(32) | rank[kind]
    keys.sort()
    return (keys & LOW_HALF).astype(np.int32), len(kinds)


def _postings(ranks: I32, offsets: I64, lengths: I64, kinds: int) -> tuple[I64, I32]:
    """Return the rows that have each value among so many of their first, and where they begin."""
    row_of = np.repeat(np.arange(len(lengths), dtype=np.int32), np.diff(offsets))
    inside = np.arange(len(ranks)) - offsets[row_of] < lengths[row_of]
    entered, under = row_of[inside], ranks[inside]
    del row_of, inside
    starts = np.concatenate(([0], np.cumsum(np.bincount(under, minlength=kinds))))
    return starts, entered[np.argsort(under, kind="stable")]


def _least(sizes: I64, threshold: float) -> I64:
    """Return the fewest values whose share of each size reaches the threshold."""
    least: I64 = np.ceil(threshold * sizes).astype(np.int64)
    least -= (least - 1) / sizes >= threshold
    least += least / sizes < threshold
    return least


def _join(  # noqa: PLR0913  plain arrays
    ranks: I32, offsets: I64, prefix: I64, least: I64, kinds: int, *, symmetric: bool
) -> tuple[I64, I64, I64]:
    """Return pairs (left, right) and what they share: at least what left asks for.

    Symmetric: at least what both ask for, and left < right.
    """
    starts, postings = _postings(ranks, offsets, prefix, kinds)
    found = [np.zeros((3, 0), np.int64)]
    own = np.zeros(kinds, np.bool_)
    for row in range(len(offsets) - 1):
        values = ranks[offsets[row] : offsets[row + 1]]
        probes = values[: prefix[row]] if symmetric else values
        others = np.unique(_ragged(postings, starts[probes], starts[probes + 1])[0])
        others = others[others < row] if symmetric else others[others != row]
        if not len(others):
            continue
        own[values] = True
        theirs, firsts = _ragged(ranks, offsets[others], offsets[others + 1])
        shared = np.add.reduceat(own[theirs], firsts, dtype=np.int64)
        own[values] = False
        needed = np.maximum(least[others], least[row]) if symmetric else least[others]
        enough = shared >= needed
        left = others[enough].astype(np.int64)
        found.append(np.stack([left, np.full(len(left), row), shared[enough]]))
    left, right, both = np.concatenate(found, axis=1)
    return left, right, both


def _ragged(values: I32, starts: I64, stops: I64) -> tuple[I32, I64]:
    """Return stretches of an array end to end, and where each begins."""
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
    """Judge a deduplication in which kept rows alone are witnesses.

    Parameters
    ----------
    values, offsets
        n rows, sorted and unique within a row.
    order
        (n,): the rows as they were taken.
    keep, witness, similarity
        (n,): which rows were kept; for the others of which kept row they are a copy, and
        how similar they were said to be, within float32.
    """
    kept = np.flatnonzero(keep)
    wrong = []
    for row in np.flatnonzero(~keep).tolist():
        of = int(witness[row])
        exact = _similarity(values, offsets, row, of, measure) if 0 <= of < len(keep) else 0.0
        said = bool(np.isclose(exact, similarity[row], rtol=1e-6, atol=0))
        if exact < threshold or not said or not keep[of]:
            wrong.append(row)

    values, offsets = _select(values, offsets, kept)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    place = place[kept]
    leader = same_rows(values, offsets)
    earliest = np.full(len(kept), len(order))  # of the rows with the same set, by leader
    np.minimum.at(earliest, leader, place)
    similar = earliest.copy()  # likewise, of the rows that are similar to them
    left, right, _ = similar_pairs(values, offsets, threshold, measure)
    np.minimum.at(similar, left, earliest[right])
    if measure == "jaccard":
        np.minimum.at(similar, right, earliest[left])
    missed = kept[(similar[leader] < place) & (np.diff(offsets) > 0)]
    return Verdict(len(keep) - len(kept), np.array(wrong, np.int64), missed)


def _similarity(values: U64, offsets: I64, row: int, of: int, measure: Measure) -> float:
    own, other = (values[offsets[at] : offsets[at + 1]] for at in (row, of))
    both = len(np.intersect1d(own, other, assume_unique=True))
    whole = len(own) + len(other) - both if measure == "jaccard" else len(own)
    return both / max(whole, 1)
