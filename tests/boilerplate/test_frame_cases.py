"""The frames of sites in invented pages: what ``deduplicate_blocks`` removes with their source."""

from typing import Any

import pytest

import dedup
from dedup import BoilerplateResult, ConfigError, deduplicate_blocks

MENU = ["Home", "News | Sport | Weather", "Follow the ferry times"]
FOOTER = ["Contact the newsroom", "All rights are with the Harbour Times"]
OTHER_MENU = ["Start page", "Letters and notices"]
OTHER_FOOTER = ["Printed at Weir Lane on paper from the old mill"]
QUOTE = (
    "The harbour master said that nobody had been hurt, that the pier would be closed until the "
    "spring, and that the boats would land at the old quay on the other side until then."
)
BACKGROUND = [
    (
        "The council bought the first ferry in the year of the great flood, after the bridge at "
        "the mill had been carried away, and has let it sail without a fare since then."
    ),
    (
        "Twice the state has offered another bridge, and twice the people of both banks have voted "
        "for the boats, most of them because the toll would have been higher than the fare."
    ),
]


def article(name: str, paragraphs: int = 6) -> list[str]:
    """Return paragraphs of more than 20 words that no article of another name has."""
    return [
        f"On the {place} day the {name}{place} met {name}wind{place} and {name}rope{place} near "
        f"the {name}pier{place}, and the sailors of {name}town{place} told {name}clerk{place} that "
        f"{name}boat{place} had never been seen so close to {name}light{place} before."
        for place in ("one", "two", "three", "four", "five", "six")[:paragraphs]
    ]


def text(*parts: list[str]) -> str:
    return "\n".join(line for part in parts for line in part) + "\n"


def page(name: str) -> str:
    return text(MENU, article(name), FOOTER)


def lines(result: BoilerplateResult, row: int) -> list[str]:
    assert result.texts[row] is not None
    return (result.texts[row] or "").splitlines()


def removed(result: BoilerplateResult) -> list[list[str]]:
    """Return the removed lines of each text, after a check that the ledger restores it."""
    for row in result.changed.tolist():
        whole = dedup.restore(result.texts[row] or "", result.ledger(row))
        assert whole.encode() == result.source_bytes(row)
    return [[removal.text.strip() for removal in result.ledger(row)] for row in range(len(result))]


def urls(site: str, count: int) -> list[str]:
    return [f"https://{site}/{number}" for number in range(count)]


def test_two_pages_of_each_of_two_sites() -> None:
    texts = [
        page("ferry"),
        page("bread"),
        text(OTHER_MENU, article("salt"), OTHER_FOOTER),
        text(OTHER_MENU, article("rope"), OTHER_FOOTER),
    ]
    source = urls("a.org", 2) + urls("www.b.org", 2)
    assert not len(deduplicate_blocks(texts).changed)
    result = deduplicate_blocks(texts, source=source)
    assert removed(result) == [[], MENU + FOOTER, [], OTHER_MENU + OTHER_FOOTER]
    assert lines(result, 1) == article("bread") and lines(result, 3) == article("rope")
    assert [removal.frame_of for removal in result.ledger(3)] == ["b.org"] * 3
    assert {removal.witness_document for removal in result.ledger(3)} == {"2"}
    assert {(one.text, one.source, one.df, one.removed) for one in result.patterns} == {
        *((line, "a.org", 2, 1) for line in MENU + FOOTER),
        *((line, "b.org", 2, 1) for line in OTHER_MENU + OTHER_FOOTER),
    }


def test_the_frame_of_one_site_stays_on_other_pages() -> None:
    """A text without a source, and the single page of another site, keep the same lines."""
    texts = [page(name) for name in ("ferry", "bread", "salt", "rope")]
    result = deduplicate_blocks(texts, source=["a.org", "a.org", None, "b.org"])
    assert removed(result) == [[], MENU + FOOTER, [], []]
    result = deduplicate_blocks(texts, source=[None, "b.org", "a.org", "a.org"])
    assert removed(result) == [[], [], MENU + FOOTER, MENU + FOOTER]  # the first text keeps it


