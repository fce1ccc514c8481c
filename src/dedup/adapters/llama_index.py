"""LlamaIndex: a transformation for an ingestion pipeline that lets new nodes pass."""

import asyncio
from collections.abc import Sequence
from itertools import compress
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import Field, PrivateAttr

from dedup.adapters.common import annotations
from dedup.arrays.tabular import import_optional
from dedup.config import Age, Config
from dedup.errors import InputError
from dedup.index.index import Index
from dedup.index.stream import IfSeen
from dedup.index.write import OnConflict

import_optional("llama_index.core")  # says how it is installed where it is missing

from llama_index.core.schema import BaseNode, MetadataMode, TransformComponent  # noqa: E402


class DedupTransform(TransformComponent):
    """Let the nodes pass that repeat no earlier one.

    Parameters
    ----------
    index
        The path or address of an index of what was seen before. In memory when None, for as long as
        this transformation lives.
    config
        The settings, or the name of a preset; None for those of the index.
    forget_after
        How long a text is remembered, as for ``Index``.
    id
        The field of the metadata that names a node; its ``node_id`` when None.
    if_seen
        What happens to a node that the index has under its name with the same text (the same
        tokens): ``"drop"`` leaves it out, with ``"keep"`` it passes again. Take
        ``"keep"`` with a docstore, which has deleted what it had of the nodes that it lets pass.
    on_conflict
        What happens to a node whose name the index has with another text. With ``"update"`` it
        passes, whatever it resembles, and replaces the other one; ``"error"`` raises.
    annotate
        Let all nodes pass, with ``dedup_keep``, ``dedup_witness``, ``dedup_similarity`` and
        ``dedup_supersedes`` in their metadata, which neither embeddings nor models see.

    Raises
    ------
    ConfigError
        When a setting is unknown, or the index was made with another one.
    StoreError
        When there is no index at the path.

    Notes
    -----
    A pipeline keeps what a transformation made of nodes under a hash of their contents and of the
    transformation, and brings it back for the same ones. What is new depends on what came before,
    too, so this one is another one to the cache whenever it is asked: its ``to_dict`` has a field
    that never comes again. Other transformations are cached as before.

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

    index: str | Path | None = Field(default=None, repr=False)  # it may have a password
    config: Config | str | None = None
    forget_after: Age | None = None
    id: str | None = None
    if_seen: IfSeen = "drop"
    on_conflict: OnConflict = "update"
    annotate: bool = False
    _index: Index = PrivateAttr()

    def __init__(self, **data: Any) -> None:  # noqa: ANN401  as its base has it
        super().__init__(**data)
        config: Any = self.config  # any string, until it is checked
        self._index = Index(self.index, config, forget_after=self.forget_after)

    @classmethod
    def class_name(cls) -> str:
        """Return the name that it is serialised under."""
        return "DedupTransform"

    def to_dict(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401  as its base has it
        """Return the parameters, and what tells the cache that this call is no other one."""
        parameters: dict[str, Any] = super().to_dict(**kwargs)
        return parameters | {"call": uuid4().hex}

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process needs to open the same index.

        Raises
        ------
        TypeError
            When it is in memory: another process would have another one.
        """
        if self.index is None:
            raise TypeError("one in memory cannot be sent to another process: give index a path")
        return {"__dict__": super().__getstate__()["__dict__"]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Open the index there."""
        self.__init__(**state["__dict__"])  # type: ignore[misc]

    def __call__(self, nodes: Sequence[BaseNode], **_: Any) -> Sequence[BaseNode]:  # noqa: ANN401
        """Return the nodes that are new, in order.

        Raises
        ------
        InputError
            When a node has no name under ``id``, no string or whole number there, or the name
            of another one.
        """
        texts = [node.get_content(MetadataMode.NONE) for node in nodes]
        key, names = self.id, list[Any]()
        for row, node in enumerate(nodes):
            names.append(node.node_id if key is None else node.metadata.get(key))
            if names[-1] is None or names[-1] == "":
                wrong = f"nodes[{row}] has no {key!r} in its metadata"
                raise InputError(f"{wrong}: give it one, or leave id out")
        matches = self._index.add(texts, ids=names, on_conflict=self.on_conflict)
        if not self.annotate:
            again = matches.seen & (self.if_seen == "keep")
            return [*compress(nodes, matches.keep | again)]
        noted = [node.model_copy(deep=True) for node in nodes]
        for node, said in zip(noted, annotations(matches), strict=True):
            node.metadata.update(said)
            node.excluded_embed_metadata_keys.extend(said)
            node.excluded_llm_metadata_keys.extend(said)
        return noted

    async def acall(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:  # noqa: ANN401
        """Do the same in a thread."""
        return await asyncio.to_thread(self, nodes, **kwargs)

    def close(self) -> None:
        """Let go of the index; the transformation is of no use then."""
        self._index.close()
