"""datatrove: the four stages of its example ``minhash_deduplication.py``, run locally.

One task and one worker in one process, which takes the least processor time. ``TokensCounter`` of
the example is left out: it downloads a tokenizer and only prints a number.
"""

import gzip
import json
import sys
import tempfile
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import (
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
)
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers.jsonl import JsonlWriter
from datatrove.utils.typeshelper import Languages

# As in the example; its 64-bit hashes have become the default.
CONFIG = MinhashConfig(num_buckets=14, hashes_per_bucket=8)


def stages(source: Path, folder: str) -> list[LocalPipelineExecutor]:
    reader = JsonlReader(str(source.parent), glob_pattern=source.name)
    signatures, buckets, removed = (f"{folder}/{name}" for name in ("sigs", "buckets", "remove"))
    pipelines = [
        [reader, MinhashDedupSignature(signatures, config=CONFIG, language=Languages.english)],
        [MinhashDedupBuckets(signatures, buckets, config=CONFIG)],
        [MinhashDedupCluster(buckets, removed, config=CONFIG)],
        [
            reader,
            MinhashDedupFilter(removed, exclusion_writer=JsonlWriter(f"{folder}/removed")),
            JsonlWriter(f"{folder}/kept"),
        ],
    ]
    return [
        LocalPipelineExecutor(
            pipeline=pipeline,
            tasks=CONFIG.num_buckets if number == 1 else 1,
            workers=1,
            logging_dir=f"{folder}/logs/{number}",
        )
        for number, pipeline in enumerate(pipelines)
    ]


def main(source: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for stage in stages(source, folder):
            stage.run()
        keep: list[int] = []
        for path in sorted(Path(folder, "kept").iterdir()):
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                # The writer omits falsy fields, such as the id of row 0.
                keep += [int(json.loads(line).get("id", 0)) for line in lines]
    target.write_text(json.dumps({"keep": keep}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
