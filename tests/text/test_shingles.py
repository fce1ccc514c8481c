"""The compiled core equals the specification in numpy bit for bit, at every level."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import Config
from dedup.arrays import native
from dedup.arrays.array_types import U8
from dedup.arrays.packed import PackedTexts, pack
from dedup.matching.minhash import permutations, signatures
from dedup.text import hashing
from dedup.text.hashing import NativeTexts
from dedup.text.shingles import shingle
from dedup.text.tokens import tokenize
from tests.generated_texts import TEXTS, alike_texts, random_texts
from tests.processor_levels import levels

SOURCES = Path(__file__).parents[2] / "src" / "native"
core = native.core
if core is None:
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)


def check(packed: PackedTexts, seed: int, ngram_size: int = 5, *, characters: bool = False) -> None:
    utf8, offsets = packed.utf8, packed.offsets
    tokens = tokenize(utf8, offsets, seed, characters=characters)
    shingles = shingle(tokens.hashes, ngram_size, seed)
    both = permutations(37, seed)
    config = Config(unit="char" if characters else "word", ngram_size=ngram_size, seed=seed)
    signed = signatures(shingles, 37, seed)
    for level in levels():
        texts = NativeTexts(utf8, offsets, config)
        found = texts.tokenize(1)
        np.testing.assert_array_equal(found.hashes.values, tokens.hashes.values, level, strict=True)
        np.testing.assert_array_equal(found.hashes.offsets, tokens.hashes.offsets, level)
        np.testing.assert_array_equal(found.weight_thirds, tokens.weight_thirds, level, strict=True)
        rows = texts.shingle(1)
        np.testing.assert_array_equal(rows.values, shingles.values, level, strict=True)
        np.testing.assert_array_equal(rows.offsets, shingles.offsets, level)
        np.testing.assert_array_equal(texts.signatures(both, 1), signed, level, strict=True)


@given(st.lists(TEXTS, max_size=6), st.integers(0, 3), st.integers(1, 7), st.booleans())
def test_any_text(texts: list[str], seed: int, ngram_size: int, characters: bool) -> None:  # noqa: FBT001
    check(pack(texts), seed, ngram_size, characters=characters)


def test_rows_of_many_shingles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "MAX_SORTED_SHINGLES", 9)
    check(pack(random_texts(60, 7, 300)), 1)


@pytest.mark.parametrize("characters", [False, True])
def test_texts_of_many_scripts(characters: bool) -> None:  # noqa: FBT001
    check(pack(random_texts(2000, 7, 300)), 1, characters=characters)
    check(pack(alike_texts()), 2, characters=characters)
    check(pack(["\ufdfa\ufdfa"] * 6000), 4, characters=characters)  # more tokens than bytes
    check(pack(["x" * 3000, "é" * 3000, "中" * 3000, "a1" * 2000 + "é"]), 3, characters=characters)


@given(st.lists(st.binary(max_size=200), max_size=4), st.booleans())
def test_malformed_utf8_does_not_crash(parts: list[bytes], characters: bool) -> None:  # noqa: FBT001
    utf8 = np.frombuffer(b"".join(parts), np.uint8)
    offsets = np.cumsum([0, *map(len, parts)])
    for _ in levels():
        texts = NativeTexts(utf8, offsets, Config(unit="char" if characters else "word"))
        assert len(texts.tokenize(1).hashes.values) <= len(utf8) + len(parts)
        texts.shingle(1)


def test_a_ligature_with_more_tokens_than_bytes() -> None:
    check(pack(["\ufdfa", "\ufdfa \ufdfa", "\ufdfa\ufdfa", "½½", "a½"] * 5000), 1)


def test_offsets_may_begin_inside_the_buffer() -> None:
    packed = pack(["before", "The ferry was late again, and nobody could say why.", "behind"])
    check(replace(packed, utf8=packed.utf8[3:], offsets=packed.offsets[1:3] - 3), 1)


@pytest.mark.parametrize(
    ("utf8", "offsets", "said"),
    [
        (np.zeros(4, np.uint8), [0, 5], "offsets: beyond the values"),
        (np.zeros(4, np.uint8), [-1, 4], "offsets: beyond the values"),
        (np.zeros(4, np.uint8), [0, 3, 2], "offsets: not ascending"),
        (np.zeros(4, np.uint8), [], "offsets: empty"),
    ],
)
def test_offsets_are_checked(utf8: U8, offsets: list[int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        NativeTexts(utf8, np.array(offsets, np.int64), Config())


def test_rows_and_shapes_are_checked() -> None:
    rows = NativeTexts(np.zeros(4, np.uint8), np.array([0, 4]), Config())
    texts = rows.core_texts
    for first, last in ((-1, 1), (0, 2), (1, 0)):
        with pytest.raises(IndexError, match="rows: beyond the texts"):
            core.tokenize(texts, first, last)
    ones, result = np.ones(4, np.uint32), np.zeros((1, 3), np.uint32)
    with pytest.raises(ValueError, match="result: of another shape"):
        core.signatures(texts, 0, 1, ones, ones, result)


def test_the_core_is_built_from_these_sources() -> None:
    files = sorted(path for path in SOURCES.iterdir() if path.suffix in (".cpp", ".hpp", ".inl"))
    digests = "".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
    assert core.sources == hashlib.sha256(digests.encode()).hexdigest(), "run `make` to build anew"


@pytest.mark.parametrize("wanted", ["0", "require", "portable"])
def test_the_environment_chooses_the_core(wanted: str) -> None:
    program = "from dedup.arrays.native import core; print(core and core.level())"
    environment = {**os.environ, native.NATIVE_VARIABLE: wanted}
    said = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert said == {"0": "None", "require": core.level()}.get(wanted, wanted)


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match=r"DEDUP_NATIVE must be 0, require or a level .*got 'v9'"):
        native.load_core("v9")


def test_a_missing_core_warns_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "core", None)
    monkeypatch.setattr(native, "core_is_missing", True)
    native._warn_of_slowness.cache_clear()  # noqa: SLF001
    with pytest.warns(RuntimeWarning, match="install a C\\+\\+ compiler"):
        dedup.shingles(["The ferry was late again."])
    dedup.shingles(["The ferry was late again."])  # warnings are errors here
