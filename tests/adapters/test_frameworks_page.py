import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "pipelines" / "frameworks.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("library", ["langchain_core", "llama_index"])
def test_the_examples_of_the_page_run(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(library, reason=f"the page shows {library}, which is missing: see there")
    (block,) = [block for block in BLOCKS if f">>> from {library}" in block]
    monkeypatch.chdir(tmp_path)
    example = doctest.DocTestParser().get_doctest(block, {}, library, str(PAGE), 0)
    assert doctest.DocTestRunner().run(example) == doctest.TestResults(0, len(example.examples))


def test_the_datatrove_pipeline_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("datatrove", reason="datatrove is missing: pip install 'datatrove[io]'")
    (block,) = [block for block in BLOCKS if block.startswith("from datatrove")]
    (tmp_path / "crawl").mkdir()
    (tmp_path / "crawl" / "a.jsonl").write_text('{"text": "Of a lamp."}\n{"text": "of a LAMP"}\n')
    monkeypatch.chdir(tmp_path)
    exec(block.replace("tasks=8", "tasks=1"), {})  # noqa: S102  our own page
    assert len(list((tmp_path / "clean").iterdir())) == 1


def test_the_page_lists_the_settings_of_the_pipeline() -> None:
    source = (ROOT / "src" / "dedup" / "adapters" / "scrapy.py").read_text(encoding="utf-8")
    assert set(re.findall(r"DEDUP_[A-Z_]+", TEXT)) == set(re.findall(r"DEDUP_[A-Z_]+", source))
