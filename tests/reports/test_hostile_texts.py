"""Reports show each of 200 hostile texts as text, removed and as a witness; none of them runs."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dedup
from dedup.reports.visible_text import visible
from tests.reports.browser import needs_chromium, open_browser, open_page
from tests.reports.hostile_texts import hostile_texts

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TEXTS = hostile_texts(200)
OF_A_REPORT = 50  # texts: a report on more clusters shows a sample
NAME = "<img src=x onerror='window.ran = 1'>\u202e {{ 7 * 7 }}"
ELEMENTS = """a article body button caption code dd del details div dl dt figcaption figure footer
h1 h2 h3 head header html input ins label li line main meta ol output p path rect script section
span strong style summary svg table tbody td text th thead title tr"""
BREAK = "⟨U+000C⟩ "  # in the texts with other line ends it is a block of its own, which is kept
WORDS_FROM_WHICH_SPANS_REPEAT = 20  # more than the fragments that several texts have


def edited(texts: list[str]) -> list[str]:
    return [f"{text} and <i>more</i>" for text in texts]


def corpus(texts: list[str], _: Path) -> str:
    both = [*texts, *edited(texts)]
    return dedup.deduplicate(both, numeric_variants="remove").report()


def named_corpus(texts: list[str], _: Path) -> str:
    both = [*edited(texts), *texts]
    return dedup.deduplicate(both, keep="last", ids=[text[:150] for text in both]).report()


def document(texts: list[str], _: Path) -> str:
    return dedup.clean("\n\n".join([*texts, *texts]), document=NAME).report()


def spans(texts: list[str], _: Path) -> str:
    min_span = WORDS_FROM_WHICH_SPANS_REPEAT
    return dedup.find_spans([*texts, *edited(texts)], min_span=min_span).report()


def boilerplate(texts: list[str], _: Path) -> str:
    pages = [f"{text}\n\nPage {n}" for n, text in enumerate([*texts, *texts])]
    return dedup.deduplicate_blocks(pages, min_df=2, min_tokens=1).report()


def files(texts: list[str], folder: Path) -> str:
    """Return the report on a file whose name, ids and texts are hostile."""
    source, page = folder / (NAME + ".jsonl"), folder / "report.html"
    both = [*texts, *edited(texts)]
    records = [{"id": text[:150] + str(n), "text": text} for n, text in enumerate(both)]
    source.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    config = dedup.Config(numeric_variants="remove")
    dedup.clean_dataset(source, folder / "clean.jsonl", id="id", config=config, report=page)
    return page.read_text("utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with open_browser() as opened:
        yield opened


def on_one_line(texts: list[str]) -> str:
    return " ".join(" ".join(texts).split()).replace(BREAK, "")


@pytest.mark.long
@needs_chromium
@pytest.mark.parametrize("report", [corpus, named_corpus, document, spans, boilerplate, files])
def test_each_hostile_text_is_shown_twice_and_none_runs(
    report: Callable[[list[str], Path], str], browser: "Browser", tmp_path: Path
) -> None:
    sides: dict[str, list[str]] = {"removed": [], "witness": []}
    for start in range(0, len(TEXTS), OF_A_REPORT):
        path = tmp_path / "shown.html"
        path.write_text(report(TEXTS[start : start + OF_A_REPORT], tmp_path), "utf-8")
        opened = open_page(browser, path)
        page = opened.page
        page.evaluate("dispatchEvent(new Event('beforeprint'))")  # shows all pages
        for side in sides:
            sides[side] += page.locator(f".{side} > .text").all_text_contents()
        names = page.evaluate("[...document.querySelectorAll('*')].map((one) => one.localName)")
        assert {*names} <= {*ELEMENTS.split()}
        assert names.count("style") == names.count("footer") == 1
        assert page.locator("footer").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        opened.check_is_inert()
        page.context.close()
    for shown in sides.values():
        line = on_one_line(shown)
        beginnings = [on_one_line([visible(text)])[:120] for text in TEXTS]
        assert [beginning for beginning in beginnings if beginning not in line] == []


@needs_chromium
def test_an_audit_of_hostile_texts_shows_none(browser: "Browser", tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    texts = TEXTS[:OF_A_REPORT]
    dedup.audit([*texts, *edited(texts)]).report(path)
    opened = open_page(browser, path)
    assert "begins with" not in opened.page.content()
    assert opened.page.locator("h2").all_text_contents()[0] == "Proposal"
    opened.check_is_inert()
    opened.page.context.close()
