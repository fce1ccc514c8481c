import doctest
from pathlib import Path

import pytest

import datasets

PAGES = Path(__file__).parents[2] / "docs" / "pipelines"


@pytest.mark.parametrize("name", ["README", "streams", "tables"])
def test_a_page_says_what_happens(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # indexes lie where the reader is
    datasets.disable_progress_bars()
    found = doctest.testfile(str(PAGES / f"{name}.md"), module_relative=False, encoding="utf-8")
    assert found.attempted
    assert not found.failed
