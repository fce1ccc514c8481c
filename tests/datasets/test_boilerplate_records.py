"""Boilerplate removed from records: the outputs equal those of the library, and restore."""

import json
import random
import string
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dedup import (
    Config,
    ConfigError,
    RecordRemoval,
    clean_dataset,
    deduplicate_blocks,
    read_ledger,
    restore_dataset,
)
from dedup.arrays import long_arrays
from dedup.arrays.memory import can_limit
from dedup.boilerplate.patterns import Boilerplate
from tests.warc_records import page, response, warc_record

FOOTER = (
    "Sign up for our morning letter and have the news of the whole county in your inbox before "
    "you get up on every day of the week.\n"
)
COUNT = 14


def story(row: int) -> str:
    words = " ".join(f"word{row}x{place} and" for place in range(12))
    return f"Headline {words}\nStory {words} so it {words}.\n"


@pytest.fixture
def texts() -> list[str | None]:
    found: list[str | None] = [story(row) + FOOTER for row in range(COUNT)]
    return [*found, story(2) + FOOTER, None, FOOTER]


def as_lines(texts: list[str | None]) -> bytes:
    return b"".join(
        json.dumps({"id": f"r{row}", "text": text, "n": row}).encode() + b"\n"
        for row, text in enumerate(texts)
    )


def write(path: Path, texts: list[str | None]) -> Path:
    path.write_bytes(as_lines(texts))
    return path


def left_in(path: Path) -> dict[str, Any]:
    records = map(json.loads, path.read_bytes().splitlines())
    return {record["id"]: record["text"] for record in records}


@pytest.mark.parametrize("mode", ["first", "all"])
def test_the_outputs_equal_those_of_the_library(
    texts: list[str | None], tmp_path: Path, mode: Boilerplate
) -> None:
    news, out = write(tmp_path / "news.jsonl", texts), tmp_path / "out.jsonl"
    report = clean_dataset(news, out, blocks=True, boilerplate=mode, across=False, within=False)
    expected = deduplicate_blocks(texts, boilerplate=mode)
    assert list(left_in(out).values()) == list(expected.texts)
    assert (report.patterns, report.stripped) == (1, len(expected.changed))
    assert report.boilerplate == expected.patterns[0].removed == len(expected.changed)


def removals(ledger: Path) -> list[RecordRemoval]:
    return [entry for entry in read_ledger(ledger) if isinstance(entry, RecordRemoval)]


def test_records_are_compared_without_boilerplate_and_restored_with_it(
    texts: list[str | None], tmp_path: Path
) -> None:
    news, out = write(tmp_path / "news.jsonl", texts), tmp_path / "out.jsonl"
    ledger, patterns, stats = (tmp_path / name for name in ("led.jsonl", "pat.jsonl", "st.json"))
    report = clean_dataset(
        news, out, blocks=True, id="id", ledger=ledger, patterns=patterns, stats=stats
    )
    assert report.summary == (
        f"kept {COUNT + 2} of {COUNT + 3} documents; removed 1 exact copy; removed {COUNT} "
        f"boilerplate paragraphs (1 pattern) from {COUNT} documents; kept 2 without text, "
        "or with none left"
    )
    left = left_in(out)
    assert left["r0"] == texts[0]
    assert left["r1"] == story(1)
    assert not left[f"r{COUNT + 2}"]
    (pattern,) = map(json.loads, patterns.read_bytes().splitlines())
    assert pattern["text"] == FOOTER.strip()
    assert pattern["records"] == ["r0", "r1", "r2", "r3", "r4"]
    assert json.loads(stats.read_bytes())["most_frequent"] == [pattern]
    kinds = {(entry.option, entry.kind) for entry in removals(ledger)}
    assert kinds == {("blocks", "exact"), ("across", "exact")}
    restore_dataset(ledger, [out], tmp_path / "back.jsonl")
    assert (tmp_path / "back.jsonl").read_bytes() == as_lines(texts)


