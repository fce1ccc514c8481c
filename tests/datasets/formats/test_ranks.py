"""Ranks are compared exactly, whatever their types."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from math import inf, nan
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup import clean_dataset
from dedup.datasets.formats.ranks import Rank, order_of_ranks, parse_rank, rank_parts

BASES = st.sampled_from([0, 2**53, -(2**63), 2**64, 10**30])
NEAR = st.builds(lambda base, step: base + step, BASES, st.integers(-3, 3))
RANKS = (
    NEAR
    | NEAR.map(float)
    | st.builds(lambda base, step: Decimal(base) + Decimal(step) / 100, NEAR, st.integers(0, 3))
    | st.floats(allow_nan=True)
)


@given(st.lists(RANKS), st.booleans())
@example([nan, inf, 10**400, -inf, 1], True)
def test_the_order_of_ranks(ranks: list[Rank], descending: bool) -> None:  # noqa: FBT001
    order = order_of_ranks(rank_parts(ranks), descending=descending).tolist()

    def key(row: int) -> tuple[bool, Any]:
        rank = ranks[row]
        if rank != rank:  # noqa: PLR0124  NaN
            return True, 0
        exact = rank if rank in (inf, -inf) else inf if rank == 10**400 else Fraction(rank)
        return False, -exact if descending else exact

    assert order == sorted(range(len(ranks)), key=key)


def test_texts_as_ranks() -> None:
    texts = ["9007199254740993", " 7 ", "1e3", "0.5", "-inf", "1970-01-02", None, "9" * 5000]
    found = [parse_rank(text, "n") for text in texts]
    assert found[:6] == [2**53 + 1, 7, 1000.0, 0.5, -inf, 86400.0]
    assert found[6] != found[6]  # NaN
    assert found[7] == inf


@pytest.mark.usefixtures("either_core")
@pytest.mark.parametrize(
    "values",
    [
        ["9007199254740992", "9007199254740993"],
        ["1764400000123456788", "1764400000123456789"],
        ["18446744073709551615", "18446744073709551616"],
        ["123456789012345678901", "123456789012345678902"],
        ["-123456789012345678902", "-123456789012345678901"],
        ["9007199254740992.0", "9007199254740993"],
        ["1e400", "9" * 5000][:1] * 2,
    ],
)
@pytest.mark.parametrize("form", ["jsonl", "json", "csv"])
def test_large_numbers_of_files(tmp_path: Path, values: list[str], form: str) -> None:
    news, out = tmp_path / f"news.{form}", tmp_path / f"out.{form}"
    head, separator, tail, record = {
        "jsonl": ("", "\n", "\n", '{"text":"A","n":%s}'),
        "json": ("[", ",\n", "]", '{"text":"A","n":%s}'),
        "csv": ("text,n\n", "\n", "\n", "A,%s"),
    }[form]
    for ordered in (values, values[::-1]):
        news.write_text(head + separator.join(record % value for value in ordered) + tail)
        for keep, expected in (("max:n", values[1]), ("min:n", values[0])):
            clean_dataset([news], out, keep=keep)
            assert out.read_text() == head + record % expected + tail


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.int64(), [2**53, 2**53 + 1]),
        (pa.uint64(), [2**64 - 2, 2**64 - 1]),
        (pa.decimal128(38, 2), [Decimal("1.10"), Decimal("1.11")]),
        (pa.decimal128(38, 0), [Decimal(10**37), Decimal(10**37 + 1)]),
        (pa.timestamp("ns"), [1764400000123456788, 1764400000123456789]),
        (pa.timestamp("ns", "UTC"), [None, -1]),
        (pa.timestamp("us"), [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)]),
        (pa.float64(), [0.1, 0.2]),
    ],
    ids=str,
)
@pytest.mark.parametrize("nested", [False, True])
def test_columns_as_ranks(
    tmp_path: Path, kind: pa.DataType, values: list[Any], *, nested: bool
) -> None:
    news, out = tmp_path / "news.parquet", tmp_path / "out.parquet"
    for ordered, row in ((values, 1), (values[::-1], 0)):
        column = pa.array(ordered, kind)
        if nested:
            column = pa.StructArray.from_arrays([column], ["n"])
        pq.write_table(pa.table({"text": ["A", "A"], "n": column, "row": [0, 1]}), news)
        clean_dataset([news], out, keep="max:n.n" if nested else "max:n")
        assert pq.read_table(out)["row"].to_pylist() == [row]
