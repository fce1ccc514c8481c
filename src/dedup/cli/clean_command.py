"""``dedup-clean FILES``: clean texts, folders of texts, and files of records."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from dedup import __version__
from dedup.cli.modes import Mode, needs_folder, refuse_idle
from dedup.cli.options import (
    CLEANING,
    command_options,
    config_of,
    files_argument,
    inputs_in,
    named_options,
    say_misnamed,
)
from dedup.cli.request import Request
from dedup.cli.tasks import clean_files, clean_records
from dedup.config import Config
from dedup.dataset.inputs import Inputs, inputs_of, texts_of
from dedup.errors import ConfigError
from dedup.index.validate import SETTINGS
from dedup.io.streams import is_stream
from dedup.io.text import STDIN
from dedup.native import build, has_core

FOUND = 1  # the exit code of --check
EPILOG = """Exit status: 0 when done; 1 with --check when repeats were found; 2 after an error
(one line on standard error); 3 if the records kept and removed do not add up to those read.
After 2 or 3 no file is written or changed. An option without effect is an error."""


@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@files_argument
@command_options(CLEANING)
@click.version_option(__version__, message=f"dedup-clean %(version)s ({build()})")
def clean(files: tuple[Path, ...], **given: Any) -> Callable[[], int]:  # noqa: ANN401
    """Remove repeated text from texts, from folders of texts, and from files of records.

    In a text, each paragraph that repeats an earlier one, exactly or nearly, is removed. In
    files of records (JSON Lines, JSON arrays, CSV, Parquet, Arrow, WARC), duplicate records are
    removed, too. Without FILE, or for -, standard input is read. The clean output goes to
    standard output, a summary to standard error.

    A FILE may be a folder, or a quoted pattern with * ? [] and ** for any folders; hidden files
    are left out. Several texts, named or in a folder, are compared with each other: -o FOLDER
    writes the texts that are not copies, under their old paths; --in-place keeps all files and
    reports the copies. Most options for records apply to several texts, too. Without -o or -i,
    each named text is cleaned alone and written to standard output.

    \b
      dedup-clean article.txt > clean.txt
      dedup-clean --dry-run article.txt
      dedup-clean --in-place --ledger removed.jsonl articles/*.txt
      dedup-clean restore removed.jsonl clean.txt
      dedup-clean news.jsonl.gz -o clean.jsonl.zst
      dedup-clean crawl/*.jsonl --against archive.jsonl -o new/
      dedup-clean crawl/ --against clean/ -o clean/
      dedup-clean 'crawl/**/*.txt' -o clean/ --ledger removed.jsonl
      dedup-clean incoming.jsonl --index seen.db --id-key url -o new.jsonl
      dedup-clean audit news.jsonl
    """  # noqa: D301  click reads \b as: leave the lines below as they are
    if given["within"] is None:
        given["within"] = given["unit"] in ("word", "char")
    return partial(_begin, inputs_in(files), config_of(given), given, named_options())


def _begin(inputs: list[Path], config: Config, given: dict[str, Any], named: list[str]) -> int:
    """Find out what the inputs are, and clean them."""
    has_core()  # a wrong DEDUP_NATIVE is said before anything is read
    found = inputs_of(inputs, given["format"])
    mode = _mode(found, given, named)
    refuse_idle(mode, given, named)
    if mode in ("records", "folder"):
        index_config = config if {"preset", *SETTINGS}.intersection(named) else None
        known = given | {"format": found.format}
        request = Request.of(known, inputs=inputs, config=config, index_config=index_config)
        say_misnamed(found, given)
        repeats = clean_records(request)
    else:
        if ":" in given["keep"]:
            raise ConfigError(
                f"--keep {given['keep']} has no effect on a text: it has no fields; leave it out, "
                "or give --format for a file of records"
            )
        if mode == "texts":
            inputs = texts_of(found, given["backup_suffix"] if given["in_place"] else "")
        across = mode == "texts" and given["across"]
        repeats = clean_files(Request.of(given | {"across": across}, inputs=inputs, config=config))
    return FOUND if repeats and given["check"] else 0


def _mode(found: Inputs, options: Mapping[str, Any], named: Collection[str]) -> Mode:
    """Return what is done with the inputs: several texts are a collection, as those of a folder."""
    if found.format != "text":
        return "records"
    several = len(found.paths) > 1
    streams = any(path == STDIN or is_stream(path) for path in found.paths)
    written = options["output"] not in (None, "-", "/dev/stdout")
    looking = options["dry_run"] or options["check"] or options["as_json"]
    apart = options["in_place"] or (looking and not written)  # no text goes to standard output
    # A script that gives --no-across may name any number of files.
    many = found.folders or several or (apart and "across" in named)
    if not many or (streams and not options["in_place"]):
        return "text"
    if not (found.folders or written or apart):
        return "text"  # one after the other, to standard output
    whole = options["spans"] or not options["within"] or needs_folder(named)
    if not options["in_place"] and (found.folders or (several and (written or whole))):
        return "folder"
    return "texts"