@pytest.mark.parametrize("others", [0, 1, 2])
@pytest.mark.parametrize("has_address", [True, False])
def test_versions_of_an_article_are_one_page(*, has_address: bool, others: int) -> None:
    ferry = article("ferry")
    versions = [ferry, [*ferry[:2], "The pier is open again.", *ferry[3:]]]
    rows = versions + [article(name) for name in ("bread", "salt")[:others]]
    source = urls("a.org", len(rows)) if has_address else ["a.org"] * len(rows)
    for mode in ("first", "all"):
        result = deduplicate_blocks([text(row) for row in rows], source=source, boilerplate=mode)
        assert not len(result.changed) and not result.patterns
    framed = deduplicate_blocks([text(MENU, row) for row in rows], source=source)
    assert removed(framed) == [[]] + [MENU if others else []] * (len(rows) - 1)


def test_an_article_at_two_addresses() -> None:
    texts = [page("ferry"), page("ferry"), page("bread")]
    source = ["https://a.org/ferry", "https://a.org/ferry/amp", "https://a.org/bread"]
    assert not len(deduplicate_blocks(texts[:2], source=source[:2]).changed)
    result = deduplicate_blocks(texts, source=source, boilerplate="all")
    assert [lines(result, row) for row in range(3)] == [
        article("ferry"),
        article("ferry"),
        article("bread"),
    ]
    assert {one.df for one in result.patterns} == {2}


def test_extractions_of_one_page() -> None:
    ferry = article("ferry")
    texts = [page("ferry"), text(ferry), text(ferry, FOOTER)]
    source = ["https://a.org/ferry", "http://www.a.org/ferry#top", "//a.org/ferry/"]
    assert not len(deduplicate_blocks(texts, source=source).changed)
    result = deduplicate_blocks([*texts, page("bread")], source=[*source, "https://a.org/bread"])
    assert removed(result) == [[], [], FOOTER, MENU + FOOTER]
    # Without addresses, too: the extractions are copies.
    assert not len(deduplicate_blocks(texts, source=["a.org"] * 3).changed)


def test_pages_that_are_mostly_navigation() -> None:
    menu = [f"All of {first}{second}" for first in "abcdefgh" for second in "ijklmnop"]
    texts = [text(menu, article(name, 1), FOOTER) for name in ("ferry", "bread")]
    result = deduplicate_blocks(texts, source=urls("a.org", 2))
    assert lines(result, 1) == article("bread", 1)


def test_a_page_that_changes_counts_once_in_the_corpus() -> None:
    texts = [page(name) for name in ("ferry", "bread", "salt")]
    assert len(deduplicate_blocks(texts, min_df=3).patterns) == 5
    for source in (["https://a.org/live"] * 3, [f"https://{site}.org/live" for site in "aab"]):
        assert not deduplicate_blocks(texts, source=source, min_df=3).patterns


@pytest.mark.parametrize("count", [2, 4, 10])
def test_a_quote_in_the_middle_of_two_articles_stays(count: int) -> None:
    rows = [article(f"{name}s") for name in "abcdefghij"[:count]]
    rows[0].insert(3, QUOTE)
    rows[1].insert(2, QUOTE)
    texts = [text(MENU, row) for row in rows]
    result = deduplicate_blocks(texts, source=urls("a.org", count))
    assert removed(result) == [[]] + [MENU] * (count - 1)


def test_a_quote_at_the_end_of_two_of_ten_articles_stays() -> None:
    rows = [article(f"{name}s") for name in "abcdefghij"]
    texts = [text(row, [QUOTE] if place < 2 else []) for place, row in enumerate(rows)]
    assert not len(deduplicate_blocks(texts, source=urls("a.org", 10)).changed)
    assert deduplicate_blocks(texts[:4], source=urls("a.org", 4)).changed.tolist() == [1]


