"""What ``audit`` says of texts of which the truth is knaudited."""

import json
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from dedup import AuditResult, Config
from dedup.arrays.packed import pack
from dedup.auditing import reservoir as sampling
from dedup.auditing.audit_text import cost_text
from dedup.auditing.cost import Cost
from dedup.auditing.planted_edits import EDITS, Surroundings, find_planted_edits, token_spans
from dedup.auditing.reservoir import Reservoir
from dedup.auditing.similarity_view import compute_view, first_valley, fit_chance
from dedup.matching.similarity import MEASURES
from tests.generated_texts import REPETITIVE
from tests.oracles import tokens

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SURROUNDINGS = Surroundings(["other", "words"], "A header. Of a site.", "The footer of the page.")
CONFIGS = st.builds(
    Config,
    measure=st.sampled_from(["containment", "jaccard"]),
    unit=st.sampled_from(["word", "char"]),
    ngram_size=st.integers(1, 3),
)


@pytest.fixture(autouse=True)
def few_planted_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.auditing.planted_edits.MAX_PLANTED_TEXTS", 60)


def vocabulary(rng: random.Random, size: int = 3000) -> list[str]:
    return ["".join(rng.choices(LETTERS, k=rng.randint(2, 9))) for _ in range(size)]


def stories(count: int, words: int, seed: int = 1) -> list[str]:
    """Unlike texts of words that are as unequally frequent as those of a language."""
    rng = random.Random(seed)
    known = vocabulary(rng)
    weights = [1 / (rank + 1) for rank in range(len(known))]
    return [" ".join(rng.choices(known, weights, k=words)) for _ in range(count)]


def add_ocr_noise(text: str, share: float, rng: random.Random) -> str:
    letters = [rng.choice(LETTERS) if rng.random() < share else letter for letter in text]
    return "".join(letters)


def found_share(result: AuditResult, edit: str) -> float:
    return next(plant.found for plant in result.plants if plant.edit == edit)


def test_no_copies_and_nothing_to_change() -> None:
    result = dedup.audit(stories(150, 150))
    assert (result.exact, result.near, result.settings[0].by_chance) == (0, 0, 0)
    assert result.histogram.sum() == result.compared == 150
    assert result.histogram[2:].sum() == 0
    assert result.proposal.config == Config()
    assert result.proposal.python == "dedup.Config()"
    assert result.proposal.command == "dedup-clean FILE"


def test_a_threshold_that_chance_reaches_is_raised() -> None:
    result = dedup.audit(stories(150, 150), unit="char", ngram_size=2, threshold=0.3)
    assert result.settings[0].by_chance > 0.5
    assert 0.5 < result.proposal.config.threshold <= 1
    assert "chance" in result.proposal.reason


def test_copies_with_wrong_letters_are_compared_by_letters() -> None:
    rng = random.Random(2)
    texts = stories(100, 120)
    result = dedup.audit([*texts, *(add_ocr_noise(text, 0.04, rng) for text in texts)])
    assert result.proposal.preset == "ocr"
    assert result.proposal.command == "dedup-clean --preset ocr FILE"
    audited, ocr = result.settings[0], next(one for one in result.settings if one.name == "ocr")
    assert audited.similar < 0.2
    assert ocr.similar > 0.95 and ocr.by_chance < 0.01


def test_changed_words_are_not_mistaken_for_ocr_noise() -> None:
    rng = random.Random(2)
    texts = stories(100, 120)
    known = vocabulary(rng)
    copies = [
        " ".join(rng.choice(known) if rng.random() < 0.07 else word for word in text.split())
        for text in texts
    ]
    result = dedup.audit([*texts, *copies])
    assert result.proposal.preset != "ocr"
    assert result.proposal.config.threshold < 0.7
    assert "of the copies are below the threshold 0.80" in result.proposal.reason


def test_numeric_variants_are_no_reason_for_a_lower_threshold() -> None:
    rng = random.Random(5)
    texts = stories(60, 45)
    forms = [f"{text} {' '.join(str(rng.randrange(10**6)) for _ in range(12))}" for text in texts]
    more_forms = [
        f"{text} {' '.join(str(rng.randrange(10**6)) for _ in range(12))}" for text in texts
    ]
    near = [f"{text} {' '.join(str(rng.randrange(10**6)) for _ in range(2))}" for text in texts]
    result = dedup.audit([*texts, *near, *forms, *more_forms])
    assert result.numeric_variants >= 50
    assert result.proposal.config == Config()
    assert "since their numbers differ" in result.proposal.reason


def test_short_texts() -> None:
    result = dedup.audit(stories(120, 25))
    assert result.proposal.preset == "short"
    assert found_share(result, "one word changed") < 0.7
    assert dedup.audit(stories(120, 25), Config.preset("short")).proposal.preset == "short"


def test_all_copies() -> None:
    result = dedup.audit(stories(1, 200) * 100)
    assert (result.exact, result.near) == (99, 0)
    assert result.histogram.tolist() == [0] * 19 + [100]
    assert result.proposal.config == Config()


