import pickle
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.packed import pack
from dedup.config import Config
from dedup.errors import InputError, MissingLibraryError
from dedup.matching.dedup_result import DedupResult

Ids = Sequence[object] | npt.NDArray[np.generic]

TEXTS = ["A cat sat.", None, "A dog ran.", "a cat sat", "A dog ran off.", "A dog ran."]
WITNESS = [0, 1, 2, 0, 2, 2]
EXACT = [3, 5]


def result_of(
    witness: Sequence[int],
    *,
    exact: Sequence[int] = (),
    tokenless: Sequence[int] = (),
    texts: Sequence[str | None] | None = None,
    ids: Ids | None = None,
) -> DedupResult:
    count = len(witness)
    keep = np.array(witness, np.int64) == np.arange(count)
    return DedupResult(
        keep=keep,
        witness=np.array(witness, np.int64),
        similarity=np.where(keep, 0, np.where(np.isin(np.arange(count), exact), 1, 0.875)).astype(
            np.float32
        ),
        exact=np.isin(np.arange(count), exact),
        numeric_variant=np.arange(count),
        tokenless=np.isin(np.arange(count), tokenless),
        order=np.arange(count),
        config=Config(),
        ids=ids,
        frames=None,
        _texts=pack(texts or [f"text {row}" for row in range(count)]),
    )


def example(ids: Ids | None = None) -> DedupResult:
    return result_of(WITNESS, exact=EXACT, tokenless=[1], texts=TEXTS, ids=ids)


def test_texts_are_kept_or_removed_in_input_order() -> None:
    result = example()
    assert len(result) == 6
    assert result.selected == ["A cat sat.", None, "A dog ran."]
    assert result.removed == ["a cat sat", "A dog ran off.", "A dog ran."]
    assert result.duplicate_ratio == 0.5


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (None, [[0, 3], [2, 4, 5]]),
        (list("uvwxyz"), [["u", "x"], ["w", "y", "z"]]),
        (range(10, 16), [[10, 13], [12, 14, 15]]),
        (np.arange(10, 16), [[10, 13], [12, 14, 15]]),
        (pd.Series(list("uvwxyz"), index=[5, 4, 3, 2, 1, 0]), [["u", "x"], ["w", "y", "z"]]),
        (pl.Series(list("uvwxyz")), [["u", "x"], ["w", "y", "z"]]),
    ],
)
def test_clusters_start_with_the_kept_row(ids: Ids | None, expected: list[list[object]]) -> None:
    clusters = example(ids).clusters()
    assert clusters == expected
    assert {type(name) for cluster in clusters for name in cluster} <= {int, str}


@st.composite
def witnesses(draw: st.DrawFn) -> list[int]:
    keep = draw(st.lists(st.booleans(), min_size=1, max_size=30).filter(any))
    kept = [row for row, stays in enumerate(keep) if stays]
    return [row if stays else draw(st.sampled_from(kept)) for row, stays in enumerate(keep)]


@given(witnesses())
def test_clusters_are_the_rows_by_their_witness(witness: list[int]) -> None:
    expected = []
    for kept in range(len(witness)):
        copies = [row for row, of in enumerate(witness) if of == kept != row]
        if copies:
            expected.append([kept, *copies])
    assert result_of(witness).clusters() == expected


def test_no_texts_and_no_repeats() -> None:
    nothing, unique = result_of([]), result_of([0, 1, 2])
    assert not nothing.selected and not nothing.removed and not nothing.clusters()
    assert nothing.duplicate_ratio == unique.duplicate_ratio == 0
    assert not unique.removed and not unique.clusters()
    assert nothing.to_arrow().num_rows == len(nothing.to_pandas()) == len(nothing.to_polars()) == 0


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (result_of([]), "no texts"),
        (result_of([0]), "kept 1 of 1 text"),
        (result_of([0, 1], tokenless=[0, 1]), "kept 2 of 2 texts; kept 2 without words"),
        (result_of([0, 0]), "kept 1 of 2 texts; removed 1 near copy"),
        (result_of([0, 0, 0], exact=[1, 2]), "kept 1 of 3 texts; removed 2 exact copies"),
        (result_of([0, 0, 0], exact=[1]), "kept 1 of 3 texts; removed 1 exact and 1 near copy"),
        (
            result_of([0] * 4, exact=[1]),
            "kept 1 of 4 texts; removed 1 exact and 2 near copies",
        ),
        (
            result_of([0] * 2000, exact=range(1, 1500), texts=["x"] * 2000),
            "kept 1 of 2,000 texts; removed 1,499 exact and 500 near copies",
        ),
        (
            example(),
            "kept 3 of 6 texts; removed 2 exact and 1 near copy; kept 1 without words",
        ),
    ],
)
def test_a_result_on_one_line(result: DedupResult, expected: str) -> None:
    assert repr(result) == f"<DedupResult: {expected}>"


