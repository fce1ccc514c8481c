"""Where compiled code is kept, in processes of their own; and that a child may go on with it."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dedup
from dedup import kernels

LIMIT = 120  # seconds after which a test has hung
# Two kernels, of which one has code for two types: they are soon compiled.
ROOM = """
import sys
sys.meta_path[:] = [one for one in sys.meta_path if "editable" not in type(one).__module__]
import numpy as np
from dedup.kernels.room import trimmed, with_room
for kind in (np.float64, np.uint64):
    assert trimmed(np.arange(3, dtype=kind), 2).dtype == kind
assert len(with_room(np.arange(3, dtype=np.uint64), 3, 1)) == 8
"""
TOKENIZE = """
import sys
import numpy as np
from dedup.kernels import compiled
texts = compiled.texts_of(np.frombuffer(b"one two", np.uint8), np.array([0, 7]))
assert len(compiled.tokenize(texts, 1).hashes.values) == 2
modules = [module for name, module in sys.modules.items() if name.startswith("dedup.kernels.")]
kernels = {one for module in modules for one in vars(module).values() if hasattr(one, "stats")}
print(sum(sum(kernel.stats.cache_misses.values()) for kernel in kernels))
"""
FORK = """
import multiprocessing
import dedup
from dedup import backend

backend.SMALL_BYTES = backend.LOADED_BYTES = 0
texts = [f"the ferry number {row % 90} was late again today" for row in range(300)]

def found():
    result = dedup.deduplicate(texts, threads=2)
    assert len(result.selected) == 90
    return result.witness.tolist()

expected = found()
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert [pool.apply_async(found).get(60) for _ in range(2)] == [expected, expected]
"""


def run(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "always::RuntimeWarning", "-c", script],
        cwd=folder,
        env={**os.environ, "DEDUP_NATIVE": "", **environment},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that was not there, in which there is code now."""
    folder = tmp_path_factory.mktemp("code")
    first = run(ROOM, folder, NUMBA_CACHE_DIR=str(folder / "not" / "there"))
    assert (first.returncode, first.stderr) == (0, "")
    return folder / "not" / "there"


def test_a_missing_folder_is_made_and_used(tmp_path: Path, code: Path) -> None:
    kept = {path: path.stat().st_mtime_ns for path in code.rglob("*.nbc")}
    assert len([path for path in kept if "trimmed" in path.name]) == 2
    again = run(ROOM, tmp_path, NUMBA_CACHE_DIR=str(code))
    assert (again.returncode, again.stderr) == (0, "")
    assert kept == {path: path.stat().st_mtime_ns for path in code.rglob("*.nbc")}


def test_no_kernel_is_compiled_again(tmp_path: Path) -> None:
    run(TOKENIZE, tmp_path)
    again = run(TOKENIZE, tmp_path)
    assert (again.stdout, again.stderr) == ("0\n", "")


@pytest.mark.skipif(os.name != "posix", reason="no folder lies below /dev/null elsewhere")
def test_no_folder_to_write_to_is_told_once(tmp_path: Path) -> None:
    # Neither NUMBA_CACHE_DIR, nor beside the source, nor the user's cache: root may write to any
    # folder, but to none below a file.
    package = tmp_path / "dedup"
    shutil.copytree(
        Path(dedup.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__")
    )
    (package / "kernels" / "__pycache__").write_text("a file")
    nowhere = dict.fromkeys(("NUMBA_CACHE_DIR", "HOME", "XDG_CACHE_HOME"), "/dev/null/x")
    # Not counted by coverage, which would ask for this copy of the source in its report.
    nowhere |= {name: "" for name in os.environ if name.startswith("COVERAGE_")}
    done = run(ROOM, tmp_path, PYTHONPATH=str(tmp_path), **nowhere)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Warning") == 1
    assert "RuntimeWarning: dedup found no folder to keep its compiled code in" in done.stderr
    assert "set NUMBA_CACHE_DIR" in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_goes_on_after_threads_have_run(tmp_path: Path) -> None:
    done = run(FORK, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("damage", [b"", b"no pickle"])
def test_a_damaged_cache_is_compiled_anew_and_told_once(
    tmp_path: Path, code: Path, damage: bytes
) -> None:
    shutil.copytree(code, tmp_path, dirs_exist_ok=True)
    indexes = [*tmp_path.rglob("*.nbi")]
    assert len(indexes) == 2
    for path in indexes:
        path.write_bytes(damage)
    again = run(ROOM, tmp_path, NUMBA_CACHE_DIR=str(tmp_path))
    assert again.returncode == 0
    assert again.stderr.count("RuntimeWarning: dedup cannot read its compiled code") == 1
    assert run(ROOM, tmp_path, NUMBA_CACHE_DIR=str(tmp_path)).stderr == ""


def test_code_of_other_types_is_not_run(tmp_path: Path, code: Path) -> None:
    """Processes that begin at once may keep their code under one another's types."""
    shutil.copytree(code, tmp_path, dirs_exist_ok=True)
    floats, integers = sorted(tmp_path.rglob("*trimmed*.nbc"))
    swapped = floats.read_bytes()
    floats.write_bytes(integers.read_bytes())
    integers.write_bytes(swapped)
    again = run(ROOM, tmp_path, NUMBA_CACHE_DIR=str(tmp_path))
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("RuntimeWarning: dedup cannot read its compiled code") == 1
    assert run(ROOM, tmp_path, NUMBA_CACHE_DIR=str(tmp_path)).stderr == ""


def is_kernel(function: ast.stmt) -> bool:
    names = {"compiled", "unallocating", "inlined"}
    return isinstance(function, ast.FunctionDef) and any(
        isinstance(by, ast.Name) and by.id in names for by in function.decorator_list
    )


def test_kernels_do_not_argsort() -> None:
    """Its inner function has the name of that of ``np.sort``: see note 9."""
    found = 0
    for path in Path(kernels.__file__).parent.glob("*.py"):
        for kernel in filter(is_kernel, ast.parse(path.read_text("utf-8")).body):
            found += 1
            called = [node.attr for node in ast.walk(kernel) if isinstance(node, ast.Attribute)]
            assert "argsort" not in called, (path, kernel.lineno)
    assert found > 100
