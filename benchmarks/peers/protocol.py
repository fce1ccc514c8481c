"""Shared by the ``run_NAME`` scripts; standard library only, as the peers' interpreters run it.

A script gets the file to read and the file to write. It writes its decision as JSON, one of

- ``{"pairs": [[i, j], ...]}``: near-duplicate pairs;
- ``{"keep": [row, ...]}``: kept rows; optionally with ``"representative": [row, ...]``, the kept
  row for each row;
- ``{"flags": [row, ...]}``: rows that have a copy somewhere.
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
    """Return the joined n-grams of ``text.lower().split()``; a shorter text is one n-gram.

    Otherwise all short texts would have the same empty set.
    """
    words = text.lower().split()
    if len(words) <= NGRAM_SIZE:
        return [" ".join(words)]
    return [" ".join(words[at : at + NGRAM_SIZE]) for at in range(len(words) - NGRAM_SIZE + 1)]


def candidate_pairs(found: Iterable[Iterable[int]]) -> Decision:
    """Return each pair once, given the candidates of each row."""
    return {
        "pairs": [
            [earlier, row]
            for row, candidates in enumerate(found)
            for earlier in candidates
            if earlier < row
        ]
    }


def read_texts(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def run(decide: Callable[[list[str]], T], record: Callable[[T], Decision]) -> None:
    """Time ``decide``; write its result, which ``record`` converts to a decision."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    texts = read_texts(source)
    cpu, wall = time.process_time(), time.perf_counter()
    decided = decide(texts)
    seconds = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    target.write_text(json.dumps(record(decided) | {"seconds": seconds}), encoding="utf-8")
