"""README.md, the pages in docs/ and the examples do what they say.

A page is run as a reader would: its blocks from top to bottom, in one folder that has the example
texts, with one Python session.
"""

import doctest
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from benchmarks import comparison_tables

ROOT = Path(__file__).parents[1]
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    if "decisions" not in path.parts
}
LINKING_PAGES = sorted(
    {
        ROOT / "CONTRIBUTING.md",
        ROOT / "SECURITY.md",
        *map(ROOT.joinpath, PAGES),
        *ROOT.glob("docs/decisions/*.md"),
        *ROOT.glob("benchmarks/**/*.md"),
    }
)
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# Pages whose Python other tests run: adapters/test_frameworks_page.py, adapters/test_spark.py.
OPTIONAL = {"docs/how-to/pipelines/frameworks.md", "docs/how-to/spark.md"}
# Commands and output of other programs, rights on a server, settings of other programs.
NOT_RUN = {"text", "sql", "yaml"}
RELEASED = "# once released"


def blocks(page: str) -> list[tuple[str, str]]:
    """Return the language and the text of each block of a page."""
    return [(match[2], match[3]) for match in BLOCK.finditer(PAGES[page])]


def run(command: str | list[str], folder: Path) -> str:
    """Run a command with the virtual environment's commands first on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    words = shlex.split(command) if isinstance(command, str) else command
    done = subprocess.run(
        words if isinstance(command, list) else ["bash", "-c", command],
        cwd=folder,
        env=os.environ | {"PATH": path, "COLUMNS": "80"},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout


def sessions(block: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with what it prints."""
    found: list[tuple[str, str]] = []
    for line in block.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append((line[2:].strip(), ""))
        else:
            command, output = found[-1]
            found[-1] = (command, output + line)
    return found


def run_python(block: str, session: dict[str, Any], page: str) -> str:
    """Run a block of a Python session, and return what differs from what it shows."""
    example = doctest.DocTestParser().get_doctest(block, session, page, page, 0)
    example.globs = session  # the parser made a copy
    differences: list[str] = []
    doctest.DocTestRunner().run(example, out=differences.append, clear_globs=False)
    return "".join(differences)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # examples open files in one line
@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_page_runs_from_top_to_bottom(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("article.txt", "news.jsonl"):
        shutil.copy(ROOT / "examples" / text, tmp_path)
    monkeypatch.chdir(tmp_path)
    session: dict[str, Any] = {}
    for language, block in blocks(page):
        if language == "console":
            for command, expected in sessions(block):
                assert run(command, tmp_path) == expected, command
        if language == "python" and page not in OPTIONAL:
            assert ">>> " in block
            assert run_python(block, session, page) == ""


@pytest.mark.parametrize("page", sorted(PAGES))
def test_other_blocks_of_a_page_are_known(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for language, block in blocks(page):
        if language == "toml":
            assert tomllib.loads(block)
        elif language == "sh":
            for line in block.splitlines():
                command = line.split("#")[0].split()
                target = command[1] if command[:1] == ["make"] else None
                assert target is None or re.search(rf"^{target}:", makefile, re.MULTILINE)
                assert target or line.endswith(RELEASED)
        else:
            assert language in {"console", "python", *NOT_RUN}


def anchors(page: str) -> set[str]:
    """Return the names by which GitHub links to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", BLOCK.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", LINKING_PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match("[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


def test_the_readme_is_short() -> None:
    assert len(PAGES["README.md"].split()) <= 1000


def test_the_tables_of_the_benchmarks_are_the_measured_ones() -> None:
    for name, table in comparison_tables.measured_tables().items():
        page = comparison_tables.PAGES[name].read_text(encoding="utf-8")
        assert f"<!-- {name} -->\n{table}\n<!-- end -->" in page


def test_the_demo_shows_what_was_removed() -> None:
    shown = run([sys.executable, str(ROOT / "examples" / "demo.py")], ROOT)
    assert "removed 9 of 20 paragraphs" in shown
    assert "restores the article, byte for byte" in shown


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGPIPE")
def test_the_demo_ends_quietly_when_its_reader_stops() -> None:
    script = str(ROOT / "examples" / "demo.py")
    assert run(f"'{sys.executable}' '{script}' | sleep 0", ROOT) == ""


def test_the_dockerfile_copies_what_a_build_needs() -> None:
    # No test builds the image, because most machines that run the tests have no Docker.
    dockerfile = (ROOT / "examples" / "Dockerfile").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    copied = " ".join(re.findall(r"^COPY ([^-].*) \S+$", dockerfile, re.MULTILINE)).split()
    assert {*copied} == {
        *("pyproject.toml", "CMakeLists.txt", "src"),
        *(project["readme"], *project["license-files"]),
    }
    assert all((ROOT / name).exists() for name in copied)
    entrypoint = json.loads(re.findall(r"^ENTRYPOINT (.*)$", dockerfile, re.MULTILINE)[0])
    assert entrypoint[0] in project["scripts"]
    assert {*re.findall(r"EXTRAS=([a-z,]+)", dockerfile)} == {"arrow", "arrow,remote"}
    assert {"arrow", "remote"} <= {*project["optional-dependencies"]}


def test_an_option_of_the_corpus_shows_its_usage(tmp_path: Path) -> None:
    script = str(ROOT / "examples" / "corpus.py")
    assert run([sys.executable, script, "--help"], tmp_path).startswith("usage: ")
    assert not list(tmp_path.iterdir())


def test_the_corpus_keeps_one_of_each_story(tmp_path: Path) -> None:
    article = (ROOT / "examples" / "article.txt").read_text(encoding="utf-8")
    texts = [article[:2000], "Something else.", article]
    lines = [json.dumps({"id": f"n{row}", "text": text}) + "\n" for row, text in enumerate(texts)]
    script = str(ROOT / "examples" / "corpus.py")
    done = subprocess.run(
        [sys.executable, script, str(tmp_path / "duplicates.jsonl")],
        input="".join(lines),
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == lines[1] + lines[2]
    duplicate = json.loads((tmp_path / "duplicates.jsonl").read_text(encoding="utf-8"))
    assert (duplicate["id"], duplicate["duplicate_of"]) == ("n0", "n2")
    assert "removed 1 near copy" in done.stderr


def test_the_pipeline_cleans_a_stream(tmp_path: Path) -> None:
    article = (ROOT / "examples" / "article.txt").read_text(encoding="utf-8")
    code = (
        "import json, pathlib, sys;"
        "text = pathlib.Path(sys.argv[1]).read_text(encoding='utf-8');"
        "[print(json.dumps({'id': i, 'text': text})) for i in 'ab']"
    )
    records = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "examples" / "article.txt")],
        check=True,
        capture_output=True,
    ).stdout
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "pipeline.py"), str(tmp_path / "removed.jsonl")],
        input=records,
        check=True,
        capture_output=True,
    )
    lines = done.stdout.decode().splitlines()
    alone = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "pipeline.py")], check=False, capture_output=True
    )
    assert alone.returncode == 1 and alone.stderr.startswith(b"usage: python pipeline.py LEDGER")
    assert len(lines) == 2
    assert all(len(line) < len(article) for line in lines)
    assert (tmp_path / "removed.jsonl").read_bytes().count(b"\n") == 18
