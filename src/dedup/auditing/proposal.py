"""Which settings suit a sample, and why; or why nothing is known."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

from dedup.auditing.copies import LEAST, Copies
from dedup.auditing.further_removals import FurtherRemovals
from dedup.auditing.planted_edits import ONE_WORD, Plant
from dedup.auditing.similarity_view import STEPS, Look
from dedup.config import PRESETS, Config, Preset

FEW = 30  # texts compared, or different ones, below which nothing can be told
MISSED = 0.05  # of the copies so many have to be found beside
EQUAL = 0.02  # scores that differ less are about as good
UNSURE = 0.2  # of what would be found beside, so much at most may be forms or frames
LEFT = 0.1  # of the texts that stay, so many at least have to go with the preset for pages
LINKED = 0.5  # of these, so many at least are linked by a removed text
SHORT_RECALL = 0.7  # of one word changed; below it texts are short


@dataclass(frozen=True, slots=True)
class Proposal:
    """Settings that suit the texts better, or the ones that were given.

    Attributes
    ----------
    config
        The settings.
    preset
        The one that they are, or are nearest to, None where they were given and are none.
    reason
        A sentence.
    python, command
        How to say it: a call, and a command line.
    """

    config: Config
    preset: Preset | None
    reason: str
    python: str
    command: str


def proposal_of(config: Config, reason: str) -> Proposal:
    """Say settings the shortest way.

    Examples
    --------
    >>> proposal_of(Config.preset("web", threshold=0.5), "why").python
    'dedup.Config.preset("web", threshold=0.5)'
    """
    default, given = asdict(Config()), asdict(config)
    changes = {
        name: {key: value for key, value in given.items() if (default | settings)[key] != value}
        for name, settings in PRESETS.items()
    }
    preset = min(changes, key=lambda name: len(changes[name]))
    named = preset != "news"
    settings = [f'"{preset}"'] * named
    flags = [f"--preset {preset}"] * named
    idle = () if config.measure == "jaccard" else ("num_perm", "recall")  # the command has none
    for name, value in changes[preset].items():
        settings.append(f"{name}={value!r}")
        flags += [f"--{name.replace('_', '-')} {value}"] * (name not in idle)
    python = f"dedup.Config{'.preset' * named}({', '.join(settings)})"
    return Proposal(config, preset, reason, python, " ".join(["dedup-clean", *flags, "FILE"]))


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What was seen of a sample.

    Attributes
    ----------
    config
        The settings that were audited.
    copies
        Which of the texts have some, and the looks at the texts.
    plants
        What was found of edited copies.
    short
        What the preset for short texts finds of those with one word changed; None for long ones.
    different
        How many texts with words there are but for exact copies.
    variant_share
        The share of the texts similar at the threshold that stay as numeric variants.
    web
        What the preset for extractor output would remove of the texts that stay; None where chance
        reaches its threshold, or where the settings compare letters.
    """

    config: Config
    copies: Copies
    plants: Sequence[Plant]
    short: float | None
    different: int
    variant_share: float
    web: FurtherRemovals | None


def proposed(seen: Evidence) -> Proposal:
    """Propose settings, or those that were audited."""
    config, copies = seen.config, seen.copies
    if seen.different < FEW:
        reason = f"too few different texts to tell more: {seen.different}, and {FEW} are needed"
        return proposal_of(config, reason)
    better = _better(config, copies)
    if better and copies.misread:
        return better
    clear = copies.looks["own"].clear
    if clear > config.threshold:
        raised = replace(config, threshold=clear)
        return proposal_of(raised, f"below {clear:.2f} too many texts are similar by chance")
    reasons: dict[Preset, str] = {"short": _short(seen), "web": _linked(seen.web)}
    for preset, reason in reasons.items():
        if reason:
            return proposal_of(_preset(config, preset, copies.looks[preset]), reason)
    if better and seen.variant_share <= MISSED:
        return better
    return proposal_of(config, _kept(seen))


