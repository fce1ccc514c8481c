"""The benchmark of files: wrong results are refused, and it runs without the peers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from benchmarks import files
from benchmarks.check_output import WrongResultError, check_same, kept_rows
from benchmarks.file_corpus import repeated_with_edits
from benchmarks.peers import catalogue
from benchmarks.peers.corpus import planted, write
from dedup import clean_dataset
from tests.command_runner import ARTICLE

STORY = " ".join(f"word{number}" for number in range(120))
TEXTS, _ = planted([STORY, ARTICLE.decode()])  # the article repeats itself
Numbers = dict[str, int]


@dataclass(frozen=True, slots=True)
class Output:
    """An output that a test may spoil, and its report."""

    source: Path
    target: Path
    report: Numbers

    def rows(self) -> list[int]:
        return kept_rows(self.source, self.target, self.report)

    def spoil(self, spoilt: Callable[[list[bytes]], list[bytes]]) -> None:
        lines = self.target.read_bytes().splitlines(keepends=True)
        self.target.write_bytes(b"".join(spoilt(lines)))


@pytest.fixture
def output(tmp_path: Path) -> Output:
    source, target = write(TEXTS, tmp_path / "in.jsonl"), tmp_path / "out.jsonl"
    report = clean_dataset([source], target).to_dict()
    assert (report["kept"], report["edited"]) == (2, 1)
    return Output(source, target, report)


def with_text(line: bytes, text: str) -> bytes:
    return orjson.dumps(orjson.loads(line) | {"text": text}) + b"\n"


def test_a_correct_result_is_accepted(output: Output) -> None:
    assert output.rows() == [0, 1]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda lines: lines[:1], "1 records written, 2 reported"),
        (lambda lines: lines[::-1], "out of order"),
        (lambda lines: [lines[0], lines[0]], "written twice"),
        (lambda lines: [lines[0].replace(b": ", b":"), lines[1]], "were not cleaned"),
        (lambda lines: [lines[0], with_text(lines[1], 9 * STORY)], "were not cleaned"),
        (lambda lines: [lines[0], lines[1].replace(b'"text"', b'"url": 1, "text"')], "cleaned"),
    ],
)
def test_wrong_outputs_are_refused(
    output: Output, spoil: Callable[[list[bytes]], list[bytes]], message: str
) -> None:
    output.spoil(spoil)
    with pytest.raises(WrongResultError, match=message):
        output.rows()


def test_wrong_counts_are_refused(output: Output) -> None:
    output.report["removed_near"] += 1
    with pytest.raises(WrongResultError, match="4 records kept or removed of 3"):
        output.rows()


def test_a_planted_copy_must_be_removed(output: Output) -> None:
    output.target.write_bytes(output.source.read_bytes())
    with pytest.raises(WrongResultError, match="did not find the planted copy"):
        kept_rows(
            output.source,
            output.target,
            dict.fromkeys(output.report, 0) | {"documents": 3, "kept": 3},
        )


def test_parquet_must_hold_the_same_records(output: Output) -> None:
    table = output.target.with_suffix(".parquet")
    records = [orjson.loads(line) for line in output.target.read_bytes().splitlines()]
    pq.write_table(pa.Table.from_pylist(records), table)
    check_same(output.target, table)
    pq.write_table(pa.Table.from_pylist(records[:1]), table)
    with pytest.raises(WrongResultError, match="different records"):
        check_same(output.target, table)


@pytest.mark.long
def test_the_tables_without_the_peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "HOME", tmp_path / "nowhere")
    page = tmp_path / "files.md"
    arguments = ["--count", "60", "--rounds", "1", "--memory", "300MB", "--markdown", str(page)]
    monkeypatch.setattr(files, "SMALL_RUNS", 1)
    outcome = CliRunner().invoke(files.main, arguments)
    assert outcome.exit_code == 0, outcome.output
    assert outcome.output.startswith("60 generated articles: 61 records")
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in page.read_text("utf-8").splitlines()
        if line.startswith("|")
    ]
    names = [row[0] for row in rows]
    assert names[1:11] == [
        "---",
        "JSON lines, within and across",
        "JSON lines, within and across",
        "JSON lines, across only",
        "JSON lines, across only",
        "JSON lines with a similar copy of each text",
        "within and across, without line breaks",
        "Parquet, within and across",
        "JSON lines, within and across",
        "JSON lines, across only",
    ]
    flags = ("", " --no-within", " --memory 300MB", " --blocks", " --spans")
    first = names.index("process") + 2
    assert names[first : first + 7] == [f"dedup-clean{flag}" for flag in flags] + [
        "text-dedup", "datatrove",
    ]  # fmt: skip
    for row in rows[first : first + 5]:
        assert row[1] == "this tree"
        assert all(float(cell.replace(",", "")) >= 0 for cell in row[2:])
    for row in rows[first + 5 : first + 7]:
        assert row[2].startswith("no: not installed: python -m benchmarks.peers.make")
    assert [row[1] for row in rows[-4:]] == ["comparing", "spans", "writing", "saving"]


def test_real_texts_are_repeated_with_edits_up_to_a_size() -> None:
    texts = [STORY, ARTICLE.decode()]
    found = [*repeated_with_edits(texts, 20_000)]
    assert found[:2] == texts and len({*found}) == len(found) > 4
    assert found == [*repeated_with_edits(texts, 20_000)]
    assert 19_000 <= sum(map(len, found)) + 20 * len(found) < 25_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "allsides", "--count", "5"], "--count cannot be combined with --data"),
        (["--data", "no_such_corpus"], "no articles at"),
    ],
)
def test_refused_options(arguments: list[str], message: str) -> None:
    outcome = CliRunner().invoke(files.main, arguments)
    assert outcome.exit_code != 0
    assert message in outcome.output
