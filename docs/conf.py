"""The settings of Sphinx, which makes the manual of these pages: ``make docs``."""  # noqa: INP001  no package

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from docutils.nodes import Element
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

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
    "SECURITY.md",
]
exclude_patterns = [".*", "build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
autodoc_member_order = "bysource"
toc_object_entries_show_parents = "hide"
autodoc_default_options = {
    "members": True,
    # Inherited members appear, such as to_pandas; not those of these classes.
    "inherited-members": "object, tuple, Sequence, BaseException, OSError, ImportError, "
    "BaseFilter, PipelineStep, BaseModel, BaseComponent, TransformComponent",
    # What only the package calls.
    "exclude-members": "of, to_entry, from_entry, check_compares_parts, audit, removed_parts, "
    "source_bytes, summarize",
}
napoleon_google_docstring = False
napoleon_use_param = napoleon_use_rtype = napoleon_attr_annotations = False
napoleon_custom_sections = [("Attributes", "params_style")]
copybutton_exclude = ".linenos, .gp, .go"  # prompts and output are not copied
html_theme = "pydata_sphinx_theme"
html_title = "dedup"
html_static_path = ["_static"]
html_css_files = ["manual.css"]
html_js_files = [("manual.js", {"defer": "defer"})]
html_show_sourcelink = False
# Pages without siblings.
html_sidebars: dict[str, list[str]] = {"docs/tutorial": [], "CHANGELOG": [], "CONTRIBUTING": []}
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
_MODULES = {"pa": "pyarrow", "pd": "pandas", "pl": "polars", "npt": "numpy.typing"}
_MODULE = re.compile(rf"\b({'|'.join(_MODULES)})\.")
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
    _: Sphinx, __: str, ___: str, obj: object, *____: object
) -> tuple[str, str] | None:
    """Return a signature as it is in the source, where types have their short names."""
    if isinstance(obj, type):
        # Callers make the classes whose docstring lists parameters, and get the others as results.
        called = "Parameters\n---" in (inspect.getdoc(obj) or "")
        empty = None if issubclass(obj, Exception) else ("", "")
        return (class_signature(obj), "") if called else empty
    function = obj.__func__ if inspect.ismethod(obj) else obj
    return function_signature(function) if inspect.isfunction(function) else None


def class_signature(cls: type) -> str:
    """Return the parameters of a class: the fields of a dataclass, or those of ``__init__``."""
    [node] = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(node, ast.ClassDef)
    fields = [
        f"{ast.unparse(field.target)}: {ast.unparse(field.annotation)}"
        f"{default_of(field.value, cls)}"
        for field in node.body
        if isinstance(field, ast.AnnAssign) and not ast.unparse(field.target).startswith("_")
    ]
    if not fields:
        return function_signature(vars(cls)["__init__"])[0]
    first = next(iter(inspect.signature(cls).parameters.values()))
    return f"({', '.join(['*'] * (first.kind is first.KEYWORD_ONLY) + fields)})"


def default_of(value: ast.expr | None, cls: type) -> str:
    """Return the default of a field; that of ``field(default=...)`` is the argument."""
    if isinstance(value, ast.Call):
        value = next(item.value for item in value.keywords if item.arg == "default")
    show_number(value, vars(sys.modules[cls.__module__]))
    return "" if value is None else f" = {ast.unparse(value)}"


def function_signature(function: Callable[..., object]) -> tuple[str, str]:
    """Return the parameters of a function without ``self`` and ``cls``, and what it returns."""
    [node] = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function)))).body
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    node.args.args = [given for given in node.args.args if given.arg not in {"self", "cls"}]
    for default in [*node.args.defaults, *node.args.kw_defaults]:
        show_number(default, function.__globals__)
    returned = ast.unparse(node.returns) if node.returns else ""
    # An annotation may be a string, so that its class need not be imported.
    parameters = re.sub(r": '([^']*)'", r": \1", f"({ast.unparse(node.args)})")
    return whole_names(parameters), whole_names(returned.strip("'"))


def show_number(default: ast.expr | None, names: Mapping[str, object]) -> None:
    """Replace the name of a constant by its number."""
    if isinstance(default, ast.Name):
        value = names[default.id]
        default.id = repr(value) if isinstance(value, int) else default.id


def whole_names(annotations: str) -> str:
    """Return annotations in which modules have their whole names."""
    return _MODULE.sub(lambda found: _MODULES[found[1]] + ".", annotations)


def find_short_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: Element
) -> Element | None:
    """Return the link of a class or type in a signature, which has its short name there."""
    if node.get("refdomain") != "py" or not node["reftarget"][:1].isupper():
        return None
    node["refspecific"] = True  # also the end of a name
    python, page, name = env.domains.python_domain, node["refdoc"], node["reftarget"]
    return python.resolve_xref(env, page, app.builder, "obj", name, node, content)


def leave_out_places(_: Sphinx, __: str, ___: str, obj: object, *____: object) -> bool | None:
    """Leave out the fields of named tuples: the docstring of the class describes them."""
    return True if type(obj).__name__ == "_tuplegetter" else None


def setup(app: Sphinx) -> None:
    """Connect the functions above to the events of Sphinx."""
    app.connect("source-read", add_contents)
    app.connect("autodoc-process-signature", show_source_signature)
    app.connect("autodoc-skip-member", leave_out_places)
    app.connect("missing-reference", find_short_name)
