import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup

pytest.importorskip(
    "langchain_core", reason="langchain_core is missing: pip install langchain-core"
)

import itertools

from langchain_core.documents import Document

from dedup.adapters.langchain import DedupTransformer

STORY = (
    "The mill on the river Tarn stands still for the first time in a hundred years, as the water "
    "is lower than anyone remembers, and the miller has gone to see his daughter in the town."
)
NEAR = f"{STORY} More soon."
POOL = (STORY, STORY.upper(), NEAR, "Of bread.", "of BREAD", "", "Of bread and of other things.")


def documents(*texts: str, start: int = 0) -> list[Document]:
    return [
        Document(page_content=text, id=f"d{row}", metadata={"at": f"m{row}", "size": len(text)})
        for row, text in enumerate(texts, start)
    ]


def test_what_is_new_comes_back_as_it_is() -> None:
    given = documents(STORY, "Of bread.", STORY.upper(), NEAR)
    new = DedupTransformer().transform_documents(given)
    assert [one is other for one, other in zip(new, given, strict=False)] == [True, True]
    assert len(new) == 2


@settings(max_examples=40)
@given(st.lists(st.sampled_from(POOL), max_size=12), st.lists(st.integers(0, 12), max_size=3))
def test_in_whatever_batches_it_keeps_what_one_deduplication_keeps(
    texts: list[str], cuts: list[int]
) -> None:
    transformer = DedupTransformer(dedup.Index())
    bounds = [0, *sorted(min(cut, len(texts)) for cut in cuts), len(texts)]
    every = documents(*texts)
    kept = [
        one.id
        for start, stop in itertools.pairwise(bounds)
        for one in transformer.transform_documents(every[start:stop])
    ]
    keep = dedup.deduplicate(texts, keep="first").keep.tolist()
    assert kept == [one.id for one, kept in zip(every, keep, strict=True) if kept]


def test_without_an_index_each_call_is_by_itself() -> None:
    transformer = DedupTransformer(config="strict")
    for _ in range(2):
        assert len(transformer.transform_documents(documents(STORY, STORY.upper()))) == 1


def test_a_path_lasts(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    for where, new in ((path, 1), (str(path), 0)):
        transformer = DedupTransformer(where)
        assert len(transformer.transform_documents(documents(NEAR, start=5 * new))) == new
        transformer.close()
    with dedup.Index(path) as index:
        assert list(index) == ["d5"]
        DedupTransformer(index).close()  # which did not open it
        assert len(index) == 1


def test_the_async_one_does_the_same() -> None:
    transformer = DedupTransformer(dedup.Index())
    new = asyncio.run(transformer.atransform_documents(documents(STORY, NEAR)))
    assert [one.id for one in new] == ["d0"]


def test_annotated_are_copies_of_all() -> None:
    given = documents(STORY, STORY.upper(), NEAR)
    told = DedupTransformer(annotate=True, id_key="at").transform_documents(given)
    assert [one.metadata["dedup_keep"] for one in told] == [True, False, False]
    assert [one.metadata["dedup_witness"] for one in told] == [None, "m0", "m0"]
    assert told[0].metadata["dedup_similarity"] is None
    assert told[1].metadata["dedup_similarity"] == 1
    assert 0.8 < told[2].metadata["dedup_similarity"] < 1
    assert told[2].metadata["size"] == len(NEAR)
    assert given == documents(STORY, STORY.upper(), NEAR)


def test_a_longer_version_names_the_shorter_one() -> None:
    longer = f"{STORY} It is not the first time that he leaves, and he says that it is the last."
    longer += " What is left of the flour goes to the town as well, on the cart of his neighbour."
    _, told = DedupTransformer(annotate=True).transform_documents(documents(STORY, longer))
    assert (told.metadata["dedup_keep"], told.metadata["dedup_supersedes"]) == (True, ["d0"])


def test_documents_without_a_name_are_named_by_their_text() -> None:
    index = dedup.Index()
    transformer = DedupTransformer(index)
    for _ in range(2):
        transformer.transform_documents([Document(page_content=STORY), Document(page_content="")])
    assert len(index) == 2
    assert all(len(str(name)) == 32 for name in index)


def test_a_name_of_another_text_is_an_error_and_nothing_is_added() -> None:
    index = dedup.Index()
    transformer = DedupTransformer(index, id_key="source", on_conflict="error")
    chunks = [
        Document(page_content=text, metadata={"source": "a"}) for text in (STORY, "Of bread.")
    ]
    with pytest.raises(dedup.InputError, match="id 'a' is that of another text"):
        transformer.transform_documents(chunks)
    with pytest.raises(dedup.InputError, match=r"documents\[1\] has no 'source' in its metadata"):
        transformer.transform_documents([chunks[0], Document(page_content="No name.")])


def test_update_takes_what_changed_in_place_of_what_was_there() -> None:
    index = dedup.Index()
    transformer = DedupTransformer(index)
    transformer.transform_documents(documents(STORY, "Of bread."))
    assert [one.id for one in transformer.transform_documents(documents(NEAR))] == ["d0"]
    assert {one.id: one.text for one in index.export()} == {"d1": "Of bread.", "d0": NEAR}
    assert not transformer.transform_documents(documents(NEAR))
    again = DedupTransformer(index, if_seen="keep")
    assert [one.id for one in again.transform_documents(documents(NEAR, NEAR))] == ["d0", "d1"]


def test_settings_that_do_nothing_or_are_none_are_errors() -> None:
    with pytest.raises(dedup.ConfigError, match="config has no effect on an open index"):
        DedupTransformer(dedup.Index(), config="web")
    with pytest.raises(dedup.ConfigError, match=r"or a preset \(news, .*\), got 'wbe'"):
        DedupTransformer(config="wbe")  # type: ignore[arg-type]
    with pytest.raises(dedup.ConfigError, match="config must be a Config or a preset"):
        DedupTransformer(config={"threshold": 1})  # type: ignore[arg-type]
