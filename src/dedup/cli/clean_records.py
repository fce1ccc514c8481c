"""Clean files of records, and folders of texts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from dedup.cli.flags import Reporting
from dedup.dataset.options import DatasetOptions, Job
from dedup.dataset.report import DatasetReport
from dedup.dataset.run import run
from dedup.errors import ConfigError
from dedup.io.json_values import dumps
from dedup.io.streams import in_output_encoding, is_terminal, say, write_out
from dedup.report.progress import LoggedProgress, TerminalProgress
from dedup.report.terminal import table_of_copies, table_of_patterns, table_of_spans


def clean_records(job: Job, reporting: Reporting) -> bool:
    """Clean files of records or folders; return whether anything repeats.

    Raises
    ------
    ConfigError
        When the records and a report would both go to standard output.
    """
    reports = reporting.as_json or reporting.dry_run or reporting.check
    if reporting.as_json and job.output == "-":
        raise ConfigError("--json and the records cannot both go to standard output; give -o")
    if job.output is None and not (job.in_place or reports):
        job = replace(job, output="-")
    with shown_progress(quiet=reporting.quiet) as progress:
        report = run(replace(job, progress=progress) if progress else job)
    if reporting.as_json:
        write_out(dumps(report.to_dict()) + b"\n")
    elif reporting.dry_run:
        tables = (
            table_of_copies(report.copies, report.removed_exact + report.removed_near),
            table_of_patterns(report.most_frequent, report.patterns),
            table_of_spans(report.longest_spans, report.spans),
        )
        write_out(in_output_encoding("".join(tables)))
    if progress is not None:
        say(report.summary)
        if reporting.dry_run:
            _say_what_was_not_found(job.options, report)
    removed = report.removed_exact + report.removed_near
    return bool(removed or report.blocks or report.boilerplate or report.spans)


def _say_what_was_not_found(options: DatasetOptions, report: DatasetReport) -> None:
    if options.blocks and not report.patterns:
        count = options.min_df
        many = f"{count:.0%} of the documents" if count < 1 else f"{count:,} documents"
        say(f"--blocks: no paragraph recurs in {many} or more; see --min-df and --min-tokens")
    if options.spans and not report.spans:
        say("--spans: no stretch repeats; see --min-span")


@contextmanager
def shown_progress(*, quiet: bool) -> Iterator[LoggedProgress | None]:
    """Show how far a run has come, unless it is quiet, until it ends."""
    if quiet:
        yield None
        return
    progress = TerminalProgress() if is_terminal() else LoggedProgress()
    try:
        yield progress
    finally:
        progress.end()
