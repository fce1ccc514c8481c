"""``clean_dataset(source=)``: records are compared without the frames of their sites."""

import csv
import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup import (
    ConfigError,
    InputError,
    RecordRemoval,
    clean_dataset,
    deduplicate,
    deduplicate_blocks,
    read_ledger,
    restore_dataset,
)
from dedup.arrays import long_arrays
from dedup.arrays.memory import can_limit
from dedup.arrays.packed import pack
from dedup.config import Preset
from dedup.matching.decisions import Judgement, append_judgement
from dedup.matching.page_frames import FrameLine, find_frames
from dedup.matching.sources import read_sources
from tests.warc_records import warc_record

MENU = "Home\nNews | Sport | Weather\nFollow us on all the usual channels\n"
FOOTER = "Contact the newsroom\nAll rights reserved\n"
Row = tuple[str | None, str | None]  # source and text
SOURCES = [
    "https://a.org/1",
    "https://www.a.org/2#top",
    "//b.org/1",
    "b.org",
    "The Times",
    "",
    None,
]
LINES = [*MENU.splitlines(), *FOOTER.splitlines(), "Ads", ""]


def story(name: str, sentences: int = 6) -> str:
    lines = ([f"{name}{line}x{word}" for word in range(8)] for line in range(sentences))
    return "".join(" ".join(words) + ".\n" for words in lines)


STORIES = [story("ferry"), story("ferry") + "Read more\n", story("bread"), story("salt", 1)]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(SOURCES),
        st.lists(st.sampled_from([*LINES, *STORIES]), max_size=8).map("\n".join) | st.none(),
    ),
    min_size=1,
    max_size=12,
)


def page(name: str, sentences: int = 2) -> str:
    return MENU * 3 + story(name, sentences) + FOOTER * 3


PAGES: list[Row] = [
    ("https://a.org/ferry", page("ferry")),
    ("https://a.org/bread", page("bread")),
    ("https://a.org/ferry", page("ferry") + "Read more\n"),
    ("https://a.org/salt", None),
    (None, page("salt")),
]


def write_jsonl(path: Path, rows: Sequence[Row], key: str = "url") -> None:
    path.write_text(
        "".join(
            json.dumps({"id": row, "text": text, key: source}) + "\n"
            for row, (source, text) in enumerate(rows)
        )
    )


def write_nested(path: Path, rows: Sequence[Row]) -> None:
    records = [
        {"id": row, "text": text} | ({} if source is None else {"meta": {"url": source}})
        for row, (source, text) in enumerate(rows)
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def write_array(path: Path, rows: Sequence[Row]) -> None:
    records = [{"id": row, "text": text, "url": url} for row, (url, text) in enumerate(rows)]
    path.write_text(json.dumps(records))


def write_gzip(path: Path, rows: Sequence[Row]) -> None:
    write_jsonl(path, rows)
    path.write_bytes(gzip.compress(path.read_bytes()))


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", newline="") as file:
        cells = [[row, source, text] for row, (source, text) in enumerate(rows)]
        csv.writer(file).writerows([["id", "url", "text"], *cells])


def as_table(rows: Sequence[Row]) -> pa.Table:
    sources, texts = zip(*rows, strict=True)
    columns = {
        "id": range(len(rows)),
        "url": pa.array(sources, pa.string()).dictionary_encode(),
        "text": pa.array(texts, pa.string()),
    }
    return pa.table({name: pa.array(column) for name, column in columns.items()})


def write_parquet(path: Path, rows: Sequence[Row]) -> None:
    pq.write_table(as_table(rows), path, row_group_size=3)


def write_arrow(path: Path, rows: Sequence[Row]) -> None:
    table = as_table(rows)
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)


def write_warc(path: Path, rows: Sequence[Row]) -> None:
    records = [
        warc_record(text, WARC_Record_ID=row, url=source and f"<{source}>")
        for row, (source, text) in enumerate(rows)
    ]
    path.write_bytes(b"".join([*records, warc_record(None, WARC_Record_ID="last", url="x")]))


