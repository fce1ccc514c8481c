"""Clean texts, each alone."""

import os
from itertools import repeat
from pathlib import Path

from dedup.cli.effects import Values
from dedup.dataset.options import Job
from dedup.documents.clean import clean
from dedup.documents.result import CleanedDocument
from dedup.errors import ConfigError
from dedup.io.formats import refuse_piped_records
from dedup.io.json_values import dumps
from dedup.io.ledger import ledger_bytes
from dedup.io.staged import StagedFiles
from dedup.io.streams import in_output_encoding, say, write_out
from dedup.io.targets import refuse_clashes, refuse_filled, refuse_unwritable, targets_of_texts
from dedup.io.text import STDIN, Text, TextFormat, read_bytes
from dedup.ledger import Removal
from dedup.report.json import report_of
from dedup.report.terminal import table_of
from dedup.spans.one_text import SpannedText


def clean_texts(job: Job, values: Values) -> bool:
    """Clean every input; return whether any repeats itself."""
    form = format_of(job)
    removals: list[Removal] = []
    summaries: list[str] = []
    repeats = False
    with StagedFiles() as staged:
        targets = targets_of(job, staged)
        refuse_filled(filter(None, [job.options.ledger]))
        for path, target, backup in targets:
            text = read_text(path, form, checked=job.options.format != "text")
            document = _cleaned(text.text, str(path), job)
            repeats = repeats or bool(document.ledger)
            removals.extend(document.ledger if job.options.ledger else ())
            if target and (document.ledger or not job.in_place):
                staged.add(target, text.encode(document.text), backup)
            if values["as_json"]:
                write_out(dumps(report_of(document)) + b"\n")
            elif values["dry_run"]:
                write_out(in_output_encoding(table_of(document)))
            elif target is None and not values["check"]:
                write_out(text.encode(document.text))
            summaries.append(document.summary)
        if job.options.ledger:
            staged.add(job.options.ledger, ledger_bytes(removals))
    for path, summary in zip(job.inputs, summaries, strict=True):
        say_of(path, summary, job, quiet=values["quiet"])
    return repeats


def _cleaned(text: str, name: str, job: Job) -> CleanedDocument | SpannedText:
    if job.options.spans:
        return SpannedText.of(text, job.config, job.options.min_span, name)
    return clean(text, job.config, document=name)


def format_of(job: Job) -> TextFormat:
    """Return how the files are encoded.

    Raises
    ------
    ConfigError
        When an option cannot be used with texts by themselves.
    """
    options = job.options
    loses = job.options.ledger or (job.in_place and not job.backup_suffix)
    if options.errors == "replace" and loses:
        raise ConfigError(
            "--errors replace loses bytes: leave out --ledger, and keep a backup with -i"
        )
    plain = all(path.is_file() for path in job.inputs if path.exists() or path == STDIN)
    if job.in_place and not plain:
        raise ConfigError("--in-place needs plain files: no folder, pipe or standard input")
    if job.inputs.count(STDIN) > 1:
        raise ConfigError("standard input (-) can be read only once")
    if job.options.ledger in (STDIN, Path("/dev/stdout")):
        raise ConfigError("--ledger must be a file: standard output has the text")
    return TextFormat(options.encoding, options.errors)


def targets_of(
    job: Job, staged: StagedFiles, *sources: Path
) -> list[tuple[Path, Path | None, Path | None]]:
    """Return each input, its output file, None for standard output, and what is kept of it."""
    inputs, ledger = job.inputs, [*filter(None, [job.options.ledger])]
    if job.in_place:
        suffix = job.backup_suffix
        backups = [path.with_name(path.name + suffix) for path in inputs] if suffix else []
        if len({*map(os.path.realpath, inputs)}) < len(inputs):
            raise ConfigError("--in-place: a file is named twice, maybe by a link; leave one out")
        refuse_clashes([], [*inputs, *backups, *ledger, *sources])
        refuse_unwritable([*filter(Path.exists, inputs), *ledger])
        return list(zip(inputs, inputs, backups or repeat(None), strict=False))
    targets = targets_of_texts(inputs, job.output, ledger, staged, sources)
    return list(zip(inputs, targets, repeat(None), strict=False))


def read_text(path: Path, form: TextFormat, *, checked: bool = False) -> Text:
    """Return a text; when it is checked, it may not be of records."""
    data = read_bytes(path)
    if checked:
        refuse_piped_records(path, data)
    return form.decode(data, "standard input" if path == STDIN else str(path))


def say_of(path: Path, summary: str, job: Job, *, quiet: bool) -> None:
    """Print the summary of an input."""
    if not quiet:
        say(f"{path}: {summary}" if len(job.inputs) > 1 else summary)
