"""Parquet and Arrow: rows stay in order, with their schema, metadata and compression."""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

import dedup
from dedup import ConfigError, InputError, clean_dataset
from dedup.datasets.formats import arrow_files

BODY = "The council promised a report on how it came to be that the ferry was late so often in May."
STORY = "the ferry was late again, and nobody on the pier could say why it was so"
TEXTS = [STORY, f"{BODY}\n{BODY}\n", None, STORY.upper(), "something else"]
CLEAN = [STORY, f"{BODY}\n", None, "something else"]
TABLE = pa.table(
    {
        "id": pa.array([10, 11, 12, 13, 14], pa.int16()),
        "text": TEXTS,
        "date": [date(2026, 1, day) for day in range(1, 6)],
        "tags": [["a"], [], None, ["b", "c"], ["d"]],
    }
).replace_schema_metadata({"made by": "hand"})
KINDS = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]


def write(table: pa.Table, path: Path) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(table, path, compression="zstd")
    elif path.suffix == ".feather":
        feather.write_feather(table, str(path))
    else:
        with pa.ipc.new_file(path, table.schema) as file:
            file.write_table(table, 2)
    return path


def read(path: Path) -> pa.Table:
    if path.suffix == ".parquet":
        return pq.ParquetFile(path).read()
    is_file = path.read_bytes().startswith(b"ARROW1")
    with (pa.ipc.open_file if is_file else pa.ipc.open_stream)(path) as file:
        return file.read_all()


@pytest.mark.usefixtures("either_core")
@pytest.mark.parametrize("ending", [".parquet", ".arrow", ".feather"])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_table_in_and_out(tmp_path: Path, ending: str, kind: pa.DataType) -> None:
    table = TABLE.set_column(1, "text", TABLE["text"].cast(kind))
    news, out = write(table, tmp_path / f"news{ending}"), tmp_path / f"out{ending}"
    if pa.types.is_dictionary(kind) and ending != ".parquet":
        with pytest.raises(InputError, match=r"column text is encoded with a dict.*within=False"):
            clean_dataset([news], out)
        clean_dataset([news], out, within=False)
        assert read(out)["text"].to_pylist() == [TEXTS[row] for row in (0, 1, 2, 4)]
        return
    report = clean_dataset([news], out)
    found = read(out)
    assert found.schema.equals(read(news).schema, check_metadata=True)
    assert found["text"].to_pylist() == CLEAN
    assert found.drop(["text"]).equals(read(news).drop(["text"]).take([0, 1, 2, 4]))
    assert (report.documents, report.kept, report.removed_exact, report.edited) == (5, 4, 1, 1)


@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_texts_inside_of_other_columns(tmp_path: Path, ending: str) -> None:
    pages: list[Any] = [
        {"text": text, "of": {"id": number}} for number, text in enumerate(TEXTS * 2)
    ]
    pages[3:3] = [None, {"text": None, "of": None}]
    table = pa.table({"page": pages, "page.text": ["other"] * len(pages), "n": range(len(pages))})
    nested = table.rename_columns(["page", "beside", "n"])
    news, out = write(nested, tmp_path / f"news{ending}"), tmp_path / f"out{ending}"
    report = clean_dataset([news], out, text=("page.text",), id="page.of.id")
    found = read(out)
    assert found.schema == read(news).schema
    kept = [0, 1, 2, 3, 4, 6, 9]
    expected = [pages[row] for row in kept]
    expected[1] = {"text": f"{BODY}\n", "of": {"id": 1}}
    assert found["page"].to_pylist() == expected
    assert found["n"].to_pylist() == kept
    assert (report.kept, report.removed_exact, report.edited) == (7, 5, 1)
    # A column of that name comes first.
    clean_dataset([write(table, news)], out, text=("page.text",))
    assert read(out)["n"].to_pylist() == [0]
    for wrong in ("page.title", "page", "n.text", "page.text.more"):
        with pytest.raises(
            InputError, match=rf'no column "{wrong}"|column "{wrong}" must have texts'
        ):
            clean_dataset([news], out, text=(wrong,))


