"""fast-dedup: a ``MinHash`` of each text, compared with all earlier ones.

The library has no index and does not expose its signatures.
"""

from fast_dedup import MinHash

from benchmarks.peers.protocol import NUM_PERM, THRESHOLD, candidate_pairs, run, word_ngrams


def decide(texts: list[str]) -> list[list[int]]:
    sketches = [MinHash(num_permutations=NUM_PERM) for _ in texts]
    for sketch, text in zip(sketches, texts, strict=True):
        for ngram in word_ngrams(text):
            sketch.update(ngram)
    found = []
    for row, sketch in enumerate(sketches):
        similarities = map(sketch.jaccard, sketches[:row])
        found.append([earlier for earlier, value in enumerate(similarities) if value >= THRESHOLD])
    return found


if __name__ == "__main__":
    run(decide, candidate_pairs)
