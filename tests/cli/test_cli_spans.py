"""``dedup-clean --spans``: of one text, and of records."""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from dedup import RecordRemoval, read_ledger
from tests.command_runner import ARTICLE, Run, workplace

LINES = ARTICLE.decode().splitlines()
BODY = "\n".join(LINES[1:11])
AGAIN = "\n".join(textwrap.wrap(" ".join(LINES[1:11]), 60))
TWICE = f"{LINES[0]}\n{BODY}\n\nAnd this once more:{AGAIN}\n\nA last word.\n"
ONCE = f"{LINES[0]}\n{BODY}\n\nAnd this once more:\n\nA last word.\n"


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
    assert run("restore", "removed.jsonl", "once.txt", "-o", "back.txt").code == 0
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


def test_a_record_that_spans_leave_empty_is_not_called_one_without_text(
    run: Run, folder: Path
) -> None:
    first, second = (
        " ".join(f"{kind}{a}{b}" for a in "abcdef" for b in "abcdefghij") for kind in "qz"
    )
    texts = (f"{first} and some more words", f"{second} yet another tail", f"{first} {second}")
    lines = [json.dumps({"text": text}) for text in texts]
    (folder / "emptied.jsonl").write_text("\n".join(lines))
    outcome = run("--spans", "--measure", "jaccard", "emptied.jsonl", "-o", "out.jsonl")
    assert outcome.err.endswith("; kept 1 without text, or with none left\n")


def test_many_spans_are_counted(run: Run, folder: Path) -> None:
    part = " ".join(f"w{place}" for place in range(20))
    (folder / "many.txt").write_text(f"{part}\n" + "".join(f"{n}: {part}\n" for n in "abcdefg"))
    outcome = run("--spans", "--min-span", "20", "--check", "many.txt")
    assert "would remove 7 repeated spans" in outcome.err
    assert outcome.err.endswith("line 6 repeats line 1; and 2 more\n")


def test_a_stretch_of_another_record_goes_where_that_stays(run: Run, folder: Path) -> None:
    own = [" ".join(f"own{row}x{place}" for place in range(120)) for row in range(4)]
    texts = [f"{own[0]}\n{BODY}", f"{own[1]} {AGAIN} {own[2]}", f"{own[3]} {AGAIN}", own[3]]
    lines = [json.dumps({"id": row, "text": text}) + "\n" for row, text in enumerate(texts)]
    (folder / "news.jsonl").write_text("".join(lines))
    given = ("news.jsonl", "--spans", "--id-key", "id")
    outcome = run(*given, "-o", "out.jsonl", "--ledger", "led.jsonl")
    assert outcome.err == (
        "kept 3 of 4 documents; removed 1 near copy; removed 2 repeated spans from 2 documents\n"
    )
    left = [json.loads(line)["text"] for line in (folder / "out.jsonl").read_bytes().splitlines()]
    assert left == [texts[0], f"{own[1]} {own[2]}", own[3]]
    ledger = read_ledger(folder / "led.jsonl")
    removed = [(one.option, one.kind) for one in ledger if isinstance(one, RecordRemoval)]
    assert removed == [("spans", "exact"), ("spans", "exact"), ("across", "near")]
    assert run("restore", "led.jsonl", "out.jsonl", "-o", "back.jsonl").code == 0
    assert (folder / "back.jsonl").read_bytes() == (folder / "news.jsonl").read_bytes()
    # What was there before the records is a source, and is not changed.
    (folder / "old.jsonl").write_text(json.dumps({"id": "o", "text": BODY}) + "\n")
    assert run(*given, "--against", "old.jsonl", "-o", "new.jsonl").code == 0
    left = [json.loads(line)["text"] for line in (folder / "new.jsonl").read_bytes().splitlines()]
    assert left == [own[0], f"{own[1]} {own[2]}", own[3]]


def records_of(folder: Path, texts: list[str]) -> None:
    lines = [json.dumps({"id": f"r{row}", "text": text}) + "\n" for row, text in enumerate(texts)]
    (folder / "news.jsonl").write_text("".join(lines))


def own_words(row: int, count: int = 120) -> str:
    return " ".join(f"own{row}x{place}" for place in range(count))


def left_of(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_bytes().splitlines()]


