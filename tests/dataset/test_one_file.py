"""One file from Python: the same bytes as the command's, of every format."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from archives import warc_record
from dedup import (
    Config,
    ConfigError,
    OutputError,
    clean_file,
    read_ledger,
    restore,
    restore_dataset,
)
from dedup.cli.main import main
from dedup.io.formats import Format

BODY = "The council promised a report on how it came to be that the ferry was late so often in May."
TEXTS = ["one", f"{BODY}\n{BODY}", "One!", BODY]
TEXT = f"Late\r\n{BODY}\r\n{BODY}\r\n"


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
    "a.txt": ("text", b"\xef\xbb\xbf" + TEXT.encode()),
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
def test_it_is_what_the_command_writes(name: str) -> None:
    form, _ = INPUTS[name]
    ledgers: tuple[list[str], dict[str, Any]] = ([], {})
    if form not in ("parquet", "arrow"):
        ledgers = (["--ledger", "ledger"], {"ledger": "other"})
    assert main([name, "-o", f"by-command/{name}", "-q", *ledgers[0]]) == 2  # there is no folder
    Path("by-command").mkdir()
    assert main([name, "-o", "by-command", "-q", *ledgers[0]]) == 0
    report = clean_file(name, "by-python/", **ledgers[1])
    assert Path("by-python", name).read_bytes() == Path("by-command", name).read_bytes()
    assert report.blocks == report.edited == 1
    if form == "text":
        assert (
            report.summary == "kept 1 of 1 document; removed 1 repeated paragraph from 1 document"
        )
        assert (report.bytes_read, report.bytes_written) == (
            len(TEXT) + 3,
            len(TEXT) - len(BODY) + 1,
        )
    else:
        assert report.summary.startswith("kept 2 of 4 documents; removed 2 exact copies; removed 1")
    if ledgers[1]:
        lines = [Path(path).read_text() for path in ("ledger", "other")]
        assert lines[0].replace("by-command", "by-python") == lines[1]


def test_every_format_is_tried() -> None:
    assert {form for form, _ in INPUTS.values()} == set(get_args(Format))


def test_a_ledger_puts_it_back(folder: Path) -> None:
    clean_file("a.txt", "clean.txt", ledger="ledger")
    clean = (folder / "clean.txt").read_bytes().decode()
    assert restore(clean, read_ledger("ledger")).encode() == INPUTS["a.txt"][1]
    clean_file(folder / "a.csv", folder / "clean.csv", ledger=folder / "ledger.csv")
    restore_dataset("ledger.csv", ["clean.csv"], "back.csv")
    assert (folder / "back.csv").read_bytes() == INPUTS["a.csv"][1]
    with pytest.raises(OutputError, match="ledger: exists already"):
        clean_file("a.txt", "clean.txt", ledger="ledger")


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_standard_streams(
    name: str, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    clean_file(name, "clean")
    monkeypatch.setattr(
        "sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(INPUTS[name][1])))
    )
    assert clean_file("-", "-").documents == (1 if name == "a.txt" else 4)
    assert capsysbinary.readouterr().out == Path("clean").read_bytes()


def test_settings_and_options() -> None:
    Path("latin").write_bytes("é\n".encode("latin-1") + f"{BODY}\n".encode() * 2)
    clean_file("latin", "out", keep="last", encoding="latin-1")
    assert Path("out").read_bytes() == b"\xe9\n" + f"{BODY}\n".encode()
    assert clean_file("a.txt", "out", Config(min_tokens=90)).blocks == 0
    clean_file("a.jsonl", "last", Config(keep="last"), within=False)
    assert main(["a.jsonl", "-o", "by-command", "--keep", "last", "--no-within", "-q"]) == 0
    assert Path("last").read_bytes() == Path("by-command").read_bytes()
    assert clean_file("a.jsonl", "text", format="text").documents == 1
    Path("empty").touch()
    assert clean_file("empty", "out").without_text == 1


@pytest.mark.parametrize(
    ("source", "options", "said"),
    [
        ("a.txt", {"annotate": True}, "annotate has no effect on a single text"),
        ("a.txt", {"across": False}, "across has no effect on a single text"),
        ("a.txt", {"stats": "stats"}, "stats has no effect on a single text"),
        ("a.txt", {"keep": "max:date"}, "keep must be"),
        ("a.txt", {"colour": 1}, "colour is not an option"),
        ("a.txt", {"threshold": 0.5}, "threshold is a setting, not an option"),
        (".", {}, r"\.: is a folder or a pattern; clean it with clean_dataset"),
        ("*.txt", {}, r"\*.txt: is a folder or a pattern; clean it with clean_dataset"),
    ],
)
def test_what_cannot_be_meant(
    folder: Path, source: str, options: dict[str, Any], said: str
) -> None:
    before = sorted(folder.iterdir())
    with pytest.raises(ConfigError, match=said):
        clean_file(source, "out", format="text" if source == "." else None, **options)
    assert sorted(folder.iterdir()) == before
