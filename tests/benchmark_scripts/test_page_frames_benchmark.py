"""Articles in the frames of other pages, on which frames are measured."""

import doctest

import pytest

from benchmarks import page_frames
from benchmarks.page_frames import Page, body_lines, stories_in_two_frames

GOLD = (
    "The ferry was late again today.\nNobody on the pier knew why it was.\nIt came at noon, then."
)
OTHER = (
    "Bread will cost more in May.\nThe mills ask more for their flour.\nSo the bakers must, too."
)


def pages() -> list[Page]:
    texts = {"http://a.org/1": GOLD, "http://b.org/1": OTHER}
    whole = [Page(url, "html2text", f"Menu of {url}\n{text}\nTerms") for url, text in texts.items()]
    return [Page(url, "gold", text) for url, text in texts.items()] + whole


def test_examples() -> None:
    assert doctest.testmod(page_frames).failed == 0


def test_the_lines_of_an_article_are_known_by_its_gold_text() -> None:
    whole = pages()[2]
    assert body_lines(whole, GOLD) == [False, True, True, True, False]
    assert body_lines(whole, OTHER) == [False] * 5


def test_an_article_is_put_into_the_frame_of_another_page() -> None:
    (page, other), (second, _) = stories_in_two_frames(pages(), "html2text")
    assert (page.url, second.url) == ("http://a.org/1", "http://b.org/1")
    assert other.text == f"Menu of http://b.org/1\n{GOLD}\nTerms"
    assert other.url.startswith("http://b.org/1")


def test_pages_of_other_extractors_are_left_out() -> None:
    assert not [*stories_in_two_frames(pages(), "inscriptis")]


@pytest.mark.parametrize("words", [4, 5])
def test_short_lines_belong_to_no_article(words: int) -> None:
    line = " ".join("abcde"[:words])
    assert body_lines(Page("", "", line), line) == [words == 5]
