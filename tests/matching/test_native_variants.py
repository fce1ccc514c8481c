"""The compiled core finds numbers, elements and variants as the specification does."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.corpora import folder, records
from dedup import Config
from dedup.arrays.native import core
from dedup.arrays.packed import PackedTexts, pack
from dedup.matching import page_variants
from dedup.matching.elements import NUMBER_PLACEHOLDER
from dedup.matching.numbers import (
    DIGIT_VALUES,
    native_number_fingerprints,
    number_fingerprints,
    number_marks,
)
from dedup.matching.pair_rule import PairRule, least_tokens, pair_rule, pair_rule_settings
from dedup.text.hashing import NativeTexts
from tests.generated_texts import CHARACTERS, NOTICES, PAGES, site_pages

if core is None:
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)

NUMBERS = st.text(
    st.sampled_from("-−–+.,'’%‰٪$€¢¥￥ ٫٬\u00a0\u202f\u3000([xA_é中क12345٣９０"), max_size=30
)
DATED = st.lists(
    st.sampled_from(
        ["4", "May", "april", "Monday", "วันจันทร์", "สิงหาคม", "星期一", "de", "A320", "中"]
    ),
    max_size=12,
).map(" ".join)
ANY = st.text(CHARACTERS, max_size=40)
WORDS_AND_NUMBERS = st.sampled_from(
    ["a", "b", "c", "dd", "eee", "1", "2", "7", "x9", "1.5", "é5é", "May"]
)
WORDS = st.lists(WORDS_AND_NUMBERS, min_size=1, max_size=60)
CONFIGS = [
    Config(),
    Config(seed=7, ngram_size=2, threshold=0.5),
    Config(measure="jaccard", ngram_size=2, threshold=0.3),
    Config(unit="char", ngram_size=3, threshold=0.4),
    Config(numeric_variants="remove"),
]
PAGE_CONFIGS = [
    Config(numeric_variants="remove", page_variants="keep"),
    Config(unit="char", ngram_size=3, threshold=0.4, page_variants="keep", seed=3),
]
SIMILARITIES = 0.8, 0.96, 1.0
JUDGED = json.loads(Path(__file__).with_name("judged_pairs.json").read_text("utf-8"))


def rows_of(packed: PackedTexts, config: Config | None = None) -> NativeTexts:
    return NativeTexts(packed.utf8, packed.offsets, config or Config())


def rule_of(packed: PackedTexts, config: Config | None = None) -> Any:  # noqa: ANN401  of the extension
    return pair_rule(packed.utf8, packed.offsets, config or Config())


def check_pairs(
    packed: PackedTexts, pairs: list[tuple[int, int]], configs: Sequence[Config] = CONFIGS
) -> None:
    for config in configs:
        specified = PairRule(packed.utf8, packed.offsets, config)
        rule = rule_of(packed, config)
        for row, witness in pairs:
            for similarity in SIMILARITIES:
                both = row, witness, similarity
                assert rule.exempts(*both) == specified.exempts(*both), (config, both)
                for any_number in (False, True):
                    expected = specified.is_numeric_variant(*both, any_number=any_number)
                    found = rule.is_numeric_variant(*both, any_number=any_number)
                    assert found == expected, (config, both)


@given(st.lists(NUMBERS | DATED | ANY, max_size=4))
def test_numbers(texts: list[str]) -> None:
    packed = pack(texts)
    rows = rows_of(packed)
    expected = number_fingerprints(packed.utf8, packed.offsets)
    found = native_number_fingerprints(rows)
    np.testing.assert_array_equal(found, expected, strict=True)
    wanted = np.arange(len(texts)) % 2 == 0
    found = native_number_fingerprints(rows, wanted, 2)
    np.testing.assert_array_equal(found, np.where(wanted, expected, 0))


def test_digits_of_all_scripts_at_every_place_of_a_word() -> None:
    digits = [chr(code) for code in DIGIT_VALUES]
    texts = [f"{'x' * place} {digit} {'中' * place}" for place in range(20) for digit in digits]
    packed = pack([*texts, "\U0001d7ce 1", "".join(digits), "a" * 40 + "1", "é" * 40 + "٣", "中1"])
    expected = number_fingerprints(packed.utf8, packed.offsets)
    np.testing.assert_array_equal(native_number_fingerprints(rows_of(packed)), expected)


@given(st.lists(NUMBERS | DATED | ANY, max_size=3))
@example([NUMBER_PLACEHOLDER, f"{NUMBER_PLACEHOLDER}5{NUMBER_PLACEHOLDER}", "0x0x0x0 1 0x0x0x0"])
def test_elements(texts: list[str]) -> None:
    """Numbers, names of months and number placeholders are found alike."""
    near = [*texts, *(text.replace("5", "6") for text in texts)]
    pairs = [(row, (row + len(texts)) % len(near)) for row in range(len(near))]
    check_pairs(pack(near), pairs)


@pytest.mark.long
@given(WORDS, st.data())
def test_copies_with_changes(text: list[str], data: st.DataObject) -> None:
    copy = list(text)
    for _ in range(data.draw(st.integers(0, 6))):
        place = data.draw(st.integers(0, len(copy)))
        copy[place : place + data.draw(st.integers(0, 2))] = data.draw(
            st.lists(WORDS_AND_NUMBERS, max_size=2)
        )
    texts = [" ".join(text), " ".join(copy), " ".join(text[: len(text) // 8]), "、".join(copy * 9)]
    pairs = [(row, witness) for row in range(4) for witness in range(4)]
    check_pairs(pack(texts), pairs)


@given(
    st.lists(st.sampled_from("abcdefgh"), max_size=6),
    st.lists(st.sampled_from("abcdefgh"), min_size=60, max_size=90),
    st.integers(1, 3),
    st.sampled_from([0.3, 0.5, 0.8]),
)
def test_scattered_texts(copy: list[str], long: list[str], size: int, threshold: float) -> None:
    config = Config(ngram_size=size, threshold=threshold)
    packed = pack([" ".join(copy), " ".join(long)])
    specified = PairRule(packed.utf8, packed.offsets, config)
    assert rule_of(packed, config).exempts(0, 1, 0.9) == specified.exempts(0, 1, 0.9)


@given(NOTICES)
def test_lines(text: str) -> None:
    lines = text.splitlines(keepends=True)
    pairs = [(row, witness) for row in range(1, min(len(lines), 5)) for witness in range(row)]
    check_pairs(pack(lines), pairs)


@given(st.lists(PAGES, min_size=2, max_size=3))
@example(["", "\n", "\r\n"])
def test_pages(texts: list[str]) -> None:
    check_pairs(pack(texts), [(0, 1), (1, 0), (0, 0), (0, len(texts) - 1)], PAGE_CONFIGS)


def test_pages_of_three_sites() -> None:
    """There are more pages than rows in the cache of the rule."""
    pages = site_pages(30, 4)
    pairs = [(row, witness) for row in range(30) for witness in (row - 1, row // 2, 29 - row)]
    check_pairs(pack(pages), [pair for pair in pairs if min(pair) >= 0], PAGE_CONFIGS)
    rule = rule_of(pack(pages), Config.preset("web"))
    found = [rule.exempts(row, witness, 0.7) for row in range(30) for witness in range(row)]
    assert 100 < sum(found) < len(found) - 10


@pytest.mark.long
@pytest.mark.parametrize("part", JUDGED)
def test_judged_pairs(part: str) -> None:
    texts: dict[tuple[str, str], str] = {}
    if not folder().is_dir():
        pytest.skip("no corpora: set DEDUP_DATA to their folder")
    for name in {pair[0] for pair in JUDGED[part]}:
        place = next(
            path / name for path in (folder(), folder() / "labelled") if (path / name).is_dir()
        )
        rows = records(place / "articles.jsonl.zst")
        texts |= {(name, str(row["id"])): row["text"] or "" for row in rows}
    chosen = JUDGED[part][:: len(JUDGED[part]) // 20 or 1]
    both = [texts[name, row] for name, *pair, _ in chosen for row in pair]
    count = len(chosen)
    check_pairs(
        pack(both), [(2 * pair + at, 2 * pair + 1 - at) for pair in range(count) for at in (0, 1)]
    )


def test_least_tokens_counts_tokens_not_elements() -> None:
    """A letter beyond ASCII before a number is a part of its token, and an element of its own."""
    config = Config()
    words = [f"w{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    copy = " ".join([*words, "é5é", "one"])
    packed = pack([copy, copy.replace("one", "two")])
    assert len(words) + 2 < least_tokens(config) < len(words) + 2 + 2
    check_pairs(packed, [(0, 1)])
    assert rule_of(packed, config).exempts(0, 1, 0.9)


def test_rows_need_not_begin_at_the_buffer() -> None:
    whole = pack(["before 1", "On 4 May, 12 boats", "On 5 May, 12 boats", "", "behind 2"])
    packed = replace(whole, utf8=whole.utf8[3:], offsets=whole.offsets[1:5] - 3)
    expected = number_fingerprints(packed.utf8, packed.offsets)
    np.testing.assert_array_equal(native_number_fingerprints(rows_of(packed)), expected)
    check_pairs(packed, [(row, witness) for row in range(3) for witness in range(3)])


def test_no_rows_have_no_fingerprints() -> None:
    found = native_number_fingerprints(rows_of(pack([])))
    np.testing.assert_array_equal(found, np.zeros(0, np.uint64), strict=True)


DAMAGED = st.lists(st.binary(max_size=60) | PAGES.map(lambda text: text.encode()[1::2]), min_size=2)


@given(DAMAGED.filter(lambda parts: len(parts) <= 4))
def test_damaged_utf8_breaks_nothing(parts: list[bytes]) -> None:
    utf8 = np.frombuffer(b"".join(parts), np.uint8)
    offsets = np.cumsum([0, *map(len, parts)])
    rows = NativeTexts(utf8, offsets, Config(ngram_size=2))
    assert len(native_number_fingerprints(rows)) == len(parts)
    rule: Any = pair_rule(utf8, offsets, Config(ngram_size=2, page_variants="keep"))
    for similarity in SIMILARITIES:
        rule.exempts(0, 1, similarity)
        rule.is_numeric_variant(1, 0, similarity, any_number=True)


def test_rows_and_shapes_are_checked() -> None:
    packed = pack(["1", "2"])
    texts, rule = rows_of(packed), rule_of(packed)
    signs = number_marks()
    for row in (-1, 2):
        for refused in (
            partial(rule.exempts, row, 0, 0.9),
            partial(rule.is_numeric_variant, 0, row, 0.9, any_number=False),
        ):
            with pytest.raises(IndexError, match="row: beyond the texts"):
                refused()
    wanted, found = np.ones(2, np.bool_), np.zeros(2, np.uint64)
    with pytest.raises(IndexError, match="rows: beyond the texts"):
        core.number_fingerprints(texts.core_texts, signs, wanted, 0, 3, found)
    for flags, result in ((wanted[:1], found), (wanted, found[:1])):
        with pytest.raises(ValueError, match="wanted, fingerprints: not one of each row"):
            core.number_fingerprints(texts.core_texts, signs, flags, 0, 2, result)


def test_constants_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    names = SimpleNamespace(
        number_placeholder="0", placeholder_hash=1, word_weight=3, weight=3, max_name_distance=2
    )
    for firsts, tokens, ends in (
        ([1], [1], [0]),
        ([1], [1], [0, 2]),
        ([2, 1], [2, 1], [0, 1, 2]),
        ([1, 2], [1, 2], [0, 2, 1]),
        ([], [], []),
    ):
        with pytest.raises(ValueError, match="calendar_names: not as many as their tokens"):
            core.CalendarNames(
                SimpleNamespace(**vars(names), first_tokens=firsts, tokens=tokens, ends=ends)
            )
    monkeypatch.setattr(page_variants, "OWN_NGRAM", 0)
    with pytest.raises(ValueError, match="spaced_ngram, unspaced_ngram, own_ngram: less than 1"):
        pair_rule_settings.__wrapped__(Config())
