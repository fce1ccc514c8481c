"""The benchmark of audits: its corpora are what it says, and it knows who is wrong."""

import random
from dataclasses import replace

import numpy as np
import pytest

import dedup
from benchmarks.audit_corpora import LONGS, SHORTS, Corpus, misread
from benchmarks.audits import no_copies, off_by
from dedup import Config
from dedup.auditing.audit_result import Setting
from tests.auditing.test_audit import stories

CONFIG = Config(measure="jaccard", ngram_size=1, threshold=0.5)
SETTING = Setting("own", CONFIG, 9, 0.5, 50, 0.1, 0.0, 0.3)


@pytest.mark.parametrize("kind", [*LONGS, *SHORTS])
def test_only_copies_have_the_number_of_their_text(kind: str) -> None:
    texts = stories(60, 90)
    made = (LONGS | SHORTS)[kind](texts, random.Random(1))
    again = (LONGS | SHORTS)[kind](texts, random.Random(1))
    assert made == again
    numbers = [number for number, _ in made]
    copies = len(numbers) - len(set(numbers))
    assert (copies == 0) == kind.endswith("clean")
    assert len(numbers) >= 30 and copies <= len(numbers) / 2
    first = dict(reversed(made))
    for number, text in made:
        assert kind == "templates" or set(text.split()) & set(first[number].split())


def test_letters_are_misread_as_often_as_said() -> None:
    text = "".join(random.Random(1).choices("abcdefgh", k=20_000))
    wrong = misread(0.1)(text, random.Random(2))
    assert 0.015 < 1 - len(wrong) / len(text) < 0.025  # one in five of these is left out
    assert misread(0.0)(text, random.Random(2)) == text


def test_the_truth_is_of_the_nearest_text() -> None:
    texts = ["a b c d", "a b c e", "a b c d x", "q r s t", "q r s u", "nothing at all"]
    corpus = Corpus("made up", "six", texts, np.array([0, 1, 0, 2, 2, 3]))
    # Of five that have one at 0.5 or above, the second is nearest to another's copy.
    assert no_copies(corpus, SETTING) == (5 / 6, 1 / 5)
    assert no_copies(corpus, replace(SETTING, config=replace(CONFIG, threshold=0.9))) == (0, 0)


def test_how_far_the_truth_is_outside_of_what_is_said() -> None:
    assert off_by(SETTING, 0.12) == off_by(SETTING, 0.06) == ""
    assert off_by(SETTING, 0.4) == "0.300"
    assert off_by(replace(SETTING, same_form=0.35), 0.4) == ""
    assert off_by(replace(SETTING, same_form=0.35), 0.0) == "0.100"
    assert off_by(replace(SETTING, similar_count=19), 1.0) == "few"
    assert dedup.auditing.copies.LEAST == 20
