"""Filter Hugging Face datasets: compare splits with each other and with earlier datasets.

Run it as ``python examples/hf_datasets.py``; it needs ``pip install datasets``.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from datasets import Dataset, DatasetDict, disable_progress_bars
from dedup.adapters.tables import unique

STORY = "The ferry was late again, and nobody on the pier could say why it was so."
test = Dataset.from_dict({"url": ["a", "b"], "text": [STORY, "A bridge is planned."]})
train = Dataset.from_dict({"url": ["c", "d"], "text": [STORY.upper(), "Fish was dear."]})
disable_progress_bars()

clean = unique(DatasetDict(test=test, train=train), keep="first")
print("train without what test has:", clean["train"]["url"][:])
with TemporaryDirectory() as folder:
    seen = Path(folder) / "seen.db"
    print("new:", unique(test, id="url", index=seen)["url"][:])
    stream = unique(train.to_iterable_dataset(), id="url", index=seen)
    print("streamed:", [row["url"] for row in stream])
