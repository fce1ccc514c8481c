from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import ConfigError
from dedup.matching.pairs import Pairs, connected_components

EDGES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60)


def pairs_of(edges: list[tuple[int, int]]) -> Pairs:
    ends = np.array(edges, np.int64).reshape(-1, 2)
    return Pairs(ends[:, 0], ends[:, 1], np.ones(len(edges), np.float32))


def union_find(edges: list[tuple[int, int]], count: int) -> list[int]:
    parent = list(range(count))

    def root(row: int) -> int:
        while parent[row] != row:
            row = parent[row]
        return row

    for left, right in edges:
        low, high = sorted((root(left), root(right)))
        parent[high] = low
    return [root(row) for row in range(count)]


@given(EDGES, st.integers(0, 9))
def test_components_are_those_of_union_find(edges: list[tuple[int, int]], spare: int) -> None:
    count = max((max(edge) + 1 for edge in edges), default=0) + spare
    labels = connected_components(pairs_of(edges), count)
    assert labels.dtype == np.int64
    assert labels.tolist() == union_find(edges, count)


@pytest.mark.parametrize("seed", range(5))
def test_components_of_a_sparse_graph_of_many_rows(seed: int) -> None:
    generator = np.random.default_rng(seed)
    ends = generator.integers(0, 3000, (2000, 2))
    edges = [(left, right) for left, right in ends.tolist()]
    assert connected_components(pairs_of(edges), 3000).tolist() == union_find(edges, 3000)


@pytest.mark.parametrize("order", ["rising", "shuffled", "zigzag", "star"])
def test_a_million_rows_in_one_chain(order: str) -> None:
    count = 1_000_000
    rows = np.arange(count)
    if order == "shuffled":
        rows = np.random.default_rng(1).permutation(count)
    elif order == "zigzag":  # 0, last, 1, last but one, ...: every other row is a minimum
        rows = np.stack([rows[: count // 2], rows[count // 2 :][::-1]], axis=1).ravel()
    left, right = rows[:-1], rows[1:]
    if order == "star":
        left = np.full(count - 1, count - 1)
        right = rows[:-1]
    before = left.copy(), right.copy()
    pairs = Pairs(left, right, np.ones(count - 1, np.float32))
    assert not connected_components(pairs, count).any()
    assert np.array_equal(before, (left, right))  # read, never written


def test_pairs_are_a_sequence_of_tuples() -> None:
    pairs = Pairs(np.array([0, 5]), np.array([7, 6]), np.array([0.75, 1.0], np.float32))
    assert len(pairs) == 2
    assert list(pairs) == [(0, 7, 0.75), (5, 6, 1.0)]
    assert [type(value) for value in next(iter(pairs))] == [int, int, float]


@pytest.mark.parametrize(
    ("similarities", "expected"),
    [
        ([], "<Pairs: no pairs>"),
        ([0.8], "<Pairs: 1 pair of similarity 0.800>"),
        ([1.0] * 1234, "<Pairs: 1,234 pairs of similarity 1.000>"),
        ([0.8, 1.0], "<Pairs: 2 pairs of similarity 0.800 to 1.000>"),
    ],
)
def test_pairs_on_one_line(similarities: list[float], expected: str) -> None:
    rows = np.arange(len(similarities))
    assert repr(Pairs(rows, rows + 1, np.array(similarities, np.float32))) == expected


def test_pairs_as_tables() -> None:
    pairs = Pairs(np.array([0, 5]), np.array([7, 6]), np.array([0.75, 1.0], np.float32))
    expected = {"left": [0, 5], "right": [7, 6], "similarity": [0.75, 1.0]}
    expected |= {"numeric_variant": [False, False]}
    table, frame = pairs.to_arrow(), pairs.to_pandas()
    assert table.to_pydict() == frame.to_dict("list") == expected
    assert [str(kind) for kind in table.schema.types] == ["int64", "int64", "float", "bool"]
    assert [str(kind) for kind in frame.dtypes] == ["int64", "int64", "float32", "bool"]
    assert pairs_of([]).to_arrow().num_rows == len(pairs_of([]).to_pandas()) == 0


def test_some_of_the_pairs() -> None:
    pairs = Pairs([0, 5], [7, 6], [0.75, 1.0], [True, False])  # type: ignore[arg-type]
    assert repr(pairs) == "<Pairs: 2 pairs of similarity 0.750 to 1.000; 1 numeric variant>"
    assert list(pairs.select(~pairs.numeric_variant)) == [(5, 6, 1.0)]
    assert not len(pairs.select(pairs.similarity < 0.5))
    for mask in ([0, 1], [True], np.ones((2, 1), np.bool_)):
        with pytest.raises(ConfigError, match=r"^mask must be 2 of True or False, got"):
            pairs.select(mask)  # type: ignore[arg-type]


@pytest.mark.parametrize(("left", "right"), [(-1, 1), (0, 4)])
def test_rows_out_of_range_are_refused(left: int, right: int) -> None:
    pairs = Pairs(np.array([left]), np.array([right]), np.ones(1, np.float32))
    with pytest.raises(ConfigError, match="rows must be from 0 to count - 1, 3"):
        connected_components(pairs, 4)


def test_lists_make_pairs() -> None:
    pairs = Pairs([0], [1], [1])  # type: ignore[arg-type]
    assert [column.dtype for column in (pairs.left, pairs.right, pairs.similarity)] == [
        np.int64,
        np.int64,
        np.float32,
    ]
    assert connected_components(Pairs([], [], []), 2).tolist() == [0, 1]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            ([0], [1, 2], [1.0]),
            "left, right, similarity and numeric_variant must be of one length, got 1, 2, 1, 1",
        ),
        (([[1, 2], [3]], [1], [1.0]), "left must be one column of row numbers, got lists"),
        ((np.array([2**63], np.uint64), [1], [1.0]), "left has a row number that no row can have"),
        (([0.5], [1], [1.0]), "left must be one column of row numbers, got float64"),
        (([0], [[1]], [1.0]), "right must be one column of row numbers, got int64"),
        (([0], [1], ["x"]), "similarity must be one column of numbers, got <U1"),
        (
            ([0], [1], [1.0], [1]),
            "numeric_variant must be one column of True and False, got int64",
        ),
    ],
)
def test_columns_that_are_no_pairs(columns: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match=f"^{message}$"):
        Pairs(*columns)


@pytest.mark.parametrize(
    ("pairs", "count", "message"),
    [
        ([(0, 1)], 2, "pairs must be Pairs, got list"),
        (Pairs([0], [1], [1.0]), -1, "count must be a whole number >= 0, got -1"),  # type: ignore[arg-type]
        (Pairs([0], [1], [1.0]), 2.5, "count must be a whole number >= 0, got 2.5"),  # type: ignore[arg-type]
    ],
)
def test_what_has_no_components(pairs: Any, count: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match=f"^{message}$"):
        connected_components(pairs, count)
