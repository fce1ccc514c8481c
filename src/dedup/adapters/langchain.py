"""LangChain: a transformer that gives back the documents that are new."""

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import compress
from typing import Any

from dedup.adapters.common import Path, annotations, names_of
from dedup.config import Settings
from dedup.frames import library
from dedup.index.index import Index
from dedup.index.index_filter import IfSeen, IndexFilter
from dedup.index.write import OnConflict

library("langchain_core")  # says how it is installed where it is missing

from langchain_core.documents import BaseDocumentTransformer, Document  # noqa: E402


class DedupTransformer(BaseDocumentTransformer):
    """Give back the documents that repeat no earlier one, as they are.

    Parameters
    ----------
    index
        What was seen before: an ``Index``, or its path or address. When None each call looks only
        at the documents that it is given.
    config
        The settings, or the name of a preset; None for those of the index.
    id_key
        The field of the metadata that names a document. When None it is ``Document.id``, and
        a document without one is named by its text. Documents are named, not sources: of
        chunks each needs a name of its own.
    if_seen
        What happens to a document that the index has under its name with the same text (the same
        tokens): ``"drop"`` leaves it out, with ``"keep"`` it passes again.
    on_conflict
        What happens to a document whose name the index has with another text. With ``"update"`` it
        passes, whatever it resembles, and replaces the other one; ``"error"`` raises.
    annotate
        Give back all documents, copies of them with ``dedup_keep``, ``dedup_witness``,
        ``dedup_similarity`` and ``dedup_supersedes`` in their metadata.

    Raises
    ------
    ConfigError
        When a setting is unknown, or there are settings beside an ``Index``, which has its own.
    StoreError
        When there is no index at the path.

    Notes
    -----
    ``atransform_documents`` does the same in a thread. Once a call is over its new documents are in
    the index, so whatever fails after it has to go on with them, or to remove their names.

    Examples
    --------
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> documents = [Document(page_content=text) for text in (story, story.upper(), "Else.")]
    >>> [one.page_content[:9] for one in DedupTransformer().transform_documents(documents)]
    ['The ferry', 'Else.']
    """

    def __init__(  # noqa: PLR0913  by name, all but the first
        self,
        index: Index | Path | None = None,
        *,
        config: Settings | None = None,
        id_key: str | None = None,
        if_seen: IfSeen = "drop",
        on_conflict: OnConflict = "update",
        annotate: bool = False,
    ) -> None:
        self._filter = IndexFilter(index, config, {}, True, if_seen, on_conflict)  # noqa: FBT003
        self._stack, self._index = ExitStack(), None
        if index is not None:
            self._index = self._stack.enter_context(self._filter.opened())
        self._id_key, self._annotate = id_key, annotate

    def transform_documents(
        self,
        documents: Sequence[Document],
        **kwargs: Any,  # noqa: ANN401, ARG002  as the base class has it
    ) -> Sequence[Document]:
        """Return the documents that are new, in order.

        Raises
        ------
        InputError
            When a document has no name under ``id_key``, or the name of another one.
        """
        index = Index(None, self._filter.config) if self._index is None else self._index
        key, texts = self._id_key, [one.page_content for one in documents]
        given = (one.id if key is None else one.metadata.get(key) for one in documents)
        names = names_of("documents", key, given, texts)
        matches = index.add(texts, ids=names, on_conflict=self._filter.on_conflict)
        if not self._annotate:
            return [*compress(documents, self._filter.passes(matches))]
        return [
            one.model_copy(update={"metadata": one.metadata | said})
            for one, said in zip(documents, annotations(matches), strict=True)
        ]

    def close(self) -> None:
        """Let go of an index that was given by its path; the transformer is of no use then."""
        self._stack.close()
