"""Drop rows of a pandas frame that repeat other rows or earlier texts.

Run it as ``python examples/pandas_frame.py``; it needs ``pip install pandas``.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from dedup.adapters.tables import annotate, unique

STORY = "The ferry was late again, and nobody on the pier could say why it was so."
monday = pd.DataFrame({"text": [STORY, STORY.upper(), "A bridge is planned."]}, index=[*"abc"])
tuesday = pd.DataFrame({"text": [f"“{STORY}”", "Fish was dear."]}, index=[*"de"])

print("why:", annotate(monday).drop(columns="text"), sep="\n")
with TemporaryDirectory() as folder:
    for day in (monday, tuesday):
        print("new:", unique(day, index=Path(folder) / "seen.db"), sep="\n")