def _short(seen: Evidence) -> str:
    """Say that texts are short: one word hides that they are copies, but from another preset."""
    changed = next((plant.found for plant in seen.plants if plant.edit == ONE_WORD), 1.0)
    hidden = changed < SHORT_RECALL and seen.config.unit != "char"
    if not hidden or seen.short is None or seen.short < changed + MISSED:
        return ""
    return f"texts are short: one changed word hides {1 - changed:.0%} of the copies"


def _linked(web: FurtherRemovals | None) -> str:
    """Say that many texts stay although removed copies link them, as extractors' output does."""
    if web is None:
        return ""
    further, linked = len(web.rows), int(web.linked.sum())
    few = further < max(LEAST, LEFT * web.kept) or linked < LINKED * further
    if few or web.same_form > UNSURE:
        return ""
    return (
        f"these settings keep {web.kept:,}; {linked:,} of the {further:,} further removals share a "
        "removed copy with the text that stays, as one page does that went through several "
        "extractors"
    )


def _kept(seen: Evidence) -> str:
    """Say why the settings stay, or that nothing speaks for any."""
    if seen.variant_share > MISSED:
        return (
            f"{seen.variant_share:.0%} of the similar texts differ in their figures and stay, and "
            "a lower threshold would find more of these"
        )
    if seen.copies.gap is not None:
        return "other settings would not find many more copies"
    similarity = seen.copies.looks["own"].similarity
    alike = int((similarity >= seen.config.threshold).sum())
    return (
        f"{alike:,} of the {len(similarity):,} compared texts reach the threshold, and copies "
        "below it do not stand apart from chance; go by the edited copies"
    )


def _better(config: Config, copies: Copies) -> Proposal | None:
    """Propose what finds more copies, if any settings do, and if they are copies."""
    tried = _candidates(config, copies)
    if copies.gap is None or not tried:
        return None
    scores = [copies.score(name, one.threshold) for name, one in tried]
    place = next(place for place, score in enumerate(scores) if score >= max(scores) - EQUAL)
    name, better = tried[place]
    before = copies.rates("own", config.threshold)[0]
    after = copies.rates(name, better.threshold)[0]
    better_by = scores[place] - copies.score("own", config.threshold)
    if after - before < MISSED or (after - before) * copies.has.sum() < LEAST or better_by <= 0:
        return None
    further = copies.looks[name].similarity >= better.threshold
    further &= copies.looks["own"].similarity < config.threshold
    forms = float(copies.looks[name].form[further].mean()) if further.any() else 0.0
    if forms > UNSURE:
        reason = (
            f"other settings would find more, but {forms:.0%} of that may be one form filled in "
            "differently, or pages of one site: read some to decide"
        )
        return proposal_of(config, reason)
    letters = "copies differ in letters inside their words; " * copies.misread
    reason = f"{1 - before:.0%} of the copies lie below {config.threshold:.2f}"
    return proposal_of(better, f"{letters}{reason}, and {after:.0%} are found by these settings")


def _candidates(config: Config, copies: Copies) -> list[tuple[str, Config]]:
    """Return settings, each with its look: of those that are about as good the first is taken."""
    looks, tried = copies.looks, list[tuple[str, Config]]()
    names: tuple[Preset | Literal["own"], ...] = ("short", "web", "own", "ocr")
    for name in ("ocr", "short", "web", "own") if copies.misread else names:
        if name != "own":
            if name in looks and config.unit == "word":
                tried.append((name, _preset(config, name, looks[name])))
        elif lower := [step for step in STEPS if looks[name].clear <= step <= config.threshold]:
            best = max(reversed(lower), key=lambda step: copies.score("own", step))
            tried.append((name, replace(config, threshold=best)))
    return tried


def _preset(config: Config, name: Preset, look: Look) -> Config:
    """Return a preset; raise a threshold at which too much is by chance."""
    taken = preset_config(config, name)
    return replace(taken, threshold=max(taken.threshold, look.clear))


def preset_config(config: Config, name: Preset) -> Config:
    """Return settings with what presets are about taken from one of them."""
    plain = {key: getattr(Config(), key) for settings in PRESETS.values() for key in settings}
    return Config.of(config, plain | PRESETS[name])
