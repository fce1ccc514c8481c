"""The benchmark of audits: its corpora have the copies that they claim; its errors are right."""

import random
from dataclasses import replace

import numpy as np
import pytest

import dedup
from benchmarks.audit_corpora import LONG_KINDS, SHORT_KINDS, Corpus, ocr_noise
from benchmarks.audits import no_copies, share_error
from dedup import Config
from dedup.auditing.audit_result import Setting
from tests.auditing.test_audit import stories

CONFIG = Config(measure="jaccard", ngram_size=1, threshold=0.5)
SETTING = Setting("audited", CONFIG, 9, 0.5, 50, 0.1, 0.0, 0.3)


@pytest.mark.parametrize("kind", [*LONG_KINDS, *SHORT_KINDS])
def test_only_copies_share_the_number_of_an_original(kind: str) -> None:
    texts = stories(60, 90)
    made = (LONG_KINDS | SHORT_KINDS)[kind](texts, random.Random(1))
    assert made == (LONG_KINDS | SHORT_KINDS)[kind](texts, random.Random(1))
    numbers = [number for number, _ in made]
    copies = len(numbers) - len(set(numbers))
    assert (copies == 0) == kind.endswith("clean")
    assert len(numbers) >= 30 and copies <= len(numbers) / 2
    first = dict(reversed(made))
    for number, text in made:
        assert kind == "form letters" or set(text.split()) & set(first[number].split())


def test_ocr_noise_changes_the_given_share_of_letters() -> None:
    text = "".join(random.Random(1).choices("abcdefgh", k=20_000))
    wrong = ocr_noise(0.1)(text, random.Random(2))
    assert 0.015 < 1 - len(wrong) / len(text) < 0.025  # one in five of these is left out
    assert ocr_noise(0.0)(text, random.Random(2)) == text


def test_the_nearest_text_decides_whether_there_is_a_copy() -> None:
    texts = ["a b c d", "a b c e", "a b c d x", "q r s t", "q r s u", "nothing at all"]
    corpus = Corpus("made up", "six", texts, np.array([0, 1, 0, 2, 2, 3]))
    # Five have a similar text at 0.5; the nearest text of the second is no copy of it.
    assert no_copies(corpus, SETTING) == (5 / 6, 1 / 5)
    assert no_copies(corpus, replace(SETTING, config=replace(CONFIG, threshold=0.9))) == (0, 0)


def test_the_error_is_the_distance_from_the_reported_range() -> None:
    assert share_error(SETTING, 0.12) == share_error(SETTING, 0.06) == ""
    assert share_error(SETTING, 0.4) == "0.300"
    assert share_error(replace(SETTING, same_form=0.35), 0.4) == ""
    assert share_error(replace(SETTING, same_form=0.35), 0.0) == "0.100"
    assert share_error(replace(SETTING, similar_count=19), 1.0) == "few"
    assert dedup.auditing.copies.MIN_SIMILAR_TEXTS == 20
