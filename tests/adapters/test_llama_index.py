import asyncio
import pickle
from collections.abc import Sequence
from pathlib import Path

import pytest

import dedup

pytest.importorskip("llama_index", reason="llama_index is missing: pip install llama-index-core")

from llama_index.core import Document
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import BaseNode, ImageNode, MetadataMode, TextNode, TransformComponent
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.core.vector_stores.simple import SimpleVectorStore

from dedup.adapters.llama_index import DedupTransform

STORY = (
    "The orchard above the village was cut down in the winter, and where the pears stood there "
    "will be a road that nobody asked for, says the baker, who sold a pie of them each Sunday."
)
NEAR = f"{STORY} More soon."


def nodes(*texts: str, start: int = 0) -> list[BaseNode]:
    return [
        TextNode(id_=f"n{row}", text=text, metadata={"at": f"m{row}"})
        for row, text in enumerate(texts, start)
    ]


def ids(found: object) -> list[str]:
    assert isinstance(found, list)
    return [node.node_id for node in found]


def test_new_nodes_pass_as_they_are() -> None:
    transform = DedupTransform()
    given = nodes(STORY, "Of pears.", STORY.upper(), NEAR)
    assert transform(given) == given[:2]
    assert ids(transform(nodes(NEAR, "Of plums.", start=7))) == ["n8"]


def test_its_result_is_never_read_from_the_cache() -> None:
    pipeline = IngestionPipeline(transformations=[DedupTransform()])
    assert ids(pipeline.run(nodes=nodes(STORY, NEAR))) == ["n0"]
    assert ids(pipeline.run(nodes=nodes(STORY, NEAR))) == []
    assert ids(pipeline.run(nodes=nodes(STORY, NEAR, start=3))) == []


def test_other_transformations_are_cached_as_before() -> None:
    calls = []

    class Counted(TransformComponent):
        def __call__(self, nodes: Sequence[BaseNode], **_: object) -> Sequence[BaseNode]:
            calls.append(nodes)
            return nodes

    pipeline = IngestionPipeline(transformations=[Counted(), DedupTransform()])
    for _ in range(2):
        pipeline.run(documents=[Document(text=STORY, id_="a")])
    assert len(calls) == 1


def test_the_async_pipeline_does_the_same() -> None:
    pipeline = IngestionPipeline(transformations=[DedupTransform()])
    assert ids(asyncio.run(pipeline.arun(nodes=nodes(STORY, NEAR)))) == ["n0"]


def test_with_a_docstore_a_changed_document_replaces_the_old_one() -> None:
    pipeline = IngestionPipeline(
        transformations=[DedupTransform(if_seen="keep")],
        docstore=SimpleDocumentStore(),
        vector_store=SimpleVectorStore(),
    )

    def run(text: str) -> list[str]:
        return ids(pipeline.run(documents=[Document(text=text, id_="a")]))

    assert [run(STORY), run(STORY), run(NEAR)] == [["a"], [], ["a"]]


def test_annotated_nodes_are_copies_and_embed_the_same_text() -> None:
    given = nodes(STORY, NEAR)
    annotated = DedupTransform(annotate=True, id="at")(given)
    assert [node.metadata["dedup_keep"] for node in annotated] == [True, False]
    assert annotated[1].metadata["dedup_witness"] == "m0"
    for node, before in zip(annotated, given, strict=True):
        for mode in (MetadataMode.EMBED, MetadataMode.LLM):
            assert node.get_content(mode) == before.get_content(mode)
    assert given == nodes(STORY, NEAR)


def test_nodes_without_text_pass() -> None:
    given = [ImageNode(id_="i1", image="aa"), ImageNode(id_="i2", image="bb")]
    assert ids(DedupTransform()(given)) == ["i1", "i2"]


def test_it_is_rebuilt_from_its_dict() -> None:
    transform = DedupTransform(config=dedup.Config.preset("web"), id="at", if_seen="keep")
    for again in (
        DedupTransform.from_dict(transform.to_dict()),
        DedupTransform.from_json(transform.to_json()),
    ):
        assert again.model_dump() == transform.model_dump()
        assert again.config == dedup.Config.preset("web")


def test_with_a_path_it_is_pickled_and_opens_the_same_index(tmp_path: Path) -> None:
    transform = DedupTransform(index=tmp_path / "seen.db", config="web")
    assert ids(transform(nodes(STORY))) == ["n0"]
    again = pickle.loads(pickle.dumps(transform))  # noqa: S301  made in the line itself
    assert ids(again(nodes(NEAR, start=4))) == []
    again.close()
    transform.close()
    with pytest.raises(dedup.ConfigError, match="was made with"):
        DedupTransform(index=tmp_path / "seen.db", config="strict")


@pytest.mark.parametrize("setting", [{"config": "wbe"}, {"forget_after": "soon"}])
def test_settings_are_checked_when_it_is_made(setting: dict[str, str]) -> None:
    with pytest.raises(dedup.ConfigError, match=r"^(config|forget_after) must be "):
        DedupTransform(**setting)


def test_with_an_index_in_memory_it_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="give index a path"):
        pickle.dumps(DedupTransform())


def test_each_node_needs_an_id_of_its_own() -> None:
    with pytest.raises(dedup.InputError, match=r"nodes\[1\] has no 'at' in its metadata"):
        DedupTransform(id="at")([*nodes(STORY), TextNode(text="No name.")])
    with pytest.raises(dedup.InputError, match="id 'n0' already has another text"):
        DedupTransform(on_conflict="error")([*nodes(STORY), *nodes("Of pears.")])
