"""What every ``run_NAME`` shares: it runs under the peers' interpreters, so it imports nothing.

A script is called with the file to read and the file to write. What it decides is one of
``{"pairs": [[i, j], ...]}``, ``{"keep": [row, ...]}`` or ``{"flags": [row, ...]}`` (rows said
to have a copy, without saying where). Beside ``keep`` there may be ``stands``: for each row the
one that is kept for it.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

NGRAM_SIZE = 5
NUM_PERM = 128
THRESHOLD = 0.8

Decision = dict[str, list[int] | list[list[int]]]
T = TypeVar("T")


def word_ngrams(text: str) -> list[str]:
    """Return the joined n-grams of ``text.lower().split()``; a shorter text is one of them.

    Without the second half all short texts would be one empty set, and so all equal.
    """
    words = text.lower().split()
    if len(words) <= NGRAM_SIZE:
        return [" ".join(words)]
    return [" ".join(words[at : at + NGRAM_SIZE]) for at in range(len(words) - NGRAM_SIZE + 1)]


def candidate_pairs(found: Iterable[Iterable[int]]) -> Decision:
    """Return each pair once, from the list of candidates of each row."""
    return {
        "pairs": [
            [other, row] for row, others in enumerate(found) for other in others if other < row
        ]
    }


def read_texts(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def run(decide: Callable[[list[str]], T], record: Callable[[T], Decision]) -> None:
    """Time ``decide`` alone; ``record`` brings what it gave into the form of a decision."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    texts = read_texts(source)
    cpu, wall = time.process_time(), time.perf_counter()
    decided = decide(texts)
    seconds = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    target.write_text(json.dumps(record(decided) | {"seconds": seconds}), encoding="utf-8")
