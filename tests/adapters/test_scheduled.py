"""The examples for cron and Airflow."""

import ast
import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
STORY = (
    "The ferry to Vey was late again on Monday, and nobody on the pier could say why it was so. "
    "The fares stay what they are until the harbour master has had his say."
)
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
ENVIRONMENT = {**os.environ, "PATH": PATH}  # the command is where Python is
needs_flock = pytest.mark.skipif(not shutil.which("flock"), reason="flock is of util-linux")


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(EXAMPLES / "cron" / "dedup-new.sh"), str(folder)],
        env=ENVIRONMENT,
        check=False,
        capture_output=True,
        text=True,
    )


def bring(folder: Path, name: str, **pages: str) -> None:
    (folder / "incoming").mkdir(exist_ok=True)
    lines = [json.dumps({"url": url, "text": text}) + "\n" for url, text in pages.items()]
    (folder / "incoming" / name).write_text("".join(lines), encoding="utf-8")


def urls(folder: Path) -> list[list[str]]:
    files = sorted(folder.iterdir())
    return [[json.loads(line)["url"] for line in file.read_text().splitlines()] for file in files]


def test_cron_reports_a_command_missing_in_its_path(tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", str(EXAMPLES / "cron" / "dedup-new.sh"), str(tmp_path)],
        env={"PATH": "/usr/bin:/bin"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "dedup-clean is not in PATH=/usr/bin:/bin: add its folder" in done.stderr
    assert not [*tmp_path.iterdir()]


@needs_flock
def test_cron_keeps_new_texts(tmp_path: Path) -> None:
    bring(tmp_path, "1.jsonl", a=STORY, b=STORY.upper(), c="Of boats.")
    bring(tmp_path, "2.jsonl", d=f"{STORY} More soon.", e="Of a school.")
    assert (run(tmp_path).returncode, urls(tmp_path / "new")) == (0, [["a", "c"], ["e"]])
    assert len(urls(tmp_path / "done")) == 2
    assert not [*(tmp_path / "incoming").iterdir(), *(tmp_path / "work").iterdir()]
    before = {file.name: file.read_bytes() for file in (tmp_path / "new").iterdir()}
    assert run(tmp_path).returncode == 0
    assert {file.name: file.read_bytes() for file in (tmp_path / "new").iterdir()} == before
    bring(tmp_path, "1.jsonl", a=STORY)  # the next crawl has the page again
    assert (run(tmp_path).returncode, len(urls(tmp_path / "new"))) == (0, 3)
    assert [] in urls(tmp_path / "new")


@needs_flock
def test_cron_continues_an_interrupted_run(tmp_path: Path) -> None:
    bring(tmp_path, "1.jsonl", a=STORY, b=STORY.upper(), c="Of boats.")
    assert run(tmp_path).returncode == 0
    (done,) = (tmp_path / "done").iterdir()
    (new,) = (tmp_path / "new").iterdir()
    output = new.read_bytes()
    done.rename(tmp_path / "work" / done.name)  # killed before it was moved,
    assert (run(tmp_path).returncode, new.read_bytes(), done.exists()) == (0, output, True)
    done.rename(tmp_path / "work" / done.name)  # or before the output was there
    new.unlink()
    assert (run(tmp_path).returncode, new.read_bytes(), done.exists()) == (0, output, True)


@needs_flock
def test_cron_does_nothing_while_another_run_works(tmp_path: Path) -> None:
    bring(tmp_path, "1.jsonl", a=STORY)
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run(tmp_path).returncode == 0
    assert (tmp_path / "incoming" / "1.jsonl").exists()


@needs_flock
def test_cron_keeps_unreadable_files_for_the_next_run(tmp_path: Path) -> None:
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming" / "1.jsonl").write_text("no json\n")
    ended = run(tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith("dedup-clean: error: ")
    assert len(list((tmp_path / "work").iterdir())) == 1
    assert not list((tmp_path / "done").iterdir())


def constants(file: Path) -> dict[str, str]:
    """Return the constants of a program, without what it imports."""
    text = file.read_text(encoding="utf-8")
    compile(text, str(file), "exec")
    tree = ast.parse(text)
    tree.body = [part for part in tree.body if isinstance(part, ast.Assign)]
    found: dict[str, str] = {}
    exec(compile(tree, str(file), "exec"), found)  # noqa: S102  our own example
    return found


def test_the_airflow_command_gives_the_same_output_twice(tmp_path: Path) -> None:
    dag = constants(EXAMPLES / "airflow_dag.py")
    line = dag["COMMAND"].replace(dag["FOLDER"], str(tmp_path)).replace(dag["HOUR"], "h.jsonl")
    bring(tmp_path, "h.jsonl", a=STORY, b=STORY.upper(), c="Of boats.")
    (tmp_path / "new").mkdir()
    for _ in range(2):
        subprocess.run(["/bin/sh", "-c", line], env=ENVIRONMENT, check=True)
        assert urls(tmp_path / "new") == [["a", "c"]]
