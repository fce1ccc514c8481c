"""The settings of Sphinx, which makes the manual of these pages: ``make docs``."""  # noqa: INP001  no package

import ast
import inspect
import re
import textwrap
from pathlib import PurePosixPath

from sphinx.application import Sphinx

import dedup

project, author, copyright = "dedup", "The dedup maintainers", "the dedup maintainers"  # noqa: A001
version = release = dedup.__version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
root_doc = "docs/index"
include_patterns = [
    "docs/**",
    "benchmarks/README.md",
    "benchmarks/results/*.md",
    "tests/README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
]
exclude_patterns = [".*", "build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
autodoc_member_order = "bysource"
toc_object_entries_show_parents = "hide"
autodoc_default_options = {"members": True}
napoleon_google_docstring = False
napoleon_use_ivar = True
copybutton_exclude = ".linenos, .gp, .go"  # prompts and output are not copied
html_theme = "pydata_sphinx_theme"
html_title = "dedup"
html_static_path = ["_static"]
html_css_files = ["manual.css"]
html_js_files = [("manual.js", {"defer": "defer"})]
html_show_sourcelink = False
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
    "header_links_before_dropdown": 4,
    "footer_start": ["copyright"],
    "footer_end": [],
}
_TABLE = re.compile(r"^\|.*$", re.MULTILINE)
_LINK = re.compile(r"\]\(([\w./-]+)\.(?:md|rst)(?:#[\w-]+)?\)")


def add_contents(_: Sphinx, page: str, source: list[str]) -> None:
    """Add a table of contents to an index page: the pages that its tables link to, in their order.

    So the pages need no list that GitHub would show as code.
    """
    if PurePosixPath(page).name not in {"index", "README"}:
        return
    links = dict.fromkeys(_LINK.findall("\n".join(_TABLE.findall(source[0]))))
    children = [link for link in links if page == root_doc or not link.startswith("../")]
    source[0] += "\n".join(["\n\n```{toctree}", ":hidden:", "", *children, "```\n"])


def show_source_signature(
    _: Sphinx, what: str, name: str, obj: object, __: object, signature: str | None, ___: str | None
) -> tuple[str, str] | None:
    """Return a signature as it is in the source, where types have their short names."""
    if what in {"class", "exception"}:
        return ("", "") if signature and "Config" not in name else None
    function = obj.__func__ if inspect.ismethod(obj) else obj
    if not inspect.isfunction(function):
        return None
    [node] = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function)))).body
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    node.args.args = [given for given in node.args.args if given.arg not in {"self", "cls"}]
    returned = ast.unparse(node.returns) if node.returns else ""
    # An annotation may be a string, so that its class need not be imported.
    return re.sub(r": '([^']*)'", r": \1", f"({ast.unparse(node.args)})"), returned.strip("'")


def setup(app: Sphinx) -> None:
    """Connect the functions above to the events of Sphinx."""
    app.connect("source-read", add_contents)
    app.connect("autodoc-process-signature", show_source_signature)
