import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., list[str]]:
    """Return what runs an example as a user would, and gives what it prints."""

    def run_example(name: str, library: str, *arguments: str) -> list[str]:
        pytest.importorskip(library, reason=f"{name} needs {library}: see docs/pipelines")
        script = [sys.executable, str(EXAMPLES / name), *arguments]
        done = subprocess.run(script, cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.splitlines()

    return run_example


def test_langchain(run: Callable[..., list[str]]) -> None:
    assert run("langchain_documents.py", "langchain_core") == [
        "2 of 2 new: vey.example/ferry vey.example/cup",
        "1 of 3 new: agency.example/3",
        "agency.example/1 repeats vey.example/ferry",
        "agency.example/2 repeats vey.example/ferry",
    ]


def test_llama_index(run: Callable[..., list[str]]) -> None:
    assert run("llama_index_pipeline.py", "llama_index") == [
        "2 of 2 new: vey/ferry vey/cup",
        "1 of 2 new: agency/2",
        "0 of 2 new:",
    ]


def test_scrapy(run: Callable[..., list[str]]) -> None:
    lines = run("scrapy_spider.py", "scrapy")
    pages = [line.rpartition("/")[2].rstrip('"}') for line in lines if line.startswith("{")]
    assert pages == ["ferry", "cup"]
    assert lines[2:] == ["dedup/exact: 1", "dedup/near: 1", "dedup/new: 2"]


def test_datatrove(run: Callable[..., list[str]]) -> None:
    copies = dict(line.split(" repeats ") for line in run("datatrove_pipeline.py", "datatrove"))
    stories = {"monday.jsonl/0", "monday.jsonl/2", "tuesday.jsonl/0"}
    (kept,) = stories - set(copies)  # whichever task came first
    task = "00000" if kept.startswith("monday") else "00001"
    assert set(copies.values()) == {f"2026-11-25/{task}/{kept}"}
