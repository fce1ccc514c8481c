"""Plant repeats in articles and score what a tool removes, without code of ``dedup``."""

from .articles import CORPORA, corpus_articles, data_folder, generated_articles, real_articles
from .oracle import containment, distinct, shingles, words
from .plant import KINDS, Copy, Planted, plant
from .score import Score, Tally, score

__all__ = [
    "CORPORA",
    "KINDS",
    "Copy",
    "Planted",
    "Score",
    "Tally",
    "containment",
    "corpus_articles",
    "data_folder",
    "distinct",
    "generated_articles",
    "plant",
    "real_articles",
    "score",
    "shingles",
    "words",
]
