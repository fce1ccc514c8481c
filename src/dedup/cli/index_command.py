"""``dedup-clean index``: inspect an index, remove texts from it, and check it."""

import json
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any

import click

from dedup.cli import flags
from dedup.cli.flags import Body
from dedup.cli.help_page import PanelCommand
from dedup.datasets.dataset_options import DatasetOptions
from dedup.datasets.formats.json_values import dumps
from dedup.datasets.inputs import find_inputs
from dedup.datasets.query_files import query_files
from dedup.errors import ConfigError
from dedup.files.location import Location
from dedup.files.standard_streams import (
    in_output_encoding,
    print_message,
    printable,
    read_stdin,
    standard_output,
    write_stdout,
)
from dedup.index.index import Index
from dedup.index.index_result import IndexedText
from dedup.index.stores.opening import display_path
from dedup.index.stores.records import Id
from dedup.index.validate import INDEX_SETTINGS
from dedup.text.wording import format_count

EXIT_DAMAGED, EXIT_MISSING_ID = 1, 1
MAX_IDS_SHOWN = 10  # ids in a message

ids_argument = click.argument("ids", nargs=-1, required=True, metavar="ID...")


@click.group(no_args_is_help=False)
def index() -> None:
    """Inspect an index, remove texts from it, and check it.

    INDEX is a file that dedup-clean --index made, or postgresql://USER@HOST/DATABASE?name=NAME.
    The ID 7 means the number 7, and '"7"' the text "7". Write -- before an ID that begins with -.

    \b
      dedup-clean index stats seen.db
      dedup-clean index get seen.db https://news.example/ferry
      dedup-clean index query seen.db incoming.jsonl --id-key url
      dedup-clean index remove seen.db 17 18
      dedup-clean index export seen.db | zstd > seen.jsonl.zst
      dedup-clean index compact seen.db
      dedup-clean index check seen.db
    """  # noqa: D301  click keeps the lines below \b as they are


def index_command(*parameters: Callable[[Body], Body]) -> Callable[[Body], click.Command]:
    """Turn a function of (open index, path or URL, parameters) into a command."""

    def add(work: Body) -> click.Command:
        @wraps(work)
        def command(where: str, **values: Any) -> int:  # noqa: ANN401
            with _opened(where) as seen:
                return work(seen, where, **values)

        for parameter in reversed(parameters):
            parameter(command)
        return index.command(cls=PanelCommand)(click.argument("where", metavar="INDEX")(command))

    return add


def _opened(where: str) -> Index:
    try:
        return Index(where, create=False)
    except ConfigError as error:
        raise ConfigError(f"INDEX {str(error).removeprefix('path ')}") from error


@index_command()
def stats(seen: Index, where: str) -> int:
    """Print the number of texts, size and settings of INDEX as JSON."""
    found = seen.stats()
    values = {
        "index": display_path(where),
        "texts": found.texts,
        "bytes": found.bytes,
        "bytes_per_text": round(found.bytes_per_text),
        "oldest": found.oldest and found.oldest.isoformat(),
        "ids": {None: None, True: "given", False: "made of the texts"}[found.keyed],
        "settings": {name: getattr(found.config, name) for name in INDEX_SETTINGS},
    }
    write_stdout(dumps(values, indented=True) + b"\n")
    return 0


@index_command(ids_argument)
def get(seen: Index, where: str, ids: Sequence[str]) -> int:
    """Print texts of INDEX by their ids.

    The output is JSON lines with id, text and added. ID may be - for ids from standard input, one a
    line. Exit status 1 when an id is missing.
    """
    missing, output = [], standard_output()
    for argument in _expand_ids(ids):
        found = seen.get(parse_id(argument))
        if found is None:
            missing.append(argument)
        else:
            output.write(_json_line(found))
    output.flush()
    if missing:
        _report_missing(where, missing, "error")
    return EXIT_MISSING_ID if missing else 0


@index_command(
    flags.files_argument,
    flags.command_options(f"id quiet {flags.FORMAT_OPTIONS}", on_error=flags.FAIL_OR_SKIP),
)
def query(seen: Index, _: str, files: Sequence[Location], *, quiet: bool, **options: Any) -> int:  # noqa: ANN401
    """Print which texts of each FILE repeat a text of INDEX.

    FILE is a text, a folder of texts, or a file of records, as for dedup-clean; - is standard
    input. Each line of the output is JSON with input, record (its number, for files of records), id
    (with --id-key), witness (the id of the text in INDEX), similarity and exact. Nothing is added
    to INDEX, and the texts are not compared with each other.
    """
    chosen = DatasetOptions(within=False, across=False, **options)
    output, found = standard_output(), find_inputs(flags.inputs_in(files), chosen.format)
    repeats, read, unreadable = query_files(found, chosen, seen, output.write)
    output.flush()
    if not quiet:
        more = f"; {unreadable:,} could not be read" if unreadable else ""
        verbs = ("is", "repeats") if repeats == 1 else ("are", "repeat")
        print_message(
            f"{repeats:,} of {format_count(read, 'text')} {verbs[0]} in the index or {verbs[1]} a "
            f"text in it{more}"
        )
    return 0


