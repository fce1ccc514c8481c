"""The compiled core against the reference: bit for bit, row by row."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays import parallel
from dedup.arrays.array_types import I64, U64
from dedup.arrays.native import core
from dedup.arrays.packed import pack
from dedup.config import Config
from dedup.matching.bottom_sketch import bottom_k
from dedup.text.alphabet import BASIC_PLANE_CODES, SEQUENCE, SEVERAL, alphabet
from dedup.text.hashing import NativeTexts
from dedup.text.mixing import mix64
from dedup.text.tokens import tokenize
from dedup.text.unicode import DIGIT, IDEOGRAPH, IGNORED, LETTER, MARK, SEPARATOR, WORD
from tests.core_checks import check_sketches, check_tokens
from tests.generated_texts import TEXTS, alike_texts, random_texts

if core is None:
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)
BATCH_BYTES, BATCH_ROWS = 1 << 14, 1 << 12  # as in src/native/types.hpp
SEEDS = st.one_of(st.sampled_from([0, 1, 2**32 - 1]), st.integers(0, 2**32 - 1))
NGRAM_SIZES = (*range(1, 9), 64)


@given(
    st.lists(TEXTS, max_size=12),
    SEEDS,
    st.sampled_from(NGRAM_SIZES),
    st.integers(1, 3),
    st.integers(1, 200),
    st.integers(1, 70),
)
def test_any_texts_and_settings(  # noqa: PLR0913, PLR0917
    texts: list[str], seed: int, ngram_size: int, threads: int, chunk: int, num_perm: int
) -> None:
    packed = pack(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel, "MIN_CHUNK_BYTES", chunk)
        check_tokens(packed.utf8, packed.offsets, seed, threads)
        check_sketches(packed.utf8, packed.offsets, ngram_size, seed, threads, num_perm)


@given(st.lists(TEXTS, min_size=1, max_size=12), st.integers(0, 5), st.integers(0, 5))
def test_the_slice_of_a_column(texts: list[str], before: int, behind: int) -> None:
    packed = pack(texts)
    first = min(before, len(texts))
    offsets = packed.offsets[first : max(len(texts) + 1 - behind, first + 1)]
    check_tokens(packed.utf8, offsets)
    check_sketches(packed.utf8, offsets, 3)
    alone = pack(texts[first : first + len(offsets) - 1])
    tokens = NativeTexts(packed.utf8, offsets, Config()).tokenize().hashes
    expected = tokenize(alone.utf8, alone.offsets).hashes
    np.testing.assert_array_equal(tokens.offsets, expected.offsets)
    np.testing.assert_array_equal(tokens.values, expected.values)


@pytest.mark.parametrize("ngram_size", NGRAM_SIZES)
@pytest.mark.parametrize("chunk", [1 << 13, 1 << 30])
def test_rows_by_the_thousand(ngram_size: int, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Batches are full by their rows, by their bytes, and by one row that is larger than a batch.
    texts = random_texts(BATCH_ROWS * 2 + 9, ngram_size, 3) + random_texts(1500, ngram_size, 160)
    texts += ["", "one two " * (BATCH_BYTES // 4), "", *random_texts(500, ngram_size, 160), ""]
    packed = pack(texts)
    assert len(packed.utf8) > 4 * BATCH_BYTES
    monkeypatch.setattr(parallel, "MIN_CHUNK_BYTES", chunk)
    check_tokens(packed.utf8, packed.offsets, ngram_size)
    check_sketches(packed.utf8, packed.offsets, ngram_size)


@pytest.mark.parametrize("texts", [[], [""], [""] * 5000, ["—"] * 3])
def test_no_rows_and_rows_without_tokens(texts: list[str]) -> None:
    packed = pack(texts)
    check_tokens(packed.utf8, packed.offsets)
    check_sketches(packed.utf8, packed.offsets, 5)


@pytest.mark.parametrize("texts", [["ab\ud800cd", "\udfff", "a\udc00\u0301é"], ["\ud83d\ude00 é"]])
def test_lone_surrogates(texts: list[str]) -> None:
    packed = pack(texts)
    check_tokens(packed.utf8, packed.offsets)
    check_sketches(packed.utf8, packed.offsets, 1)


def test_tokens_around_the_end_of_the_table_of_positions() -> None:
    heads = [char * length for char in ("a", "é", "7") for length in (*range(1022, 1027), 2049)]
    middles = ("", "a", "Z", "é", "1", "\u0301", "\u0323\u0301", "中", "ก", " ", "\u00ad", "ﬁ", "½")
    ends = ("", "b", "é\u0323", " b", "7" * 1030, "ß\u0301b")
    packed = pack("".join(parts) for parts in product(heads, middles, ends))
    check_tokens(packed.utf8, packed.offsets)
    check_sketches(packed.utf8, packed.offsets, 2)


@pytest.mark.long
@pytest.mark.parametrize("form", ["{0}", "a{0}b", "{0}{0}\u0301 1{0}中{0}"])
def test_every_code_point(form: str) -> None:
    packed = pack(form.format(chr(code)) for code in range(0x110000))
    check_tokens(packed.utf8, packed.offsets)


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_no_collision_that_does_not_depend_on_the_seed(seed: int) -> None:
    texts = alike_texts()
    packed = pack(texts)
    check_tokens(packed.utf8, packed.offsets, seed)
    hashes = NativeTexts(packed.utf8, packed.offsets, Config(seed=seed)).tokenize().hashes
    assert len({tuple(row.tolist()) for row in hashes}) == len(texts)


def hash_of_single_tokens(texts: list[str], seed: int) -> tuple[I64, U64]:
    """Return how many tokens each text has, and the hash of the first, 0 if there is none."""
    packed = pack(texts)
    rows = tokenize(packed.utf8, packed.offsets, seed).hashes
    values = np.append(rows.values, np.uint64(0))
    return rows.lengths, np.where(rows.lengths > 0, values[rows.offsets[:-1]], np.uint64(0))


@pytest.mark.parametrize("seed", [1, 99])
def test_the_tables_say_of_a_code_point_what_the_reference_makes_of_it(seed: int) -> None:
    table = alphabet(seed)
    kinds, direct = table.kind_of, len(table.direct_sum)
    assert len(kinds) == BASIC_PLANE_CODES
    characters = [chr(code) for code in range(BASIC_PLANE_CODES)]
    counts, hashes = hash_of_single_tokens(characters, seed)
    plain = kinds < SEVERAL
    bases = np.isin(kinds, (WORD, DIGIT, IDEOGRAPH, LETTER))
    assert (counts[plain] == bases[plain]).all()
    low = np.flatnonzero((bases & plain)[:direct])
    first = table.direct_base.astype(np.uint64) + table.direct_sum * table.factors[0]
    fixed = mix64(np.array([table.token_key]))
    np.testing.assert_array_equal(mix64(first[low] + fixed), hashes[low])

    counts, hashes = hash_of_single_tokens([f"a{char}" for char in characters], seed)
    marks = np.flatnonzero(kinds[:direct] == MARK)
    assert len(marks) > 500
    np.testing.assert_array_equal(mix64(97 + first[marks] + fixed), hashes[marks])
    hidden = np.flatnonzero(np.isin(kinds, (SEPARATOR, IGNORED)))
    assert (hashes[hidden] == mix64(97 + fixed)).all()
    joined, _ = hash_of_single_tokens([f"a{char}b" for char in characters], seed)
    assert (joined[kinds == IGNORED] == 1).all()
    assert (joined[kinds == SEPARATOR] == 2).all()
    assert np.isin(kinds[:128], (WORD, DIGIT, SEPARATOR)).all()
    assert (
        kinds[0x2010:0x202A] == SEPARATOR
    ).all()  # what ``printed_signs`` in byte_tests.inl takes for granted
    assert set(kinds[direct:].tolist()) >= {SEQUENCE, SEPARATOR, WORD, IDEOGRAPH}


def test_a_capped_key_lowers_min_shared_by_one_at_most() -> None:
    # So rows that have too few keys in all need not be looked up.
    for percent in range(1, 101):
        steps = np.diff(bottom_k(percent / 100).min_shared_uncapped[1:])
        assert set(steps.tolist()) <= {0, 1}
