import runpy
from pathlib import Path

import pytest

import datasets

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOWN = {
    "unique_stream": ["/ferry is new", "/ferry?print repeats /ferry (100%)", "/market is new"],
    "asyncio_stream": ["The ferry was late", "A bridge is planned.", "Fish was dear"],
    "pandas_frame": ["a        True           <NA>", "b       False              0", "e  "],
    "polars_frame": ["longest: 2 of 3", "│ b   ┆ false      ┆ a ", "│ e   ┆ Fish was dear. "],
    "arrow_table": ["in batches: ['a', 'b']", "in batches: []", "'dedup_witness': 'a'"],
    "hf_datasets": ["what test has: ['d']", "new: ['a', 'b']", "streamed: ['d']"],
}


@pytest.mark.parametrize("name", SHOWN)
def test_an_example_prints_these_lines(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    datasets.enable_progress_bars()
    shown = capsys.readouterr().out
    for line in SHOWN[name]:
        assert line in shown
    assert "/ferry/2 is new" not in shown
