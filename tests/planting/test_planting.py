"""The planted repeats, the oracle and the score are right."""

from __future__ import annotations

import random

import pytest

from .articles import data_folder, generated_articles, real_articles
from .oracle import containment, distinct, sentences, shingles, words
from .plant import KINDS, Copy, Planted, plant
from .score import Score, score

ARTICLES = generated_articles(15, seed=7)
LONG = " ".join(f"word{index}" for index in range(40))


def planted_texts() -> list[Planted]:
    """Plant every kind in every generated article."""
    return [
        plant(article, kind, random.Random(f"{kind} {index}"))
        for kind in KINDS
        for index, article in enumerate(ARTICLES)
    ]


def lines(text: str) -> list[tuple[int, int]]:
    """Return the span of each non-blank line, without the blanks around it."""
    spans, at = [], 0
    for line in text.splitlines(keepends=True):
        if stripped := line.strip():
            start = at + line.index(stripped)
            spans.append((start, start + len(stripped)))
        at += len(line)
    return spans


def reference_flagger(text: str) -> list[tuple[int, int]]:
    """Flag a line with the same words or 80% of the shingles of an earlier kept line."""
    kept: list[tuple[list[str], set[tuple[str, ...]]]] = []
    flagged = []
    for start, stop in lines(text):
        row, grams = words(text[start:stop]), shingles(text[start:stop])
        if any(
            row == kept_row or len(grams & kept_grams) >= 0.8 * len(grams) > 0
            for kept_row, kept_grams in kept
        ):
            flagged.append((start, stop))
        else:
            kept.append((row, grams))
    return flagged


def total(texts: list[Planted], flagged: list[list[tuple[int, int]]]) -> Score:
    """Add up the scores of many texts."""
    pairs = zip(texts, flagged, strict=True)
    return sum((score(planted, spans) for planted, spans in pairs), Score())


def test_words_and_shingles() -> None:
    assert words("Don't PANIC, it's 3,5% – Straße ﬁn!") == [
        *("don", "t", "panic", "it", "s", "3", "5", "strasse", "fin"),
    ]
    assert words("中国 ABC12，テスト") == ["中", "国", "abc12", "テ", "ス", "ト"]
    assert words("ที่นี่") == ["ที่", "นี่"]
    assert len(words("हिन्दी नेपाली")) == 2
    assert words("e\u0301t\u00e9") == ["\u00e9t\u00e9"]
    assert shingles("a b c") == {("a", "b", "c")} and shingles(" – ") == set()
    assert shingles("a b c d e f") == {tuple("abcde"), tuple("bcdef")}


def test_containment_by_hand() -> None:
    assert containment("a b c d e f", "x a b c d e y") == 0.5
    assert containment("A, b. C", "a b c") == 1.0 and containment("", "a") == 0.0
    assert containment(LONG, LONG.replace("word20 ", "other ")) == pytest.approx(31 / 36)


def test_sentences_join_up() -> None:
    text = "One 2.5 is. “Two!” Three? 四。五！“六。”"
    assert sentences(text) == ["One 2.5 is.", " “Two!”", " Three?", " 四。", "五！", "“六。”"]


def test_distinct() -> None:
    assert distinct(["a b", "c d", LONG]) and not distinct(["A b", "a, b", LONG])
    assert not distinct([LONG, LONG + " more"]) and not distinct(["* * *", "* * *"])


@pytest.mark.parametrize("kind", KINDS)
def test_spans_and_truth(kind: str) -> None:
    for index, article in enumerate(ARTICLES):
        planted = plant(article, kind, random.Random(index))
        text = planted.text
        assert planted.copies and planted.kind == kind
        assert ("\r\n" in text) == (kind == "crlf")
        for copy in planted.copies:
            later, earlier = text[copy.start : copy.stop], text[copy.of_start : copy.of_stop]
            assert later == later.strip() and earlier in article and copy.of_stop < copy.start
            assert {(copy.start, copy.stop), (copy.of_start, copy.of_stop)} <= {*lines(text)}
            assert copy.exact == (words(later) == words(earlier))
            assert copy.similarity == containment(later, earlier) or not words(later)
            assert copy.exact or kind in ("near_paragraph_far_apart", *list(KINDS)[3:8])
    assert kind != "no_final_newline" or text[-1:].strip()


