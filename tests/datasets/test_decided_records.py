"""``clean_dataset(decisions=)``: records are kept and removed as a person decided."""

import csv
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dedup
from dedup import Config, ConfigError, InputError, OutputError, clean_dataset
from dedup.arrays.memory import can_limit
from dedup.datasets.dataset_report import WHY_UNKNOWN
from dedup.matching.decisions import Judgement, PairDecision, append_judgement
from tests.generated_texts import near_copies

WORDS = [f"word{number}" for number in range(60)]
STORY, EDITED = " ".join(WORDS), " ".join([*WORDS[:-1], "changed"])
TEXTS = [STORY, EDITED, "A short text about the sea.", "One more text, on a hill.", STORY.upper()]


def records_of(texts: Sequence[str]) -> bytes:
    rows = ({"id": f"r{row}", "text": text} for row, text in enumerate(texts))
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def decide(file: Path, text: str, witness: str, decision: PairDecision | None) -> None:
    append_judgement(file, Judgement.of_texts(text, witness, decision))


@pytest.fixture
def news(tmp_path: Path) -> Path:
    path = tmp_path / "news.jsonl"
    path.write_bytes(records_of(TEXTS))
    return path


@pytest.fixture
def decided(tmp_path: Path) -> Path:
    file = tmp_path / "decisions.jsonl"
    decide(file, EDITED, STORY, "keep")
    decide(file, TEXTS[3], TEXTS[2], "remove")
    decide(file, TEXTS[3], "A text of another file.", "remove")
    return file


def kept(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_bytes().splitlines()]


