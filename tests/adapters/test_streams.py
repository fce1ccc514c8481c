import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup.adapters import aio
from dedup.errors import ConfigError, InputError, TextTypeError

FERRY = "The ferry was late again, and nobody on the pier could say why it was so."
BRIDGE = "The council of the island votes on the new bridge on Friday morning at ten."
MARKET = "Fish was dear at the market this week, since few boats had gone out to sea."
COPY = FERRY.upper()


class Page(NamedTuple):
    url: str
    text: str


def numbered(count: int, *, read: list[int]) -> Iterator[str]:
    for number in range(count):
        read.append(number)
        yield f"Story {number} tells of boat {number}, which is none of the others at all."


def test_new_items_come_in_order_and_unchanged() -> None:
    pages = [{"text": FERRY, "at": 1}, {"text": COPY}, {"text": BRIDGE}, {"text": MARKET}]
    assert [page is of for page, of in zip(dedup.unique(pages), pages[:1] + pages[2:], strict=True)]


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([FERRY, COPY, None, ""], None),
        ([{"text": FERRY}, {"text": COPY}, {"text": None}, {"text": ""}], None),
        ([Page("a", FERRY), Page("b", COPY), Page("c", " "), Page("d", "")], None),
        ([{"body": FERRY}, {"body": COPY}, {"body": float("nan")}, {"body": ""}], "body"),
        ([(1, FERRY), (2, COPY), (3, None), (4, "")], itemgetter(1)),
    ],
)
def test_text_names_a_field_or_is_a_function(items: list[Any], text: Any) -> None:  # noqa: ANN401
    assert list(dedup.unique(items, text=text)) == [items[0], items[2], items[3]]


@given(
    st.lists(st.sampled_from([FERRY, COPY, BRIDGE, MARKET, MARKET + " So it was.", "", None])),
    st.integers(1, 9),
)
def test_batches_of_any_size_are_decided_like_one_corpus(
    texts: list[str | None], batch: int
) -> None:
    expected = dedup.deduplicate(texts, keep="first")
    dropped: list[tuple[str | None, object]] = []
    found = list(
        dedup.unique(
            texts,
            batch_size=batch,
            on_duplicate=lambda item, witness, _: dropped.append((item, witness)),
        )
    )
    assert found == expected.selected
    removed = np.flatnonzero(~expected.keep)
    assert dropped == [(texts[row], expected.witness[row]) for row in removed.tolist()]


def test_on_duplicate_is_called_in_order() -> None:
    calls: list[object] = []
    stream = dedup.unique([FERRY, COPY, BRIDGE], on_duplicate=lambda *call: calls.append(call))
    assert next(stream) == FERRY
    assert not calls
    assert next(stream) == BRIDGE
    assert calls == [(COPY, 0, 1.0)]


def test_batch_size_limits_the_items_read_ahead() -> None:
    read: list[int] = []
    stream = dedup.unique(numbered(100, read=read), batch_size=7)
    next(stream)
    assert len(read) == 7
    assert len(list(stream)) == 99


def test_one_by_one_reads_nothing_ahead() -> None:
    read: list[int] = []
    stream = dedup.unique(numbered(100, read=read), batch_size=1)
    next(stream)
    assert len(read) == 1


def test_a_huge_batch_is_limited_by_its_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.index.stream.MAX_READ_AHEAD_CHARACTERS", 200)
    read: list[int] = []
    stream = dedup.unique(numbered(100, read=read), batch_size=10**9)
    next(stream)
    assert len(read) == 4  # of 60 each


def test_an_index_remembers_earlier_streams() -> None:
    index = dedup.Index()
    assert list(dedup.unique([FERRY, BRIDGE], index=index)) == [FERRY, BRIDGE]
    assert list(dedup.unique([MARKET, COPY, BRIDGE], index=index)) == [MARKET]
    assert len(index) == 3


def test_ids_are_those_of_the_items() -> None:
    index = dedup.Index()
    pages = [Page("a", FERRY), Page("b", COPY), Page("c", BRIDGE)]
    calls: list[tuple[Page, str, float]] = []
    list(dedup.unique(pages, id="url", index=index, on_duplicate=lambda *call: calls.append(call)))
    assert list(index) == ["a", "c"]
    assert calls == [(pages[1], "a", 1.0)]
    numbers = [{"text": FERRY, "n": np.int64(7)}]
    assert len(list(dedup.unique(numbers, id="n", index=dedup.Index()))) == 1


