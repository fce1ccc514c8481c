"""The pages for contributors agree with the package, the Makefile and each other."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest

import dedup
from dedup.text import sentence_ends

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "dedup"
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PAGES = [
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / ".github").rglob("*.md")),
]
FOLDERS = [ROOT, PACKAGE]  # in which the pages name files
FILE = re.compile(r"`([\w./-]+/[\w./-]*|[\w-]+\.(?:py|md|toml|cff))`")
MADE = {"build/manual", "docs/pictures/scaling.svg"}  # by targets, and not committed
DIFF = re.compile(r"^( *)```diff\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
TARGET = re.compile(r"^([a-z-]+):.*##", re.MULTILINE)


def section(heading: str) -> str:
    """Return what is below a heading of CONTRIBUTING.md, up to the next one of its level."""
    below = re.split(rf"^{heading}$", PAGE, flags=re.MULTILINE)[1]
    return re.split(rf"^{heading.partition(' ')[0]} ", below, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_each_named_file_exists(path: Path) -> None:
    names = {*FILE.findall(path.read_text("utf-8"))} - MADE
    missing = [name for name in names if not any((folder / name).exists() for folder in FOLDERS)]
    assert [name for name in missing if "NAME" not in name] == []


def test_the_map_has_each_package_and_a_file_to_start_in() -> None:
    table = section("## Map of the house")
    rows = re.findall(r"^\| `(\w+)` \| .* \| `([\w/.]+)` \|$", table, re.MULTILINE)
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert sorted(name for name, _ in rows) == sorted(packages)
    for name, start in rows:
        assert start.startswith(f"{name}/") and (PACKAGE / start).is_file()


def test_the_map_is_in_the_order_of_the_imports() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    [contract] = settings["tool"]["importlinter"]["contracts"]
    layers = [layer.split(" | ") for layer in contract["layers"]]
    place = {name: number for number, names in enumerate(layers) for name in names}
    names = re.findall(r"^\| `(\w+)` \|", section("## Map of the house"), re.MULTILINE)
    assert [place[name] for name in names] == sorted(place[name] for name in names)


def test_the_page_lists_the_targets_of_the_makefile_in_the_same_groups() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    first, *groups = re.split("^##@ (.*)$", makefile, flags=re.MULTILINE)
    assert TARGET.findall(first) == ["help"]
    for title, rules in zip(groups[::2], groups[1::2], strict=True):
        on_page = re.findall(r"^\| `make ([a-z-]+)` \|", section(f"### {title}"), re.MULTILINE)
        assert on_page == TARGET.findall(rules)


def changed(name: str, diff: str) -> str:
    """Return a file with a change, whose lines before it must be in the file once."""
    lines = [(line[:1], line[1:]) for line in diff.splitlines(keepends=True)]
    before, after = ("".join(text for mark, text in lines if mark != left) for left in "+-")
    source = (ROOT / name).read_text("utf-8")
    assert source.count(before) == 1
    return source.replace(before, after)


def test_the_first_change_is_still_to_be_made_and_works(tmp_path: Path) -> None:
    walk = section("## Your first change")
    test, rule = (
        re.sub(f"^{indent}", "", diff, flags=re.MULTILINE) for indent, diff in DIFF.findall(walk)
    )
    assert changed("tests/spans/test_spans_sentences.py", test)
    (tmp_path / "sentence_ends.py").write_text(
        changed("src/dedup/text/sentence_ends.py", rule), "utf-8"
    )
    module = runpy.run_path(str(tmp_path / "sentence_ends.py"))
    [case] = re.findall(r"^[+] *\((.*)\),$", test, re.MULTILINE)
    *arguments, kind = eval(case, module)  # noqa: S307  a line of CONTRIBUTING.md
    assert module["end_between"](*arguments) == kind
    assert sentence_ends.end_between(*arguments) == sentence_ends.SURE_END


def test_the_citation_has_the_facts_of_the_package() -> None:
    lines = (ROOT / "CITATION.cff").read_text("utf-8").splitlines()
    cited = dict(line.split(": ", 1) for line in lines if ": " in line)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert cited["version"] == dedup.__version__
    assert cited["license"] == project["license"]
    assert cited["abstract"] == project["description"]
    assert [cited["  - name"]] == [author["name"] for author in project["authors"]]
