"""The README and the examples do what they say."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [(match[1], match[2]) for match in BLOCK.finditer(README)]


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


def test_the_readme_has_blocks_of_every_kind() -> None:
    assert {"console", "python", "sh"} == {language for language, _ in BLOCKS}


@pytest.mark.parametrize("block", [code for language, code in BLOCKS if language == "console"])
def test_console_blocks_print_what_they_show(block: str, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "article.txt").write_bytes((ROOT / "examples" / "article.txt").read_bytes())
    for command, expected in sessions(block):
        assert run(command, tmp_path) == expected


PYTHON = """
import doctest
import os
for number, block in enumerate({blocks}):
    os.chdir(f"{{number}}")
    doctest.run_docstring_examples(block, {{}}, name=f"block {{number}} of the README")
    os.chdir("..")
"""


def test_python_blocks_run(tmp_path: Path) -> None:
    blocks = [code for language, code in BLOCKS if language == "python"]
    for number, block in enumerate(blocks):
        assert ">>> " in block
        (tmp_path / f"{number}").mkdir()
        shutil.copy(ROOT / "examples" / "article.txt", tmp_path / f"{number}")
    assert run([sys.executable, "-c", PYTHON.format(blocks=blocks)], tmp_path) == ""


@pytest.mark.parametrize("block", [code for language, code in BLOCKS if language == "sh"])
def test_sh_blocks_name_real_targets(block: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in block.splitlines():
        command = line.split("#")[0].split()
        if command[:1] == ["make"]:
            assert re.search(rf"^{command[1]}:", makefile, re.MULTILINE)


def test_the_demo_shows_what_was_removed() -> None:
    shown = run([sys.executable, str(ROOT / "examples" / "demo.py")], ROOT)
    assert "removed 9 of 20 paragraphs" in shown
    assert "restores the article, byte for byte" in shown


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
