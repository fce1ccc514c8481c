"""What is to be done with a dataset."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from pathlib import Path
from typing import Self

from dedup.config import Config
from dedup.dataset.options import DatasetOptions
from dedup.errors import ConfigError, OutputError
from dedup.io.compression import endings
from dedup.io.listing import Listing, listing_of
from dedup.io.staged import StagedFiles
from dedup.io.targets import names_folder, plan_targets, refuse_clashes
from dedup.io.text import STDIN
from dedup.report.progress import NoProgress, Progress


@dataclass(frozen=True, slots=True)
class Place:
    """Where the output of a dataset goes.

    Parameters
    ----------
    target
        A file, ``-`` for standard output; a folder for one file for each input; None for the
        inputs themselves.
    limit
        Bytes after which another file is begun; None for no limit.
    backup_suffix
        With no target, what is put behind the names of the inputs that are kept; empty for none.
    """

    target: str | None
    limit: int | None = None
    backup_suffix: str = ".bak"

    def targets(
        self,
        inputs: Sequence[Path],
        names: Sequence[str],
        against: Sequence[Path],
        staged: StagedFiles,
    ) -> list[tuple[Path, Path | None]]:
        """Return where the records of each input go, and what the file there is kept as.

        Parameters
        ----------
        names
            What each is called in a folder.

        Raises
        ------
        ConfigError, OutputError
            When a file would be lost, or there is no such place.
        """
        if self.target is None:
            return self._in_place(inputs, against)
        path = Path(self.target)
        if path == STDIN and self.limit:
            raise ConfigError("--shard-size needs names for its files; give -o FILE, or a folder")
        if not names_folder(self.target):
            targets = [path] * len(inputs)
        elif self.limit:
            targets = [path / f"part{endings(inputs[0])}"] * len(inputs)
        else:
            targets = plan_targets(inputs, self.target, names)
        distinct = dict.fromkeys(targets)
        if path != STDIN:
            clashing = distinct if self.limit or path in distinct else targets
            refuse_clashes([*inputs, *against], clashing)
        if path not in distinct:
            for folder in dict.fromkeys(target.parent for target in distinct):
                staged.make_folder(folder)
        return [(target, None) for target in targets]

    def _in_place(
        self, inputs: Sequence[Path], against: Sequence[Path]
    ) -> list[tuple[Path, Path | None]]:
        if STDIN in inputs or self.limit:
            raise ConfigError("--in-place needs files, and goes without --shard-size")
        suffix = self.backup_suffix
        backups = [path.with_name(path.name + suffix) for path in inputs] if suffix else []
        refuse_clashes(against, [*inputs, *backups])
        for backup in backups:
            if os.path.lexists(backup):
                raise OutputError(
                    f"{backup}: exists already, as when a run of this came to its end; move it, or "
                    "choose another --backup-suffix"
                )
        return list(zip(inputs, backups or repeat(None), strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done; without an output, or ``in_place``, nothing is written.

    Parameters
    ----------
    output
        A file, ``-`` for standard output, or a folder.
    in_place, backup_suffix
        Whether the outputs replace the inputs, and what is put behind the names of those.
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
    """

    inputs: Sequence[Path]
    names: Sequence[str] = ()
    files: Listing | None = None
    config: Config
    options: DatasetOptions
    output: str | None = None
    in_place: bool = False
    backup_suffix: str = ".bak"
    index_config: Config | None = None
    stats: Path | None = None
    patterns: Path | None = None
    ledger: Path | None = None
    resume: bool = False
    progress: Progress = field(default_factory=NoProgress)

    @property
    def place(self) -> Place | None:
        """Where the output goes, None for nowhere."""
        if self.output is None and not self.in_place:
            return None
        return Place(self.output, self.options.shard_size, self.backup_suffix)

    @property
    def target(self) -> list[Path]:
        """The file or folder of the output, if it has one."""
        return [] if self.output is None else [Path(self.output)]

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
        for target in self.target:
            files += [target, target / "any"]
            if any(not name or "/" in name for name in self.names):
                files += [Path(folder, "any") for folder, _, _ in os.walk(target)]
        if self.output is None:
            files += self.inputs
        return {Path(os.path.realpath(file)).parent for file in files}

    def settled(self) -> Self:
        """Return the job with its options decided by the settings.

        Raises
        ------
        ConfigError
            When it contradicts itself.
        """
        if not self.inputs:
            raise ConfigError("a dataset needs an input")
        if STDIN in (self.stats, self.patterns):
            raise ConfigError(
                "stats and patterns go to files: standard output may have the records"
            )
        if self.patterns and not self.options.blocks:
            raise ConfigError.of("patterns", "are what recurs in blocks: it goes with blocks")
        if self.ledger and (self.options.annotate or self.place is None):
            raise ConfigError("a ledger is of what is removed, and here nothing is")
        return replace(self, options=self.options.settled(self.config))
