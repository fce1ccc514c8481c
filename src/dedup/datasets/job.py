"""A job: the inputs, settings, options and output of one run on files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from dedup.arrays.progress import NO_PROGRESS, Progress
from dedup.config import Config
from dedup.datasets.dataset_options import DatasetOptions
from dedup.errors import ConfigError
from dedup.files.listing import Listing
from dedup.files.location import Location, as_location
from dedup.files.targets import local_files


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The inputs, settings, options and output of one run.

    Without ``output`` and ``in_place`` nothing is written.

    Parameters
    ----------
    output
        A file, ``-`` for standard output, or a folder.
    in_place, backup_suffix
        Whether the outputs replace the inputs, and the suffix of the backups of the inputs.
    names, listings
        The name of each input in an output folder, and its files; empty until the files are found.
    named_files
        Text files that were named one by one. The only input is then the folder that contains them.
    index_config
        The settings that the index must have; the settings of the index when None.
    progress
        Receives the progress of the run.
    shows_parts
        Whether the parts that records lose are shown, and so must be listed.
    """

    inputs: Sequence[Location]
    names: Sequence[str] = ()
    named_files: Listing | None = None
    listings: Sequence[Listing] = ()
    config: Config
    options: DatasetOptions
    output: str | None = None
    in_place: bool = False
    backup_suffix: str = ".bak"
    index_config: Config | None = None
    progress: Progress = NO_PROGRESS
    shows_parts: bool = False

    @property
    def writes(self) -> bool:
        """Whether the run writes outputs."""
        return self.output is not None or self.in_place

    @property
    def lists_parts(self) -> bool:
        """Whether the parts that records lose are listed, and not only counted."""
        return self.shows_parts or self.options.ledger is not None

    @property
    def target_paths(self) -> list[Location]:
        """The output file or folder; empty without one, or in place."""
        return [] if self.output is None else [as_location(self.output)]

    @property
    def side_inputs(self) -> list[Location]:
        """The files that are read in addition to the inputs: references, and decisions."""
        decisions = self.options.decisions
        return [*self.options.against, *([] if decisions is None else [decisions])]

    @property
    def side_files(self) -> list[Location]:
        """The files that are written in addition to the output."""
        names = ("report", "stats", "patterns", "ledger", "quarantine")
        return [*filter(None, (getattr(self.options, name) for name in names))]

    def resolved(self) -> Self:
        """Return the job with all options set.

        Raises
        ------
        ConfigError
            When options contradict each other.
        """
        if not self.inputs:
            raise ConfigError("no inputs; name at least one file")
        if self.options.ledger and (self.options.annotate or not self.writes):
            rule = "has no effect: with annotate=, or without an output, nothing is removed"
            raise ConfigError.of("ledger", f"{rule}; leave out ledger=")
        if self.in_place:
            local_files(self.inputs)
        return replace(self, options=self.options.resolved(self.config))