EXPECTED = {
    "keep": [True, True, True, False, False, False],
    "witness": WITNESS,
    "similarity": [0.0, 0.0, 0.0, 1.0, 0.875, 1.0],
    "exact": [False, False, False, True, False, True],
    "numeric_variant": [0, 1, 2, 3, 4, 5],
    "cluster": WITNESS,
}
TYPES = {"keep": "bool", "witness": "int64", "similarity": "float", "exact": "bool"}
TYPES |= {"numeric_variant": "int64", "cluster": "int64"}


def test_tables_have_a_row_for_each_text() -> None:
    table, frame = example().to_arrow(), example().to_pandas()
    assert table.to_pydict() == frame.to_dict("list") == EXPECTED
    assert {field.name: str(field.type) for field in table.schema} == TYPES
    assert str(frame.dtypes["similarity"]) == "float32"
    polars = example().to_polars()
    assert polars.to_dict(as_series=False) == EXPECTED
    assert polars.schema["similarity"] == pl.Float32


@pytest.mark.parametrize(
    "ids",
    [
        list("uvwxyz"),
        tuple("uvwxyz"),
        np.array(list("uvwxyz")),
        pd.Series(list("uvwxyz"), index=[5, 4, 3, 2, 1, 0]),
        pd.Index(list("uvwxyz")),
        pl.Series(list("uvwxyz")),
    ],
    ids=lambda ids: type(ids).__name__,
)
def test_ids_come_first_and_stay_with_their_rows(ids: Ids) -> None:
    witness_ids = [None, None, None, "u", "w", "w"]
    expected = {
        "id": list("uvwxyz"),
        "keep": EXPECTED["keep"],
        "witness": WITNESS,
        "witness_id": witness_ids,
        "similarity": EXPECTED["similarity"],
        "exact": EXPECTED["exact"],
        "numeric_variant": EXPECTED["numeric_variant"],
        "cluster": list("uvwuww"),
    }
    result = example(ids)
    table, frame, polars = result.to_arrow(), result.to_pandas(), result.to_polars()
    assert table.to_pydict() == polars.to_dict(as_series=False) == expected
    assert frame.astype(object).where(frame.notna(), None).to_dict("list") == expected
    assert table.column_names == list(frame.columns) == polars.columns == list(expected)
    assert result.witness_ids == witness_ids
    assert result.witness.tolist() == WITNESS


def test_ids_that_are_numbers_can_be_joined() -> None:
    frame = example(range(10, 16)).to_pandas()
    assert frame["id"].dtype == frame["cluster"].dtype == np.int64
    assert str(frame["witness_id"].dtype) == "Int64"
    merged = frame.merge(frame, left_on="witness_id", right_on="id")
    assert merged["id_x"].tolist() == [13, 14, 15]
    assert merged["id_y"].tolist() == [10, 12, 12]


def test_without_ids_rows_are_named_by_their_numbers() -> None:
    assert example().witness_ids == [None, None, None, 0, 2, 2]
    assert example().cluster == WITNESS


def test_ids_of_no_one_type_make_no_table_of_polars() -> None:
    with pytest.raises(InputError, match=r"^column id has mixed types, which polars cannot store"):
        example([1, "a", 2, 3, 4, 5]).to_polars()


@pytest.mark.parametrize(
    ("library", "method", "remedy"),
    [
        ("pyarrow", "to_arrow", "pyarrow is missing: pip install pyarrow"),
        ("pandas", "to_pandas", "pandas is missing: pip install pandas"),
        ("polars", "to_polars", "polars is missing: pip install polars"),
    ],
)
def test_a_missing_library_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, library: str, method: str, remedy: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingLibraryError, match=f"^{remedy}$") as caught:
        getattr(example(), method)()
    assert isinstance(caught.value, ImportError)
    assert caught.value.name == library


def test_a_library_that_lacks_another_says_so_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pandas.py").write_text("import a_library_that_nobody_has\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "pandas")
    with pytest.raises(ModuleNotFoundError, match="a_library_that_nobody_has"):
        example().to_pandas()


def test_a_result_can_be_sent_to_another_process() -> None:
    again = pickle.loads(pickle.dumps(example(list("uvwxyz"))))  # noqa: S301
    assert again.selected == example().selected
    assert repr(again) == repr(example())
