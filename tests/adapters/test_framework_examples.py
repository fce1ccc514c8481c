import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
LIBRARIES = {
    "langchain_documents.py": "langchain_core",
    "llama_index_pipeline.py": "llama_index",
    "scrapy_spider.py": "scrapy",
    "datatrove_pipeline.py": "datatrove",
}


def run_in(folder: Path, name: str) -> list[str]:
    """Run an example as a user would; return the lines that it prints."""
    script = [sys.executable, str(EXAMPLES / name)]
    done = subprocess.run(script, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], list[str]]]:
    """Run all examples, two at a time; return a function that returns the lines of one."""
    with ThreadPoolExecutor(2) as threads:
        runs = {
            name: threads.submit(run_in, tmp_path_factory.mktemp("example"), name)
            for name, library in LIBRARIES.items()
            if find_spec(library)
        }

        def lines_of(name: str) -> list[str]:
            if name not in runs:
                pytest.skip(f"{name} needs {LIBRARIES[name]}: see docs/how-to/pipelines")
            return runs[name].result()

        yield lines_of


def test_langchain(printed: Callable[[str], list[str]]) -> None:
    assert printed("langchain_documents.py") == [
        "2 of 2 new: vey.example/ferry vey.example/cup",
        "1 of 3 new: agency.example/3",
        "agency.example/1 repeats vey.example/ferry",
        "agency.example/2 repeats vey.example/ferry",
    ]


def test_llama_index(printed: Callable[[str], list[str]]) -> None:
    assert printed("llama_index_pipeline.py") == [
        "2 of 2 new: vey/ferry vey/cup",
        "1 of 2 new: agency/2",
        "0 of 2 new:",
    ]


def test_scrapy(printed: Callable[[str], list[str]]) -> None:
    lines = printed("scrapy_spider.py")
    pages = [line.rpartition("/")[2].rstrip('"}') for line in lines if line.startswith("{")]
    assert pages == ["ferry", "cup"]
    assert lines[2:] == ["dedup/exact: 1", "dedup/near: 1", "dedup/new: 2"]


def test_datatrove(printed: Callable[[str], list[str]]) -> None:
    copies = dict(line.split(" repeats ") for line in printed("datatrove_pipeline.py"))
    stories = {"monday.jsonl/0", "monday.jsonl/2", "tuesday.jsonl/0"}
    (kept,) = stories - set(copies)  # the story of the task that came first
    task = "00000" if kept.startswith("monday") else "00001"
    assert set(copies.values()) == {f"2026-11-25/{task}/{kept}"}