FORMATS: dict[str, tuple[str, Callable[[Path, Sequence[Row]], None], str]] = {
    "JSON lines": ("news.jsonl", write_jsonl, "url"),
    "nested": ("news.jsonl", write_nested, "meta.url"),
    "gzip": ("news.jsonl.gz", write_gzip, "url"),
    "JSON array": ("news.json", write_array, "url"),
    "CSV": ("news.csv", write_csv, "url"),
    "Parquet": ("news.parquet", write_parquet, "url"),
    "Arrow": ("news.arrow", write_arrow, "url"),
    "WARC": ("news.warc", write_warc, "url"),
}


def kept_rows(path: Path, rows: Sequence[Row], form: str, **options: Any) -> list[bool]:  # noqa: ANN401
    """Clean the rows in a format; return which are annotated as kept."""
    name, write, key = FORMATS[form]
    news, out = path / name, path / f"out{''.join(Path(name).suffixes)}"
    write(news, rows)
    clean_dataset(news, out, source=key, within=False, annotate=True, **options)
    if form in ("Parquet", "Arrow"):
        table = pq.read_table(out) if form == "Parquet" else pa.ipc.open_file(out).read_all()
        return list(table["dedup_keep"].to_pylist())
    data = gzip.decompress(out.read_bytes()) if form == "gzip" else out.read_bytes()
    if form == "WARC":
        lines = [line for line in data.splitlines() if line.startswith(b"dedup_keep: ")]
        return [line == b"dedup_keep: true" for line in lines[:-1]]
    if form == "CSV":
        cells = csv.DictReader(data.decode().splitlines(keepends=True))
        return [record["dedup_keep"] == "true" for record in cells]
    records = json.loads(data) if form == "JSON array" else map(json.loads, data.splitlines())
    return [record["dedup_keep"] for record in records]


@pytest.mark.usefixtures("either_core")
@pytest.mark.parametrize("form", FORMATS)
def test_formats_without_a_core(form: str, tmp_path: Path) -> None:
    sources, texts = zip(*PAGES, strict=True)
    expected = deduplicate(list(texts), "web", source=sources)
    assert not expected.keep.all()
    assert kept_rows(tmp_path, PAGES, form, config="web") == expected.keep.tolist()


@pytest.mark.parametrize("form", FORMATS)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None
)
@given(rows=ROWS, config=st.sampled_from(["news", "web"]), threads=st.sampled_from([1, 2]))
def test_records_are_decided_like_a_list(
    tmp_path_factory: pytest.TempPathFactory,
    form: str,
    rows: list[Row],
    config: Preset,
    threads: int,
) -> None:
    if not any("\n" in (source or "x") or source for source, _ in rows):
        rows = [*rows, ("The Times", "Another text.")]  # a format may have no field without values
    sources, texts = zip(*rows, strict=True)
    expected = deduplicate(list(texts), config, source=sources)
    path = tmp_path_factory.mktemp("formats")
    assert kept_rows(path, rows, form, config=config, threads=threads) == expected.keep.tolist()


def kept_ids(path: Path) -> list[int]:
    return [json.loads(line)["id"] for line in path.read_bytes().splitlines()]


def test_records_are_written_whole_and_restored(tmp_path: Path) -> None:
    news, out, ledger, stats = (tmp_path / name for name in ("n.jsonl", "o.jsonl", "led", "stats"))
    write_jsonl(news, PAGES)
    report = clean_dataset(
        news, out, "web", source="url", id="url", within=False, ledger=ledger, stats=stats
    )
    lines = news.read_bytes().splitlines(keepends=True)
    assert out.read_bytes() == b"".join(lines[1:])
    assert report.summary == (
        "kept 4 of 5 documents; removed 1 near copy; compared without page frames (51% of the "
        "text, 5 lines of 1 site); kept 1 without text"
    )
    assert report.frames is not None and report.frames == json.loads(stats.read_bytes())["frames"]
    assert FrameLine(**report.frames["listed"][0]) == FrameLine("a.org", "Home", 2)
    (removal,) = read_ledger(ledger)
    assert isinstance(removal, RecordRemoval) and json.loads(removal.text)["text"] == PAGES[0][1]
    restore_dataset(ledger, [out], tmp_path / "back.jsonl")
    assert (tmp_path / "back.jsonl").read_bytes() == news.read_bytes()