@pytest.mark.parametrize(
    ("ids", "named"),
    [
        ([Decimal("1.50"), Decimal("2.50")], "2.50"),
        ([b"\x01\xff", b"\x02\xff"], "02ff"),
        ([timedelta(days=1), timedelta(days=2)], "2 days, 0:00:00"),
        ([date(2026, 1, 1), date(2026, 1, 2)], "2026-01-02"),
    ],
)
def test_ids_that_json_lacks_are_named_by_strings(
    tmp_path: Path, ids: list[Any], named: str
) -> None:
    table = pa.table({"key": ids, "text": ["The ferry was late.", "The ferry was late!"]})
    news = write(table, tmp_path / "news.parquet")
    report = clean_dataset([news], tmp_path / "out.parquet", id="key")
    assert [copy["record"] for copy in report.copies] == [named]
    assert named in str(report.to_dict())


def test_the_witness_of_a_nested_name(tmp_path: Path) -> None:
    table = pa.table({"text": ["one", "one"], "of": [{"id": "a"}, {"id": "b"}]})
    news, out = write(table, tmp_path / "news.parquet"), tmp_path / "out.parquet"
    clean_dataset([news], out, id="of.id", annotate=True)
    assert read(out)["dedup_witness"].to_pylist() == [None, "a"]


@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_two_columns_of_one_name(tmp_path: Path, ending: str) -> None:
    columns: list[list[Any]] = [["A", "B", "A"], ["x", "y", "z"], [1, 2, 3]]
    names = ["text", "n", "n"]
    news, out = tmp_path / f"news{ending}", tmp_path / f"out{ending}"
    for within in (True, False):
        texts = [f"{BODY}\n{BODY}\n", *columns[0][1:]] if within else columns[0]
        write(pa.table([texts, *columns[1:]], names=names), news)
        clean_dataset([news], out, within=within)
        kept = [0, 1, 2] if within else [0, 1]
        expected = [f"{BODY}\n", "B", "A"] if within else ["A", "B"]
        assert [column.to_pylist() for column in read(out).columns] == [
            expected, *([column[row] for row in kept] for column in columns[1:])
        ]  # fmt: skip
        assert read(out).schema.names == names
    for option, value in (("id", "n"), ("text", "n"), ("keep", "max:n")):
        options: dict[str, Any] = {option: value}
        with pytest.raises(InputError, match=r'has two columns "n"; rename one'):
            clean_dataset([news], out, **options)
    write(pa.table([columns[0], columns[1]], names=["text", "text"]), news)
    with pytest.raises(InputError, match=r'has two columns "text"; rename one'):
        clean_dataset([news], out)


def test_the_compression_stays(tmp_path: Path) -> None:
    news, out = write(TABLE, tmp_path / "news.parquet"), tmp_path / "out.parquet"
    clean_dataset([news], out)
    assert pq.ParquetFile(out).metadata.row_group(0).column(0).compression == "ZSTD"


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("make", [pa.ipc.new_file, pa.ipc.new_stream])
def test_the_compression_of_arrow_stays(tmp_path: Path, compression: str | None, make: Any) -> None:  # noqa: ANN401
    options = pa.ipc.IpcWriteOptions(compression=compression)
    encoded = TABLE.set_column(1, "text", TABLE["text"].dictionary_encode())
    for table in (TABLE, TABLE.select(["text"]), encoded):
        news, out = tmp_path / "news.arrow", tmp_path / "out.arrow"
        with make(news, table.schema, options=options) as file:
            file.write_table(table)
        clean_dataset([news], out, within=False)
        found = [arrow_files.TableFile(path, "arrow").compression for path in (news, out)]
        assert found == [compression or "none"] * 2


@pytest.mark.parametrize("ending", [".arrow", ".arrows"])
def test_a_stream_of_arrow_stays_one(tmp_path: Path, ending: str) -> None:
    news, out = tmp_path / f"news{ending}", tmp_path / f"out{ending}"
    with pa.ipc.new_stream(news, TABLE.schema) as stream:
        stream.write_table(TABLE)
    clean_dataset([news], out)
    with pa.ipc.open_stream(out) as stream:
        assert stream.read_all()["text"].to_pylist() == CLEAN


