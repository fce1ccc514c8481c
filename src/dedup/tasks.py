"""What the command does with its files: read, clean or restore, write, report."""

from collections.abc import Sized
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dedup.clean import clean
from dedup.config import Config
from dedup.dataset.report import DatasetReport
from dedup.document import CleanedDocument
from dedup.errors import ConfigError, LedgerError, OutputError
from dedup.io.compression import compression_named
from dedup.io.formats import refuse_piped_records
from dedup.io.ledger import ledger_bytes, read_ledger, removals_of
from dedup.io.staged import StagedFiles
from dedup.io.staged_file import refuse_unwritable
from dedup.io.streams import in_output_encoding, say, write_out
from dedup.io.targets import plan_targets, refuse_clashes
from dedup.io.text import STDIN, Errors, Text, TextFormat, read_bytes
from dedup.ledger import Removal
from dedup.ledger import restore as put_back
from dedup.matching.deduplicate import deduplicate
from dedup.report.json import as_line, report_of
from dedup.report.terminal import table_of, table_of_copies
from dedup.spanned import SpannedText
from dedup.spans import checked_min_span

Copies = dict[int, dict[str, Any]]  # texts that are copies of others, by their numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command was asked to do with its files.

    Raises
    ------
    ConfigError
        When two options contradict each other.
    """

    inputs: list[Path]
    output: str | None = None
    in_place: bool = False
    backup_suffix: str = ".bak"
    dry_run: bool = False
    check: bool = False
    as_json: bool = False
    ledger: Path | None = None
    encoding: str = "utf-8"
    errors: Errors = "strict"
    quiet: bool = False
    spans: bool = False
    min_span: int | None = None
    as_text: bool = False  # whatever the content is
    across: bool = False  # compare the texts with each other, too; all stay

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        checked_min_span(self.min_span, "word")
        if self.output == "" or (self.ledger and self.ledger.is_dir()):
            raise ConfigError("--output and --ledger need the name of a file")
        loses = self.ledger or (self.in_place and not self.backup_suffix)
        if self.errors == "replace" and loses:
            raise ConfigError(
                "--errors replace loses bytes: leave out --ledger, and keep a backup with -i"
            )
        if self.in_place and self.output:
            raise ConfigError("--in-place and --output exclude each other")
        if self.dry_run and (self.in_place or self.output or self.ledger):
            raise ConfigError("--dry-run writes nothing: leave out --output, --in-place, --ledger")
        if self.in_place and not all(path.is_file() for path in self.inputs if path.exists()):
            raise ConfigError("--in-place needs plain files: no folder, device or pipe")
        if self.in_place and STDIN in self.inputs:
            raise ConfigError("--in-place needs files: standard input has no place")
        if "/" in self.backup_suffix:
            raise ConfigError(f"--backup-suffix must not hold a slash, got {self.backup_suffix}")
        if self.inputs.count(STDIN) > 1:
            raise ConfigError("standard input (-) can be read only once")
        if self.ledger in (STDIN, Path("/dev/stdout")):
            raise ConfigError("--ledger needs a file: standard output has the text")

    @property
    def format(self) -> TextFormat:
        """How the files are encoded."""
        return TextFormat(self.encoding, self.errors)


def clean_files(options: Options, config: Config) -> bool:
    """Clean every input; return whether any repeats itself, or is a copy of another."""
    removals: list[Removal] = []
    summaries: list[str] = []
    reports: list[dict[str, Any]] = []
    texts: list[str] = []  # cleaned, to be compared with each other
    pieces: list[int] = []  # removed from each
    with StagedFiles() as staged:
        targets = _targets(options, staged)
        if options.ledger and options.ledger.is_file() and options.ledger.stat().st_size:
            raise OutputError(f"{options.ledger}: exists already; move it, or name another ledger")
        for path, target in targets:
            text = _read(path, options.format, checked=not options.as_text)
            document = _cleaned(text.text, str(path), options, config)
            pieces.append(len(document.ledger))
            removals.extend(document.ledger if options.ledger else ())
            if target and (document.ledger or not options.in_place):
                staged.add(target, text.encode(document.text), _backup(path, options))
            if options.as_json:
                reports.append(report_of(document))
            else:
                _show(document, text, options, to_stdout=target is None)
            summaries.append(document.summary)
            if options.across:
                texts.append(document.text)
        copies = _copies(texts, options.inputs, config)
        _show_all(reports, copies, options)
        if options.ledger:
            staged.add(options.ledger, ledger_bytes(removals))
    for row, (path, summary) in enumerate(zip(options.inputs, summaries, strict=True)):
        _say(f"{summary}; {_as_words(copies[row])}" if row in copies else summary, path, options)
    if options.across and not options.quiet:
        say(_left(copies) if options.in_place else _as_collection(texts, pieces, copies))
    return bool(copies or any(pieces))


def _show(
    document: CleanedDocument | SpannedText, text: Text, options: Options, *, to_stdout: bool
) -> None:
    if options.dry_run:
        write_out(in_output_encoding(table_of(document)))
    elif to_stdout and not options.check:
        write_out(text.encode(document.text))


def _show_all(reports: list[dict[str, Any]], copies: Copies, options: Options) -> None:
    for row, report in enumerate(reports):
        if options.across:
            report["copy_of"] = copies[row]["of_record"] if row in copies else None
        write_out(as_line(report))
    if options.dry_run and not options.as_json:
        write_out(in_output_encoding(table_of_copies([*copies.values()], len(copies))))


def _copies(texts: list[str], paths: list[Path], config: Config) -> Copies:
    """Return which texts, by their numbers, are copies of others: as those of a folder are."""
    keep = "longest" if config.keep == "auto" else config.keep
    found = deduplicate(texts, config, keep=keep)
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
        bad=0,
        without_text=sum(not texts[row] for row in kept),
        references=0,
        edited=sum(pieces[row] > 0 for row in kept),
        blocks=sum(pieces[row] for row in kept),
        bytes_read=0,
        bytes_written=0,
        clusters=(),
    ).summary


def _cleaned(
    text: str, name: str, options: Options, config: Config
) -> CleanedDocument | SpannedText:
    if options.spans:
        return SpannedText.of(text, config, options.min_span, name)
    if options.across:
        config = replace(config, keep="auto")  # keep says which text stays, as in a folder
    return clean(text, config, document=name)


def restore_files(ledger: Path, options: Options) -> None:
    """Put back what a ledger says was removed from each input."""
    removals = read_ledger(ledger)
    with StagedFiles() as staged:
        targets = _targets(options, staged, ledger)
        texts = [_read(path, options.format) for path in options.inputs]
        owns = [
            removals_of(text.text, removals, str(path), alone=len(texts) == 1)
            for text, path in zip(texts, options.inputs, strict=True)
        ]
        if not any(owns) and ledger.stat().st_size:  # an empty one says that nothing was removed
            raise LedgerError(f"{ledger}: has nothing for {', '.join(map(str, options.inputs))}")
        for (path, target), text, own in zip(targets, texts, owns, strict=True):
            restored = text.encode(_put_back(text.text, own, path))
            if target is None:
                write_out(restored)
            elif own or not options.in_place:
                staged.add(target, restored, _backup(path, options))
    for path, own in zip(options.inputs, owns, strict=True):
        _say(f"put back {len(own):,} piece{'' if len(own) == 1 else 's'}", path, options)


def _put_back(text: str, own: list[Removal], path: Path) -> str:
    try:
        return put_back(text, own)
    except LedgerError as error:
        raise LedgerError(f"{path}: {error}") from error


def _targets(
    options: Options, staged: StagedFiles, *sources: Path
) -> list[tuple[Path, Path | None]]:
    """Return the output file of each input, None for standard output."""
    inputs = options.inputs
    if options.in_place:
        backups = [backup for path in inputs if (backup := _backup(path, options))]
        if len(set(inputs)) < len(inputs):
            raise ConfigError("--in-place: a file is given twice")
        refuse_clashes([], [*inputs, *backups, *filter(None, [options.ledger]), *sources])
        refuse_unwritable([*filter(Path.exists, inputs), *filter(None, [options.ledger])])
        return [(path, path) for path in inputs]
    if options.output in (None, "-", "/dev/stdout"):
        refuse_clashes([*inputs, *sources], filter(None, [options.ledger]))
        refuse_unwritable(filter(None, [options.ledger]))
        return [(path, None) for path in inputs]
    targets = plan_targets(inputs, options.output)
    refuse_clashes([*inputs, *sources], [*targets, *filter(None, [options.ledger])])
    if targets != [Path(options.output)]:
        staged.make_folder(Path(options.output))
    elif compression_named(targets[0]) != "none":
        told = f"texts are written plain; leave out {targets[0].suffix}"
        raise ConfigError(f"{options.output}: {told}")
    refuse_unwritable([*targets, *filter(None, [options.ledger])])
    return list(zip(inputs, targets, strict=True))


def _backup(path: Path, options: Options) -> Path | None:
    keeps = options.in_place and options.backup_suffix
    return path.with_name(path.name + options.backup_suffix) if keeps else None


def _read(path: Path, form: TextFormat, *, checked: bool = False) -> Text:
    data = read_bytes(path)
    if checked:
        refuse_piped_records(path, data)
    return form.decode(data, "standard input" if path == STDIN else str(path))


def _say(summary: str, path: Path, options: Options) -> None:
    if not options.quiet:
        say(f"{path}: {summary}" if len(options.inputs) > 1 else summary)
