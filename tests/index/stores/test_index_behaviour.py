"""An index in a database decides as an index in dictionaries, for any batches of texts."""

import pickle
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import Index
from dedup.errors import InputError
from dedup.index.index_result import IndexCheck, IndexMatches
from dedup.index.stores.records import Id
from tests.index.stores.memory_store import dictionary_index

WORDS = "the ferry was late again and nobody on pier could say why it so".split()  # noqa: SIM905
Places = Callable[[], str]

steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "update", "query", "neighbors", "remove", "reopen"]),
        st.integers(0, 12),
    ),
    min_size=1,
    max_size=12,
)


def fields_of(matches: IndexMatches) -> tuple[Any, ...]:
    return (
        matches.ids,
        matches.keep.tolist(),
        matches.witness,
        matches.similarity.tolist(),
        matches.exact.tolist(),
        matches.numeric_variant,
        matches.supersedes,
        matches.seen.tolist(),
        matches.updated.tolist(),
    )


class Stream:
    """Makes similar texts of different lengths, some without words."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._stories = [
            self._random.choices(WORDS, k=self._random.choice((3, 9, 30, 90))) for _ in range(6)
        ]
        self.ids: list[Id] = []

    def texts(self, count: int) -> list[str | None]:
        return [self._text() for _ in range(count)]

    def _text(self) -> str | None:
        if self._random.random() < 0.1:
            return self._random.choice([None, "", "...", "\ud800"])
        words = list(self._random.choice(self._stories))
        for _ in range(self._random.randrange(3)):
            words[self._random.randrange(len(words))] = self._random.choice(WORDS)
        return " ".join(words[self._random.randrange(3) :])

    def new_ids(self, count: int) -> list[Id]:
        first = len(self.ids)
        new: list[Id] = [n if n % 3 else str(n) for n in range(first, first + count)]
        self.ids += new
        return new

    def known_ids(self, count: int) -> list[Id]:
        return self._random.sample(self.ids, min(count, len(self.ids)))


def do_to_both(index: Index, memory: Index, stream: Stream, name: str, count: int) -> None:
    """Do the same to both, and compare the results."""
    if name == "add":
        ids, texts = stream.new_ids(count), stream.texts(count)
        assert fields_of(index.add(texts, ids=ids)) == fields_of(memory.add(texts, ids=ids))
        assert fields_of(index.add(texts, ids=ids)) == fields_of(memory.add(texts, ids=ids))
    elif name == "update":
        ids = stream.known_ids(count)
        texts = stream.texts(len(ids))
        one, two = (to.add(texts, ids=ids, on_conflict="update") for to in (index, memory))
        assert fields_of(one) == fields_of(two)
    elif name == "neighbors":
        texts = stream.texts(count)
        assert index.neighbors(texts, k=3) == memory.neighbors(texts, k=3)
    elif name == "query":
        texts = stream.texts(count)
        assert fields_of(index.query(texts)) == fields_of(memory.query(texts))
    else:
        ids = stream.known_ids(count)
        assert index.remove(ids) == memory.remove(ids)


def test_both_indexes_decide_alike(places: Places) -> None:
    @settings(max_examples=settings().max_examples // 8)
    @given(steps, st.integers(0, 1 << 30), st.sampled_from(["containment", "jaccard"]))
    def decide(steps: list[tuple[str, int]], seed: int, measure: str) -> None:
        place, stream = places(), Stream(seed)
        index, memory = Index(place, measure=measure), dictionary_index(measure=measure)
        for name, count in steps:
            if name == "reopen":
                index.close()
                index = Index(place)
            else:
                do_to_both(index, memory, stream, name, count)
            exported, expected = list(index.export()), list(memory.export())
            assert [(item.id, item.text) for item in exported] == [
                (item.id, item.text) for item in expected
            ]
            assert len(index) == len(memory)
            assert index.check() == memory.check() == IndexCheck(len(memory), ())
            assert [name in index for name in (1, "1", 3, "3")] == [
                name in memory for name in (1, "1", 3, "3")
            ]
        index.close()

    decide()


def test_both_indexes_look_up_short_texts_by_all_letters(places: Places) -> None:
    letters: dict[str, Any] = {"unit": "char", "ngram_size": 5}
    index, memory = Index(places(), **letters), dictionary_index(**letters)
    stream = Stream(3)
    for name in ("add", "update", "remove", "query", "neighbors", "add"):
        do_to_both(index, memory, stream, name, 12)
    index.close()


def test_a_pickled_index_opens_the_same_place(places: Places) -> None:
    with Index(places()) as index:
        index.add(["The ferry was late again."], ids=["mon"])
        with pickle.loads(pickle.dumps(index)) as other:  # noqa: S301  our own
            assert "mon" in other
            assert other.config == index.config


def test_old_texts_are_removed_by_the_next_write(places: Places) -> None:
    with Index(places(), forget_after=1e-9) as index:
        index.add(["The ferry was late again.", "Something else."], ids=[1, 2])
        index.add(["The ferry was late again."], ids=[3])
        assert list(index) == [3]


def test_an_error_within_a_batch_adds_nothing(places: Places) -> None:
    with Index(places()) as index:
        index.add(["The ferry was late again."], ids=["mon"])
        with pytest.raises(InputError, match=r"'mon' already has another text in (?!this batch)"):
            index.add(["Something else.", "And something new."], ids=["tue", "mon"])
        with pytest.raises(InputError, match="'tue' already has another text in this batch"):
            index.add(["Something else.", "And something new."], ids=["tue", "tue"])
        assert list(index) == ["mon"]
