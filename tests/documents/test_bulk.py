"""Many texts whose blocks are lines are cleaned as ``clean`` cleans each."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import Config, native
from dedup.cuts import cut_texts
from dedup.documents import bulk
from dedup.native import core
from dedup.text.packed import pack
from natural import natural_texts
from planting.articles import data_folder, generated_articles, real_articles
from planting.plant import KINDS, plant
from texts import NOTICES, REPETITIVE

WORDS = ["a", "b", "cd", "efg", "***"]
BREAKS = st.sampled_from(["\n", "\n\n", "\r\n", "\r", "\n \n", "\n\u00a0\n", "\n\ufeff\n"])
LINES = st.lists(
    st.tuples(
        st.sampled_from([f"{word} " * (3 + 2 * len(word)) for word in WORDS]),
        BREAKS,
    ),
    max_size=14,
).map(lambda lines: "".join(line + end for line, end in lines))


if core is None:
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)


def check(texts: list[str], config: Config) -> int:
    packed = pack(texts)
    utf8, offsets, blocks = bulk.clean_lines(packed.utf8, packed.offsets, config)
    edges = offsets.tolist()
    for row, text in enumerate(texts):
        if blocks[row] >= 0:
            expected = dedup.clean(text, config)
            left = utf8[edges[row] : edges[row + 1]].tobytes().decode("utf-8", "surrogatepass")
            assert left == expected.text
            assert blocks[row] == len(expected.repeats)
    return int((blocks > 0).sum())


@given(
    st.lists(st.one_of(REPETITIVE, LINES, NOTICES), min_size=1, max_size=4),
    st.builds(
        Config,
        measure=st.sampled_from(["containment", "jaccard"]),
        threshold=st.sampled_from([0.3, 0.8, 1.0]),
        unit=st.sampled_from(["word", "char"]),
        ngram_size=st.sampled_from([1, 2, 5]),
        block=st.sampled_from(["auto", "line"]),
        keep=st.just("first"),
        min_tokens=st.integers(1, 9),
        block_threshold=st.just(0.0),
        numeric_variants=st.sampled_from(["keep", "remove"]),
    ),
)
def test_what_is_left_is_what_clean_leaves(texts: list[str], config: Config) -> None:
    check(texts, config)


def test_planted_and_natural_repeats() -> None:
    rng = random.Random(5)
    made = generated_articles(6, seed=5)
    planted = [plant(article, kind, rng).text for kind in KINDS for article in made]
    assert check([*planted, *(natural.text for natural in natural_texts()[::7])], Config()) > 20


@pytest.mark.skipif(not data_folder().is_dir(), reason="the real articles are not here: DEDUP_DATA")
def test_real_articles_with_copies() -> None:
    rng = random.Random(6)
    texts = []
    for article in real_articles(60, seed=6):
        start, place = (rng.randrange(len(article)) for _ in range(2))
        copied = article[start : start + rng.randint(1, 9)]
        texts.append("\n".join([*article[:place], *copied, *article[place:], *copied]))
    assert check(texts, Config()) > 20


def test_a_text_of_many_lines() -> None:
    unlike = [" ".join(f"w{line}x{word}" for word in range(25)) for line in range(400)]
    alike = [f"{line % 7} {' '.join(unlike[0].split()[:12])} {line}" for line in range(3000)]
    assert check(["\n".join(unlike + unlike), "\n".join(alike)], Config()) == 1


@pytest.mark.parametrize("config", [Config(block="sentence"), Config(min_tokens=1 << 21)])
def test_what_is_not_known_is_left_to_clean(config: Config) -> None:
    packed = pack(["One.\n" * 9])
    assert bulk.clean_lines(packed.utf8, packed.offsets, config)[2].tolist() == [-1]


def test_without_the_core_all_is_left_to_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "core", None)
    packed = pack(["One.\n" * 9, "", "Two"])
    utf8, offsets, blocks = bulk.clean_lines(packed.utf8, packed.offsets, Config())
    assert utf8 is packed.utf8 and offsets is packed.offsets and blocks.tolist() == 3 * [-1]
    assert bulk.repeat_blocks(utf8, offsets, np.array([0, 1, 3]), Config()).all()


def test_of_no_texts_nothing_is_left() -> None:
    packed = pack([])
    left = bulk.clean_lines(packed.utf8, packed.offsets, Config())
    assert [part.tolist() for part in left] == [[], [0], []]
    firsts = np.zeros(1, np.int64)
    assert len(bulk.repeat_blocks(packed.utf8, packed.offsets, firsts, Config())) == 0


@given(st.lists(st.one_of(REPETITIVE, LINES, NOTICES), max_size=4), st.integers(1, 9))
def test_clean_removes_nothing_where_no_blocks_repeat(texts: list[str], least: int) -> None:
    config = Config(min_tokens=least, keep="first")
    packed = pack(texts)
    cut = cut_texts(packed, config.block)
    told = bulk.repeat_blocks(packed.utf8, cut.edges, cut.firsts, config)
    for text, may in zip(texts, told.tolist(), strict=True):
        assert may or not dedup.clean(text, config).repeats


def test_texts_need_not_begin_at_the_buffer() -> None:
    story = " ".join(f"word{number}" for number in range(30))
    packed = pack(["before", f"{story}\nand\n\n{story} \nand\n\nmore\n", "behind"])
    utf8, offsets, blocks = bulk.clean_lines(packed.utf8, packed.offsets[1:], Config())
    assert utf8.tobytes().decode() == f"{story}\nand\n\nmore\nbehind"
    assert (offsets.tolist(), blocks.tolist()) == ([0, len(utf8) - 6, len(utf8)], [2, -1])
