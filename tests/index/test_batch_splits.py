"""W4: however texts are split into batches, an index decides like one batch."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import Config, Index, IndexMatches, deduplicate
from dedup.arrays.packed import pack
from dedup.matching.deduplicate import match_texts
from dedup.matching.keep_first import PROCESSING_ORDERS
from tests.index.stores.memory_store import dictionary_index
from tests.index.stories import contents
from tests.index.streams import Step, page_streams, steps, streams

Returned = TypeVar("Returned")
CONFIGS = {
    "containment": Config(),
    "low": Config(threshold=0.4, ngram_size=2),
    "all words": Config(threshold=1.0, ngram_size=1),
    "jaccard": Config(measure="jaccard", threshold=0.6, ngram_size=3),
    "letters": Config(unit="char", threshold=0.6, numeric_variants="remove"),
    "ocr": Config.preset("ocr"),
    "pages": Config.preset("web"),
}
each_core_and_store = pytest.mark.parametrize(
    ("either_core", "places"),
    [("native", "sqlite"), ("native", "postgres"), ("numpy", "sqlite")],
    indirect=True,
)


class Both:
    """An index in dictionaries and one in a database, which return the same."""

    def __init__(self, place: str, config: Config) -> None:
        self._place = place
        self._memory, self._stored = dictionary_index(config), Index(place, config)

    def each(self, do: Callable[[Index], Returned]) -> Returned:
        """Call a function with both, compare its results, and return one."""
        in_memory, stored = do(self._memory), do(self._stored)
        assert in_memory == stored
        return in_memory

    def open_again(self) -> None:
        self._stored.close()
        self._stored = Index(self._place)

    def close(self) -> None:
        self._stored.close()


def expected(
    kept: list[tuple[int, str | None]], ids: list[int], texts: list[str | None], config: Config
) -> list[tuple[bool, int | None, float, bool, int | None]]:
    """Return what ``deduplicate`` decides about ``texts``, with the kept texts as references."""
    all_ids = [text_id for text_id, _ in kept] + ids
    packed = pack([text for _, text in kept] + texts)
    found, counts = match_texts(
        packed.utf8,
        packed.offsets,
        config,
        order_of=PROCESSING_ORDERS["first"],
        reference_count=len(kept),
    )
    decisions = []
    for row in range(len(kept), len(all_ids)):
        witness, variant = int(found.witness[row]), int(found.numeric_variant[row])
        keep = witness == row
        exact = not keep and found.representative[witness] == found.representative[row]
        decisions.append(
            (
                keep,
                None if keep else all_ids[witness],
                float(np.float32(found.similarity[row])),
                bool(exact),
                None if variant == row or not keep else all_ids[variant],
            )
        )
    assert len(counts) == len(all_ids)
    return decisions


def decisions_of(matches: IndexMatches) -> list[tuple[bool, object, float, bool, object]]:
    return list(
        zip(
            matches.keep.tolist(),
            matches.witness,
            matches.similarity.tolist(),
            matches.exact.tolist(),
            matches.numeric_variant,
            strict=True,
        )
    )


@pytest.mark.long
@each_core_and_store
@pytest.mark.usefixtures("either_core")
@pytest.mark.parametrize("name", CONFIGS)
def test_an_index_decides_like_one_batch(name: str, places: Callable[[], str]) -> None:
    config = CONFIGS[name]

    @settings(max_examples=settings().max_examples // 5)
    @given(page_streams if name == "pages" else streams(), steps)
    def check(texts: list[str | None], doing: list[Step]) -> None:
        both = Both(places(), config)
        kept: list[tuple[int, str | None]] = []
        at = 0
        for step in [*doing, Step("add", len(texts))]:
            batch = texts[at : at + step.count]
            ids = list(range(at, at + len(batch)))
            if step.name == "add":
                decisions = both.each(lambda index: decisions_of(index.add(batch, ids=ids)))  # noqa: B023  at once
                assert decisions == expected(kept, ids, batch, config)
                kept += [
                    pair
                    for pair, (keep, *_) in zip(
                        zip(ids, batch, strict=True), decisions, strict=True
                    )
                    if keep
                ]
                at += len(batch)
            elif step.name == "query":
                each = [expected(kept, [-1], [text], config)[0] for text in batch]
                assert both.each(lambda index: decisions_of(index.query(batch))) == each  # noqa: B023
            elif step.name == "reopen":
                both.open_again()
            else:
                removed = {kept[place][0] for place in step.chosen if place < len(kept)}
                assert both.each(lambda index: index.remove(removed)) == len(removed)  # noqa: B023
                kept = [pair for pair in kept if pair[0] not in removed]
            assert both.each(list) == [text_id for text_id, _ in kept]
        assert both.each(contents) == kept
        assert both.each(len) == len(kept)
        both.close()

    check()


@given(streams() | page_streams, st.sampled_from(sorted(CONFIGS)), st.integers(1, 7))
def test_an_index_keeps_what_deduplicate_keeps(
    texts: list[str | None], name: str, size: int
) -> None:
    result = deduplicate(texts, CONFIGS[name], keep="first")
    index, kept = Index(None, CONFIGS[name]), []
    for start in range(0, len(texts), size):
        batch = texts[start : start + size]
        kept += index.add(batch, ids=range(start, start + len(batch))).keep.tolist()
    assert kept == result.keep.tolist()


@given(streams(), st.integers(1, 7))
def test_older_versions_do_not_depend_on_batches(texts: list[str | None], size: int) -> None:
    one_batch, batches = Index(), Index()
    found = []
    for start in range(0, len(texts), size):
        batch = texts[start : start + size]
        found += batches.add(batch, ids=range(start, start + len(batch))).supersedes
    assert found == one_batch.add(texts, ids=range(len(texts))).supersedes


def decide_one(
    kept: dict[int, str | None], text_id: int, text: str | None, config: Config
) -> tuple[bool, bool, object]:
    """Return whether a text is kept, whether it is an update, and its witness, in plain Python.

    ``kept`` has the texts of the index in the order in which they were added, and is updated.
    """
    old = [(text_id, kept[text_id])] if text_id in kept else []
    if old:
        packed = pack([kept[text_id], text])
        found, counts = match_texts(
            packed.utf8, packed.offsets, config, order_of=PROCESSING_ORDERS["first"]
        )
        if not counts.any():
            return True, False, None  # two texts without words
        if counts.all() and found.representative[1] == 0:
            return False, False, (text_id, 1.0, True)
        del kept[text_id]
    keep, witness, similarity, exact, _ = expected([*kept.items()], [text_id], [text], config)[0]
    if keep or old:
        kept[text_id] = text
    return keep or bool(old), bool(old), None if witness is None else (witness, similarity, exact)


@pytest.mark.long
@each_core_and_store
@pytest.mark.usefixtures("either_core")
@pytest.mark.parametrize("name", ["containment", "jaccard", "letters"])
def test_updates_act_as_in_a_dictionary(name: str, places: Callable[[], str]) -> None:
    config = CONFIGS[name]

    @settings(max_examples=settings().max_examples // 4)
    @given(streams(16), st.lists(st.integers(0, 5), min_size=16, max_size=16), st.integers(1, 9))
    def check(texts: list[str | None], ids: list[int], size: int) -> None:
        both = Both(places(), config)
        kept: dict[int, str | None] = {}
        for start in range(0, len(texts), size):
            batch = texts[start : start + size]
            batch_ids = ids[start : start + len(batch)]
            add = partial(Index.add, texts=batch, ids=batch_ids, on_conflict="update")
            decisions = both.each(lambda index: updates_of(add(index)))  # noqa: B023  at once
            assert decisions == [
                decide_one(kept, *pair, config) for pair in zip(batch_ids, batch, strict=True)
            ]
            assert both.each(contents) == [*kept.items()]
        both.close()

    check()


def updates_of(matches: IndexMatches) -> list[tuple[bool, bool, object]]:
    witnesses = zip(
        matches.witness, matches.similarity.tolist(), matches.exact.tolist(), strict=True
    )
    found = [None if witness[0] is None else witness for witness in witnesses]
    return list(zip(matches.keep.tolist(), matches.updated.tolist(), found, strict=True))


@given(streams(10), streams(12), st.permutations(range(16)), st.permutations(range(16)))
def test_a_repeated_batch_has_the_same_result(
    before: list[str | None], texts: list[str | None], old: list[int], names: list[int]
) -> None:
    index = Index()
    index.add(before, ids=old[: len(before)])
    ids = names[: len(texts)]
    first = index.add(texts, ids=ids, on_conflict="update", batch="monday")
    has = contents(index)
    for _ in range(2):
        again = index.add(texts, ids=ids, on_conflict="update", batch="monday")
        assert (updates_of(again), decisions_of(again)) == (updates_of(first), decisions_of(first))
        assert again.supersedes == first.supersedes
        assert contents(index) == has
