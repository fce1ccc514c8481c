from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dedup
from dedup.adapters.tables import annotate, unique
from dedup.errors import ConfigError, InputError, TextTypeError

FERRY = "The ferry was late again, and nobody on the pier could say why it was so."
BRIDGE = "The council of the island votes on the new bridge on Friday morning at ten."
COPY = FERRY.upper()
TEXTS = [FERRY, COPY, None, BRIDGE]
ROWS = {"text": TEXTS, "url": ["a", "b", "c", "d"], "n": [10, 20, 30, 40]}
ADDED = ["dedup_keep", "dedup_witness", "dedup_similarity"]

Make = Callable[[dict[str, Any]], Any]
MAKERS: dict[str, Make] = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "table": pa.table,
    "batch": pa.RecordBatch.from_pydict,
    "reader": lambda rows: pa.table(rows).to_reader(max_chunksize=1),
}
EAGER = [name for name in MAKERS if name != "reader"]


def rows_of(frame: Any) -> dict[str, list[Any]]:  # noqa: ANN401
    if isinstance(frame, pa.RecordBatchReader):
        frame = frame.read_all()
    if isinstance(frame, pd.DataFrame):
        frame = pa.Table.from_pandas(frame, preserve_index=False)
    if isinstance(frame, pl.DataFrame):
        return frame.to_dict(as_series=False)
    rows: dict[str, list[Any]] = frame.to_pydict()
    return rows


@pytest.fixture(params=MAKERS)
def make(request: pytest.FixtureRequest) -> Make:
    return MAKERS[request.param]


@pytest.fixture(params=EAGER)
def eager(request: pytest.FixtureRequest) -> Make:
    return MAKERS[request.param]


def test_kept_rows_are_returned_in_a_frame_of_the_same_type(make: Make) -> None:
    frame = make(ROWS)
    found = unique(frame)
    assert type(found) is type(frame)
    assert rows_of(found)["url"] == ["a", "c", "d"]


def test_annotations_agree_with_unique(make: Make) -> None:
    found = rows_of(annotate(make(ROWS), id="url"))
    assert [found[name] for name in ADDED] == [
        [True, False, True, True],
        [None, "a", None, None],
        [None, 1.0, None, None],
    ]
    assert {name: found[name] for name in ROWS} == ROWS


@pytest.mark.parametrize(("column", "witness"), [(None, 0), ("n", 10), ("url", "a")])
def test_a_witness_is_a_row_number_or_an_id(make: Make, column: str, witness: object) -> None:
    assert rows_of(annotate(make(ROWS), id=column))["dedup_witness"][1] == witness


def test_an_empty_frame_has_the_same_columns(make: Make) -> None:
    texts = pa.array([], pa.string())
    kinds: dict[Any, Any] = {
        MAKERS["pandas"]: pd.Series([], dtype="str"),
        MAKERS["polars"]: pl.Series([], dtype=pl.String),
        MAKERS["batch"]: texts,
    }
    frame = {"text": kinds.get(make, texts)}
    assert rows_of(unique(make(frame))) == {"text": []}
    assert list(rows_of(annotate(make(frame)))) == ["text", *ADDED]
    assert rows_of(unique(make(frame), index=dedup.Index())) == {"text": []}


@pytest.mark.parametrize("kind", ["table", "batch", "reader"])
def test_column_types_that_pyarrow_cannot_filter_are_filtered(kind: str) -> None:
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([3, 4], pa.int32()), pa.array(["x", "y"]))
    columns = {
        "text": pa.array(TEXTS, pa.string_view()),
        "bytes": pa.array([b"1", b"2", None, b"4"], pa.binary_view()),
        "runs": runs,
    }
    index = dedup.Index()
    found = rows_of(unique(MAKERS[kind](columns), index=index))
    assert found["text"] == [FERRY, None, BRIDGE]
    assert (found["bytes"], found["runs"]) == ([b"1", None, b"4"], ["x", "x", "y"])
    assert len(index) == 3


@pytest.mark.parametrize("count", [0, 1])
def test_views_keep_no_row_or_all_rows(count: int) -> None:
    index = dedup.Index()
    rows = pa.record_batch({"text": pa.array([FERRY, COPY][:count], pa.string_view())})
    assert unique(rows, index=index).to_pydict() == {"text": [FERRY][:count]}
    again = unique(rows, index=index)
    assert (again.num_rows, again.schema) == (0, rows.schema)


def test_an_index_remembers_earlier_frames(eager: Make) -> None:
    index = dedup.Index()
    assert rows_of(unique(eager(ROWS), index=index))["url"] == ["a", "c", "d"]
    next_day = {"text": [COPY, "News of today."], "url": ["e", "f"]}
    assert rows_of(unique(eager(next_day), index=index))["url"] == ["f"]