@pytest.mark.parametrize("texts", [[], [None], [""], ["one text"], ["", None, "—"], ["a b"] * 20])
def test_too_few_texts_are_reported_as_too_few(texts: list[str | None]) -> None:
    result = dedup.audit(texts)
    assert result.total == result.sampled == len(texts)
    assert "too few" in result.proposal.reason and result.proposal.config == Config()
    assert "too few" in str(result) and json.dumps(result.to_dict())


def test_what_planted_edits_do() -> None:
    result = dedup.audit(stories(60, 150))
    assert found_share(result, "other spaces, case, Unicode form") == 1
    assert found_share(result, "2% of the words changed") == 1
    assert found_share(result, "20% of the words changed") == 0
    assert found_share(result, "30% of other texts put around") == 1
    for plant in result.plants:
        assert plant.planted == 60 and 0 <= plant.similarity <= 1
        assert plant.found == plant.similar or plant.found > plant.similar - 0.02


@pytest.mark.parametrize("keep", ["first", "last", "longest"])
def test_planted_copies_are_found_if_they_reach_the_threshold(keep: str) -> None:
    config = Config.of(None, {"keep": keep, "numeric_variants": "remove", "threshold": 0.7})
    for plant in find_planted_edits(stories(60, 80), config):
        assert plant.found == plant.similar


def test_the_edited_copy_of_a_repetitive_text_is_removed() -> None:
    # The edits tell repeated passages apart, so the copy has more distinct shingles than its text.
    texts = [f"{text} {text} {text}" for text in stories(60, 50)]
    for plant in find_planted_edits(texts, Config(numeric_variants="remove", threshold=0.75)):
        assert plant.found == plant.similar


def test_the_result_depends_on_the_seed_alone() -> None:
    texts = stories(400, 40)
    results = [dedup.audit(texts, sample=100, threads=threads).to_dict() for threads in (1, 2)]
    other = dedup.audit(texts, sample=100, seed=2).to_dict()
    for one in (*results, other):
        del one["cost"], one["config"], one["proposal"]
    assert results[0] == results[1] != other


def test_the_cost_is_in_proportion() -> None:
    texts = stories(100, 100)
    cost = dedup.audit(texts, sample=50).cost
    assert cost.texts == 100
    assert cost.megabytes == pytest.approx(sum(map(len, texts)) / 1e6)
    assert cost.bytes is None or cost.bytes >= 2e6 * cost.megabytes
    assert cost.spark_hours > 0


def test_the_report_names_ways_to_clean_more_than_the_machine_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    audit = dedup.audit(stories(200, 100), sample=50)
    large = replace(audit, cost=Cost(10**8, 3e5, 9000.0, 5e11, 18_000.0))
    small = replace(audit, cost=Cost(1000, 3.0, 1.0, 2e9, 2.0))
    for module in ("cost", "audit_text"):
        monkeypatch.setattr(f"dedup.auditing.{module}.machine_bytes", lambda: 24 * 10**9)
    advice = (
        "This machine has 24,000 MB. To clean a file, `dedup-clean --memory` needs less memory "
        "than the texts. On a cluster, Spark needs about 40.0 core hours (docs/how-to/spark.md)."
    )
    assert advice in cost_text(large)
    assert "Spark" not in cost_text(small)
    assert "Spark" not in cost_text(replace(audit, cost=replace(large.cost, bytes=None)))


def test_invalid_arguments_are_errors() -> None:
    for arguments, message in (
        ({"sample": 0}, "sample must be a whole number >= 1, got 0"),
        ({"threads": 0}, "threads must be a whole number >= 1, or None, got 0"),
        ({"treshold": 1}, "treshold is not a setting"),
    ):
        with pytest.raises(dedup.ConfigError, match=message):
            dedup.audit(["one", "two"], **arguments)  # type: ignore[arg-type]
    with pytest.raises(dedup.TextTypeError, match="wrap it in a list"):
        dedup.audit("one")


def test_the_report_is_narrow_and_complete() -> None:
    result = dedup.audit([*stories(60, 50), None, ""] * 2, sample=62)
    lines = str(result).splitlines()
    assert max(map(len, lines)) < 80
    assert lines[0].startswith("62 of 124 texts, ")
    assert sum("< threshold 0.8" in line for line in lines) == 1
    assert result.proposal.python in lines and result.proposal.command in lines
    assert repr(result).startswith("<AuditResult: 62 of 124 texts, ")


@given(st.lists(REPETITIVE | st.none(), max_size=30), st.integers(1, 9), st.integers(1, 40))
def test_a_sample_does_not_depend_on_the_batches(
    texts: list[str | None], chunk: int, size: int
) -> None:
    packed = pack(texts)
    drawn = []
    for step in (chunk, 1 << 16):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sampling, "MAX_SAMPLE_BYTES", 200)
            reservoir = Reservoir(size, seed=1)
            for first in range(0, len(packed), step):
                reservoir.add(packed.slice_rows(first, min(first + step, len(packed))))
        assert reservoir.total == len(texts)
        sample = reservoir.sample()
        drawn.append(sample.to_strings(np.arange(len(sample))))
        assert len(sample) <= size
        assert len(sample) <= 1 or int(sample.offsets[-1]) <= 200
    assert drawn[0] == drawn[1]
    found = iter(texts)
    assert all(text in found for text in drawn[0])  # in their order


