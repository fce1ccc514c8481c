"""What the command does with files of records: one call of the library, and what it tells."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from dedup.config import Config
from dedup.dataset.audited import audit_files
from dedup.dataset.ledger import NAME, NAME_OF_FILES
from dedup.dataset.options import DatasetOptions
from dedup.dataset.report import DatasetReport
from dedup.dataset.restoring import restore_dataset
from dedup.dataset.run import run
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
from dedup.request import Request
from dedup.units import counted

READING = ("sample", "format", "text_key", "delimiter", "encoding", "errors", "on_error", "threads")
LEDGERS_BEGIN = tuple(f'{{"ledger":"{name}"'.encode() for name in (NAME, NAME_OF_FILES))


def clean_records(request: Request) -> bool:
    """Clean files of records or folders; return whether anything repeats."""
    with _progress(quiet=request.quiet) as progress:
        report = run(replace(request.job, progress=progress) if progress else request.job)
    if request.as_json:
        write_out(dumps(report.to_dict()) + b"\n")
    elif request.dry_run:
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
        if request.dry_run:
            _say_what_was_not_found(request.options, report)
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


def restore_records(ledger: Path, request: Request) -> None:
    """Put the inputs of a dataset together again."""
    target = None if request.in_place else request.output or "-"
    targets = restore_dataset(ledger, request.inputs, target, backup_suffix=request.backup_suffix)
    if not request.quiet:
        say(f"put {counted(len(targets), 'file')} together again")


def audit_records(inputs: Sequence[Path], config: Config, given: Mapping[str, Any]) -> None:
    """Print what an audit says of files, and write nothing else.

    Parameters
    ----------
    given
        The options of the command, by name.

    Raises
    ------
    ConfigError
        When one of these is not for an audit.
    """
    if given["on_error"] == "quarantine":
        raise ConfigError("--audit sets nothing aside: give --on-error skip, or leave it out")
    reading = {name: given[name] for name in READING}
    with _progress(quiet=given["quiet"]) as progress:
        found = audit_files(inputs, config, progress=progress, **reading)
    told = orjson.dumps(found.to_dict()) + b"\n" if given["as_json"] else None
    write_out(told or in_output_encoding(f"{found}\n"))


@contextmanager
def _progress(*, quiet: bool) -> Iterator[LoggedProgress | None]:
    """Show how far a run has come, unless it is quiet, until it ends."""
    if quiet:
        yield None
        return
    progress = TerminalProgress() if is_terminal() else LoggedProgress()
    try:
        yield progress
    finally:
        progress.end()
