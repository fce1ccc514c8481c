"""The proposal of an audit: which settings fit a sample, and why, or why none are proposed.

``docs/decisions/0015-audit.md`` lists the rules in their order.
"""

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

from dedup.auditing.copies import MIN_SIMILAR_TEXTS, Copies
from dedup.auditing.further_removals import FurtherRemovals
from dedup.auditing.planted_edits import ONE_WORD_CHANGED, PlantedEdit
from dedup.auditing.similarity_view import THRESHOLD_GRID, SimilarityView
from dedup.config import PRESETS, Config, Preset
from dedup.text.wording import variant_reason

MIN_DIFFERENT_TEXTS = 30  # for a proposal
MIN_RECALL_GAIN = 0.05  # of the proposed settings
MAX_VARIANT_SHARE = 0.05  # numeric variants among the similar texts, to lower the threshold
F1_TOLERANCE = 0.02  # below the best F1
MAX_SAME_FORM_SHARE = 0.2  # possible form letters among the texts that a proposal would also find
MIN_FURTHER_SHARE = 0.1  # of the kept texts, which preset "web" removes
MIN_LINKED_SHARE = 0.5  # of these removals, which a removed copy links to the text kept instead
SHORT_TEXT_RECALL = 0.7  # of copies with one word changed; below it the texts are short


@dataclass(frozen=True, slots=True)
class Proposal:
    """Settings that fit the texts better, or the audited settings.

    Attributes
    ----------
    config
        The settings.
    preset
        The preset that needs the fewest changes to become ``config``.
    reason
        The reason for the proposal, as a clause.
    python, command
        A call of ``Config`` and a command line with these settings.
    source, source_reason
        The field with the sources of the records, without whose frames they are to be compared, or
        are compared already; the reason, as a clause, if it is proposed.
    """

    config: Config
    preset: Preset | None
    reason: str
    python: str
    command: str
    source: str | None = None
    source_reason: str = ""

    def with_source(self, field: str, reason: str = "") -> "Proposal":
        """Return the proposal with a field of sources."""
        command = f"{self.command.removesuffix('FILE')}--source-key {shlex.quote(field)} FILE"
        return replace(self, command=command, source=field, source_reason=reason)