@pytest.mark.skipif(not can_limit(), reason="needs Linux")
@pytest.mark.parametrize(("portion", "threads"), [(9, 1), (70, 2), (1 << 17, 3)])
def test_little_memory_decides_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, portion: int, threads: int
) -> None:
    rows: list[Row] = [
        (f"https://{site}.org/{name}", f"{site}\n{page(name, 4)}")
        for site, first in (("a", 0), ("b", 10), ("c", 25))
        for name in [f"ferry{number}" for number in range(first, first + 20)]
    ]
    sources, texts = zip(*rows, strict=True)
    expected = deduplicate(list(texts), "web", source=sources)
    assert expected.frames is not None and 10 < expected.keep.sum() < len(rows)
    monkeypatch.setattr(long_arrays, "BATCH_ITEMS", portion)
    for name in ("MAX_RAM_ARRAY_BYTES", "ARRAYS_SHARE", "TABLES_SHARE"):
        monkeypatch.setattr(f"dedup.arrays.memory.{name}", 0)
    monkeypatch.setattr("dedup.arrays.memory.RELEASE_SHARE", 0.001)  # as often as can be
    monkeypatch.setattr("dedup.datasets.trim_records.SPOOL_BATCH_BYTES", 1000)
    news, out = tmp_path / "news.jsonl", tmp_path / "out.jsonl"
    write_jsonl(news, rows)
    options = {"memory": 300_000_000, "threads": threads, "within": False}
    report = clean_dataset(news, out, "web", source="url", **options)
    assert kept_ids(out) == np.flatnonzero(expected.keep).tolist()
    assert report.frames is not None
    listed = [FrameLine(**line) for line in report.frames["listed"]]
    assert listed == [*expected.frames.listed[:20]]
    assert report.frames["byte_share"] == pytest.approx(expected.frames.byte_share, abs=1e-6)
    assert (report.frames["sources"], report.frames["lines"]) == (3, len(expected.frames.listed))


def test_the_pages_of_references_count(tmp_path: Path) -> None:
    news, seen, out = (tmp_path / name for name in ("news.jsonl", "seen.jsonl", "out.jsonl"))
    write_jsonl(news, [("https://a.org/salt", page("salt")), ("https://a.org/2", page("ferry"))])
    write_jsonl(seen, PAGES[:2])
    clean_dataset(news, out, "web", source="url", against=seen)
    assert kept_ids(out) == [0]
    clean_dataset(news, out, "web", against=seen)
    assert kept_ids(out) == []
    folder = tmp_path / "seen"  # texts without sources
    folder.mkdir()
    (folder / "a.txt").write_text(MENU * 3 + FOOTER * 3)
    (folder / "b.txt").write_text(story("salt", 2))
    clean_dataset(news, out, "web", source="url", against=folder)
    assert kept_ids(out) == [1]


def test_a_judgement_names_whole_texts(tmp_path: Path) -> None:
    news, out, decisions = (tmp_path / name for name in ("n.jsonl", "o.jsonl", "decisions.jsonl"))
    write_jsonl(news, PAGES)
    texts = [text or "" for _, text in PAGES]
    append_judgement(decisions, Judgement.of_texts(texts[2], texts[0], "keep"))
    append_judgement(decisions, Judgement.of_texts(texts[4], texts[1], "remove"))
    report = clean_dataset(news, out, "web", source="url", decisions=decisions)
    assert report.unknown_decisions == 0 and kept_ids(out) == [0, 2, 3, 4]
    sources, whole = zip(*PAGES, strict=True)
    result = deduplicate(whole, "web", source=sources, decisions=decisions)
    assert np.flatnonzero(result.keep).tolist() == kept_ids(out)


