"""A headless Chromium for the tests of HTML reports, driven through Playwright.

Install it with ``apt-get install chromium`` (Debian), or name it in ``DEDUP_CHROMIUM``. Without it
the tests are skipped.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("DEDUP_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None or find_spec("playwright") is None,
    reason="no chromium (apt-get install chromium, or set DEDUP_CHROMIUM) or no playwright",
)


@dataclass
class OpenedPage:
    """A report in the browser, and what it did that a report must not do."""

    page: "Page"
    url: str
    messages: list[str] = field(default_factory=list)  # of the console, and uncaught errors
    requests: list[str] = field(default_factory=list)

    def check_is_inert(self) -> None:
        """Check that the page reported no error and loaded nothing but itself."""
        assert self.messages == []
        assert self.requests == [self.url]
        assert self.page.evaluate("window.ran === undefined")


@contextmanager
def open_browser() -> Iterator["Browser"]:
    """Start the browser."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  of the tests that need it

    with sync_playwright() as playwright:
        # Without a sandbox it also runs as root, as in a container.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def open_page(browser: "Browser", path: Path, **context: Any) -> OpenedPage:  # noqa: ANN401
    """Open a report from disk; ``context`` are options of Playwright's ``new_context``."""
    page = browser.new_context(**context).new_page()
    opened = OpenedPage(page, path.as_uri())
    page.on("console", lambda message: opened.messages.append(message.text))
    page.on("pageerror", lambda error: opened.messages.append(str(error)))
    page.on("dialog", lambda dialog: opened.messages.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: opened.requests.append(request.url))
    page.goto(opened.url)
    return opened
