"""The manual as Sphinx builds it: it is complete, loads nothing, and fits a phone."""

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dedup
from tests.reports.browser import needs_chromium, open_browser, open_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
API = "docs/reference/api"
PUBLIC_ADAPTERS = {"aio", "datatrove", "llama_index", "scrapy", "spark", "tables"}
INTERNAL_ADAPTERS = {"annotations", "hugging_face", "row_decisions", "spark_rounds", "spark_stages"}
SHOWN_PAGES = (
    "docs/index",
    "docs/reference/command",
    "docs/reference/formats",
    "docs/reference/settings",
    f"{API}/corpora",
    f"{API}/settings",
    f"{API}/types",
)
# Of other libraries; a reader knows them.
KNOWN_TYPES = {
    *("Any", "AsyncGenerator", "AsyncIterable", "Generator", "Iterable", "Iterator", "Literal"),
    *("Mapping", "None", "Path", "PathLike", "Self", "Sequence", "bool", "bytes", "dict", "float"),
    *("int", "list", "object", "os.PathLike", "set", "str", "tuple"),
    *("BaseNode", "Crawler", "DataFrame", "DiskWriter", "Document", "DocumentsPipeline"),
    *("LeanMinHash", "dtype", "ndarray", "numpy.typing.ArrayLike", "pandas.DataFrame"),
    *("polars.DataFrame", "pyarrow.Table"),
}
VOID_ELEMENTS = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(find_spec("sphinx") is None, reason="no sphinx"),
]


class Markup(HTMLParser):
    """What a page loads, the names of what it describes, and types in signatures without a link."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loaded, self.described, self.unlinked = list[str](), list[str](), set[str]()
        self._open: list[tuple[str, str]] = []  # elements that are open, with their classes
        self._is_type = False  # whether a type is next in a signature
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        classes = values.get("class", "")
        if tag not in VOID_ELEMENTS:
            self._open.append((tag, classes))
        if tag == "link" and values["rel"] not in {"next", "prev", "index", "search"}:
            self.loaded.append(values["href"])
        self.loaded += [values[name] for name in ("src", "srcset", "data") if name in values]
        if tag == "dt" and classes.startswith("sig"):
            self.described.append(values.get("id", ""))
            self._is_type = False
        if classes in {"sig-param", "sig-return"}:
            self._is_type = classes == "sig-return"

    def handle_endtag(self, tag: str) -> None:
        if tag in [name for name, _ in self._open]:
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not any(classes.startswith("sig sig-object") for _, classes in self._open):
            return
        is_linked = any(tag == "a" for tag, _ in self._open)
        if self._is_type and not is_linked and re.fullmatch(r"[A-Za-z_][\w.]*", data):
            self.unlinked.add(data)
        if data in {":", "="}:
            self._is_type = data == ":"


@pytest.fixture(scope="module")
def manual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the manual; a warning is an error, as about a page without a place in the contents.

    It is built once for all processes of a run.
    """
    run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    folder = run / "manual"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            build_manual(folder)
            (folder / "done").touch()
    return folder / "html"


def build_manual(folder: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going"]
    command += ["-c", "docs", "-d", str(folder / "doctrees"), ".", str(folder / "html")]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture(scope="module")
def pages(manual: Path) -> dict[str, Markup]:
    return {
        path.relative_to(manual).with_suffix("").as_posix(): Markup(path.read_text("utf-8"))
        for path in manual.rglob("*.html")
    }


def public_objects() -> Iterator[str]:
    """Yield the full names of what the package offers."""
    yield from (f"dedup.{name}" for name in dedup.__all__)
    for name in PUBLIC_ADAPTERS:
        module = import_module(f"dedup.adapters.{name}")
        for item, value in vars(module).items():
            is_own = getattr(value, "__module__", "") == module.__name__
            is_public = not item.startswith("_") and callable(value)
            if is_own and is_public:
                yield f"{module.__name__}.{item}"


def test_every_adapter_is_public_or_internal() -> None:
    files = {path.stem for path in (ROOT / "src/dedup/adapters").glob("*.py")} - {"__init__"}
    assert files == PUBLIC_ADAPTERS | INTERNAL_ADAPTERS


def test_every_public_object_is_described_once(pages: dict[str, Markup]) -> None:
    described = [name for page in pages.values() for name in page.described]
    assert [name for name in public_objects() if described.count(name) != 1] == []
    assert len({*described}) == len(described)
    assert [name for name in described if "._" in name] == []
    assert [name for name in described if name.endswith((".of", ".to_entry"))] == []


def test_inherited_methods_are_described(pages: dict[str, Markup]) -> None:
    described = {name for page in pages.values() for name in page.described}
    for result, methods in {
        "DedupResult": ("report", "to_arrow", "to_pandas", "to_polars", "clusters", "selected"),
        "SpansResult": ("ledger", "report", "to_arrow", "to_pandas", "to_polars"),
        "BoilerplateResult": ("ledger", "report", "to_arrow", "to_pandas", "to_polars"),
        "CleanedDocument": ("ledger", "repeats", "report", "runs", "summary", "text"),
        "Ledger": ("to_arrow", "to_pandas", "to_polars"),
        "Index": ("add", "export", "get", "neighbors", "query", "transaction"),
    }.items():
        assert described >= {f"dedup.{result}.{method}" for method in methods}


def test_every_type_in_a_signature_is_a_link_or_well_known(pages: dict[str, Markup]) -> None:
    unlinked = set().union(*(pages[page].unlinked for page in pages if page.startswith(API)))
    assert unlinked - KNOWN_TYPES == set()


def test_every_page_is_built(pages: dict[str, Markup]) -> None:
    sources = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.rst")]
    sources += [ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "tests/README.md")]
    names = {path.relative_to(ROOT).with_suffix("").as_posix() for path in sources}
    assert names <= pages.keys()


def test_no_page_loads_anything_from_another_host(manual: Path, pages: dict[str, Markup]) -> None:
    loaded = {address for page in pages.values() for address in page.loaded}
    assert loaded
    assert [address for address in loaded if re.match(r"(?:[a-z]+:)?//", address)] == []
    for style in manual.rglob("*.css"):
        addresses = re.findall(r"""(?:url\(|@import)\s*["']?([^"')]+)""", style.read_text("utf-8"))
        assert [address for address in addresses if re.match(r"(?:https?:)?//", address)] == []


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with open_browser() as browser:
        yield browser


@needs_chromium
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", SHOWN_PAGES)
def test_a_page_is_accessible_and_fits(
    name: str, width: int, browser: "Browser", manual: Path
) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  needs Playwright

    size = {"width": width, "height": 800}
    opened = open_page(browser, manual / f"{name}.html", viewport=size)
    assert all(address.startswith("file:") for address in opened.requests)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    violations = Axe().run(opened.page).response["violations"]
    serious = [one["id"] for one in violations if one["impact"] in {"serious", "critical"}]
    assert serious == []
    opened.page.context.close()


@needs_chromium
def test_no_page_is_wider_than_a_phone(
    browser: "Browser", manual: Path, pages: dict[str, Markup]
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    wide = []
    for name in pages:
        page.goto((manual / f"{name}.html").as_uri(), wait_until="domcontentloaded")
        if page.evaluate("document.documentElement.scrollWidth") > 390:
            wide.append(name)
    assert wide == []
