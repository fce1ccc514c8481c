"""Files of records, read to written: beside a loop that only parses them."""

import json
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.data import dump
from dedup import clean_dataset

DOCUMENTS = 20_000


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dataset") / "news.jsonl"
    texts = dump(DOCUMENTS).texts
    path.write_text("".join(json.dumps({"id": n, "text": t}) + "\n" for n, t in enumerate(texts)))
    return path


@pytest.fixture(scope="module")
def table(news: Path) -> Path:
    path = news.with_suffix(".parquet")
    records = [orjson.loads(line) for line in news.read_bytes().splitlines()]
    pq.write_table(pa.Table.from_pylist(records), path)
    return path


def loaded(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for line in file if orjson.loads(line))


def rewritten(path: Path) -> int:
    read = pq.read_table(path)
    pq.write_table(read, path.with_name("bare.parquet"))
    return len(read)


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
