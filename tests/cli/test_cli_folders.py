"""The command on folders and patterns."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_runner import Run, preview, workplace
from tests.text_folders import FILES, ONCE, contents, fill

SUMMARY = (
    "kept 5 of 7 documents; removed 2 near copies; removed 1 repeated paragraph from 1 document"
)
SUMMARY += "; kept 1 without text\n"
KEPT = {name: data for name, data in FILES.items() if name not in ("a.txt", "b/again.txt")}
KEPT["b/twice.txt"] = ONCE.encode()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with workplace(tmp_path, monkeypatch):
        fill(tmp_path / "crawl")
        yield tmp_path


def test_a_folder_in_a_folder_out_and_back(run: Run) -> None:
    assert run("crawl/", "-o", "clean/", "--ledger", "ledger", "--stats", "stats") == (
        0, b"", SUMMARY,
    )  # fmt: skip
    assert contents(Path("clean")) == KEPT
    assert json.loads(Path("stats").read_bytes())["removed_near"] == 2
    assert run("restore", "ledger", "clean", "-o", "back") == (
        0, b"", "restored 7 files in back\n",
    )  # fmt: skip
    assert contents(Path("back")) == FILES


def test_a_folder_that_is_only_looked_at(run: Run, folder: Path) -> None:
    before = contents(folder)
    outcome = run("crawl", "--dry-run")
    assert (outcome.code, outcome.err) == (0, preview(SUMMARY))
    rows = [line.split("│")[1:-1] for line in outcome.out.decode().splitlines() if ".txt" in line]
    *copies, cluster, changed = ([cell.strip() for cell in row] for row in rows)
    assert [row[:3] for row in copies] == [
        ["a.txt", "c d/long\\ner.md", "near"],
        ["b/again.txt", "c d/long\\ner.md", "near"],
    ]
    assert changed[1:4] == ["3", "2", "exact"]
    assert cluster == ["3", "c d/long\\ner.md", "a.txt, b/again.txt"]
    assert run("crawl", "--check") == (1, b"", preview(SUMMARY))
    assert run("crawl/mark*", "--check").code == 0
    outcome = run("crawl/**/*.txt", "--json", "-q")
    assert json.loads(outcome.out)["documents"] == 6
    assert run("crawl", "--json", "-o", "clean", "-q").code == 0
    assert contents(folder) == before | {f"clean/{name}": data for name, data in KEPT.items()}


def test_options_reach_the_library(run: Run) -> None:
    given = ("crawl", "-o", "clean", "--no-across", "--threads", "1", "--tmp-dir", "crawl/b")
    assert run(*given, "--memory", "400MB", "--encoding", "latin-1", "-q").code == 0
    assert sorted(contents(Path("clean"))) == sorted(FILES)
    Path("crawl/bad.txt").write_bytes(b"\xff")
    assert run("crawl", "-o", "new").is_error(
        "crawl/bad.txt: is not valid utf-8", "--on-error skip"
    )
    assert run("crawl", "-o", "new", "--on-error", "skip", "-q").code == 0
    assert run("crawl", "-o", "kept", "--errors", "replace", "-q").code == 0
    assert contents(Path("kept"))["bad.txt"] == b"\xff"


def test_a_name_like_a_pattern_is_a_name(run: Run) -> None:
    Path("[a].txt").write_bytes(b"A name like a pattern.")
    assert run("[a].txt", "-q").out == b"A name like a pattern."


def test_a_terminal_is_shown_a_bar(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.datasets.progress_display.stderr_is_terminal", lambda: True)
    outcome = run("crawl", "-o", "clean")
    assert outcome.err.endswith(SUMMARY)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("crawl", "crawl: text files need an output folder, not standard output"),
        ("crawl -o -", "crawl: text files need an output folder"),
        ("crawl -o /dev/null", "crawl: text files need an output folder"),
        ("crawl -o a.txt", "a.txt is a file; choose a folder with -o FOLDER"),
        ("crawl -o crawl/new", "crawl/new must not be in the input crawl or around it"),
        ("crawl -o .", ". must not be in the input crawl or around it"),
        ("crawl -o out --ledger crawl/l", "crawl/l must not be in the input crawl"),
        ("crawl -n --stats crawl/a.txt", "crawl/a.txt must not be in the input crawl"),
        (
            "crawl -o out --annotate",
            "--annotate has no effect on texts: files of text have no",
        ),
        ("crawl -o out --keep min:id", "no effect on texts: files of text have no fields; give"),
        (
            "crawl -o out --shard-size 1MB",
            "--shard-size has no effect on texts: each text is",
        ),
        ("crawl -n --ledger l", "--ledger has no effect with --dry-run, --diff or --check"),
        ("crawl a.txt -o out", "a.txt is a file, and crawl a folder; name only folders"),
        (
            "crawl -i --blocks",
            "--blocks has no effect on a text that is cleaned by itself; to compare texts, name",
        ),
        ("none/*.txt -o out", "none: no such file; check the path"),
        ("*.md -o out", "no files match '*.md' (hidden ones do not count); check"),
    ],
)
def test_errors_are_one_line_and_write_nothing(
    run: Run, folder: Path, arguments: str, said: str
) -> None:
    before = contents(folder)
    assert run(*arguments.split()).is_error(said)
    assert contents(folder) == before
    assert sorted(path.name for path in folder.iterdir()) == ["a.txt", "crawl"]


def test_a_folder_is_not_put_back_in_place(run: Run) -> None:
    assert run("crawl", "-o", "clean", "--ledger", "removed", "-q").code == 0
    said = "clean: a folder cannot be restored in place; choose a folder with -o"
    assert run("restore", "removed", "--in-place", "clean").is_error(said)


def test_files_of_several_formats_are_refused(run: Run, folder: Path) -> None:
    (folder / "crawl/news.jsonl").write_text('{"text": "one"}\n')
    assert run("crawl", "-o", "out").is_error(
        "formats, jsonl (crawl/news.jsonl), text (crawl/a.txt)", "crawl/**/*.jsonl", "--format"
    )
    assert run("crawl/*.jsonl", "-q").out == b'{"text": "one"}\n'
