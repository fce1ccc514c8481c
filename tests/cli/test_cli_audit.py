"""The command ``dedup-clean audit``: it reads, reports, and writes nothing else."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import dedup
from tests.command_runner import Run, listing, workplace

WORDS = [*"abcdefghijklmnop"]
TEXTS = [
    " ".join(WORDS[(row * step + step) % 16] + str(row % 7) for step in range(40))
    for row in range(45)
]
LINES = [json.dumps({"id": n, "body": text}).encode() + b"\n" for n, text in enumerate(TEXTS)]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with workplace(tmp_path, monkeypatch):
        (tmp_path / "news.jsonl.gz").write_bytes(gzip.compress(b"".join(LINES)))
        yield tmp_path


def numbers(out: bytes) -> dict[str, object]:
    found = json.loads(out)
    assert out.count(b"\n") == 1
    del found["cost"]
    return dict(found)


def test_a_report_and_nothing_else(run: Run, folder: Path) -> None:
    before = listing(folder)
    outcome = run("audit", "news.jsonl.gz", "--text-key", "body")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.decode().splitlines()
    assert lines[0].startswith("all of 45 texts") and lines[-1].startswith("dedup-clean")
    assert max(map(len, lines)) < 80
    assert listing(folder) == before


def test_json_has_the_numbers_of_the_library(run: Run) -> None:
    arguments = ("audit", "--json", "--text-key", "body", "--threshold", "0.6")
    expected = json.loads(json.dumps(dedup.audit(TEXTS, threshold=0.6).to_dict()))
    del expected["cost"]
    assert numbers(run(*arguments, "news.jsonl.gz").out) == expected
    assert numbers(run(*arguments, stdin=b"".join(LINES)).out) == expected


def test_folders_and_files_of_text_are_texts(run: Run, folder: Path) -> None:
    (folder / "crawl").mkdir()
    for row, text in enumerate(TEXTS):
        (folder / "crawl" / f"{row:02}.txt").write_text(text)
    expected = json.loads(json.dumps(dedup.audit(TEXTS).to_dict()))
    del expected["cost"]
    assert numbers(run("audit", "--json", "crawl").out) == expected
    files = sorted((folder / "crawl").iterdir())
    assert numbers(run("audit", "--json", *files).out) == expected


def test_csv_and_tables(run: Run, folder: Path) -> None:
    (folder / "news.csv").write_text("text\n" + "\n".join(TEXTS) + "\n")
    assert run("audit", "news.csv").out.startswith(b"all of 45 texts")
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pa.table({"text": [*TEXTS, None]}), folder / "news.parquet")
    assert run("audit", "news.parquet").out.startswith(b"all of 46 texts, 1 without words")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--output", "out"), "--output"),
        (("--in-place",), "--in-place"),
        (("--ledger", "a"), "--ledger"),
        (("--check",), "--check"),
        (("--no-within",), "--no-within"),
        (("--against", "a.txt"), "--against"),
    ],
)
def test_options_without_effect_are_refused(
    run: Run, arguments: tuple[str, ...], named: str
) -> None:
    assert run("audit", "news.jsonl.gz", *arguments).is_error(
        "no such option", named, "see dedup-clean audit"
    )


def test_judgements_propose_a_threshold(run: Run, folder: Path) -> None:
    digest = "0123456789abcdef" * 2
    lines = [{"format": "dedup decisions", "version": 1}]
    for number in range(40):
        decision = "remove" if number < 30 else "keep"
        pair = {"text": f"{number:032x}", "witness": digest, "decision": decision}
        lines.append(pair | {"similarity": 0.9 if number < 30 else 0.82})
    (folder / "judged.jsonl").write_text("\n".join(map(json.dumps, lines)))
    arguments = ("audit", "news.jsonl.gz", "--text-key", "body", "--judged", "judged.jsonl")
    outcome = run(*arguments)
    assert outcome.code == 0 and b"40 near pairs, 30 of them copies and 10 not;" in outcome.out
    assert b"none of the judged\ntexts is among these texts." in outcome.out
    assert outcome.out.endswith(b"\ndedup-clean --threshold 0.9 FILE\n")
    assert max(map(len, outcome.out.splitlines())) < 80
    found = json.loads(run(*arguments, "--json").out)
    assert (found["judged"]["pairs"], found["judged"]["proposed"]) == (40, 0.9)
    run(*arguments, "--report", "report.html")
    assert b"Judged pairs" in (folder / "report.html").read_bytes()
    assert run("audit", "news.jsonl.gz", "--judged", "none").is_error("none: no such file")
    assert run("audit", "news.jsonl.gz", "--judged", "a.txt").is_error("a.txt: line 1")


def test_unreadable_inputs(run: Run, folder: Path) -> None:
    assert run("audit", "none.jsonl").is_error("none.jsonl: no such file")
    assert run("audit", stdin=b"Some text.").is_error("standard input cannot be audited as text")
    (folder / "bad.jsonl").write_bytes(LINES[0] + b"{oops\n" + LINES[1])
    given = ("audit", "bad.jsonl", "--text-key", "body")
    assert run(*given).is_error("bad.jsonl: line 2", "is not JSON", "--on-error skip")
    outcome = run(*given, "--on-error", "skip")
    assert (outcome.code, outcome.out[:14]) == (0, b"all of 3 texts")


def test_too_few_texts_are_reported_as_too_few(run: Run) -> None:
    outcome = run("audit", "a.txt")
    assert outcome.code == 0 and b"too few different texts (1; 30" in outcome.out
    assert len(outcome.out.splitlines()) == 4


def test_the_size_of_the_sample_is_an_option(run: Run) -> None:
    outcome = run("audit", "news.jsonl.gz", "--text-key", "body", "--sample", "20")
    assert outcome.out.startswith(b"20 of 45 texts")


def test_only_the_sample_is_held(folder: Path) -> None:
    found = dedup.audit_files(folder / "news.jsonl.gz", sample=10, text="body")
    assert (found.total, found.sampled) == (45, 10)
    assert found.cost.megabytes == pytest.approx(sum(map(len, TEXTS)) / 1e6)