def test_a_record_may_lose_blocks_for_both_reasons(texts: list[str | None], tmp_path: Path) -> None:
    body = story(3).splitlines(keepends=True)
    texts[3] = "".join([*body, *body]) + FOOTER
    news, out, ledger = (tmp_path / name for name in ("news.jsonl", "out.jsonl", "led.jsonl"))
    report = clean_dataset(write(news, texts), out, blocks=True, ledger=ledger)
    assert (report.blocks, report.edited) == (2, 1)
    assert left_in(out)["r3"] == story(3)
    options = [entry.option for entry in removals(ledger) if entry.record == 4]
    assert options == ["within", "within", "blocks"]
    restore_dataset(ledger, [out], tmp_path / "back.jsonl")
    assert (tmp_path / "back.jsonl").read_bytes() == news.read_bytes()


def test_a_pattern_of_a_reference_is_removed_everywhere(
    texts: list[str | None], tmp_path: Path
) -> None:
    news = write(tmp_path / "news.jsonl", texts[1:COUNT])
    old, out = write(tmp_path / "old.jsonl", texts[:1]), tmp_path / "out.jsonl"
    clean_dataset(news, out, blocks=True, against=[old])
    assert list(left_in(out).values()) == [story(row) for row in range(1, COUNT)]


def test_keep_patterns_are_kept(texts: list[str | None], tmp_path: Path) -> None:
    news, out = write(tmp_path / "news.jsonl", texts[:COUNT]), tmp_path / "out.jsonl"
    report = clean_dataset(news, out, blocks=True, keep_pattern="morning letter")
    assert out.read_bytes() == news.read_bytes()
    assert (report.patterns, report.boilerplate) == (1, 0)
    assert report.most_frequent[0]["excepted"]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("bounded", [False, True])
