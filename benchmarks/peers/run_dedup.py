"""This library: ``deduplicate`` by either measure, and ``near_duplicates``.

Numeric variants are removed and one thread works, as in the peers: all tools are scored by
similarity alone.
"""

import sys

import numpy as np

import dedup
from benchmarks.peers.protocol import THRESHOLD, Decision, run


def containment(texts: list[str]) -> dedup.DedupResult:
    return dedup.deduplicate(
        texts, measure="containment", threshold=THRESHOLD, numeric_variants="remove", threads=1
    )


def jaccard(texts: list[str]) -> dedup.DedupResult:
    return dedup.deduplicate(
        texts, measure="jaccard", threshold=THRESHOLD, numeric_variants="remove", threads=1
    )


def pairs(texts: list[str]) -> dedup.Pairs:
    return dedup.near_duplicates(
        texts, measure="jaccard", threshold=THRESHOLD, numeric_variants="remove", threads=1
    )


def kept_rows(result: dedup.DedupResult) -> Decision:
    return {"keep": result.keep.nonzero()[0].tolist()}


def pair_rows(found: dedup.Pairs) -> Decision:
    return {"pairs": np.stack([found.left, found.right], axis=1).tolist()}


def load() -> None:
    """Import lazy modules before the timing starts; the peers import theirs at start-up."""
    for decide in (containment, jaccard, pairs):
        decide([""])


if __name__ == "__main__":
    load()
    match sys.argv[3]:
        case "containment":
            run(containment, kept_rows)
        case "jaccard":
            run(jaccard, kept_rows)
        case "pairs":
            run(pairs, pair_rows)
        case other:
            raise SystemExit(f"the form must be containment, jaccard or pairs, got {other}")
