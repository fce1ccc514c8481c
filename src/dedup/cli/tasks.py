"""What the command does with its inputs: read, clean or restore, write, report."""

from collections.abc import Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from dedup.cli.request import Request
from dedup.config import Config
from dedup.dataset.audited import audit_files
from dedup.dataset.ledger import NAME, NAME_OF_FILES
from dedup.dataset.options import DatasetOptions
from dedup.dataset.report import DatasetReport
from dedup.dataset.restoring import restore_dataset
from dedup.dataset.run import run
from dedup.documents.clean import clean
from dedup.documents.result import CleanedDocument
from dedup.errors import ConfigError, DedupError, LedgerError
from dedup.io.formats import refuse_piped_records
from dedup.io.json_values import dumps
from dedup.io.ledger import ledger_bytes, read_ledger, removals_of
from dedup.io.source import Source
from dedup.io.staged import StagedFiles
from dedup.io.streams import in_output_encoding, is_terminal, say, show, write_out
from dedup.io.targets import (
    refuse_clashes,
    refuse_filled,
    refuse_unwritable,
    suffix_to_restore,
    targets_of_texts,
)
from dedup.io.text import STDIN, Text, TextFormat, read_bytes
from dedup.ledger import Removal
from dedup.ledger import restore as put_back
from dedup.matching.deduplicate import deduplicate
from dedup.report.json import as_line, report_of
from dedup.report.progress import LoggedProgress, TerminalProgress
from dedup.report.terminal import (
    table_of,
    table_of_copies,
    table_of_numbers,
    table_of_patterns,
    table_of_spans,
)
from dedup.spans.one_text import SpannedText
from dedup.units import counted

Copies = dict[int, dict[str, Any]]  # texts that are copies of others, by their numbers
READING = ("sample", "format", "text_key", "delimiter", "encoding", "errors", "on_error", "threads")
LEDGERS_BEGIN = tuple(f'{{"ledger":"{name}"'.encode() for name in (NAME, NAME_OF_FILES))


def clean_files(request: Request) -> bool:
    """Clean every input; return whether any repeats itself, or is a copy of another."""
    form = _format_of(request)
    removals: list[Removal] = []
    summaries: list[str] = []
    reports: list[dict[str, Any]] = []
    texts: list[str] = []  # cleaned, to be compared with each other
    pieces: list[int] = []  # removed from each
    with StagedFiles() as staged:
        targets = _targets(request, staged)
        refuse_filled(filter(None, [request.ledger]))
        for path, target, backup in targets:
            text = _read(path, form, checked=request.options.format != "text")
            document = _cleaned(text.text, str(path), request)
            pieces.append(len(document.ledger))
            removals.extend(document.ledger if request.ledger else ())
            if target and (document.ledger or not request.in_place):
                staged.add(target, text.encode(document.text), backup)
            if request.as_json:
                reports.append(report_of(document))
            elif request.dry_run:
                write_out(in_output_encoding(table_of(document)))
            elif target is None and not request.check:
                write_out(text.encode(document.text))
            summaries.append(document.summary)
            if request.options.across:
                texts.append(document.text)
        copies = _copies(texts, request)
        _show_all(reports, copies, request)
        if request.ledger:
            staged.add(request.ledger, ledger_bytes(removals))
    for row, (path, summary) in enumerate(zip(request.inputs, summaries, strict=True)):
        _say(f"{summary}; {_as_words(copies[row])}" if row in copies else summary, path, request)
    if request.options.across and not request.quiet:
        say(_left(copies) if request.in_place else _as_collection(texts, pieces, copies))
    return bool(copies or any(pieces))


def _show_all(reports: list[dict[str, Any]], copies: Copies, request: Request) -> None:
    for row, report in enumerate(reports):
        if request.options.across:
            report["copy_of"] = copies[row]["of_record"] if row in copies else None
        write_out(as_line(report))
    if request.dry_run and not request.as_json:
        write_out(in_output_encoding(table_of_copies([*copies.values()], len(copies))))


def _copies(texts: list[str], request: Request) -> Copies:
    """Return which texts, by their numbers, are copies of others: as those of a folder are."""
    paths, found = request.inputs, deduplicate(texts, request.config, keep=request.options.keep)
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