def many_rows(count: int) -> list[str | None]:
    """Texts of which some are null, repeat a paragraph, or are copies of others."""
    chosen = [TEXTS[number % 7] if number % 7 < len(TEXTS) else None for number in range(count)]
    return [text and f"{text} Row {number // 9} of the file.\n{text}\n{text}"
            for number, text in enumerate(chosen)]  # fmt: skip


@pytest.mark.parametrize("group_size", [1, 7, 1000])
@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("nested", [False, True])
def test_the_rows_are_those_of_json_lines(
    tmp_path: Path, group_size: int, kind: pa.DataType, *, nested: bool
) -> None:
    if nested and kind not in KINDS[:2]:
        group_size = 1000  # pyarrow 26 cannot read or write these in several row groups
    texts = many_rows(60)
    lines, clean = tmp_path / "news.jsonl", tmp_path / "clean.jsonl"
    lines.write_text(
        "".join(json.dumps({"n": n, "text": text}) + "\n" for n, text in enumerate(texts))
    )
    clean_dataset([lines], clean, id="n")
    expected = [json.loads(line) for line in clean.read_text().splitlines()]
    assert 0 < len(expected) < len(texts)
    assert {row["text"] for row in expected} - {*texts}
    column = pa.array(texts).cast(kind)
    name = "page.text" if nested else "text"
    if nested:
        column = pa.StructArray.from_arrays([column, pa.array(range(60))], ["text", "of"])
    table = pa.table({"n": range(60), name.partition(".")[0]: column})
    news, out = tmp_path / "news.parquet", tmp_path / "out.parquet"
    pq.write_table(table, news, row_group_size=group_size)
    written = set()
    for threads in (1, 3):
        clean_dataset([news], out, id="n", text=name, threads=threads)
        written.add(out.read_bytes())
    assert len(written) == 1
    found = read(out)
    assert found.schema == read(news).schema
    if nested:
        assert [row["of"] for row in found["page"].to_pylist()] == found["n"].to_pylist()
        found = found.set_column(1, "text", [[row["text"] for row in found["page"].to_pylist()]])
    assert found.to_pylist() == expected


@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_many_row_groups_give_what_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    news = write(pa.table({"text": many_rows(200), "n": range(200)}), tmp_path / f"news{ending}")
    whole, parts = tmp_path / f"whole{ending}", tmp_path / f"parts{ending}"
    clean_dataset([news], whole)
    monkeypatch.setattr("dedup.datasets.write_tables.GROUP_BYTES", 500)
    monkeypatch.setattr(arrow_files, "TABLE_BATCH_ROWS", 4)
    clean_dataset([news], parts)
    assert read(parts).equals(read(whole))
    if ending == ".parquet":
        assert pq.ParquetFile(whole).num_row_groups == 1
        assert pq.ParquetFile(parts).num_row_groups > 10
    clean_dataset([news], f"{tmp_path}/shards/", shard_size=1000)
    shards = sorted((tmp_path / "shards").iterdir())
    assert len(shards) > 3
    assert pa.concat_tables(map(read, shards)).equals(read(whole))


@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_no_rows_in_and_no_rows_out(tmp_path: Path, ending: str) -> None:
    news, out = write(TABLE.slice(0, 0), tmp_path / f"news{ending}"), tmp_path / f"out{ending}"
    clean_dataset([news], out)
    assert read(out).equals(TABLE.slice(0, 0))
    assert read(out).schema.metadata == TABLE.schema.metadata
    write(TABLE.slice(0, 1), news)
    reference = write(TABLE, tmp_path / f"reference{ending}")
    for shard_size in (None, 10):
        clean_dataset([news], out, against=(reference,), shard_size=shard_size)
        (written,) = tmp_path.glob(f"out-*{ending}" if shard_size else f"out{ending}")
        assert read(written).equals(TABLE.slice(0, 0))


