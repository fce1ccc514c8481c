"""Stream Arrow record batches through an index, with one batch in memory at a time.

Run it as ``python examples/arrow_table.py``; it needs ``pip install pyarrow``.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from dedup.adapters.tables import annotate, unique

STORY = "The ferry was late again, and nobody on the pier could say why it was so."
table = pa.table({"url": [*"abc"], "text": [STORY, "A bridge is planned.", STORY.upper()]})

print("at once:", unique(table)["url"].to_pylist())
with TemporaryDirectory() as folder:
    seen = Path(folder) / "seen.db"
    for batch in unique(table.to_reader(max_chunksize=2), id="url", index=seen):
        print("in batches:", batch["url"].to_pylist())
    later = pa.table({"url": ["d"], "text": [f"“{STORY}”"]})
    print("later:", annotate(later, id="url", index=seen).drop_columns("text").to_pylist())
