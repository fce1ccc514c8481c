"""The quick filter passes every text that repeats itself, and few others."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import Config
from dedup.arrays import native
from dedup.arrays.packed import pack
from dedup.config import BlockKind, Unit
from dedup.documents.clean_texts import repeating_texts
from tests.generated_texts import REPETITIVE
from tests.natural import natural_texts
from tests.planting.articles import generated_articles
from tests.planting.plant import KINDS, plant

SPACES = st.sampled_from([" ", "\u00a0", "\u3000", "\u2003", "\x1c", "\x85", "\t"])
LINE = st.text(st.one_of(st.sampled_from("abc. é中,"), SPACES), max_size=70)
BREAKS = st.sampled_from(["\n", "\n", "\n\n", "\r\n", "\r", "\r\n\r\n", "\n \n", "\n\u00a0\n"])
LAID_OUT = st.lists(st.tuples(LINE, BREAKS), max_size=12).map(
    lambda lines: "".join(line + end for line, end in lines)
)
WRAPPED = st.lists(
    st.integers(42, 60).map(lambda width: ("word " * 20)[:width].strip()), min_size=3, max_size=9
).flatmap(lambda lines: BREAKS.map(lambda end: end.join(lines)))


@pytest.fixture(params=["core", "numpy"], autouse=True)
def uses_core(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if request.param == "numpy":
        monkeypatch.setattr(native, "core", None)
    return native.has_core()


def passed(texts: list[str], config: Config) -> list[bool]:
    found = {row for row, *_ in repeating_texts(pack(texts), config)}
    return [row in found for row in range(len(texts))]


def check(texts: list[str], config: Config) -> None:
    for text, may in zip(texts, passed(texts, config), strict=True):
        assert may or not dedup.clean(text, config).repeats, text


@given(
    st.lists(st.one_of(REPETITIVE, LAID_OUT, WRAPPED), max_size=4),
    st.builds(
        Config,
        measure=st.sampled_from(["containment", "jaccard"]),
        threshold=st.sampled_from([0.3, 0.8, 1.0]),
        unit=st.sampled_from(["word", "char"]),
        ngram_size=st.sampled_from([1, 2, 5]),
        split_by=st.sampled_from(["auto", "paragraph", "line", "sentence"]),
        keep=st.just("first"),
        min_tokens=st.integers(1, 9),
    ),
)
def test_the_filter_passes_every_text_that_repeats_itself(texts: list[str], config: Config) -> None:
    check(texts, config)


def test_the_filter_passes_planted_and_natural_repeats() -> None:
    rng = random.Random(3)
    made = generated_articles(4, seed=3)
    planted = [plant(article, kind, rng).text for kind in KINDS for article in made]
    check([*planted, *(natural.text for natural in natural_texts()[::9])], Config())


def test_the_filter_drops_texts_without_repeats(uses_core: bool) -> None:  # noqa: FBT001
    unlike = "\n".join(" ".join(f"W{line}x{word}" for word in range(30)) for line in range(5))
    found = passed([unlike, "", "One.", f"{unlike}\n{unlike[:200]}"], Config())
    assert found == [not uses_core] * 3 + [True]


def test_the_filter_drops_a_long_text_with_a_repeated_phrase(uses_core: bool) -> None:  # noqa: FBT001
    lines = [" ".join(f"w{line}x{word}" for word in range(30 + 20 * line)) for line in range(5)]
    text = "\n".join(f"{line} the president of the united states of america" for line in lines)
    assert passed([text], Config()) == [not uses_core]


@pytest.mark.parametrize("unit", ["word", "char"])
@pytest.mark.parametrize("block", ["line", "sentence"])
def test_texts_with_nearly_a_token_for_each_byte(unit: Unit, block: BlockKind) -> None:
    rng = random.Random(2)
    letters = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=600)) for _ in range(12)]
    ligatures = "".join(f"\ufdfa{rng.randrange(10)}{rng.choice('abcdefgh')}" for _ in range(2000))
    texts = ["\n".join(letters), ligatures, f"{ligatures}\n{letters[0]}\n{ligatures}"]
    check(texts, Config(unit=unit, split_by=block, min_tokens=8))