def make_proposal(config: Config, reason: str) -> Proposal:
    """Return a proposal that names the settings as changes of the nearest preset.

    Examples
    --------
    >>> make_proposal(Config.preset("web", threshold=0.5), "why").python
    'dedup.Config.preset("web", threshold=0.5)'
    """
    defaults, values = asdict(Config()), asdict(config)
    changes = {
        name: {key: value for key, value in values.items() if (defaults | preset)[key] != value}
        for name, preset in PRESETS.items()
    }
    preset = min(changes, key=lambda name: len(changes[name]))
    is_named = preset != "news"
    arguments = [f'"{preset}"'] * is_named
    flags = [f"--preset {preset}"] * is_named
    # The command has no flags for settings without effect.
    no_flags = () if config.measure == "jaccard" else ("num_perm", "recall")
    for name, value in changes[preset].items():
        arguments.append(f"{name}={value!r}")
        flags += [f"--{name.replace('_', '-')} {value}"] * (name not in no_flags)
    python = f"dedup.Config{'.preset' * is_named}({', '.join(arguments)})"
    return Proposal(config, preset, reason, python, " ".join(["dedup-clean", *flags, "FILE"]))


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What an audit measured, for the proposal.

    Attributes
    ----------
    config
        The audited settings.
    copies
        The texts that have a copy, and the similarity views of the sample.
    plants
        The planted edits.
    short_recall
        The share of the copies with one word changed that preset ``short`` finds; None if the texts
        are long.
    different
        Number of texts with words, without exact copies.
    numeric_variants
        The number of texts that a pair rule keeps although they are similar to a kept text.
    similar_texts
        The number of these and of the removed texts.
    web_removals
        What preset ``web`` would remove of the kept texts. None if chance reaches its threshold, or
        if the audited settings compare letters.
    """

    config: Config
    copies: Copies
    plants: Sequence[PlantedEdit]
    short_recall: float | None
    different: int
    numeric_variants: int
    similar_texts: int
    web_removals: FurtherRemovals | None

    @property
    def variant_share(self) -> float:
        """The share of numeric variants among the similar texts."""
        return self.numeric_variants / max(self.similar_texts, 1)


def propose(evidence: Evidence) -> Proposal:
    """Propose other settings, or the audited ones."""
    config, copies = evidence.config, evidence.copies
    if evidence.different < MIN_DIFFERENT_TEXTS:
        counts = f"{evidence.different}; {MIN_DIFFERENT_TEXTS} are needed"
        return make_proposal(config, f"there are too few different texts ({counts})")
    better = _settings_with_more_copies(config, copies)
    if better and copies.ocr_noise:
        return better
    threshold = copies.views["audited"].significance_threshold
    if threshold > config.threshold:
        raised = replace(config, threshold=threshold)
        return make_proposal(raised, f"below {threshold:.2f} too many texts are similar by chance")
    reasons: dict[Preset, str] = {
        "short": _reason_for_short(evidence),
        "web": _reason_for_web(evidence.web_removals),
    }
    for name, reason in reasons.items():
        if reason:
            return make_proposal(_safe_preset(config, name, copies.views[name]), reason)
    if better and evidence.variant_share <= MAX_VARIANT_SHARE:
        return better
    return make_proposal(config, _reason_to_keep(evidence))


def _reason_for_short(evidence: Evidence) -> str:
    """Return the reason for preset ``short``, or "" if it does not fit.

    It fits if the settings miss many copies with one word changed and the preset finds more.
    """
    plants, recall = evidence.plants, evidence.short_recall
    found = next((plant.found for plant in plants if plant.edit == ONE_WORD_CHANGED), 1.0)
    is_short = found < SHORT_TEXT_RECALL and evidence.config.unit != "char"
    if not is_short or recall is None or recall < found + MIN_RECALL_GAIN:
        return ""
    return f"the texts are short: one changed word hides {1 - found:.0%} of the copies"


def _reason_for_web(removals: FurtherRemovals | None) -> str:
    """Return the reason for preset ``web``, or "" if it does not fit.

    It fits if removed copies link many kept texts, as the output of several extractors does.
    """
    if removals is None:
        return ""
    further, linked = len(removals.rows), int(removals.linked.sum())
    min_further = max(MIN_SIMILAR_TEXTS, MIN_FURTHER_SHARE * removals.kept)
    if further < min_further or linked < MIN_LINKED_SHARE * further:
        return ""
    if removals.same_form > MAX_SAME_FORM_SHARE:
        return ""
    return (
        f"these settings keep {removals.kept:,} texts, and web removes {further:,} of them; "
        f"{linked:,} of these {further:,} share a removed copy with the text that web keeps "
        "instead, as the results of several extractors for one page do"
    )


def _reason_to_keep(evidence: Evidence) -> str:
    """Return the reason to keep the audited settings."""
    if evidence.variant_share > MAX_VARIANT_SHARE:
        reason = variant_reason(evidence.numeric_variants, evidence.config.numeric_variants)
        return (
            f"{evidence.numeric_variants:,} of {evidence.similar_texts:,} texts that are similar "
            f"to a kept text are kept, too, since {reason}; a lower threshold would find more such "
            "texts"
        )
    if evidence.copies.gap is not None:
        return "other settings would not find many more copies"
    similarity = evidence.copies.views["audited"].similarity
    similar = int((similarity >= evidence.config.threshold).sum())
    return (
        f"the threshold is reached by {similar:,} of the {len(similarity):,} compared texts; below "
        "it, copies cannot be distinguished from chance, so judge by the edited copies"
    )


def _settings_with_more_copies(config: Config, copies: Copies) -> Proposal | None:
    """Propose settings that find more copies; None if there are none.

    If many of the texts that they would find may be form letters, keep the audited settings.
    """
    candidates = _candidate_settings(config, copies)
    if copies.gap is None or not candidates:
        return None
    scores = [copies.f1(name, candidate.threshold) for name, candidate in candidates]
    min_score = max(scores) - F1_TOLERANCE
    place = next(place for place, score in enumerate(scores) if score >= min_score)
    name, better = candidates[place]
    before, _ = copies.recall_and_precision("audited", config.threshold)
    after, _ = copies.recall_and_precision(name, better.threshold)
    f1_gain = scores[place] - copies.f1("audited", config.threshold)
    gained_copies = (after - before) * copies.has_copy.sum()
    if after - before < MIN_RECALL_GAIN or gained_copies < MIN_SIMILAR_TEXTS or f1_gain <= 0:
        return None
    view = copies.views[name]
    further = view.similarity >= better.threshold
    further &= copies.views["audited"].similarity < config.threshold
    same_form = float(view.same_form[further].mean()) if further.any() else 0.0
    if same_form > MAX_SAME_FORM_SHARE:
        reason = (
            f"other settings would find more texts, but {same_form:.0%} of these may be form "
            "letters or pages of one site: read some to decide"
        )
        return make_proposal(config, reason)
    letters = "the copies differ in letters inside their words; " * copies.ocr_noise
    reason = (
        f"{letters}{1 - before:.0%} of the copies are below the threshold {config.threshold:.2f}, "
        f"and the proposed settings find {after:.0%}"
    )
    return make_proposal(better, reason)


def _candidate_settings(config: Config, copies: Copies) -> list[tuple[str, Config]]:
    """Return the settings to choose from, with the names of their views, in order of preference."""
    views, candidates = copies.views, list[tuple[str, Config]]()
    names: tuple[Preset | Literal["audited"], ...] = ("short", "web", "audited", "ocr")
    if copies.ocr_noise:
        names = ("ocr", "short", "web", "audited")
    for name in names:
        if name == "audited":
            min_threshold = views[name].significance_threshold
            grid = [step for step in THRESHOLD_GRID if min_threshold <= step <= config.threshold]
            if grid:
                best = max(reversed(grid), key=lambda step: copies.f1("audited", step))
                candidates.append((name, replace(config, threshold=best)))
        elif name in views and config.unit == "word":
            candidates.append((name, _safe_preset(config, name, views[name])))
    return candidates


def _safe_preset(config: Config, name: Preset, view: SimilarityView) -> Config:
    """Return a preset, with a raised threshold if too many texts are similar by chance."""
    preset = preset_config(config, name)
    return replace(preset, threshold=max(preset.threshold, view.significance_threshold))


def preset_config(config: Config, name: Preset) -> Config:
    """Return settings with all fields that any preset sets taken from one preset."""
    defaults = {key: getattr(Config(), key) for preset in PRESETS.values() for key in preset}
    return Config.of(config, defaults | PRESETS[name])
