"""The HTML reports: their content, and what a browser makes of them."""

import json
import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import dedup
from dedup.reports.html_page import script_json
from tests.reports.browser import needs_chromium, open_browser, open_page
from tests.reports.hostile_texts import hostile_texts

if TYPE_CHECKING:
    from playwright.sync_api import Browser

EXAMPLE = Path(__file__).parents[2] / "examples" / "article.txt"
STORY = """The ferry was late again, and nobody on the pier of {} could say why it was often late,
though the company blamed the tide, the moon, and a rope that the harbour master had not seen."""
NOTICE = """The board of {0} Shipping declared a dividend of {1} cents a share, to be paid in May to
all who hold one on the last day of March, and said that it expects to keep to this policy."""
NAMES = ["Vey", "Linden", "Oduya", "Petrak", "Marta", "Jonas", "Harbour", "Council", "Isle", "Quay"]
TAGS = {"p", "pre", "table", "thead", "tbody", "tr", "th", "td"}


def corpus(count: int = 60) -> list[str]:
    """Return invented articles, of which some are edited copies and some have other numbers."""
    rng = np.random.default_rng(3)
    texts = []
    for number in range(count):
        words = " ".join(f"{NAMES[k % 10].lower()}{k}" for k in rng.integers(0, 900, 60))
        text = STORY.format(NAMES[number % 10]) + f" Story {number}: {words}."
        texts += [text, text.replace("again", "once more"), text + " More."][: 1 + number % 3]
        if number % 7 == 0:
            texts += [NOTICE.format(NAMES[number % 10], cents) for cents in (12, 15)]
    return texts


