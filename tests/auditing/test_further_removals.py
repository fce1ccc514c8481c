"""What other settings would remove from a sample."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from dedup import Config
from dedup.arrays.packed import pack
from dedup.arrays.progress import Progress
from dedup.auditing.further_removals import FurtherRemovals, further_removals
from dedup.auditing.planted_edits import find_planted_edits
from dedup.auditing.similarity_view import compute_view
from tests.auditing.test_audit import stories
from tests.generated_texts import REPETITIVE


@pytest.fixture(autouse=True)
def few_planted_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.auditing.planted_edits.MAX_PLANTED_TEXTS", 40)


def extracted(pages: int, *, bare: bool = True) -> list[str]:
    """Return pages as three extractors see them: with a header, with other stories, bare."""
    bodies, headers = stories(pages, 100), stories(8, 40, seed=7)
    other_stories = stories(pages, 40, seed=8)
    texts = [f"{headers[page % 8]} {body}" for page, body in enumerate(bodies)]
    texts += [f"{body} {other}" for body, other in zip(bodies, other_stories, strict=True)]
    return texts + [body.rsplit(" ", 3)[0] for body in bodies] * bare


def removals(texts: list[str], config: Config, other: Config) -> FurtherRemovals:
    audited, alternative = (dedup.deduplicate(texts, one) for one in (config, other))
    return further_removals(
        pack(texts), audited, alternative, compute_view(pack(texts), other), None
    )


def test_output_of_several_extractors_gets_the_preset_for_pages() -> None:
    result = dedup.audit(extracted(40))
    assert result.kept == 80
    assert result.proposal.config == Config.preset("web")
    assert result.proposal_kept == 40
    assert "40 of these 40 share a removed copy" in result.proposal.reason


def test_only_removed_copies_link_pages() -> None:
    further = removals(extracted(40, bare=False), Config(), Config.preset("web"))
    assert len(further.rows) == 40 and not further.linked.any()


def test_pages_of_a_site_are_not_linked_by_its_bare_frame() -> None:
    texts, frames = stories(160, 80), stories(8, 80, seed=9)
    pages = [f"{frames[row % 8]} {text}" for row, text in enumerate(texts)]
    result = dedup.audit([*pages, *frames])
    assert next(one for one in result.settings if one.name == "web").kept < 20
    assert result.proposal.config == Config()


def test_a_numeric_variant_is_not_linked() -> None:
    story = stories(1, 30)[0]
    texts = [f"{story} {number} {number + 1}" for number in range(40, 60)]
    further = removals([*texts, story], Config(), Config.preset("web"))
    assert further.kept == 20 and len(further.rows) == 19 and not further.linked.any()


@settings(max_examples=40)
@given(st.lists(REPETITIVE, max_size=10), st.floats(0.3, 0.9), st.floats(0.1, 0.9))
def test_linked_texts_share_removed_copies(
    texts: list[str], threshold: float, share: float
) -> None:
    config = Config(threshold=threshold, ngram_size=2, numeric_variants="remove")
    other = Config(threshold=threshold * share, ngram_size=1, numeric_variants="remove")
    audited, alternative = (dedup.deduplicate(texts, one) for one in (config, other))
    further = removals(texts, config, other)
    assert further.kept == audited.keep.sum()
    values, offsets = dedup.shingles(texts, ngram_size=2)
    sets = [set(values[slice(*offsets[row : row + 2])].tolist()) for row in range(len(texts))]
    group = list(range(len(texts)))
    for row in np.flatnonzero(~audited.keep & ~audited.exact).tolist():
        for kept in np.flatnonzero(audited.keep).tolist():
            shared = len(sets[row] & sets[kept]) / max(len(sets[row]), 1)
            fits = len(sets[kept]) >= len(sets[row]) and np.float32(shared) >= np.float32(threshold)
            if fits or audited.witness[row] == kept:
                ends = group[row], group[kept]
                group = [min(ends) if one in ends else one for one in group]
    linked = [
        group[row] == group[int(audited.witness[alternative.witness[row]])]
        for row in further.rows.tolist()
    ]
    assert further.rows.tolist() == np.flatnonzero(audited.keep & ~alternative.keep).tolist()
    assert further.linked.tolist() == linked


def test_the_numbers_add_up() -> None:
    texts = [*stories(60, 60), *stories(20, 60), *extracted(20), "", None]
    result = dedup.audit(texts)
    assert result.kept + result.exact + result.near == result.sampled == len(texts)
    kept = {"audited": Config(), **{name: Config.preset(name) for name in ("ocr", "short", "web")}}
    for setting in result.settings:
        assert setting.kept == dedup.deduplicate(texts, kept[setting.name]).keep.sum()
        assert setting.similar == setting.similar_count / result.compared
    assert result.settings[0].kept == result.kept
    assert result.proposal_kept == dedup.deduplicate(texts, result.proposal.config).keep.sum()


def test_a_lower_threshold_is_reported_with_its_removals() -> None:
    texts = stories(100, 120)
    result = dedup.audit(texts)
    lower = result.lower
    assert lower is not None and result.proposal.config == Config()
    assert result.plants[3].edit == "5% of the words changed" and result.plants[3].found < 0.5
    assert 0.5 < lower.config.threshold < 0.8
    assert lower.kept == dedup.deduplicate(texts, threshold=lower.config.threshold).keep.sum()
    again = list(find_planted_edits(texts, Config(threshold=lower.config.threshold)))
    assert again[3].found >= 0.9
    said = f"--threshold {lower.config.threshold:g} would find 90% of these copies"
    assert said in str(result).replace("\n", " ")
    assert dedup.audit(texts, threshold=lower.config.threshold).lower is None


class RecordedProgress(Progress):
    """Records what is reported."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int]] = []
        self.reached: list[int] = []

    def begin(self, stage: str, total: int = 0) -> None:
        self.stages.append((stage, total))

    def reach(self, done: int, total: int | None = None) -> None:
        if total is None:
            self.reached.append(done)


def test_an_audit_of_files_reports_its_progress(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("text\nSome story.\nAnother one.\n")
    progress = RecordedProgress()
    dedup.audit_files([tmp_path / "one.csv", tmp_path / "two.csv"], progress=progress)
    assert progress.stages[0] == ("reading", 60) and progress.reached[-1] == 60
    assert progress.reached == sorted(progress.reached)
    assert [stage for stage, _ in progress.stages[1:]] == [
        "removing copies", "comparing texts", "looking for edited copies", "trying other settings",
    ]  # fmt: skip
