"""What ``deduplicate`` takes and what it refuses: texts of any kind, ``keep``, ids, settings."""

from collections.abc import Callable
from datetime import date
from itertools import product
from typing import Any, get_args

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dedup
from dedup import Config, ConfigError, InputError, TextTypeError
from dedup.arrays.array_types import I64, U8
from dedup.config import Measure, Unit
from dedup.matching import minhash
from dedup.text import hashing
from dedup.text.recode import recode

STORY = "the ferry was late again and nobody on the pier could say why it was so"
LONGER = f"{STORY} but they waited"
TEXTS = [STORY, "", LONGER, None, STORY.upper(), "something else", "— !"]


pytestmark = pytest.mark.usefixtures("either_core")


@pytest.mark.parametrize(
    ("keep", "witness"),
    [
        (None, [2, 1, 2, 3, 2, 5, 6]),
        ("auto", [2, 1, 2, 3, 2, 5, 6]),
        ("longest", [2, 1, 2, 3, 2, 5, 6]),
        ("first", [0, 1, 0, 3, 0, 5, 6]),
        ("last", [4, 1, 4, 3, 4, 5, 6]),
        ([0, 9, 0, 9, 1, 9, 9], [4, 1, 4, 3, 4, 5, 6]),
        ([0, 0, 0, 0, 0, 0, 0], [0, 1, 0, 3, 0, 5, 6]),  # of equal ones the first
        ([1, 0, 2, 0, 2, 0, 0], [2, 1, 2, 3, 2, 5, 6]),
        (np.array([-1, 0, -3, 0, -2, 0, 0], np.int8), [0, 1, 0, 3, 0, 5, 6]),
        (np.array([1, 0, 255, 0, 2, 0, 0], np.uint8), [2, 1, 2, 3, 2, 5, 6]),
        (np.array([2**64 - 2, 0, 5, 0, 2**64 - 1, 0, 0], np.uint64), [4, 1, 4, 3, 4, 5, 6]),
        ([-np.inf, 0.0, 0.25, 0.0, 0.5, np.inf, 0.0], [4, 1, 4, 3, 4, 5, 6]),
        ([False, False, True, False, False, False, False], [2, 1, 2, 3, 2, 5, 6]),
        (pd.Series([0, 0, 0, 0, 5, 0, 0], index=range(7, 0, -1)), [4, 1, 4, 3, 4, 5, 6]),
        (pl.Series([0.0, 0, 0, 0, 5, 0, 0]), [4, 1, 4, 3, 4, 5, 6]),
    ],
)
def test_which_copy_stays(keep: Any, witness: list[int]) -> None:  # noqa: ANN401
    # 0.6: most of the longer text is in the shorter one too.
    result = dedup.deduplicate(TEXTS, keep=keep, threshold=0.6)
    assert result.witness.tolist() == witness
    assert result.keep.tolist() == [row == of for row, of in enumerate(witness)]


WRONG_KEEP = "^keep must be one of auto, first, last, longest, or a number for each text, got "


@pytest.mark.parametrize(
    ("keep", "what"),
    [
        ("newest", "^keep must be one of auto, first, last, longest, got 'newest'$"),
        ([1, 2], "^keep must have a number for each text, 7, got 2$"),
        (np.zeros(8), "^keep must have a number for each text, 7, got 8$"),
        ([0, 1, float("nan"), 3, 4, 5, float("nan")], r"^keep\[2\] must be a number, got nan$"),
        (np.zeros((7, 1)), WRONG_KEEP),
        (list("abcdefg"), WRONG_KEEP + r"\['a', 'b', "),
        ([1, None, 2, 3, 4, 5, 6], WRONG_KEEP),
        ([[1], [2, 3]], WRONG_KEEP),
        (3, WRONG_KEEP + "3$"),
    ],
)
def test_a_keep_that_is_refused(keep: Any, what: str) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match=what):
        dedup.deduplicate(TEXTS, keep=keep)


@pytest.mark.parametrize("function", [dedup.deduplicate, dedup.near_duplicates])
@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ({"threads": 0}, "^threads must be a whole number >= 1, or None, got 0$"),
        ({"threads": 1.5}, r"^threads must be a whole number >= 1, or None, got 1\.5$"),
        ({"threads": True}, "^threads must be a whole number >= 1, or None, got True$"),
        ({"treshold": 0.9}, "^treshold is not a setting; choose from measure, threshold, "),
        ({"threshold": 1.2}, r"^threshold must be in \(0, 1\], got 1\.2$"),
        ({"config": {"threshold": 0.9}}, "^config must be a Config or a preset .*, got dict$"),
    ],
)
def test_a_setting_that_is_refused(function: Any, setting: dict[str, Any], what: str) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match=what):
        function(TEXTS, **setting)
    with pytest.raises(TextTypeError, match="wrap it in a list"):
        function("one text")


