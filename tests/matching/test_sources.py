"""Sources: hosts and addresses of pages, and checks of the parameter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import ConfigError
from dedup.matching.sources import (
    NO_SOURCE,
    SourceNumbering,
    min_pages,
    read_sources,
    split_url,
)

VALUES = ["http://a.org/1", "https://www.a.org/1/", "http://a.org/2", "//b.org/1", "a.org", " "]


@pytest.mark.parametrize(
    ("value", "host", "page"),
    [
        ("https://example.org/news/1", "example.org", "/news/1"),
        ("HTTP://WWW.Example.ORG:8080/News/1/#top", "example.org:8080", "/News/1"),
        ("//cdn.example.org/a?b=c#d", "cdn.example.org", "/a?b=c"),
        ("https://user:password@example.org/x", "example.org", "/x"),
        ("https://example.org?id=7", "example.org", "?id=7"),
        ("https://example.org", "example.org", None),
        ("https://example.org/#news", "example.org", None),
        ("https://www.xn--bcher-kva.example./", "xn--bcher-kva.example", None),
        ("https://bücher.example/seite", "bücher.example", "/seite"),
        ("www.Example.org/news#top", "example.org", "/news"),
        ("example.org", "example.org", None),
        ("localhost/news", "localhost/news", None),
        ("Mr. Miller/Ms. Smith", "Mr. Miller/Ms. Smith", None),
        ("http://localhost:8080/a", "localhost:8080", "/a"),
        ("https://example.org:443/a", "example.org", "/a"),
        ("http://[2001:db8::1]:80/a", "[2001:db8::1]", "/a"),
        ("http://[2001:db8::2]/a", "[2001:db8::2]", "/a"),
        ("  The Harbour Times ", "The Harbour Times", None),
        ("mailto:desk@example.org", "mailto:desk@example.org", None),
        ("http://", "http://", None),
    ],
)
def test_split_url(value: str, host: str, page: str | None) -> None:
    assert split_url(value) == (host, page)


@given(st.text())
def test_any_string_is_a_source(value: str) -> None:
    host, page = split_url(value)
    assert page is None or (page and host)


def test_texts_of_one_address_are_one_page() -> None:
    values = ["http://a.org/1", "https://www.a.org/1/", "http://a.org/2", "a.org", "a.org", None]
    sources = read_sources(np.array(values, object), 6)
    assert sources.names == ("a.org",)
    assert sources.codes.tolist() == [0, 0, 0, 0, 0, NO_SOURCE]
    assert len({*sources.pages[:2].tolist()}) == 1
    assert len({*sources.pages.tolist()}) == 5
    assert sources.has_address.tolist() == [True, True, True, False, False, False]
    assert sources.page_counts.tolist() == [4]


@given(st.lists(st.sampled_from(VALUES) | st.none()), st.integers(1, 9))
def test_batches_do_not_matter(values: list[str | None], size: int) -> None:
    numbering = SourceNumbering()
    for start in range(0, len(values), size):
        numbering.add(values[start : start + size])
    found, expected = numbering.sources(), read_sources(values, len(values))
    for name in ("codes", "pages", "has_address"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert found.names == expected.names
    keys = [
        (split_url(value or "")[0], split_url(value or "")[1] or row)
        for row, value in enumerate(values)
    ]
    assert found.pages.tolist() == [[*dict.fromkeys(keys)].index(key) for key in keys]


@pytest.mark.parametrize("missing", [None, "", "  ", float("nan")])
def test_missing_sources(missing: object) -> None:
    sources = read_sources([missing, "a"], 2)
    assert sources.codes.tolist() == [NO_SOURCE, 0] and sources.page_counts.tolist() == [1]


@pytest.mark.parametrize("number", [7, np.int64(7), np.uint8(7), "7"])
def test_sources_may_be_numbers(number: object) -> None:
    assert read_sources([number, 7, -1, 0], 4).names == ("7", "-1", "0")
    assert read_sources(np.array([7, 8]), 2).names == ("7", "8")


def test_no_texts() -> None:
    sources = read_sources([], 0)
    assert sources.names == () and sources.page_counts.tolist() == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "http://a.org/1",
            "source must be a list or column of strings or integers, got 'http://a.org/1'",
        ),
        (7, "source must be a list or column of strings or integers, got 7"),
        ({"a": 1}, "source must be a list or column of strings or integers, got {'a': 1}"),
        (["a"], "source must have a value for each text, 2, got 1"),
        (["a", 5.5], r"source\[1\] must be a string or an integer, got float: 5.5"),
        (["a", True], r"source\[1\] must be a string or an integer, got bool: True"),
        (["a", b"b"], r"source\[1\] must be a string or an integer, got bytes: b'b'"),
    ],
)
def test_refused(source: object, message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{message}$"):
        read_sources(source, 2)


@given(st.integers(0, 1000), st.integers(2, 20))
def test_min_pages_grow_with_the_source(pages: int, min_df_source: int) -> None:
    (needed,) = min_pages(np.array([pages]), min_df_source).tolist()
    assert needed >= min_df_source
    assert needed == min_df_source or (needed - 1) ** 2 < pages <= needed**2 or needed == 10
