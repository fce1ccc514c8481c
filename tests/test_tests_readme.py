"""``tests/README.md`` names each test file and the promises that it holds."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
PROMISES = {"W1", "W2", "W3", "W4", "W5", "quality", "safety", "interface", "tools"}
ROW = re.compile(r"^\| `([\w/]+/)?(test_\w+\.py)` \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
README = (TESTS / "README.md").read_text("utf-8")
PROMISES_OF = {f"{folder}{name}": promises for folder, name, promises in ROW.findall(README)}


def test_the_readme_names_each_test_file_once() -> None:
    files = sorted(path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py"))
    assert sorted(f"{folder}{name}" for folder, name, _ in ROW.findall(README)) == files


def test_names_of_test_files_are_unique() -> None:
    """pytest imports a test file by its name, so it refuses two files of one name."""
    names = [path.name for path in TESTS.rglob("test_*.py")]
    assert [name for name in {*names} if names.count(name) > 1] == []


def test_each_test_file_holds_a_promise_and_each_promise_has_tests() -> None:
    held = {name: set(promises.split(", ")) for name, promises in PROMISES_OF.items()}
    assert set().union(*held.values()) == PROMISES
    assert all(f"\n| {promise} | " in README for promise in PROMISES)


def test_all_shared_modules_exist() -> None:
    shared = README.split("## Shared modules")[1]
    names = re.findall(r"`([^`]+)`", shared)
    assert [name for name in names if not (TESTS / name).exists()] == []
    modules = {path.name for path in TESTS.glob("*.py")} - {"__init__.py", "conftest.py"}
    assert {name for name in modules if not name.startswith("test_")} <= set(names)
