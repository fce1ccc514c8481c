"""What the command does with files of records: one call of the library, and what it tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from dedup.config import Config
from dedup.dataset.options import DatasetOptions
from dedup.dataset.run import run
from dedup.dataset.targets import Place
from dedup.errors import ConfigError
from dedup.io.formats import Format, detect
from dedup.io.streams import say, write_out

RECORDS = ("jsonl",)  # formats of many records a file


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTask:
    """What the command was asked to do with files of records.

    Raises
    ------
    ConfigError
        When two options contradict each other.
    """

    inputs: Sequence[Path]
    options: DatasetOptions
    output: str | None = None
    in_place: bool = False
    backup_suffix: str = ".bak"
    dry_run: bool = False
    check: bool = False
    as_json: bool = False
    stats: Path | None = None
    quiet: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.in_place and self.output:
            raise ConfigError("--in-place and --output exclude each other")
        if self.dry_run and (self.in_place or self.output):
            raise ConfigError("--dry-run writes nothing: leave out --output, --in-place")
        if self.as_json and self._place and self._place.target == "-":
            raise ConfigError("--json and the records cannot both go to standard output; give -o")

    @property
    def _place(self) -> Place | None:
        """Where the records go, None for nowhere."""
        if self.in_place:
            return Place(None, self.options.shard_size, self.backup_suffix)
        if self.dry_run or (self.output is None and (self.check or self.as_json)):
            return None
        return Place(self.output or "-", self.options.shard_size)


def clean_records(task: RecordTask, config: Config) -> bool:
    """Do it; return whether anything repeats."""
    report = run(task.inputs, task._place, config, task.options, task.stats)  # noqa: SLF001
    if task.as_json:
        write_out(orjson.dumps(report.to_dict()) + b"\n")
    if not task.quiet:
        say(report.summary)
    return bool(report.removed_exact or report.removed_near or report.blocks)


def format_of_all(inputs: Sequence[Path], given: Format | None) -> Format:
    """Return the format of all inputs.

    Raises
    ------
    ConfigError
        When they are of different ones.
    """
    formats = sorted({given} if given else {detect(path) for path in inputs})
    if len(formats) > 1:
        raise ConfigError(
            f"inputs are of different formats, {', '.join(formats)}: name one with --format, or "
            "clean them one by one"
        )
    return formats[0]
