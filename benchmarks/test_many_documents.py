"""Time of deduplicating articles, many paragraphs and one giant cluster.

Each group has a floor, timed in the same run: compare the ratios in brackets, not the times. Each
benchmark checks its result before it is timed. One thread works, as in the floor, unless the name
says ``all_cores``.
"""

from functools import cache
from itertools import accumulate
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import dedup
from benchmarks import corpora, generated_texts

BYTES = 8_000_000
PARAGRAPHS, CLUSTER = 100_000, 10_000
# Words of a text: with three of them replaced, all copies are similar, or half of them.
LONG_WORDS, SHORT_WORDS = 300, 60
MEASURES = ("containment", "jaccard")


@cache
def articles() -> list[str]:
    """Return 8 MB of real English, or of generated texts, and some near copies."""
    try:
        found = corpora.articles("allsides")
    except FileNotFoundError:
        found = generated_texts.dump(4000).texts
    sizes = accumulate(len(text.encode()) for text in found)
    texts = [text for text, size in zip(found, sizes, strict=True) if size <= BYTES]
    return texts + [f"{text}\nRead more news here." for text in texts[::20]]


@cache
def paragraphs() -> generated_texts.Dump:
    return generated_texts.dump(PARAGRAPHS, kind="paragraph")


def split(texts: list[str]) -> list[list[str]]:
    return [text.split() for text in texts]


def check_removed(texts: list[str], result: dedup.DedupResult) -> None:
    """Compare some removed rows with their witnesses, with Python sets."""
    removed = np.flatnonzero(~result.keep)
    assert result.keep[result.witness].all()
    assert len(removed)
    for row in removed[:: len(removed) // 20 + 1].tolist():
        values, offsets = dedup.shingles([texts[row], texts[int(result.witness[row])]])
        removed_set, witness_set = (set(part.tolist()) for part in np.split(values, offsets[1:-1]))
        jaccard = result.config.measure == "jaccard"
        total = removed_set | witness_set if jaccard else removed_set
        similarity = len(removed_set & witness_set) / len(total)
        assert similarity >= result.config.threshold
        assert similarity == pytest.approx(float(result.similarity[row]))


@pytest.fixture(scope="module", autouse=True)
def loaded_before() -> None:
    """Load what is loaded once."""
    texts = generated_texts.dump(2000).texts
    for measure in MEASURES:
        dedup.deduplicate(texts, measure=measure)


@pytest.mark.benchmark(group="articles end to end, 8 MB (floor: str.split)")
class TestArticles:
    def test_floor_split(self, benchmark: BenchmarkFixture) -> None:
        assert benchmark.pedantic(split, (articles(),), rounds=3)

    @pytest.mark.parametrize("threads", [1, None], ids=["one_core", "all_cores"])
    @pytest.mark.parametrize("measure", MEASURES)
    def test_deduplicate(
        self, benchmark: BenchmarkFixture, measure: str, threads: int | None
    ) -> None:
        texts = articles()
        settings: dict[str, Any] = {"measure": measure, "threads": threads}
        check_removed(texts, dedup.deduplicate(texts, **settings))
        benchmark.pedantic(dedup.deduplicate, (texts,), settings, rounds=3)


@pytest.mark.benchmark(group="paragraphs end to end, 100,000 (floor: str.split)")
class TestParagraphs:
    def test_floor_split(self, benchmark: BenchmarkFixture) -> None:
        assert benchmark.pedantic(split, (paragraphs().texts,), rounds=3)

    @pytest.mark.parametrize("threads", [1, None], ids=["one_core", "all_cores"])
    @pytest.mark.parametrize("measure", MEASURES)
    def test_deduplicate(
        self, benchmark: BenchmarkFixture, measure: str, threads: int | None
    ) -> None:
        made = paragraphs()
        settings: dict[str, Any] = {"measure": measure, "threads": threads}
        result = dedup.deduplicate(made.texts, **settings)
        assert not result.keep[made.how == generated_texts.EXACT].any()
        check_removed(made.texts, result)
        benchmark.pedantic(dedup.deduplicate, (made.texts,), settings, rounds=3)


@pytest.mark.parametrize("measure", MEASURES)
class TestGiantCluster:
    """Many similar rows: a copy must not be compared with all other copies."""

    def time(self, benchmark: BenchmarkFixture, texts: list[str], measure: str) -> None:
        benchmark.group = f"giant cluster, 10,000, {measure} (floor: distinct rows)"
        settings = {"measure": measure, "threads": 1}
        benchmark.pedantic(dedup.deduplicate, (texts,), settings, rounds=1)

    def test_floor_distinct(
        self, benchmark: BenchmarkFixture, measure: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(generated_texts.LENGTH, "paragraph", (LONG_WORDS, 0.1))
        texts = generated_texts.distinct_paragraphs(CLUSTER)
        assert dedup.deduplicate(texts, measure=measure).keep.mean() > 0.99
        self.time(benchmark, texts, measure)

    @pytest.mark.parametrize(
        "words", [LONG_WORDS, SHORT_WORDS], ids=["small_edits", "around_the_threshold"]
    )
    def test_cluster(self, benchmark: BenchmarkFixture, measure: str, words: int) -> None:
        texts = generated_texts.giant_cluster(CLUSTER, words=words)
        sample = texts[: CLUSTER // 10]
        check_removed(sample, dedup.deduplicate(sample, measure=measure))
        self.time(benchmark, texts, measure)
