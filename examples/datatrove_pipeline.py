"""Drop documents that repeat others, across the files of a crawl: datatrove.

Run it as ``python examples/datatrove_pipeline.py FOLDER`` (``pip install datatrove``).
The folder has the JSON lines of a crawl in ``crawl/``. The script writes ``clean/``, ``copies/``,
``logs/`` and ``seen.db`` there. Without FOLDER it makes a small crawl in a temporary folder.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

from dedup.adapters.datatrove import DedupFilter

FERRY = (
    "The ferry to Vey was late again on Monday, and nobody on the pier could say why it was so. "
    "The harbour master has promised a report by the end of the week, as he did in March, and the "
    "fares stay what they are until then."
)
CRAWL = {
    "monday.jsonl": [FERRY, "Seven boats raced for the cup.", FERRY.upper()],
    "tuesday.jsonl": [f"{FERRY} (AP)", "The school of Vey opens in May."],
}


def main(folder: Path) -> None:
    """Clean a crawl with one task for each file, two at a time."""
    LocalPipelineExecutor(
        [
            JsonlReader(str(folder / "crawl")),
            DedupFilter(
                folder / "seen.db",  # also has the earlier crawls
                job="2026-11-25",
                exclusion_writer=JsonlWriter(str(folder / "copies"), compression=None),
            ),
            JsonlWriter(str(folder / "clean"), compression=None),
        ],
        tasks=2,
        workers=2,
        logging_dir=str(folder / "logs"),
    ).run()
    for copies in sorted((folder / "copies").iterdir()):
        for line in copies.read_text(encoding="utf-8").splitlines():
            copy = json.loads(line)
            print(f"{copy['id']} repeats {copy['metadata']['dedup_witness']}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with TemporaryDirectory() as made:
            (Path(made) / "crawl").mkdir()
            for name, texts in CRAWL.items():
                lines = [json.dumps({"text": text}) + "\n" for text in texts]
                (Path(made) / "crawl" / name).write_text("".join(lines), encoding="utf-8")
            main(Path(made))