def test_within_records_or_across_them_alone(run: Run, folder: Path) -> None:
    inside = f"{own_words(0)}\n{BODY}\n{own_words(1)} {AGAIN}"
    texts = [inside, f"{own_words(2)} {AGAIN} {own_words(3)}"]
    once, without = f"{own_words(0)}\n{BODY}\n{own_words(1)}", f"{own_words(2)} {own_words(3)}"
    records_of(folder, texts)
    (folder / "crawl").mkdir()
    for row, text in enumerate(texts):
        (folder / f"crawl/{row}.txt").write_text(text)
    for given, expected in (
        ((), [once, without]),
        (("--no-within",), [inside, without]),
        (("--no-across",), [once, texts[1]]),
    ):
        name = f"out{''.join(given)}"
        assert run("--spans", *given, "news.jsonl", "-q", "-o", f"{name}.jsonl").code == 0
        assert left_of(folder / f"{name}.jsonl") == expected
        assert run("--spans", *given, "crawl/", "-q", "-o", f"{name}/").code == 0
        assert [(folder / name / f"{row}.txt").read_text() for row in (0, 1)] == expected
    assert run("--spans", "--no-within", "--no-across", "news.jsonl").is_error(
        "--spans has no effect with --no-within and --no-across"
    )


def test_the_longest_spans_of_records_are_listed(run: Run, folder: Path) -> None:
    parts = [own_words(part, 50 + 5 * (part % 7)) for part in range(40)]
    parts[20] = BODY
    texts = [f"{' '.join(parts)} {own_words(40, 400)}", own_words(41, 60)]
    texts += [
        f"{own_words(50 + row)} {part} {own_words(90 + row)}" for row, part in enumerate(parts)
    ]
    records_of(folder, texts)
    given = ("--spans", "--id-key", "id", "news.jsonl")
    outcome = run(*given, "--dry-run")
    shown = [line.split("│")[1:-1] for line in outcome.out.decode().splitlines() if "│" in line]
    rows = [[cell.strip() for cell in row] for row in shown]
    words = len(BODY.replace("-", " ").split())
    assert (len(rows), rows[0][1:3], rows[1][:3]) == (30, ["r22", "r0"], ["80", "r8", "r0"])
    assert abs(int(rows[0][0]) - words) < 20 and rows[0][3].startswith("The harbour ferry")
    assert outcome.out.decode().endswith("and 10 more, which are shorter\n")
    report = json.loads(run(*given, "--dry-run", "--json").out)
    assert (report["spans"], len(report["longest_spans"])) == (40, 30)
    assert run(*given, "--check").code == 1
    assert run(*given, "--check", "--min-span", "900").code == 0
    first = report["longest_spans"][0]
    assert (first["record"], first["of_record"], first["tokens"]) == ("r22", "r0", int(rows[0][0]))
    whole = [texts[row].encode()[slice(*first[of])] for row, of in ((22, "bytes"), (0, "of_bytes"))]
    assert BODY.encode() in whole[0] and whole[0].split() == whole[1].split()
    assert whole[0].decode().startswith(first["text"]) and len(first["text"].encode()) <= 200
    assert run(*given, "-o", "out.jsonl", "--stats", "stats").code == 0
    report |= {"bytes_written": (folder / "out.jsonl").stat().st_size}
    assert json.loads((folder / "stats").read_bytes()) == report


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--min-span", "20", "twice.txt"), "--min-span has no effect without --spans"),
        (("--spans", "--min-span", "1", "twice.txt"), "--min-span must be a whole number"),
        (("--spans", "--annotate", "a.jsonl"), "annotate removes nothing"),
        (
            ("--spans", "--text-key", "a", "--text-key", "b", "a.jsonl"),
            "spans needs a single text field",
        ),
        (("--min-span", "20", "a.jsonl"), "--min-span has no effect without --spans"),
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
    outcome = run("restore", "none.jsonl", "clean.txt")
    assert outcome == (0, b"Nothing here repeats.\n", "put back 0 removed parts\n")


def test_a_sentence_behind_a_stretch_keeps_its_first_word(run: Run, folder: Path) -> None:
    first, second = "The council met on Monday.", "The ferry sank on Tuesday."
    (folder / "both.txt").write_text(f"{BODY}\n{first}\n\nAgain:\n\n{BODY}\n{second}\n")
    assert run("--spans", "both.txt", "-o", "left.txt").code == 0
    assert (folder / "left.txt").read_text() == f"{BODY}\n{first}\n\nAgain:\n\n{second}\n"
    own = [" ".join(f"own{row}x{place}" for place in range(120)) + "." for row in range(2)]
    texts = [f"{own[0]}\n{BODY}\n{first}", f"{own[1]}\n{BODY}\n{second}"]
    (folder / "news.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in texts))
    assert run("news.jsonl", "--spans", "-o", "out.jsonl").code == 0
    left = [json.loads(line)["text"] for line in (folder / "out.jsonl").read_bytes().splitlines()]
    assert left == [texts[0], f"{own[1]}\n{second}"]
