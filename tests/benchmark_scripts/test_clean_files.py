"""The benchmark of files: no wrong result is timed, and it does without what is not installed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from benchmarks import clean_files
from benchmarks.check_output import WrongResultError, check_same, kept_rows
from benchmarks.peers import catalogue
from benchmarks.peers.corpus import planted, write
from dedup import clean_dataset
from tests.command_runner import ARTICLE

STORY = " ".join(f"word{number}" for number in range(120))
TEXTS, _ = planted([STORY, ARTICLE.decode()])  # the article repeats itself
Numbers = dict[str, int]


@dataclass(frozen=True, slots=True)
class Written:
    """An output that may be spoilt, and the report on it."""

    source: Path
    target: Path
    report: Numbers

    def rows(self) -> list[int]:
        return kept_rows(self.source, self.target, self.report)

    def spoil(self, spoilt: Callable[[list[bytes]], list[bytes]]) -> None:
        lines = self.target.read_bytes().splitlines(keepends=True)
        self.target.write_bytes(b"".join(spoilt(lines)))


@pytest.fixture
def written(tmp_path: Path) -> Written:
    source, target = write(TEXTS, tmp_path / "in.jsonl"), tmp_path / "out.jsonl"
    report = clean_dataset([source], target).to_dict()
    assert (report["kept"], report["edited"]) == (2, 1)
    return Written(source, target, report)


def with_text(line: bytes, text: str) -> bytes:
    return orjson.dumps(orjson.loads(line) | {"text": text}) + b"\n"


def test_a_right_result(written: Written) -> None:
    assert written.rows() == [0, 1]


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (lambda lines: lines[:1], "1 records written, 2 reported"),
        (lambda lines: lines[::-1], "out of order"),
        (lambda lines: [lines[0], lines[0]], "written twice"),
        (lambda lines: [lines[0].replace(b": ", b":"), lines[1]], "were not cleaned"),
        (lambda lines: [lines[0], with_text(lines[1], 9 * STORY)], "were not cleaned"),
        (lambda lines: [lines[0], lines[1].replace(b'"text"', b'"url": 1, "text"')], "cleaned"),
    ],
)
def test_wrong_outputs(
    written: Written, spoilt: Callable[[list[bytes]], list[bytes]], said: str
) -> None:
    written.spoil(spoilt)
    with pytest.raises(WrongResultError, match=said):
        written.rows()


def test_wrong_numbers(written: Written) -> None:
    written.report["removed_near"] += 1
    with pytest.raises(WrongResultError, match="4 records kept or removed of 3"):
        written.rows()


def test_nothing_removed(written: Written) -> None:
    written.target.write_bytes(written.source.read_bytes())
    with pytest.raises(WrongResultError, match="did not find the planted copy"):
        kept_rows(
            written.source,
            written.target,
            dict.fromkeys(written.report, 0) | {"documents": 3, "kept": 3},
        )


def test_other_records_of_parquet(written: Written) -> None:
    table = written.target.with_suffix(".parquet")
    records = [orjson.loads(line) for line in written.target.read_bytes().splitlines()]
    pq.write_table(pa.Table.from_pylist(records), table)
    check_same(written.target, table)
    pq.write_table(pa.Table.from_pylist(records[:1]), table)
    with pytest.raises(WrongResultError, match="other records of Parquet"):
        check_same(written.target, table)


def test_the_tables_without_the_peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "HOME", tmp_path / "nowhere")
    outcome = CliRunner().invoke(clean_files.main, ["--count", "60", "--rounds", "1"])
    assert outcome.exit_code == 0, outcome.output
    rows = [
        [cell.strip() for cell in line.split("│")[1:-1]]
        for line in outcome.output.splitlines()
        if line.startswith("│")
    ]
    assert outcome.output.startswith("a made-up dump: 61 records")
    assert [row[0] for row in rows] == [
        "JSON lines, across only",
        "its parts alone",
        "JSON lines, within and across",
        "its parts alone",
        "Parquet, within and across",
        "dedup-clean",
        "dedup-clean --no-within",
        "text-dedup",
        "datatrove",
    ]
    for row in rows[5:7]:
        assert row[1] == "this tree"
        assert all(float(cell.replace(",", "")) > 0 for cell in row[2:])
    for row in rows[7:]:
        assert row[2].startswith("no: not installed: python -m benchmarks.peers.make")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--data", "allsides", "--count", "5"], "--data and --count"),
        (["--data", "no_such_corpus"], "no articles at"),
    ],
)
def test_refusals(given: list[str], said: str) -> None:
    outcome = CliRunner().invoke(clean_files.main, given)
    assert outcome.exit_code != 0
    assert said in outcome.output
