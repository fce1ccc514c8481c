"""The structure of the package: names, start-up imports, and the length of the hot path."""

import ast
import json
import os
import subprocess
import sys
import threading
from collections import defaultdict
from pathlib import Path
from types import FrameType

import pytest

import dedup
from tests.generated_texts import random_texts
from tests.without_core import needs_core

PACKAGE = Path(dedup.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def modules_after(code: str) -> set[str]:
    """Return the modules that some code imports, without those of the coverage of subprocesses."""
    script = f"import sys; before = {{*sys.modules}}\n{code}\nprint(*{{*sys.modules}} - before)"
    environment = {name: value for name, value in os.environ.items() if "COV" not in name}
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environment
    )
    return {*done.stdout.split()}


@pytest.mark.parametrize(
    "code",
    [
        "import dedup; dedup.clean('One line.\\nAnd two.\\n' * 3)",
        "import dedup.cli.main",
    ],
)
def test_start_up_imports_nothing_heavy(code: str) -> None:
    heavy = {"jinja2", "scipy", "datasketch", "rich", "pyarrow", "pandas", "asyncio", "email"}
    assert not modules_after(code) & heavy


def test_a_small_run_imports_only_what_it_needs(tmp_path: Path) -> None:
    news, clean = tmp_path / "news.jsonl", tmp_path / "clean.jsonl"
    words = " ".join(f"word{number}" for number in range(60))
    news.write_text(json.dumps({"text": f"{words}.\n\n{words}.\n"}) + "\n")
    modules = modules_after(
        f"from dedup.cli.main import main; assert not main([{str(news)!r}, '-o', {str(clean)!r}])"
    )
    # np.unique imports numpy.ma, which takes 15 ms.
    assert not modules & {
        "numpy.ma",
        "rich",
        "jinja2",
        "dedup.index.index",
        "dedup.auditing.audit",
        "secrets",
        "sqlite3",
    }
    assert clean.read_text().count("word7 ") == 1


def test_files_are_unique_and_few_in_the_root() -> None:
    names = [path.name for path in MODULES if path.name != "__init__.py"]
    assert sorted(names) == sorted(set(names))
    in_root = {path.name for path in PACKAGE.glob("*.py")}
    assert in_root == {"__init__.py", "__main__.py", "config.py", "errors.py"}


def test_classes_and_constants_are_unique() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in MODULES:
        for node in ast.parse(path.read_text("utf-8")).body:
            for name in defined_names(node):
                if name[0].isupper() or name.lstrip("_").isupper():
                    places[name].append(str(path.relative_to(PACKAGE)))
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def defined_names(node: ast.stmt) -> list[str]:
    """Return the class or the variables that a statement of a module defines."""
    if isinstance(node, ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        targets = [part for target in node.targets for part in ast.walk(target)]
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    else:
        return []
    return [
        target.id
        for target in targets
        if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store)
    ]


@needs_core
@pytest.mark.parametrize("measure", ["containment", "jaccard"])
def test_few_files_lead_from_the_call_to_the_decision(measure: str) -> None:
    texts = random_texts(300, 1, 400) * 2
    dedup.deduplicate(texts[:5], measure=measure)  # imports what is imported on first use
    files = set[Path]()

    def note_file(frame: FrameType, *_: object) -> None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(PACKAGE):
            files.add(path)

    threading.setprofile(note_file)
    sys.setprofile(note_file)
    try:
        dedup.deduplicate(texts, measure=measure, threads=2)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    assert 0 < len(files) <= 18, sorted(path.relative_to(PACKAGE).as_posix() for path in files)
