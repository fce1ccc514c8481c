"""Ids, batches, updates and queries of an index, in each kind of store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup import Config, ConfigError, Index, IndexMatches, InputError, StoreError, TextTypeError
from dedup.index.write import OnConflict
from tests.index.stories import FERRY, LONE, LONGER, MAYOR, WEATHER, contents
from tests.index.streams import streams


def rows_of(matches: IndexMatches) -> list[tuple[Any, ...]]:
    columns = (
        "keep",
        "witness",
        "similarity",
        "exact",
        "numeric_variant",
        "supersedes",
        "updated",
    )
    return list(zip(*(list(getattr(matches, name)) for name in columns), strict=True))


def kept_rows_of(matches: IndexMatches) -> list[tuple[Any, ...] | None]:
    return [row if row[0] else None for row in rows_of(matches)]


def test_a_number_and_a_string_are_two_ids(index: Index) -> None:
    index.add(
        [FERRY, MAYOR, WEATHER, "a", "b", "c"], ids=[1, "1", -(1 << 63) + 1, "", "a\0b", "é中"]
    )
    assert list(index) == [1, "1", -(1 << 63) + 1, "", "a\0b", "é中"]
    assert index.query([FERRY, MAYOR]).witness == [1, "1"]
    assert index.remove(["1", "nobody"]) == 1
    assert 1 in index and "1" not in index
    assert index.remove(["1"]) == 0


@pytest.mark.parametrize("wrong", [True, 1.5, None, b"a", (1,), LONE, f"a{LONE}", 1 << 63])
def test_an_invalid_id_is_refused(index: Index, wrong: Any) -> None:  # noqa: ANN401
    assert wrong not in index
    steps: list[Callable[[], object]] = [
        lambda: index.add([FERRY, MAYOR], ids=["a", wrong]),
        lambda: index.remove(["a", wrong]),
    ]
    for step in steps:
        with pytest.raises(InputError, match=r"^ids\[1\] must be a string of UTF-8 or a whole"):
            step()
    assert not len(index)


def test_ids_are_columns_too(index: Index) -> None:
    index.add([FERRY, MAYOR], ids=np.array([1, 2]))
    index.add([WEATHER], ids=(name for name in "a"))
    assert list(index) == [1, 2, "a"]
    assert all(type(name) in (int, str) for name in index)


@pytest.mark.parametrize("ids", ["ab", b"ab", 7, [1], [1, 2, 3]])
def test_ids_that_do_not_fit_the_texts_are_refused(index: Index, ids: Any) -> None:  # noqa: ANN401
    with pytest.raises(InputError, match=r"^ids must be (a list|as many as the texts, 2)"):
        index.add([FERRY, MAYOR], ids=ids)


def test_an_invalid_text_adds_nothing(index: Index) -> None:
    with pytest.raises(TextTypeError):
        index.add([FERRY, 7], ids=[1, 2])
    with pytest.raises(TextTypeError):
        index.query(FERRY)
    assert not len(index)


@pytest.mark.parametrize("wrong", ["", LONE, 7, ["a"]])
def test_an_invalid_batch_name_is_refused(index: Index, wrong: Any) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match=r"^batch must be a string"):
        index.add([FERRY], ids=[1], batch=wrong)
    with pytest.raises(ConfigError, match=r"^on_conflict must be one of error, update"):
        index.add([FERRY], ids=[1], on_conflict=wrong)


def test_texts_are_exported_unchanged(index: Index) -> None:
    texts = [FERRY, None, "", "?!", f"half {LONE} of it", MAYOR * 50, "中文 e\u0301"]
    assert index.add(texts, ids=range(7)).keep.all()
    assert contents(index) == list(enumerate(texts))


@pytest.mark.long
@pytest.mark.parametrize("on_conflict", ["error", "update"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), texts=streams(14))
def test_a_batch_is_decided_as_single_texts(
    data: st.DataObject,
    texts: list[str | None],
    on_conflict: OnConflict,
    places: Callable[[], str],
) -> None:
    ids = data.draw(st.lists(st.integers(0, 5), min_size=len(texts), max_size=len(texts)))
    whole, single = Index(places()), Index()
    found, failed = [], False
    for name, text in zip(ids, texts, strict=True):
        try:
            found.append(single.add([text], ids=[name], on_conflict=on_conflict))
        except InputError:
            failed = True
            break
    if failed:
        with pytest.raises(InputError, match=r"^id \d already has another text in"):
            whole.add(texts, ids=ids, on_conflict=on_conflict)
        assert not len(whole)
    else:
        matches = whole.add(texts, ids=ids, on_conflict=on_conflict)
        assert rows_of(matches) == [
            row for single_matches in found for row in rows_of(single_matches)
        ]
        assert contents(whole) == contents(single)
    whole.close()


def test_an_update_replaces_the_indexed_text(index: Index) -> None:
    index.add([FERRY, MAYOR], ids=["a", "b"])
    with pytest.raises(InputError, match=r"^id 'a' already has another text in"):
        index.add([WEATHER, LONGER], ids=["c", "a"])
    assert contents(index) == [("a", FERRY), ("b", MAYOR)]
    # The ferry goes before its story comes again, under another id.
    matches = index.add([WEATHER, FERRY, MAYOR], ids=["a", "d", "b"], on_conflict="update")
    assert matches.keep.tolist() == [True, True, False]
    assert contents(index) == [("b", MAYOR), ("a", WEATHER), ("d", FERRY)]


def test_an_update_is_kept_whatever_it_resembles(index: Index) -> None:
    index.add([FERRY, MAYOR], ids=["a", "b"])
    edited = MAYOR.replace("bridge", "boat")
    matches = index.add([edited, f"{MAYOR}!"], ids=["b", "a"], on_conflict="update")
    assert matches.keep.tolist() == matches.updated.tolist() == [True, True]
    assert matches.witness == [None, None]  # not its own old text
    assert contents(index) == [("b", edited), ("a", f"{MAYOR}!")]
    matches = index.add([MAYOR, FERRY], ids=["b", "c"], on_conflict="update")
    assert (matches.keep.tolist(), matches.updated.tolist()) == ([True, True], [True, False])
    assert (matches.witness, matches.exact.tolist()) == (["a", None], [True, False])
    assert repr(matches) == "<IndexMatches: 1 of 2 texts new; 1 updated>"
    # Of two texts that are the same the one that was added first is the witness.
    assert index.query([MAYOR]).witness == ["a"]
    assert index.remove(["a"]) == 1
    assert index.query([MAYOR]).witness == ["b"]


def test_the_same_tokens_under_an_id_are_seen(index: Index) -> None:
    index.add([FERRY, None, ""], ids=["a", "n", "e"])
    for on_conflict in ("error", "update"):
        matches = index.add(
            [FERRY.upper(), "?!", None], ids=["a", "n", "e"], on_conflict=on_conflict
        )
        assert matches.keep.tolist() == [False, True, True]
        assert matches.seen.tolist() == [True, False, False]
        assert not matches.updated.any()
    assert contents(index) == [("a", FERRY), ("n", None), ("e", "")]


def test_a_conflict_is_an_error_whatever_the_texts_resemble(index: Index) -> None:
    index.add([FERRY, MAYOR], ids=["a", "b"])
    for text in (f"{FERRY} Yes.", MAYOR, WEATHER, None):
        with pytest.raises(InputError, match=r"^id 'a' already has another text in .*update"):
            index.add([text], ids=["a"])
    assert contents(index) == [("a", FERRY), ("b", MAYOR)]


def test_ids_are_made_of_texts(index: Index) -> None:
    matches = index.add([FERRY, MAYOR, FERRY, FERRY.upper(), None, None])
    assert matches.keep.tolist() == [True, True, False, False, True, True]
    assert matches.witness[2:4] == [matches.ids[0]] * 2
    assert len(index) == 3 and index.add([MAYOR]).seen.all()
    assert index.stats().keyed is False


def test_a_text_is_found_by_its_id(index: Index) -> None:
    index.add([FERRY, None], ids=["a", 1])
    one, other = index.get("a"), index.get(np.int64(1))  # type: ignore[arg-type]
    assert one is not None and (one.id, one.text) == ("a", FERRY)
    assert other is not None and other.text is None
    assert index.get("1") is None and index.get(1.5) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [0, True, 1.5, None])
def test_an_invalid_k_is_refused(index: Index, wrong: Any) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match=r"^k must be a whole number >= 1"):
        index.neighbors([FERRY], k=wrong)


def test_a_repeated_named_batch_is_new_again(index: Index) -> None:
    texts = [FERRY, MAYOR, FERRY.upper(), None, "?!"]
    index.add([WEATHER], ids=["w"], batch="before")
    first = index.add(texts, ids=range(5), batch="monday").keep.tolist()
    assert first == [True, True, False, True, True]
    index.add([WEATHER, "Other news than that came in the evening."], ids=["x", "y"], batch="other")
    assert index.add(texts, ids=range(5), batch="monday").keep.tolist() == first
    assert index.add(texts, ids=range(5), batch="tuesday").keep.tolist() == [
        False,
        False,
        False,
        True,
        True,
    ]
    assert index.add(texts, ids=range(5)).witness == [0, 1, 0, None, None]
    assert len(index) == 6


def test_repeated_ids_of_a_batch_have_the_same_results_again(index: Index) -> None:
    index.add([WEATHER], ids=["w"])
    ids, texts = ["a", "b", "a", "w", "a"], [FERRY, MAYOR, FERRY, WEATHER, FERRY.upper()]
    for _ in range(3):
        keep = index.add(texts, ids=ids, on_conflict="update", batch="monday").keep.tolist()
        assert keep == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("ids", "texts"),
    [
        ("aab", [FERRY, MAYOR, FERRY]),
        ("aaab", [FERRY, MAYOR, WEATHER, FERRY]),
        ("baabc", [WEATHER, FERRY, MAYOR, FERRY.upper(), WEATHER]),
        ("aabb", [FERRY, MAYOR, FERRY, WEATHER]),
        ("aa", [FERRY, LONGER]),
        ("abba", [FERRY, MAYOR, WEATHER, MAYOR]),
    ],
)
def test_updates_within_a_batch_have_the_same_results_again(
    index: Index, ids: str, texts: list[str]
) -> None:
    for _ in range(3):
        assert index.add(texts, ids=list(ids), on_conflict="update", batch="monday").keep.all()
    assert dict(contents(index)) == dict(zip(ids, texts, strict=True))


@settings(max_examples=40)
@given(streams(16), streams(6), st.integers(0, 16))
def test_a_repeated_batch_keeps_the_same_texts(
    texts: list[str | None], others: list[str | None], cut: int
) -> None:
    index = Index()
    index.add(others, ids=[f"o{number}" for number in range(len(others))])
    first = kept_rows_of(index.add(texts, ids=range(len(texts)), batch="monday"))
    index.add(texts, ids=[f"t{number}" for number in range(len(texts))], batch="tuesday")
    assert kept_rows_of(index.add(texts, ids=range(len(texts)), batch="monday")) == first
    halved = Index()
    halved.add(others, ids=[f"o{number}" for number in range(len(others))])
    halved.add(texts[:cut], ids=range(len(texts[:cut])), batch="monday")  # it was cut short
    assert kept_rows_of(halved.add(texts, ids=range(len(texts)), batch="monday")) == first


def test_a_batch_that_was_added_in_part_is_completed(index: Index) -> None:
    index.add([FERRY, MAYOR], ids=[0, 1], batch="a")
    matches = index.add([FERRY, MAYOR, WEATHER], ids=[0, 1, 2], batch="a")
    assert matches.keep.all()
    assert index.add([FERRY, MAYOR, WEATHER], ids=[0, 1, 2], batch="a").keep.all()
    assert len(index) == 3


def test_new_texts_of_a_repeated_batch_are_decided(index: Index) -> None:
    first = index.add([FERRY, MAYOR, FERRY.upper()], ids=[0, 1, 2], batch="a")
    texts, ids = [WEATHER, FERRY.upper(), MAYOR.lower(), FERRY], [1, 2, 3, 0]
    for _ in range(2):
        found = index.add(texts, ids=ids, on_conflict="update", batch="a")
        assert found.keep.tolist() == [True, False, True, True]
        assert found.updated.tolist() == [True, False, False, False]
        assert rows_of(found)[1] == rows_of(first)[2] and rows_of(found)[3] == rows_of(first)[0]
        assert contents(index) == [(0, FERRY), (1, WEATHER), (3, MAYOR.lower())]
    with pytest.raises(InputError, match="another text"):
        index.add([FERRY], ids=[1], batch="a")


def test_a_removed_text_is_added_again_with_its_batch(index: Index) -> None:
    for _ in range(2):
        assert index.add([FERRY, MAYOR], ids=["a", "b"], batch="monday").keep.all()
        assert index.add([FERRY], ids=["c"]).witness == ["a"]
        assert index.remove(["a"]) == 1
    assert index.add([FERRY], ids=["c"]).keep.all()
    found = index.add([FERRY, MAYOR], ids=["a", "b"], batch="monday")
    assert (found.keep.tolist(), found.witness) == ([False, True], ["c", None])


def test_a_failed_batch_stores_no_result(index: Index) -> None:
    index.add([MAYOR], ids=["b"])
    with pytest.raises(InputError, match="another text"):
        index.add([FERRY, WEATHER], ids=["a", "b"], batch="monday")
    index.add([FERRY], ids=["c"])
    assert index.add([FERRY, MAYOR], ids=["a", "d"], batch="monday").witness == ["c", "b"]


def test_results_of_a_batch_of_any_size_are_stored(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"{FERRY} {number} {MAYOR[number % 9 :]}" for number in range(30)]
    whole = index.add(texts, batch="whole")
    assert rows_of(index.add(texts, batch="whole")) == rows_of(whole)
    monkeypatch.setattr("dedup.index.batch.INDEX_BATCH_TEXTS", 7)
    with Index() as other:
        parts = other.add(texts, batch="whole")
        assert rows_of(parts) == rows_of(whole) == rows_of(other.add(texts, batch="whole"))
        assert len(index) == len(other) == whole.keep.sum()
    nothing = index.add([], batch="none")
    assert len(nothing) == len(index.add([], batch="none")) == 0


def test_results_of_a_hundred_batches_are_stored(index: Index) -> None:
    for number in range(101):
        index.add([f"w{number} " * 3 + f"x{number}"], ids=[number], batch=f"b{number}")
    assert index.add(["w1 w1 w1 x1"], ids=[1], batch="b1").keep.all()
    assert not index.add(["w0 w0 w0 x0"], ids=[0], batch="b0").keep.any()


def test_a_longer_version_names_older_versions(index: Index) -> None:
    index.add([FERRY, MAYOR], ids=["a", "b"])
    assert index.add([LONGER, WEATHER], ids=["c", "d"]).supersedes == [("a",), ()]
    assert index.query([f"{LONGER} {MAYOR}"]).supersedes == [("a", "b", "c")]
    again = Index(measure="jaccard", threshold=0.4)
    again.add([FERRY], ids=["a"])
    assert again.add([LONGER], ids=["b"]).supersedes == [()]


def test_a_repeated_batch_names_older_versions_again(index: Index) -> None:
    index.add([FERRY, MAYOR], ids=["a", "m"])
    ids, texts = ["b", "c"], [LONGER, f"{MAYOR} {LONGER} {WEATHER}"]
    for _ in range(2):
        matches = index.add(texts, ids=ids, batch="monday")
        assert matches.supersedes == [("a",), ("a", "m", "b")]
    other = ["Other news than that came in the evening, and it was long."]
    index.add(other, ids=["m"], on_conflict="update")
    matches = index.add(texts, ids=ids, batch="monday")
    assert (matches.keep.tolist(), matches.supersedes) == ([True, True], [("a",), ("a", "m", "b")])
    assert index.add(texts, ids=ids).supersedes == [(), ()]


def test_a_numeric_variant_is_no_older_version() -> None:
    report = "Temperature in the harbour at {} degrees, wind from the west at {} knots, dry."
    index = Index()
    index.add([report.format(12, 7)], ids=["a"])
    matches = index.add([report.format(15, 9) + " Forecast: the same again."], ids=["b"])
    assert (matches.keep.tolist(), matches.supersedes) == ([True], [()])


@settings(max_examples=40)
@given(streams(12), streams(6))
def test_query_returns_what_add_would(known: list[str | None], texts: list[str | None]) -> None:
    index = Index()
    index.add(known, ids=range(len(known)))
    found = index.query(texts)
    for place, text in enumerate(texts):
        with index.transaction(keep=False):
            single = index.add([text], ids=[-1])
        assert rows_of(found)[place] == rows_of(single)[0]


def test_length_size_and_repr(index: Index) -> None:
    assert index and not len(index) and index.stats().oldest is None
    assert index.stats().bytes_per_text == 0
    index.add([f"w{number} w{number + 1} here" for number in range(2000)], ids=range(2000))
    assert (len(index), len(list(index)), index.stats().texts) == (2000, 2000, 2000)
    assert index.stats().bytes > 2000 and index.stats().config == Config()
    assert repr(index).endswith(", 2,000 texts>")
    size = index.stats().bytes
    index.remove(range(1990))
    index.compact()
    assert list(index) == [*range(1990, 2000)]
    if "postgresql" not in repr(index):  # whose server keeps the room for other rows
        assert index.stats().bytes <= size / 2
    index.add([FERRY], ids=["n"])  # while it is read, an index may be written
    assert index.query([FERRY, "w1995 w1996 here"]).witness == ["n", 1995]


def test_numpy_integers_are_ids(index: Index) -> None:
    names: list[Any] = [np.int64(3), np.uint8(4)]
    assert index.add([FERRY, "Another."], ids=names).ids == [3, 4]
    assert list(index) == [3, 4]
    assert names[1] in index


def test_an_invalid_id_is_quoted_in_short(index: Index) -> None:
    with pytest.raises(
        InputError, match=r"ids\[0\] must be a string of UTF-8 .* got b'x"
    ) as caught:
        index.add([FERRY], ids=[b"x" * 1_000_000])  # type: ignore[list-item]
    assert len(str(caught.value)) < 200


def test_a_closed_index_refuses_everything(index: Index) -> None:
    index.add([FERRY], ids=["a"])
    index.close()
    index.close()
    steps: list[Callable[[], object]] = [
        lambda: index.add([MAYOR], ids=["b"]),
        lambda: index.query([FERRY]),
        lambda: index.get("a"),
        lambda: index.remove(["a"]),
        lambda: len(index),
        lambda: list(index),
    ]
    for step in steps:
        with pytest.raises(StoreError, match=r"was closed: (open it again|make another one)$"):
            step()


def test_a_closed_index_has_a_repr(tmp_path: Path) -> None:
    index = Index(tmp_path / "seen.db")
    index.close()
    assert repr(index) == f"<Index: {tmp_path / 'seen.db'}, which cannot be read>"
