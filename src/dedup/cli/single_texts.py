"""Clean or restore texts one by one, each independent of the other texts."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import repeat
from pathlib import Path

from dedup.cli.effects import Values
from dedup.cli.pager import diff_lines, show_pages
from dedup.datasets.formats.detect import refuse_piped_records
from dedup.datasets.formats.json_values import dumps
from dedup.datasets.job import Job
from dedup.documents.clean import clean
from dedup.documents.cleaned_document import CleanedDocument
from dedup.errors import ConfigError, LedgerError
from dedup.files.compression import (
    COMPRESSION_ENDINGS,
    UNWRITABLE_ENDINGS,
    compression_from_name,
)
from dedup.files.decoding import STDIN, DecodedText, TextFormat, read_bytes
from dedup.files.location import Location, as_location, identity
from dedup.files.staged import StagedFiles
from dedup.files.standard_streams import in_output_encoding, print_message, write_stdout
from dedup.files.targets import (
    local_files,
    plan_targets,
    refuse_clashes,
    refuse_nonempty_files,
    refuse_unwritable,
    restore_backup_suffix,
)
from dedup.ledger.ledger_files import ledger_bytes, read_removals, removals_for_text
from dedup.ledger.removals import Removal, restore
from dedup.reports.json_report import report_of
from dedup.reports.removal_diff import diff_of_text
from dedup.reports.terminal import table_of
from dedup.spans.find_spans import SpanCleanedText
from dedup.text.wording import format_count


def clean_texts(job: Job, values: Values) -> bool:
    """Clean every input; return whether any repeats itself."""
    form, ledger = _format_of(job), job.options.ledger
    summaries: list[str] = []
    diffs: list[str] = []
    lines = diff_lines() if values["diff"] else None
    repeats = False
    compression = compression_from_name(ledger) if ledger else "none"
    removed: list[Removal] = []
    with StagedFiles() as staged:
        targets = _targets_of(job, staged)
        refuse_nonempty_files(filter(None, [ledger]))
        page = job.options.report
        # The file opened first is moved first: after a kill, no text is cleaned without its ledger.
        removals = staged.open(ledger) if ledger else None
        for path, target, backup in targets:
            text = read_text(path, form, checked=job.options.format != "text")
            document = _cleaned(text.text, str(path), job)
            repeats = repeats or bool(document.ledger)
            if page:
                from dedup.reports.html_report import report  # noqa: PLC0415  imports Jinja2

                staged.add(page, report(document).encode())
            removed += document.ledger
            if target and (document.ledger or not job.in_place):
                staged.add(target, text.encode(document.text), backup)
            if values["as_json"]:
                write_stdout(dumps(report_of(document)) + b"\n")
            elif values["dry_run"]:
                write_stdout(in_output_encoding(table_of(document)))
            elif lines is not None:
                diffs += diff_of_text(document, lines)
            elif target is None and not values["check"]:
                write_stdout(text.encode(document.text))
            only_reports = any(values[name] for name in ("as_json", "dry_run", "diff", "check"))
            summaries.append(document.summarize(is_preview=target is None and only_reports))
        if removals:
            removals.write(ledger_bytes(removed, compression))
        if lines is not None:
            show_pages(diffs, is_coloured=lines.is_coloured)
    _print_summaries(job, summaries, quiet=values["quiet"])
    return repeats


def _cleaned(text: str, name: str, job: Job) -> CleanedDocument | SpanCleanedText:
    if job.options.spans:
        return SpanCleanedText.of(text, job.config, job.options.min_span, name)
    return clean(text, job.config, document=name)


def restore_texts(ledger: Location, job: Job, *, quiet: bool) -> None:
    """Put everything back that was removed from each input according to a ledger."""
    removals, form = read_removals(ledger), _format_of(job)
    job = replace(job, backup_suffix=restore_backup_suffix(job.backup_suffix, job.inputs))
    with StagedFiles() as staged:
        targets = _targets_of(job, staged, ledger)
        texts = [read_text(path, form) for path in job.inputs]
        removals_by_text = [
            removals_for_text(text.text, removals, str(path), only_text=len(texts) == 1)
            for text, path in zip(texts, job.inputs, strict=True)
        ]
        if (
            not any(removals_by_text) and ledger.stat().st_size
        ):  # an empty one says that nothing was removed
            raise LedgerError(
                f"{ledger}: has no removals from {', '.join(map(str, job.inputs))}; name the "
                "texts that were cleaned"
            )
        for (path, target, backup), text, text_removals in zip(
            targets, texts, removals_by_text, strict=True
        ):
            try:
                restored = text.encode(restore(text.text, text_removals))
            except LedgerError as error:
                raise LedgerError(f"{path}: {error}") from error
            if target is None:
                write_stdout(restored)
            elif text_removals or not job.in_place:
                staged.add(target, restored, backup)
    _print_summaries(
        job,
        [
            f"put back {format_count(len(text_removals), 'removed part')}"
            for text_removals in removals_by_text
        ],
        quiet=quiet,
    )


def _format_of(job: Job) -> TextFormat:
    """Return how the files are encoded.

    Raises
    ------
    ConfigError
        When an option cannot be used with texts by themselves.
    """
    options = job.options
    loses = options.ledger or (job.in_place and not job.backup_suffix)
    if options.errors == "replace" and loses:
        raise ConfigError(
            "--errors replace loses bytes: leave out --ledger, and keep a backup with -i"
        )
    plain = all(path.is_file() for path in job.inputs if path.exists() or path == STDIN)
    if job.in_place and not plain:
        raise ConfigError("--in-place needs plain files: no folder, pipe or standard input")
    if job.inputs.count(STDIN) > 1:
        raise ConfigError("standard input (-) can be read only once")
    if options.report and len(job.inputs) > 1:
        remedy = "name one file, or compare the texts with -o FOLDER or --dry-run"
        raise ConfigError(f"--report shows one text, or texts that are compared: {remedy}")
    if options.ledger in (STDIN, Path("/dev/stdout")):
        raise ConfigError("--ledger must be a file: standard output has the text")
    return TextFormat(options.encoding, options.errors)


def _targets_of(
    job: Job, staged: StagedFiles, *sources: Location
) -> list[tuple[Location, Location | None, Path | None]]:
    """Return each input, its output (None: standard output), and its backup (None: no backup).

    Raises
    ------
    ConfigError, OutputError
        When a file would be lost or cannot be written.
    """
    inputs, output, suffix = job.inputs, str(job.output), job.backup_suffix
    beside = [path for path in (job.options.ledger, job.options.report) if path is not None]
    if job.in_place:
        files = local_files(inputs)
        backups = [path.with_name(path.name + suffix) for path in files] if suffix else []
        if len({*map(identity, files)}) < len(files):
            raise ConfigError("--in-place: a file is named twice, maybe by a link; leave one out")
        refuse_clashes([], [*files, *backups, *beside, *sources])
        refuse_unwritable([*filter(Path.exists, files), *beside])
        return list(zip(files, files, backups or repeat(None), strict=False))
    piped = job.output in (None, "-", "/dev/stdout")
    targets: list[Location] = [] if piped else plan_targets(inputs, output)
    refuse_clashes([*inputs, *sources], [*targets, *beside])
    if targets and targets != [as_location(output)]:
        staged.make_folder(as_location(output))
    elif targets and targets[0].suffix.lower() in (*COMPRESSION_ENDINGS, *UNWRITABLE_ENDINGS):
        remedy = f"choose another name, as in {targets[0].with_suffix('').with_suffix('.txt')}"
        raise ConfigError(f"{output}: texts are written uncompressed; {remedy}")
    refuse_unwritable([*targets, *beside])
    return list(zip(inputs, targets or repeat(None), repeat(None), strict=False))


def read_text(path: Location, form: TextFormat, *, checked: bool = False) -> DecodedText:
    """Read a text; with ``checked``, raise an error if its content is records."""
    data = read_bytes(path)
    if checked:
        refuse_piped_records(path, data)
    return form.decode(data, "standard input" if path == STDIN else str(path))


def _print_summaries(job: Job, summaries: Sequence[str], *, quiet: bool) -> None:
    """Print the summary of each input."""
    for path, summary in () if quiet else zip(job.inputs, summaries, strict=True):
        print_message(f"{path}: {summary}" if len(summaries) > 1 else summary)
