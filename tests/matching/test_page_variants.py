"""Which near copies are page variants, by both implementations."""

import re

import pytest
from hypothesis import example, given

import dedup
from dedup import Config
from dedup.arrays.packed import pack
from dedup.matching.pair_rule import PairRule, pair_rule
from tests.generated_texts import PAGES, site_pages
from tests.oracles import Token, tokens
from tools.unicode_tables import DIGIT, IDEOGRAPH, LETTER, WORD, kind

THIRDS_OF_A_WORD = {WORD: 3, DIGIT: 3, IDEOGRAPH: 2, LETTER: 1}
NAVIGATION = (
    "Home\nNews of the coast\nSport and leisure\nHarbour and ferries\nLetters to the editor"
)
FOOTER = "Contact the desk\nWork for us\nHow we use your data\nTerms of use\nAll rights reserved"
TEASERS = [
    "New timetable for the night ferry",
    "Mayor opens the longest pier of the coast",
    "Gulls take fish from the old market hall",
    "School band plays at noon on the quay",
    "Old lighthouse sold to a baker",
    "Rain until Sunday, then wind from the west",
    "Council votes on a toll for the bridge",
    "Chapel choir looks for deep voices",
]
OTHER_TEASERS = [
    "Divers find a bell in the old dock",
    "Library stays open on winter evenings",
    "Two calves born on the island farm",
    "Road to the mill closed for a month",
    "Chess club beats the visitors from Linden",
    "Bakers agree on a price for rye",
    "Post office moves into the station hall",
]
FERRY = (
    "The ferry to Vey was late again on Monday, and nobody on the pier could say why it was so.\n"
    "The clerk had locked his window at noon and taken the bell with him, so that the passengers, "
    "about forty of them, waited in the rain until a fisherman took the first ones across."
)
BREAD = (
    "Bread will cost more from the first of May, as the mills ask a higher price for their flour.\n"
    "Bakers of the town say that a loaf may cost a tenth more before the summer ends, unless the "
    "harvest is better than what farmers expect after this dry spring."
)


def in_frame(article: str) -> str:
    return f"{NAVIGATION}\n{article}\n{FOOTER}"


def lines_of(text: str) -> list[str]:
    return [shown for line in re.split("[\n\r]", text) if (shown := line.strip(" \t\v\f"))]


def words_of(lines: list[str]) -> list[Token]:
    without_urls = re.sub(
        r"[A-Za-z][A-Za-z0-9+.-]*://[^ \t\n\v\f\r)\]>\"']*", " ", "\n".join(lines)
    )
    return list(tokens(without_urls))


def weight_of(words: list[Token]) -> int:
    return sum(THIRDS_OF_A_WORD[kind(ord(word[0][0]))] for word in words)


def is_page_variant(copy: str, witness: str) -> bool:
    """Apply the rule in plain Python."""
    pages = lines_of(copy), lines_of(witness)
    frame = [weight_of(words_of([line])) for line in set(pages[0]) & set(pages[1])]
    if sum(frame) >= 3 * 10 * sum(weight > 0 for weight in frame):
        return False
    shared = set(pages[0]) & set(pages[1])
    own = [words_of([line for line in page if line not in shared]) for page in pages]
    if min(map(weight_of, own)) < 3 * 30:
        return False
    ngrams, others = (set(zip(words, words[1:], words[2:], strict=False)) for words in own)
    return len(ngrams & others) < 0.2 * min(len(ngrams), len(others))


@given(PAGES, PAGES)
@example(*site_pages(2, 1))
@example(in_frame(FERRY), in_frame(BREAD))
@example("\r\n".join(TEASERS), "\r".join([*TEASERS[4:], *OTHER_TEASERS]))
def test_both_implementations_agree_with_plain_python(copy: str, witness: str) -> None:
    config = Config(numeric_variants="remove", page_variants="keep")
    packed = pack([copy, witness])
    for rule in (PairRule, pair_rule):
        exempts = rule(packed.utf8, packed.offsets, config).exempts
        assert exempts(0, 1, 0.5) == is_page_variant(copy, witness)
        assert exempts(1, 0, 1.0) == is_page_variant(witness, copy)


def kept(texts: list[str], threshold: float = 0.4) -> list[bool]:
    """Return which texts preset web keeps, of which similarity alone would remove some."""
    config = Config.preset("web", threshold=threshold)
    assert not dedup.deduplicate(texts, config, page_variants="remove").keep.all()
    flags: list[bool] = dedup.deduplicate(texts, config).keep.tolist()
    return flags


@pytest.mark.usefixtures("either_core")
def test_articles_of_one_site_stay() -> None:
    pages = [in_frame(FERRY), in_frame(BREAD), in_frame(FERRY).replace("Monday", "Tuesday")]
    result = dedup.deduplicate(pages, "web", threshold=0.25)
    assert result.keep.tolist() == [True, True, False]
    assert result.numeric_variant.tolist() == [0, 0, 2]
    assert result.witness.tolist() == [0, 1, 0]
    pairs = dedup.near_duplicates(pages, "web", threshold=0.25)
    assert {frozenset(pair[:2]) for pair in pairs.select(~pairs.numeric_variant)} == {
        frozenset((0, 2))
    }
    index = dedup.Index(None, "web", threshold=0.25)
    assert index.add(pages, ids=range(3)).keep.tolist() == [True, True, False]
    assert index.query(pages[1:2]).exact.tolist() == [True]