def test_bands_that_cannot_reach_the_recall_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"^num_perm must be at least 66 for recall 0\.999"):
        dedup.deduplicate(TEXTS, measure="jaccard", threshold=0.1, num_perm=8)


def test_settings_of_a_config_and_beside_it() -> None:
    config = Config(measure="jaccard", threshold=0.6, keep="first", seed=7)
    result = dedup.deduplicate(TEXTS, config, threshold=1.0, keep="last")
    assert result.config == Config(measure="jaccard", threshold=1.0, keep="last", seed=7)
    assert result.witness.tolist() == [4, 1, 2, 3, 4, 5, 6]
    assert config == Config(measure="jaccard", threshold=0.6, keep="first", seed=7)
    assert dedup.deduplicate(TEXTS, config).witness.tolist() == [0, 1, 0, 3, 0, 5, 6]
    assert dedup.deduplicate(TEXTS).config == Config(keep="longest")


def test_ids_name_the_rows() -> None:
    result = dedup.deduplicate(TEXTS, ids=list("abcdefg"))
    assert result.ids == list("abcdefg")
    assert result.clusters() == [["c", "a", "e"]]
    with pytest.raises(ConfigError, match=r"^ids must have an id for each text, 7, got 2$"):
        dedup.deduplicate(TEXTS, ids=["a", "b"])


def test_texts_without_words_are_kept_and_counted() -> None:
    result = dedup.deduplicate([None, "", "—", None, "", "\u0301", "a"])
    assert result.keep.all()
    assert result.tokenless.tolist() == [True] * 6 + [False]
    assert result.selected == [None, "", "—", None, "", "\u0301", "a"]
    assert repr(result) == "<DedupResult: kept 7 of 7 texts; kept 6 without words>"
    assert not len(dedup.near_duplicates([None, "", "—", None]))


COLUMNS: dict[str, Callable[[], object]] = {
    "list": lambda: TEXTS,
    "tuple": lambda: tuple(TEXTS),
    "generator": lambda: (text for text in TEXTS),
    "numpy": lambda: np.array(TEXTS, object),
    "numpy strings": lambda: np.array(TEXTS, np.dtypes.StringDType(na_object=None)),
    "pandas": lambda: pd.Series(TEXTS, index=range(7, 0, -1)),
    "polars": lambda: pl.Series(TEXTS),
    "pyarrow": lambda: pa.array(TEXTS),
    "pyarrow chunks": lambda: pa.chunked_array([TEXTS[:2], [], TEXTS[2:]]),
    "pyarrow slice": lambda: pa.array([STORY, *TEXTS, STORY], pa.large_string()).slice(1, 7),
}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("measure", get_args(Measure))
def test_any_kind_of_column_gives_the_same(column: str, measure: Measure) -> None:
    settings: dict[str, Any] = {"measure": measure, "numeric_variants": "remove"}
    result = dedup.deduplicate(COLUMNS[column](), **settings)
    assert result.witness.tolist() == [2, 1, 2, 3, 2, 5, 6]
    assert result.selected == ["", LONGER, None, "something else", "— !"]
    pairs = dedup.near_duplicates(COLUMNS[column](), **settings)
    assert len(pairs) == 3


@pytest.mark.parametrize("measure", get_args(Measure))
def test_no_texts_and_one_text(measure: Measure) -> None:
    nothing, one = (dedup.deduplicate(texts, measure=measure) for texts in ([], [STORY]))
    assert len(nothing) == 0 and nothing.selected == [] and nothing.clusters() == []
    assert one.selected == [STORY] and not one.tokenless.any()
    for texts in ([], [STORY]):
        assert len(dedup.near_duplicates(texts, measure=measure)) == 0
    none = dedup.near_duplicates([], measure=measure)
    assert dedup.connected_components(none, 0).tolist() == []


@pytest.mark.long
@pytest.mark.parametrize("measure", get_args(Measure))
def test_a_token_of_a_million_characters(measure: Measure) -> None:
    long = "ab" * 500_000
    texts = [long, f"{long}a", long.upper(), f"one {long}", "é" * 1_000_000, f"{long} "]
    result = dedup.deduplicate(texts, measure=measure)
    assert result.witness.tolist() == [0, 1, 0, 3, 4, 0]
    assert result.exact.tolist() == [False, False, True, False, False, True]


@pytest.mark.parametrize("ids", [5, "ab", {"a", "b"}, {"a": 1, "b": 2}, np.array(5), ["a"]])
def test_ids_that_are_refused(ids: Any) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match=r"^ids must (be|have) "):
        dedup.deduplicate(["one", "two"], ids=ids)


