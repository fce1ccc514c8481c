"""``dedup-clean FILES``: clean texts, folders of texts, and files of records."""

from dataclasses import replace
from functools import partial
from typing import Any

import click

from dedup import __version__
from dedup.arrays.memory import peak_bytes
from dedup.arrays.native import describe_core
from dedup.cli import flags
from dedup.cli.effects import Mode, Values, cleaning_rules, in_force
from dedup.cli.settings_file import SettingsCommand, sources_of
from dedup.datasets.clean_dataset import run_job
from dedup.datasets.dataset_options import DatasetOptions
from dedup.datasets.dataset_report import DatasetReport
from dedup.datasets.decide_records import Decisions
from dedup.datasets.formats.json_values import dumps
from dedup.datasets.inputs import Inputs, find_inputs, text_files_in
from dedup.datasets.job import Job
from dedup.datasets.progress_display import MEGABYTE, shown_progress
from dedup.errors import ConfigError
from dedup.files.decoding import STDIN
from dedup.files.location import Location
from dedup.files.standard_streams import (
    in_output_encoding,
    is_stream,
    print_message,
    write_stdout,
)
from dedup.index.validate import INDEX_SETTINGS

EXIT_REPEATS_FOUND = 1  # with --check
REPORTS = ("dry_run", "diff", "check", "as_json")  # options that print something else than texts
EPILOG = """Exit status: 0 done; 1 repeats found (--check); 2 error; 3 internal check
failed."""


@click.command("clean", cls=SettingsCommand, epilog=EPILOG)
@flags.files_argument
@flags.command_options(" ".join({*flags.HELP} - {"sample", "judged"}))
@click.version_option(__version__, message=f"dedup-clean %(version)s ({describe_core()})")
def clean(files: list[Location], **values: Any) -> int:  # noqa: ANN401
    """Remove repeated text from FILE: text, folder, quoted pattern or file of records; - is stdin.

    \b
      dedup-clean article.txt > clean.txt                  # paragraphs of a text
      dedup-clean news.jsonl.gz -o clean.jsonl.zst         # records, too
      dedup-clean crawl/ -o clean/ --ledger removed.jsonl  # texts of a folder
      dedup-clean 'crawl/**/*.txt' --in-place              # each text alone
      dedup-clean new.jsonl --index seen.db -o fresh.jsonl
    """  # noqa: D301  click keeps the lines below \b as they are
    files = flags.inputs_in(files)
    with shown_progress(files, quiet=values["quiet"]):
        found = find_inputs(files, values["format"])
    mode = _mode(found, values)
    values = in_force(values, partial(cleaning_rules, found.format, mode))
    if mode == "text":
        if found.folders:
            files = text_files_in(found, values["backup_suffix"])
        from dedup.cli.single_texts import clean_texts  # noqa: PLC0415  records do not need it

        repeats = clean_texts(flags.job_of(files, values), values)
    else:
        flags.say_misnamed(found, values)
        job = flags.job_of(files, {**values, "format": found.format})
        sources = sources_of(click.get_current_context())
        if any(sources[name] != "default" for name in ("preset", *INDEX_SETTINGS)):
            job = replace(job, index_config=job.config)
        repeats = clean_records(job, values)
    return EXIT_REPEATS_FOUND if repeats and values["check"] else 0


def _mode(found: Inputs, values: Values) -> Mode:
    """Return the mode: several texts are compared with each other, like the texts of a folder.

    With --in-place, or on standard output, each text is cleaned separately.
    """
    if found.format != "text":
        return "records"
    written = values["output"] not in (None, "-", "/dev/stdout")
    looking = any(values[name] for name in REPORTS)
    streams = any(path == STDIN or is_stream(path) for path in found.paths)
    several = len(found.paths) > 1 and (written or looking) and not streams
    return "folder" if (found.folders or several) and not values["in_place"] else "text"


def clean_records(job: Job, values: Values) -> bool:
    """Clean files of records or folders; return whether anything repeats.

    Raises
    ------
    ConfigError
        When the records and a report would both go to standard output.
    """
    reports = any(values[name] for name in REPORTS)
    if values["as_json"] and job.output == "-":
        raise ConfigError("--json and the records cannot both go to standard output; give -o")
    if job.output is None and not (job.in_place or reports):
        job = replace(job, output="-")
    tables: list[str] = []
    show = None
    if values["diff"]:
        show = _show_diff
    elif values["dry_run"] and not values["as_json"]:
        show = partial(_add_tables, tables)
    with shown_progress(job.inputs, quiet=values["quiet"]) as progress:
        job = replace(job, progress=progress, shows_parts=show is not None)
        report = run_job(job, show)
    _report_exceeded(job.options.memory)
    if values["as_json"]:
        write_stdout(dumps(report.to_dict()) + b"\n")
    elif values["dry_run"]:
        from dedup.reports.terminal import (  # noqa: PLC0415  most runs show no table
            table_of_frames,
            table_of_patterns,
            table_of_spans,
        )

        tables += (
            "" if report.frames is None else table_of_frames(report.frames),
            table_of_patterns(
                report.most_frequent,
                report.patterns,
                has_copies=report.removed_exact + report.removed_near > 0,
            ),
            table_of_spans(report.longest_spans, report.spans),
        )
        write_stdout(in_output_encoding("".join(tables)))
    if not values["quiet"]:
        is_written = job.in_place or job.output is not None
        is_preview = job.options.annotate or not is_written
        print_message(report.summarize(is_preview=is_preview))
        if values["dry_run"]:
            _report_nothing_found(job.options, report)
    removed = report.removed_exact + report.removed_near
    return bool(removed or report.blocks or report.boilerplate or report.spans)


def _report_exceeded(limit: int | None) -> None:
    """Print a warning if a run used more memory than its limit."""
    if limit is not None and (peak := peak_bytes()) > limit:
        used = f"used {peak // MEGABYTE:,} MB of memory, more than the {limit // MEGABYTE:,} MB"
        remedy = "not all of it can be put on disk: raise --memory, or split the input"
        print_message(f"dedup-clean: warning: the run {used} of --memory; {remedy}")


def _show_diff(decisions: Decisions) -> None:
    from dedup.cli.pager import diff_lines, show_pages  # noqa: PLC0415  most runs show no diff
    from dedup.reports.removal_diff import diff_of_records  # noqa: PLC0415

    lines = diff_lines()
    show_pages(diff_of_records(decisions, lines), is_coloured=lines.is_coloured)


def _add_tables(tables: list[str], decisions: Decisions) -> None:
    from dedup.reports import removal_tables  # noqa: PLC0415  most runs show no table

    tables += (
        removal_tables.table_of_copies(decisions),
        removal_tables.table_of_clusters(decisions),
        removal_tables.table_of_lost_paragraphs(decisions),
    )


def _report_nothing_found(options: DatasetOptions, report: DatasetReport) -> None:
    if options.blocks and not report.patterns:
        count = options.min_df
        many = f"{count:.0%} of the documents" if count < 1 else f"{count:,} documents"
        print_message(
            f"--blocks: no paragraph recurs in {many} or more; see --min-df and --min-tokens"
        )
    if options.spans and not report.spans:
        print_message("--spans: no span repeats; see --min-span")