@pytest.mark.parametrize("batch_bytes", [100, 1_000, 4_000, 1 << 23])
@pytest.mark.parametrize("batch_rows", [3, 20, 1 << 16])
def test_row_groups_are_read_in_parts_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch_bytes: int, batch_rows: int
) -> None:
    table, news = pa.table({"n": range(100), "text": many_rows(100)}), tmp_path / "news.parquet"
    pq.write_table(table, news, row_group_size=7)
    monkeypatch.setattr(arrow_files, "TABLE_BATCH_BYTES", batch_bytes)
    monkeypatch.setattr(arrow_files, "TABLE_BATCH_ROWS", batch_rows)
    parts = [*arrow_files.TableFile(news, "parquet").parts(["n"])]
    rows = [read()["n"].to_pylist() for _, read in reversed(parts)][::-1]
    assert [*map(len, rows)] == [count for count, _ in parts]
    assert [n for part in rows for n in part] == [*range(100)]
    assert len(parts) == 1 or max(map(len, rows)) <= max(batch_rows, 7)
    texts = pa.array([None] * 7 + ["late"] * 93)
    pq.write_table(table.set_column(1, "text", texts), news, row_group_size=7)
    with pytest.raises(InputError, match="row 8: field 'text' must be a number or a date"):
        clean_dataset([news], tmp_path / "out.parquet", keep="max:text", text="text")


def test_the_position_reaches_the_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_files, "TABLE_BATCH_ROWS", 2)
    stream = tmp_path / "news.arrows"
    with pa.ipc.new_stream(stream, TABLE.schema) as file:
        file.write_table(TABLE, 2)
    for path in (*(write(TABLE, tmp_path / f"news.{end}") for end in ("parquet", "arrow")), stream):
        table = arrow_files.TableFile(path, "parquet" if path.suffix == ".parquet" else "arrow")
        positions = [table.position for _ in table.batches()]
        assert positions == sorted(positions)
        assert positions[0] < positions[1] < positions[2] <= path.stat().st_size
        assert positions[2] > 0.8 * path.stat().st_size


def test_small_batches_and_groups_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    news, out = (
        write(pa.concat_tables([TABLE] * 3), tmp_path / "news.arrow"),
        tmp_path / "out.arrow",
    )
    clean_dataset([news], out)
    whole = read(out)
    monkeypatch.setattr(arrow_files, "TABLE_BATCH_ROWS", 1)
    monkeypatch.setattr("dedup.datasets.write_tables.GROUP_BYTES", 1)
    clean_dataset([news], out)
    assert read(out).equals(whole)


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({"keep": "max:date"}, [11, 12, 13, 14]),
        ({"keep": "min:id"}, [10, 11, 12, 14]),
        ({"text": ("text", "id2")}, None),
    ],
)
def test_options(tmp_path: Path, options: dict[str, Any], ids: list[int] | None) -> None:
    news, out = write(TABLE, tmp_path / "news.parquet"), tmp_path / "out.parquet"
    if ids is None:
        with pytest.raises(InputError, match=r'no column "id2" \(found: id, text, date, tags\)'):
            clean_dataset([news], out, **options)
    else:
        clean_dataset([news], out, **options)
        assert read(out)["id"].to_pylist() == ids


def test_several_columns(tmp_path: Path) -> None:
    table = pa.table({"title": ["a", None, "a"], "text": [f"{BODY}\n{BODY}", "x", BODY]})
    news, out = write(table, tmp_path / "news.parquet"), tmp_path / "out.parquet"
    clean_dataset([news], out, text=("title", "text"))
    assert read(out).to_pylist() == [
        {"title": "a", "text": f"{BODY}\n"},
        {"title": None, "text": "x"},
    ]


@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_a_column_of_texts_alone(tmp_path: Path, ending: str) -> None:
    news, out = write(TABLE.select(["text"]), tmp_path / f"news{ending}"), tmp_path / f"out{ending}"
    for across, expected in ((True, CLEAN), (False, [*CLEAN[:3], STORY.upper(), CLEAN[3]])):
        clean_dataset([news], out, across=across)
        assert read(out)["text"].to_pylist() == expected