@pytest.mark.parametrize("keep", ["first", "last", "max:id", "min:id"])
def test_the_kept_copy(tmp_path: Path, keep: str) -> None:
    news, out = tmp_path / "news.jsonl", tmp_path / "out.jsonl"
    rows = [PAGES[0], PAGES[1], PAGES[0]]
    write_jsonl(news, rows)
    clean_dataset(news, out, "web", source="url", keep=keep)
    assert kept_ids(out) == ([0, 1] if keep in ("first", "min:id") else [1, 2])


def test_repeats_within_a_text_go_before(tmp_path: Path) -> None:
    """The default removes them from the texts, as ``clean`` does; frames stay."""
    news, out = tmp_path / "news.jsonl", tmp_path / "out.jsonl"
    sentence = (
        "The ferry to the island was late again on the day of the summer regatta, and nobody who "
        "waited on the pier with a basket of bread could say why the crew had gone home at noon.\n"
    )
    body = sentence + sentence.replace("ferry", "bus").replace("regatta", "fair").upper()
    rows = [("https://a.org/1", MENU + body + body + FOOTER), ("https://a.org/2", page("bread"))]
    write_jsonl(news, rows)
    report = clean_dataset(news, out, "web", source="url")
    assert report.kept == 2 and report.blocks
    text = json.loads(out.read_bytes().splitlines()[0])["text"]
    assert text.count(sentence) == 1 and text.startswith(MENU)


def test_boilerplate_and_frames_are_removed_before(tmp_path: Path) -> None:
    news, out, ledger = (tmp_path / name for name in ("news.jsonl", "out.jsonl", "ledger"))
    notice = "This notice about the terms of our news letters is on each page of this site.\n"
    rows = [
        (f"https://a.org/{number}", ("Home\n" if number < 3 else "") + story(name) + notice)
        for number, name in enumerate(["ferry", "bread", "salt", "harbour", "ferry"])
    ]
    write_jsonl(news, rows)
    source = [source for source, _ in rows]
    blocks = deduplicate_blocks([text for _, text in rows], min_df=4, source=source)
    expected = deduplicate(blocks.texts, source=source)
    report = clean_dataset(
        news, out, source="url", blocks=True, min_df=4, within=False, ledger=ledger
    )
    assert report.patterns == len(blocks.patterns) == 2 and expected.frames is not None
    assert "frames" not in report.summary
    assert {entry.frame_of for entry in read_ledger(ledger) if entry.frame_of} == {"a.org"}
    assert kept_ids(out) == np.flatnonzero(expected.keep).tolist()
    assert report.frames is not None and report.frames["lines"] == len(expected.frames.listed)


def test_spans_are_removed_from_whole_texts(tmp_path: Path) -> None:
    news, out, ledger = (tmp_path / name for name in ("news.jsonl", "out.jsonl", "ledger"))
    rows = [PAGES[0], ("https://a.org/bread", page("bread", 9))]
    write_jsonl(news, [*rows, ("https://b.org/1", story("bread", 3) + story("salt"))])
    report = clean_dataset(
        news, out, "web", source="url", spans=True, min_span=20, within=False, ledger=ledger
    )
    assert report.kept == 3 and report.spans
    restore_dataset(ledger, [out], tmp_path / "back.jsonl")
    assert (tmp_path / "back.jsonl").read_bytes() == news.read_bytes()


def test_no_source_at_all_compares_whole_texts(tmp_path: Path) -> None:
    news, out = tmp_path / "news.jsonl", tmp_path / "out.jsonl"
    write_jsonl(news, [(None, text) for _, text in PAGES])
    report = clean_dataset(news, out, "web", source="url")
    assert report.frames == {"byte_share": 0, "lines": 0, "sources": 0, "listed": []}
    assert "no page frames" in report.summary
    clean_dataset(news, tmp_path / "plain.jsonl", "web")
    assert out.read_bytes() == (tmp_path / "plain.jsonl").read_bytes()


