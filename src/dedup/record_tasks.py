"""What the command does with files of records: one call of the library, and what it tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dedup.config import Config
from dedup.dataset.job import Job
from dedup.dataset.ledger import NAME, NAME_OF_FILES
from dedup.dataset.options import DatasetOptions
from dedup.dataset.report import DatasetReport
from dedup.dataset.restoring import restore_dataset
from dedup.dataset.run import run
from dedup.dataset.targets import Place
from dedup.errors import ConfigError, DedupError
from dedup.io.json_values import dumps
from dedup.io.source import Source
from dedup.io.streams import in_output_encoding, is_terminal, say, show, write_out
from dedup.report.progress import LoggedProgress, TerminalProgress
from dedup.report.terminal import (
    table_of_copies,
    table_of_numbers,
    table_of_patterns,
    table_of_spans,
)

LEDGERS_BEGIN = tuple(f'{{"ledger":"{name}"'.encode() for name in (NAME, NAME_OF_FILES))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTask:
    """What the command was asked to do with files of records.

    Raises
    ------
    ConfigError
        When two options contradict each other.
    """

    inputs: Sequence[Path]
    config: Config
    options: DatasetOptions
    index_config: Config | None = None
    output: str | None = None
    in_place: bool = False
    backup_suffix: str = ".bak"
    dry_run: bool = False
    check: bool = False
    as_json: bool = False
    ledger: Path | None = None
    stats: Path | None = None
    patterns: Path | None = None
    resume: bool = False
    quiet: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.in_place and self.output:
            raise ConfigError("--in-place and --output exclude each other")
        if self.dry_run and (self.in_place or self.output):
            raise ConfigError("--dry-run writes nothing: leave out --output, --in-place")
        place = self.job.place
        if self.as_json and place and place.target == "-":
            raise ConfigError("--json and the records cannot both go to standard output; give -o")

    @property
    def job(self) -> Job:
        """What the library is to do."""
        size, place = self.options.shard_size, None
        if self.in_place:
            place = Place(None, size, self.backup_suffix)
        elif not self.dry_run and (self.output or not (self.check or self.as_json)):
            place = Place(self.output or "-", size)
        return Job(
            inputs=self.inputs,
            config=self.config,
            options=self.options,
            index_config=self.index_config,
            place=place,
            stats=self.stats,
            patterns=self.patterns,
            ledger=self.ledger,
            resume=self.resume,
        )


def clean_records(task: RecordTask) -> bool:
    """Do it; return whether anything repeats."""
    progress = None
    if not task.quiet:
        progress = TerminalProgress() if is_terminal() else LoggedProgress()
    try:
        report = run(replace(task.job, progress=progress) if progress else task.job)
    finally:
        if progress is not None:
            progress.end()
    if task.as_json:
        write_out(dumps(report.to_dict()) + b"\n")
    elif task.dry_run:
        tables = (
            table_of_copies(report.copies, report.removed_exact + report.removed_near),
            table_of_patterns(report.most_frequent, report.patterns),
            table_of_spans(report.longest_spans, report.spans),
        )
        write_out(in_output_encoding("".join(tables)))
    if isinstance(progress, TerminalProgress):
        show(table_of_numbers(report.shown, progress.seconds))
    if progress is not None:
        say(report.summary)
        if task.dry_run:
            _say_what_was_not_found(task.options, report)
    removed = report.removed_exact + report.removed_near
    return bool(removed or report.blocks or report.boilerplate or report.spans)


def _say_what_was_not_found(options: DatasetOptions, report: DatasetReport) -> None:
    if options.blocks and not report.patterns:
        count = options.min_df
        many = f"{count:.0%} of the documents" if count < 1 else f"{count:,} documents"
        say(f"--blocks: no paragraph recurs in {many} or more; see --min-df and --min-tokens")
    if options.spans and not report.spans:
        say("--spans: no stretch repeats; see --min-span")


def is_ledger_of_records(ledger: Path) -> bool:
    """Tell the ledger of a dataset from that of texts, as far as it can be read."""
    try:
        with Source(ledger) as source:
            return source.read(max(map(len, LEDGERS_BEGIN))).startswith(LEDGERS_BEGIN)
    except DedupError:
        return False


def restore_records(ledger: Path, outputs: Sequence[Path], given: Mapping[str, Any]) -> None:
    """Put the inputs of a dataset together again.

    Parameters
    ----------
    given
        The options of the command, by name.

    Raises
    ------
    ConfigError
        When two of them contradict each other.
    """
    if given["in_place"] and given["output"]:
        raise ConfigError("--in-place and --output exclude each other")
    target = None if given["in_place"] else given["output"] or "-"
    targets = restore_dataset(ledger, outputs, target, backup_suffix=given["backup_suffix"])
    if not given["quiet"]:
        files = "1 file" if len(targets) == 1 else f"{len(targets):,} files"
        say(f"put {files} together again")
