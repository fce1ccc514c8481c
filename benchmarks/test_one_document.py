"""Cleaning one document: the command from start to end, and the library by itself.

Every group holds its own floor, timed in the same run: read the ratios in brackets, not
the times. Each benchmark checks its result before it is timed.
"""

import compileall
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import dedup

COMMAND = Path(sys.executable).with_name("dedup-clean")
ROOT = Path(__file__).parents[1]
ROUNDS = 25


def seed_article() -> Path:
    """Return the real article where the data are, else the one of the examples."""
    folder = Path(os.environ.get("DEDUP_DATA", ROOT.parent / "shared" / "data"))
    seed = folder / "seed" / "article.txt"
    return seed if seed.is_file() else ROOT / "examples" / "article.txt"


@pytest.fixture(scope="module", autouse=True)
def compiled_as_installed() -> None:
    """Byte-compile the package, as pip does when it installs a wheel."""
    assert compileall.compile_dir(Path(dedup.__file__).parent, quiet=1)


def run(*command: str | Path) -> bytes:
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.mark.benchmark(group="start-up (floor: import numpy)")
class TestStartUp:
    def test_floor_import_numpy(self, benchmark: BenchmarkFixture) -> None:
        benchmark.pedantic(
            run, (sys.executable, "-c", "import numpy"), rounds=ROUNDS, warmup_rounds=2
        )

    def test_version(self, benchmark: BenchmarkFixture) -> None:
        assert dedup.__version__ in run(COMMAND, "--version").decode()
        benchmark.pedantic(run, (COMMAND, "--version"), rounds=ROUNDS, warmup_rounds=2)

    def test_clean_article(self, benchmark: BenchmarkFixture) -> None:
        article = seed_article()
        assert run(COMMAND, article) == b"".join(
            article.read_bytes().splitlines(keepends=True)[:11]
        )
        benchmark.pedantic(run, (COMMAND, article), rounds=ROUNDS, warmup_rounds=2)


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
    """Return lines of made-up words, a tenth of them twice."""
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
