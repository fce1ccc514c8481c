"""Many texts whose blocks are lines are cleaned as ``clean`` cleans each."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import Config, backend, repetition
from dedup.text.packed import pack
from natural import natural_texts
from planting.articles import generated_articles
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


@pytest.fixture(autouse=True)
def compiled_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "SMALL_BYTES", 0)
    monkeypatch.setattr(backend, "LOADED_BYTES", 0)


def check(texts: list[str], config: Config) -> int:
    packed = pack(texts)
    utf8, offsets, blocks = repetition.clean_lines(packed.utf8, packed.offsets, config, 1 << 20)
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


def test_a_text_of_many_lines() -> None:
    unlike = [" ".join(f"w{line}x{word}" for word in range(25)) for line in range(400)]
    alike = [f"{line % 7} {' '.join(unlike[0].split()[:12])} {line}" for line in range(3000)]
    assert check(["\n".join(unlike + unlike), "\n".join(alike)], Config()) == 1


@pytest.mark.parametrize("config", [Config(block="sentence"), Config(min_tokens=1 << 21)])
def test_what_is_not_known_is_left_to_clean(config: Config) -> None:
    packed = pack(["One.\n" * 9])
    assert repetition.clean_lines(packed.utf8, packed.offsets, config, 1 << 20)[2].tolist() == [-1]