def test_the_background_of_a_follow_up_story() -> None:
    """In a small source it looks like a frame. The first text keeps it, so nothing is lost."""
    texts = [text(article("ferry"), BACKGROUND), text(article("bread"), BACKGROUND)]
    result = deduplicate_blocks(texts, source=urls("a.org", 2))
    assert removed(result) == [[], BACKGROUND]
    assert not len(deduplicate_blocks(texts, source=urls("a.org", 2), min_df_source=3).changed)
    # A follow-up that is mostly background is a version of the first story.
    texts[1] = text(article("bread", 1), BACKGROUND)
    assert not len(deduplicate_blocks(texts, source=urls("a.org", 2)).changed)


def test_versions_of_wrapped_lines_lose_nothing() -> None:
    wrapped = [
        f"The {word} went out to the {word} of the sea and back" for word in "abcdefghijklmnop"
    ]
    ends = [
        [f"and {name}{word} came home to us" for word in "abcdefgh"] for name in ("rain", "snow")
    ]
    texts = [text(wrapped, end) for end in ends]
    assert not len(deduplicate_blocks(texts, source=urls("a.org", 2)).changed)


def test_versions_of_short_lines_lose_nothing_from_both() -> None:
    """A known limit: versions of a poem may look like two pages with a long menu."""
    poem = [f"The {word} went out to the {word} again" for word in "abcdefghijklmnop"]
    ends = [[f"and {name}{word} came home" for word in "abcdefgh"] for name in ("rain", "snow")]
    texts = [text(poem, end) for end in ends]
    result = deduplicate_blocks(texts, source=urls("a.org", 2))
    assert result.texts[0] is texts[0]
    assert removed(result)[1] == poem and lines(result, 1) == ends[1]


def test_a_large_source_needs_ten_pages() -> None:
    names = [f"{first}{second}s" for first in "abcdefghij" for second in "abcdefghijkl"]
    rows = [article(name, 4) for name in names]
    lines_of = ["Nine pages " + QUOTE, "Ten other pages end with this. " + " ".join(BACKGROUND)]
    texts = [
        text(row, lines_of[:1] if place < 9 else lines_of[1:] if place < 19 else [])
        for place, row in enumerate(rows)
    ]
    result = deduplicate_blocks(texts, source=urls("a.org", 120), min_df=200)
    assert [(one.text, one.df, one.source) for one in result.patterns] == [
        (lines_of[1], 10, "a.org")
    ]
    assert result.changed.tolist() == [*range(10, 19)]
    # Half as many words must be in twice as many pages.
    short = " ".join(QUOTE.split()[:10])
    for count, patterns in ((19, 0), (20, 1)):
        texts = [text(row, [short] if place < count else []) for place, row in enumerate(rows)]
        result = deduplicate_blocks(texts, source=urls("a.org", 120), min_df=200)
        assert len(result.patterns) == patterns


@pytest.mark.parametrize("count", [10, 11])
@pytest.mark.parametrize("has_address", [False, True])
def test_a_long_notice_on_all_pages(count: int, *, has_address: bool) -> None:
    notice = " ".join([QUOTE, *BACKGROUND])
    texts = [text(article(f"{name}s"), [notice]) for name in "abcdefghijk"[:count]]
    source = urls("a.org", count) if has_address else ["a.org"] * count
    result = deduplicate_blocks(texts, source=source, min_df=200)
    assert removed(result) == [[], *([[notice]] * (count - 1))]


def test_min_df_source() -> None:
    texts = [page(name) for name in ("ferry", "bread", "salt")]
    assert not len(deduplicate_blocks(texts[:2], source=["a.org"] * 2, min_df_source=3).changed)
    result = deduplicate_blocks(texts, source=["a.org"] * 3, min_df_source=3)
    assert removed(result) == [[], MENU + FOOTER, MENU + FOOTER]


def test_kept_patterns_and_all() -> None:
    texts, source = [page("ferry"), page("bread")], ["a.org", "a.org"]
    result = deduplicate_blocks(texts, source=source, boilerplate="all")
    assert removed(result) == [MENU + FOOTER] * 2
    result = deduplicate_blocks(
        texts, source=source, boilerplate="all", keep_patterns=["All rights"]
    )
    assert removed(result) == [MENU + FOOTER[:1]] * 2
    assert [(one.text, one.removed) for one in result.patterns if one.excepted] == [(FOOTER[1], 0)]


