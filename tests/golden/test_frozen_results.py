"""Results stay, bit for bit, what they were when they were frozen."""

import json

import pytest

from tests.golden.digests import results_of
from tests.golden.freeze import FROZEN
from tests.golden.frozen_texts import CORPORA, MADE, corpus_texts

EXPECTED = json.loads(FROZEN.read_text("utf-8"))


@pytest.mark.parametrize("name", MADE)
def test_results_of_made_up_texts(name: str) -> None:
    assert results_of(MADE[name]()) == EXPECTED[name]


@pytest.mark.parametrize("name", CORPORA)
def test_results_of_real_texts(name: str) -> None:
    texts = corpus_texts(name)
    if texts is None:
        pytest.skip("no real texts: see DEDUP_DATA in CONTRIBUTING")
    assert results_of(texts) == EXPECTED[name]
