"""near-dupes: ``find_duplicates`` on texts, as in its README except for the threshold."""

from near_dupes import find_duplicates

from benchmarks.peers.protocol import THRESHOLD, Decision, run


def decide(texts: list[str]) -> list[tuple[int, int, float]]:
    pairs: list[tuple[int, int, float]] = find_duplicates(
        texts, kind="text", threshold=THRESHOLD
    ).pairs
    return pairs


def pair_rows(pairs: list[tuple[int, int, float]]) -> Decision:
    return {"pairs": [[left, right] for left, right, _ in pairs]}


if __name__ == "__main__":
    run(decide, pair_rows)
