"""The texts that the audited settings keep and other settings would remove."""

from dataclasses import dataclass

import numpy as np

from dedup.arrays.array_types import I64, Flags
from dedup.arrays.packed import PackedTexts
from dedup.auditing.similarity_view import ShingleIndex, SimilarityView
from dedup.matching.dedup_result import DedupResult
from dedup.matching.pairs import Pairs, connected_components
from dedup.text.hashing import shingle_texts

MAX_LINKING_TEXTS = 3000  # removed texts whose other matches are looked up


@dataclass(frozen=True, slots=True, eq=False)
class FurtherRemovals:
    """Texts that the audited settings keep and other settings remove.

    Attributes
    ----------
    kept
        Number of texts that the audited settings keep.
    rows
        (m,) int64: the rows that the audited settings keep and the other settings remove,
        ascending.
    linked
        (m,) bool: whether removed texts link such a row to the row that the other settings keep
        instead. A removed text links all kept texts that it matches.
    same_form
        The share of the compared ``rows`` that may be form letters.
    """

    kept: int
    rows: I64
    linked: Flags
    same_form: float


def further_removals(
    packed: PackedTexts,
    audited: DedupResult,
    alternative: DedupResult,
    view: SimilarityView,
    threads: int | None,
) -> FurtherRemovals:
    """Compare the texts that two settings keep of a sample.

    This recognizes the output of several extractors. Each page comes bare, with one frame and with
    another. The bare article is removed as a copy of one framed page and also matches the other.
    The two framed pages do not match each other, so both are kept, but the removed article links
    them.

    Parameters
    ----------
    audited, alternative
        The results of the audited and of the other settings on ``packed``.
    view
        The similarities under the other settings.
    """
    rows = np.flatnonzero(audited.keep & ~alternative.keep)
    group = _linked_groups(packed, audited, threads) if len(rows) else rows
    kept_instead = audited.witness[alternative.witness[rows]]
    # A numeric variant is no copy, even if it is linked.
    is_variant = audited.numeric_variant[rows] != rows
    linked = (group[rows] == group[kept_instead]) & ~is_variant
    compared = np.isin(view.rows, rows)
    same_form = float(view.same_form[compared].mean()) if compared.any() else 0.0
    return FurtherRemovals(int(audited.keep.sum()), rows, linked, same_form)


def _linked_groups(packed: PackedTexts, audited: DedupResult, threads: int | None) -> I64:
    """Return the group number of each text, (n,). Kept texts linked by removed ones share one."""
    config = audited.config
    shingles = shingle_texts(packed.utf8, packed.offsets, config, threads)
    index = ShingleIndex(shingles, config.measure)
    removed = np.flatnonzero(~audited.keep & ~audited.exact)
    removed = np.random.default_rng(config.seed).permutation(removed)[:MAX_LINKING_TEXTS]
    left, right = [removed], [audited.witness[removed]]
    for row in removed.tolist():
        similar = index.similarities(row) >= np.float32(config.threshold)
        right.append(np.flatnonzero(similar & audited.keep))
        left.append(np.full(len(right[-1]), row))
    ends = np.concatenate(left), np.concatenate(right)
    return connected_components(Pairs(*ends, np.ones(len(ends[0]), np.float32)), len(audited))
