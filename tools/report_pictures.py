"""Draw the pictures of docs/how-to/reports.md: ``make pictures``.

They are screenshots of reports on self-written texts, in windows so narrow that a phone shows them
in a size that one can read. The script needs Chromium, as the tests of reports do.
"""

import json
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

import dedup

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
WIDTH, PAIR_WIDTH = 640, 520
HEIGHTS = {"report-article": 900, "report-corpus": 1000}
PAIR = ("telephone-box-tag, a", "telephone-box-tag, b")


def news() -> dict[str, str]:
    """Return the news pairs of a test, by their names."""
    lines = (ROOT / "tests" / "matching" / "news_pairs.jsonl").read_text("utf-8").splitlines()
    pairs = [json.loads(line) for line in lines]
    return {f"{pair['id']}, {side}": pair[side] for pair in pairs for side in ("a", "b")}


def main() -> None:
    """Write the pictures."""
    article = (ROOT / "examples" / "article.txt").read_text("utf-8")
    texts = news()
    reports = {
        "report-article": dedup.clean(article, document="article.txt").report(),
        "report-corpus": dedup.deduplicate([*texts.values()], ids=[*texts]).report(),
    }
    pair = dedup.deduplicate([texts[name] for name in PAIR], ids=PAIR).report()
    chromium = os.environ.get("DEDUP_CHROMIUM") or shutil.which("chromium")
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, html in reports.items():
            path = Path(folder, f"{name}.html")
            path.write_text(html, "utf-8")
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHTS[name]})
            page.goto(path.as_uri())
            page.screenshot(path=PICTURES / f"{name}.png")
        page = browser.new_page(viewport={"width": PAIR_WIDTH, "height": WIDTH})
        page.set_content(pair)
        page.locator(".pair").first.screenshot(path=PICTURES / "report-pair.png")
        browser.close()


if __name__ == "__main__":
    main()
