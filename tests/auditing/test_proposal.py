"""What ``audit`` proposes, and when it proposes nothing."""

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
from dedup.auditing.copies import find_gap, has_ocr_noise, spelling_similarity
from dedup.auditing.similarity_view import ChanceTail, SimilarityView, compute_view
from tests.auditing.test_audit import add_ocr_noise, stories, vocabulary

NUMBERS = range(10**6)


@pytest.fixture(autouse=True)
def few_planted_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.auditing.planted_edits.MAX_PLANTED_TEXTS", 60)


def reworded(text: str, share: float, rng: random.Random, known: list[str]) -> str:
    return " ".join(rng.choice(known) if rng.random() < share else word for word in text.split())


def view_of(similarity: list[float], threshold: float = 0.1) -> SimilarityView:
    rows = np.arange(len(similarity))
    chance = ChanceTail(0.0, 0.0, 0.0)
    similar = np.array(similarity, np.float64)
    return SimilarityView(rows, rows, similar, rows < 0, chance, threshold)


def setting(result: AuditResult, name: str) -> dedup.auditing.audit_result.Setting:
    return next(one for one in result.settings if one.name == name)


@pytest.mark.parametrize("share", [0.05, 0.1])
def test_scans_are_recognized_with_few_and_many_wrong_letters(share: float) -> None:
    rng, texts = random.Random(3), stories(100, 120)
    result = dedup.audit([*texts, *(add_ocr_noise(text, share, rng) for text in texts)])
    assert result.proposal.preset == "ocr"
    assert "letters inside their words" in result.proposal.reason


def test_the_proposal_finds_copies_with_few_and_many_changes() -> None:
    rng, texts = random.Random(3), stories(200, 120)
    known = vocabulary(rng)
    copies = [reworded(text, rng.uniform(0.02, 0.3), rng, known) for text in texts[:80]]
    result = dedup.audit([*texts, *copies])
    assert (
        result.proposal.config != Config()
        and "of the copies are below the threshold" in result.proposal.reason
    )
    kept = dedup.deduplicate([*texts, *copies], result.proposal.config).keep
    assert (~kept).sum() >= 78


def test_form_letters_are_reported_and_no_settings_proposed() -> None:
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


def test_pages_in_one_frame_are_not_mistaken_for_copies() -> None:
    texts, frames = stories(160, 120), stories(8, 80, seed=9)
    pages = [f"{frames[row % 8]} {text} {frames[row % 8][::-1]}" for row, text in enumerate(texts)]
    result = dedup.audit(pages)
    assert result.proposal.config == Config()
    assert setting(result, "ocr").same_form > 0.8


def test_a_proposed_preset_keeps_the_other_settings() -> None:
    proposal = dedup.audit(stories(120, 25), keep="first", min_tokens=5).proposal
    assert proposal.config == Config.preset("short", keep="first", min_tokens=5)
    assert proposal.command == "dedup-clean --preset short --keep first --min-tokens 5 FILE"


@pytest.mark.parametrize("words", [1, 80])
def test_the_settings_are_kept_if_all_texts_are_copies(words: int) -> None:
    story = stories(1, words) * 50
    result = dedup.audit(story)
    assert result.proposal.config == Config()
    assert result.proposal.reason.endswith("too few different texts (1; 30 are needed)")
    few = dedup.audit([*story, *stories(3, words, seed=5)]).proposal
    assert few.config == Config()
    assert few.reason.endswith("texts (4; 30 are needed)") or words == 1


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
def test_nearly_empty_texts(texts: list[str | None], title: str) -> None:
    result = dedup.audit(texts)
    assert str(result).splitlines()[0] == title
    assert result.proposal.config == Config()
    assert json.dumps(result.to_dict())


def test_texts_of_numbers_are_not_mistaken_for_short_texts() -> None:
    rng = random.Random(6)
    texts = [" ".join(str(rng.choice(NUMBERS)) for _ in range(40)) for _ in range(60)]
    assert dedup.audit(texts).proposal.config == Config()


