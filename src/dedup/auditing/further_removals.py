"""What other settings would remove of the texts that the audited settings keep."""

from dataclasses import dataclass

import numpy as np

from dedup.arrays.array_types import I64, Flags
from dedup.arrays.packed import PackedTexts
from dedup.auditing.similarity_view import Look, Postings
from dedup.matching.dedup_result import DedupResult
from dedup.matching.pairs import Pairs, connected_components
from dedup.text.hashing import shingle_texts

MOST_REMOVED = 3000  # removed texts whose other matches are looked up


@dataclass(frozen=True, slots=True, eq=False)
class FurtherRemovals:
    """Texts that the audited settings keep and other settings remove.

    Attributes
    ----------
    kept
        How many texts the audited settings keep.
    rows
        (m,) int64: the texts that the audited settings keep and the others remove, ascending.
    linked
        (m,) bool: whether removed texts link such a text to the one that the other settings keep
        for it. A removed text links all kept texts that it matches.
    same_form
        The share of the compared ones of ``rows`` that may be texts of one form.
    """

    kept: int
    rows: I64
    linked: Flags
    same_form: float


def further_removals(
    packed: PackedTexts, own: DedupResult, others: DedupResult, look: Look, threads: int | None
) -> FurtherRemovals:
    """Compare what two settings keep of a sample.

    Output of several extractors shows here: a page's bare article is removed as a copy of the page
    with one frame, and also matches the page with another frame. The two pages do not match each
    other, so both stay, but the removed article links them.

    Parameters
    ----------
    own, others
        What the audited settings and the others do to ``packed``.
    look
        The similarities by the measure of the others.
    """
    rows = np.flatnonzero(own.keep & ~others.keep)
    group = _linked_groups(packed, own, threads) if len(rows) else rows
    stays = own.witness[others.witness[rows]]
    # A numeric variant is no copy, whatever it is linked to.
    linked = (group[rows] == group[stays]) & (own.numeric_variant[rows] == rows)
    compared = np.isin(look.rows, rows)
    same_form = float(look.form[compared].mean()) if compared.any() else 0.0
    return FurtherRemovals(int(own.keep.sum()), rows, linked, same_form)


def _linked_groups(packed: PackedTexts, own: DedupResult, threads: int | None) -> I64:
    """Return the number of the group of each text, (n,): kept texts that removed ones link."""
    config = own.config
    shingles = shingle_texts(packed.utf8, packed.offsets, config, threads)
    postings = Postings(shingles, config.measure)
    removed = np.flatnonzero(~own.keep & ~own.exact)
    removed = np.random.default_rng(config.seed).permutation(removed)[:MOST_REMOVED]
    left, right = [removed], [own.witness[removed]]
    for row in removed.tolist():
        similar = postings.similar(row) >= np.float32(config.threshold)
        right.append(np.flatnonzero(similar & own.keep))
        left.append(np.full(len(right[-1]), row))
    ends = np.concatenate(left), np.concatenate(right)
    return connected_components(Pairs(*ends, np.ones(len(ends[0]), np.float32)), len(own))
