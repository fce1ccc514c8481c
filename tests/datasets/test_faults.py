"""Full disks and mutilated inputs: one clear line, and no file lost, half-written or left over."""

import csv
import errno
import gc
import gzip
import io
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup import DedupError, InputError, OutputError, clean_dataset, restore_dataset
from dedup.arrays.memory import can_limit
from dedup.files.decoding import STDIN
from dedup.files.source import Source
from tests.small_disk import small_disk
from tests.warc_records import page, response, warc_record
from tests.without_core import needs_core

BODY = "The council promised a report on how it came to be that the ferry was late so often in May."
TEXTS = ["one", f"{BODY}\n{BODY}", "One!", None, "éa中", "TWO " * 9, f"{BODY}", "four five six"]
RECORDS: list[dict[str, Any]] = [
    {"id": number, "text": text, "n": [number]} for number, text in enumerate(TEXTS)
]
LINES = [json.dumps(record, ensure_ascii=record["id"] != 4) + "\n" for record in RECORDS]
JSON = "".join(LINES).encode()


def as_csv() -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["id", "text"], *([n, text] for n, text in enumerate(TEXTS))])
    return buffer.getvalue().encode()


def as_parquet() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"id": range(len(TEXTS)), "text": TEXTS}), buffer)
    return buffer.getvalue()


def as_arrow() -> bytes:
    buffer = io.BytesIO()
    table = pa.table({"id": range(len(TEXTS)), "text": TEXTS})
    with pa.ipc.new_file(buffer, table.schema) as file:
        file.write_table(table)
    return buffer.getvalue()


WARC = b"".join(map(warc_record, TEXTS)) + response(page("One."))
INPUTS = {
    ".warc": WARC,
    ".warc.gz": gzip.compress(WARC, mtime=0),
    ".jsonl": JSON,
    ".jsonl.gz": gzip.compress(JSON, mtime=0),
    ".csv": as_csv(),
    ".parquet": as_parquet(),
    ".arrow": as_arrow(),
}


def flipped(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def with_piece(data: bytes, rng: random.Random) -> bytes:
    pieces = [b"\0", b"\xff\xfe", b'"', b"{", b"[" * 3000, b"9" * 5000, b"\\ud800", b"\r", b"\n\n"]
    pieces += [b"1e999", b'"text":', b',"text":"b"', data[: rng.randint(1, len(data))]]
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.choice(pieces) + data[place + rng.randint(0, 3) :]


def stuffed(data: bytes, rng: random.Random) -> bytes:
    return data[: len(data) // 2] + b"x" * rng.choice([10, 100_000]) + data[len(data) // 2 :]


MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [
    flipped,
    with_piece,
    stuffed,
    lambda data, rng: data[: rng.randrange(len(data))],
    lambda data, rng: data[rng.randrange(len(data)) :],
    lambda data, _: data.decode("latin-1").encode("utf-16"),
]


# The same examples each time: a damaged file that ended the process would end all tests.
@settings(derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(INPUTS)),
    st.sampled_from(MUTATIONS),
    st.integers(0, 1 << 32),
    st.booleans(),
)
def test_a_mutilated_input_gives_a_result_or_one_clear_line(
    tmp_path_factory: pytest.TempPathFactory,
    ending: str,
    mutation: Callable[[bytes, random.Random], bytes],
    seed: int,
    skip: bool,  # noqa: FBT001
) -> None:
    folder = tmp_path_factory.mktemp("mutilated")
    news, out, ledger = folder / f"news{ending}", folder / f"out{ending}", folder / "ledger"
    data = mutation(INPUTS[ending], random.Random(seed))
    news.write_bytes(data)
    by_bytes = ending.startswith((".jsonl", ".csv", ".warc"))
    options: dict[str, Any] = {"on_error": "skip" if skip else "fail"}
    options["ledger"] = ledger if by_bytes else None
    complaint = None
    try:
        report = clean_dataset([news], out, **options)
    except DedupError as error:
        complaint = str(error)
    if complaint is not None:
        assert complaint
        assert "\n" not in complaint
        assert [path.name for path in folder.iterdir()] == [news.name]
        return
    format_count = report.kept + report.removed_exact + report.removed_near + report.bad
    assert format_count == report.documents
    if by_bytes:  # nothing is lost without a trace
        (back,) = restore_dataset(ledger, [out], folder / f"back{ending}")
        given_as = back.read_bytes()
        content = gzip.decompress(given_as) if ending.endswith(".gz") else given_as
        # What is not compressed, whatever its name says, is read as it is.
        assert content == (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data)


@pytest.mark.parametrize("where", ["output", "waiting"])
def test_a_full_disk_loses_nothing(tmp_path: Path, where: str) -> None:
    news = tmp_path / "news.json"  # an array, whose texts wait in a temporary file
    lines = [json.dumps({"text": f"{number} " + "word " * 200}) for number in range(100)]
    news.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    with small_disk(tmp_path / "disk") as disk:
        target = disk / "out.json" if where == "output" else tmp_path / "out.json"
        waits = tmp_path if where == "output" else disk
        with pytest.raises(OutputError, match=r"disk.*(no space left|the disk is full)"):
            clean_dataset([news], target, tmp_dir=waits)
        assert not list(disk.iterdir())
    if where == "output":
        (tmp_path / "disk").mkdir(exist_ok=True)
        clean_dataset([news], target, tmp_dir=waits)
        assert target.read_bytes() == news.read_bytes()
    assert not list(tmp_path.glob(".dedup-*"))


@needs_core  # the specification keeps its arrays in RAM
@pytest.mark.skipif(not can_limit(), reason="needs Linux")
@pytest.mark.parametrize(
    ("operation", "memory"),
    [("pwrite", None), ("pwrite", 300_000_000), ("posix_fallocate", 300_000_000)],
)
def test_a_disk_too_full_for_arrays_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str, memory: int | None
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, operation, full)
    monkeypatch.setattr("dedup.arrays.memory.STORED_RAM_BYTES", 0)
    monkeypatch.setattr("dedup.arrays.memory.ARRAYS_SHARE", 0)
    monkeypatch.setattr("dedup.arrays.memory.TABLES_SHARE", 0)
    news = tmp_path / "news.jsonl"
    news.write_text("".join(json.dumps({"text": f"word {n} " * 9}) + "\n" for n in range(50)))
    waits = tmp_path / "waits"
    waits.mkdir()
    with pytest.raises(OutputError, match=r"cannot write .*waits .no space left.*tmp_dir="):
        clean_dataset([news], tmp_path / "out.jsonl", tmp_dir=waits, memory=memory)
    assert not (tmp_path / "out.jsonl").exists()
    assert not list(waits.iterdir())