@index_command(
    ids_argument,
    flags.command_options(
        "dry_run quiet", dry_run={"help": "Remove nothing; print how many texts would be removed"}
    ),
)
def remove(seen: Index, where: str, ids: Sequence[str], *, dry_run: bool, quiet: bool) -> int:
    """Remove texts from INDEX by their ids.

    Later texts are not compared with them. ID may be - for ids from standard input, one a line. A
    missing id is only a warning.
    """
    ids_by_argument = {argument: parse_id(argument) for argument in _expand_ids(ids)}
    with seen.transaction():
        missing = [argument for argument, name in ids_by_argument.items() if name not in seen]
        present = {*ids_by_argument.values()}.difference(map(ids_by_argument.get, missing))
        removed = len(present) if dry_run else seen.remove(present)
    if not quiet:
        if missing:
            _report_missing(where, missing, "warning")
        would = "would remove" if dry_run else "removed"
        print_message(f"{would} {format_count(removed, 'text')} from {display_path(where)}")
    return 0


@index_command()
def export(seen: Index, _: str) -> int:
    """Print all texts of INDEX as JSON lines.

    A line has id, text and added; the oldest text comes first. Damaged texts are left out, with a
    warning and exit status 1. dedup-clean FILE --index NEW --id-key id adds them to another index;
    without --id-key it makes new ids. They are compared as new texts: one that an update made like
    an older one is removed.
    """
    output = standard_output()
    with warnings.catch_warnings(record=True, action="always") as caught:
        for text in seen.export():
            output.write(_json_line(text))
    output.flush()
    for warning in caught:
        print_message(f"dedup-clean: warning: {warning.message}")
    return EXIT_DAMAGED if caught else 0


@index_command(flags.command_options("quiet"))
def compact(seen: Index, where: str, *, quiet: bool) -> int:
    """Make INDEX smaller after removals; nobody can add meanwhile."""
    before = seen.stats().bytes
    seen.compact()
    if not quiet:
        print_message(
            f"compacted {display_path(where)}: {before:,} bytes before, {seen.stats().bytes:,} now"
        )
    return 0


@index_command(flags.command_options("quiet"))
def check(seen: Index, where: str, *, quiet: bool) -> int:
    """Check every page and text of INDEX.

    A line for each problem says where it is and the remedy; exit status 1 when there is one. Each
    text is hashed again and looked for in the posting lists, so a check takes about half as
    long as it took to add the texts. Texts can be added meanwhile.
    """
    found = seen.check()
    for problem in found.problems:
        write_stdout(in_output_encoding(printable(problem) + "\n"))
    if not quiet:
        problems = format_count(len(found.problems), "problem") if found.problems else "no problem"
        print_message(
            f"{display_path(where)}: {format_count(found.texts, 'text')} checked, {problems} found"
        )
    return EXIT_DAMAGED if found.problems else 0


def parse_id(argument: str) -> Id:
    r"""Return the id that an argument means: a whole number, or a string.

    Examples
    --------
    >>> parse_id("7"), parse_id('"7"'), parse_id("07"), parse_id("url")
    (7, '7', '07', 'url')
    """
    if re.fullmatch("-?[1-9][0-9]{0,18}|0", argument):
        return int(argument)
    with suppress(ValueError):
        return str(json.loads(argument)) if argument.startswith('"') else argument
    return argument


def _expand_ids(ids: Sequence[str]) -> Iterable[str]:
    """Yield the ids; - is replaced by the lines of standard input."""
    for argument in ids:
        if argument == "-":
            lines = read_stdin().decode(errors="replace").replace("\r\n", "\n").split("\n")
            yield from filter(None, lines)
        else:
            yield argument


def _report_missing(where: str, missing: Sequence[str], kind: str) -> None:
    more = f" and {len(missing) - MAX_IDS_SHOWN:,} more" if len(missing) > MAX_IDS_SHOWN else ""
    number = next((one for one in missing if isinstance(parse_id(one), int)), None)
    remedy = (
        f"; {number} means a number: if the id is a string, write '\"{number}\"'" if number else ""
    )
    ids = ", ".join(missing[:MAX_IDS_SHOWN])
    print_message(f"dedup-clean: {kind}: {display_path(where)} has no id {ids}{more}{remedy}")


def _json_line(found: IndexedText) -> bytes:
    values = {"id": found.id, "text": found.text, "added": found.added.isoformat()}
    return dumps(values) + b"\n"
