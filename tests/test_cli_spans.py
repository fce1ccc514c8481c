"""``dedup-clean --spans``: of one text, and of records."""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_runner import ARTICLE, Run, workplace

LINES = ARTICLE.decode().splitlines()
BODY = "\n".join(LINES[1:11])
AGAIN = "\n".join(textwrap.wrap(" ".join(LINES[1:11]), 60))
TWICE = f"{LINES[0]}\n{BODY}\n\nAnd this once more:{AGAIN}\n\nA last word.\n"
ONCE = f"{LINES[0]}\n{BODY}\n\nAnd this once more:\n\nA last word.\n"


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(capsysbinary, monkeypatch)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with workplace(tmp_path, monkeypatch):
        (tmp_path / "twice.txt").write_text(TWICE, encoding="utf-8")
        yield tmp_path


def test_a_body_that_is_wrapped_otherwise_and_glued_on_goes(run: Run, folder: Path) -> None:
    outcome = run("--spans", "twice.txt", "-o", "once.txt", "--ledger", "removed.jsonl")
    assert outcome.code == 0
    removed = len(TWICE) - len(ONCE)
    assert f"removed 1 repeated span, {removed:,} of {len(TWICE):,} characters" in outcome.err
    assert (folder / "once.txt").read_text("utf-8") == ONCE
    assert run("--restore", "removed.jsonl", "once.txt", "-o", "back.txt").code == 0
    assert (folder / "back.txt").read_text("utf-8") == TWICE


def test_what_is_found_is_shown(run: Run) -> None:
    table = run("--spans", "--dry-run", "twice.txt").out.decode()
    lines = f"13-{12 + len(AGAIN.splitlines())}"
    assert f"│ {lines} │   2-11 │ exact │" in table
    assert "The harbour ferry" in table
    report = json.loads(run("--spans", "--json", "--dry-run", "twice.txt").out)
    assert (report["cut"], report["min_span"], report["removed_spans"]) == ("span", 50, 1)
    assert report["repeats"][0]["of_lines"] == [2, 11]
    assert run("--spans", "--check", "twice.txt").code == 1
    assert run("--spans", "--check", "--min-span", "5000", "twice.txt") == (
        0,
        b"",
        f"no span of 5,000 words repeats in {len(TWICE):,} characters\n",
    )


def test_of_letters_a_span_has_more(run: Run, folder: Path) -> None:
    part = " ".join(f"word{letter}" for letter in "abcdefghijklmnopqrstuvwxyzabcdefgh")
    (folder / "short.txt").write_text(f"{part}\nOnce more: {part}\n")
    assert "no span of 50 words repeats" in run("--spans", "--check", "short.txt").err
    outcome = run("--spans", "--check", "--unit", "char", "short.txt")
    assert outcome.err.startswith("no span of 250 letters repeats in ")
    assert run("--spans", "--check", "--unit", "char", "--min-span", "90", "short.txt").code == 1


def test_many_spans_are_counted(run: Run, folder: Path) -> None:
    part = " ".join(f"w{place}" for place in range(20))
    (folder / "many.txt").write_text(f"{part}\n" + "".join(f"{n}: {part}\n" for n in "abcdefg"))
    outcome = run("--spans", "--min-span", "20", "--check", "many.txt")
    assert "removed 7 repeated spans" in outcome.err
    assert outcome.err.endswith("line 6 repeats line 1; and 2 more\n")


def test_a_stretch_of_another_record_goes_where_that_stays(run: Run, folder: Path) -> None:
    own = [" ".join(f"own{row}x{place}" for place in range(120)) for row in range(4)]
    texts = [f"{own[0]}\n{BODY}", f"{own[1]} {AGAIN} {own[2]}", f"{own[3]} {AGAIN}", own[3]]
    lines = [json.dumps({"id": row, "text": text}) + "\n" for row, text in enumerate(texts)]
    (folder / "news.jsonl").write_text("".join(lines))
    given = ("news.jsonl", "--spans", "--id-key", "id")
    outcome = run(*given, "-o", "out.jsonl", "--ledger", "led.jsonl")
    assert outcome.err == (
        "kept 3 of 4 documents; removed 1 near copy; took 2 repeated spans out of 2\n"
    )
    left = [json.loads(line)["text"] for line in (folder / "out.jsonl").read_bytes().splitlines()]
    assert left == [texts[0], f"{own[1]} {own[2]}", own[3]]
    ledger = (folder / "led.jsonl").read_bytes().splitlines()
    kinds = [json.loads(line).get("kind") for line in ledger]
    assert kinds == [None, "spans", "spans", "near", None]
    assert run("--restore", "led.jsonl", "out.jsonl", "-o", "back.jsonl").code == 0
    assert (folder / "back.jsonl").read_bytes() == (folder / "news.jsonl").read_bytes()
    # What was there before the records is a source, and is not changed.
    (folder / "old.jsonl").write_text(json.dumps({"id": "o", "text": BODY}) + "\n")
    assert run(*given, "--against", "old.jsonl", "-o", "new.jsonl").code == 0
    left = [json.loads(line)["text"] for line in (folder / "new.jsonl").read_bytes().splitlines()]
    assert left == [own[0], f"{own[1]} {own[2]}", own[3]]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--min-span", "20", "twice.txt"), "min_span goes with spans only"),
        (("--spans", "--min-span", "1", "twice.txt"), "min_span must be a whole number"),
        (("--spans", "--annotate", "a.jsonl"), "annotate removes nothing"),
        (
            ("--spans", "--text-key", "a", "--text-key", "b", "a.jsonl"),
            "spans are those of one text",
        ),
        (("--min-span", "20", "a.jsonl"), "min_span goes with spans only"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    run: Run, folder: Path, given: tuple[str, ...], says: str
) -> None:
    (folder / "a.jsonl").write_text('{"text": "x"}\n')
    assert run(*given).is_error(says)


def test_a_ledger_of_nothing_puts_nothing_back(run: Run, folder: Path) -> None:
    (folder / "plain.txt").write_text("Nothing here repeats.\n")
    assert run("plain.txt", "-o", "clean.txt", "--ledger", "none.jsonl").code == 0
    outcome = run("--restore", "none.jsonl", "clean.txt")
    assert outcome == (0, b"Nothing here repeats.\n", "put back 0 pieces\n")
