"""What must be found is found, and what must stay stays: labelled texts, negatives included."""

import os

import pytest

import dedup
from dedup.config import Keep, Measure
from tests.natural import natural_texts
from tests.planting import Score, data_folder, generated_articles, real_articles
from tests.planting.evaluate import evaluate

# Thousands of texts: counting the lines they run through would take minutes more.
pytestmark = pytest.mark.no_cover
COUNT = 2040
# Made-up ones are there for those who have no real ones; elsewhere a quarter of them will do.
MADE_UP = COUNT if os.environ.get("DEDUP_EVERY_STEP") or not data_folder().is_dir() else COUNT // 4


def check(articles: list[list[str]], count: int) -> None:
    assert len(articles) == count
    found = evaluate(articles, dedup.Config())
    total = sum(found.values(), Score())
    assert total.exact.precision >= 0.995
    assert total.exact.recall >= 0.995
    assert total.near.precision >= 0.99
    # Short paragraphs in which all dates and numbers were changed stay as numeric variants.
    assert found.pop("near_dates").near.recall >= 0.96
    assert sum(found.values(), Score()).near.recall >= 0.993


@pytest.mark.skipif(not data_folder().is_dir(), reason="the real articles are not here: DEDUP_DATA")
def test_repeats_planted_into_real_articles() -> None:
    check(real_articles(COUNT, seed=11), COUNT)


def test_repeats_planted_into_generated_articles() -> None:
    check(generated_articles(MADE_UP, seed=11), MADE_UP)


@pytest.mark.parametrize("measure", ["containment", "jaccard"])
@pytest.mark.parametrize("keep", ["first", "last", "longest"])
def test_natural_repetition_stays(measure: Measure, keep: Keep) -> None:
    texts = natural_texts()
    assert len(texts) >= 500
    config = dedup.Config(measure=measure, keep=keep)
    removed = [item.kind for item in texts if dedup.clean(item.text, config).repeats]
    assert removed == []


@pytest.mark.skipif(not data_folder().is_dir(), reason="the seed article is not here: DEDUP_DATA")
def test_the_seed_article() -> None:
    text = (data_folder() / "seed" / "article.txt").read_bytes().decode()
    result = dedup.clean(text)
    assert result.text == "".join(text.splitlines(keepends=True)[:11])
    assert len(result.repeats) == 10
    assert [str(run) for run in result.runs] == ["lines 12-21 repeat lines 2-11"]
    assert dedup.restore(result.text, result.ledger) == text
