"""Which settings suit a sample, and why, in one sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from dedup.auditing.look import Look
from dedup.auditing.plants import Plant
from dedup.config import PRESETS, Config, Preset

FEW = 30  # texts compared, below which nothing can be told
APART = 0.5  # of the clear texts so many in the upper half, where copies are apart from the rest
MISSED = 0.05  # of the copies so many below the threshold, and
LOST = 20  # so many of those compared: fewer may be a matter of the draw
GARBLED = 4.25  # see ``Look.garble``: about 3 of words that were replaced, 5 of letters
DAMAGED = 10  # pairs of which that can be told
SHORT_RECALL = 0.7  # of one word changed; below it texts are short
AROUND = 0.03  # of a similarity that is looked at for the valley
WEB = 0.55  # a valley below it is as low as that of pages with all that is around a text


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
    config: Config, looks: Mapping[str, Look], plants: Sequence[Plant], other_news: float
) -> Proposal:
    """Propose settings.

    Parameters
    ----------
    config
        The settings that were looked at.
    looks
        By name: ``"own"`` for those of ``config``, and presets.
    plants
        What was found of edited copies.
    other_news
        The share of what is similar at the threshold that stays as other news.
    """
    own = looks["own"]
    if len(own.similarity) < FEW:
        return _of(config, f"texts with words are too few to tell, {len(own.similarity)} of {FEW}")
    words = config.unit == "word"
    if words and (reason := _garbled(looks["ocr"], looks["own"], config)):
        return _of(_raised(Config.preset("ocr"), looks["ocr"]), reason)
    if own.clear > config.threshold:
        raised = replace(config, threshold=own.clear)
        return _of(raised, f"below {own.clear:.2f} too much is alike by chance")
    changed = next((plant for plant in plants if plant.edit == "one word changed"), None)
    if words and "short" in looks and changed and changed.found < SHORT_RECALL:
        reason = f"texts are short: one changed word hides {1 - changed.found:.0%} of the copies"
        return _of(_raised(Config.preset("short"), looks["short"]), reason)
    return _by_valley(config, looks, other_news)


def _garbled(letters: Look, own: Look, config: Config) -> str:
    """Say that copies are full of wrong letters, where they are."""
    found = letters.found(config.threshold, own)
    if len(letters.garble) < DAMAGED or letters.apart < APART or found >= APART:
        return ""
    if float(np.median(letters.garble)) < GARBLED:
        return ""
    return (
        f"copies differ in letters inside their words: {found:.0%} of those that stand clear of "
        f"chance reach {config.threshold:.2f} by words"
    )


def _by_valley(config: Config, looks: Mapping[str, Look], other_news: float) -> Proposal:
    """Propose the threshold in the valley between chance and copies, where one is missing many."""
    own = looks["own"]
    kept = "no other threshold would find many more copies"
    if own.apart < APART:
        kept = "no valley parts copies from texts that are somewhat alike"
    valley = own.valley(config.threshold)
    copies = own.similarity >= valley
    lost = int((copies & (own.similarity < config.threshold)).sum())
    if own.apart >= APART and MISSED * copies.sum() <= lost < LOST:
        return _of(config, f"{lost} of {copies.sum()} copies lie lower, too few to go by")
    if own.apart < APART or lost < MISSED * copies.sum():
        return _of(config, kept)
    if other_news > MISSED:
        kept = f"{other_news:.0%} of what is so similar is other news, and below would be more"
        return _of(config, kept)
    share = lost / copies.sum()
    reason = f"{share:.0%} of the copies lie below {config.threshold:.2f}"
    web, preset = looks["web"], Config.preset("web")
    if (
        replace(config, seed=Config().seed) == Config()
        and valley < WEB
        and web.clear <= preset.threshold
    ):
        return _of(preset, f"{reason}, down to {_least(own, valley):.2f}, and chance far below")
    gap = f"between {valley - AROUND:.2f} and {valley + AROUND:.2f} is next to none"
    return _of(replace(config, threshold=valley), f"{reason}; {gap}")


def _least(own: Look, valley: float) -> float:
    return float(own.similarity[own.similarity >= valley].min())


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
    idle = () if config.measure == "jaccard" else ("num_perm", "recall")  # the command has none
    flags = [f"--preset {preset}"] if named else []
    flags += [
        f"--{name.replace('_', '-')} {value}" for name, value in own.items() if name not in idle
    ]
    python = f"dedup.Config.preset({settings})" if named else f"dedup.Config({settings})"
    return Proposal(config, preset, reason, python, " ".join(["dedup-clean", *flags, "FILE"]))