def test_nothing_depends_on_threads_or_memory(
    texts: list[str | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    threads: int,
    bounded: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr("dedup.datasets.trim_records.SPOOL_BATCH_BYTES", 500)
    news = write(tmp_path / "news.jsonl", texts)
    plain, out = tmp_path / "plain.jsonl", tmp_path / "out.jsonl"
    clean_dataset(news, plain, blocks=True, threads=2)
    memory = 300_000_000 if bounded else None
    clean_dataset(news, out, blocks=True, threads=threads, memory=memory)
    assert out.read_bytes() == plain.read_bytes()


@pytest.mark.skipif(not can_limit(), reason="needs Linux")
@pytest.mark.parametrize(("portion", "files", "threads"), [(9, 1, 1), (70, 3, 2), (1 << 17, 2, 3)])
def test_little_memory_leaves_what_the_library_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, portion: int, files: int, threads: int
) -> None:
    config, least = Config(split_by="line", min_tokens=6, numeric_variants="remove"), 4
    texts = recurrent(60)
    expected = deduplicate_blocks(texts, config, min_df=least)
    assert len(expected.patterns) > 3
    monkeypatch.setattr(long_arrays, "BATCH_ITEMS", portion)
    monkeypatch.setattr("dedup.arrays.memory.MAX_RAM_ARRAY_BYTES", 0)
    monkeypatch.setattr("dedup.arrays.memory.ARRAYS_SHARE", 0)
    monkeypatch.setattr("dedup.arrays.memory.TABLES_SHARE", 0)
    monkeypatch.setattr("dedup.arrays.memory.RELEASE_SHARE", 0.001)  # as often as can be
    whole, out = as_lines(texts).splitlines(keepends=True), tmp_path / "out"
    inputs = [tmp_path / f"in{number}.jsonl" for number in range(files)]
    for number, path in enumerate(inputs):
        bounds = (len(whole) * place // files for place in (number, number + 1))
        path.write_bytes(b"".join(whole[slice(*bounds)]))
    clean_dataset(
        inputs,
        f"{out}/",
        config,
        blocks=True,
        min_df=least,
        across=False,
        within=False,
        patterns=tmp_path / "patterns",
        memory=300_000_000,
        threads=threads,
    )
    left = [text for path in inputs for text in left_in(out / path.name).values()]
    assert left == list(expected.texts)
    patterns = [json.loads(line) for line in (tmp_path / "patterns").read_bytes().splitlines()]
    assert [(one["text"], one["df"], one["removed"], one["variants"]) for one in patterns] == [
        (one.text, one.df, one.removed, one.variants) for one in expected.patterns
    ]


def recurrent(count: int) -> list[str | None]:
    """Texts of lines of their own and of lines that recur, exactly or nearly, and some copies."""
    rng = random.Random(4)
    shared = [" ".join(rng.choices(string.ascii_letters, k=size)) for size in range(2, 40, 4)]
    texts: list[str | None] = []
    for row in range(count):
        lines = [" ".join(f"own{row}x{line}y{n}" for n in range(8)) for line in range(6)]
        for line in rng.sample(shared, 3):
            words = line.split()
            if rng.random() < 0.3:
                words[0] = rng.choice(["other", "another"])
            lines.insert(rng.choice([0, 3, len(lines)]), " ".join(words))
        texts.append("\n".join(lines) + "\n")
        if rng.random() < 0.1:
            texts.append(rng.choice([None, "", texts[rng.randrange(len(texts))]]))
    return texts


def test_tables_and_folders(texts: list[str | None], tmp_path: Path) -> None:
    rows = [text or "" for text in texts[:COUNT]]
    table, out = tmp_path / "news.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.table({"text": rows}), table)
    clean_dataset(table, out, blocks=True)
    expected = [rows[0], *map(story, range(1, COUNT))]
    assert pq.read_table(out)["text"].to_pylist() == expected
    folder, left = tmp_path / "crawl", tmp_path / "left"
    folder.mkdir()
    for row, text in enumerate(rows):
        (folder / f"{row:02}.txt").write_text(text, encoding="utf-8")
    clean_dataset(folder, left, blocks=True, ledger=tmp_path / "led.jsonl")
    assert [path.read_text("utf-8") for path in sorted(left.iterdir())] == expected
    restore_dataset(tmp_path / "led.jsonl", [left], tmp_path / "back")
    assert [path.read_text("utf-8") for path in sorted((tmp_path / "back").iterdir())] == rows


def test_a_page_of_html_keeps_its_boilerplate(tmp_path: Path) -> None:
    pages = [response(page(f"{story(row)}</p><p>{FOOTER}")) for row in range(COUNT)]
    crawl, out = tmp_path / "crawl.warc", tmp_path / "out.warc"
    crawl.write_bytes(b"".join([*pages, warc_record(story(COUNT) + FOOTER)]))
    report = clean_dataset(crawl, out, blocks=True)
    assert (report.patterns, report.boilerplate) == (1, 1)
    assert out.read_bytes().count(FOOTER.strip().encode()) == COUNT


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"min_df": 4}, "min_df needs blocks"),
        ({"keep_pattern": "x"}, "keep_pattern needs blocks"),
        ({"boilerplate": "all"}, "boilerplate needs blocks"),
        ({"blocks": True, "min_df": 1}, "min_df must be a whole number >= 2"),
        ({"blocks": True, "keep_pattern": [3]}, "keep_pattern must be a string or several strings"),
        ({"blocks": True, "keep_pattern": " "}, "must have a character that is not blank"),
        ({"blocks": True, "annotate": True}, "annotate removes nothing"),
        ({"blocks": True, "text": ("title", "text")}, "blocks needs a single text field"),
        ({"patterns": "p.jsonl"}, "patterns needs blocks"),
    ],
)
def test_contradictory_options_are_refused(
    texts: list[str | None], tmp_path: Path, options: dict[str, Any], says: str
) -> None:
    news, out = write(tmp_path / "news.jsonl", texts), tmp_path / "out.jsonl"
    with pytest.raises(ConfigError, match=says):
        clean_dataset(news, out, Config(), **options)
    assert not out.exists()