def _cleaned(text: str, name: str, request: Request) -> CleanedDocument | SpannedText:
    config = request.config
    if request.options.spans:
        return SpannedText.of(text, config, request.options.min_span, name)
    if request.options.across:
        config = replace(config, keep="auto")  # keep says which text stays, as in a folder
    return clean(text, config, document=name)


def restore_files(ledger: Path, request: Request) -> None:
    """Put back what a ledger says was removed from each input."""
    removals, form = read_ledger(ledger), _format_of(request)
    suffix = suffix_to_restore(request.backup_suffix, request.inputs)
    request = replace(request, backup_suffix=suffix)
    with StagedFiles() as staged:
        targets = _targets(request, staged, ledger)
        texts = [_read(path, form) for path in request.inputs]
        owns = [
            removals_of(text.text, removals, str(path), alone=len(texts) == 1)
            for text, path in zip(texts, request.inputs, strict=True)
        ]
        if not any(owns) and ledger.stat().st_size:  # an empty one says that nothing was removed
            raise LedgerError(
                f"{ledger}: has no removals from {', '.join(map(str, request.inputs))}; name the "
                "texts that were cleaned"
            )
        for (path, target, backup), text, own in zip(targets, texts, owns, strict=True):
            try:
                restored = text.encode(put_back(text.text, own))
            except LedgerError as error:
                raise LedgerError(f"{path}: {error}") from error
            if target is None:
                write_out(restored)
            elif own or not request.in_place:
                staged.add(target, restored, backup)
    for path, own in zip(request.inputs, owns, strict=True):
        _say(f"put back {counted(len(own), 'piece')}", path, request)


def _format_of(request: Request) -> TextFormat:
    """Return how the files are encoded.

    Raises
    ------
    ConfigError
        When an option cannot be used with texts by themselves.
    """
    options = request.options
    loses = request.ledger or (request.in_place and not request.backup_suffix)
    if options.errors == "replace" and loses:
        raise ConfigError(
            "--errors replace loses bytes: leave out --ledger, and keep a backup with -i"
        )
    if request.in_place and not all(path.is_file() for path in request.inputs if path.exists()):
        raise ConfigError("--in-place needs plain files: no folder, device or pipe")
    if request.in_place and STDIN in request.inputs:
        raise ConfigError("--in-place cannot replace standard input; name a file")
    if request.inputs.count(STDIN) > 1:
        raise ConfigError("standard input (-) can be read only once")
    if request.ledger in (STDIN, Path("/dev/stdout")):
        raise ConfigError("--ledger must be a file: standard output has the text")
    return TextFormat(options.encoding, options.errors)


def _targets(
    request: Request, staged: StagedFiles, *sources: Path
) -> list[tuple[Path, Path | None, Path | None]]:
    """Return each input, its output file, None for standard output, and what is kept of it."""
    inputs, ledger = request.inputs, [*filter(None, [request.ledger])]
    if request.in_place:
        suffix = request.backup_suffix
        backups = [path.with_name(path.name + suffix) for path in inputs] if suffix else []
        if len(set(inputs)) < len(inputs):
            raise ConfigError("--in-place: a file is named twice; leave one out")
        refuse_clashes([], [*inputs, *backups, *ledger, *sources])
        refuse_unwritable([*filter(Path.exists, inputs), *ledger])
        return list(zip(inputs, inputs, backups or repeat(None), strict=False))
    targets = targets_of_texts(inputs, request.output, ledger, staged, sources)
    return list(zip(inputs, targets, repeat(None), strict=False))


def _read(path: Path, form: TextFormat, *, checked: bool = False) -> Text:
    data = read_bytes(path)
    if checked:
        refuse_piped_records(path, data)
    return form.decode(data, "standard input" if path == STDIN else str(path))


def _say(summary: str, path: Path, request: Request) -> None:
    if not request.quiet:
        say(f"{path}: {summary}" if len(request.inputs) > 1 else summary)


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
        say(f"restored {counted(len(targets), 'file')}")


def audit_records(inputs: Sequence[Path], config: Config, given: Mapping[str, Any]) -> None:
    """Print what an audit says of files, and write nothing else.

    Parameters
    ----------
    given
        The options of the command, by name.

    """
    reading = {name: given[name] for name in READING}
    with _progress(quiet=given["quiet"]) as progress:
        found = audit_files(inputs, config, progress=progress, **reading)
    text = in_output_encoding(f"{found}\n")
    write_out(dumps(found.to_dict()) + b"\n" if given["as_json"] else text)


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
