"""The settings of Sphinx, which makes the manual of these pages: ``make docs``."""

import ast
import inspect
import re
import textwrap
from pathlib import Path, PurePosixPath
from typing import Any

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
autodoc_default_options = {"members": True}
napoleon_google_docstring = False
napoleon_use_ivar = True
copybutton_exclude = ".linenos, .gp, .go"  # prompts and output are not copied
html_theme = "pydata_sphinx_theme"
html_title = "dedup"
html_static_path = ["_static"]
html_css_files = ["manual.css"]
html_show_sourcelink = False
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "collapse_navigation": True,  # the buttons that open a section have no name for a screen reader
    "footer_start": ["copyright"],
    "footer_end": [],
}
_TABLE = re.compile(r"^\|.*$", re.MULTILINE)
_LINK = re.compile(r"\]\(([\w./-]+)\.(?:md|rst)(?:#[\w-]+)?\)")


def add_contents(_: Any, page: str, source: list[str]) -> None:
    """Add a table of contents to an index page: the pages that its tables link to, in their order.

    So the pages need no list that GitHub would show as code.
    """
    if PurePosixPath(page).name not in {"index", "README"}:
        return
    links = dict.fromkeys(_LINK.findall("\n".join(_TABLE.findall(source[0]))))
    children = [link for link in links if page == root_doc or not link.startswith("../")]
    source[0] += "\n".join(["\n\n```{toctree}", ":hidden:", "", *children, "```\n"])


def show_source_signature(  # noqa: PLR0913, PLR0917  the arguments of the event
    _: Any, what: str, name: str, obj: Any, __: Any, signature: str | None, ___: str | None
) -> tuple[str, str] | None:
    """Return a signature as it is in the source, where types have their short names."""
    if what in {"class", "exception"}:
        return ("", "") if signature and "Config" not in name else None
    function = inspect.unwrap(getattr(obj, "__func__", obj))
    if what not in {"function", "method"} or not inspect.isfunction(function):
        return None
    [node] = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    if what == "method" and not isinstance(inspect.getattr_static(obj, "__self__", None), type):
        arguments = node.args
        (arguments.posonlyargs or arguments.args)[:1] = []
    returned = ast.unparse(node.returns).strip("'") if node.returns else ""
    return f"({ast.unparse(node.args)})", returned


def setup(app: Any) -> None:
    """Connect the functions above to the events of Sphinx."""
    app.connect("source-read", add_contents)
    app.connect("autodoc-process-signature", show_source_signature)
