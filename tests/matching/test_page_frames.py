"""Page frames: which lines are frame, and what ``deduplicate`` compares with sources."""

import re
from collections import defaultdict
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import deduplicate
from dedup.arrays import long_arrays
from dedup.arrays.memory import IN_RAM, DiskMemory
from dedup.arrays.packed import pack
from dedup.errors import ConfigError
from dedup.matching.joined_pages import LONG_BLOCK_BYTES, MAX_JOINED_TEXTS, MAX_OTHER_BYTES
from dedup.matching.page_frames import (
    MIN_OWN_BYTES,
    FrameLine,
    find_frames,
)
from dedup.matching.sources import read_sources, split_url
from dedup.text.blocks import split

MENU = "Home\nNews | Sport | Weather\nFollow us on all the usual channels\n"
FOOTER = "Contact the newsroom\nAll rights reserved\n"
SHORT_LINES = [*MENU.splitlines(), "home", " Home ", "Ads", "---", ""]
LONG_LINES = [
    f"{name} {'and so on ' * size}" for name in ("Ferry", "Bread") for size in (3, 7, 13, 40, 130)
]
LINES = st.sampled_from(SHORT_LINES + LONG_LINES) | st.text("abc ", max_size=3)
SOURCES = st.sampled_from(["a.org", "http://a.org/1", "http://a.org/2", "//b.org/1", "b.org", None])
ROWS = st.lists(
    st.tuples(
        SOURCES,
        st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r\n", "\n \n"])), max_size=8).map(
            lambda lines: "".join(map("".join, lines))
        ),
    ),
    max_size=12,
)


def joined(
    rows: list[tuple[str | None, str]],
    hosts: list[str | None],
    have: dict[tuple[str, str], list[int]],
    pages: list[object],
) -> list[object]:
    """Return the page of each text, where pages that show one article are one."""
    sizes = [len(text.encode()) for _, text in rows]
    has_address = [source is not None and split_url(source)[1] is not None for source, _ in rows]
    block_sizes: dict[tuple[str | None, str], int] = {}
    for host, (_, text) in zip(hosts, rows, strict=True):
        for start, stop in pairwise(split(text, "line").tolist()):
            key = host, text[start:stop].strip(" \r\n")
            size = len(text[start:stop].encode())
            block_sizes[key] = min(size, block_sizes.get(key, size))
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for (host, line), found in have.items():
        holders = sorted({*found})
        for one, other in combinations(holders, 2):
            size = block_sizes[host, line]
            if size >= LONG_BLOCK_BYTES and len(holders) <= MAX_JOINED_TEXTS:
                shared[one, other] += size
    for (one, other), size in shared.items():
        shorter = min(sizes[one], sizes[other])
        share = 0.1 if has_address[one] and has_address[other] else 0.5
        if shorter - size <= min(share * shorter, MAX_OTHER_BYTES):
            joined = {pages[one], pages[other]}
            pages = [pages[one] if page in joined else page for page in pages]
    return pages


def specified_frames(rows: list[tuple[str | None, str]]) -> tuple[list[set[str]], list[bool]]:
    """Return the frame lines of each text, and whether it is compared whole."""
    lines = [
        [line for part in re.split(r"[\r\n]", text) if (line := part.strip(" "))]
        for _, text in rows
    ]
    hosts = [None if source is None else split_url(source)[0] for source, _ in rows]
    pages: list[object] = [
        row if source is None or split_url(source)[1] is None else split_url(source)
        for row, (source, _) in enumerate(rows)
    ]
    have: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, host in enumerate(hosts):
        for line in lines[row]:
            if host is not None:
                have[host, line].append(row)
    pages = joined(rows, hosts, have, pages)

    def needed(host: str) -> int:
        count = len({page for page, other in zip(pages, hosts, strict=True) if other == host})
        return next(size for size in range(2, 99) if size**2 >= count or size == 10)

    def in_frames(counted: set[object]) -> list[set[str]]:
        return [
            {
                line
                for line in lines[row]
                if host is not None
                and len({pages[one] for one in have[host, line]} & counted) >= needed(host)
            }
            for row, host in enumerate(hosts)
        ]

    def outside(frames: list[set[str]]) -> list[int]:
        return [
            sum(len(line) for line in found if line not in frame)
            for found, frame in zip(lines, frames, strict=True)
        ]

    first = outside(in_frames({*pages}))
    counted = {page for page, size in zip(pages, first, strict=True) if size >= MIN_OWN_BYTES}
    frames = in_frames(counted)

    def page_share(row: int, line: str) -> float:
        """Return the share of the pages of its source that have a line."""
        all_pages = {page for page, host in zip(pages, hosts, strict=True) if host == hosts[row]}
        having = {pages[one] for one in have.get((hosts[row] or "", line), [])} & counted
        return len(having) / len(all_pages)

    shares = [{line: page_share(row, line) for line in found} for row, found in enumerate(lines)]
    return frames, [
        size < MIN_OWN_BYTES or may_be_article(rows[row][0], lines[row], frames[row], shares[row])
        for row, size in enumerate(outside(frames))
    ]


