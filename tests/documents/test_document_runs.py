"""The compiled core finds the runs of a document like the specification."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.corpora import articles
from dedup import Config
from dedup.arrays.native import has_core
from dedup.arrays.packed import byte_offsets, encode
from dedup.documents.block_matches import match_blocks
from dedup.documents.block_runs import BlockRun
from dedup.documents.clean import runs_to_remove
from dedup.text.blocks import CUTS, Cut, choose, split
from tests.documents.block_settings import BLOCK_SETTINGS
from tests.generated_texts import NOTICES, REPETITIVE
from tests.natural import natural_texts
from tests.planting import data_folder
from tests.planting.articles import generated_articles
from tests.planting.plant import KINDS, plant
from tests.without_core import leave_out_core

if not has_core():
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)

CONFIGS = st.builds(
    Config,
    min_tokens=st.one_of(st.integers(1, 12), st.sampled_from([20, 1 << 20, (1 << 20) + 1])),
    block_threshold=st.just(0.0),
    **BLOCK_SETTINGS,
)
ALPHABET = "abcdefgh"
# Items of lists, rows of tables, names of columns, and verse of several lines.
STARTS = st.sampled_from(
    ["", "", "", "- ", "1) ", "12 - ", "(b) ", "1234 - ", "•", "\t", "h1 h2 | "]
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Draw a text of few different blocks: some occur often, some with other words or numbers."""
    sizes = {letter: draw(st.integers(1, 14)) for letter in ALPHABET}
    starts = {letter: draw(STARTS) for letter in ALPHABET}
    ends = {
        letter: draw(st.sampled_from([".\n", ".\n", "\n", ".\n\n", " ", "。"]))
        for letter in ALPHABET
    }
    parts = draw(st.lists(st.text(ALPHABET, max_size=6), min_size=1, max_size=4))
    pieces = draw(
        st.lists(st.tuples(st.sampled_from(parts), st.sampled_from([1, 1, 1, 2, 60])), max_size=6)
    )
    rng = draw(st.randoms(use_true_random=False))
    changed = draw(st.sampled_from([0, 0.1, 0.5]))
    blocks = []
    for letter in "".join(part * count for part, count in pieces)[:400]:
        words = [f"{letter}{number}x" for number in range(sizes[letter])] + ["about", "7"]
        if rng.random() < changed:
            words[rng.randrange(len(words))] = rng.choice(["5", "6", "seven"])
        if rng.random() < 0.1:
            words.insert(len(words) // 2, "\n")
        blocks.append(starts[letter] + " ".join(words) + ends[letter])
    return "".join(blocks)


def check(text: str, config: Config, cut: Cut) -> int:
    """Compare both; return the number of runs."""
    utf8 = encode("behind" + text)
    offsets = 6 + byte_offsets(utf8[6:], split(text, cut))
    found = runs_to_remove(match_blocks(utf8, offsets, config), config)
    with pytest.MonkeyPatch.context() as patch:
        leave_out_core(patch)
        expected = runs_to_remove(match_blocks(utf8, offsets, config), config)
    assert found == expected
    return len(found)


@given(st.one_of(documents(), REPETITIVE, NOTICES), CONFIGS, st.sampled_from(CUTS))
def test_generated_documents(text: str, config: Config, cut: Cut) -> None:
    check(text, config, cut)


@pytest.mark.parametrize("keep", ["first", "last", "longest"])
def test_planted_and_natural_repeats(keep: str) -> None:
    rng, config = random.Random(4), Config.of(None, {"keep": keep})
    planted = [
        plant(made, kind, rng).text for kind in KINDS for made in generated_articles(2, seed=4)
    ]
    texts = [*planted, *(natural.text for natural in natural_texts()[::5])]
    assert sum(check(text, config, choose(text)) for text in texts) > 20


@pytest.mark.long
@pytest.mark.skipif(not data_folder().is_dir(), reason="the real articles are not here: DEDUP_DATA")
@pytest.mark.parametrize("name", ["allsides", "trove_press_refugees", "xwlb_zh", "thaigov_th"])
def test_real_texts(name: str) -> None:
    for text in articles(name)[::40]:
        check(text, Config(), choose(text))
        check(" ".join(text.split()), Config(min_tokens=8), "sentence")


def test_a_text_without_runs() -> None:
    assert check("One.\nTwo.\n", Config(), "line") == 0
    assert runs_to_remove(match_blocks(encode(""), np.zeros(1, np.int64), Config()), Config()) == []


def test_one_run() -> None:
    story = " ".join(f"word{number}" for number in range(30))
    utf8 = encode(f"{story}\nand\n{story}\nand\n")
    offsets = byte_offsets(utf8, split(utf8.tobytes().decode(), "line"))
    runs = runs_to_remove(match_blocks(utf8, offsets, Config()), Config())
    assert runs == [BlockRun((2, 3), (0, 1))]
