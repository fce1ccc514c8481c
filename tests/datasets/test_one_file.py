"""One file of records from Python gives the bytes of the command, in every format."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dedup import ConfigError, clean_dataset
from dedup.cli.main import main
from dedup.datasets.formats.detect import Format
from tests.warc_records import warc_record

BODY = "The council promised a report on how it came to be that the ferry was late so often in May."
TEXTS = ["one", f"{BODY}\n{BODY}", "One!", BODY]


def as_lines() -> bytes:
    return b"".join(json.dumps({"text": text}).encode() + b"\n" for text in TEXTS)


def as_csv(delimiter: str) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows([["id", "text"], *enumerate(TEXTS)])
    return buffer.getvalue().encode()


def as_table(*, parquet: bool) -> bytes:
    buffer = io.BytesIO()
    table = pa.table({"text": TEXTS})
    if parquet:
        pq.write_table(table, buffer)
    else:
        with pa.ipc.new_file(buffer, table.schema) as file:
            file.write_table(table)
    return buffer.getvalue()


INPUTS: dict[str, tuple[Format, bytes]] = {
    "a.jsonl": ("jsonl", as_lines()),
    "a.jsonl.gz": ("jsonl", gzip.compress(as_lines(), mtime=0)),
    "a.json": ("json", b"[" + b",".join(as_lines().splitlines()) + b"]\n"),
    "a.csv": ("csv", as_csv(",")),
    "a.tsv": ("tsv", as_csv("\t")),
    "a.wet": ("warc", b"".join(map(warc_record, TEXTS))),
    "a.parquet": ("parquet", as_table(parquet=True)),
    "a.arrow": ("arrow", as_table(parquet=False)),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, (_, data) in INPUTS.items():
        Path(name).write_bytes(data)
    return tmp_path


@pytest.mark.parametrize("name", INPUTS)
def test_the_library_writes_what_the_command_writes(name: str) -> None:
    form, _ = INPUTS[name]
    ledgers: tuple[list[str], dict[str, Any]] = ([], {})
    if form not in ("parquet", "arrow"):
        ledgers = (["--ledger", "ledger"], {"ledger": "other"})
    assert main([name, "-o", f"by-command/{name}", "-q", *ledgers[0]]) == 2  # there is no folder
    Path("by-command").mkdir()
    assert main([name, "-o", "by-command", "-q", *ledgers[0]]) == 0
    report = clean_dataset(name, "by-python/", **ledgers[1])
    assert Path("by-python", name).read_bytes() == Path("by-command", name).read_bytes()
    assert report.blocks == report.edited == 1
    assert report.summary.startswith("kept 2 of 4 documents; removed 2 exact copies; removed 1")
    if ledgers[1]:
        lines = [Path(path).read_text() for path in ("ledger", "other")]
        assert lines[0].replace("by-command", "by-python") == lines[1]


def test_every_format_is_tested() -> None:
    assert {form for form, _ in INPUTS.values()} == {*get_args(Format)} - {"text"}


def test_standard_streams(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    clean_dataset("a.jsonl", "clean")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(as_lines()))))
    assert clean_dataset("-", "-").documents == 4
    assert capsysbinary.readouterr().out == Path("clean").read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"colour": 1}, "colour is not an option"),
        ({"threshold": 0.5}, "threshold is a setting, not an option"),
    ],
)
def test_contradictory_arguments_are_refused(
    folder: Path, options: dict[str, Any], said: str
) -> None:
    before = sorted(folder.iterdir())
    with pytest.raises(ConfigError, match=said):
        clean_dataset("a.jsonl", "out", **options)
    assert sorted(folder.iterdir()) == before
