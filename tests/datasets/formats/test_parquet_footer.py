"""Concatenated Parquet files have the bytes that pyarrow writes for all their row groups."""

from io import BytesIO
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from dedup.datasets.formats.parquet_footer import (
    BINARY,
    DOUBLE,
    LIST,
    STRUCT,
    ParquetConcatenation,
    ThriftReader,
    encode_thrift,
)

COLUMNS: dict[str, tuple[st.SearchStrategy[Any], pa.DataType]] = {
    "n": (st.integers(-(2**63), 2**63 - 1), pa.int64()),
    "x": (st.floats(allow_nan=False), pa.float64()),
    "yes": (st.booleans(), pa.bool_()),
    "text": (st.text(), pa.string()),
    "long": (st.text(min_size=200), pa.large_string()),
    "kind": (st.sampled_from("abc"), pa.dictionary(pa.int32(), pa.string())),
    "list": (st.lists(st.integers(0, 9)), pa.list_(pa.int8())),
    "of": (st.fixed_dictionaries({"a": st.text()}), pa.struct({"a": pa.string()})),
}


@st.composite
def tables(draw: st.DrawFn) -> list[pa.Table]:
    """Some tables with the same columns, up to 40 of them and often more than 15."""
    names = draw(st.lists(st.sampled_from([*COLUMNS]), min_size=1, max_size=40))
    fields = [pa.field(f"{name}{at}", COLUMNS[name][1]) for at, name in enumerate(names)]
    metadata = draw(st.none() | st.dictionaries(st.text(), st.text(), max_size=3))
    schema = pa.schema(fields, metadata)
    found = []
    for _ in range(draw(st.integers(1, 20))):
        rows = draw(st.integers(1, 3))
        columns = [
            pa.array(
                draw(st.lists(st.none() | COLUMNS[name][0], min_size=rows, max_size=rows)), kind
            )
            for name, kind in zip(names, schema.types, strict=True)
        ]
        found.append(pa.table(columns, schema=schema))
    return found


@given(tables(), st.sampled_from(["none", "snappy", "zstd"]))
def test_the_bytes_of_pyarrow(parts: list[pa.Table], compression: str) -> None:
    whole, joined = BytesIO(), BytesIO()
    concatenation = ParquetConcatenation(joined)
    with parquet.ParquetWriter(whole, parts[0].schema, compression=compression) as writer:
        for part in parts:
            writer.write_table(part)
            encoded = BytesIO()
            parquet.write_table(part, encoded, compression=compression)
            concatenation.append(encoded.getbuffer())
    concatenation.close()
    assert joined.getvalue() == whole.getvalue()


def test_several_groups_in_each_file_and_none() -> None:
    encoded, empty, joined = BytesIO(), BytesIO(), BytesIO()
    table = pa.table({"n": range(10)})
    parquet.write_table(table, encoded, row_group_size=3)
    parquet.ParquetWriter(empty, table.schema).close()
    concatenation = ParquetConcatenation(joined)
    for file in (empty, encoded, empty, encoded):
        concatenation.append(file.getbuffer())
    concatenation.close()
    found = parquet.ParquetFile(joined)
    assert found.read()["n"].to_pylist() == [*range(10)] * 2
    assert (found.metadata.num_rows, found.num_row_groups) == (20, 8)


numbers = st.tuples(st.sampled_from([4, 5, 6]), st.integers(-(2**63), 2**63 - 1))
leaves = (
    numbers
    | st.tuples(st.just(BINARY), st.binary())
    | st.tuples(st.just(DOUBLE), st.binary(min_size=8, max_size=8))
    | st.tuples(st.sampled_from([1, 2]), st.just(b""))
    | st.tuples(
        st.just(LIST),
        st.tuples(st.just(1), st.lists(st.sampled_from([b"\1", b"\2"]), min_size=1, max_size=20)),
    )
)
values = st.recursive(
    leaves, lambda inner: st.tuples(st.just(STRUCT), st.dictionaries(st.integers(1, 2000), inner))
)


@given(values)
def test_thrift_is_read_as_it_is_written(typed: tuple[int, Any]) -> None:
    kind, value = typed
    assert ThriftReader(encode_thrift(kind, value)).value(kind) == value
