"""Which copies are missed in a collection of a billion articles: a model with shorter keys.

Run ``python -m benchmarks.full_posting_lists``. A key has 32 bits, so in a very large collection a
posting list is full of texts that have its key by chance. With keys of BITS bits this happens with
2**(32 - BITS) times fewer texts. Random texts are inserted under such keys, by containment; then a
copy of some of them is looked up. A copy is found if its original is a candidate.
"""

import argparse
from dataclasses import replace
from random import Random

import numpy as np

import dedup
from benchmarks.tables import render
from dedup.arrays.array_types import Ragged
from dedup.matching.candidates import MAX_POSTINGS, CandidateLookup, sketch_keys

BITS = 12
WORDS, SHINGLES = 100, 96  # of a text
CHANGED = (25, 75)  # words of a copy: its containment is 0.9
SAMPLE = 200  # copies
ARTICLE_SHINGLES = 446  # of 450 words
TEXTS_PER_KEY = (5, 20, 40, 64, 90, 128)


def found_share(count: int, random: Random) -> float:
    """Return the share of copies that are found among ``count`` texts."""
    vocabulary = [f"w{number}" for number in range(100_000)]
    texts = [random.choices(vocabulary, k=WORDS) for _ in range(count)]
    sample = random.sample(range(count), SAMPLE)
    copies = [
        [word if place not in CHANGED else "changed" for place, word in enumerate(texts[row])]
        for row in sample
    ]
    shingles = Ragged(*dedup.shingles([" ".join(words) for words in (*texts, *copies)]))
    keys = sketch_keys(shingles, shingles.lengths, dedup.Config())
    query_keys, posting_keys = _shortened(keys.query_keys), _shortened(keys.posting_keys)
    lookup = CandidateLookup(replace(keys, query_keys=query_keys, posting_keys=posting_keys))
    for row in range(count):
        lookup.insert(row)
    found = [row in lookup.find(count + place) for place, row in enumerate(sample)]
    return sum(found) / SAMPLE


def _shortened(keys: Ragged) -> Ragged:
    return Ragged(keys.values >> np.uint64(32 - BITS), keys.offsets)


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    random, rows = Random(1), []
    for per_key in TEXTS_PER_KEY:
        articles = per_key * 2**32 / ARTICLE_SHINGLES
        share = found_share(per_key * 2**BITS // SHINGLES, random)
        rows.append([str(per_key), f"{articles / 1e6:,.0f} million", f"{share:.3f}"])
    headers = ("texts with a key", "as many articles of 450 words", "copies found")
    render(f"Posting lists of at most {MAX_POSTINGS} texts", headers, rows)


if __name__ == "__main__":
    main()
