"""The report names numeric variants: similar records that were kept for their numbers."""

import json
from pathlib import Path

import pytest

from dedup import Config, clean_dataset
from tests.command_runner import Run

BULLETIN = (
    "Harbour bulletin of {} May: {} boats came in, {} of them with fish, and pilots went out {} "
    "times. The ferry to Vey sailed at six, as on every day, and the board asks all who wait on "
    "the pier to keep behind the yellow line until the ropes are fast."
)
TEXTS = [BULLETIN.format(4, 31, 12, 9), BULLETIN.format(5, 44, 17, 11), "Something else."]


def write(path: Path) -> Path:
    rows = [{"id": f"n{row}", "text": text} for row, text in enumerate([*TEXTS, TEXTS[0]])]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def test_the_report_names_the_pairs(tmp_path: Path) -> None:
    news = write(tmp_path / "news.jsonl")
    report = clean_dataset([news], tmp_path / "out.jsonl", Config(threshold=0.6), id="id")
    assert report.kept == 3
    assert report.numeric_variants == 1
    assert [set(pair.values()) for pair in report.similar] == [{"n0", "n1"}]
    assert report.summary == (
        "kept 3 of 4 documents (1 is similar to another, but its numbers differ, or it shares "
        "too little running text to judge); removed 1 exact copy"
    )


@pytest.mark.parametrize("path", ["first", "second"])
def test_an_index_names_them_by_their_ids(
    tmp_path: Path, path: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        check_index(Run(capfdbinary, patch), tmp_path, path)


def check_index(run: Run, tmp_path: Path, path: str) -> None:
    news, index = write(tmp_path / "news.jsonl"), tmp_path / "seen.db"
    keys = ("--index", index, "--id-key", "id", "--threshold", "0.6", "--stats", tmp_path / "stats")
    assert run(news, *keys, "-o", tmp_path / "one.jsonl").code == 0
    if path == "second":
        other = {"id": "n9", "text": BULLETIN.format(6, 20, 3, 2)}
        (tmp_path / "more.jsonl").write_text(json.dumps(other) + "\n", "utf-8")
        assert run(tmp_path / "more.jsonl", *keys, "-o", tmp_path / "two.jsonl").code == 0
    similar = json.loads((tmp_path / "stats").read_text())["similar"]
    assert len(similar) == 1
    assert similar[0]["of_record"] in {"n0", "n1"}