def words_of(page: str) -> str:
    """Return the text of a page without its markup, on one line."""
    body = re.sub("<(script|style)[^>]*>.*?</\\1>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub("<[^>]+>", " ", body)).split())


class Markup(HTMLParser):
    """The elements of a page, the names of their attributes, and the links."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.attributes, self.links = set[str](), set[str](), list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name.endswith("href")]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with open_browser() as opened:
        yield opened


@cache
def results() -> dict[str, Any]:
    """Return results of each type by the names in ``KINDS``, most of them of hostile texts."""
    texts = corpus()
    hostile = hostile_texts(200)
    repeated = [*hostile, *(f"{text} and {text[:20]} <i>more</i>" for text in hostile)]
    footer = "Sign up for our letter, <b>today</b>, and read it at breakfast.\n"
    return {
        "document": dedup.clean(EXAMPLE.read_text("utf-8"), document="<b>\u202earticle"),
        "hostile document": dedup.clean("\n\n".join([*hostile, *hostile])),
        "corpus": dedup.deduplicate(texts),
        "hostile corpus": dedup.deduplicate(repeated, ids=[f"{text[-40:]}" for text in repeated]),
        "spans": dedup.find_spans(repeated[1:100] + repeated[201:300], min_span=10),
        "boilerplate": dedup.deduplicate_blocks([f"{text}\n\n{footer}" for text in hostile]),
        "audit": dedup.audit(texts),
        "jaccard": dedup.deduplicate(texts, measure="jaccard"),
        "no texts": dedup.deduplicate([]),
        "exact": dedup.deduplicate(texts, "exact"),
        "tokens": dedup.deduplicate([["a", "<b>"], ["a", "<b>"], None]),
        "nothing": dedup.clean(""),
    }


KINDS = """document, hostile document, corpus, hostile corpus, spans, boilerplate, audit, jaccard,
no texts, exact, tokens, nothing""".replace("\n", " ").split(", ")


def test_all_kinds_are_tested() -> None:
    assert [*results()] == KINDS


@pytest.mark.parametrize("name", KINDS)
def test_every_report_is_one_file_that_loads_nothing(name: str, tmp_path: Path) -> None:
    result, path = results()[name], tmp_path / "report.html"
    page = result.report()
    assert page == dedup.report(result)
    assert dedup.report(result, path) is None
    assert path.read_bytes() == page.encode()
    markup = Markup()
    markup.feed(page)
    assert not markup.tags & {"link", "img", "iframe", "object", "embed", "base", "form"}
    assert not markup.attributes & {"src", "style", "srcset", "action"}
    assert not [name for name in markup.attributes if name.startswith("on")]
    assert all(link.startswith("#") for link in markup.links)
    assert "default-src &#39;none&#39;" in page
    assert len(page.encode()) < 10_000_000


@pytest.mark.long
@needs_chromium
@pytest.mark.parametrize("name", KINDS)
def test_a_browser_shows_every_report(name: str, browser: "Browser", tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  needs Playwright

    path = tmp_path / "report.html"
    results()[name].report(path)
    for scheme, width in (("light", 1200), ("dark", 1200), ("light", 390)):
        size = {"width": width, "height": 800}
        opened = open_page(browser, path, viewport=size, color_scheme=scheme)
        assert opened.page.title().endswith("- dedup")
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        opened.check_is_inert()
        violations = Axe().run(opened.page).response["violations"]
        serious = [one["id"] for one in violations if one["impact"] in ("serious", "critical")]
        assert serious == []
        opened.page.context.close()


def test_the_example_has_one_run() -> None:
    page = dedup.clean(EXAMPLE.read_text("utf-8")).report()
    assert re.findall("<h3>(.*?)</h3>", page) == ["Removed: lines 12-20 repeat lines 3-11"]
    assert page.count('class="ribbon"') == 1


def test_a_document_is_shown_whole_beside_what_it_repeats() -> None:
    text = EXAMPLE.read_text("utf-8")
    text = text.replace("stand on it.\nThe first sailing", "stand on it!\nThe first sailing")
    result = dedup.clean(text.replace("could not cross", "could not sail", 1))
    shown = words_of(result.report())
    for line in text.splitlines():
        assert " ".join(line.split()[:6]) in shown
    assert re.search("<del>(not )?cross", result.report())
    assert re.search("<ins>(not )?sail", result.report())


def test_lines_between_removed_lines_are_shown_as_kept() -> None:
    lines = EXAMPLE.read_text("utf-8").splitlines()
    lines[14:14] = ["* * *"]
    result = dedup.clean("\n".join(lines))
    assert "* * *" in result.text
    assert re.search('<div class="kept">(?:(?!</div>).)*\\* \\* \\*', result.report(), re.DOTALL)


def test_a_corpus_report_counts_what_the_result_counts() -> None:
    result = results()["corpus"]
    shown = words_of(result.report())
    removed = ~result.keep
    assert f"near copies removed {int((removed & ~result.exact).sum())}" in shown
    clusters = result.clusters()
    assert f"All {len(clusters)} clusters" in shown
    variants = int((result.numeric_variant != np.arange(len(result))).sum())
    assert variants == 1
    assert "1 text is similar to another one" in shown
    assert "long texts share 36 of 64 keys" in shown
    assert "18 bands of 5 values" in words_of(results()["jaccard"].report())


def test_frames_are_shown_and_not_compared() -> None:
    texts = [f"Menu of <b>{place}</b>\n{text}" for text in corpus() for place in "ab"]
    sources = [f"https://{'ab'[row % 2]}.org/{row}" for row in range(len(texts))]
    result = dedup.deduplicate(texts, source=sources)
    assert result.frames is not None and result.frames.line_count == 2
    page = result.report()
    assert '<td dir="auto">Menu of &lt;b&gt;a&lt;/b&gt;</td>' in page
    shown = words_of(page)
    assert "Page frames, not compared" in shown
    assert "2 lines of 2 sites, 2% of the text" in shown
    assert shown.count("Menu of") == 2  # in the table
    assert "Page frames" not in words_of(results()["corpus"].report())


def test_other_thresholds_are_counted_from_the_similarities() -> None:
    page = results()["corpus"].report()
    data = re.search('<script type="application/json"[^>]*>(.*?)</script>', page)
    assert data
    changes = dict(json.loads(data[1]))
    near = int((~results()["corpus"].keep & ~results()["corpus"].exact).sum())
    assert changes[0.8].startswith(f"Threshold 0.80, as in this run: {near} near")
    similarity = results()["corpus"].similarity
    fewer = int(((similarity > 0) & (similarity < np.float32(0.95))).sum())
    assert changes[0.95].startswith(f"Threshold 0.95: about {fewer} of")


def test_a_report_is_reproducible_and_says_what_it_sampled() -> None:
    texts = [f"{text} {'tail ' * (copy % 2)}" for text in corpus(150) for copy in range(2)]
    result = dedup.deduplicate(texts)
    page = result.report()
    assert page == dedup.deduplicate(texts).report()
    count = len(result.clusters())
    sampled = f"a random sample of 60 of the other {count - 10} (seed 1)"
    assert f"The 10 largest clusters, and {sampled}" in words_of(page)


def test_the_page_of_a_large_corpus_is_not_larger() -> None:
    texts = [" ".join(f"word{number * 40 + k}" for k in range(40)) for number in range(4_000)]
    sizes = []
    for count in (400, 4_000):
        copies = [f"{text} & more" for text in texts[:count]]
        page = dedup.deduplicate([*texts[:count], *copies]).report()
        assert len(re.findall("<article", page)) == 10 + 60 + 15
        sizes.append(len(page))
    assert sizes[1] < 1.1 * sizes[0]


@needs_chromium
def test_search_and_pages_work_by_keyboard(browser: "Browser", tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    results()["corpus"].report(path)
    opened = open_page(browser, path)
    page = opened.page
    clusters = page.locator("[data-paged]").filter(has=page.locator("#search-clusters"))
    status, items = clusters.get_by_role("status"), clusters.locator("[data-item]:visible")
    total = int(status.inner_text().split()[0])
    assert items.count() == 10
    first = items.first.inner_text()
    page.locator("#search-clusters").focus()
    page.keyboard.press("Tab")  # "previous" cannot be pressed on the first page
    page.keyboard.press("Enter")
    assert "page 2" in status.inner_text()
    assert items.first.inner_text() != first
    page.keyboard.press("PageUp")
    assert items.first.inner_text() == first
    page.locator("#search-clusters").focus()
    page.keyboard.type("story 17:")
    assert status.inner_text() == f"1 of {total} found, page 1 of 1"
    assert items.count() == 1
    page.locator("#threshold").focus()
    before = page.locator("#threshold-change").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator("#threshold-change").inner_text() != before
    page.emulate_media(media="print")
    assert not page.locator("#search-clusters").is_visible()
    opened.check_is_inert()


@needs_chromium
def test_a_printed_report_has_all_pages_of_what_was_found(
    browser: "Browser", tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    results()["corpus"].report(path)
    page = open_page(browser, path).page
    visible = page.locator("[data-item]:visible")
    shown = visible.count()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert visible.count() == page.locator("[data-item]").count() > shown
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert visible.count() == shown


@needs_chromium
def test_a_printed_report_has_texts_side_by_side(browser: "Browser", tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    results()["corpus"].report(path)
    page = open_page(browser, path, viewport={"width": 500, "height": 800}).page
    top = "document.querySelector('.pair > .{}').getBoundingClientRect().top"
    tops = f"[{top.format('removed')}, {top.format('witness')}]"
    assert len({*page.evaluate(tops)}) == 2
    page.emulate_media(media="print", color_scheme="dark")
    assert len({*page.evaluate(tops)}) == 1
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    edge = page.evaluate("getComputedStyle(document.querySelector('.removed-bar')).fill")
    assert edge == "rgb(179, 38, 30)"


@needs_chromium
@pytest.mark.parametrize("name", ["audit", "corpus", "boilerplate"])
def test_a_phone_does_not_break_the_words_of_tables(
    name: str, browser: "Browser", tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    results()[name].report(path)
    page = open_page(browser, path, viewport={"width": 390, "height": 800}).page
    lines = """(cells) => cells.map((cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        const tops = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
        return tops.size - cell.textContent.trim().split(/\\s+/).length;
    })"""
    lines_beyond_words = page.locator("th, td.number").evaluate_all(lines)
    assert lines_beyond_words
    assert max(lines_beyond_words) <= 0


def test_only_removed_texts_are_marked_as_removed() -> None:
    page = results()["corpus"].report()
    labels = re.findall('<div class="([a-z]+)"><p class="label">\\s*([a-z]+)', page)
    assert {*labels} == {("removed", "removed"), ("similar", "kept"), ("witness", "kept")}


@needs_chromium
def test_without_scripts_a_report_shows_everything(browser: "Browser", tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    results()["corpus"].report(path)
    page = open_page(browser, path, java_script_enabled=False).page
    assert page.locator("[data-item]:visible").count() == page.locator("[data-item]").count() > 10
    assert page.locator("[data-controls]:visible").count() == 0


def test_data_for_the_script_cannot_end_it() -> None:
    value = ["</script><!--", "\u2028&<>", "\ud800"]
    assert not {*"<>&"} & {*script_json(value)}
    assert json.loads(script_json(value)) == value


@pytest.mark.parametrize("name", KINDS)
def test_notebooks_show_small_tables(name: str) -> None:
    html = results()[name]._repr_html_()
    assert len(html) < 20_000
    assert html.count("<tr>") <= 11
    assert {*re.findall("</?([a-z]+)", html)} <= TAGS
    html.encode()


def test_other_objects_have_no_report() -> None:
    with pytest.raises(dedup.TextTypeError, match=r"CleanedDocument, .*, got int"):
        dedup.report(3)
