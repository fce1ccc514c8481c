"""How settings are proposed: why, and how to say them."""

from dataclasses import dataclass, fields
from typing import Any

from dedup.config import PRESETS, Config, Preset


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
