"""text-dedup: ``python -m text_dedup.minhash`` with the README's ``config.toml``.

By default the threshold and ``num_perm`` are those of the other peers; the README has 0.7 and 240.
Two more arguments set others.
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
        # A new cache: the one in the home folder would answer the second run.
        fresh = {"HF_HOME": f"{folder}/cache", "HF_HUB_OFFLINE": "1"}
        command = [sys.executable, "-m", "text_dedup.minhash"]
        subprocess.run(command, check=True, cwd=folder, env=os.environ | fresh)
        # text-dedup has just written this pickle, in a folder made above.
        written = Path(folder, "output", "clusters.pickle").read_bytes()
        labels: dict[int, int] = pickle.loads(written)  # noqa: S301
    with source.open("rb") as lines:  # count lines without parsing, which would cost time
        representative = [labels.get(row, row) for row, _ in enumerate(lines)]
    keep = [row for row, kept_row in enumerate(representative) if kept_row == row]
    decision = {"keep": keep, "representative": representative}
    target.write_text(json.dumps(decision), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), *sys.argv[3:])
