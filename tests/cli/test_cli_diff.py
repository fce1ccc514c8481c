"""``--diff``: what goes beside what it repeats, and the tables of ``--dry-run`` on records."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import dedup
from tests.command_runner import ARTICLE, SUMMARY, Run, listing, preview

BODY = " ".join(f"word{number}" for number in range(80))
OTHER = " ".join(f"other{number}" for number in range(80))
TEXTS = {
    "a": f"On Monday {BODY}",
    "b": f"On Tuesday {BODY} and more",
    "c": OTHER,
    "d": OTHER.upper(),
}
LIMIT = 60  # seconds after which a test has hung


@pytest.fixture(autouse=True)
def news(folder: Path) -> Path:
    lines = [json.dumps({"id": name, "text": text}) for name, text in TEXTS.items()]
    (folder / "news.jsonl").write_text("\n".join(lines) + "\n")
    return folder


COPY_TITLES = [
    "--- a  removed: near copy of b, similarity 0.974",
    '+++ b  stays; what differs: "Monday" -> "Tuesday", +2 words',
]


def test_records(run: Run, folder: Path) -> None:
    before = listing(folder)
    code, out, err = run("news.jsonl", "--id-key", "id", "--diff")
    lines = out.decode().splitlines()
    assert (code, err) == (
        0,
        "would keep 2 of 4 documents; would remove 1 exact and 1 near copy\n",
    )
    assert lines[:2] == COPY_TITLES
    assert lines[2].startswith("@@ -1 +1") and lines[-1] == "--- d  removed: exact copy of c"
    assert "- On [-Monday-] word0 word1" in out.decode()
    assert "+ On {+Tuesday+} word0 word1" in out.decode() and "{+and more+}" in out.decode()
    assert b"\x1b" not in out and listing(folder) == before
    assert run("news.jsonl", "--diff", "--check", "-q").code == 1


def test_colours_are_as_of_the_tables(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = run("news.jsonl", "--diff", "-q").out
    assert b"\x1b[31m\x1b[1mMonday\x1b[0m" in shown and b"[-Monday-]" not in shown
    monkeypatch.setenv("NO_COLOR", "1")
    assert b"[-Monday-]" in run("news.jsonl", "--diff", "-q").out


def test_a_text(run: Run, folder: Path) -> None:
    before = listing(folder)
    code, out, err = run("a.txt", "--diff")
    lines = out.decode().splitlines()
    assert (code, err) == (0, preview(SUMMARY))
    assert lines[:2] == [
        "--- a.txt  9 parts removed, 1,457 characters",
        "@@ lines 12-20 repeat lines 3-11 @@",
    ]
    removed = "".join(removal.text for removal in dedup.clean(ARTICLE.decode()).ledger)
    assert " ".join(line[2:] for line in lines[2:]).split() == removed.split()
    assert listing(folder) == before
    assert run("-", "--diff", stdin=b"Nothing repeats.\n").out == b""


def test_a_near_copy_within_a_text(run: Run, folder: Path) -> None:
    paragraphs = [f"{BODY} Monday.", OTHER, f"{BODY} Tuesday.", f"{OTHER} end."]
    (folder / "near.txt").write_text("\n\n".join(paragraphs))
    shown = run("near.txt", "--diff", "-q").out.decode()
    assert "[-Tuesday-]" in shown and "{+Monday+}" in shown
    shown = run("near.txt", "--diff", "-q", "--spans").out.decode()
    assert "1 part removed" in shown or "2 parts removed" in shown


def test_folders_references_spans_and_fields(run: Run, folder: Path) -> None:
    for name, text in TEXTS.items():
        (folder / "crawl" / name).parent.mkdir(exist_ok=True)
        (folder / "crawl" / f"{name}.txt").write_text(text)
    lines = run("crawl", "--diff", "-q").out.decode().splitlines()
    assert lines[0] == "--- a.txt  removed: near copy of b.txt, similarity 0.974"
    (folder / "old.jsonl").write_text(json.dumps({"id": "old", "text": TEXTS["b"]}))
    against = run("news.jsonl", "--against", "old.jsonl", "--id-key", "id", "--diff", "-q").out
    assert b"--- b  removed: exact copy of old\n" in against
    for flags in (("--spans",), ("--blocks", "--min-df", "2"), ("--memory", "400MB")):
        shown = run("news.jsonl", "--id-key", "id", "--diff", "-q", *flags).out.decode()
        assert shown.splitlines()[:2] == COPY_TITLES
    shown = run("news.jsonl", "--text-key", "id", "--text-key", "text", "--diff", "-q").out.decode()
    assert "- [-a-]\n" in shown
    shown = run("-", "--diff", "-q", stdin=(folder / "news.jsonl").read_bytes()).out.decode()
    assert "[-Monday-]" in shown


def test_an_index_has_the_text_of_a_witness(run: Run, folder: Path) -> None:
    (folder / "old.jsonl").write_text(json.dumps({"id": "old", "text": TEXTS["b"]}))
    (folder / "new.jsonl").write_text(json.dumps({"id": "new", "text": TEXTS["a"]}))
    assert run("old.jsonl", "--index", "seen.db", "--id-key", "id", "-o", "out.jsonl").code == 0
    before = listing(folder)
    shown = run("new.jsonl", "--index", "seen.db", "--id-key", "id", "--diff", "-q").out.decode()
    assert shown.startswith("--- new  removed: near copy of old") and "{+Tuesday+}" in shown
    assert {name: data for name, data in listing(folder).items() if "seen" not in name} == {
        name: data for name, data in before.items() if "seen" not in name
    }


def test_control_characters_do_not_reach_the_terminal(run: Run, folder: Path) -> None:
    hostile = "\x1b]0;title\x07 \u202e \x9b31m"
    records = [{"id": f"{hostile}{n}", "text": f"{BODY} {hostile} {n * 'x'}"} for n in (1, 2)]
    (folder / "news.jsonl").write_text("\n".join(map(json.dumps, records)))
    for flag in ("--diff", "--dry-run"):
        shown = run("news.jsonl", "--id-key", "id", flag, "-q").out.decode()
        assert "title" in shown and shown.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("news.jsonl --diff -o x", "--output has no effect with --dry-run, --diff or --check"),
        ("a.txt --diff --in-place", "--in-place has no effect with --dry-run, --diff or --check"),
        ("news.jsonl --diff --json", "--diff has no effect with --json"),
        ("news.jsonl --diff -n", "--dry-run has no effect with --diff"),
    ],
)
def test_errors(run: Run, arguments: str, said: str) -> None:
    assert run(*arguments.split()).is_error(said)


def test_a_dry_run_says_what_differs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    shown = run("news.jsonl", "--id-key", "id", "-n", "-q").out.decode()
    rows = [line.split("│")[1:-1] for line in shown.splitlines() if "│" in line]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["a", "b", "near", "0.974", '"Monday" -> "Tuesday", +2 words'],
        ["d", "c", "exact", "1.000", "letter case"],
    ]


def test_a_dry_run_lists_some_copies_and_the_largest_clusters(run: Run, folder: Path) -> None:
    texts = [f"{name} {BODY.replace('word', name)}" for name in ["x"] * 30 + ["y"] * 9 + ["z"] * 2]
    lines = [json.dumps({"text": text}) for text in texts]
    (folder / "news.jsonl").write_text("\n".join(lines))
    shown = run("news.jsonl", "-n", "-q").out.decode()
    assert "and 8 more, which --diff shows and --ledger FILE lists\n" in shown
    clusters = [
        [cell.strip() for cell in line.split("│")[1:-1]]
        for line in shown.splitlines()
        if line.count("│") == 4
    ]
    assert clusters == [
        ["30", "1", "2, 3, 4, 5, 6 and 24 more"],
        ["9", "31", "32, 33, 34, 35, 36 and 3 more"],
    ]


@pytest.mark.parametrize("pager", ["tee seen", "no-such-pager", "", "less", "cat '"])
def test_a_terminal_gets_pages(folder: Path, pager: str) -> None:
    master, slave = pty.openpty()
    environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    command = [sys.executable, "-m", "dedup", "news.jsonl", "--diff", "-q"]
    with subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment | {"TERM": "xterm", "PAGER": pager, "COLUMNS": "100"},
    ) as process:
        os.close(slave)
        shown = b""
        while b"exact copy of 3" not in shown or process.poll() is None:
            try:
                shown += os.read(master, 1 << 16)
            except OSError:  # the other end is closed
                break
            if pager == "less" and b"exact copy of 3" in shown:
                os.write(master, b"q")
        assert process.wait(LIMIT) == 0
    os.close(master)
    assert b"\x1b[31m\x1b[1mMonday\x1b[0m" in shown.replace(b"\x1b[m", b"\x1b[0m")
    assert (folder / "seen").exists() == pager.startswith("tee")


FOOTER = "Sign up for our letter and have the news of the county before you get up."


def places(shown: str) -> list[str]:
    return [line for line in shown.splitlines() if line.startswith("@@ ")]


def test_a_record_that_loses_paragraphs(run: Run, folder: Path) -> None:
    record = {"id": "ferry", "title": "Ferry", "text": ARTICLE.decode()}
    (folder / "news.jsonl").write_text(json.dumps(record))
    plain = run("news.jsonl", "--id-key", "id", "--diff", "-q").out.decode()
    alone = run("a.txt", "--diff", "-q").out.decode()
    assert plain == alone.replace("a.txt", "ferry")
    keys = ("--text-key", "title", "--text-key", "text")
    shown = run("news.jsonl", "--id-key", "id", *keys, "--diff", "-q").out.decode()
    assert places(shown) == ["@@ lines 12-20 repeat lines 3-11, field text @@"]
    table = run("news.jsonl", "--id-key", "id", "-n", "-q").out.decode()
    assert table.startswith("Repeated within a record")
    assert "│ ferry │ 12-20 │   3-11 │ exact │" in table


def test_boilerplate_and_spans(run: Run, folder: Path) -> None:
    texts = [" ".join(f"w{row}x{place}" for place in range(60)) for row in range(14)]
    stories = [f"{text}\n{FOOTER}" for text in texts]
    stories[13] = f"Then {texts[0]} and {stories[13]}"
    lines = [json.dumps({"id": f"r{row}", "text": text}) for row, text in enumerate(stories)]
    (folder / "news.jsonl").write_text("\n".join(lines))
    flags = ("--blocks", "--min-tokens", "10", "--spans", "--min-span", "30")
    shown = run("news.jsonl", "--id-key", "id", "--diff", "-q", *flags).out.decode()
    of_footer = "@@ line 2 repeats line 2 of record r0 (--blocks) @@"
    of_span = "@@ line 1 repeats line 1 of record r0 (--spans) @@"
    assert places(shown) == [*[of_footer] * 12, of_span, of_footer]
    assert shown.count(FOOTER) == 13
    span = shown.split(of_span)[1].split("@@")[0]
    assert span.replace("\n- ", " ").split() == texts[0].split()


def test_a_near_copy_within_a_record(run: Run, folder: Path) -> None:
    paragraphs = [f"{BODY} Monday.", OTHER, f"{BODY} Tuesday.", f"{OTHER} end."]
    (folder / "near.txt").write_text("\n\n".join(paragraphs))
    (folder / "news.jsonl").write_text(json.dumps({"text": "\n\n".join(paragraphs)}))
    shown = run("news.jsonl", "--diff", "-q").out.decode()
    assert shown == run("near.txt", "--diff", "-q").out.decode().replace("near.txt", "1")
    assert "[-Tuesday-]" in shown and "{+Monday+}" in shown


def test_few_paragraphs_of_a_record_are_listed(run: Run, folder: Path) -> None:
    texts = []
    for row in range(12):
        paragraphs = [f"{row} {BODY.replace('word', name)}" for name in "abcdef"]
        mixed = [*paragraphs, *(paragraphs[place] for place in (4, 2, 0, 5, 1))]
        texts.append(json.dumps({"text": "\n\n".join(mixed)}))
    (folder / "news.jsonl").write_text("\n".join(texts))
    shown = run("news.jsonl", "-n", "-q").out.decode().split("Repeated within")[1]
    assert shown.count("│ exact │") == 30
    assert "more paragraphs, which --diff shows and --ledger FILE lists\n" in shown
