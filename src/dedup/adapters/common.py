"""What adapters share: the names of documents, and the annotations of each."""

import os
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from dedup.errors import InputError
from dedup.index.result import IndexMatches
from dedup.index.stores.protocol import Id
from dedup.index.validate import is_id, name_of_text
from dedup.io.records import ANNOTATIONS as OF_RECORDS

Path = str | os.PathLike[str]
ANNOTATIONS = (*OF_RECORDS, "dedup_supersedes")


def name_of(given: object, text: str) -> Id:
    """Return the name of a text: what is given, or else one that is made of the text.

    One that is made is the same whenever the text is.

    Examples
    --------
    >>> name_of("a", "The ferry was late."), name_of(None, "The ferry was late.")
    ('a', 'e83b892a1611994a1be63b07a343ef8f')
    """
    if given is None or given == "":
        return name_of_text(text.encode("utf-8", "surrogatepass"))
    return given if is_id(given) else str(given)


def names_of(
    what: str, id_key: str | None, given: Iterable[object], texts: Iterable[str]
) -> list[Id]:
    """Return the names of documents that have one in the field ``id_key`` of their metadata.

    Parameters
    ----------
    what
        What the documents are called in an error.
    given
        What they have there, or what else names them when ``id_key`` is None.

    Raises
    ------
    InputError
        When one has no such field.
    """
    names = []
    for row, (name, text) in enumerate(zip(given, texts, strict=True)):
        if name is None and id_key is not None:
            raise InputError(
                f"{what}[{row}] has no {id_key!r} in its metadata: give it one, or leave id_key out"
            )
        names.append(name_of(name, text))
    return names


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