def test_a_frame_of_many_pages_is_listed_once() -> None:
    """It recurs in the corpus, too, but no text outside of the site has it."""
    texts = [page(f"{name}s") for name in "abcdefghijkl"]
    result = deduplicate_blocks(texts, source=["a.org"] * 12)
    assert [one.text for one in result.patterns] == [*MENU, *FOOTER]
    assert {(one.source, one.df, one.occurrences) for one in result.patterns} == {("a.org", 12, 12)}
    texts += [page("ferry"), page("bread")]
    result = deduplicate_blocks(texts, source=["a.org"] * 12 + [None] * 2)
    assert [(one.source, one.df, one.occurrences) for one in result.patterns[::5]] == [
        (None, 14, 2),
        ("a.org", 12, 12),
    ]


def test_what_recurs_in_the_corpus_is_removed_with_sources_too() -> None:
    """A long paragraph is removed from the middle of texts, although few pages of a site have it.

    Without sources it is removed because 24 texts have it.
    """
    rows = [article(f"{name}s") for name in "abcdefghijklmnopqrstuvwx"]
    texts = [text(row[:3], [QUOTE], row[3:]) for row in rows]
    source = [f"site{place // 2}.org" for place in range(24)]
    assert removed(deduplicate_blocks(texts)) == [[]] + [[QUOTE]] * 23
    result = deduplicate_blocks(texts, source=source)
    assert removed(result) == [[]] + [[QUOTE]] * 23
    # The same block of several sites is listed in the order of the sites.
    assert [one.source for one in result.patterns] == [*dict.fromkeys(source)]


CHINESE = (
    ["首页", "新闻 体育 天气", "关注渡船时刻表"],
    [
        "港口管理处昨天宣布,旧码头将从下周一起关闭三个月,所有渡船改在北岸停靠,乘客须提前半小时到达。",
        "镇上的面包师傅说,今年麦子收成不好,磨坊只开了一半,价格比去年秋天涨了两成,大家只好少买一点。",
    ],
    ["版权归海港时报所有"],
)
THAI = (
    ["หน้าแรก", "ข่าว กีฬา อากาศ", "ติดตามตารางเรือข้ามฟาก"],
    [
        "สำนักงานท่าเรือประกาศเมื่อวานนี้ว่าท่าเรือเก่าจะปิดสามเดือนตั้งแต่วันจันทร์หน้าและเรือทุกลำจะไปจอดฝั่งเหนือ",
        "คนทำขนมปังในเมืองเล่าให้ฟังว่าปีนี้ข้าวสาลีได้ผลไม่ดีโรงสีจึงเปิดเพียงครึ่งเดียวราคาแพงกว่าฤดูก่อนมาก",
    ],
    ["ลิขสิทธิ์ของหนังสือพิมพ์ท่าเรือ"],
)


@pytest.mark.usefixtures("either_core")
@pytest.mark.parametrize(("menu", "stories", "footer"), [CHINESE, THAI])
def test_pages_without_spaces(menu: list[str], stories: list[str], footer: list[str]) -> None:
    texts = [text(menu, [story], footer) for story in stories]
    result = deduplicate_blocks(texts, source=urls("港口.example", 2))
    assert removed(result) == [[], menu + footer]
    assert result.ledger(1)[0].frame_of == "港口.example"


@pytest.mark.parametrize("min_df_source", [1, 0, -2, True, 2.5, 0.5, "2", None])
def test_an_invalid_min_df_source_is_an_error(min_df_source: Any) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match="min_df_source must be a whole number"):
        deduplicate_blocks(["a"], source=["a.org"], min_df_source=min_df_source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (["a.org"], "source must have a value for each text, 2, got 1"),
        (["a.org"] * 3, "source must have a value for each text, 2, got 3"),
        ("a.org", "source must be a list or column of strings or integers, got 'a.org'"),
        ({"a.org", "b.org"}, "source must be a list or column of strings or integers"),
        (["a.org", 7.5], r"source\[1\] must be a string or an integer, got float: 7.5"),
    ],
)
def test_invalid_sources_are_errors(source: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match=message):
        deduplicate_blocks(["a", "b"], source=source)