def test_a_run_again_drops_or_keeps(eager: Make) -> None:
    index = dedup.Index()
    first = rows_of(unique(eager(ROWS), id="url", index=index))
    assert list(index) == ["a", "c", "d"]
    assert rows_of(unique(eager(ROWS), id="url", index=index))["url"] == ["c"]  # has no text
    again = annotate(eager(ROWS), id="url", index=index, if_seen="keep")
    assert rows_of(again)["dedup_witness"] == [None, "a", None, None]
    assert rows_of(unique(eager(ROWS), id="url", index=index, if_seen="keep")) == first


def test_a_reader_is_read_lazily() -> None:
    read = []

    def batches() -> Any:  # noqa: ANN401
        for text in (FERRY, COPY, BRIDGE):
            read.append(text)
            yield pa.record_batch({"text": [text]})

    reader = pa.RecordBatchReader.from_batches(pa.schema({"text": pa.string()}), batches())
    index = dedup.Index()
    found = unique(reader, index=index)
    assert found.read_next_batch().num_rows == 1
    assert read == [FERRY]
    assert found.read_all().to_pydict() == {"text": [BRIDGE]}
    assert len(index) == 2


def test_pandas_keeps_labels_types_and_attributes() -> None:
    frame = pd.DataFrame(ROWS, index=["x", "x", "y", "x"])
    frame["text"] = frame["text"].astype("category")
    frame.attrs["source"] = "harbour"
    found = unique(frame)
    assert found.index.tolist() == ["x", "y", "x"]
    assert found.dtypes.equals(frame.dtypes)
    assert found.attrs == frame.attrs
    wide = annotate(frame)
    assert wide.index.equals(frame.index)
    assert wide["dedup_keep"].tolist() == [True, False, True, True]
    assert wide.dtypes.astype(str)[ADDED].tolist() == ["bool", "Int64", "float32"]


@pytest.mark.parametrize("dtype", ["object", "string", "str", "category"])
def test_pandas_columns_of_any_kind_of_text(dtype: str) -> None:
    frame = pd.DataFrame({"text": pd.Series(TEXTS, dtype=dtype)})
    assert unique(frame).index.tolist() == [0, 2, 3]


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum([FERRY, COPY, BRIDGE])])
def test_polars_columns_of_any_kind_of_text(dtype: Any) -> None:  # noqa: ANN401
    frame = pl.DataFrame({"text": pl.Series(TEXTS, dtype=dtype)})
    found = unique(frame)
    assert found.schema == frame.schema
    assert found["text"].cast(pl.String).to_list() == [FERRY, None, BRIDGE]


@pytest.mark.parametrize("dtype", ["string", "large_string"])
def test_arrow_keeps_chunks_schema_and_metadata(dtype: str) -> None:
    text = pa.chunked_array([pa.array(TEXTS[:1]), pa.array(TEXTS[1:])]).cast(dtype)
    field = pa.field("text", text.type, metadata={"lang": "en"})
    schema = pa.schema([field], metadata={"source": "harbour"})
    table = pa.Table.from_arrays([text], schema=schema)
    for found in (unique(table), unique(table.to_reader()).read_all()):
        assert found.schema.equals(schema, check_metadata=True)
        assert found["text"].to_pylist() == [FERRY, None, BRIDGE]
    for found in (annotate(table), annotate(table.to_reader()).read_all()):
        assert found.schema.metadata == schema.metadata
        assert found.schema.types[1:] == [pa.bool_(), pa.int64(), pa.float32()]


def test_dictionaries_are_texts() -> None:
    table = pa.table({"text": pa.array(TEXTS).dictionary_encode()})
    assert unique(table)["text"].to_pylist() == [FERRY, None, BRIDGE]
    assert unique(table).schema == table.schema


def test_keep_decides_which_copy_is_kept() -> None:
    frame = pd.DataFrame(ROWS)
    assert unique(frame, keep="last")["url"].tolist() == ["b", "c", "d"]
    assert unique(frame, keep=frame["n"])["url"].tolist() == ["b", "c", "d"]
    assert unique(frame, keep="first", index=dedup.Index())["url"].tolist() == ["a", "c", "d"]
    for wrong in (frame["n"], "longest"):
        with pytest.raises(ConfigError, match="keep must be first with an index or a reader"):
            unique(frame, keep=wrong, index=dedup.Index())
    with pytest.raises(ConfigError, match="keep must be first with an index or a reader"):
        unique(pa.table(ROWS).to_reader(), keep="last")


def test_keep_can_name_a_column(eager: Make) -> None:
    rows = ROWS | {"n": [3, 1, None, 4], "at": ["2026-01-02", "2026-01-03", None, None]}
    frame = eager(rows)
    for keep, url in {"max:n": "a", "min:n": "b", "max:at": "b", "min:at": "a"}.items():
        assert list(rows_of(unique(frame, keep=keep))["url"]) == [url, "c", "d"]
    with pytest.raises(InputError, match="no column 'views'"):
        unique(frame, keep="max:views")
    with pytest.raises(InputError, match=r"column 'url': row 0 must have a number or a date .*'a'"):
        unique(frame, keep="max:url")
    with pytest.raises(ConfigError, match=r"^keep must be one of .*, max:COLUMN, .* got 'newest'"):
        unique(frame, keep="newest")


