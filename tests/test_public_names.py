"""The public names of ``dedup``: which are imported at once, and which on first use."""

import ast
import pickle
import pkgutil
import pydoc
import subprocess
import sys
from inspect import isclass, isfunction
from pathlib import Path
from typing import assert_type

import pytest

import dedup

NAMES = sorted(dedup.__all__)


def test_type_checkers_see_each_public_name_where_it_is_defined() -> None:
    tree = ast.parse(Path(dedup.__file__).read_text("utf-8"))
    imports = [
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dedup.")
        for alias in node.names
    ]
    typed = {name: module for module, name in imports if name != "*"}
    errors = filter(isclass, vars(dedup.errors).values())
    typed |= {error.__name__: "dedup.errors" for error in errors}
    assert ("dedup.errors", "*") in imports
    assert sorted(typed) == NAMES
    for name, module in typed.items():
        assert getattr(dedup, name) is getattr(sys.modules[str(module)], name)


def test_no_public_function_has_the_name_of_a_module() -> None:
    # Importing such a module would replace the function in the package.
    modules = {module.name for module in pkgutil.iter_modules(dedup.__path__)}
    assert not modules & set(NAMES)


def test_dir_and_star_import_have_all_public_names_at_once() -> None:
    code = "import dedup; print(*dir(dedup)); from dedup import *; print(*dir())"
    listed, starred = (set(line.split()) for line in printed(code).splitlines())
    assert set(NAMES) <= listed
    assert set(NAMES) <= starred


def test_help_names_all_public_names() -> None:
    shown = pydoc.plain(pydoc.render_doc(dedup))
    assert all(name in shown for name in NAMES)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="module 'dedup' has no attribute 'cleen'"):
        dedup.cleen  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(ImportError, match="cleen"):
        from dedup import cleen  # type: ignore[attr-defined]  # noqa: F401, PLC0415


def test_type_checkers_know_names_that_are_imported_on_first_use() -> None:
    assert_type(dedup.clean("One text."), dedup.CleanedDocument)
    assert_type(dedup.find_spans(["One text."]), dedup.SpansResult)
    assert_type(dedup.restore("", []), str)


@pytest.mark.parametrize("name", [name for name in NAMES if isfunction(getattr(dedup, name))])
def test_public_functions_can_be_pickled(name: str) -> None:
    function = getattr(dedup, name)
    assert pickle.loads(pickle.dumps(function)) is function  # noqa: S301


def test_results_are_unpickled_before_their_modules_are_imported() -> None:
    results = [dedup.clean("One text. " * 2), dedup.deduplicate(["One text.", "One text."])]
    code = f"import pickle; print(*map(repr, pickle.loads({pickle.dumps(results)!r})), sep='\\n')"
    assert printed(code).splitlines() == [repr(result) for result in results]


def test_import_dedup_imports_few_modules() -> None:
    code = (
        "import sys, numpy\nbefore = set(sys.modules)\nimport dedup\n"
        "print(*set(sys.modules) - before)"
    )
    imported = set(printed(code).split())
    ours = {name for name in imported if name.split(".")[0] == "dedup"}
    libraries = {name.split(".")[0] for name in imported} - sys.stdlib_module_names
    assert libraries <= {"dedup", "numpy", "xxhash"}
    packages = {name.split(".")[1] for name in ours - {"dedup"}}
    assert packages <= {"_native", "arrays", "config", "errors", "matching", "text"}
    slow = {"asyncio", "concurrent", "ctypes.util", "email", "importlib.resources", "json"}
    slow |= {"logging", "numpy.ma", "pathlib", "sqlite3", "tempfile", "zipfile"}
    assert not imported & slow


def printed(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout
