import io
import subprocess
import sys
from collections.abc import Sequence
from itertools import chain
from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.columns import pack_column
from dedup.arrays.packed import PackedTexts, pack
from dedup.errors import InputError, MissingLibraryError, TextTypeError

TEXTS = ["alpha", "", None, "naïve ’quote’", "日本語", None, "𝒜"]
PRESENT = [text for text in TEXTS if text is not None]
VALID_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def listed(packed: PackedTexts) -> list[str | None]:
    assert packed.offsets.dtype == np.int64
    assert packed.offsets.shape == (len(packed) + 1,)
    assert packed.offsets.flags.c_contiguous
    assert packed.utf8.dtype == np.uint8
    assert not packed.utf8.flags.writeable
    assert packed.missing.dtype == np.bool_
    assert not np.diff(packed.offsets)[packed.missing].any()
    return packed.to_strings(np.arange(len(packed)))


def arrow(texts: Sequence[str | None], kind: object) -> object:
    return pa.array(texts, kind)


COLUMNS = {
    "list": TEXTS,
    "tuple": tuple(TEXTS),
    "packed": pack(TEXTS),
    "array of objects": np.array(TEXTS, object),
    "array of StringDType": np.array(TEXTS, np.dtypes.StringDType(na_object=None)),
    "arrow string": pa.array(TEXTS),
    "arrow large string": pa.array(TEXTS, pa.large_string()),
    "arrow string view": pa.array(TEXTS, pa.string_view()),
    "arrow dictionary": pa.array(TEXTS).dictionary_encode(),
    "arrow chunks": pa.chunked_array([TEXTS[:3], [], TEXTS[3:]]),
    "arrow one chunk": pa.chunked_array([TEXTS]),
    "arrow slice": pa.array(["x", *TEXTS, "y"]).slice(1, len(TEXTS)),
    "arrow slices": pa.chunked_array([["x", *TEXTS], [*TEXTS, "y"]]).slice(8, len(TEXTS)),
    "polars": pl.Series(TEXTS),
    "polars objects": pl.Series(TEXTS, dtype=pl.Object),
    "polars slice": pl.Series(["x", *TEXTS, "y"]).slice(1, len(TEXTS)),
    "polars categorical": pl.Series(TEXTS, dtype=pl.Categorical),
    "polars chunks": pl.concat([pl.Series(TEXTS[:2]), pl.Series(TEXTS[2:])], rechunk=False),
    "pandas": pd.Series(TEXTS),
    "pandas index": pd.Index(TEXTS),
    "pandas filtered": pd.Series(["x", *TEXTS])[lambda texts: texts != "x"],
} | {
    f"pandas {kind}": pd.Series(TEXTS, dtype=kind)
    for kind in ("object", "string[python]", "string[pyarrow]", "category")
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_texts_come_back_from_every_kind_of_column(kind: str) -> None:
    assert listed(pack_column(COLUMNS[kind])) == TEXTS


@pytest.mark.parametrize(
    "empty",
    [
        [],
        np.array([], object),
        np.array([], str),
        pa.array([], pa.string()),
        pa.array(["x"]).slice(1),
        pa.chunked_array([], pa.string()),
        pa.chunked_array([], pa.null()),
        pl.Series([], dtype=pl.String),
        pd.Series([], dtype="str"),
        pd.Series([], dtype=object),
        pd.Series([], dtype=float),
        pd.Series([], dtype="Int64"),
        pl.Series([], dtype=pl.Float64),
        pa.array([], pa.int64()),
        pa.chunked_array([], pa.list_(pa.float64())),
        np.array([]),
    ],
    ids=lambda empty: type(empty).__name__,
)
def test_an_empty_column_has_no_texts(empty: object) -> None:
    assert listed(pack_column(empty)) == []


@pytest.mark.parametrize(
    "column",
    [
        pa.nulls(2),
        pa.array([None, None], pa.float64()),
        pl.Series([None, None]),
        pl.Series([None, None], dtype=pl.Int64),
        pd.Series([None, None]),
        pd.Series([float("nan"), float("nan")]),
        pd.Series([None, None], dtype="Float64"),
        pd.read_csv(io.StringIO("id,text\n1,\n2,\n"))["text"],
        np.array([float("nan"), float("nan")], np.float32),
    ],
)
def test_a_column_of_nulls_is_a_column_of_missing_texts(column: object) -> None:
    assert listed(pack_column(column)) == [None, None]


def test_fixed_width_strings_of_numpy() -> None:
    assert listed(pack_column(np.array(PRESENT))) == PRESENT


def test_iterables_are_columns() -> None:
    assert listed(pack_column(text for text in TEXTS)) == TEXTS
    assert listed(pack_column({"a": "x", "b": "y"}.values())) == ["x", "y"]


def test_lone_surrogates_in_a_column_of_objects() -> None:
    assert listed(pack_column(pd.Series(["\ud800", None], dtype=object))) == ["\ud800", None]


@given(st.lists(st.lists(st.none() | VALID_TEXT, max_size=4), max_size=4), st.data())
def test_slices_of_chunked_columns(chunks: list[list[str | None]], data: st.DataObject) -> None:
    texts = list(chain.from_iterable(chunks))
    kind = data.draw(st.sampled_from([pa.string(), pa.large_string()]))
    column = pa.chunked_array(chunks, kind)
    start: int = data.draw(st.integers(0, len(texts)))
    count: int = data.draw(st.integers(0, len(texts) - start))
    assert listed(pack_column(column.slice(start, count))) == texts[start : start + count]


@pytest.mark.parametrize("wrapped", [False, True])
def test_large_strings_are_not_copied(wrapped: bool) -> None:  # noqa: FBT001
    array = pa.array(["x", *TEXTS], pa.large_string()).slice(1)
    packed = pack_column(pa.chunked_array([array]) if wrapped else array)
    assert packed.utf8.ctypes.data == array.buffers()[2].address
    assert packed.offsets.ctypes.data == array.buffers()[1].address + 8
    assert packed.offsets[0] == 1


def test_strings_are_copied_but_for_their_offsets() -> None:
    array = pa.array(TEXTS)
    assert pack_column(array).utf8.ctypes.data == array.buffers()[2].address


def test_packed_texts_are_returned_unchanged() -> None:
    packed = pack(TEXTS)
    assert pack_column(packed) is packed


def strings(data: bytes, edges: list[int], valid: int | None = None) -> object:
    """Make a column by its buffers, right or wrong."""
    bits = None if valid is None else pa.py_buffer(bytes([valid]))
    offsets = pa.py_buffer(np.array(edges, np.int32))
    return pa.Array.from_buffers(pa.string(), len(edges) - 1, [bits, offsets, pa.py_buffer(data)])


def test_the_slot_of_a_null_is_ignored() -> None:
    column = strings(b"a\xff\xfeb", [0, 1, 3, 4], valid=0b101)
    assert listed(pack_column(column)) == ["a", None, "b"]


@pytest.mark.parametrize("data", [b"ab\xffcd", b"ab\xc3cd", b"\xed\xa0\x80"])
def test_an_error_names_the_row_that_is_not_utf8(data: bytes) -> None:
    column = pa.chunked_array([pa.array(["x", None]), strings(data, [0, 0, len(data)])])
    with pytest.raises(InputError, match=r"^texts\[3\] is not valid UTF-8: "):
        pack_column(column)


def test_a_malformed_column_is_refused() -> None:
    with pytest.raises(InputError, match="malformed Arrow column"):
        pack_column(strings(b"abcd", [0, 3, 1, 4]))


@pytest.mark.parametrize(
    ("texts", "what"),
    [
        ("one text", "got str; wrap it in a list"),
        (b"one text", "got bytes; decode it first"),
        ({"a": "b"}, r"got dict; pass its values\(\) as a list"),
        ({"a", "b"}, "got set, which has no order; pass a list"),
        (frozenset("a"), "got frozenset, which has no order; pass a list"),
        (3, "got int"),
        (None, "got NoneType"),
        (np.array(["a"], "S1"), "got ndarray of |S1; decode it first"),
        (np.array([1, 2]), "got ndarray of int64"),
        (np.array([["a"]]), "got ndarray of another shape; pass one column"),
        (np.array("a"), "got ndarray of another shape; pass one column"),
        (SimpleNamespace(ndim=2), "got SimpleNamespace of another shape; pass one column"),
        (pa.array([1]), "got an Arrow column of int64"),
        (pa.array([b"a"]), "got an Arrow column of binary; decode it first"),
        (pa.array([1]).dictionary_encode(), "got an Arrow column of dictionary"),
        (pa.array([["a"]]), "got an Arrow column of list"),
        (pa.table({"a": ["x"]}), "got a table; pass one column of it"),
        (pa.record_batch({"a": ["x"]}), "got a table; pass one column of it"),
        (pl.DataFrame({"a": ["x"]}), "got a table; pass one column of it"),
        (pd.DataFrame({"a": ["x"]}), "got a table; pass one column of it"),
        (pl.Series([1]), "got an Arrow column of int64"),
        (pl.Series([float("nan")]), "got an Arrow column of double"),
        (pd.Series([float("nan"), 1]), "got Series of float64"),
        (pa.table({"a": pa.array([], pa.string())}), "got a table; pass one column of it"),
        (np.empty((0, 2)), "got ndarray of float64"),
    ],
)
def test_other_objects_are_refused(texts: object, what: str) -> None:
    with pytest.raises(TextTypeError, match=f"^texts must be a list or column of texts, {what}"):
        pack_column(texts)


@pytest.mark.parametrize(
    "column",
    [
        ["a", 1],
        np.array(["a", 1], object),
        pd.Series(["a", 1]),
        pl.Series(["a", 1], dtype=pl.Object),
    ],
)
def test_an_error_names_the_row_that_is_no_text(column: object) -> None:
    with pytest.raises(TextTypeError, match=r"^texts\[1\] must be str or None, got int"):
        pack_column(column)


def test_an_error_without_pyarrow_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    column = pl.Series(["a"])
    with pytest.raises(MissingLibraryError, match="pip install pyarrow"):
        pack_column(column)
    assert listed(pack_column(pd.Series(["a", None], dtype="string[python]"))) == ["a", None]


def test_lists_and_arrays_import_no_library() -> None:
    script = (
        "import sys, numpy; from dedup.arrays.columns import pack_column\n"
        "pack_column(['a', None]); pack_column(numpy.array(['a']))\n"
        "assert not {'pyarrow', 'pandas', 'polars'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
