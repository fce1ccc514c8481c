"""What ``audit`` proposes, and that it says so where it cannot know."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import AuditResult, Config
from dedup.arrays.packed import pack
from dedup.auditing.copies import gap_of, is_misread, spelled_alike
from dedup.auditing.similarity_view import Chance, Look, look_at
from tests.auditing.test_audit import misread, stories, vocabulary

FIGURES = range(10**6)


@pytest.fixture(autouse=True)
def few_plants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.auditing.planted_edits.PLANTED", 60)


def reworded(text: str, share: float, rng: random.Random, known: list[str]) -> str:
    return " ".join(rng.choice(known) if rng.random() < share else word for word in text.split())


def look_of(similarity: list[float], clear: float = 0.1) -> Look:
    rows = np.arange(len(similarity))
    chance = Chance(0.0, 0.0, 0.0)
    similar = np.array(similarity, np.float64)
    return Look(rows, rows, similar, rows < 0, chance, clear)


def setting(result: AuditResult, name: str) -> dedup.auditing.audit_result.Setting:
    return next(one for one in result.settings if one.name == name)


@pytest.mark.parametrize("share", [0.05, 0.1])
def test_scans_are_told_however_many_letters_are_wrong(share: float) -> None:
    rng, texts = random.Random(3), stories(100, 120)
    result = dedup.audit([*texts, *(misread(text, share, rng) for text in texts)])
    assert result.proposal.preset == "ocr"
    assert "letters inside their words" in result.proposal.reason


def test_copies_of_all_strengths_are_found_by_what_is_proposed() -> None:
    rng, texts = random.Random(3), stories(200, 120)
    known = vocabulary(rng)
    copies = [reworded(text, rng.uniform(0.02, 0.3), rng, known) for text in texts[:80]]
    result = dedup.audit([*texts, *copies])
    assert (
        result.proposal.config != Config() and "of the copies lie below" in result.proposal.reason
    )
    kept = dedup.deduplicate([*texts, *copies], result.proposal.config).keep
    assert (~kept).sum() >= 78


def test_forms_are_no_copies_and_it_says_that_it_cannot_know() -> None:
    rng, texts = random.Random(4), stories(160, 60)
    known = vocabulary(rng, 20_000)
    forms = [
        " ".join(
            word if place % 9 else rng.choice(known) for place, word in enumerate(text.split())
        )
        for text in texts[:30]
        for _ in range(4)
    ]
    result = dedup.audit([*texts[30:], *forms])
    assert result.proposal.config == Config()
    assert "read some to decide" in result.proposal.reason
    assert setting(result, "web").same_form > 0.8
    assert setting(dedup.audit(texts), "web").same_form == 0


def test_pages_in_one_frame_are_not_taken_for_copies() -> None:
    texts, frames = stories(160, 120), stories(8, 80, seed=9)
    pages = [f"{frames[row % 8]} {text} {frames[row % 8][::-1]}" for row, text in enumerate(texts)]
    result = dedup.audit(pages)
    assert result.proposal.config == Config()
    assert setting(result, "ocr").same_form > 0.8


def test_what_no_preset_is_about_stays_as_it_was_given() -> None:
    proposal = dedup.audit(stories(120, 25), keep="first", min_tokens=5).proposal
    assert proposal.config == Config.preset("short", keep="first", min_tokens=5)
    assert proposal.command == "dedup-clean --preset short --keep first --min-tokens 5 FILE"


@pytest.mark.parametrize("words", [1, 80])
def test_of_copies_alone_the_settings_stay(words: int) -> None:
    story = stories(1, words) * 50
    result = dedup.audit(story)
    assert result.proposal.config == Config()
    assert result.proposal.reason.endswith(
        "too few different texts to tell more: 1, and 30 are needed"
    )
    few = dedup.audit([*story, *stories(3, words, seed=5)]).proposal
    assert few.config == Config()
    assert few.reason.endswith("texts to tell more: 4, and 30 are needed") or words == 1


@pytest.mark.parametrize(
    ("texts", "title"),
    [
        ([""] * 50, "all of 50 texts, 50 without words"),
        (["one"], "all of 1 text; median 1 distinct word"),
        ([f"word{number}" for number in range(60)], "all of 60 texts; median 1 distinct word"),
        ([str(number) for number in range(60)], "all of 60 texts; median 1 distinct word"),
        (["..."] * 40 + [None], "all of 41 texts, 41 without words"),
    ],
)
def test_texts_of_next_to_nothing(texts: list[str | None], title: str) -> None:
    result = dedup.audit(texts)
    assert str(result).splitlines()[0] == title
    assert result.proposal.config == Config()
    assert json.dumps(result.to_dict())


def test_numbers_are_no_short_texts_of_which_copies_are_missed() -> None:
    rng = random.Random(6)
    texts = [" ".join(str(rng.choice(FIGURES)) for _ in range(40)) for _ in range(60)]
    assert dedup.audit(texts).proposal.config == Config()


def test_what_cannot_be_read_is_told_apart_from_what_is_empty(tmp_path: Path) -> None:
    lines = [json.dumps({"text": text}).encode() for text in [*stories(40, 20), "", "—"]]
    for name, wrong in (("one", 1), ("two", 2)):
        (tmp_path / f"{name}.jsonl").write_bytes(b"\n".join([b"{oops"] * wrong + lines) + b"\n")
    files = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    result = dedup.audit_files(files, on_error="skip")
    assert (result.total, result.sampled, result.unreadable, result.empty) == (87, 87, 3, 4)
    assert str(result).startswith("all of 87 texts, 3 unreadable, 4 without words; median")
    some = dedup.audit_files(files, sample=30, on_error="skip")
    assert some.sampled == 30 == some.unreadable + some.empty + some.with_words


def test_what_few_texts_are_is_not_told() -> None:
    texts = stories(60, 80)
    result = dedup.audit([*texts, texts[0] + " and more"])
    assert setting(result, "own").few and setting(result, "own").similar_count == 1
    line = next(line for line in str(result).splitlines() if line.startswith("own:"))
    assert line.split()[-2:] == ["few", "few"]


@given(st.lists(st.floats(0, 0.95), max_size=80), st.floats(0, 0.5))
def test_a_gap_has_next_to_nothing_near_it(similarity: list[float], clear: float) -> None:
    gap = gap_of(look_of(similarity, clear))
    steps = np.round(np.arange(clear, 0.975, 0.01), 2).tolist()
    fits = [
        step
        for step in steps
        if (above := sum(one >= step for one in similarity)) >= 20
        and sum(step - 0.025 <= one < step + 0.025 for one in similarity) <= 0.05 * above
    ]
    assert gap == (fits[0] if fits else None)


def test_a_continuum_has_no_gap_and_two_heaps_have() -> None:
    falling = np.random.default_rng(1).exponential(0.2, 600)
    assert gap_of(look_of(falling[falling < 1].tolist())) is None
    heaps = [*np.linspace(0, 0.2, 300), *np.linspace(0.5, 0.8, 100)]
    gap = gap_of(look_of(heaps))
    assert gap is not None and 0.2 < gap < 0.5


@pytest.mark.parametrize("share", [0.02, 0.05, 0.15])
def test_wrong_letters_and_other_words_are_told_apart(share: float) -> None:
    rng, texts = random.Random(7), stories(20, 100)
    known = vocabulary(rng)
    assert is_misread([(text, misread(text, share, rng)) for text in texts], 1)
    assert not is_misread([(text, reworded(text, share, rng, known)) for text in texts], 1)
    assert not is_misread([(text, text) for text in texts], 1)
    assert spelled_alike(texts[0], texts[0]) is None


def test_three_texts_of_a_form_and_three_copies() -> None:
    config = Config(measure="jaccard", ngram_size=1)
    form = [f"{'a b c d e f g h i j k l'} x{row} y{row} z{row}" for row in range(3)]
    copies = ["a b c d e f g h 1 2 3", "a b c d e f 1 2 3 m n", "q b c d e f g h 1 2 3", "a b"]
    assert look_at(pack(form), config).form.all()
    assert not look_at(pack(copies), config).form[:2].any()
    assert not look_at(pack(form[:2]), config).form.any()
    # Two copies of one text have all that it has: the third is another text, of no form.
    assert not look_at(pack([form[0], form[1], form[1]]), config).form.any()


def test_texts_that_have_copies_are_not_found_by_chance() -> None:
    seen = look_at(pack(stories(80, 60)), Config(unit="char", ngram_size=3))
    for threshold in (0.05, 0.2, 0.5):
        found = float((seen.similarity >= threshold).mean())
        assert seen.by_chance(threshold) <= min(seen.chance.share(threshold) / max(found, 1e-9), 1)


def test_settings_of_letters_have_nothing_to_be_set_against() -> None:
    line = "The ferry of Vey number {} leaves the old pier and all of it stands here."
    texts = [line.format(row % 20) for row in range(40)]
    proposal = dedup.audit(texts, Config.preset("ocr")).proposal
    assert proposal.preset == "ocr"
    assert "too many texts are similar by chance" in proposal.reason
