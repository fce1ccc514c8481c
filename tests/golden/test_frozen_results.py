"""All results are bit for bit equal to the frozen ones."""

import json

import pytest

from tests.golden.digests import results_of
from tests.golden.freeze import FROZEN
from tests.golden.frozen_texts import CORPORA, GENERATED, corpus_texts

EXPECTED = json.loads(FROZEN.read_text("utf-8"))


@pytest.mark.parametrize("name", GENERATED)
def test_results_of_generated_texts(name: str) -> None:
    assert results_of(GENERATED[name]()) == EXPECTED[name]


@pytest.mark.parametrize("name", CORPORA)
def test_results_of_real_texts(name: str) -> None:
    texts = corpus_texts(name)
    if texts is None:
        pytest.skip("no real texts: see DEDUP_DATA in CONTRIBUTING")
    assert results_of(texts) == EXPECTED[name]
