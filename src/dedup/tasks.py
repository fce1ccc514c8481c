"""What the command does with its files: read, clean or restore, write, report."""

from collections.abc import Sized
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dedup.dataset.report import DatasetReport
from dedup.documents.clean import clean
from dedup.documents.result import CleanedDocument
from dedup.errors import ConfigError, LedgerError, OutputError
from dedup.io.formats import refuse_piped_records
from dedup.io.ledger import ledger_bytes, read_ledger, removals_of
from dedup.io.staged import StagedFiles
from dedup.io.staged_file import refuse_unwritable
from dedup.io.streams import in_output_encoding, say, write_out
from dedup.io.targets import refuse_clashes, targets_of_texts
from dedup.io.text import STDIN, Text, TextFormat, read_bytes
from dedup.ledger import Removal
from dedup.ledger import restore as put_back
from dedup.matching.deduplicate import deduplicate
from dedup.report.json import as_line, report_of
from dedup.report.terminal import table_of, table_of_copies
from dedup.request import Request
from dedup.spans.one_text import SpannedText

Copies = dict[int, dict[str, Any]]  # texts that are copies of others, by their numbers


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
        if request.ledger and request.ledger.is_file() and request.ledger.stat().st_size:
            raise OutputError(f"{request.ledger}: exists already; move it, or name another ledger")
        for path, target in targets:
            text = _read(path, form, checked=request.options.format != "text")
            document = _cleaned(text.text, str(path), request)
            pieces.append(len(document.ledger))
            removals.extend(document.ledger if request.ledger else ())
            if target and (document.ledger or not request.in_place):
                staged.add(target, text.encode(document.text), _backup(path, request))
            if request.as_json:
                reports.append(report_of(document))
            else:
                _show(document, text, request, to_stdout=target is None)
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


def _show(
    document: CleanedDocument | SpannedText, text: Text, request: Request, *, to_stdout: bool
) -> None:
    if request.dry_run:
        write_out(in_output_encoding(table_of(document)))
    elif to_stdout and not request.check:
        write_out(text.encode(document.text))


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
    with StagedFiles() as staged:
        targets = _targets(request, staged, ledger)
        texts = [_read(path, form) for path in request.inputs]
        owns = [
            removals_of(text.text, removals, str(path), alone=len(texts) == 1)
            for text, path in zip(texts, request.inputs, strict=True)
        ]
        if not any(owns) and ledger.stat().st_size:  # an empty one says that nothing was removed
            raise LedgerError(f"{ledger}: has nothing for {', '.join(map(str, request.inputs))}")
        for (path, target), text, own in zip(targets, texts, owns, strict=True):
            restored = text.encode(_put_back(text.text, own, path))
            if target is None:
                write_out(restored)
            elif own or not request.in_place:
                staged.add(target, restored, _backup(path, request))
    for path, own in zip(request.inputs, owns, strict=True):
        _say(f"put back {len(own):,} piece{'' if len(own) == 1 else 's'}", path, request)


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
        raise ConfigError("--in-place needs files: standard input has no place")
    if request.inputs.count(STDIN) > 1:
        raise ConfigError("standard input (-) can be read only once")
    if request.ledger in (STDIN, Path("/dev/stdout")):
        raise ConfigError("--ledger needs a file: standard output has the text")
    return TextFormat(options.encoding, options.errors)


def _put_back(text: str, own: list[Removal], path: Path) -> str:
    try:
        return put_back(text, own)
    except LedgerError as error:
        raise LedgerError(f"{path}: {error}") from error


def _targets(
    request: Request, staged: StagedFiles, *sources: Path
) -> list[tuple[Path, Path | None]]:
    """Return the output file of each input, None for standard output."""
    inputs, ledger = request.inputs, [*filter(None, [request.ledger])]
    if request.in_place:
        backups = [backup for path in inputs if (backup := _backup(path, request))]
        if len(set(inputs)) < len(inputs):
            raise ConfigError("--in-place: a file is given twice")
        refuse_clashes([], [*inputs, *backups, *ledger, *sources])
        refuse_unwritable([*filter(Path.exists, inputs), *ledger])
        return [(path, path) for path in inputs]
    targets = targets_of_texts(inputs, request.output, ledger, staged, sources)
    return list(zip(inputs, targets, strict=True))


def _backup(path: Path, request: Request) -> Path | None:
    keeps = request.in_place and request.backup_suffix
    return path.with_name(path.name + request.backup_suffix) if keeps else None


def _read(path: Path, form: TextFormat, *, checked: bool = False) -> Text:
    data = read_bytes(path)
    if checked:
        refuse_piped_records(path, data)
    return form.decode(data, "standard input" if path == STDIN else str(path))


def _say(summary: str, path: Path, request: Request) -> None:
    if not request.quiet:
        say(f"{path}: {summary}" if len(request.inputs) > 1 else summary)
