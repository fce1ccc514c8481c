"""Careless calls: nothing is lost, and no traceback is shown."""

import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dedup import ConfigError, OutputError, clean_dataset, restore_dataset
from tests.command_runner import Run

BODY = "The council promised a report on how it came to be that the ferry was late so often in May."
TWICE = f"{BODY}\n{BODY}\n"
NEWS = [{"id": 1, "text": TWICE}, {"id": 2, "text": "one"}, {"id": 3, "text": "One!"}]


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("news.jsonl")
    path.write_text("".join(json.dumps(record) + "\n" for record in NEWS))
    return path


@pytest.mark.parametrize("name", ["ledger", "quarantine"])
def test_a_file_that_may_be_the_only_copy_is_not_overwritten(news: Path, name: str) -> None:
    before = news.read_bytes() + b"{oops\n"
    news.write_bytes(before)
    options: dict[str, Any] = {"on_error": "quarantine", "quarantine": Path("aside")}
    options |= {"ledger": Path("ledger")}
    clean_dataset([news], "out.jsonl", **options)
    kept = Path("ledger" if name == "ledger" else "aside").read_bytes()
    other = {"ledger": "aside", "quarantine": "ledger"}[name]
    Path(other).unlink()
    with pytest.raises(OutputError, match=r"exists already; move it"):
        clean_dataset([news], "again.jsonl", **options)
    assert Path("ledger" if name == "ledger" else "aside").read_bytes() == kept
    assert not Path("again.jsonl").exists()
    assert not [*Path().glob(".dedup-*")]


def test_a_run_in_place_that_had_ended_is_not_begun_again(news: Path, run: Run) -> None:
    assert run(news, "--in-place").code == 0
    cleaned = news.read_bytes()
    assert run(news, "--in-place").is_error("news.jsonl.bak exists already")
    assert news.read_bytes() == cleaned
    assert not [*Path().glob(".dedup-*")]


@pytest.mark.parametrize(
    ("record", "keys"),
    [
        ({"text": TWICE}, ("title", "text")),
        ({"title": None, "text": TWICE}, ("title", "text")),
        ({"title": TWICE}, ("title", "meta.body")),
        ({"m": {"text": None}, "text": TWICE}, ("m.text", "text")),
        ({"m": "no object", "text": TWICE}, ("m.text", "text")),
    ],
)
def test_a_record_may_lack_some_of_the_fields(
    news: Path, record: dict[str, Any], keys: tuple[str, ...]
) -> None:
    every = {"title": "a", "text": "b", "meta": {"body": "c"}, "m": {"text": "d"}}
    news.write_text(f"{json.dumps(every)}\n{json.dumps(record)}\n")
    clean_dataset(news, "out.jsonl", text=keys)
    expected = json.dumps(record).replace(json.dumps(TWICE), json.dumps(f"{BODY}\n"))
    assert Path("out.jsonl").read_text() == f"{json.dumps(every)}\n{expected}\n"


def test_tables_go_to_standard_output(news: Path, run: Run) -> None:
    pq.write_table(pa.Table.from_pylist(NEWS), "news.parquet")
    done = run("news.parquet")
    assert done.code == 0
    assert pq.read_table(pa.BufferReader(done.out))["id"].to_pylist() == [1, 2]
    assert run(news, "--shard-size", "1MB").is_error("--shard-size needs names")
    assert sorted(path.name for path in Path().iterdir()) == ["news.jsonl", "news.parquet"]


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on Unix")
def test_an_output_may_have_any_name(news: Path) -> None:
    for name in (b"o\xff.jsonl", b"f\xff/o.jsonl"):
        target = Path(os.fsdecode(name))
        target.parent.mkdir(exist_ok=True)
        assert clean_dataset([news], target).kept == 2
        assert target.exists()


def test_a_line_of_another_encoding_is_a_bad_record(news: Path, run: Run) -> None:
    wide = json.dumps({"text": TWICE}).encode("utf-16-le")
    news.write_bytes(b'{"text":"plain"}\n' + wide + b"\n")
    assert run(news, "-o", "out.jsonl").is_error("line 2 (byte 17) is not JSON")
    assert run(news, "-o", "out.jsonl", "--on-error", "skip").code == 0
    assert Path("out.jsonl").read_bytes() == b'{"text":"plain"}\n'


def test_one_path_may_be_given_where_there_may_be_several(news: Path) -> None:
    clean_dataset("news.jsonl", "out.jsonl", ledger="ledger", against=(), text="text")
    assert restore_dataset("ledger", "out.jsonl", "back.jsonl") == [Path("back.jsonl")]
    assert Path("back.jsonl").read_bytes() == news.read_bytes()
    clean_dataset(news, "out.jsonl", on_error="quarantine", quarantine="aside", tmp_dir=".")
    assert clean_dataset(news, "out.jsonl", against="news.jsonl").kept == 0


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"memory": "600MB"}, "memory must be a whole number or None"),
        ({"shard_size": True}, "shard_size must be a whole number or None"),
        ({"within": "no"}, "within must be True or False"),
        ({"keep": None}, "keep must be a string"),
        ({"format": "xml"}, "format must be one of text, jsonl"),
        ({"threads": 1_000_000}, "threads must be at most 1,024, got 1,000,000"),
        ({"text": ()}, "text must name a field"),
        ({"text": 3}, "text must be a string or several strings"),
        ({"against": 3}, "against must be a path or several paths"),
        ({"tmp_dir": b"x"}, "tmp_dir must be a path"),
        ({"id": ""}, "id must name a field, got ''"),
        ({"id": 3}, "id must be a string or None"),
    ],
)
def test_an_option_of_another_kind_is_refused(
    news: Path, option: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        clean_dataset(news, "out.jsonl", **option)


def test_a_path_of_another_kind_is_refused(news: Path) -> None:
    given: Any
    for given in (None, 3, "a\0.jsonl"):
        with pytest.raises(ConfigError, match=r"target must be a path"):
            clean_dataset(news, given)
