import subprocess
import sys

SCRIPT = """
import sys
sys.modules.update(dict.fromkeys(["datasets", "polars", "pyarrow"]))  # as if not installed
import pandas as pd
import dedup
from dedup.adapters import aio, tables
story = "The ferry was late again, and nobody on the pier could say why it was so."
frame = pd.DataFrame({"text": [story, story.upper(), None]})
print(len(tables.unique(frame)), len(tables.annotate(frame, index=dedup.Index())))
try:
    tables.unique(pd.DataFrame({"text": pd.Categorical([story])}))
except dedup.MissingLibraryError as error:
    print(error)
"""


def test_each_adapter_imports_only_its_own_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], check=True, capture_output=True, encoding="utf-8"
    )
    assert done.stdout.splitlines() == [
        "2 3",
        "pyarrow is missing: pip install pyarrow",
    ]