def test_unreadable_records_are_counted_separately_from_empty_ones(tmp_path: Path) -> None:
    lines = [json.dumps({"text": text}).encode() for text in [*stories(40, 20), "", "—"]]
    for name, wrong in (("one", 1), ("two", 2)):
        (tmp_path / f"{name}.jsonl").write_bytes(b"\n".join([b"{oops"] * wrong + lines) + b"\n")
    files = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    result = dedup.audit_files(files, on_error="skip")
    assert (result.total, result.sampled, result.unreadable, result.empty) == (87, 87, 3, 4)
    assert str(result).startswith("all of 87 texts, 3 unreadable, 4 without words; median")
    some = dedup.audit_files(files, sample=30, on_error="skip")
    assert some.sampled == 30 == some.unreadable + some.empty + some.with_words


def test_too_few_similar_texts_have_no_shares() -> None:
    texts = stories(60, 80)
    result = dedup.audit([*texts, texts[0] + " and more"])
    assert setting(result, "audited").too_few and setting(result, "audited").similar_count == 1
    line = next(line for line in str(result).splitlines() if line.startswith("audited:"))
    assert line.split()[-2:] == ["few", "few"]


@given(st.lists(st.floats(0, 0.95), max_size=80), st.floats(0, 0.5))
def test_a_gap_has_few_texts_near_it(similarity: list[float], threshold: float) -> None:
    gap = find_gap(view_of(similarity, threshold))
    steps = np.round(np.arange(threshold, 0.975, 0.01), 2).tolist()
    fits = [
        step
        for step in steps
        if (above := sum(one >= step for one in similarity)) >= 20
        and sum(step - 0.025 <= one < step + 0.025 for one in similarity) <= 0.05 * above
    ]
    assert gap == (fits[0] if fits else None)


def test_a_gap_is_found_between_two_peaks_and_not_in_a_continuum() -> None:
    falling = np.random.default_rng(1).exponential(0.2, 600)
    assert find_gap(view_of(falling[falling < 1].tolist())) is None
    heaps = [*np.linspace(0, 0.2, 300), *np.linspace(0.5, 0.8, 100)]
    gap = find_gap(view_of(heaps))
    assert gap is not None and 0.2 < gap < 0.5


@pytest.mark.parametrize("share", [0.02, 0.05, 0.15])
def test_wrong_letters_are_distinguished_from_changed_words(share: float) -> None:
    rng, texts = random.Random(7), stories(20, 100)
    known = vocabulary(rng)
    assert has_ocr_noise([(text, add_ocr_noise(text, share, rng)) for text in texts], 1)
    assert not has_ocr_noise([(text, reworded(text, share, rng, known)) for text in texts], 1)
    assert not has_ocr_noise([(text, text) for text in texts], 1)
    assert spelling_similarity(texts[0], texts[0]) is None


def test_form_letters_are_distinguished_from_copies() -> None:
    config = Config(measure="jaccard", ngram_size=1)
    form = [f"{'a b c d e f g h i j k l'} x{row} y{row} z{row}" for row in range(3)]
    copies = ["a b c d e f g h 1 2 3", "a b c d e f 1 2 3 m n", "q b c d e f g h 1 2 3", "a b"]
    assert compute_view(pack(form), config).same_form.all()
    assert not compute_view(pack(copies), config).same_form[:2].any()
    assert not compute_view(pack(form[:2]), config).same_form.any()
    # Two copies of one text have all that it has: the third is another text, of no form.
    assert not compute_view(pack([form[0], form[1], form[1]]), config).same_form.any()


def test_texts_that_have_copies_are_not_found_by_chance() -> None:
    view = compute_view(pack(stories(80, 60)), Config(unit="char", ngram_size=3))
    for threshold in (0.05, 0.2, 0.5):
        found = float((view.similarity >= threshold).mean())
        assert view.by_chance(threshold) <= min(view.chance.share(threshold) / max(found, 1e-9), 1)


def test_settings_that_compare_letters_are_only_raised() -> None:
    line = "The ferry of Vey number {} leaves the old pier and all of it stands here."
    texts = [line.format(row % 20) for row in range(40)]
    proposal = dedup.audit(texts, Config.preset("ocr")).proposal
    assert proposal.preset == "ocr"
    assert "too many texts are similar by chance" in proposal.reason