def may_be_article(
    source: str | None, lines: list[str], frame: set[str], shares: dict[str, float]
) -> bool:
    """Return whether most long lines are frame that fewer than 2 of 3 pages have."""
    if source is None or split_url(source)[1] is None:
        return False
    long_lines = [line for line in lines if len(line) >= LONG_BLOCK_BYTES]
    rest = sum(len(line) for line in long_lines if line not in frame)
    rare = [line for line in long_lines if line in frame and shares[line] < 2 / 3]
    return sum(map(len, rare)) > rest and rest <= MAX_OTHER_BYTES


@given(rows=ROWS, limited=st.booleans())
def test_frames_are_those_of_the_specification(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, str]], *, limited: bool
) -> None:
    packed = pack([text for _, text in rows])
    sources = read_sources([source for source, _ in rows], len(rows))
    memory = DiskMemory(tmp_path_factory.getbasetemp(), 800) if limited else IN_RAM
    found = find_frames(packed, sources, memory=memory)
    frames, whole = specified_frames(rows)
    assert found.is_whole.tolist() == whole
    compared = found.without_frames(packed, memory)
    for row, (_, text) in enumerate(rows):
        kept = [
            line
            for line in re.split(r"[\r\n]", text)
            if whole[row] or line.strip(" ") not in frames[row]
        ]
        shown = [line.strip(" ") for line in re.split(r"[\r\n]", compared.text(row))]
        assert [*filter(None, shown)] == [line.strip(" ") for line in kept if line.strip(" ")]
    listed = {(line.source, line.text) for line in found.listed}
    assert {text for _, text in listed} == set().union(*frames)


