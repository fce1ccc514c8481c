"""Drop rows of a polars frame that repeat other rows or earlier texts.

Run it as ``python examples/polars_frame.py``; it needs ``pip install polars pyarrow``.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from dedup.adapters.tables import annotate, unique

STORY = "The ferry was late again, and nobody on the pier could say why it was so."
monday = pl.DataFrame({"url": [*"abc"], "text": [STORY, STORY.upper(), "A bridge is planned."]})
tuesday = pl.DataFrame({"url": [*"de"], "text": [f"“{STORY}”", "Fish was dear."]})

print("why:", annotate(monday, id="url").drop("text"))
print("longest:", len(unique(monday)), "of", len(monday))
with TemporaryDirectory() as folder:
    for day in (monday, tuesday):
        print("new:", unique(day, id="url", index=Path(folder) / "seen.db"))