def test_far_apart() -> None:
    for index, article in enumerate(ARTICLES):
        planted = plant(article, "paragraph_far_apart", random.Random(index))
        found = lines(planted.text)
        (copy,) = planted.copies
        spans = [(copy.of_start, copy.of_stop), (copy.start, copy.stop)]
        first, second = (found.index(span) for span in spans)
        assert second - first >= len(article) / 2 and second - first > 1
        assert len(words(planted.text[copy.start : copy.stop])) >= 30


def test_near_kinds_change_something() -> None:
    for kind in ("near_word_in_20", "near_word_in_40", "near_sentence_dropped", "near_dates"):
        texts = [plant(article, kind, random.Random(1)) for article in ARTICLES]
        copies = [copy for planted in texts for copy in planted.copies]
        assert 0.1 < sum(not copy.exact for copy in copies) / len(copies) < 0.95


def test_flaggers() -> None:
    texts = planted_texts()
    best = [
        [(copy.start, copy.stop) for copy in planted.copies if copy.similarity >= 0.8]
        for planted in texts
    ]
    perfect = total(texts, best)
    for tally in (perfect.exact, perfect.near, perfect.both):
        assert tally.precision == tally.recall == 1.0 and tally.true_positive > 100
    nothing = total(texts, [[] for _ in texts])
    assert nothing.exact.recall == nothing.near.recall == 0.0 and nothing.both.precision == 1.0
    everything = total(texts, [lines(planted.text) for planted in texts])
    assert everything.both.recall == 1.0 and everything.both.precision < 0.6
    whole = total(texts, [[(0, len(planted.text))] for planted in texts])
    assert whole.both.precision == 0.0


def test_reference_flagger() -> None:
    texts = planted_texts()
    found = total(texts, [reference_flagger(planted.text) for planted in texts])
    assert found.exact.precision == found.exact.recall == found.near.recall == 1.0
    assert found.near.precision == 1.0


def test_score_by_hand() -> None:
    text = "aaaa bb. cc dd.\n***\naaaa bb. cc dd.\n***\naaaa xx. yy zz.\nother one"
    copies = (
        Copy(20, 35, 0, 15, True, 1.0),
        Copy(36, 39, 16, 19, True, 0.0),
        Copy(40, 55, 0, 15, False, 0.4),
    )
    planted = Planted(text, "by hand", copies)
    assert score(planted, [(20, 35)]) == score(planted, [(20, 36), (36, 39)])
    halves = score(planted, [(20, 28), (28, 36)]).exact
    assert (halves.true_positive, halves.found, halves.false_negative) == (2, 1, 0)
    half = score(planted, [(20, 28)]).exact
    assert (half.true_positive, half.found, half.false_negative) == (1, 0, 1)
    wrong = score(planted, [(40, 55), (56, 65)])
    assert wrong.near.false_positive == 2 and wrong.near.recall == 1.0
    assert wrong.near.precision == 0.0 and wrong.exact.false_negative == 1


def test_same_seed_same_articles_and_texts() -> None:
    assert generated_articles(15, seed=7) == ARTICLES != generated_articles(15, seed=8)
    assert planted_texts() == planted_texts()
    assert plant(ARTICLES[0], "near_dates", random.Random(1)).text != planted_texts()[0].text


def test_real_articles() -> None:
    if not data_folder().is_dir():
        pytest.skip(f"no corpora at {data_folder()}: set DEDUP_DATA to their folder")
    pytest.importorskip("zstandard", reason="zstandard reads the corpora")
    articles = real_articles(20, seed=1)
    assert len(articles) == 20 and all(distinct(article) for article in articles)
    assert all(text == " ".join(text.split()) for article in articles for text in article)
    assert articles == real_articles(20, seed=1) != real_articles(20, seed=2)


def test_no_corpora(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEDUP_DATA", "no such folder")
    assert real_articles(5, seed=1) == []
