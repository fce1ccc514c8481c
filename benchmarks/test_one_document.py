"""Time of cleaning one document with the library.

Each group has a floor, timed in the same run: compare the ratios in brackets, not the times. Each
benchmark checks its result before it is timed.
"""

from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import dedup
from benchmarks.corpora import folder

ROOT = Path(__file__).parents[1]


def seed_article() -> Path:
    """Return the real article if ``DEDUP_DATA`` has it, else that of the examples."""
    seed = folder() / "seed" / "article.txt"
    return seed if seed.is_file() else ROOT / "examples" / "article.txt"


@pytest.mark.benchmark(group="one article (floor: str.split)")
class TestOneArticle:
    def test_floor_split(self, benchmark: BenchmarkFixture) -> None:
        text = seed_article().read_text(encoding="utf-8")
        assert benchmark(text.split)

    def test_clean(self, benchmark: BenchmarkFixture) -> None:
        text = seed_article().read_text(encoding="utf-8")
        lines = text.splitlines(keepends=True)
        assert dedup.clean(text).text == "".join(lines[:11])
        benchmark(lambda: dedup.clean(text).text)

    @pytest.mark.benchmark(group="restore one article")
    def test_restore(self, benchmark: BenchmarkFixture) -> None:
        text = seed_article().read_text(encoding="utf-8")
        result = dedup.clean(text)
        assert dedup.restore(result.text, result.ledger) == text
        benchmark(dedup.restore, result.text, result.ledger)


@pytest.fixture(scope="module")
def long_text() -> str:
    """Return lines of invented words; a tenth of the lines occur twice."""
    words = [f"w{number:x}" for number in range(5000)]
    lines = [
        " ".join(words[(line * 7919 + word * word * 31) % 5000] for word in range(40))
        for line in range(45_000)
    ]
    return "\n".join(lines + lines[::10]) + "\n"


@pytest.mark.benchmark(group="a long document, 10 MB (floor: str.split)")
class TestLongDocument:
    def test_floor_split(self, benchmark: BenchmarkFixture, long_text: str) -> None:
        assert benchmark.pedantic(long_text.split, rounds=3)

    def test_clean(self, benchmark: BenchmarkFixture, long_text: str) -> None:
        result = dedup.clean(long_text)
        assert all(repeat.similarity >= 0.8 for repeat in result.repeats)
        assert len(result.repeats) >= 4500
        benchmark.pedantic(lambda: dedup.clean(long_text).text, rounds=3)
