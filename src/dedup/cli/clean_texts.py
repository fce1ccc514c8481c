"""Clean texts, each alone, and compare them with each other."""

import os
from collections.abc import Sized
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from dedup.cli.flags import Reporting
from dedup.dataset.options import Job
from dedup.dataset.report import DatasetReport
from dedup.documents.clean import clean
from dedup.documents.result import CleanedDocument
from dedup.errors import ConfigError
from dedup.io.formats import refuse_piped_records
from dedup.io.ledger import ledger_bytes
from dedup.io.staged import StagedFiles
from dedup.io.streams import in_output_encoding, say, write_out
from dedup.io.targets import refuse_clashes, refuse_filled, refuse_unwritable, targets_of_texts
from dedup.io.text import STDIN, Text, TextFormat, read_bytes
from dedup.ledger import Removal
from dedup.matching.deduplicate import deduplicate
from dedup.report.json import as_line, report_of
from dedup.report.terminal import table_of, table_of_copies
from dedup.spans.find_spans import SpannedText

Copies = dict[int, dict[str, Any]]  # texts that are copies of others, by their numbers


def clean_texts(job: Job, reporting: Reporting) -> bool:
    """Clean every input; return whether any repeats itself, or is a copy of another."""
    form = format_of(job)
    removals: list[Removal] = []
    summaries: list[str] = []
    reports: list[dict[str, Any]] = []
    texts: list[str] = []  # cleaned, to be compared with each other
    pieces: list[int] = []  # removed from each
    with StagedFiles() as staged:
        targets = targets_of(job, staged)
        refuse_filled(filter(None, [job.options.ledger]))
        for path, target, backup in targets:
            text = read_text(path, form, checked=job.options.format != "text")
            document = _cleaned(text.text, str(path), job)
            pieces.append(len(document.ledger))
            removals.extend(document.ledger if job.options.ledger else ())
            if target and (document.ledger or not job.in_place):
                staged.add(target, text.encode(document.text), backup)
            if reporting.as_json:
                reports.append(report_of(document))
            elif reporting.dry_run:
                write_out(in_output_encoding(table_of(document)))
            elif target is None and not reporting.check:
                write_out(text.encode(document.text))
            summaries.append(document.summary)
            if job.options.across:
                texts.append(document.text)
        copies = _copies(texts, job)
        _show_all(reports, copies, job, reporting)
        if job.options.ledger:
            staged.add(job.options.ledger, ledger_bytes(removals))
    for row, (path, summary) in enumerate(zip(job.inputs, summaries, strict=True)):
        copy = f"; {_as_words(copies[row])}" if row in copies else ""
        say_of(path, summary + copy, job, quiet=reporting.quiet)
    if job.options.across and not reporting.quiet:
        say(_left(copies) if job.in_place else _as_collection(texts, pieces, copies))
    return bool(copies or any(pieces))


def _show_all(
    reports: list[dict[str, Any]], copies: Copies, job: Job, reporting: Reporting
) -> None:
    for row, report in enumerate(reports):
        if job.options.across:
            report["copy_of"] = copies[row]["of_record"] if row in copies else None
        write_out(as_line(report))
    if reporting.dry_run and not reporting.as_json:
        write_out(in_output_encoding(table_of_copies([*copies.values()], len(copies))))


def _copies(texts: list[str], job: Job) -> Copies:
    """Return which texts, by their numbers, are copies of others: as those of a folder are."""
    paths, found = job.inputs, deduplicate(texts, job.config, keep=job.options.keep)
    return {
        row: {
            "record": str(paths[row]),
            "of_record": str(paths[found.witness[row]]),
            "kind": "exact" if found.exact[row] else "near",
            "similarity": round(float(found.similarity[row]), 6),
        }
        for row in np.flatnonzero(~found.keep).tolist()
    }


def _as_words(copy: dict[str, Any]) -> str:
    similarity = "" if copy["kind"] == "exact" else f" ({copy['similarity']:.3f})"
    return f"{copy['kind']} copy of {copy['of_record']}{similarity}"


def _left(copies: Sized) -> str:
    """Say what --in-place does with copies."""
    if not copies:
        return "no file is a copy of another"
    count = len(copies)
    some = "1 copy of another file" if count == 1 else f"{count:,} copies of other files"
    return f"left {some} in place; to leave copies out, give -o FOLDER"


def _as_collection(texts: list[str], pieces: list[int], copies: Copies) -> str:
    """Return the summary of a folder that has these texts."""
    kept = [row for row in range(len(texts)) if row not in copies]
    kinds = [copy["kind"] for copy in copies.values()]
    return DatasetReport(
        documents=len(texts),
        kept=len(kept),
        removed_exact=kinds.count("exact"),
        removed_near=kinds.count("near"),
        without_text=sum(not texts[row] for row in kept),
        edited=sum(pieces[row] > 0 for row in kept),
        blocks=sum(pieces[row] for row in kept),
    ).summary


def _cleaned(text: str, name: str, job: Job) -> CleanedDocument | SpannedText:
    config = job.config
    if job.options.spans:
        return SpannedText.of(text, config, job.options.min_span, name)
    if job.options.across:
        config = replace(config, keep="auto")  # keep says which text stays, as in a folder
    return clean(text, config, document=name)


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