@pytest.mark.parametrize("function", [annotate, unique])
@pytest.mark.parametrize("text", [None, ""])
def test_a_column_of_texts_must_be_named(function: Any, text: Any) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match=r"^text must be the name of a column, got (None|'')$"):
        function(pd.DataFrame(ROWS), text)


def test_dates_of_a_column_rank_copies() -> None:
    dates = pd.to_datetime(pd.Series(["2026-01-02", None, None, None]))
    for frame in (pd.DataFrame(ROWS | {"n": dates}), pl.DataFrame(ROWS | {"n": pl.Series(dates)})):
        assert list(unique(frame, keep="min:n")["url"]) == ["a", "c", "d"]


def test_the_settings_are_applied() -> None:
    frame = pd.DataFrame({"text": [f"{FERRY} And so they waited.", FERRY]})
    assert len(unique(frame)) == 1
    assert len(unique(frame, measure="jaccard", threshold=0.9)) == 2
    assert len(unique(frame, config=dedup.Config.preset("strict"))) == 2
    assert len(unique(frame, config="strict")) == 2
    with pytest.raises(ConfigError, match="threshold has no effect on an open index"):
        unique(frame, index=dedup.Index(), threshold=0.9)


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        ({}, {"text": "body"}, InputError, "no column 'body' \\(found: text, url, n\\)"),
        ({}, {"id": "key"}, InputError, "no column 'key'"),
        ({}, {"text": "n"}, TextTypeError, "column 'n': texts must be a list or column of text"),
        ({"n": [1, None, 3, 4]}, {"id": "n"}, InputError, "column 'n': row . must have a string"),
        (
            {"url": list("aaab")},
            {"id": "url", "on_conflict": "error"},
            InputError,
            "'a' already has another text",
        ),
        ({}, {"if_seen": "keep"}, ConfigError, "if_seen must be drop without an id"),
    ],
)
def test_an_invalid_option_is_an_error(
    eager: Make,
    change: dict[str, Any],
    options: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        unique(eager(ROWS | change), index=dedup.Index(), **options)


def test_columns_are_not_overwritten(make: Make) -> None:
    with pytest.raises(InputError, match="has a column 'dedup_keep' already"):
        rows_of(annotate(annotate(make(ROWS))))


@pytest.mark.parametrize(
    "frame", [pd.Series(TEXTS), pl.Series(TEXTS), pa.array(TEXTS), pa.chunked_array([TEXTS])]
)
def test_a_column_is_refused_as_a_frame(frame: object) -> None:
    with pytest.raises(InputError, match=rf"got {type(frame).__name__}; pass it to dedup"):
        unique(frame)
    with pytest.raises(InputError, match=r"must be a pandas or polars DataFrame, .*, got list$"):
        unique(TEXTS)


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="2 columns 'text': rename one"):
        unique(pd.DataFrame([[FERRY, FERRY]], columns=["text", "text"]))


def test_a_value_that_is_no_text_is_reported_with_its_row() -> None:
    frame = pd.DataFrame({"text": pd.Series([FERRY, 7], dtype="object")})
    with pytest.raises(TextTypeError, match=r"column 'text': texts\[1\] must be str or None, got"):
        unique(frame)


def test_integer_ids_cannot_be_mixed_with_string_ids() -> None:
    index = dedup.Index()
    index.add([FERRY], ids=["mon"])
    with pytest.raises(InputError, match="the index has string ids, such as 'mon'"):
        annotate(pd.DataFrame(ROWS), id="n", index=index)


def test_a_lazy_frame_is_an_error() -> None:
    with pytest.raises(InputError, match=r"got LazyFrame; call collect\(\) first$"):
        unique(pl.LazyFrame(ROWS))


def test_if_seen_needs_an_index() -> None:
    with pytest.raises(ConfigError, match="if_seen has no effect without an index"):
        unique(pd.DataFrame(ROWS), id="url", if_seen="keep")


@pytest.mark.parametrize("name", [*EAGER, "reader"])
def test_a_path_is_opened_and_closed(name: str, tmp_path: Path) -> None:
    make = MAKERS[name]
    path = tmp_path / "seen.db"
    assert rows_of(unique(make(ROWS), index=path, id="url"))["url"] == ["a", "c", "d"]
    assert rows_of(unique(make(ROWS), index=str(path), id="url"))["url"] == ["c"]
    with dedup.Index(path) as index:
        assert list(index) == ["a", "c", "d"]
