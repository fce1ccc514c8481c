"""Annotations of items and documents: the kind of each text, and the fields that describe it."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from dedup.datasets.formats.record_format import ANNOTATION_FIELDS
from dedup.index.index_result import IndexMatches

INDEX_ANNOTATION_FIELDS = (
    *ANNOTATION_FIELDS,
    "dedup_supersedes",
)  # names of the fields, in this order


def text_kinds(matches: IndexMatches) -> list[str]:
    """Return the kind of each text: new, updated, exact or near.

    Examples
    --------
    >>> from dedup import Index
    >>> text_kinds(Index().add(["The ferry was late.", "The FERRY was late!"], ids=[1, 2]))
    ['new', 'exact']
    """
    kept = np.where(matches.updated, "updated", "new")
    copies = np.where(matches.exact, "exact", "near")
    kinds: list[str] = np.where(matches.keep, kept, copies).tolist()
    return kinds


def annotations(matches: IndexMatches) -> Iterator[dict[str, Any]]:
    """Yield the annotations of each text, under the field names that the command uses.

    Examples
    --------
    >>> from dedup import Index
    >>> matches = Index().add(["The ferry was late.", "The FERRY was late!"], ids=[1, 2])
    >>> list(annotations(matches))[1]
    {'dedup_keep': False, 'dedup_witness': 1, 'dedup_similarity': 1.0, 'dedup_supersedes': []}
    """
    for row, keep in enumerate(matches.keep.tolist()):
        witness = matches.witness[row]  # an update that is kept may have one, too
        similarity = None if witness is None else round(float(matches.similarity[row]), 6)
        values = (keep, witness, similarity, list(matches.supersedes[row]))
        yield dict(zip(INDEX_ANNOTATION_FIELDS, values, strict=True))
