"""The compiled core finds repeated windows, and where tokens begin, like the specification."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import Config
from dedup.arrays.array_types import I64
from dedup.arrays.native import core
from dedup.arrays.packed import PackedTexts, pack
from dedup.spans.windows import find_windows_with_core, find_windows_with_numpy
from dedup.text.hashing import NativeTexts
from tests.generated_texts import REPETITIVE, TEXTS, random_texts, thue_morse
from tests.planting.articles import real_articles

if core is None:
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)

CONFIGS = st.builds(Config, unit=st.sampled_from(["word", "char"]), seed=st.integers(1, 3))
LIGATURE = "\ufdfa"  # four words, or eighteen letters
# Long rows of few words, so that segments end anywhere and windows repeat.
LONG = st.builds(
    lambda words, seed, size: "".join(random.Random(seed).choices(words, k=size)),
    st.lists(
        st.sampled_from(["a ", "b", "é", "中", "ก", "½", LIGATURE, "\u0301", " "]), min_size=1
    ),
    st.integers(0, 1 << 16),
    st.integers(0, 900),
)


def check(packed: PackedTexts, config: Config, size: int, *, within_only: bool = False) -> int:
    """Compare both; return the number of repeated windows."""
    texts = NativeTexts(packed.utf8, packed.offsets, config)
    found = find_windows_with_core(texts, size, 1, within_only=within_only)
    expected = find_windows_with_numpy(packed, config, size, within_only=within_only)
    for ours, theirs in zip(found.runs, expected.runs, strict=True):
        np.testing.assert_array_equal(ours, theirs, strict=True)
    np.testing.assert_array_equal(found.token_offsets, expected.token_offsets)
    wanted = np.arange(found.token_offsets[-1])[::-1]
    for ours, theirs in zip(found.locate(wanted), expected.locate(wanted), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    return int(found.runs.counts.sum())


@given(st.lists(LONG | REPETITIVE | TEXTS, max_size=5), CONFIGS, st.integers(2, 40), st.booleans())
def test_any_texts(texts: list[str], config: Config, size: int, within_only: bool) -> None:  # noqa: FBT001
    check(pack(texts), config, size, within_only=within_only)


def test_texts_of_many_scripts() -> None:
    texts = random_texts(300, 5, 900)
    packed = pack([*texts, *(text[200:] for text in texts[::3])])
    for unit, size in (("word", 2), ("word", 20), ("char", 30)):
        assert check(packed, Config.of(None, {"unit": unit}), size) > 100


def test_real_texts() -> None:
    texts = ["\n".join(article) for article in real_articles(60, 3)]
    if not texts:
        pytest.skip("the corpora are not here")
    packed = pack([*texts, *(text[100:1500] for text in texts)])
    for unit, size in (("word", 50), ("word", 5), ("char", 250)):
        check(packed, Config.of(None, {"unit": unit}), size)


@pytest.mark.parametrize("texts", [[], [""], ["", "—", "\u0301"], ["one"], [LIGATURE] * 3])
def test_few_tokens_or_none(texts: list[str]) -> None:
    for unit in ("word", "char"):
        check(pack(texts), Config.of(None, {"unit": unit}), 2)


def test_ligatures_across_segments() -> None:
    texts = [f"{LIGATURE} " * 200 + "one two", LIGATURE * 300, f"a{LIGATURE}½" * 200]
    for unit, size in (("word", 4), ("char", 7)):
        assert check(pack(texts), Config.of(None, {"unit": unit}), size) > 100


def test_different_windows_with_the_same_hash() -> None:
    """Sequences of Thue and Morse have the same hash by any polynomial modulo a power of two.

    Windows are compared if they have the same smallest shingle, which is in the words around.
    """
    inner = [" ".join(thue_morse(1 << 11, *pair)) for pair in (("x", "y"), ("y", "x"))]
    texts = []
    for number in range(8):
        around = [" ".join(f"w{number}x{side}x{word}" for word in range(4000)) for side in "ab"]
        texts += [f"{around[0]} {one} {around[1]}" for one in inner]
    size = 8000 + (1 << 11)
    check(pack(texts), Config(), size)
    assert check(pack([*texts, texts[3]]), Config(), size) == 1


@given(st.lists(st.binary(max_size=700), max_size=4), st.booleans())
def test_damaged_utf8(parts: list[bytes], characters: bool) -> None:  # noqa: FBT001
    utf8 = np.frombuffer(b"".join(parts), np.uint8)
    texts = NativeTexts(
        utf8, np.cumsum([0, *map(len, parts)]), Config(unit="char" if characters else "word")
    )
    found = find_windows_with_core(texts, 3, 1)
    places, _ = found.locate(np.arange(found.token_offsets[-1]))
    assert len(places) == 0 or (places.min() >= 0 and places.max() <= len(utf8))


def numbers(*values: int) -> I64:
    return np.array(values, np.int64)


def test_offsets_that_do_not_begin_at_zero() -> None:
    text = "one two three four one two three four one"
    utf8 = np.frombuffer(f"before {text} behind".encode(), np.uint8)
    texts = NativeTexts(utf8, numbers(7, 7 + len(text)), Config())
    found = find_windows_with_core(texts, 3, 1)
    assert [column.tolist() for column in found.runs] == [[4], [0], [3]]
    assert found.locate(numbers(8, 0, 1))[0].tolist() == [len(text) + 4, 7, 11]


def test_the_core_checks_its_arguments() -> None:
    utf8 = np.frombuffer(b"one two three one two three", np.uint8)
    texts = NativeTexts(utf8, numbers(0, len(utf8)), Config()).core_texts
    for first, last in ((-1, 1), (0, 2), (1, 0)):
        with pytest.raises(IndexError, match="rows: beyond the texts"):
            core.cut_segments(texts, first, last)
        with pytest.raises(IndexError, match="rows: beyond the texts"):
            core.winnow(texts, numbers(0, 1), first, last, 2, 1, False)
    for owners in (numbers(0, 2), numbers(-1, 1), numbers(1, 0)):
        with pytest.raises(ValueError, match="first_segments: "):
            core.winnow(texts, owners, 0, 1, 2, 1, False)
    for size, width in ((0, 0), (2, 3), (2, 0), (1 << 40, 1)):
        with pytest.raises(ValueError, match="size: of no window"):
            core.winnow(texts, numbers(0, 1), 0, 1, size, width, False)
    first_tokens = numbers(0, 6)
    for wrong in (numbers(0), numbers(0, 6, 6), numbers(6, 0), numbers(1, 6)):
        with pytest.raises(ValueError, match="first_tokens: not those of the segments"):
            core.find_token_places(texts, wrong, numbers())
    with pytest.raises(ValueError, match="tokens: not ascending"):
        core.find_token_places(texts, first_tokens, numbers(2, 1))
    for wanted in (numbers(-1), numbers(6)):
        with pytest.raises(IndexError, match="tokens: beyond the texts"):
            core.find_token_places(texts, first_tokens, wanted)
    hashes, starts, lengths = np.zeros(2, np.uint64), numbers(0, 3), np.ones(2, np.uint32)
    found = core.find_window_sources(texts, first_tokens, hashes, starts, lengths, 3)
    assert [column.tolist() for column in found] == [[3], [0], [1]]
    for wrong in (numbers(0, 4), numbers(-1, 0), numbers(0, 1 << 62)):
        with pytest.raises(IndexError, match="starts: beyond the tokens"):
            core.find_window_sources(texts, first_tokens, hashes, wrong, lengths, 3)
    with pytest.raises(IndexError, match="starts: beyond the tokens"):
        core.find_window_sources(texts, first_tokens, hashes, starts, lengths - 1, 3)
    with pytest.raises(ValueError, match="starts: of other shingles"):
        core.find_window_sources(texts, first_tokens, hashes, starts[:1], lengths, 3)
    with pytest.raises(ValueError, match="first_tokens: of other texts"):
        core.find_window_sources(texts, numbers(0, 9), hashes, starts, lengths, 3)
