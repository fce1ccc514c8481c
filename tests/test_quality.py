"""``clean`` removes planted repeats and leaves natural repetition alone."""

import os

import pytest

import dedup
from dedup.config import Keep, Measure
from tests.natural import natural_texts
from tests.planting import Score, data_folder, generated_articles, real_articles
from tests.planting.evaluate import evaluate

# Coverage of thousands of texts would take minutes.
pytestmark = pytest.mark.no_cover
COUNT = 2040
# Where the real articles are present, a quarter of the generated ones is enough.
GENERATED = (
    COUNT if os.environ.get("DEDUP_EVERY_STEP") or not data_folder().is_dir() else COUNT // 4
)


def check(articles: list[list[str]], count: int) -> None:
    assert len(articles) == count
    found = evaluate(articles, dedup.Config())
    total = sum(found.values(), Score())
    assert total.exact.precision >= 0.995
    assert total.exact.recall >= 0.995
    assert total.near.precision >= 0.99
    # Short paragraphs with all dates and numbers changed are kept as numeric variants.
    assert found.pop("near_dates").near.recall >= 0.96
    assert sum(found.values(), Score()).near.recall >= 0.993


@pytest.mark.long
@pytest.mark.skipif(not data_folder().is_dir(), reason="no real articles: set DEDUP_DATA")
def test_repeats_planted_into_real_articles() -> None:
    check(real_articles(COUNT, seed=11), COUNT)


@pytest.mark.long
def test_repeats_planted_into_generated_articles() -> None:
    check(generated_articles(GENERATED, seed=11), GENERATED)


@pytest.mark.parametrize("measure", ["containment", "jaccard"])
@pytest.mark.parametrize("keep", ["first", "last", "longest"])
def test_natural_repetition_stays(measure: Measure, keep: Keep) -> None:
    texts = natural_texts()
    assert len(texts) >= 500
    config = dedup.Config(measure=measure, keep=keep)
    removed = [item.kind for item in texts if dedup.clean(item.text, config).repeats]
    assert removed == []


@pytest.mark.skipif(not data_folder().is_dir(), reason="no seed article: set DEDUP_DATA")
def test_the_seed_article() -> None:
    text = (data_folder() / "seed" / "article.txt").read_bytes().decode()
    result = dedup.clean(text)
    assert result.text == "".join(text.splitlines(keepends=True)[:11])
    assert len(result.repeats) == 10
    assert [str(run) for run in result.runs] == ["lines 12-21 repeat lines 2-11"]
    assert dedup.restore(result.text, result.ledger) == text
