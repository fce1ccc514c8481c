"""W4: what an index says piece by piece is what one batch says."""

from collections.abc import Callable
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
from tests.index.streams import Step, steps, streams

Said = TypeVar("Said")
CONFIGS = {
    "containment": Config(),
    "low": Config(threshold=0.4, ngram_size=2),
    "all words": Config(threshold=1.0, ngram_size=1),
    "jaccard": Config(measure="jaccard", threshold=0.6, ngram_size=3),
    "letters": Config(unit="char", threshold=0.6, numeric_variants="remove"),
    "ocr": Config.preset("ocr"),
}


class Both:
    """An index in dictionaries and one in a database, which say the same."""

    def __init__(self, place: str, config: Config) -> None:
        self._place = place
        self._memory, self._stored = dictionary_index(config), Index(place, config)

    def each(self, do: Callable[[Index], Said]) -> Said:
        """Do something with both; return what they said."""
        one, other = do(self._memory), do(self._stored)
        assert one == other
        return one

    def open_again(self) -> None:
        self._stored.close()
        self._stored = Index(self._place)

    def close(self) -> None:
        self._stored.close()


def expected(
    kept: list[tuple[int, str | None]], ids: list[int], texts: list[str | None], config: Config
) -> list[tuple[bool, int | None, float, bool, int | None]]:
    """Return what a batch of all texts says of the last ones, where those before stand."""
    names = [name for name, _ in kept] + ids
    packed = pack([text for _, text in kept] + texts)
    found, counts = match_texts(
        packed.utf8,
        packed.offsets,
        config,
        order_of=PROCESSING_ORDERS["first"],
        reference_count=len(kept),
    )
    said = []
    for row in range(len(kept), len(names)):
        of, like = int(found.witness[row]), int(found.numeric_variant[row])
        keep = of == row
        exact = not keep and found.representative[of] == found.representative[row]
        said.append(
            (
                keep,
                None if keep else names[of],
                float(np.float32(found.similarity[row])),
                bool(exact),
                None if like == row or not keep else names[like],
            )
        )
    assert len(counts) == len(names)
    return said


def said(matches: IndexMatches) -> list[tuple[bool, object, float, bool, object]]:
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


@pytest.mark.usefixtures("either_core")
@pytest.mark.parametrize("name", CONFIGS)
def test_an_index_says_what_a_batch_says(name: str, places: Callable[[], str]) -> None:
    config = CONFIGS[name]

    @settings(max_examples=settings().max_examples // 5)
    @given(streams(), steps)
    def check(texts: list[str | None], doing: list[Step]) -> None:
        both = Both(places(), config)
        kept: list[tuple[int, str | None]] = []
        at = 0
        for step in [*doing, Step("add", len(texts))]:
            some = texts[at : at + step.count]
            ids = list(range(at, at + len(some)))
            if step.what == "add":
                told = both.each(lambda index: said(index.add(some, ids=ids)))  # noqa: B023  at once
                assert told == expected(kept, ids, some, config)
                kept += [
                    pair
                    for pair, (keep, *_) in zip(zip(ids, some, strict=True), told, strict=True)
                    if keep
                ]
                at += len(some)
            elif step.what == "query":
                each = [expected(kept, [-1], [text], config)[0] for text in some]
                assert both.each(lambda index: said(index.query(some))) == each  # noqa: B023
            elif step.what == "reopen":
                both.open_again()
            else:
                gone = {kept[place][0] for place in step.chosen if place < len(kept)}
                assert both.each(lambda index: index.remove(gone)) == len(gone)  # noqa: B023
                kept = [pair for pair in kept if pair[0] not in gone]
            assert both.each(list) == [one for one, _ in kept]
        assert both.each(contents) == kept
        assert both.each(len) == len(kept)
        both.close()

    check()


@given(streams(), st.sampled_from(sorted(CONFIGS)), st.integers(1, 7))
def test_an_index_keeps_what_deduplicate_keeps(
    texts: list[str | None], name: str, size: int
) -> None:
    result = deduplicate(texts, CONFIGS[name], keep="first")
    index, kept = Index(None, CONFIGS[name]), []
    for start in range(0, len(texts), size):
        some = texts[start : start + size]
        kept += index.add(some, ids=range(start, start + len(some))).keep.tolist()
    assert kept == result.keep.tolist()


@given(streams(), st.integers(1, 7))
def test_versions_are_found_whatever_the_batches(texts: list[str | None], size: int) -> None:
    whole, pieces = Index(), Index()
    found = []
    for start in range(0, len(texts), size):
        some = texts[start : start + size]
        found += pieces.add(some, ids=range(start, start + len(some))).supersedes
    assert found == whole.add(texts, ids=range(len(texts))).supersedes


def plain(
    kept: dict[int, str | None], name: int, text: str | None, config: Config
) -> tuple[bool, bool, object]:
    """Return whether a text is kept, an update, and what an index with ``kept`` says of it.

    ``kept`` has the texts in the order in which they were added, and is changed.
    """
    old = [(name, kept[name])] if name in kept else []
    if old:
        packed = pack([kept[name], text])
        found, counts = match_texts(
            packed.utf8, packed.offsets, config, order_of=PROCESSING_ORDERS["first"]
        )
        if not counts.any():
            return True, False, None  # two texts without words
        if counts.all() and found.representative[1] == 0:
            return False, False, (name, 1.0, True)
        del kept[name]
    keep, of, similarity, exact, _ = expected([*kept.items()], [name], [text], config)[0]
    if keep or old:
        kept[name] = text
    return keep or bool(old), bool(old), None if of is None else (of, similarity, exact)


@pytest.mark.usefixtures("either_core")
@pytest.mark.parametrize("name", ["containment", "jaccard", "letters"])
def test_with_updates_an_index_is_a_dictionary(name: str, places: Callable[[], str]) -> None:
    config = CONFIGS[name]

    @settings(max_examples=settings().max_examples // 4)
    @given(streams(16), st.lists(st.integers(0, 5), min_size=16, max_size=16), st.integers(1, 9))
    def check(texts: list[str | None], ids: list[int], size: int) -> None:
        both = Both(places(), config)
        kept: dict[int, str | None] = {}
        for start in range(0, len(texts), size):
            some = texts[start : start + size]
            names = ids[start : start + len(some)]
            told = both.each(lambda index: rows(index.add(some, ids=names, on_conflict="update")))  # noqa: B023
            assert told == [plain(kept, *pair, config) for pair in zip(names, some, strict=True)]
            assert both.each(contents) == [*kept.items()]
        both.close()

    check()


def rows(matches: IndexMatches) -> list[tuple[bool, bool, object]]:
    told = zip(matches.witness, matches.similarity.tolist(), matches.exact.tolist(), strict=True)
    found = [None if one[0] is None else one for one in told]
    return list(zip(matches.keep.tolist(), matches.updated.tolist(), found, strict=True))


@given(streams(10), streams(12), st.permutations(range(16)), st.permutations(range(16)))
def test_a_batch_that_is_repeated_has_the_same_result(
    before: list[str | None], texts: list[str | None], old: list[int], names: list[int]
) -> None:
    index = Index()
    index.add(before, ids=old[: len(before)])
    ids = names[: len(texts)]
    first = index.add(texts, ids=ids, on_conflict="update", batch="monday")
    has = contents(index)
    for _ in range(2):
        again = index.add(texts, ids=ids, on_conflict="update", batch="monday")
        assert (rows(again), said(again)) == (rows(first), said(first))
        assert again.supersedes == first.supersedes
        assert contents(index) == has
