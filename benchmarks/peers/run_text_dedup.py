"""text-dedup: ``python -m text_dedup.minhash`` with the README's ``config.toml``.

Changed from the README, unless they are given behind the files: the threshold (0.7 there) and
``num_perm`` (240 there), so that the question is the one that the other peers get.
"""

import json
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.peers.protocol import NGRAM_SIZE, NUM_PERM, THRESHOLD

CONFIG = """
[input]
input_type = "local_files"
file_type = "json"
[input.read_arguments]
path = "json"
data_files = {source}
split = "train"
[algorithm]
algorithm_name = "minhash"
text_column = "text"
seed = 42
batch_size = 10000
num_perm = {num_perm}
threshold = {threshold}
false_positive_weight = 0.5
false_negative_weight = 0.5
hash_bits = 64
ngram_size = {ngram_size}
check_false_positive = true
[output]
output_dir = "output"
clean_cache = false
save_clusters = true
[debug]
enable_profiling = false
"""


def main(
    source: Path, target: Path, threshold: str = str(THRESHOLD), num_perm: str = str(NUM_PERM)
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = CONFIG.format(
            source=json.dumps(str(source)),
            num_perm=num_perm,
            threshold=threshold,
            ngram_size=NGRAM_SIZE,
        )
        Path(folder, "config.toml").write_text(config, encoding="utf-8")
        # A cache of its own: the one in the home folder would answer the second run.
        fresh = {"HF_HOME": f"{folder}/cache", "HF_HUB_OFFLINE": "1"}
        command = [sys.executable, "-m", "text_dedup.minhash"]
        subprocess.run(command, check=True, cwd=folder, env=os.environ | fresh)
        # text-dedup wrote this pickle a moment ago, in a folder of ours.
        written = Path(folder, "output", "clusters.pickle").read_bytes()
        labels: dict[int, int] = pickle.loads(written)  # noqa: S301
    with source.open("rb") as lines:  # counted, not parsed: that would be time of ours
        stands = [labels.get(row, row) for row, _ in enumerate(lines)]
    keep = [row for row, other in enumerate(stands) if other == row]
    target.write_text(json.dumps({"keep": keep, "stands": stands}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), *sys.argv[3:])
