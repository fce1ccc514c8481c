"""Columns with a dictionary: row groups share it, and lose the values that they do not use."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import InputError, clean_dataset
from dedup.datasets.formats.arrow_dictionaries import SharedDictionaries, without_unused_values

VALUES = [None, "a", "bb", "ccc", "a long value", ""]
KINDS = [pa.string(), pa.large_string(), pa.string_view(), pa.binary()]


@given(
    batches=st.lists(st.lists(st.sampled_from(VALUES), max_size=6), min_size=1, max_size=6),
    values=st.sampled_from(KINDS),
    indices=st.sampled_from([pa.int8(), pa.uint16(), pa.int32()]),
    is_prefix=st.booleans(),
)
def test_rows_stay_and_unused_values_go(
    *, batches: list[list[str | None]], values: pa.DataType, indices: pa.DataType, is_prefix: bool
) -> None:
    kind = pa.dictionary(indices, values, ordered=is_prefix)
    schema, shared = pa.schema({"c": kind, "n": pa.int64()}), SharedDictionaries()
    rows, size = list[pa.RecordBatch](), 0
    for number, batch in enumerate(batches):
        # Dictionaries that grow, as pyarrow reads them, or that have nothing in common.
        known = VALUES[1 : 3 + number] if is_prefix else [*dict.fromkeys(filter(None, batch))]
        places = {value: place for place, value in enumerate(known)}
        chosen = [*map(places.get, batch)]
        dictionary = pa.array(known, pa.string()).cast(values)
        column = pa.DictionaryArray.from_arrays(
            pa.array(chosen, indices), dictionary, ordered=is_prefix
        )
        before = pa.RecordBatch.from_arrays([column, pa.array([*range(len(batch))])], schema=schema)
        added, added_bytes = shared.share(before)
        assert added.to_pylist() == before.to_pylist()
        rows.append(added)
        size += added_bytes
    table = pa.Table.from_batches(rows, schema)
    found = without_unused_values(table)
    found.validate(full=True)
    assert found.schema == schema
    assert found.to_pylist() == table.to_pylist()
    if len(table) and values != pa.string_view():  # pyarrow 26 cannot select string views
        (chunk,) = found["c"].chunks
        used = {value for value in table["c"].to_pylist() if value is not None}
        assert len(chunk.dictionary) == len(used)
        assert size + len(table) >= found.nbytes  # the bitmap of nulls grows


def test_a_dictionary_that_cannot_be_unified_stays() -> None:
    chunks = [
        pa.DictionaryArray.from_arrays(pa.array([0]), pa.array([[text]])) for text in ("a", "b")
    ]
    table = pa.table({"c": pa.chunked_array(chunks)})
    assert without_unused_values(table).equals(table)


def test_more_values_than_the_indices_can_number(tmp_path: Path) -> None:
    news, out = tmp_path / "news.parquet", tmp_path / "out.parquet"
    parts = []
    for part in range(3):
        values = [f"value {number} of {part}" for number in range(100)]
        column = pa.DictionaryArray.from_arrays(pa.array(range(100), pa.int8()), values)
        texts = [f"story {number} of {part}" for number in range(100)]
        parts.append(pa.table({"text": texts, "value": column}))
    with pq.ParquetWriter(news, parts[0].schema) as file:
        for rows in parts:
            file.write_table(rows)
    clean_dataset([news], out)
    found = pq.ParquetFile(out)
    assert found.schema_arrow == parts[0].schema
    assert found.read().to_pylist() == [row for rows in parts for row in rows.to_pylist()]


def test_new_texts_that_the_indices_cannot_number(tmp_path: Path) -> None:
    news, out = tmp_path / "news.parquet", tmp_path / "out.parquet"
    words = "the mayor promised a report on how it came to be that a ferry is late so often in May"
    texts = [f"{words} {number}\n{words} {number}\n" for number in range(100)]
    column = pa.DictionaryArray.from_arrays(pa.array(range(100), pa.int8()), texts)
    pq.write_table(pa.table({"text": column}), news)
    with pytest.raises(InputError, match="text is encoded with a dictionary, which cannot be chan"):
        clean_dataset([news], out, across=False)
    clean_dataset([news], out, within=False, across=False)
    assert pq.read_table(out)["text"].to_pylist() == texts


@pytest.mark.parametrize("group_rows", [50, 10_000])
def test_the_output_has_about_the_size_of_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group_rows: int
) -> None:
    values = [f"source {number}: {number * 7919 % 1000} and a long name" for number in range(2000)]
    rows = pa.array([number * 31 % 2000 for number in range(5000)], pa.int32())
    table = pa.table(
        {
            "text": [f"Story number {number} of the day, by {number}." for number in range(5000)],
            "source": pa.DictionaryArray.from_arrays(rows, values),
        }
    )
    news, out = tmp_path / "news.parquet", tmp_path / "out.parquet"
    pq.write_table(table, news, row_group_size=group_rows, compression="none")
    for group_bytes in (1 << 25, 40_000):  # the second is less than the dictionary
        monkeypatch.setattr("dedup.datasets.write_tables.GROUP_BYTES", group_bytes)
        clean_dataset([news], out, across=False)
        found = pq.ParquetFile(out)
        assert found.schema_arrow == table.schema
        assert found.read().to_pylist() == table.to_pylist()
        # A row group of 40,000 bytes has some 800 rows.
        assert out.stat().st_size < (1.1 if group_bytes > 1 << 20 else 2) * min(
            news.stat().st_size, 600_000
        )
