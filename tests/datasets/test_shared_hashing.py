"""Sketches from the hashes of the search for repeated blocks equal those that are made alone."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.corpora import articles
from dedup import Config
from dedup.arrays.memory import IN_RAM
from dedup.arrays.packed import PackedTexts, pack
from dedup.datasets.read_inputs import clean_within
from dedup.matching.batch_sketcher import BatchSketcher
from tests.planting.articles import data_folder
from tests.without_core import needs_core

pytestmark = needs_core

BODY = "The ferry was late again, and nobody on the pier could say why it was so often late.\n"
CHARACTERS = st.characters() | st.sampled_from("\n\r .!?\u3002\u0301\u200d\ufeff\ufdfa\u0e33\u4e2d")
TEXTS = (
    st.none() | st.text(CHARACTERS, max_size=40) | st.sampled_from([BODY, BODY * 2, "a b. c\n" * 9])
)
CONFIGS = [
    Config(),
    Config(unit="char", min_tokens=5),
    Config(ngram_size=1, min_tokens=1),
    Config(split_by="line", min_tokens=3),
    Config(split_by="sentence"),
]


def columns(sketches: list[Any]) -> list[Any]:
    """Return the columns of all batches of sketches, joined."""
    return [
        np.concatenate([part.load() for part in column]) for column in zip(*sketches, strict=True)
    ]


def check(texts: PackedTexts, config: Config) -> None:
    sketcher = BatchSketcher(config, IN_RAM)
    shared = sketcher.shared_hashing()
    assert shared is not None
    cleaned = clean_within(texts, 1, [], config, shared)
    found = columns(sketcher.set_aside(shared, cleaned.rows, cleaned.fields))
    expected = columns([sketcher(cleaned.fields.utf8, cleaned.fields.offsets)])
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("config", CONFIGS, ids=repr)
@given(texts=st.lists(TEXTS, min_size=1, max_size=12), step=st.sampled_from([1, 3, 1 << 17]))
def test_sketches_equal_those_made_alone(
    config: Config, texts: list[str | None], step: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dedup.documents.clean_texts.MAX_SEARCHED_TEXTS", step)
        check(pack(texts), config)


@pytest.mark.skipif(not data_folder().is_dir(), reason="the real articles are not here: DEDUP_DATA")
@pytest.mark.parametrize("name", ["allsides", "xwlb_zh", "thaigov_th", "masakhanews"])
def test_sketches_of_real_texts(name: str) -> None:
    texts = articles(name)[:400]
    texts += [" ".join(text.split()) for text in texts]  # without line breaks
    for config in (Config(), Config.preset("web"), Config(unit="char")):
        check(pack(texts), config)