def test_a_run_again_drops_or_keeps() -> None:
    index = dedup.Index()
    pages = [Page("a", FERRY), Page("b", COPY), Page("c", BRIDGE)]
    first = list(dedup.unique(pages, id="url", index=index))
    assert list(dedup.unique(pages, id="url", index=index)) == []
    assert list(dedup.unique(pages, id="url", index=index, if_seen="keep")) == first


@given(st.integers(0, 6), st.integers(1, 4))
def test_closed_early_the_index_has_what_was_yielded(taken: int, batch: int) -> None:
    index = dedup.Index()
    texts = [FERRY, COPY, BRIDGE, MARKET, BRIDGE]
    stream = dedup.unique(texts, index=index, batch_size=batch)
    yielded = list(islice(stream, taken))
    stream.close()
    rest = list(dedup.unique(texts, index=index, batch_size=batch))
    assert [*yielded, *rest] == [FERRY, BRIDGE, MARKET]


def test_after_a_failure_the_index_has_the_yielded_items(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    script = f"""
import dedup
for text in dedup.unique({[FERRY, BRIDGE, MARKET]!r}, index={str(path)!r}):
    raise RuntimeError("disk full")
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert done.stderr.strip().endswith(b"RuntimeError: disk full")
    assert list(dedup.unique([FERRY, BRIDGE, MARKET], index=path)) == [BRIDGE, MARKET]


@pytest.mark.parametrize("batch", [1, 2, 10])
@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_a_killed_run_yields_the_same_when_it_is_run_again(
    at: int, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [Page("a", FERRY), Page("b", COPY), Page("c", BRIDGE), Page("d", MARKET)]
    index = dedup.Index()
    with monkeypatch.context() as patch:
        patch.setattr(
            "dedup.index.stream.StreamBuffer.roll_back", lambda _: None
        )  # nobody is left to
        stream = dedup.unique(pages, id="url", index=index, batch_size=batch)
        list(islice(stream, at))
        stream.close()
    again = dedup.unique(pages, id="url", index=index, batch_size=batch, if_seen="keep")
    assert list(again) == [pages[0], pages[2], pages[3]]


def test_closing_removes_no_earlier_text() -> None:
    index = dedup.Index()
    index.add([FERRY, BRIDGE], ids=["a", "b"])
    pages = [Page("m", MARKET), Page("a", FERRY), Page("b", BRIDGE)]
    stream = dedup.unique(pages, id="url", index=index, if_seen="keep")
    next(stream)
    stream.close()
    assert list(index) == ["a", "b", "m"]


def test_an_update_that_was_not_yielded_is_yielded_next_time() -> None:
    index = dedup.Index()
    index.add([FERRY, MARKET], ids=["a", "b"])
    pages = [Page("b", BRIDGE), Page("a", f"{FERRY} Corrected."), Page("b", f"{BRIDGE} Corrected.")]
    stream = dedup.unique(pages, id="url", index=index)
    assert next(stream) == pages[0]
    stream.close()
    assert list(index) == []
    assert list(dedup.unique(pages, id="url", index=index)) == pages
    assert list(dedup.unique(pages[1:], id="url", index=index)) == []


def test_after_an_error_thrown_in_unyielded_items_are_removed() -> None:
    index = dedup.Index()
    stream = dedup.unique([FERRY, BRIDGE, MARKET], index=index)
    assert next(stream) == FERRY
    with pytest.raises(RuntimeError, match="disk full"):
        stream.throw(RuntimeError("disk full"))
    assert [item.text for item in index.export()] == [FERRY]


def test_after_an_error_of_on_duplicate_unyielded_items_are_removed() -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("no copies here")

    index = dedup.Index()
    stream = dedup.unique([FERRY, COPY, BRIDGE], index=index, on_duplicate=refuse)
    assert next(stream) == FERRY
    with pytest.raises(RuntimeError, match="no copies"):
        next(stream)
    assert [item.text for item in index.export()] == [FERRY]


def test_items_before_an_error_of_the_stream_are_yielded() -> None:
    def cut() -> Iterator[str]:
        yield FERRY
        yield BRIDGE
        raise OSError("connection lost")

    index = dedup.Index()
    stream = dedup.unique(cut(), index=index)
    assert [next(stream), next(stream)] == [FERRY, BRIDGE]
    with pytest.raises(OSError, match="connection lost"):
        next(stream)
    assert len(index) == 2


@pytest.mark.parametrize(
    ("item", "where", "error", "message"),
    [
        ({"body": FERRY}, {}, InputError, "item 1 has no field 'text'; choose one"),
        (7, {}, InputError, r"item 1 has no field 'text' \(it is of type int\); choose one"),
        (pa.scalar(FERRY), {}, InputError, r"item 1 has no field 'text' .*Scalar\); .*to_pylist"),
        ({"text": 7}, {}, TextTypeError, "item 1: its text must be str or None, got int"),
        ({"text": b"x"}, {}, TextTypeError, "item 1: its text must be str or None, got bytes"),
        ({"text": FERRY}, {"id": "url"}, InputError, "item 1 has no field 'url'; choose one"),
        ({"text": FERRY, "url": None}, {"id": "url"}, InputError, "item 1: its id must be a str"),
        (
            {"text": FERRY, "url": True},
            {"id": "url"},
            InputError,
            "of 64 bits, got True",
        ),
        (
            {"text": FERRY, "url": 2**80},
            {"id": "url"},
            InputError,
            "of 64 bits, got 12",
        ),
        ({"text": FERRY, "url": "\ud800"}, {"id": "url"}, InputError, "must be a string of UTF-8"),
    ],
)
def test_an_item_that_cannot_be_read_is_named(
    item: object, where: dict[str, Any], error: type[Exception], message: str
) -> None:
    stream = dedup.unique([{"text": BRIDGE, "url": "a"}, item], **where)
    next(stream)
    with pytest.raises(error, match=message):
        next(stream)


def test_a_nan_item_is_a_missing_text() -> None:
    items = pd.Series([FERRY, float("nan"), COPY, None])
    assert [isinstance(item, str) for item in dedup.unique(items)] == [True, False, False]


def test_an_array_without_dimensions_is_refused() -> None:
    with pytest.raises(TextTypeError, match="got ndarray without dimensions"):
        dedup.unique(np.array(FERRY))


def test_an_id_of_two_texts_is_an_error_or_an_update() -> None:
    pages = [Page("a", FERRY), Page("a", BRIDGE)]
    with pytest.raises(InputError, match="id 'a' already has another text"):
        list(dedup.unique(pages, id="url", on_conflict="error"))
    assert list(dedup.unique(pages, id="url")) == pages


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size must be a whole number >= 1, got 0"),
        ({"batch_size": True}, "batch_size must be"),
        ({"text": 3}, "text must be the name of a field, or a function, got 3"),
        ({"id": 3}, "id must be"),
        ({"index": 3}, "index must be an Index, a file or the address of a server, got 3"),
        ({"on_duplicate": 3}, "on_duplicate must be a function"),
        ({"if_seen": "yes", "id": "url"}, "if_seen must be one of drop, keep, got 'yes'"),
        ({"if_seen": "keep"}, "if_seen must be drop without an id"),
        ({"on_conflict": "no"}, "on_conflict must be one of error, update, got 'no'"),
        ({"threshold": 1.2}, r"threshold must be in \(0, 1\], got 1.2"),
        ({"treshold": 0.9}, "treshold is not a setting"),
        ({"index": dedup.Index(), "threshold": 0.9}, "threshold has no effect on an open index"),
        (
            {"index": dedup.Index(), "config": dedup.Config()},
            "config has no effect on an open index",
        ),
    ],
)
def test_an_invalid_option_is_an_error_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        dedup.unique([FERRY], **options)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (FERRY, "got str; wrap it in a list$"),
        (b"x", "got bytes; wrap it in a list$"),
        (5, "got int$"),
        ({"a": FERRY}, r"got dict; pass its values\(\)$"),
        (pl.DataFrame({"text": [FERRY]}), "got DataFrame; see dedup.adapters.tables$"),
    ],
)
def test_an_argument_that_is_no_stream_is_refused_at_once(items: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(TextTypeError, match=f"^items must be an iterable of items, {message}"):
        dedup.unique(items)
    with pytest.raises(TextTypeError, match=f"^items must be an asynchronous iterable .*{message}"):
        aio.unique(items)


def test_the_settings_are_applied() -> None:
    assert list(dedup.unique([FERRY, COPY], "short")) == [FERRY]
    longer = f"{FERRY} And so they waited."
    assert len(list(dedup.unique([longer, FERRY]))) == 1
    assert len(list(dedup.unique([longer, FERRY], measure="jaccard", threshold=0.9))) == 2
    strict = dedup.Config.preset("strict")
    assert len(list(dedup.unique([longer, FERRY], strict))) == 2


def test_a_path_is_opened_and_closed(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    assert list(dedup.unique([FERRY, COPY], index=path)) == [FERRY]
    stream = dedup.unique([BRIDGE, COPY, MARKET], index=str(path))
    assert next(stream) == BRIDGE
    stream.close()
    with dedup.Index(path) as index:
        assert [item.text for item in index.export()] == [FERRY, BRIDGE]
    assert list(dedup.unique([MARKET, FERRY], index=path)) == [MARKET]
