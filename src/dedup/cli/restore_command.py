"""``dedup-clean restore``: put back what a ledger says was removed."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from dedup.cli.effects import Rules, Values, in_force, place_rules
from dedup.cli.flags import LocationType, command_options, files_argument, inputs_in, job_of
from dedup.cli.help_page import PanelCommand
from dedup.cli.single_texts import restore_texts
from dedup.datasets.formats.detect import detect_format
from dedup.datasets.inputs import find_inputs, text_files_in
from dedup.datasets.progress_display import shown_progress
from dedup.datasets.restore_dataset import restore_dataset
from dedup.errors import DedupError, LedgerError
from dedup.files.location import Location
from dedup.files.standard_streams import print_message
from dedup.ledger.ledger_files import read_ledger
from dedup.ledger.ledger_lines import is_of_records
from dedup.text.wording import format_count

RESTORE_HELP: dict[str, Any] = {
    "output": {"help": "Restored file; a folder, made if missing, if several files are restored"},
    "encoding": {"help": "Encoding of texts"},
}


@click.command("restore", cls=PanelCommand)
@click.argument("ledger", type=LocationType(path_type=Path))
@files_argument
@command_options("output in_place backup_suffix encoding errors quiet", **RESTORE_HELP)
def restore(ledger: Location, files: list[Location], **values: Any) -> int:  # noqa: ANN401
    """Put back what was removed: the cleaned FILE plus its LEDGER give the input, byte for byte.

    \b
      dedup-clean restore removed.jsonl clean.txt > article.txt
      dedup-clean restore removed.jsonl --in-place articles/*.txt
      dedup-clean restore removed.jsonl clean.jsonl.zst -o news.jsonl.gz
      dedup-clean restore removed.jsonl clean/ -o crawl/

    FILE is the output of dedup-clean --ledger: texts, all files of records, or a folder of texts.
    - or no FILE is standard input. --in-place makes no backup if a FILE has one already: the
    restored file contains all of the cleaned one.
    """  # noqa: D301  click keeps the lines below \b as they are
    files = inputs_in(files)
    try:
        return _restore(ledger, files, values)
    except LedgerError as error:
        if _are_swapped(ledger, files):
            wrong = f"{files[0]} is a ledger, and {ledger} is not; name the ledger first"
            remedy = f"dedup-clean restore {files[0]} {ledger}"
            raise LedgerError(f"{wrong}, as in {remedy}") from error
        raise


def _restore(ledger: Location, files: list[Location], values: Values) -> int:
    in_place = values["in_place"]
    of_records = _is_of_records(ledger, files)
    in_force(values, partial(_rules, of_records))
    if of_records:
        target = None if in_place else values["output"] or "-"
        suffix = values["backup_suffix"]
        with shown_progress(files, quiet=values["quiet"]) as progress:
            targets = restore_dataset(
                ledger, files, target, backup_suffix=suffix, progress=progress
            )
        if not values["quiet"]:
            folder = f" in {target}" if len(targets) > 1 and target is not None else ""
            print_message(f"restored {format_count(len(targets), 'file')}{folder}")
        return 0
    found = find_inputs(files, "text")
    if found.folders:
        files = text_files_in(found, values["backup_suffix"] if in_place else "")
    restore_texts(ledger, job_of(files, values), quiet=values["quiet"])
    return 0


def _are_swapped(ledger: Location, files: Sequence[Location]) -> bool:
    """Tell whether the only file is a ledger, in place of what was named as the ledger."""
    if len(files) != 1 or files[0] == ledger or not (files[0].is_file() and ledger.is_file()):
        return False
    try:
        return len(read_ledger(files[0])) > 0
    except DedupError:
        return False


def _rules(of_records: bool, values: Values) -> Rules:  # noqa: FBT001
    yield from place_rules(values)
    yield "encoding errors", not of_records, "on a ledger of records or of a folder"


def _is_of_records(ledger: Location, files: Sequence[Location]) -> bool:
    """Return whether a ledger is of records or a folder; False if it cannot be read.

    An empty ledger says that nothing was removed from texts. A ledger of records is never empty.
    """
    try:
        found = is_of_records(ledger)
        if found is None:
            return any(file.is_dir() or detect_format(file) != "text" for file in files)
    except DedupError:
        return False
    return found
