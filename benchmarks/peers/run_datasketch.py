"""datasketch: ``MinHash.generator``, then insert into and query ``MinHashLSH``."""

from datasketch import MinHash, MinHashLSH

from benchmarks.peers.protocol import NUM_PERM, THRESHOLD, candidate_pairs, run, word_ngrams


def decide(texts: list[str]) -> list[list[int]]:
    encoded = ([ngram.encode() for ngram in word_ngrams(text)] for text in texts)
    sketches = list(MinHash.generator(encoded, num_perm=NUM_PERM))
    index = MinHashLSH(threshold=THRESHOLD, num_perm=NUM_PERM)
    for row, sketch in enumerate(sketches):
        index.insert(row, sketch)
    return [index.query(sketch) for sketch in sketches]


if __name__ == "__main__":
    run(decide, candidate_pairs)
