"""LlamaIndex: a transformation for an ingestion pipeline that drops repeated nodes."""

import asyncio
from collections.abc import Sequence
from itertools import compress
from pathlib import Path
from typing import Any
from uuid import uuid4

from dedup.adapters.annotations import annotations
from dedup.arrays.tabular import import_optional
from dedup.config import Age, Config
from dedup.errors import InputError
from dedup.index.index import Index
from dedup.index.stream import IfSeen
from dedup.index.write import OnConflict

import_optional("llama_index.core")  # the error names the command that installs it

from llama_index.core.schema import BaseNode, MetadataMode, TransformComponent  # noqa: E402
from pydantic import Field, PrivateAttr  # noqa: E402


class DedupTransform(TransformComponent):
    """Drop nodes whose text repeats that of an earlier node.

    Parameters
    ----------
    index
        The path or URL of an index of the earlier texts. Default: an index in memory, which lasts
        as long as this transformation.
    config
        The settings, or the name of a preset. Default: the settings of the index.
    forget_after
        Age at which a text is deleted from the index, as for ``Index``. Default: never.
    id
        The metadata field that has the id of a node. Default: its ``node_id``.
    if_seen
        What to do with a node if the index has its id with the same text (the same tokens):
        ``"drop"`` (the default) drops it, ``"keep"`` returns it again. Use ``"keep"`` with a
        docstore: before the docstore passes a changed node on, it deletes its stored version.
    on_conflict
        What to do with a node if the index has its id with another text: ``"update"`` (the default)
        returns it, whatever it resembles, and replaces the old text; ``"error"`` raises.
    annotate
        Return all nodes, with ``dedup_keep``, ``dedup_witness``, ``dedup_similarity`` and
        ``dedup_supersedes`` in their metadata. Embeddings and language models do not see these
        fields. Default False.

    Raises
    ------
    ConfigError
        If a setting is unknown, or the index was made with another one.
    StoreError
        If the file at the path is no index.

    Notes
    -----
    A pipeline caches the result of each transformation under a hash of the nodes and of the
    transformation's ``to_dict``. The result of this transformation also depends on earlier texts,
    so it must not be read from the cache: its ``to_dict`` has a field with a new value in each
    call. Other transformations are cached as usual.

    Examples
    --------
    >>> from llama_index.core.schema import TextNode
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> transform = DedupTransform()
    >>> [node.node_id for node in transform([TextNode(id_="mon", text=story)])]
    ['mon']
    >>> [node.node_id for node in transform([TextNode(id_="tue", text=story.upper())])]
    []
    """

    index: str | Path | None = Field(default=None, repr=False)  # it may contain a password
    config: Config | str | None = None
    forget_after: Age | None = None
    id: str | None = None
    if_seen: IfSeen = "drop"
    on_conflict: OnConflict = "update"
    annotate: bool = False
    _index: Index = PrivateAttr()

    def __init__(self, **data: Any) -> None:  # noqa: ANN401  as in the base class
        super().__init__(**data)
        config: Any = self.config  # any string; Index checks it
        self._index = Index(self.index, config, forget_after=self.forget_after)

    @classmethod
    def class_name(cls) -> str:
        """Return the name under which LlamaIndex serialises this class."""
        return "DedupTransform"

    def to_dict(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401  as in the base class
        """Return the parameters, and a unique value that keeps the result out of the cache."""
        parameters: dict[str, Any] = super().to_dict(**kwargs)
        return parameters | {"call": uuid4().hex}

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process needs to open the same index.

        Raises
        ------
        TypeError
            If the index is in memory: another process would have another index.
        """
        if self.index is None:
            raise TypeError(
                "an index in memory cannot be sent to another process; give index a path"
            )
        return {"__dict__": super().__getstate__()["__dict__"]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Open the same index in another process."""
        self.__init__(**state["__dict__"])  # type: ignore[misc]

    def __call__(self, nodes: Sequence[BaseNode], **_: Any) -> Sequence[BaseNode]:  # noqa: ANN401
        """Return the nodes that are new, in order.

        Raises
        ------
        InputError
            If a node has no string or whole number in its metadata field ``id``, or has the id of
            another text and ``on_conflict`` is ``"error"``.
        """
        texts = [node.get_content(MetadataMode.NONE) for node in nodes]
        ids = list[Any]()
        for row, node in enumerate(nodes):
            ids.append(node.node_id if self.id is None else node.metadata.get(self.id))
            if ids[-1] is None or ids[-1] == "":
                problem = f"nodes[{row}] has no {self.id!r} in its metadata"
                raise InputError(f"{problem}; set it, or leave id out")
        matches = self._index.add(texts, ids=ids, on_conflict=self.on_conflict)
        if not self.annotate:
            returned_again = matches.seen & (self.if_seen == "keep")
            return [*compress(nodes, matches.keep | returned_again)]
        annotated = [node.model_copy(deep=True) for node in nodes]
        for node, fields in zip(annotated, annotations(matches), strict=True):
            node.metadata.update(fields)
            node.excluded_embed_metadata_keys.extend(fields)
            node.excluded_llm_metadata_keys.extend(fields)
        return annotated

    async def acall(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:  # noqa: ANN401
        """Call the transformation in a thread."""
        return await asyncio.to_thread(self, nodes, **kwargs)

    def close(self) -> None:
        """Close the index; the transformation cannot be used any more."""
        self._index.close()
