"""Folders and patterns of record files: each file is an input with an output at the same path."""

import gzip
import json
from pathlib import Path

import pytest

from dedup import ConfigError, OutputError, clean_dataset, restore_dataset
from tests.text_folders import STORY, fill
from tests.text_folders import contents as raw_contents


def lines_of(*texts: str) -> bytes:
    return b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts)


FILES = {
    "2025/news.jsonl": lines_of("one", STORY),
    "2026/news.jsonl": lines_of(STORY.upper(), "two"),
    "2026/more.ndjson.gz": lines_of("three", "ONE"),
}
CLEAN = {
    "2025/news.jsonl": lines_of("one", STORY),
    "2026/news.jsonl": lines_of("two"),
    "2026/more.ndjson.gz": lines_of("three"),
}


def contents(folder: Path) -> dict[str, bytes]:
    """Return what all files below a folder hold, decompressed."""
    return {
        name: gzip.decompress(data) if name.endswith(".gz") else data
        for name, data in raw_contents(folder).items()
    }


@pytest.fixture
def crawl(tmp_path: Path) -> Path:
    more = "2026/more.ndjson.gz"
    given = FILES | {more: gzip.compress(FILES[more]), "2026/.part": b"hidden"}
    return fill(tmp_path / "crawl", given)


def test_outputs_keep_the_paths_of_the_inputs(crawl: Path, tmp_path: Path) -> None:
    report = clean_dataset([crawl], f"{tmp_path}/out/")
    assert contents(tmp_path / "out") == CLEAN
    assert (report.documents, report.kept) == (6, 4)


def test_all_inputs_go_into_one_file(crawl: Path, tmp_path: Path) -> None:
    clean_dataset([crawl / "**/*.jsonl"], tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == lines_of("one", STORY, "two")


def test_a_pattern_below_a_folder(crawl: Path, tmp_path: Path) -> None:
    more = fill(tmp_path, {"more.jsonl": lines_of("Two", "four")}) / "more.jsonl"
    clean_dataset([crawl / "*/news.jsonl", more], f"{tmp_path}/out/", against=(crawl / "2025",))
    assert contents(tmp_path / "out") == {
        "2025/news.jsonl": b"",
        "2026/news.jsonl": lines_of("two"),
        "more.jsonl": lines_of("four"),
    }


@pytest.mark.parametrize("given", ["the folder", "the files"])
def test_all_inputs_are_restored(crawl: Path, tmp_path: Path, given: str) -> None:
    ledger, out = tmp_path / "ledger", tmp_path / "out"
    clean_dataset([crawl], f"{out}/", ledger=ledger)
    out = out.rename(tmp_path / "moved")
    outputs = [out] if given == "the folder" else [out / name for name in sorted(CLEAN)]
    restore_dataset(ledger, outputs, tmp_path / "back")
    assert contents(tmp_path / "back") == FILES


def test_files_of_several_formats(crawl: Path, tmp_path: Path) -> None:
    (crawl / "about.txt").write_text("About.")
    with pytest.raises(ConfigError) as caught:
        clean_dataset([crawl], f"{tmp_path}/out/")
    assert str(caught.value) == (
        f"inputs have different formats, jsonl ({crawl}/2025/news.jsonl), text "
        f"({crawl}/about.txt); select one with a pattern, as in 'crawl/**/*.jsonl', or "
        'choose one with format= ("text" reads any file as text)'
    )
    clean_dataset([crawl / "2025"], f"{tmp_path}/texts/", format="text")
    assert contents(tmp_path / "texts") == {"news.jsonl": FILES["2025/news.jsonl"]}


def test_two_inputs_with_the_same_name(crawl: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"news.jsonl: two outputs have this path"):
        clean_dataset([crawl / "2025", crawl / "2026"], f"{tmp_path}/out/")
    with pytest.raises(OutputError, match=r"news.jsonl is an input"):
        clean_dataset([crawl], f"{crawl}/")
    assert not (tmp_path / "out").exists()
