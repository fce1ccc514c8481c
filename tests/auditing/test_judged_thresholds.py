"""Thresholds proposed from judgements, and the precision and recall expected at them."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup.auditing.judged_thresholds import JudgedThresholds, WeightedPairs
from dedup.config import Config
from dedup.matching.decisions import Judgement, PairDecisions, append_judgement

SIMILARITIES = st.integers(20, 100).map(lambda number: number / 100)


def judgement(
    number: int,
    similarity: float,
    *,
    copy: bool,
    source: str = "uncertain",
    near_copies: int | None = None,
) -> Judgement:
    """Return a judgement on a pair with a number."""
    return Judgement(
        text=f"{number:032x}",
        witness="f" * 32,
        decision="remove" if copy else "keep",
        similarity=similarity,
        kind="near",
        source=source,
        measure="containment",
        unit="word",
        ngram_size=5,
        near_copies=near_copies,
    )


def judged(pairs: Iterable[tuple[float, bool]], threshold: float = 0.8) -> PairDecisions:
    """Return judgements of all pairs: those below the threshold were kept."""
    return PairDecisions(
        tuple(
            judgement(
                number, value, copy=copy, source="uncertain" if value >= threshold else "kept"
            )
            for number, (value, copy) in enumerate(pairs)
        )
    )


@given(st.lists(st.tuples(SIMILARITIES, st.booleans()), min_size=30, max_size=60))
def test_precision_and_recall_are_those_of_the_judged_pairs(
    pairs: list[tuple[float, bool]],
) -> None:
    found = JudgedThresholds.of(judged(pairs), Config())
    copies = sum(copy for _, copy in pairs)
    assert (found.pairs, found.copies, found.left_out) == (len(pairs), copies, 0)
    assert found.lowest == min(value for value, _ in pairs)
    assert found.proposed is not None
    for row in found.table:
        removed = [copy for value, copy in pairs if value >= row.threshold]
        assert row.precision == (sum(removed) / len(removed) if removed else None)
        assert row.recall == (sum(removed) / copies if copies else None)
        wrong, missed = len(removed) - sum(removed), copies - sum(removed)
        assert row.mistakes == wrong + missed


def mistakes(pairs: list[tuple[float, bool]], threshold: float) -> int:
    return sum((value >= threshold) != copy for value, copy in pairs)


@given(st.lists(st.tuples(SIMILARITIES, st.booleans()), min_size=30, max_size=60))
def test_a_proposal_has_the_fewest_mistakes_or_keeps_the_threshold(
    pairs: list[tuple[float, bool]],
) -> None:
    found = JudgedThresholds.of(judged(pairs), Config())
    steps = [step / 100 for step in range(20, 101)]
    fewest = min(mistakes(pairs, step) for step in steps)
    assert found.proposed is not None
    if found.proposed != 0.8:
        assert mistakes(pairs, found.proposed) == fewest < mistakes(pairs, 0.8)
    elif mistakes(pairs, 0.8) > fewest:
        assert "may be chance" in found.reason


@pytest.mark.parametrize(
    ("border", "proposed"), [(0.7, 0.7), (0.8, 0.8), (0.795, 0.8), (0.9, 0.9), (0.78, 0.8)]
)
def test_the_border_of_the_copies_is_proposed(border: float, proposed: float) -> None:
    values = [0.6 + step / 100 for step in range(40)]
    pairs = [(round(value, 6), value >= border - 1e-9) for value in values]
    found = JudgedThresholds.of(judged(pairs), Config())
    assert found.proposed == proposed
    assert {0.7, 0.78, 0.8, 0.82, 0.9} <= {row.threshold for row in found.table}
    assert {round(proposed + step, 2) for step in (-0.05, 0, 0.05)} <= {
        row.threshold for row in found.table
    }


def test_of_equal_thresholds_the_highest_is_proposed() -> None:
    # All between 0.65 and 0.71 are right; 0.71 removes least.
    pairs = [(0.65, False)] * 5 + [(0.71, True)] * 8 + [(0.9, True)] * 20
    assert JudgedThresholds.of(judged(pairs), Config()).proposed == 0.71


def test_no_proposal_from_few_judgements() -> None:
    found = JudgedThresholds.of(judged([(0.9, True)] * 29), Config())
    assert found.proposed is None and "too few judged pairs (29; 30 are needed)" in found.reason
    assert found.table[-1].precision is None or found.table


def test_only_judgements_that_concern_the_threshold_count() -> None:
    near = judged([(0.9, True)] * 30)
    first = near.judgements[0]
    variants = [replace(first, text=f"{n:032x}", kind="numeric variant") for n in range(50, 55)]
    letters = [replace(first, text=f"{n:032x}", unit="char") for n in range(60, 67)]
    taken_back = replace(first, decision=None)
    decisions = PairDecisions((*near.judgements, *variants, *letters, taken_back))
    found = JudgedThresholds.of(decisions, Config())
    assert (found.pairs, found.left_out) == (29, 12)
    of_letters = JudgedThresholds.of(decisions, Config(unit="char"))
    assert (of_letters.pairs, of_letters.left_out) == (7, 34)
    unknown = [
        Judgement(text=f"{n:032x}", witness="f" * 32, decision="keep", similarity=0.9)
        for n in range(3)
    ]
    assert JudgedThresholds.of(PairDecisions(tuple(unknown)), Config(unit="char")).pairs == 3


def test_random_draws_represent_the_removals_that_nobody_judged() -> None:
    # 1,000 removals: of the 100 least similar ones half are right, of the others 95%.
    rng = np.random.default_rng(7)
    similarity = np.sort(rng.uniform(0.8, 1.0, 1_000))
    precisions = []
    for _ in range(300):
        is_copy = rng.random(1_000) < np.where(np.arange(1_000) < 100, 0.5, 0.95)
        draws = rng.permutation(1_000)[:60]
        seen = [(place, "random") for place in draws.tolist()]
        seen += [(place, "uncertain") for place in range(100) if place not in draws]
        made = [
            judgement(
                place,
                float(similarity[place]),
                copy=bool(is_copy[place]),
                source=source,
                near_copies=1_000,
            )
            for place, source in seen
        ]
        pairs = WeightedPairs.of(made)
        assert pairs.weight.sum() == pytest.approx(1_000)
        found = pairs.at(0.8).precision
        assert found is not None
        precisions.append(found - is_copy.mean())
    assert abs(np.mean(precisions)) < 4 * np.std(precisions) / np.sqrt(300)
    assert np.std(precisions) < 0.05


def test_a_report_has_the_judgements(tmp_path: Path) -> None:
    file = tmp_path / "judged.jsonl"
    texts = [" ".join(f"w{row}x{place}" for place in range(60)) for row in range(40)]
    pairs = [(0.6 + step / 100, step >= 10) for step in range(40)]
    for made in judged(pairs).judgements:
        append_judgement(file, made)
    audit = dedup.audit(texts, judged=file)
    assert audit.judged is not None and audit.judged.proposed == 0.7
    assert audit.proposal.config == Config(threshold=0.7)
    assert audit.proposal.command == "dedup-clean --threshold 0.7 FILE"
    text = " ".join(str(audit).split())
    counted = "Judgements: 40 near pairs, 30 of them copies and 10 not"
    assert f"{counted}; none of the judged texts is among these texts." in text
    assert "Proposal: use threshold 0.7 (keeps 40 of 40 texts)" in text
    assert "0.70 proposed 100.0% 100.0% 0" in text
    assert "0.80 audited 100.0% 66.7% 10" in text
    assert "10 of the 10 judged pairs between 0.7 and 0.8 speak for it" in text
    assert audit.to_dict()["judged"]["table"][0]["threshold"] == 0.6
    page = audit.report()
    assert "Judged pairs" in page and "66.7%" in page
    kept = dedup.audit(texts, judged=file, threshold=0.7)
    assert kept.proposal.config == Config(threshold=0.7) and kept.lower is None
    assert "no other threshold decides more" in kept.proposal.reason
    few = dedup.audit(texts, judged=file, unit="char")
    assert few.judged is not None and few.judged.proposed is None
    assert "no proposal: there are too few judged pairs (0; 30" in " ".join(str(few).split())
    assert few.proposal == dedup.audit(texts, unit="char").proposal
    alone = dedup.audit(texts[:2], judged=file)
    assert "30 of them copies" in str(alone) and alone.proposal.config.threshold == 0.7
    assert str(alone).endswith("\ndedup-clean --threshold 0.7 FILE")
    append_judgement(file, Judgement.of_texts(texts[0], texts[1], "keep"))
    known = dedup.audit(texts, judged=file).judged
    assert known is not None and known.known_texts == 2
    assert "among these texts" not in str(dedup.audit(texts, judged=file))


def test_a_proposal_at_the_border_of_what_was_judged_says_so() -> None:
    pairs = [(0.7807 + step / 1000, True) for step in range(40)]
    found = JudgedThresholds.of(judged(pairs), Config(threshold=0.81))
    assert found.proposed == 0.78
    assert found.table[0].threshold == 0.78
    assert found.reason.endswith("speak for it; no less similar pair was judged")


def test_without_judgements_nothing_is_said_of_them(tmp_path: Path) -> None:
    audit = dedup.audit(["One text."] * 3)
    assert audit.judged is None and "Judgements" not in str(audit)
    assert "Judged pairs" not in audit.report()
    with pytest.raises(dedup.ConfigError, match="judged must be a path"):
        dedup.audit(["One text."], judged=[])  # type: ignore[arg-type]
    with pytest.raises(dedup.InputError, match="no such file"):
        dedup.audit(["One text."], judged=tmp_path / "none.jsonl")