def test_the_summary_names_the_reason() -> None:
    result = dedup.deduplicate([in_frame(FERRY), in_frame(BREAD)], "web", threshold=0.25)
    reason = "1 is similar to another, but it shares only short lines"
    assert repr(result) == f"<DedupResult: kept 2 of 2 texts ({reason})>"


def test_the_default_is_to_remove_them() -> None:
    pages = [in_frame(FERRY), in_frame(BREAD)]
    assert dedup.deduplicate(pages, threshold=0.25, ngram_size=3).keep.sum() == 1


def test_exact_copies_are_removed() -> None:
    pages = [in_frame(FERRY), in_frame(BREAD), in_frame(BREAD).upper()]
    assert kept(pages, 0.25) == [True, True, False]


def test_an_article_in_the_frames_of_two_sites_is_a_copy() -> None:
    other = f"Start\nPolitics\nShips and trade\n{FERRY}\nMasthead\nAdvertise here\nPrivacy"
    assert sum(kept([in_frame(FERRY), other])) == 1


@pytest.mark.parametrize(
    "article",
    [FERRY, FERRY.replace("\n", " "), FERRY.replace(", ", ",\n"), FERRY.replace(" ", "\u00a0")],
)
def test_a_page_without_its_frame_is_a_copy(article: str) -> None:
    """Another extractor may leave the frame out, and break lines elsewhere."""
    assert kept([in_frame(FERRY), article]) == [True, False]


def test_a_page_with_other_line_breaks_is_a_copy() -> None:
    words = FERRY.split()
    broken = "\n".join(" ".join(words[at : at + 8]) for at in range(0, len(words), 8))
    assert sum(kept([in_frame(FERRY), in_frame(broken)])) == 1


def test_pages_without_an_article_are_copies() -> None:
    """What differs is less than 30 words."""
    brief = "\n".join(FERRY.split("\n")[:1]), "\n".join(BREAD.split("\n")[:1])
    assert sum(kept([in_frame(line) for line in ("Page 1 of 3", "Page 2 of 3")])) == 1
    assert sum(kept([in_frame(line) for line in brief])) == 1


def test_lists_of_other_teasers_stay() -> None:
    lists = ["\n".join(TEASERS), "\n".join([*TEASERS[4:], *OTHER_TEASERS])]
    assert kept(lists) == [True, True]
    fewer = "\n".join(TEASERS[1:])  # 24 words of its own
    assert kept([fewer, lists[1]]) == [False, True]


def test_an_article_beside_other_teasers_is_a_copy() -> None:
    pages = ["\n".join([FERRY, *teasers]) for teasers in (TEASERS[:4], OTHER_TEASERS[:4])]
    assert sum(kept(pages)) == 1


THAI = (
    "เรือข้ามฟากไปเกาะมาสายอีกครั้งเมื่อวันจันทร์และไม่มีใครบนท่าเรือบอกได้ว่าเพราะอะไรผู้โดยสารราวสี่สิบคนต้องยืนรอท่ามกลางสายฝนจนชาวประมงพาพวกเขาข้ามไป",
    "ขนมปังจะแพงขึ้นตั้งแต่เดือนพฤษภาคมเนื่องจากโรงสีขอราคาแป้งสูงกว่าเดิมช่างทำขนมปังของเมืองกล่าวว่าราคาอาจเพิ่มขึ้นหนึ่งในสิบก่อนสิ้นฤดูร้อนนี้",
)
CHINESE = (
    "星期一去岛上的渡船又晚点了，码头上没有人能说出原因。售票员中午就锁上窗口带走了铃铛，四十名乘客在雨中等候，直到一位渔民把他们送过去。",
    "从五月起面包将会涨价，因为磨坊提高了面粉的价格。镇上的面包师傅说，如果今年收成不好，夏天结束以前每个面包可能要贵一成，农民们都很担心干旱。",
)
NAVIGATIONS = {
    THAI: "หน้าแรก ข่าวชายฝั่ง กีฬาและนันทนาการ ท่าเรือและเรือข้ามฟาก จดหมายถึงบรรณาธิการ ติดต่อเรา",
    CHINESE: "首页 沿海新闻 体育和休闲 港口与渡轮时刻表 读者来信和投稿 联系编辑部 使用条款",
}


@pytest.mark.parametrize("articles", [THAI, CHINESE], ids=["Thai", "Chinese"])
@pytest.mark.usefixtures("either_core")
def test_pages_in_scripts_without_spaces(articles: tuple[str, str]) -> None:
    navigation = NAVIGATIONS[articles].replace(" ", "\n")
    pages = [f"{navigation}\n{article}" for article in articles]
    assert kept(pages, threshold=0.2) == [True, True]
    assert kept([pages[0], articles[0]], threshold=0.2) == [True, False]


def test_units_without_lines_have_no_page_variants() -> None:
    pages = [in_frame(FERRY), in_frame(BREAD)]
    config = Config.preset("code", measure="containment", threshold=0.1, page_variants="keep")
    assert dedup.deduplicate(pages, config).keep.sum() == 1