@pytest.mark.parametrize(
    "ids", [np.array([["a"], ["b"]]), pd.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": [1, 2]})]
)
def test_ids_of_two_dimensions_are_refused(ids: Any) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match="ids must be one column of ids"):
        dedup.deduplicate(["one", "two"], ids=ids)


@pytest.mark.parametrize(
    "ids",
    [
        np.array(["2026-01-01", "2026-01-02"], "datetime64[ns]"),
        pd.Series(pd.to_datetime(["2026-01-01", "2026-01-02"])),
        pa.array([date(2026, 1, 1), date(2026, 1, 2)]),
        pa.chunked_array([["a"], ["b"]]),
        pl.Series(["a", "b"]),
        pd.Index(["a", "b"]),
        [1, 2],
    ],
    ids=lambda ids: f"{type(ids).__module__}.{type(ids).__name__}",
)
def test_ids_of_any_column_go_through(ids: Any) -> None:  # noqa: ANN401
    result = dedup.deduplicate(["one", "one"], ids=ids)
    assert result.ids is not None
    assert not isinstance(result.ids[0], (pa.Scalar, np.integer))
    assert result.clusters() == [list(result.ids)]
    assert result.to_arrow()["id"].to_pylist()[0] == pa.array(ids).to_pylist()[0]


UNITS = ["W", "D", "h", "m", "s", "ms", "us", "ns"]  # a year and a month have no fixed length


@pytest.mark.parametrize(("kind", "unit"), [*product("Mm", UNITS), ("M", "Y"), ("M", "M")])
def test_times_of_numpy_are_times_in_a_table(kind: str, unit: str) -> None:
    ids = np.array([1, 2, 3], f"{kind}8[{unit}]")
    result = dedup.deduplicate(["one", "one", "two"], ids=ids)
    for table in (result.to_arrow(), result.to_pandas(), result.to_polars()):
        found, witness = (table[name].to_numpy() for name in ("id", "witness_id"))
        assert found.astype(ids.dtype).tolist() == ids.tolist()
        assert np.isnat(witness).tolist() == [True, False, True]
        assert witness.astype(ids.dtype)[1] == ids[0]


def test_ids_of_mixed_types_are_no_arrow_column() -> None:
    result = dedup.deduplicate(["one", "two"], ids=[1, "b"])
    with pytest.raises(InputError, match=r"^column id has mixed types, which Arrow cannot"):
        result.to_arrow()


def test_ids_are_copied() -> None:
    ids = ["a", "b"]
    result = dedup.deduplicate(["one", "one"], ids=ids)
    ids.clear()
    assert result.clusters() == [["a", "b"]]


def test_numbers_of_numpy_are_numbers() -> None:
    setting: dict[str, Any] = {
        "num_perm": np.int64(64),
        "seed": np.uint32(2),
        "ngram_size": np.int8(3),
    }
    config = Config(**setting, threshold=float(np.float64(0.5)))
    assert type(config.num_perm) is int
    result = dedup.deduplicate(["one", "one"], config, threads=int(np.int64(2)))
    assert result.config.seed == 2


def test_an_empty_or_masked_array_is_a_column_of_texts() -> None:
    assert len(dedup.deduplicate(np.array([]))) == 0
    masked = np.ma.array(["one", "two", "one"], mask=[False, True, False])
    assert dedup.deduplicate(masked).selected == ["one", None]


@pytest.mark.parametrize("foreign", [pl.Series(["x"]), pl.col("a"), np.array([np.nan])])
def test_a_foreign_object_is_no_missing_text(foreign: Any) -> None:  # noqa: ANN401
    with pytest.raises(TextTypeError, match=r"texts\[1\] must be str or None"):
        dedup.deduplicate(["one", foreign])


@pytest.mark.parametrize("call", [dedup.shingles, dedup.minhash])
def test_a_slice_of_a_large_column_is_small(
    call: Callable[[Any], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def noted(utf8: U8, offsets: I64, unit: Unit) -> tuple[U8, I64]:
        asked.append(int(offsets[-1] - offsets[0]))
        return recode(utf8, offsets, unit)

    for module in (hashing, minhash):
        monkeypatch.setattr(module, "recode", noted)
    call(pa.array(["one two three"] * 1000).slice(5, 2))
    assert asked == [26]


def test_a_masked_priority_is_none() -> None:
    keep = np.ma.array([1, 9], mask=[False, True])
    with pytest.raises(ConfigError, match=r"keep\[1\] must be a number"):
        dedup.deduplicate(["one", "one"], keep=keep)
