"""``clean_dataset``: which records it keeps, byte for byte, for any files, threads and batches."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dedup
from dedup import Config, ConfigError, InputError, clean_dataset
from dedup.arrays import native
from dedup.arrays.memory import DiskMemory, can_limit
from dedup.config import Measure
from dedup.files.compression import compression_from_name, open_compressed
from tests.generated_texts import near_copies
from tests.without_core import leave_out_core

STORY = "the ferry was late again and nobody on the pier could say why it was so"
LONGER = f"{STORY} but they waited"
BODY = (
    "The council has promised a report on how it came to be that the pier was closed for so long."
)
TWICE = f"Headline\n{BODY}\n{BODY}\n"


def lines_of(texts: Sequence[str | None], **more: Any) -> list[bytes]:  # noqa: ANN401
    return [
        json.dumps({"id": f"r{row}", "text": text, **more}).encode() + b"\n"
        for row, text in enumerate(texts)
    ]


def packed_as(data: bytes, path: Path) -> Path:
    with path.open("wb") as raw, open_compressed(raw, compression_from_name(path), "wb") as file:
        file.write(data)
    return path


def unpacked(path: Path) -> bytes:
    with path.open("rb") as raw, open_compressed(raw, compression_from_name(path), "rb") as file:
        return file.read()


@pytest.fixture
def news(tmp_path: Path) -> Path:
    texts = [STORY, TWICE, None, LONGER, STORY.upper(), "", "something else", TWICE]
    path = tmp_path / "news.jsonl"
    path.write_bytes(b"".join(lines_of(texts)))
    return path


def kept_ids(path: Path) -> list[Any]:
    return [json.loads(line)["id"] for line in path.read_bytes().splitlines()]


def test_copies_are_removed_and_kept_records_keep_their_bytes(news: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    report = clean_dataset([news], out)
    lines = news.read_bytes().splitlines(keepends=True)
    edited = json.dumps({"id": "r1", "text": f"Headline\n{BODY}\n"}).encode() + b"\n"
    assert out.read_bytes() == b"".join([edited, *(lines[row] for row in (2, 3, 5, 6))])
    assert (report.documents, report.kept) == (8, 5)
    assert (report.removed_exact, report.removed_near) == (1, 2)
    assert (report.edited, report.blocks, report.without_text) == (1, 1, 2)
    assert report.clusters == (3, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["news.jsonl", "out.jsonl"]


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, [1, 2, 3, 5, 6]),
        ({"keep": "first"}, [0, 1, 2, 5, 6]),
        ({"keep": "last"}, [2, 4, 5, 6, 7]),
        ({"across": False}, [*range(8)]),
        ({"keep": "max:id"}, None),
    ],
)
def test_which_copy_is_kept(
    news: Path, tmp_path: Path, options: dict[str, Any], kept: list[int] | None
) -> None:
    out = tmp_path / "out.jsonl"
    if kept is None:
        with pytest.raises(InputError, match=r"line 1, id r0 \(byte 0\): field .id. must be"):
            clean_dataset([news], out, **options)
        assert not out.exists()
    else:
        clean_dataset([news], out, Config(numeric_variants="remove"), **options)
        assert kept_ids(out) == [f"r{row}" for row in kept]


def test_without_within_no_text_changes(news: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    clean_dataset([news], out, within=False)
    assert set(out.read_bytes().splitlines()) < set(news.read_bytes().splitlines())
    clean_dataset([news], out, within=False, across=False)
    assert out.read_bytes() == news.read_bytes()


def test_the_greatest_and_the_least_of_a_field(tmp_path: Path) -> None:
    dates = ["2026-01-02", "2026-03-01T10:00:00Z", None, "2026-03-01T10:00:00+05:00"]
    lines = [json.dumps({"id": n, "text": STORY, "date": date}) for n, date in enumerate(dates)]
    news = tmp_path / "news.jsonl"
    news.write_text("\n".join(lines))
    out = tmp_path / "out.jsonl"
    for keep, kept in (("max:date", [1]), ("min:date", [0])):
        clean_dataset([news], out, keep=keep)
        assert kept_ids(out) == kept


def test_annotations(news: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    clean_dataset([news], out, annotate=True)
    records = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert [record["dedup_keep"] for record in records] == [
        False, True, True, True, False, True, True, False,
    ]  # fmt: skip
    assert [record["dedup_witness"] for record in records][::3] == [4, None, None]
    assert records[7]["dedup_witness"] == 2
    assert records[7]["dedup_similarity"] == 1.0
    assert records[1]["text"] == TWICE
    clean_dataset([news], out, annotate=True, id="id")
    assert json.loads(out.read_bytes().splitlines()[0])["dedup_witness"] == "r3"


def test_annotated_records_are_not_annotated_again(news: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "out.jsonl", tmp_path / "again.jsonl"
    clean_dataset([news], out, annotate=True)
    wrong = r"out.jsonl: record 1 \(byte 0\) has a field dedup_keep already; rename it"
    with pytest.raises(InputError, match=wrong):
        clean_dataset([out], again, annotate=True)
    assert not again.exists()
    out.write_text(json.dumps({"text": "One.", "said": "dedup_keep"}))  # is no name
    clean_dataset([out], again, annotate=True)
    assert json.loads(again.read_bytes())["dedup_keep"] is True


@pytest.mark.parametrize("name", ["news.csv", "news.parquet", "news.warc"])
def test_existing_annotations_are_refused_in_other_formats(name: str, tmp_path: Path) -> None:
    news, again = tmp_path / name, tmp_path / f"again-{name}"
    if name == "news.csv":
        news.write_text("text,dedup_witness\nOne.,2\n")
    elif name == "news.warc":
        pytest.importorskip("fastwarc")
        head = "WARC/1.0\r\nWARC-Type: resource\r\nContent-Type: text/plain\r\n"
        head += "dedup_witness: 2\r\nContent-Length: 4\r\n\r\n"
        news.write_bytes(head.encode() + b"One.\r\n\r\n")
    else:
        pq.write_table(pa.table({"text": ["One."], "dedup_witness": [2]}), news)
    wrong = f"{name}: .*has a field dedup_witness already; rename it, or leave out annotate="
    with pytest.raises(InputError, match=wrong):
        clean_dataset([news], again, annotate=True)
    assert not again.exists()


def test_copies_of_references_are_removed(news: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl.gz"
    packed_as(b"".join(lines_of(["unlike", LONGER.title(), LONGER])), other)
    out = tmp_path / "out.jsonl"
    report = clean_dataset([news], out, against=(other,))
    assert kept_ids(out) == ["r1", "r2", "r5", "r6"]
    assert (report.references, report.documents, report.removed_exact) == (3, 8, 2)
    clean_dataset([news], out, against=(other,), annotate=True)
    assert json.loads(out.read_bytes().splitlines()[0])["dedup_witness"] == f"{other}:2"


def test_a_reference_needs_no_rank(tmp_path: Path) -> None:
    news, other, out = tmp_path / "news.jsonl", tmp_path / "other.jsonl", tmp_path / "out.jsonl"
    news.write_bytes(b"".join(lines_of([STORY, "two", STORY.upper(), "Two"], date=1)))
    other.write_bytes(b"".join(lines_of(["else", STORY.title()])))
    clean_dataset([news], out, against=(other,), keep="max:date")
    assert kept_ids(out) == ["r1"]


def test_bad_records(news: Path, tmp_path: Path) -> None:
    lines = news.read_bytes().splitlines(keepends=True)
    lines.insert(1, b"{broken\n")
    lines.append(b'{"id": "last", "text": 3}')
    news.write_bytes(b"".join(lines))
    out, aside = tmp_path / "out.jsonl", tmp_path / "aside.jsonl"
    with pytest.raises(
        InputError, match=r"news.jsonl: line 2 \(byte 96\) is not JSON: .*on_error="
    ):
        clean_dataset([news], out)
    report = clean_dataset([news], out, on_error="quarantine", quarantine=aside)
    assert aside.read_bytes() == lines[1] + lines[-1]
    assert (report.documents, report.kept, report.bad) == (10, 5, 2)
    assert kept_ids(out) == ["r1", "r2", "r3", "r5", "r6"]
    aside.unlink()
    assert clean_dataset([news], out, on_error="skip").bad == 2
    assert not aside.exists()


@pytest.mark.parametrize("batch_bytes", [1 << 24, 30])
def test_the_report_lists_unreadable_records(
    tmp_path: Path, batch_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dedup.datasets.formats.jsonl.READ_BYTES", batch_bytes)
    seen, news, more = (tmp_path / name for name in ("seen.jsonl", "news.jsonl", "more.jsonl"))
    seen.write_text("nothing\n")
    news.write_text('{"text": "a"}\n\n{"text": 3, "id": 7}\n{"text": "b"}\n')
    more.write_text("nothing\n" * 40)
    report = clean_dataset([news, more], tmp_path / "out", against=[seen], on_error="skip")
    assert report.bad == 41
    first, second, *others = report.unreadable
    assert first == f"{news}: line 3, id 7 (byte 15): field 'text' must be a string, got int"
    assert second.startswith(f"{more}: line 1 (byte 0) is not JSON: ")
    assert len(others) == 28 and others[-1].startswith(f"{more}: line 29 (byte 224) is not JSON")
    assert f"; could not read 41 (the first: {first})" in report.summary


@pytest.mark.parametrize("ending", ["", ".gz", ".zst", ".bz2", ".xz", ".lz4"])
def test_compressed_in_and_out(news: Path, tmp_path: Path, ending: str) -> None:
    plain = tmp_path / "plain.jsonl"
    clean_dataset([news], plain)
    given = packed_as(news.read_bytes(), tmp_path / f"in.jsonl{ending}")
    out = tmp_path / f"out.jsonl{ending}"
    clean_dataset([given], out)
    assert unpacked(out) == plain.read_bytes()
    first = out.read_bytes()
    clean_dataset([given], out)
    assert out.read_bytes() == first


@pytest.mark.parametrize("ending", [".gz", ".zst", ".bz2", ".xz", ".lz4"])
def test_damaged_inputs_are_refused(news: Path, tmp_path: Path, ending: str) -> None:
    given = packed_as(news.read_bytes() * 40, tmp_path / f"in.jsonl{ending}")
    data, out = given.read_bytes(), tmp_path / "out.jsonl"
    given.write_bytes(data[:-9])
    with pytest.raises(InputError, match=r"cut off|damaged"):
        clean_dataset([given], out)
    given.write_bytes(data[: len(data) // 2] + b"\x55" * 9 + data[len(data) // 2 + 9 :])
    with pytest.raises(InputError, match=r"cut off|damaged|not JSON"):
        clean_dataset([given], out)
    assert not out.exists()


def test_many_files_are_as_one(news: Path, tmp_path: Path) -> None:
    lines = news.read_bytes().splitlines()
    parts = []
    for row, line in enumerate(lines):
        parts.append(tmp_path / f"part{row}.jsonl")
        parts[-1].write_bytes(line)  # without a line break
    whole, joined, folder = tmp_path / "whole.jsonl", tmp_path / "joined.jsonl", tmp_path / "parts"
    clean_dataset([news], whole)
    clean_dataset(parts, joined)
    assert joined.read_bytes() + b"\n" == whole.read_bytes()
    clean_dataset(parts, f"{folder}/")
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in parts)
    assert b"".join(
        (folder / path.name).read_bytes() for path in parts
    ) == joined.read_bytes().replace(b"\n", b"")


@pytest.mark.skipif(os.name != "posix", reason="limits of processes")
def test_more_files_than_a_process_may_open(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(700):
        line = {"text": f"Story {number} of a ferry that was late {number} times."}
        (tmp_path / "in" / f"{number}.jsonl").write_text(json.dumps(line) + "\n")
    code = "import resource as r, dedup; limits = r.getrlimit(r.RLIMIT_NOFILE); "
    code += "r.setrlimit(r.RLIMIT_NOFILE, (600, limits[1])); dedup.clean_dataset('in', 'out/')"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert len([*(tmp_path / "out").iterdir()]) == 700


def test_shards(news: Path, tmp_path: Path) -> None:
    whole, folder = tmp_path / "whole.jsonl", tmp_path / "shards"
    clean_dataset([news, news], whole)
    clean_dataset([news, news], f"{folder}/", shard_size=150)
    shards = sorted(folder.iterdir())
    assert [path.name for path in shards] == [f"part-0000{n}.jsonl" for n in range(len(shards))]
    assert len(shards) > 1
    assert b"".join(path.read_bytes() for path in shards) == whole.read_bytes()
    assert all(path.stat().st_size >= 150 for path in shards[:-1])


def test_several_fields(tmp_path: Path) -> None:
    records = [
        {"title": TWICE, "page": {"body": STORY}},
        {"title": None, "page": {"body": TWICE}},
        {"title": "x"},
        {"title": TWICE, "page": {"body": STORY}},
    ]
    news, out = tmp_path / "news.jsonl", tmp_path / "out.jsonl"
    news.write_text("".join(json.dumps(record) + "\n" for record in records))
    clean_dataset([news], out, text=("title", "page.body"), keep="first")
    once = f"Headline\n{BODY}\n"
    assert [json.loads(line) for line in out.read_bytes().splitlines()] == [
        {"title": once, "page": {"body": STORY}},
        {"title": "x"},
    ]


def test_an_input_that_changes_meanwhile_is_noticed(
    news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.jsonl"
    decide = dedup.datasets.clean_dataset.decide  # type: ignore[attr-defined]
    for change in (news.read_bytes()[:-1], news.read_bytes() + b"{}", b"x" + news.read_bytes()[1:]):
        before = news.read_bytes()

        def changing(*arguments: Any, change: bytes = change) -> object:  # noqa: ANN401
            news.write_bytes(change)
            return decide(*arguments)

        monkeypatch.setattr("dedup.datasets.clean_dataset.decide", changing)
        with pytest.raises(InputError, match="changed while it was read"):
            clean_dataset([news], out)
        assert not out.exists()
        news.write_bytes(before)


def test_wrong_options() -> None:
    for options, message in (
        ({"colour": 1}, "colour is not an option; choose from format, text"),
        ({"threshold": 0.5}, r"threshold is a setting, .*; give config=Config\(threshold=0.5\)"),
        ({"preset": "web"}, 'preset is not an option; pass it as config="web"'),
        ({"keep": "shortest"}, "keep must be longest, first, last, max:FIELD or min:FIELD"),
        ({"text": ()}, "text must name a field"),
        ({"on_error": "quarantine"}, "on_error quarantine needs a file; name one with quarantine="),
        ({"quarantine": "bad.jsonl"}, 'quarantine needs on_error="quarantine"'),
        ({"on_error": "ignore"}, "on_error must be one of fail, skip, quarantine"),
        ({"shard_size": 0}, "shard_size must be at least 1"),
    ):
        with pytest.raises(ConfigError, match=message):
            clean_dataset(["a.jsonl"], "b.jsonl", **options)
    with pytest.raises(ConfigError, match="no inputs; name at least one"):
        clean_dataset([], "b.jsonl")


def expected(texts: list[str | None], config: Config) -> list[str | None]:
    """What is left of texts by the two functions that this is made of."""
    once = [None if text is None else dedup.clean(text, config).text for text in texts]
    keep = dedup.deduplicate(once, config, keep="longest").keep
    return [text for text, stays in zip(once, keep.tolist(), strict=True) if stays]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(near_copies(words=30).map("\n".join) | st.none(), max_size=9),
    st.integers(1, 3),
    st.sampled_from([30, 200, 1 << 21]),
    st.booleans(),
    st.sampled_from(["containment", "jaccard"]),
)
def test_a_dataset_is_what_clean_and_deduplicate_leave(  # noqa: PLR0913, PLR0917
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[str | None],
    threads: int,
    size: int,
    compiled: bool,  # noqa: FBT001
    measure: Any,  # noqa: ANN401
) -> None:
    folder = tmp_path_factory.mktemp("run")
    news, out = folder / "news.jsonl", folder / "out.jsonl"
    news.write_bytes(b"".join(lines_of(texts)))
    config = Config(measure=measure, min_tokens=6)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dedup.datasets.formats.jsonl.READ_BYTES", size)
        if not compiled:
            leave_out_core(patch)
        report = clean_dataset([news], out, config, threads=threads)
    found = [json.loads(line)["text"] for line in out.read_bytes().splitlines()]
    assert found == expected(texts, config)
    assert report.kept == len(found)
    assert report.kept + report.removed_exact + report.removed_near == len(texts)


@pytest.mark.skipif(not can_limit(), reason="needs Linux")
@pytest.mark.parametrize("measure", get_args(Measure))
def test_little_memory_gives_the_same(
    tmp_path: Path, measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = [" ".join(f"w{row}x{n}" for n in range(60)) for row in range(70)]
    texts = [f"{STORY} {row % 50} {ends[row % 70]}" for row in range(6000)]
    news, plain, out = tmp_path / "news.jsonl", tmp_path / "plain.jsonl", tmp_path / "out.jsonl"
    news.write_bytes(b"".join(lines_of(texts)))
    config = Config(measure=measure)
    clean_dataset([news], plain, config)
    monkeypatch.setattr("dedup.arrays.memory.ARRAYS_SHARE", 0)
    monkeypatch.setattr("dedup.arrays.memory.TABLES_SHARE", 0)
    monkeypatch.setattr("dedup.arrays.memory.RELEASE_SHARE", 0.001)  # as often as can be
    arrays: list[Any] = []
    make = DiskMemory.zeros

    def noted(self: DiskMemory, *arguments: Any) -> Any:  # noqa: ANN401
        arrays.append(arguments)
        return make(self, *arguments)

    monkeypatch.setattr(DiskMemory, "zeros", noted)
    clean_dataset([news], out, config, memory=300_000_000)
    assert len(arrays) > 3 or native.core is None
    assert out.read_bytes() == plain.read_bytes()
    assert len(list(tmp_path.iterdir())) == 3
    with pytest.raises(ConfigError, match="memory must be at least 300 MB"):
        clean_dataset([news], out, config, memory=1_000_000)
