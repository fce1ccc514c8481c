"""From texts to what stays: articles, many paragraphs, one giant cluster, and the first call.

Every group holds its own floor, timed in the same run: read the ratios in brackets, not
the times. Each benchmark checks its result before it is timed. One thread works, as in the
floor, unless the name says ``all_cores``.
"""

import subprocess
import sys
from functools import cache
from itertools import accumulate
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import dedup
from benchmarks import corpora, generated_texts

BYTES = 8_000_000
PARAGRAPHS, CLUSTER = 100_000, 10_000
LONG, SHORT = 300, 60  # words: with three of them changed, all copies are similar, or half
MEASURES = ("containment", "jaccard")
# Prints how long the first call of a process takes, and the second, which is its work alone.
FIRST_CALL = """
import pathlib, sys, time
start = time.perf_counter()
import dedup
print(time.perf_counter() - start)
texts = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
for _ in range(2):
    start = time.perf_counter()
    dedup.deduplicate(texts)
    print(time.perf_counter() - start)
"""


@cache
def articles() -> list[str]:
    """Return 8 MB of real English, made-up words where there is none, and some near copies."""
    try:
        found = corpora.articles("allsides")
    except FileNotFoundError:
        found = generated_texts.dump(4000).texts
    sizes = accumulate(len(text.encode()) for text in found)
    taken = [text for text, size in zip(found, sizes, strict=True) if size <= BYTES]
    return taken + [f"{text}\nRead more news here." for text in taken[::20]]


@cache
def paragraphs() -> generated_texts.Dump:
    return generated_texts.dump(PARAGRAPHS, kind="paragraph")


def split(texts: list[str]) -> list[list[str]]:
    return [text.split() for text in texts]


def check_removed(texts: list[str], result: dedup.DedupResult) -> None:
    """Compare some of the removed rows with their witnesses, by plain sets."""
    removed = np.flatnonzero(~result.keep)
    assert result.keep[result.witness].all()
    assert len(removed)
    for row in removed[:: len(removed) // 20 + 1].tolist():
        values, offsets = dedup.shingles([texts[row], texts[int(result.witness[row])]])
        mine, theirs = (set(part.tolist()) for part in np.split(values, offsets[1:-1]))
        whole = mine if result.config.measure == "containment" else mine | theirs
        similarity = len(mine & theirs) / len(whole)
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
    """As many rows that are all alike: copies must not be compared with all other copies."""

    def time(self, benchmark: BenchmarkFixture, texts: list[str], measure: str) -> None:
        benchmark.group = f"giant cluster, 10,000, {measure} (floor: unlike rows)"
        settings = {"measure": measure, "threads": 1}
        benchmark.pedantic(dedup.deduplicate, (texts,), settings, rounds=1)

    def test_floor_unlike(
        self, benchmark: BenchmarkFixture, measure: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(generated_texts.LENGTH, "paragraph", (LONG, 0.1))
        texts = generated_texts.unlike(CLUSTER)
        assert dedup.deduplicate(texts, measure=measure).keep.mean() > 0.99
        self.time(benchmark, texts, measure)

    @pytest.mark.parametrize("words", [LONG, SHORT], ids=["small_edits", "around_the_threshold"])
    def test_cluster(self, benchmark: BenchmarkFixture, measure: str, words: int) -> None:
        texts = generated_texts.giant_cluster(CLUSTER, words=words)
        few = texts[: CLUSTER // 10]
        check_removed(few, dedup.deduplicate(few, measure=measure))
        self.time(benchmark, texts, measure)


@pytest.mark.benchmark(group="first call of a process, 3 MB (floor: import numpy)")
class TestFirstCall:
    def test_floor_import_numpy(self, benchmark: BenchmarkFixture) -> None:
        command = [sys.executable, "-c", "import numpy"]
        benchmark.pedantic(subprocess.run, (command,), {"check": True}, rounds=5, warmup_rounds=1)

    def test_deduplicate(self, benchmark: BenchmarkFixture, tmp_path: Path) -> None:
        """Note what it took apart from the work, which a second call repeats."""
        texts = generated_texts.dump(13_000, kind="paragraph").texts
        path = tmp_path / "texts"
        path.write_text("\n".join(texts), encoding="utf-8")
        command, spent = [sys.executable, "-c", FIRST_CALL, str(path)], []

        def work() -> None:
            start = perf_counter()
            done = subprocess.run(command, check=True, capture_output=True)
            spent.append((perf_counter() - start, *map(float, done.stdout.split())))

        work()
        spent.clear()
        benchmark.pedantic(work, rounds=5)
        names = ("whole process", "import dedup", "first call", "second call")
        middle = np.median(spent, axis=0).round(3).tolist() if spent else []
        benchmark.extra_info.update(zip(names, middle, strict=False))