@pytest.mark.parametrize("ending", [".jsonl", ".json", ".csv"])
@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_a_file_that_is_truncated_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, on_error: str
) -> None:
    news = tmp_path / f"news{ending}"
    lines = [json.dumps({"text": f"{number} " + "word " * 20_000}) for number in range(40)]
    content = {
        ".jsonl": "\n".join(lines),
        ".json": "[\n" + ",\n".join(lines) + "\n]",
        ".csv": "text\n" + "".join(f'"{line[10:-2]}"\n' for line in lines),
    }
    news.write_text(content[ending])
    read, total = Source.read, news.stat().st_size

    def truncating(source: Source, size: int, *, to_line_end: bool = False) -> bytes:
        data = read(source, size, to_line_end=to_line_end)
        os.truncate(news, total // 2)
        return data

    monkeypatch.setattr("dedup.datasets.formats.jsonl.READ_BYTES", 100_000)
    monkeypatch.setattr(Source, "read", truncating)
    with pytest.raises(InputError, match=f"news{ending} changed while it was read"):
        clean_dataset([news], tmp_path / "out", format=ending[1:], on_error=on_error)
    assert [path.name for path in tmp_path.iterdir()] == [news.name]


def test_a_vanished_input_is_not_blamed_on_the_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone.jsonl: no such file"):
        clean_dataset([tmp_path / "gone.jsonl"], tmp_path / "out.jsonl")


def test_open_outputs_are_closed_after_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    news, out = tmp_path / "news.jsonl", tmp_path / "out.jsonl.gz"
    news.write_bytes(b"{oops\n" + JSON)

    def failing(*_: object) -> None:
        raise OutputError("no more")

    monkeypatch.setattr("dedup.datasets.write_records.SecondRead.finish", failing)
    options: dict[str, Any] = {"on_error": "quarantine", "quarantine": tmp_path / "aside.gz"}
    with pytest.raises(OutputError, match="no more"):
        clean_dataset([news], out, ledger=tmp_path / "ledger.gz", **options)
    gc.collect()  # an open file would complain here, which pytest makes a failure
    monkeypatch.undo()
    assert clean_dataset([news], out, ledger=tmp_path / "ledger.gz", **options).bad == 1


def test_standard_input_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b"plain", gzip.compress(b"plain")):
        stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(data)))
        monkeypatch.setattr("sys.stdin", stdin)
        with Source(STDIN) as source:
            assert source.read(9) == b"plain"
        assert not stdin.buffer.closed


@pytest.mark.parametrize("name", ["out.JSONL.GZ", "out.jsonl.gzip"])
def test_the_ending_of_a_compressed_output_may_be_written_in_any_way(
    tmp_path: Path, name: str
) -> None:
    news = tmp_path / "news.jsonl"
    news.write_bytes(JSON)
    clean_dataset([news], tmp_path / name)
    assert gzip.decompress((tmp_path / name).read_bytes())
