"""``dedup-clean restore``: put back what a ledger says was removed."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from dedup.cli.clean_texts import format_of, read_text, say_of, targets_of
from dedup.cli.effects import Rules, Values, in_force, place_rules
from dedup.cli.flags import Local, command_options, files_argument, inputs_in, job_of
from dedup.cli.help_page import PanelCommand
from dedup.dataset.inputs import inputs_of, texts_of
from dedup.dataset.ledger import NAME, NAME_OF_FILES
from dedup.dataset.options import Job
from dedup.dataset.restoring import restore_dataset
from dedup.errors import DedupError, LedgerError
from dedup.io.ledger import read_ledger, removals_of
from dedup.io.source import Source
from dedup.io.staged import StagedFiles
from dedup.io.streams import say, write_out
from dedup.io.targets import suffix_to_restore
from dedup.ledger import restore as put_back
from dedup.units import counted

LEDGERS_BEGIN = tuple(f'{{"ledger":"{name}"'.encode() for name in (NAME, NAME_OF_FILES))


@click.command("restore", cls=PanelCommand)
@click.argument("ledger", type=Local(path_type=Path))
@files_argument
@command_options("output in_place backup_suffix encoding errors quiet")
def restore(ledger: Path, files: list[Path], **values: Any) -> int:  # noqa: ANN401
    """Put back what was removed: FILE and the LEDGER of its cleaning give the input, byte for byte.

    \b
      dedup-clean restore removed.jsonl clean.txt > article.txt
      dedup-clean restore removed.jsonl --in-place articles/*.txt
      dedup-clean restore removed.jsonl clean.jsonl.zst -o news.jsonl.gz
      dedup-clean restore removed.jsonl clean/ -o crawl/

    FILE is what dedup-clean wrote with --ledger: texts, all files of records, or a folder of texts;
    - or none is standard input.
    """  # noqa: D301  click keeps the lines below \b as they are
    files, of_records, in_place = inputs_in(files), _is_of_records(ledger), values["in_place"]
    in_force(values, partial(_rules, of_records))
    if of_records:
        target = None if in_place else values["output"] or "-"
        targets = restore_dataset(ledger, files, target, backup_suffix=values["backup_suffix"])
        if not values["quiet"]:
            say(f"restored {counted(len(targets), 'file')}")
        return 0
    found = inputs_of(files, "text")
    if found.folders:
        files = texts_of(found, values["backup_suffix"] if in_place else "")
    _restore_texts(ledger, job_of(files, values), quiet=values["quiet"])
    return 0


def _rules(of_records: bool, values: Values) -> Rules:  # noqa: FBT001
    yield from place_rules(values)
    yield "encoding errors", not of_records, "on a ledger of records or of a folder"


def _is_of_records(ledger: Path) -> bool:
    """Tell the ledger of a dataset from that of texts, as far as it can be read."""
    try:
        with Source(ledger) as source:
            return source.read(max(map(len, LEDGERS_BEGIN))).startswith(LEDGERS_BEGIN)
    except DedupError:
        return False


def _restore_texts(ledger: Path, job: Job, *, quiet: bool) -> None:
    """Put back what a ledger says was removed from each input."""
    removals, form = read_ledger(ledger), format_of(job)
    suffix = suffix_to_restore(job.backup_suffix, job.inputs)
    job = replace(job, backup_suffix=suffix)
    with StagedFiles() as staged:
        targets = targets_of(job, staged, ledger)
        texts = [read_text(path, form) for path in job.inputs]
        owns = [
            removals_of(text.text, removals, str(path), alone=len(texts) == 1)
            for text, path in zip(texts, job.inputs, strict=True)
        ]
        if not any(owns) and ledger.stat().st_size:  # an empty one says that nothing was removed
            raise LedgerError(
                f"{ledger}: has no removals from {', '.join(map(str, job.inputs))}; name the "
                "texts that were cleaned"
            )
        for (path, target, backup), text, own in zip(targets, texts, owns, strict=True):
            try:
                restored = text.encode(put_back(text.text, own))
            except LedgerError as error:
                raise LedgerError(f"{path}: {error}") from error
            if target is None:
                write_out(restored)
            elif own or not job.in_place:
                staged.add(target, restored, backup)
    for path, own in zip(job.inputs, owns, strict=True):
        say_of(path, f"put back {counted(len(own), 'piece')}", job, quiet=quiet)
