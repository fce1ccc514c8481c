"""Files of records, read to written: beside a loop that only parses them."""

from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.data import dump
from benchmarks.floors import as_parquet, loaded, rewritten
from benchmarks.peers.corpus import write
from dedup import clean_dataset

DOCUMENTS = 20_000


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(dump(DOCUMENTS).texts, tmp_path_factory.mktemp("dataset") / "news.jsonl")


@pytest.fixture(scope="module")
def table(news: Path) -> Path:
    return as_parquet(news)


def cleaned(path: Path) -> int:
    report = clean_dataset([path], path.with_name(f"clean{path.suffix}"))
    assert report.removed_near > DOCUMENTS // 10
    assert report.kept + report.removed_exact + report.removed_near == report.documents
    return report.documents


@pytest.mark.benchmark(group="20,000 articles of JSON lines (floor: orjson.loads)")
class TestJsonLines:
    def test_floor_loads(self, benchmark: BenchmarkFixture, news: Path) -> None:
        assert benchmark.pedantic(loaded, (news,), rounds=3, warmup_rounds=1) == DOCUMENTS

    def test_clean_dataset(self, benchmark: BenchmarkFixture, news: Path) -> None:
        assert benchmark.pedantic(cleaned, (news,), rounds=3, warmup_rounds=1) == DOCUMENTS


@pytest.mark.benchmark(group="20,000 articles of Parquet (floor: read and write)")
class TestParquet:
    def test_floor_read_and_write(self, benchmark: BenchmarkFixture, table: Path) -> None:
        assert benchmark.pedantic(rewritten, (table,), rounds=3, warmup_rounds=1) == DOCUMENTS

    def test_clean_dataset(self, benchmark: BenchmarkFixture, table: Path) -> None:
        assert benchmark.pedantic(cleaned, (table,), rounds=3, warmup_rounds=1) == DOCUMENTS
