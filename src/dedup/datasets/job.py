"""A job: the inputs, settings, options and output of one run on files."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from dedup.config import Config
from dedup.datasets.dataset_options import DatasetOptions
from dedup.datasets.progress import Progress
from dedup.errors import ConfigError
from dedup.files.listing import Listing, list_files


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
    progress: Progress = field(default_factory=Progress)

    @property
    def writes(self) -> bool:
        """Whether there is an output."""
        return self.output is not None or self.in_place

    @property
    def target_paths(self) -> list[Path]:
        """The file or folder of the output; empty without one, or in place."""
        return [] if self.output is None else [Path(self.output)]

    @property
    def side_files(self) -> list[Path]:
        """The files that are written beside the output."""
        names = ("stats", "patterns", "ledger", "quarantine")
        return [*filter(None, (getattr(self.options, name) for name in names))]

    @property
    def listings(self) -> list[Listing]:
        """The files that each input names."""
        return [self.files] if self.files else [list_files(path) for path in self.inputs]

    def resolved(self) -> Self:
        """Return the job with its options decided by the settings.

        Raises
        ------
        ConfigError
            When it contradicts itself.
        """
        if not self.inputs:
            raise ConfigError("no inputs; name at least one file")
        if self.options.ledger and (self.options.annotate or not self.writes):
            rule = "has no effect: with --annotate, or without an output, nothing is removed"
            raise ConfigError.of("ledger", f"{rule}; leave it out")
        return replace(self, options=self.options.resolved(self.config))
