"""rensa in three forms.

``lsh`` is R-MinHash of all n-grams with ``RMinHashLSH``. ``deduplicator`` is
``RMinHashDeduplicator``, as in its README. ``rho`` is the pipeline whose speed its README quotes,
with the eight bands and four probes of its benchmark; it returns flags, not pairs.
"""

import sys

from rensa import RMinHash, RMinHashDeduplicator, RMinHashLSH

from benchmarks.peers.protocol import (
    NUM_PERM,
    THRESHOLD,
    Decision,
    candidate_pairs,
    run,
    word_ngrams,
)

SEED = 42


def lsh(texts: list[str]) -> list[list[int]]:
    rows = [word_ngrams(text) for text in texts]
    sketches = RMinHash.from_token_sets(rows, num_perm=NUM_PERM, seed=SEED)
    index = RMinHashLSH(threshold=THRESHOLD, num_perm=NUM_PERM, num_bands=16)
    index.insert_many(sketches)
    found: list[list[int]] = index.query_all(sketches)
    return found


def deduplicator(texts: list[str]) -> list[bool]:
    index = RMinHashDeduplicator(threshold=THRESHOLD, num_perm=NUM_PERM, use_lsh=True)
    kept: list[bool] = index.add_pairs(
        (str(row), word_ngrams(text)) for row, text in enumerate(texts)
    )
    return kept


def rho(texts: list[str]) -> list[bool]:
    rows = [word_ngrams(text) for text in texts]
    sketches = RMinHash.digest_matrix_from_token_sets_rho(
        rows, num_perm=NUM_PERM, seed=SEED, probes=4
    )
    index = RMinHashLSH(threshold=THRESHOLD, num_perm=NUM_PERM, num_bands=8)
    flags: list[bool] = index.query_duplicate_flags_matrix_one_shot(sketches)
    return flags


def true_rows(kind: str, flags: list[bool]) -> Decision:
    return {kind: [row for row, flag in enumerate(flags) if flag]}


if __name__ == "__main__":
    match sys.argv[3]:
        case "lsh":
            run(lsh, candidate_pairs)
        case "deduplicator":
            run(deduplicator, lambda kept: true_rows("keep", kept))
        case "rho":
            run(rho, lambda flags: true_rows("flags", flags))
        case other:
            raise SystemExit(f"the form must be lsh, deduplicator or rho, got {other}")