def test_annotations(tmp_path: Path) -> None:
    news, out = write(TABLE, tmp_path / "news.parquet"), tmp_path / "out.parquet"
    for options, witness, kind in (
        ({}, 1, pa.int64()),
        ({"id": "id"}, 10, pa.int16()),
        ({"against": (news,)}, f"{news}:1", pa.string()),
    ):
        clean_dataset([news], out, annotate=True, **options)
        found = read(out)
        assert found.select(TABLE.schema.names).equals(TABLE)
        assert found["dedup_keep"].to_pylist()[3] is False
        assert found["dedup_witness"].to_pylist()[3] == witness
        assert found.schema.field("dedup_witness").type == kind
        assert found["dedup_similarity"].to_pylist()[3] == 1.0
    assert found["dedup_keep"].to_pylist() == [False, False, True, False, False]


def test_shards_and_several_inputs(tmp_path: Path) -> None:
    parts = [write(TABLE.slice(row, 1), tmp_path / f"part{row}.parquet") for row in range(5)]
    out = tmp_path / "out.parquet"
    clean_dataset(parts, out)
    assert read(out)["text"].to_pylist() == CLEAN
    clean_dataset(parts, f"{tmp_path}/shards/", shard_size=1)
    shards = sorted((tmp_path / "shards").iterdir())
    assert pa.concat_tables(map(read, shards))["text"].to_pylist() == CLEAN
    assert [len(read(path)) for path in shards] == [1] * 4  # none is begun that has no row
    clean_dataset(parts, f"{tmp_path}/each/")
    assert [len(read(tmp_path / "each" / path.name)) for path in parts] == [1, 1, 1, 0, 1]
    other = write(TABLE.drop(["tags"]), tmp_path / "other.parquet")
    with pytest.raises(InputError, match=r"other.parquet has other columns than the first input"):
        clean_dataset([*parts, other], tmp_path / "all.parquet")
    assert not (tmp_path / "all.parquet").exists()


def test_a_reference_of_another_format(tmp_path: Path) -> None:
    news, out = write(TABLE, tmp_path / "news.parquet"), tmp_path / "out.parquet"
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps({"text": STORY}))
    clean_dataset([news], out, against=(other,))
    assert read(out)["text"].to_pylist() == CLEAN[1:]
    clean_dataset([other], tmp_path / "out.jsonl", against=(news,))
    assert (tmp_path / "out.jsonl").read_bytes() == b""


def test_unreadable_files_and_columns_are_refused(tmp_path: Path) -> None:
    news, out = write(TABLE, tmp_path / "news.parquet"), tmp_path / "out.parquet"
    data = news.read_bytes()
    for damage in (data[:-20], b"PAR1", data[:40] + b"\0" * 300 + data[340:]):
        news.write_bytes(damage)
        with pytest.raises(
            InputError, match=r"news.parquet: cannot be read as parquet \(.*fetch it"
        ):
            clean_dataset([news], out)
    write(TABLE.set_column(1, "text", [[1, 2, 3, 4, 5]]), news)
    with pytest.raises(InputError, match=r'column "text" must have texts, got int64; .* text='):
        clean_dataset([news], out)
    write(TABLE, news)
    with pytest.raises(InputError, match="row 1: field 'tags' must be a number or a date"):
        clean_dataset([news], out, keep="max:tags")
    with pytest.raises(ConfigError, match=r"ledger does not support Parquet \(there"):
        clean_dataset([news], out, ledger=tmp_path / "ledger")
    with pytest.raises(InputError, match=r"gone.parquet: no such file"):
        clean_dataset([tmp_path / "gone.parquet"], out)
    assert not out.exists()


def test_a_table_that_changes_meanwhile_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    news, out = write(TABLE, tmp_path / "news.parquet"), tmp_path / "out.parquet"
    decide = dedup.datasets.clean_dataset.decide  # type: ignore[attr-defined]

    def changing(*arguments: Any) -> object:  # noqa: ANN401
        write(TABLE.slice(1), news)
        return decide(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr("dedup.datasets.clean_dataset.decide", changing)
        with pytest.raises(InputError, match="changed while it was read"):
            clean_dataset([news], out)
    batches = arrow_files.TableFile.batches

    def changing_late(self: arrow_files.TableFile, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        yield from batches(self, *arguments, **options)
        news.touch()

    monkeypatch.setattr(arrow_files.TableFile, "batches", changing_late)
    with pytest.raises(InputError, match="changed while it was read"):
        clean_dataset([news], out)
    assert not out.exists()
