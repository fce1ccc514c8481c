"""The source of each text, such as the site of a page, and which texts show the same page."""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xxhash

from dedup.arrays.array_types import I64, U64, Flags
from dedup.arrays.columns import to_python_list
from dedup.arrays.packed import is_missing
from dedup.errors import ConfigError

NO_SOURCE = -1
MIN_DF_SOURCE = 2
CACHED_NAMES = 1 << 12  # many texts have the same name
MAX_MIN_PAGES = 10  # no more pages are needed, however many a source has
# With a scheme, or as browsers show it: example.org/news. The ports of the schemes are left out.
_DOMAIN = r"(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?#]|$)"
_URL = re.compile(
    rf"(?:(?:[a-z][a-z0-9+.-]*:)?//(?:[^/?#@]*@)?|(?={_DOMAIN}))"
    r"(?:www\.)?((?:\[[^\]]*\]|[^/?#:]+)(?::(?!80\b|443\b)\d+)?)(?::\d*)?([^#]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of n texts."""

    codes: I64  # (n,): the source of each text, an index into ``names``; NO_SOURCE if it has none
    pages: I64  # (n,): the page of each text; a text without an address is a page of its own
    has_address: Flags  # (n,): the page is known by its address
    names: tuple[str, ...]

    def take(self, rows: I64) -> "Sources":
        """Return the sources of some texts."""
        return Sources(self.codes[rows], self.pages[rows], self.has_address[rows], self.names)

    @property
    def page_counts(self) -> I64:
        """The number of pages of each source, (s,)."""
        sources = np.full(int(self.pages.max(initial=-1)) + 1, NO_SOURCE)
        sources[self.pages] = self.codes
        return np.bincount(sources[sources != NO_SOURCE], minlength=len(self.names))


@lru_cache(maxsize=CACHED_NAMES)
def split_url(source: str) -> tuple[str, str | None]:
    """Return the source that a value names, and the page if it is the URL of one.

    The host of a URL is the source, without ``www.``. A URL without a path names a source, not a
    page; any other value is the name of a source.

    Examples
    --------
    >>> split_url("https://www.Example.org/2024/ferry?page=2#comments")
    ('example.org', '/2024/ferry?page=2')
    >>> split_url("http://example.org/"), split_url("The Harbour Times")
    (('example.org', None), ('The Harbour Times', None))
    """
    source = source.strip()
    match = _URL.match(source)
    if match is None:
        return source, None
    host, page = match[1].lower().rstrip("."), match[2].rstrip("/")
    return host, page or None


def as_source(value: object) -> str | None:
    """Return the source of a text as a string, None if it has none.

    Raises
    ------
    TypeError
        If ``value`` is no string, integer or missing value.

    Examples
    --------
    >>> as_source("a.org"), as_source(7), as_source(float("nan"))
    ('a.org', '7', None)
    """
    if isinstance(value, str):
        return value
    if is_missing(value):
        return None
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return str(int(value))
    raise TypeError(f"must be a string or an integer, got {type(value).__name__}")


def read_sources(source: object, count: int) -> Sources:
    """Return the sources of texts, after a check of their type and number.

    Parameters
    ----------
    source
        (count,): a list or column of URLs or names, as strings, or of integers; None for a text
        without a source.
    count
        The number of texts.

    Raises
    ------
    ConfigError
        If ``source`` is no column of strings or integers, or has not ``count`` values.

    Examples
    --------
    >>> urls = ["http://a.org/x", "https://a.org/x#top", "http://a.org/y", None]
    >>> sources = read_sources(urls, 4)
    >>> sources.codes.tolist(), sources.pages.tolist(), sources.names
    ([0, 0, 0, -1], [0, 0, 1, 2], ('a.org',))
    """
    if isinstance(source, (str, bytes, AbstractSet, Mapping)) or not isinstance(source, Iterable):
        raise ConfigError(
            f"source must be a list or column of strings or integers, got {source!r:.80}"
        )
    values = to_python_list(source)
    if len(values) != count:
        raise ConfigError(f"source must have a value for each text, {count}, got {len(values)}")
    names = list[str | None]()
    for row, value in enumerate(values):
        try:
            names.append(as_source(value))
        except TypeError as error:
            raise ConfigError(f"source[{row}] {error}: {value!r:.80}") from None
    numbering = SourceNumbering()
    numbering.add(names)
    return numbering.sources()


class SourceNumbering:
    """Numbers the sources and pages of texts that come in batches; holds 17 bytes of each text.

    Examples
    --------
    >>> numbering = SourceNumbering()
    >>> for batch in (["http://a.org/x", None], ["http://b.org", "https://a.org/x#top"]):
    ...     numbering.add(batch)
    >>> sources = numbering.sources()
    >>> sources.codes.tolist(), sources.pages.tolist(), sources.names
    ([0, -1, 1, 0], [0, 1, 2, 0], ('a.org', 'b.org'))
    """

    def __init__(self) -> None:
        self._code_of: dict[str, int] = {}
        self._batches: list[tuple[I64, U64, Flags]] = []

    def add(self, values: Iterable[str | None]) -> None:
        """Add the sources of texts, None for a text without one."""
        codes, addresses = list[int](), list[int | None]()
        for value in values:
            name, page = ("", None) if value is None else split_url(value)
            code = self._code_of.setdefault(name, len(self._code_of)) if name else NO_SOURCE
            codes.append(code)
            addresses.append(None if page is None else _hash_page(page, code))
        self._batches.append(
            (
                np.array(codes, np.int64),
                np.array([address or 0 for address in addresses], np.uint64),
                np.array([address is not None for address in addresses], np.bool_),
            )
        )

    def sources(self) -> Sources:
        """Return the sources of all texts so far."""
        codes, addresses, has_address = (
            np.concatenate([np.zeros(0, kind), *columns])
            for kind, columns in zip(
                (np.int64, np.uint64, np.bool_),
                [*zip(*self._batches, strict=True)] or [()] * 3,
                strict=True,
            )
        )
        first_rows, rows = np.arange(len(codes)), np.flatnonzero(has_address)
        _, first, inverse = np.unique(addresses[rows], return_index=True, return_inverse=True)
        first_rows[rows] = rows[first][inverse]
        numbers = np.cumsum(first_rows == np.arange(len(codes))) - 1
        return Sources(codes, numbers[first_rows], has_address, tuple(self._code_of))


def _hash_page(page: str, code: int) -> int:
    """Return a number of 64 bits, which no other page of a corpus has."""
    return xxhash.xxh3_64_intdigest(page.encode("utf-8", "surrogatepass"), code)


def min_pages(page_counts: I64, min_df_source: int = MIN_DF_SOURCE) -> I64:
    """Return how many pages of a source must have a block that is frame, (s,).

    At least ``min_df_source``, and the square root of the pages of the source, which counts up to
    ``MAX_MIN_PAGES``: two articles of a large site may quote the same paragraph.

    Examples
    --------
    >>> min_pages(np.array([2, 9, 10, 400])).tolist()
    [2, 3, 4, 10]
    """
    roots = np.ceil(np.sqrt(page_counts)).astype(np.int64)
    return np.maximum(np.minimum(roots, MAX_MIN_PAGES), min_df_source)