def test_each_text_is_drawn_equally_often() -> None:
    packed = pack([str(number) for number in range(20)])
    counts = np.zeros(20, np.int64)
    for seed in range(600):
        reservoir = Reservoir(5, seed)
        reservoir.add(packed)
        counts[[int(text or 0) for text in reservoir.sample().to_strings(np.arange(5))]] += 1
    assert counts.sum() == 3000 and counts.min() > 110 and counts.max() < 195


@given(st.lists(REPETITIVE, max_size=12), CONFIGS)
def test_the_nearest_other_text_is_the_nearest(texts: list[str], config: Config) -> None:
    values, offsets = dedup.shingles(texts, unit=config.unit, ngram_size=config.ngram_size)
    rows = [values[offsets[row] : offsets[row + 1]] for row in range(len(texts))]
    found = compute_view(pack(texts), config)
    assert found.rows.tolist() == [row for row in range(len(texts)) if len(rows[row])]
    measure = MEASURES[config.measure]
    for query, nearest, similarity in zip(found.rows, found.nearest, found.similarity, strict=True):
        alike = [
            measure(rows[query], rows[other])
            for other in range(len(texts))
            if other != query
            and (config.measure == "jaccard" or len(rows[other]) >= len(rows[query]))
        ]
        assert similarity == max(alike, default=0)
        assert similarity == 0 or measure(rows[query], rows[nearest]) == similarity


def test_a_share_of_many_shingles_is_indexed(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = stories(60, 300)
    packed = pack([*texts, *(text + " and more" for text in texts)])
    exact = compute_view(packed, Config(ngram_size=3))
    monkeypatch.setattr("dedup.auditing.similarity_view.MAX_INDEXED_SHINGLES", 15_000)
    part = compute_view(packed, Config(ngram_size=3))
    assert (exact.nearest[:60] == part.nearest[:60]).all() and (part.similarity[:60] == 1).all()


@pytest.mark.parametrize("scale", [0.005, 0.02, 0.05])
def test_the_tail_of_chance_is_extrapolated(scale: float) -> None:
    rng = np.random.default_rng(3)
    pairs = rng.exponential(scale, 300_000).astype(np.float32)
    copies = rng.uniform(0.7, 1, 200).astype(np.float32)
    for given_pairs in (pairs, np.concatenate((pairs, copies))):
        chance = fit_chance(given_pairs, compared=300_000, query_count=300)
        assert chance.scale == pytest.approx(scale, rel=0.15)
        for factor in (5, 8):
            expected = 1000 * np.exp(-factor)
            assert chance.expected_count(factor * scale) == pytest.approx(expected, rel=0.6)
        assert first_valley(np.sort(given_pairs), 300_000) <= 0.7


def test_without_pairs_there_is_no_chance() -> None:
    view = compute_view(pack([]), Config())
    assert (view.chance.share(0.5), view.by_chance(0.5), view.same_form_share(0.5)) == (0, 0, 0)


@settings(max_examples=50)
@given(REPETITIVE.filter(tokens), st.sampled_from([*EDITS]), st.integers(0, 9))
def test_edits_of_any_text(text: str, edit: str, seed: int) -> None:
    changed = EDITS[edit](text, SURROUNDINGS, random.Random(seed))
    assert changed == EDITS[edit](text, SURROUNDINGS, random.Random(seed))
    if edit.startswith("30%"):
        assert text in changed
    if edit.startswith("cut"):
        assert text.startswith(changed)


@pytest.mark.parametrize(
    "text",
    ["Tōkyō, the “old” town!", "新しい船は港に着いた。", "เรือเฟอร์รี่", "وصلت العبّارة", "a\u0301b c"],
)
def test_token_spans_are_the_places_of_the_tokens(text: str) -> None:
    spans = token_spans(text)
    assert len(spans) == len(tokens(text))
    for (start, stop), token in zip(spans, tokens(text), strict=True):
        assert tokens(text[start:stop]) == [token]
    upper = EDITS["other spaces, case, Unicode form"](text, SURROUNDINGS, random.Random(1))
    assert upper != text and tokens(upper) == tokens(text)


def test_scripts_without_spaces_are_edited_by_characters() -> None:
    rng = random.Random(4)
    known = [chr(code) for code in range(0x4E00, 0x4E00 + 1500)]
    weights = [1 / (rank + 1) for rank in range(1500)]
    texts = ["".join(rng.choices(known, weights, k=200)) for _ in range(100)]
    result = dedup.audit(texts)
    assert result.median_words > 60
    assert found_share(result, "2% of the words changed") == 1
    assert found_share(result, "20% of the words changed") == 0


def test_the_proposed_command_has_only_valid_flags() -> None:
    assert "num-perm" not in dedup.audit(stories(9, 40), num_perm=64).proposal.command
    signed = dedup.audit(stories(9, 40), num_perm=64, measure="jaccard").proposal
    assert signed.command == "dedup-clean --measure jaccard --num-perm 64 FILE"
