"""Chooses the clusters and pairs that the report on a corpus shows."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from dedup.arrays.array_types import I64
from dedup.reports.decided_texts import DecidedTexts
from dedup.reports.text_pairs import TextPair, text_pair

LARGEST_CLUSTERS, SAMPLED_CLUSTERS = 10, 60
LARGEST_MEMBERS, SAMPLED_MEMBERS = 8, 3  # that are shown of such a cluster
SAMPLED_VARIANTS, CLOSEST_PAIRS = 30, 15
PAIR_CHARACTERS = 2_000  # of each text of a pair, about
MAX_NAME_CHARACTERS = 200
SIZE_CLASSES = (2, 3, 4, 5, 10, 20, 50, 100, 1_000, 10_000)  # the smallest cluster of each


class ShownPair(NamedTuple):
    """A text beside its witness."""

    copy_name: str
    witness_name: str
    kind: str  # "exact", "near", "judged", "exempt" (by a pair rule) or "kept"
    similarity: float | None  # None if it is not known
    pair: TextPair
    is_witness_missing: bool  # its text is not among the texts of the report

    @property
    def is_removed(self) -> bool:
        """Whether the text was removed; otherwise it is kept although it is similar."""
        return self.kind in ("exact", "near", "judged")


class ShownCluster(NamedTuple):
    """A kept text, and some of the copies of it."""

    name: str
    size: int  # with the kept text
    is_largest: bool  # else it is of the sample
    pairs: tuple[ShownPair, ...]


class SizeClass(NamedTuple):
    """The clusters of some sizes."""

    sizes: str
    clusters: int
    removed: int


class Clusters:
    """The clusters of a corpus: rows with their witness.

    Attributes
    ----------
    witnesses
        (c,): the witness of each cluster, ascending.
    counts
        (c,): the number of its copies.
    """

    def __init__(self, texts: DecidedTexts) -> None:
        self._texts, rows = texts, texts.removed_rows
        order = np.argsort(texts.witness[rows], kind="stable")
        self._rows = rows[order]
        found = texts.witness[self._rows]
        self._starts = np.flatnonzero(np.diff(found, prepend=-1))
        self.witnesses = found[self._starts]
        self.counts = np.diff(self._starts, append=len(found))

    def size_classes(self) -> list[SizeClass]:
        """Return how many clusters have which sizes."""
        sizes = self.counts + 1
        classes = np.searchsorted(SIZE_CLASSES, sizes, "right") - 1
        found = []
        for place, smallest in enumerate(SIZE_CLASSES):
            chosen = classes == place
            largest = SIZE_CLASSES[place + 1] - 1 if place + 1 < len(SIZE_CLASSES) else 0
            label = f"{smallest:,} to {largest:,}" if largest else f"{smallest:,} and more"
            if largest == smallest:
                label = str(smallest)
            if chosen.any():
                found.append(SizeClass(label, int(chosen.sum()), int(self.counts[chosen].sum())))
        return found

    def shown(self) -> Iterator[ShownCluster]:
        """Yield the largest clusters, and a random sample of the others, by the seed."""
        order = np.argsort(-self.counts, kind="stable")
        for place in order[:LARGEST_CLUSTERS].tolist():
            yield self._cluster(place, LARGEST_MEMBERS, is_largest=True)
        for place in drawn(order[LARGEST_CLUSTERS:], SAMPLED_CLUSTERS, self._texts.config.seed):
            yield self._cluster(place, SAMPLED_MEMBERS, is_largest=False)

    def _cluster(self, place: int, members: int, *, is_largest: bool) -> ShownCluster:
        """Return a cluster with its least similar copies."""
        start, count = int(self._starts[place]), int(self.counts[place])
        rows = self._rows[start : start + count]
        rows = rows[np.lexsort((rows, self._texts.exact[rows], self._texts.similarity[rows]))]
        witness = int(self.witnesses[place])
        pairs = tuple(removed_pair(self._texts, row) for row in rows[:members].tolist())
        return ShownCluster(shown_name(self._texts, witness), count + 1, is_largest, pairs)


def drawn(rows: I64, count: int, seed: int) -> list[int]:
    """Return a random sample of rows in their order, all if there are not more.

    Examples
    --------
    >>> drawn(np.arange(5), 8, seed=1), len(drawn(np.arange(50), 8, seed=1))
    ([0, 1, 2, 3, 4], 8)
    """
    chosen = np.random.default_rng(seed).permutation(len(rows))[:count]
    chosen.sort()
    return [*map(int, rows[chosen])]


def removed_pair(texts: DecidedTexts, row: int) -> ShownPair:
    """Return a removed row beside its witness."""
    kind = "exact" if texts.exact[row] else "judged" if texts.judged_copy[row] else "near"
    return shown_pair(texts, row, int(texts.witness[row]), kind, float(texts.similarity[row]))


def sampled_variants(texts: DecidedTexts) -> list[ShownPair]:
    """Return a random sample of the rows that a pair rule keeps, each beside a similar text."""
    rows = drawn(texts.variant_rows, SAMPLED_VARIANTS, texts.config.seed)
    return [shown_pair(texts, row, int(texts.variant[row]), "exempt", None) for row in rows]


def least_similar(texts: DecidedTexts) -> list[ShownPair]:
    """Return the removed rows with the lowest similarity, beside their witnesses."""
    rows = texts.removed_rows
    rows = rows[~texts.exact[rows]]
    order = np.argsort(texts.similarity[rows], kind="stable")[:CLOSEST_PAIRS]
    return [removed_pair(texts, row) for row in rows[order].tolist()]


def shown_pair(
    texts: DecidedTexts, row: int, witness: int, kind: str, similarity: float | None
) -> ShownPair:
    """Return two texts side by side."""
    copy, witness_text = (texts.text_of(row) or "").strip(), texts.text_of(witness)
    names = shown_name(texts, row), shown_name(texts, witness)
    pair = text_pair(copy, copy if witness_text is None else witness_text.strip(), PAIR_CHARACTERS)
    return ShownPair(*names, kind, similarity, pair, witness_text is None)


def shown_name(texts: DecidedTexts, row: int) -> str:
    """Return the name of a text, or its beginning."""
    return texts.name_of(row)[:MAX_NAME_CHARACTERS]
