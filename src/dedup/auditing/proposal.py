"""Which settings suit a sample, and why, in one sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from dedup.auditing.chance import STEPS
from dedup.auditing.copies import Copies
from dedup.auditing.look import Look
from dedup.auditing.plants import Plant
from dedup.config import PRESETS, Config, Preset

FEW = 30  # texts compared, below which nothing can be told
MISSED = 0.05  # of the copies so many have to be found beside, and
LOST = 20  # so many of those compared: fewer may be a matter of the draw
EQUAL = 0.02  # scores that differ less are about as good
UNSURE = 0.2  # of what would be found beside, so much at most may be forms or frames
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


def proposed(
    config: Config,
    looks: Mapping[str, Look],
    copies: Copies,
    plants: Sequence[Plant],
    other_news: float,
) -> Proposal:
    """Propose settings.

    Parameters
    ----------
    config
        The settings that were looked at.
    looks
        By name: ``"own"`` for those of ``config``, and presets.
    copies
        Which of the texts have some.
    plants
        What was found of edited copies.
    other_news
        The share of what is similar at the threshold that stays as other news.
    """
    own = looks["own"]
    if len(own.similarity) < FEW:
        return _of(config, f"texts with words are too few to tell, {len(own.similarity)} of {FEW}")
    if own.similarity.min() == 1:
        return _of(config, "all texts are contained in others, and any settings find that")
    better = _better(config, looks, copies)
    if copies.misread and better:
        return better
    if own.clear > config.threshold:
        raised = replace(config, threshold=own.clear)
        return _of(raised, f"below {own.clear:.2f} too much is alike by chance")
    if reason := _short(config, looks, plants):
        return _of(_raised(Config.preset("short"), looks["short"]), reason)
    if other_news > MISSED:
        reason = f"{other_news:.0%} of what is so similar is other news, and below would be more"
        return _of(config, reason)
    return better or _of(config, _kept(config, own, copies))


def _short(config: Config, looks: Mapping[str, Look], plants: Sequence[Plant]) -> str:
    """Say that texts are short, where one word hides that they are copies."""
    changed = next((plant for plant in plants if plant.edit == "one word changed"), None)
    if config.unit == "char" or "short" not in looks or changed is None:
        return ""
    if changed.found >= SHORT_RECALL:
        return ""
    return f"texts are short: one changed word hides {1 - changed.found:.0%} of the copies"


def _kept(config: Config, own: Look, copies: Copies) -> str:
    """Say why the settings stay, or that nothing speaks for any."""
    alike = int((own.similarity >= config.threshold).sum())
    if copies.gap is not None:
        return "other settings would not find many more copies"
    if alike < LOST:
        return (
            f"only {alike} of {len(own.similarity)} texts are so alike, too few to tell "
            "others by; go by what is found of planted edits"
        )
    return "what is less alike does not stand apart from chance, so copies there are unknown"


def _better(config: Config, looks: Mapping[str, Look], copies: Copies) -> Proposal | None:
    """Propose what finds more copies, if any settings do, and if they are copies."""
    if copies.gap is None:
        return None
    own, tried = looks["own"], _candidates(config, looks, copies)
    seen = {name: name if name in looks else "own" for name in tried}
    scores = {
        name: copies.score(seen[name], looks[seen[name]], one.threshold)
        for name, one in tried.items()
    }
    best = next(name for name in tried if scores[name] >= max(scores.values()) - EQUAL)
    look, better = looks[seen[best]], tried[best]
    before = copies.rates("own", own, config.threshold)[0]
    after = copies.rates(seen[best], look, better.threshold)[0]
    better_by = scores[best] - copies.score("own", own, config.threshold)
    if after - before < MISSED or (after - before) * copies.has.sum() < LOST or better_by <= 0:
        return None
    beside = (look.similarity >= better.threshold) & (own.similarity < config.threshold)
    if (forms := float(look.form[beside].mean())) > UNSURE:
        reason = (
            f"other settings would find more, but {forms:.0%} of that may be other news in one "
            "form, or pages in one frame: only a look at them can tell"
        )
        return _of(config, reason)
    letters = "copies differ in letters inside their words; " * copies.misread
    reason = f"{1 - before:.0%} of the copies lie below {config.threshold:.2f}"
    return _of(better, f"{letters}{reason}, and {after:.0%} are found by these settings")


def _candidates(config: Config, looks: Mapping[str, Look], copies: Copies) -> dict[str, Config]:
    """Return settings by name: of those that are about as good the first one is taken."""
    own, tried = looks["own"], dict[str, Config]()
    names: tuple[Preset, ...] = ("ocr", "short", "web") if copies.misread else ("short", "web")
    if config.unit == "word":
        tried = {name: _raised(Config.preset(name), looks[name]) for name in names if name in looks}
    lower = [step for step in STEPS.tolist() if own.clear <= step <= config.threshold]
    if lower:
        best = max(reversed(lower), key=lambda step: copies.score("own", own, step))
        tried["lower"] = replace(config, threshold=best)
    if config.unit == "word" and "ocr" not in tried:
        tried["ocr"] = _raised(Config.preset("ocr"), looks["ocr"])
    return tried


def _raised(config: Config, look: Look) -> Config:
    """Raise a threshold at which too much is alike by chance."""
    return replace(config, threshold=max(config.threshold, look.clear))


def _of(config: Config, reason: str) -> Proposal:
    default = {item.name: getattr(Config(), item.name) for item in fields(Config)}
    given = {item.name: getattr(config, item.name) for item in fields(Config)}
    changes = {
        name: {key: value for key, value in given.items() if (default | settings)[key] != value}
        for name, settings in PRESETS.items()
    }
    preset = min(changes, key=lambda name: len(changes[name]))
    own: dict[str, Any] = changes[preset]
    named = [] if preset == "news" else [f'"{preset}"']
    settings = ", ".join(named + [f"{name}={value!r}" for name, value in own.items()])
    flags = [f"--preset {preset}"] if named else []
    flags += [f"--{name.replace('_', '-')} {value}" for name, value in own.items()]
    python = f"dedup.Config.preset({settings})" if named else f"dedup.Config({settings})"
    return Proposal(config, preset, reason, python, " ".join(["dedup-clean", *flags, "FILE"]))