@given(ROWS)
def test_partitions_do_not_matter(rows: list[tuple[str | None, str]]) -> None:
    packed = pack([text for _, text in rows])
    sources = read_sources([source for source, _ in rows], len(rows))
    expected = find_frames(packed, sources, threads=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dedup.matching.source_groups.partition_count", lambda *_: 3)
        patch.setattr("dedup.matching.joined_pages.PAIRS_PER_BATCH", 2)
        patch.setattr(long_arrays, "BATCH_ITEMS", 4)
        found = find_frames(packed, sources, threads=2)
    assert found.is_frame.tolist() == expected.is_frame.tolist()
    assert found.is_whole.tolist() == expected.is_whole.tolist()
    assert found.listed == expected.listed and found.byte_share == expected.byte_share


@given(ROWS, st.sampled_from(["news", "web", "short"]))
def test_texts_are_compared_without_their_frames(
    rows: list[tuple[str | None, str]], preset: dedup.config.Preset
) -> None:
    texts, source = [text for _, text in rows], [source for source, _ in rows]
    result = deduplicate(texts, preset, source=source)
    assert result.frames is not None
    compared = result.frames.without_frames(pack(texts)).to_strings(np.arange(len(texts)))
    expected = deduplicate(compared, preset)
    for name in ("keep", "witness", "similarity", "exact", "numeric_variant", "order"):
        np.testing.assert_array_equal(getattr(result, name), getattr(expected, name))
    assert result.selected == [
        text for text, keep in zip(texts, result.keep.tolist(), strict=True) if keep
    ]


def story(name: str, sentences: int = 6) -> str:
    return "".join(
        f"The {name} of part {number} was late {name}{number} times because of {name}s.\n"
        for number in range(sentences)
    )


def page(name: str, sentences: int = 6) -> str:
    return MENU * 3 + story(name, sentences) + FOOTER * 3


def test_pages_of_one_site_are_no_copies() -> None:
    texts = [page("ferry", 2), page("bread", 2), page("ferry", 2) + "Read more\n"]
    urls = ["https://a.org/ferry", "https://a.org/bread", "https://a.org/ferry"]
    assert deduplicate(texts, "web").keep.sum() == 1
    result = deduplicate(texts, "web", source=urls)
    assert result.witness.tolist() == [2, 1, 2]
    assert result.frames is not None
    assert result.frames.listed[0] == FrameLine("a.org", "Home", 2)
    assert "compared without page frames" in repr(result)


def test_an_article_at_two_addresses_is_a_copy() -> None:
    """All of its lines are on two pages, but these pages have no lines of their own."""
    texts = [page("ferry"), page("ferry"), page("bread")]
    urls = ["https://a.org/ferry", "https://a.org/ferry/amp", "https://a.org/bread"]
    result = deduplicate(texts, source=urls)
    assert result.witness.tolist() == [0, 0, 2] and result.exact[1]


def test_an_article_at_several_addresses_is_kept_once() -> None:
    """Its lines are on three of six pages, which have other teasers of their own."""
    names = "salt", "tram", "mill"
    teasers = [
        "".join(f"Also read: why the {name} of part {day}{number} was {number} days late\n"
                for number in range(6)) for day, name in enumerate(names)
    ]  # fmt: skip
    texts = [story("ferry", 14) + day for day in teasers]
    texts += [story(name, 14) + day for name, day in zip(names, teasers, strict=True)]
    urls = [f"https://a.org/{place}" for place in range(6)]
    for preset in ("news", "web"):
        result = deduplicate(texts, preset, source=urls)
        assert "ferry" in "".join(result.selected)
        assert result.frames is not None and result.frames.is_whole[:3].all()


def test_an_agency_story_in_two_frames_is_a_copy() -> None:
    other_menu = MENU.replace("Home", "Start").replace("News", "Reports") * 3
    texts = [page("ferry"), page("bread"), other_menu + story("ferry"), other_menu + story("salt")]
    urls = ["https://a.org/1", "https://a.org/2", "https://b.org/1", "https://b.org/2"]
    assert deduplicate(texts, "strict").keep.all()
    assert deduplicate(texts, "strict", source=urls).witness.tolist() == [0, 1, 0, 3]


def test_extractions_of_a_page_are_joined_without_its_url() -> None:
    """A line is frame if two pages have it, not if two extractors return it."""
    teasers = "".join(f"Also read: the {name} story\n" for name in ("salt", "tram", "mill"))
    texts = [
        text
        for name in ("ferry", "bread")
        for text in (page(name), story(name) + teasers, f"{name.title()} late\n" + story(name))
    ]
    found = deduplicate(texts, "web", source=["a.org"] * 6).frames
    expected = deduplicate(texts, "web", source=[f"a.org/{row // 3}" for row in range(6)]).frames
    assert found is not None and expected is not None and found.listed == expected.listed
    assert {line.text for line in found.listed} == {*(MENU + teasers + FOOTER).splitlines()}


def test_a_text_that_is_only_frame_is_compared_whole() -> None:
    texts = [page("ferry"), page("bread"), MENU * 3 + FOOTER * 3, MENU * 3 + FOOTER * 3]
    urls = [f"https://a.org/{number}" for number in range(4)]
    assert deduplicate(texts, source=urls).witness.tolist() == [0, 1, 2, 2]


def test_large_sources_need_more_pages() -> None:
    """Two articles of a hundred that quote the same lines are no reason to ignore these."""
    quoted = "".join(f"She said that line {number} was hers, and hers alone.\n" for number in "abc")
    texts = [story(f"ferry{number}") for number in range(98)] + [story("salt") + quoted] * 2
    frames = deduplicate(texts, source=["The Harbour Times"] * 100).frames
    assert frames is not None and not frames.listed
    frames = deduplicate(texts[-4:], source=["The Harbour Times"] * 4).frames
    assert frames is not None and not frames.listed  # copies have no lines of their own


def test_sources_are_refused() -> None:
    with pytest.raises(ConfigError, match="unit must be word or char for source, got 'text'"):
        deduplicate(["a"], "exact", source=["b"])
    with pytest.raises(ConfigError, match="source must have a value for each text, 1, got 2"):
        deduplicate(["a"], source=["b", "c"])
    with pytest.raises(ConfigError, match="unit must be word or char for source, got 'token'"):
        deduplicate([["a"]], source=["b"])


@pytest.mark.usefixtures("either_core")
def test_frames_of_columns_without_a_core() -> None:
    texts = [page("ferry", 2), page("bread", 2)]
    result = deduplicate(texts, "web", source=np.array(["https://a.org/1", "https://a.org/2"]))
    assert result.keep.all() and result.frames is not None
    assert {line.text for line in result.frames.listed} == {*(MENU + FOOTER).splitlines()}
