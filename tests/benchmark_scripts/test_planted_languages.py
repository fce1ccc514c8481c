"""Near copies of whole texts, in several scripts: planted, found, and nothing else removed."""

import pytest

import dedup
from benchmarks.corpora import articles
from benchmarks.planted_languages import CORPORA, EDITS, dissimilar_texts, planted, similarity
from tests.planting import data_folder, generated_articles


def test_copies_of_generated_articles_are_found() -> None:
    texts = ["\n".join(article) for article in generated_articles(80, seed=3)]
    texts = [text for text in texts if len(text.split()) > 60]
    outcome = planted(texts, dedup.Config())
    assert outcome.texts == len(texts) > 40
    assert outcome.due > 0.9 * outcome.texts
    assert outcome.found + outcome.numeric_variants >= outcome.due
    assert outcome.wrong == 0


def test_a_copy_below_the_threshold_counts_as_missed() -> None:
    texts = [" ".join(f"{letter}{place}" for place in range(60)) for letter in "abcdefgh"]
    outcome = planted(texts, dedup.Config(threshold=1.0))
    assert outcome.due == len(texts)
    assert outcome.found < outcome.due
    assert similarity(texts[0], texts[1]) == 0.0


@pytest.mark.long
@pytest.mark.no_cover
@pytest.mark.skipif(not data_folder().is_dir(), reason="the real articles are not here: DEDUP_DATA")
@pytest.mark.parametrize(
    ("language", "step"),  # Thai words are slow to count: every fifth text
    [("Thai", 5), ("Arabic", 1), ("Amharic, Tigrinya", 1), ("Russian", 1)],
)
def test_copies_of_real_news_are_found(
    monkeypatch: pytest.MonkeyPatch, language: str, step: int
) -> None:
    monkeypatch.setattr(
        "benchmarks.planted_languages.articles", lambda name: articles(name)[::step]
    )
    texts = dissimilar_texts(*CORPORA[language], count=30 * len(EDITS))
    assert len(texts) == 30 * len(EDITS)
    outcome = planted(texts, dedup.Config())
    assert outcome.due >= 0.9 * outcome.texts
    assert outcome.found == outcome.due
    assert outcome.wrong == 0
