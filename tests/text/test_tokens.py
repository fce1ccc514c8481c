import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.array_types import Ragged
from dedup.arrays.packed import encode, pack
from dedup.text import tokens
from dedup.text.shingles import shingle
from dedup.text.tokens import INSIDE_WORD, tokenize
from tests.generated_texts import CHARACTERS, TEXTS, alike_texts
from tests.oracles import UNITS, shingle_set


def rows_of(texts: list[str], seed: int = 1, *, characters: bool = False) -> list[list[int]]:
    utf8 = [encode(text) for text in texts]
    offsets = np.cumsum([0, *map(len, utf8)])
    packed = np.concatenate([*utf8, np.zeros(0, np.uint8)])
    return [row.tolist() for row in tokenize(packed, offsets, seed, characters=characters).hashes]


@pytest.mark.parametrize("unit", UNITS)
@given(texts=st.lists(TEXTS, max_size=6))
def test_hashes_are_equal_just_where_the_tokens_are(unit: str, texts: list[str]) -> None:
    rows, oracle = rows_of(texts, characters=unit == "char"), UNITS[unit]
    hashes = [value for row in rows for value in row]
    expected = [token for text in texts for token in oracle(text)]
    assert [len(row) for row in rows] == [len(oracle(text)) for text in texts]
    assert len(set(hashes)) == len(set(expected)) == len(set(zip(hashes, expected, strict=True)))


@given(TEXTS)
def test_composed_and_decomposed_forms_have_the_same_tokens(text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert rows_of([composed]) == rows_of([decomposed])


IGNORABLE = (
    "\u00ad\u034f\u061c\u17b4\u180e\u200b\u200c\u200d\u200e\u202a\u2060\u2066\ufe0f\ufeff\U000e0041"
)


@given(st.text(CHARACTERS, max_size=40), st.data())
def test_invisible_characters_do_not_matter(text: str, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.tuples(st.integers(0, len(text)), st.sampled_from(IGNORABLE))))
    longer = text
    for place, char in sorted(places, reverse=True):
        longer = longer[:place] + char + longer[place:]
    assert rows_of([longer]) == rows_of([text])
    assert rows_of([longer], characters=True) == rows_of([text], characters=True)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30))
def test_neither_width_nor_case_matters(text: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in text)
    for other in (wide, text.upper(), text.lower(), wide.upper()):
        assert rows_of([other]) == rows_of([text])


@given(st.lists(TEXTS, max_size=6))
def test_a_row_does_not_depend_on_its_neighbours(texts: list[str]) -> None:
    assert rows_of(texts) == [rows_of([text])[0] for text in texts]


@given(st.text(CHARACTERS, max_size=300), st.integers(1, 40))
def test_the_size_of_segments_does_not_matter(text: str, size: int) -> None:
    whole = rows_of([text, text])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "TOKENIZED_BYTES", size)
        assert rows_of([text, text]) == whole


def test_lone_surrogates_separate_tokens() -> None:
    assert len(rows_of(["ab\ud800cd"])[0]) == 2


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("CAFÉ", "café"),
        ("Straße", "STRASSE"),
        ("ﬁn", "fin"),
        ("１２３", "123"),
        ("co\u00adoperate", "cooperate"),
        ("ｶﾞ", "ガ"),
        ("\ufeffword", "word"),
        ("don’t", "don't"),
        ("Acme™", "Acme"),
        ("عــربي", "عربي"),
        ("ΟΔΟΣ", "οδος"),
    ],
)
def test_texts_with_equal_tokens(left: str, right: str) -> None:
    assert rows_of([left]) == rows_of([right])


@pytest.mark.parametrize(
    ("left", "right"),
    [("cafe", "café"), ("é\u0323", "e\u0323"), ("ab", "ba"), ("a b", "ab"), ("ที่", "ที"), ("ก", "ข")],
)
def test_texts_with_different_tokens(left: str, right: str) -> None:
    assert rows_of([left]) != rows_of([right])


@pytest.mark.parametrize(
    ("text", "thirds"),
    [
        ("word", [3]),
        ("1987", [0]),
        ("1st", [0]),
        ("7pm", [0]),
        ("covid19", [7]),
        ("é2", [7]),
        ("٣x", [0]),
        ("abcdefghijklmnopq1", [7]),
        ("中文", [2, 2]),
        ("中2", [2, 0]),
        ("ไท", [1, 1]),
        ("§ —", []),
    ],
)
def test_weights_of_tokens(text: str, thirds: list[int]) -> None:
    utf8 = encode(text)
    edges = np.array([0, len(utf8)])
    assert tokenize(utf8, edges).weight_thirds.tolist() == thirds
    of_characters = tokenize(utf8, edges, characters=True).weight_thirds.tolist()
    assert [weight for weight in of_characters if weight != INSIDE_WORD] == thirds
    assert of_characters[:1] == thirds[:1]


def test_no_collision_for_every_seed() -> None:
    texts = alike_texts()
    for seed in (0, 1, 2**32 - 1):
        hashes = [tuple(row) for row in rows_of(texts, seed)]
        assert len(set(hashes)) == len(texts)


def test_the_seed_changes_every_hash() -> None:
    text = " ".join(f"word{number}" for number in range(1000))
    assert not set(rows_of([text], 1)[0]) & set(rows_of([text], 2)[0])


ROWS = st.lists(st.lists(st.integers(0, 5), max_size=12), max_size=6)


@given(ROWS, st.integers(1, 8))
def test_shingles_equal_the_sets_of_ngrams(rows: list[list[int]], ngram_size: int) -> None:
    values = np.array([value + 1 for row in rows for value in row], np.uint64)
    tokens = Ragged(values, np.cumsum([0, *map(len, rows)]))
    shingles = shingle(tokens, ngram_size)
    names: dict[object, int] = {}
    for hashes, row in zip(shingles, rows, strict=True):
        expected = shingle_set(row, ngram_size)
        assert len(hashes) == len(expected)
        assert all(left < right for left, right in pairwise(hashes.tolist()))
        alone = shingle(
            Ragged(np.array(row, np.uint64) + np.uint64(1), np.array([0, len(row)])), ngram_size
        )
        assert alone[0].tolist() == hashes.tolist()
        for gram in expected:
            one = Ragged(np.array(gram, np.uint64) + np.uint64(1), np.array([0, len(gram)]))
            value = int(shingle(one, ngram_size)[0][0])
            assert names.setdefault(gram, value) == value
            assert value in hashes
    assert len(set(names.values())) == len(names)


def test_no_rows_and_no_text() -> None:
    empty = tokenize(np.zeros(0, np.uint8), np.array([0, 0, 0]))
    assert empty.hashes.lengths.tolist() == [0, 0]
    assert shingle(empty.hashes).lengths.tolist() == [0, 0]
    assert len(tokenize(np.zeros(0, np.uint8), np.array([0])).hashes) == 0


LIGATURES = st.text(
    st.sampled_from("\ufdfa\ufdfb\u2167\ufdf2\u00bdab \u00e9\u4e2d\ufb03\u064b\u0301\n")
)


@given(st.lists(LIGATURES, max_size=4))
def test_a_ligature_is_as_many_letters_as_it_has_bytes(texts: list[str]) -> None:
    packed = pack(texts)
    found = tokenize(packed.utf8, packed.offsets, characters=True)
    assert found.hashes.lengths.tolist() == [len(UNITS["char"](text)) for text in texts]
    assert (found.hashes.lengths <= np.diff(packed.offsets)).all()
