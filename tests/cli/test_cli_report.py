"""The flag ``--report`` of the command: texts, records, folders, an index, an audit."""

import json
import shutil
from pathlib import Path

import pytest

from tests.command_runner import Run

EXAMPLE = Path(__file__).parents[2] / "examples" / "article.txt"
RUN = "Removed: lines 12-20 repeat lines 3-11"


@pytest.fixture
def folder(folder: Path) -> Path:
    shutil.copy(EXAMPLE, folder / "a.txt")
    text = EXAMPLE.read_text("utf-8")
    half = "".join(text.splitlines(keepends=True)[:11])
    texts = {"first": text, "copy": half.replace("Monday", "Friday"), "<b>other": "A new story."}
    records = [json.dumps({"id": name, "text": text}) + "\n" for name, text in texts.items()]
    (folder / "news.jsonl").write_text("".join(records), "utf-8")
    return folder


def test_a_report_on_a_text_is_written_beside_its_output(run: Run, folder: Path) -> None:
    done = run("a.txt", "-o", "out.txt", "--report", "report.html")
    assert done.code == 0
    page = (folder / "report.html").read_text("utf-8")
    assert RUN in page
    assert '<h1 dir="auto">a.txt</h1>' in page
    assert (folder / "out.txt").exists()
    assert run("a.txt", "-n", "--spans", "--report", "spans.html").code == 0
    assert "1 repeated span" in (folder / "spans.html").read_text("utf-8")


@pytest.mark.parametrize("flags", ["-o out.jsonl", "-n", "--check", "--json -n", "--annotate -o o"])
def test_a_report_on_records(run: Run, folder: Path, flags: str) -> None:
    assert run("news.jsonl", "--id-key", "id", *flags.split(), "--report", "r.html").code in (0, 1)
    page = (folder / "r.html").read_text("utf-8")
    assert "kept: first" in page
    assert "removed: copy" in page
    assert "<del>Friday" in page and "<ins>Monday" in page
    assert "Time and memory" in page
    assert "<td>comparing</td>" in page


def test_a_report_with_an_index_names_its_texts(run: Run, folder: Path) -> None:
    later = (folder / "news.jsonl").read_text("utf-8").replace("boat", "ship")
    (folder / "later.jsonl").write_text(later, "utf-8")
    for name in ("news", "later"):
        flags = (
            "-o",
            f"{name}.out",
            "--id-key",
            "id",
            "--index",
            "seen.db",
            "--report",
            f"{name}.html",
        )
        assert run(f"{name}.jsonl", *flags).code == 0
    assert "<ins>Monday" in (folder / "news.html").read_text("utf-8")
    assert "This text is in the index." in (folder / "later.html").read_text("utf-8")


def test_a_report_on_boilerplate_and_a_folder(run: Run, folder: Path) -> None:
    (folder / "crawl").mkdir()
    for number in range(12):
        text = f"Story {number} has {number * 7} words.\n\nSign up for our <i>letter</i> today.\n"
        (folder / "crawl" / f"{number}.txt").write_text(text, "utf-8")
    flags = ("--blocks", "--min-tokens", "4", "--min-df", "5", "--report", "r.html")
    assert run("crawl", "-o", "out", *flags).code == 0
    page = (folder / "r.html").read_text("utf-8")
    assert "Sign up for our &lt;i&gt;letter&lt;/i&gt; today." in page


def test_a_report_on_an_audit(run: Run, folder: Path) -> None:
    assert run("audit", "news.jsonl", "--report", "audit.html").code == 0
    assert "Proposal" in (folder / "audit.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("a.txt --report -", "--report must be a file"),
        ("a.txt -o out.txt --report out.txt", "out.txt"),
        ("a.txt --report a.txt", "a.txt"),
        ("news.jsonl -o out.jsonl --report news.jsonl", "news.jsonl"),
        ("news.jsonl -o out.jsonl --report none/r.html", "none"),
        ("a.txt b.txt -i --report r.html", "--report shows one text"),
    ],
)
def test_where_no_report_is_written(run: Run, folder: Path, arguments: str, said: str) -> None:
    shutil.copy(EXAMPLE, folder / "b.txt")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert run(*arguments.split()).is_error(said)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