def test_records_are_kept_and_removed_as_decided(news: Path, decided: Path, tmp_path: Path) -> None:
    out, ledger, page = (tmp_path / name for name in ("out.jsonl", "ledger", "page.html"))
    assert clean_dataset(news, out, id="id").kept == 3
    assert kept(out) == ["r0", "r2", "r3"]
    report = clean_dataset(news, out, id="id", decisions=decided, ledger=ledger, report=page)
    assert kept(out) == ["r0", "r1", "r2"]
    assert report.summary == (
        "kept 3 of 5 documents; removed 1 exact and 1 near copy; "
        f"1 of 3 judgements names texts not found here ({WHY_UNKNOWN})"
    )
    assert (report.decisions, report.unknown_decisions) == (3, 1)
    assert report.copies[0] == {
        "record": "r3",
        "of_record": "r2",
        "kind": "judged",
        "similarity": round(dedup.similarity(TEXTS[3], TEXTS[2]), 6),
    }
    removals = dedup.read_ledger(ledger)
    assert [(one.id, one.kind, one.witness.id) for one in removals] == [  # type: ignore[union-attr]
        ("r3", "judged", "r2"),
        ("r4", "exact", "r0"),
    ]
    dedup.restore_dataset(ledger, out, tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == news.read_bytes()
    assert "hill" in page.read_text() and "r3, judged a copy, similarity" in page.read_text()


def test_an_exact_copy_of_a_judged_text_is_judged_too(decided: Path, tmp_path: Path) -> None:
    news, ledger = tmp_path / "news.jsonl", tmp_path / "ledger"
    near = f"{STORY} and one"  # not judged
    news.write_bytes(records_of([TEXTS[2], TEXTS[3], TEXTS[3].upper(), STORY, near]))
    clean_dataset(news, tmp_path / "out.jsonl", id="id", decisions=decided, ledger=ledger)
    removals = [(one.id, one.kind) for one in dedup.read_ledger(ledger)]  # type: ignore[union-attr]
    assert removals == [("r1", "judged"), ("r2", "judged"), ("r3", "near")]


def test_a_decision_is_taken_back(news: Path, decided: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    for text, witness in ((STORY, EDITED), (TEXTS[2], TEXTS[3])):
        decide(decided, text, witness, None)
    report = clean_dataset(news, out, id="id", decisions=decided)
    assert kept(out) == ["r0", "r2", "r3"]
    assert report.summary.endswith(f"; 1 of 1 judgement names texts not found here ({WHY_UNKNOWN})")


@pytest.mark.parametrize("name", ["news.csv", "news.jsonl.gz", "crawl"])
def test_formats(name: str, news: Path, decided: Path, tmp_path: Path) -> None:
    source, out = tmp_path / name, f"{tmp_path}/out/"
    if name == "news.csv":
        with source.open("w", newline="") as file:
            csv.writer(file).writerows([["id", "text"], *enumerate(TEXTS)])
    elif name == "crawl":
        source.mkdir()
        for row, text in enumerate(TEXTS):
            (source / f"{row}.txt").write_text(text)
    else:
        source.write_bytes(gzip.compress(news.read_bytes()))
    report = clean_dataset(source, out, decisions=decided)
    assert (report.kept, report.removed_near, report.unknown_decisions) == (3, 1, 1)
    assert report.copies[0]["of_record"] == ("2.txt" if name == "crawl" else 3)


def test_references_are_judged_too(news: Path, decided: Path, tmp_path: Path) -> None:
    old, out = tmp_path / "old.jsonl", tmp_path / "out.jsonl"
    old.write_bytes(records_of(TEXTS[2:3]))
    news.write_bytes(records_of([TEXTS[3], EDITED, STORY]))
    report = clean_dataset(news, out, id="id", against=old, decisions=decided)
    assert kept(out) == ["r1", "r2"]
    assert report.unknown_decisions == 1


def test_texts_are_judged_as_they_are_compared(decided: Path, tmp_path: Path) -> None:
    news, out = tmp_path / "news.jsonl", tmp_path / "out.jsonl"
    news.write_bytes(records_of([STORY, f"{EDITED}.\n{EDITED}.\n"]))
    decide(decided, STORY, f"{EDITED}.\n", "keep")  # without the paragraph that repeats
    assert clean_dataset(news, out, decisions=decided).kept == 2
    assert clean_dataset(news, out, within=False, decisions=decided).kept == 1


@given(texts=near_copies(), data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_files_are_decided_like_a_list(
    texts: list[str], data: st.DataObject, tmp_path: Path
) -> None:
    news, file, out = (tmp_path / name for name in ("news.jsonl", "decisions.jsonl", "out.jsonl"))
    file.unlink(missing_ok=True)
    rows = st.integers(0, max(len(texts) - 1, 0))
    pairs = data.draw(st.lists(st.tuples(rows, rows, st.sampled_from(get_args(PairDecision)))))
    for one, other, decision in pairs if texts else []:
        decide(file, texts[one], texts[other], decision)
    if not file.exists():
        decide(file, "One.", "Two.", None)
    news.write_bytes(records_of(texts))
    config = Config(threshold=0.5, ngram_size=2)
    expected = dedup.deduplicate(texts, config, decisions=file)
    limits: list[dict[str, Any]] = [{"threads": 1}, {"threads": 3}]
    if can_limit():
        limits.append({"memory": 400_000_000})
    for limit in limits:
        clean_dataset(news, out, config, id="id", within=False, decisions=file, **limit)
        assert kept(out) == [f"r{row}" for row in range(len(texts)) if expected.keep[row]]


@pytest.mark.parametrize(
    ("options", "facts"),
    [
        ({"across": False}, ["decisions", "across=False"]),
        ({"index": "seen.db"}, ["decisions", "index="]),
        ({"spans": True}, ["decisions", "spans="]),
    ],
)
def test_options_that_contradict_decisions(
    options: dict[str, Any], facts: list[str], news: Path, decided: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        clean_dataset(news, tmp_path / "out.jsonl", decisions=decided, **options)
    assert all(fact in str(caught.value) for fact in facts)


def test_wrong_files(news: Path, decided: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with pytest.raises(InputError, match="missing: no such file"):
        clean_dataset(news, out, decisions=tmp_path / "missing")
    with pytest.raises(InputError, match="not the first line of a decisions file"):
        clean_dataset(news, out, decisions=news)
    with pytest.raises(ConfigError, match="standard input"):
        clean_dataset(news, out, decisions="-")
    before = decided.read_bytes()
    for target, ledger in ((decided, None), (out, decided)):
        with pytest.raises(OutputError, match=decided.name):
            clean_dataset(news, target, ledger=ledger, decisions=decided)
    assert decided.read_bytes() == before and not out.exists()
