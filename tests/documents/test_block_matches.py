"""The compiled core matches the blocks of documents like the specification."""

import random
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import Config
from dedup.arrays.native import has_core
from dedup.arrays.packed import byte_offsets, encode
from dedup.documents import block_matches
from dedup.documents.block_matches import match_blocks
from dedup.text.blocks import Cut, split
from tests.documents.block_settings import BLOCK_SETTINGS
from tests.generated_texts import NOTICES, REPETITIVE
from tests.planting.articles import data_folder, real_articles
from tests.without_core import leave_out_core

if not has_core():
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)

CONFIGS = st.builds(Config, **BLOCK_SETTINGS)


def check(text: str, config: Config, cut: Cut) -> int:
    """Compare both; return the number of blocks that repeat others."""
    utf8 = encode("behind" + text)
    offsets = 6 + byte_offsets(utf8[6:], split(text, cut))
    found = match_blocks(utf8, offsets, config)
    with pytest.MonkeyPatch.context() as patch:
        leave_out_core(patch)
        expected = match_blocks(utf8, offsets, config)
    for left, right in (
        *((getattr(found.matches, name), getattr(expected.matches, name)) for name in FIELDS),
        (found.offsets, expected.offsets),
        (found.tokens.weight_thirds, expected.tokens.weight_thirds),
        (found.tokens.hashes.values, expected.tokens.hashes.values),
        (found.tokens.hashes.offsets, expected.tokens.hashes.offsets),
        (found.shingles.values, expected.shingles.values),
        (found.shingles.offsets, expected.shingles.offsets),
        (found.words, expected.words),
    ):
        np.testing.assert_array_equal(left, right, strict=True)
    return int(found.matches.repeats.sum())


FIELDS = ("order", "representative", "witness", "similarity", "numeric_variant")


@given(st.one_of(REPETITIVE, NOTICES), CONFIGS, st.sampled_from(get_args(Cut)))
def test_generated_documents(text: str, config: Config, cut: Cut) -> None:
    check(text, config, cut)


@given(st.one_of(REPETITIVE, NOTICES), CONFIGS, st.sampled_from(get_args(Cut)))
def test_many_blocks_are_matched_by_sketch(text: str, config: Config, cut: Cut) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(block_matches, "MAX_CORE_BYTES", -1)
        patch.setattr(block_matches, "MAX_EXHAUSTIVE_BLOCKS", -1)
        patch.setattr(block_matches, "MAX_EXHAUSTIVE_SHINGLES", -1)
        check(text, config, cut)


@pytest.mark.skipif(not data_folder().is_dir(), reason="the real articles are not here: DEDUP_DATA")
@pytest.mark.parametrize("keep", ["first", "last", "longest"])
def test_real_articles_with_copies(keep: str) -> None:
    rng = random.Random(6)
    for article in real_articles(20, seed=6):
        start = rng.randrange(len(article))
        text = "\n".join([*article, *article[start : start + rng.randint(1, 9)]])
        assert check(text, Config.of(None, {"keep": keep}), "line")


def test_documents_of_many_blocks() -> None:
    unlike = [" ".join(f"w{line}x{word}" for word in range(25)) for line in range(400)]
    alike = [f"{line % 7} {' '.join(unlike[0].split()[:12])} {line}" for line in range(3000)]
    config = Config(numeric_variants="remove")
    assert check("\n".join(unlike + unlike), config, "line") == 400
    assert check("\n".join(alike), config, "line") > 2000
