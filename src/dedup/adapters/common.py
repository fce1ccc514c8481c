"""What adapters share: the kind of each text, and its annotations."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from dedup.datasets.formats.record_format import ANNOTATION_FIELDS
from dedup.index.index_result import IndexMatches

ANNOTATIONS = (*ANNOTATION_FIELDS, "dedup_supersedes")


def kinds(matches: IndexMatches) -> list[str]:
    """Return the kind of each text: new, updated, exact or near.

    Examples
    --------
    >>> from dedup import Index
    >>> kinds(Index().add(["The ferry was late.", "The FERRY was late!"], ids=[1, 2]))
    ['new', 'exact']
    """
    kept = np.where(matches.updated, "updated", "new")
    copies = np.where(matches.exact, "exact", "near")
    found: list[str] = np.where(matches.keep, kept, copies).tolist()
    return found


def annotations(matches: IndexMatches) -> Iterator[dict[str, Any]]:
    """Yield what is said of each text, by the names that the command gives it.

    Examples
    --------
    >>> from dedup import Index
    >>> matches = Index().add(["The ferry was late.", "The FERRY was late!"], ids=[1, 2])
    >>> list(annotations(matches))[1]
    {'dedup_keep': False, 'dedup_witness': 1, 'dedup_similarity': 1.0, 'dedup_supersedes': []}
    """
    for row, keep in enumerate(matches.keep.tolist()):
        witness = matches.witness[row]  # of an update that is kept, too
        similarity = None if witness is None else round(float(matches.similarity[row]), 6)
        said = (keep, witness, similarity, list(matches.supersedes[row]))
        yield dict(zip(ANNOTATIONS, said, strict=True))
