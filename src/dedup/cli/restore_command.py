"""``dedup-clean restore``: put back what a ledger says was removed."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from dedup.cli.modes import refuse_idle
from dedup.cli.options import Local, command_options, files_argument, inputs_in, named_options
from dedup.cli.request import Request
from dedup.cli.tasks import is_ledger_of_records, restore_files, restore_records
from dedup.config import Config
from dedup.dataset.inputs import inputs_of, texts_of
from dedup.native import has_core

OPTIONS = ("output", "in_place", "backup_suffix", "quiet", "encoding", "errors")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("ledger", type=Local(path_type=Path))
@files_argument
@command_options(OPTIONS)
def restore(ledger: Path, files: tuple[Path, ...], **given: Any) -> Callable[[], int]:  # noqa: ANN401
    """Put the pieces that LEDGER has back into each FILE.

    FILE is what dedup-clean --ledger wrote: texts, files of records, or a folder of texts.

    \b
      dedup-clean restore removed.jsonl clean.txt > article.txt
      dedup-clean restore removed.jsonl --in-place articles/*.txt
      dedup-clean restore crawl.ledger clean/ -o crawl/
    """  # noqa: D301  click keeps the lines below \b as they are
    return partial(_begin, ledger, inputs_in(files), given, named_options())


def _begin(ledger: Path, inputs: list[Path], given: dict[str, Any], named: list[str]) -> int:
    has_core()  # a wrong DEDUP_NATIVE is said before anything is read
    of_records = is_ledger_of_records(ledger)
    refuse_idle("restore records" if of_records else "restore", given, named)
    found = inputs_of(inputs, "text")
    if found.folders and not of_records:
        inputs = texts_of(found, given["backup_suffix"] if given["in_place"] else "")
    task = restore_records if of_records else restore_files
    task(ledger, Request.of(given, inputs=inputs, config=Config()))
    return 0
