"""What is to be done with a dataset, and what was found out when it is written."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.config import Config
from dedup.dataset.decisions import Decisions
from dedup.dataset.options import DatasetOptions
from dedup.dataset.rows import Rows
from dedup.dataset.targets import Place
from dedup.errors import ConfigError
from dedup.io.listing import Listing, listing_of
from dedup.io.text import STDIN
from dedup.records import U8

STAY, GO, CHANGE, ASIDE = range(4)  # what is done with a record


class Progress(Protocol):
    """Who is told how far a run has come."""

    def begin(self, stage: str, total: int = 0) -> None:
        """Begin with a stage, of so many bytes where that is known."""
        ...

    def reach(self, done: int) -> None:
        """Note that so many bytes of the stage are done."""
        ...


class Nobody:
    """Is told, and does nothing."""

    def begin(self, stage: str, total: int = 0) -> None:
        """Do nothing."""

    def reach(self, done: int) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done; without a place nothing is written.

    Parameters
    ----------
    names
        What each input is called in an output folder, once that is known.
    files
        The files of text that were named one by one, of which the only input is the common folder.
    index_config
        The settings that an index has to have; those that it has when None.
    resume
        Go on with a run of the same that was interrupted, if there was one.
    progress
        Who is told how far it has come.

    Raises
    ------
    ConfigError
        When it cannot be meant.
    """

    inputs: Sequence[Path]
    names: Sequence[str] = ()
    files: Listing | None = None
    config: Config
    options: DatasetOptions
    place: Place | None
    index_config: Config | None = None
    stats: Path | None = None
    patterns: Path | None = None
    ledger: Path | None = None
    resume: bool = False
    progress: Progress = field(default_factory=Nobody)

    @property
    def beside(self) -> list[Path]:
        """The files that are written beside the output."""
        return [*filter(None, (self.stats, self.patterns, self.ledger, self.options.quarantine))]

    @property
    def listings(self) -> list[Listing]:
        """The files that each input names."""
        return [self.files] if self.files else [listing_of(path) for path in self.inputs]

    @property
    def places(self) -> set[Path]:
        """The folders in which files are staged."""
        files = self.beside
        if self.place is not None and self.place.target is not None:
            target = Path(self.place.target)
            files += [target, target / "any"]
            if any(not name or "/" in name for name in self.names):
                files += [Path(folder, "any") for folder, _, _ in os.walk(target)]
        else:
            files += self.inputs
        return {Path(os.path.realpath(file)).parent for file in files}

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if not self.inputs:
            raise ConfigError("a dataset needs an input")
        object.__setattr__(self, "options", self.options.settled(self.config))
        if STDIN in (self.stats, self.patterns):
            raise ConfigError(
                "stats and patterns go to files: standard output may have the records"
            )
        if self.patterns and not self.options.blocks:
            raise ConfigError.of("patterns", "are what recurs in blocks: it goes with blocks")
        if self.ledger and (self.options.annotate or self.place is None):
            raise ConfigError("a ledger is of what is removed, and here nothing is")


@dataclass(frozen=True, slots=True)
class Found:
    """The records that were read, and what became of them, on their way to be written.

    Parameters
    ----------
    names
        What each input is called in an output folder.
    copy
        Where what was read from standard input is.
    files
        Files of text that were named one by one.
    memory
        Where the texts lie.
    """

    options: DatasetOptions
    names: Sequence[str]
    rows: Rows
    decisions: Decisions
    copy: Path
    files: Listing | None = None
    memory: Memory = IN_RAM

    @property
    def actions(self) -> U8:
        """What is done with each record, (n,)."""
        annotate = self.options.annotate
        actions = np.full(len(self.rows), CHANGE if annotate else STAY, np.uint8)
        if not annotate:
            actions[self.rows.edited] = CHANGE
            actions[self.decisions.removed] = GO
        actions[self.rows.bad] = ASIDE
        return actions
