"""The command stays below its memory limit, whatever it removes."""

import json
import subprocess
import sys
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from dedup.arrays.memory import can_limit
from dedup.arrays.native import has_core

pytestmark = pytest.mark.skipif(
    not (can_limit() and has_core()), reason="a limit needs Linux and the compiled core"
)
LIMIT = 300_000_000  # bytes
CORPUS_BYTES = 60_000_000
LINES_PER_TEXT, WORDS_PER_LINE = 40, 12
# The peak of the memory of a process that was forked may be that of its parent; VmHWM is not.
SCRIPT = """
import sys
from dedup.cli.main import main
code = main(sys.argv[1:])
with open("/proc/self/status") as file:
    print(next(line.split()[1] for line in file if line.startswith("VmHWM")))
sys.exit(code)
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return pages of many short lines, with a footer and copies, in JSON lines."""
    rng = np.random.default_rng(4)
    words = np.array([f"w{number:x}" for number in range(50_000)], object)
    footer = "This line is at the end of all the stories of the harbour news of the town."
    path, size, earlier = tmp_path_factory.mktemp("memory") / "corpus.jsonl", 0, ""
    urls = (f"https://{number % 9}.example/{number}" for number in count())
    with path.open("w") as file:
        while size < CORPUS_BYTES:
            for text_words in rng.choice(words, (200, LINES_PER_TEXT, WORDS_PER_LINE)):
                lines = [*map(" ".join, text_words), footer]
                lines[:9] = earlier.split("\n")[-10:-1] or lines[:9]  # some lines repeat
                earlier = "\n".join(lines)
                size += file.write(json.dumps({"text": earlier, "url": next(urls)}) + "\n")
            size += file.write(json.dumps({"text": earlier, "url": next(urls)}) + "\n")
    return path


def peak_bytes(corpus: Path, *options: str) -> int:
    """Return the peak of the memory of a job in a process of its own."""
    command = (corpus, "-o", corpus.with_name("out.jsonl"), "--memory", "300MB", "-q", *options)
    script = [sys.executable, "-c", SCRIPT]
    ended = subprocess.run(
        [*script, *map(str, command)], check=True, capture_output=True, text=True, timeout=300
    )
    return int(ended.stdout) * 1024


@pytest.mark.long
@pytest.mark.parametrize(
    "options",
    [(), ("--no-within",), ("--blocks",), ("--spans",), ("--source-key", "url")],
    ids=["all", "across", "blocks", "spans", "frames"],
)
def test_peak_is_below_the_limit(corpus: Path, options: tuple[str, ...]) -> None:
    assert peak_bytes(corpus, *options) <= LIMIT
