import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOWN = {
    "unique_stream": ["/ferry is new", "/ferry?print repeats /ferry (100%)", "/market is new"],
    "asyncio_stream": ["The ferry was late", "A bridge is planned.", "Fish was dear"],
    "pandas_frame": ["a        True           <NA>", "b       False              0", "e  "],
    "polars_frame": ["lazily: 2 of 3", "│ b   ┆ false      ┆ a ", "│ e   ┆ Fish was dear. "],
    "arrow_table": ["in batches: ['a', 'b']", "in batches: []", "'dedup_witness': 'a'"],
    "hf_datasets": ["what test has: ['d']", "new: ['a', 'b']", "streamed: ['d']"],
}


@pytest.mark.parametrize("name", SHOWN)
def test_an_example_shows_what_it_says(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        encoding="utf-8",
        env=os.environ | {"HF_HOME": str(tmp_path), "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    for line in SHOWN[name]:
        assert line in done.stdout
    assert "/ferry/2 is new" not in done.stdout