@pytest.mark.parametrize("form", ["JSON lines", "nested", "JSON array"])
@pytest.mark.parametrize("value", [7.5, ["https://a.org"], {"url": "a.org"}, True])
def test_a_source_that_is_no_string_is_refused(form: str, value: Any, tmp_path: Path) -> None:  # noqa: ANN401
    name, write, key = FORMATS[form]
    news, out = tmp_path / name, tmp_path / f"out-{name}"
    write(news, [*PAGES[:2], (value, "A text.")])
    kind = type(value).__name__
    rule = f"field '{key}' must be a string or an integer, got {kind}"
    reason = f"{rule}; fix the record, or leave out all"
    with pytest.raises(InputError, match=reason) as raised:
        clean_dataset(news, out, "web", source=key, id="id")
    line = 1 if form == "JSON array" else 3
    assert str(raised.value).startswith(f"{news}: line {line}, id 2 (byte ")
    assert not out.exists()
    assert clean_dataset(news, out, "web", source=key, on_error="skip").bad == 1


@pytest.mark.parametrize("form", ["JSON lines", "nested", "JSON array", "CSV", "Parquet"])
def test_sites_may_be_numbers(form: str, tmp_path: Path) -> None:
    name, write, key = FORMATS[form]
    news, out = tmp_path / name, tmp_path / f"out-{name}"
    if form == "Parquet":
        pq.write_table(
            pa.table({"url": [3, 3, None], "text": [text for _, text in PAGES[:3]]}), news
        )
    else:
        numbers: list[Any] = [3, 3, None]
        write(news, [(site, text) for site, (_, text) in zip(numbers, PAGES, strict=False)])
    report = clean_dataset(news, out, "web", source=key)
    found = find_frames(pack([text for _, text in PAGES[:3]]), read_sources([3, 3, None], 3))
    assert report.frames == found.summary()
    assert found.listed[0].source == "3"


def test_a_column_of_other_values_is_refused(tmp_path: Path) -> None:
    news = tmp_path / "news.parquet"
    pq.write_table(pa.table({"text": ["a", "b"], "url": [1.5, 2]}), news)
    reason = r'column "url" must have texts or integers, got double; .* source='
    with pytest.raises(InputError, match=reason):
        clean_dataset(news, tmp_path / "out.parquet", source="url")


@pytest.mark.parametrize("form", FORMATS)
def test_a_field_that_no_record_has_is_refused(form: str, tmp_path: Path) -> None:
    name, write, _ = FORMATS[form]
    write(tmp_path / name, PAGES)
    with pytest.raises(
        InputError, match=r'has no \w+ "page" \(found: .*\); choose one with source='
    ):
        clean_dataset(tmp_path / name, tmp_path / f"out-{name}", source="page")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"index": "seen.db"}, "source cannot be used with index=, which does not know all pages"),
        ({"across": False}, "source cannot be used with across=False, which compares no records"),
        ({"config": "exact"}, "unit must be word or char for source, got 'text' .preset exact."),
        ({"config": "code"}, "unit must be word or char for source, got 'code' .preset code."),
        ({"source": ""}, "source must name a field, got ''"),
        ({"source": ["url"]}, "source must be a string or None, got"),
    ],
)
def test_refused_options(tmp_path: Path, options: dict[str, Any], reason: str) -> None:
    write_jsonl(tmp_path / "news.jsonl", PAGES)
    with pytest.raises(ConfigError, match=reason):
        clean_dataset(tmp_path / "news.jsonl", tmp_path / "o.jsonl", **{"source": "url"} | options)


def test_text_files_have_no_sources(tmp_path: Path) -> None:
    (tmp_path / "crawl").mkdir()
    (tmp_path / "crawl" / "a.txt").write_text("A text.")
    reason = "source has no effect on texts: files of text have no fields; convert them to records"
    with pytest.raises(ConfigError, match=reason):
        clean_dataset(tmp_path / "crawl", tmp_path / "out", source="url")
