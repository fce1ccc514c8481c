"""The options of the command: each is a field of the settings or of the request, of its type."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import click

from dedup.cli.request import Request, flag_of
from dedup.config import PRESETS, Config, Keep, Preset
from dedup.dataset.inputs import Inputs
from dedup.dataset.options import DatasetOptions
from dedup.io.formats import TITLES, format_named
from dedup.io.streams import say
from dedup.io.text import STDIN

IN_PYTHON = ("token",)  # a unit of lists, which files do not have
Command = Callable[..., Callable[[], int]]
UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
UNITS |= {"KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}


def byte_size(value: str) -> int:
    """Return a number of bytes, as in 500000, 256MB or 1GiB."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([KMGT]I?)?B?", value.strip().upper())
    if not found:
        raise click.BadParameter(f"{value!r} is not a size; write 500000, 256MB or 1GiB")
    return int(float(found[1]) * UNITS[found[2] or ""])


def character(value: str) -> str:
    """Return one character; a tab may be written as it is in programs."""
    return "\t" if value == "\\t" else value


def frequency(value: str) -> float:
    """Return a number of records, or a share of them."""
    for number in (int, float):
        try:
            return number(value)
        except ValueError:
            continue
    raise click.BadParameter(f"{value!r} is neither a number of records nor a share")


class Local(click.Path):
    """A path on this machine that is not empty: that would be the current folder."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ANN401
        """Return the path."""
        if value == "":
            self.fail("a path is empty; name a file, or - for standard input", param, ctx)
        if re.match("[A-Za-z][A-Za-z0-9+.-]+://", str(value)):
            self.fail(f"{value} is not a local file; copy it to this machine first", param, ctx)
        return super().convert(value, param, ctx)


class Order(click.Choice[str]):
    """Which copy stays: a choice, or that of the greatest or least number or date in a field."""

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002
        """Return what there is."""
        return f"[{'|'.join(self.choices)}|max:FIELD|min:FIELD]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the order."""
        if re.match(r"(?:max|min):.", value):
            return value
        if value in ("max", "min"):
            self.fail(f"{value!r} needs a field; write {value}:FIELD", param, ctx)
        if value not in self.choices:
            known = ", ".join((*self.choices, "max:FIELD", "min:FIELD"))
            self.fail(f"{value!r} is not one of {known}", param, ctx)
        return super().convert(value, param, ctx)


def _take_preset(
    context: click.Context, _: click.Parameter, preset: Preset | None
) -> Preset | None:
    """Make the settings of a preset the defaults of the flags."""
    if preset is not None:
        context.default_map = {**(context.default_map or {}), **PRESETS[preset]}
    return preset


TASK_HELP = {
    "output": "Output file, or a folder for several texts. The records of several inputs go to one "
    "file, unless PATH is a folder or ends with a slash: then each input gets a file of its own.",
    "in_place": "Replace each file by its clean text.",
    "backup_suffix": 'With --in-place, suffix of the copy kept of each file; "" keeps none.',
    "dry_run": "Write nothing; show the repeats in a table (of records, with --blocks or --spans).",
    "check": "Write nothing; exit with 1 when something repeats.",
    "as_json": "Print a report as JSON in place of the clean text: one line for each text, or one "
    "report for all records or a folder.",
    "quiet": "Print no summary.",
    "ledger": "Write every removed piece to FILE, as JSON lines, for restore.",
    "encoding": "Encoding of texts and CSV files.",
    "errors": "What to do with bytes of a text that are not valid in the encoding: fail, replace "
    "them with U+FFFD, or keep them as they are.",
    "sample": "Number of texts in the sample.",
}
RECORD_HELP = {
    "format": "Format of all inputs (jsonl: one JSON object a line; json: an array of objects; "
    "warc: also WET); detected by default.",
    "text_key": "Field of the text that is compared; a.b for nested fields; repeatable.",
    "id_key": "Field or header of a record's id.",
    "delimiter": "Delimiter of CSV, as in ; or \\t; detected from the header by default.",
    "within": "Remove paragraphs that repeat within a record's text; with --spans, also spans. On "
    "by default, except for --unit code, text and folded_text, which compare whole texts.",
    "across": "Remove records whose text repeats another record's; with --spans, also spans.",
    "blocks": "Remove paragraphs that recur in many records: sign-up lines, contacts, mastheads.",
    "min_df": "With --blocks, minimum number (or share) of records with a paragraph of 20 words; "
    "shorter paragraphs need more.",
    "keep_pattern": "With --blocks, keep paragraphs that contain exactly TEXT; repeatable.",
    "boilerplate": "With --blocks, keep each recurring paragraph in its first record (first), or "
    "remove it from all.",
    "patterns": "With --blocks, write each recurring paragraph, its count and places to FILE, as "
    "JSON lines.",
    "spans": "Remove spans that repeat an earlier part of the same text or of a kept text, across "
    "line breaks; the first occurrence stays, whatever --keep says. A sentence that is not "
    "repeated keeps its first and last words. --dry-run and --json list the longest.",
    "min_span": "With --spans, minimum words of a span, at least 2 (default 50); with --unit char, "
    "letters (default 250).",
    "annotate": "Remove nothing; add dedup_keep, dedup_witness and dedup_similarity to each "
    "record.",
    "against": "Also remove records or texts that repeat one in PATH, a file or folder that stays "
    "unchanged; repeatable.",
    "index": "Remove records that repeat one in INDEX, and add the others; a record with a known "
    "id (--id-key) and a new text replaces the old one. INDEX is a file, created if missing, or "
    "the address of a PostgreSQL database, postgresql://USER@HOST/DATABASE?name=NAME.",
    "forget_after": "With --index, delete entries older than AGE, as in 30d, 12h or 90m.",
    "on_error": "What to do with a record, or a text of a folder, that cannot be read.",
    "quarantine": "With --on-error quarantine, write the unreadable records to FILE.",
    "shard_size": "Start another output file after SIZE bytes, as in 256MB.",
    "stats": "Write the counts of the run to FILE, as JSON.",
    "resume": "Resume an interrupted run of the same inputs and options, if there is one.",
    "memory": "Limit of memory, as in 600MB; the rest is kept on the disk.",
    "threads": "Number of threads; all cores by default.",
    "tmp_dir": "Folder for temporary files; beside the output by default.",
}
CONFIG_HELP = {
    name: hint.__metadata__[0] for name, hint in get_type_hints(Config, include_extras=True).items()
}
SHORT = {"output": "-o", "in_place": "-i", "dry_run": "-n", "quiet": "-q"}
TYPES = {  # of options that are written in another way than their type says
    "output": Local(),  # a string: a Path would lose the slash that makes it a folder
    "against": Local(path_type=Path),
    "delimiter": character,
    "keep": Order(get_args(Keep)),
    "min_df": frequency,
    "shard_size": byte_size,
    "memory": byte_size,
    "sample": click.IntRange(min=1),
}
METAVARS = {
    "output": "PATH",
    "backup_suffix": "SUFFIX",
    "text_key": "FIELD",
    "id_key": "FIELD",
    "delimiter": "CHAR",
    "min_df": "N",
    "min_span": "N",
    "keep_pattern": "TEXT",
    "index": "INDEX",
    "forget_after": "AGE",
    "shard_size": "SIZE",
    "memory": "SIZE",
    "tmp_dir": "FOLDER",
    "sample": "N",
}


files_argument = click.argument("files", nargs=-1, metavar="[FILE]...", type=Local(path_type=Path))


def inputs_in(files: Sequence[Path]) -> list[Path]:
    """Return the inputs of a command: its files, or standard input.

    Raises
    ------
    UsageError
        When no file is named, and standard input is a terminal.
    """
    if not files and sys.stdin is not None and sys.stdin.isatty():
        raise click.UsageError("no FILE given; name one, or - for standard input")
    return list(files) or [STDIN]


def named_options() -> list[str]:
    """Return the options that were given on the command line."""
    context = click.get_current_context()
    source = click.core.ParameterSource.COMMANDLINE
    options = [item for item in context.command.params if isinstance(item, click.Option)]
    names = [str(item.name) for item in options]
    return [name for name in names if context.get_parameter_source(name) == source]


def config_of(given: Mapping[str, Any]) -> Config:
    """Return the settings among the options of a command."""
    settings = {item.name: given[item.name] for item in fields(Config)}
    if ":" in given["keep"]:  # a field of records
        settings["keep"] = "auto"
    return Config(**settings)


def say_misnamed(found: Inputs, options: Mapping[str, Any]) -> None:
    """Say which files are read as records, though their names say another format."""
    if found.format not in ("json", "jsonl") or options["format"] or options["quiet"]:
        return
    named = {path: format_named(path) for path in found.paths if path != STDIN}
    misnamed = [path for path, form in named.items() if form not in (None, found.format)]
    if misnamed:
        first, *others = misnamed
        more = f" and {len(others):,} more" if others else ""
        say(f"{first}{more}: read as {TITLES[found.format]} (records)")


CLEANING = (*(name for name in TASK_HELP if name != "sample"), "preset", *CONFIG_HELP, *RECORD_HELP)


def command_options(
    names: Sequence[str],
    **types: Any,  # noqa: ANN401
) -> Callable[[Command], Command]:
    """Give a command options: fields of the request, of its settings and of its options."""

    def add(command: Command) -> Command:
        for name in reversed(names):
            command = _option(name, types.get(name))(command)
        return command

    return add


def _option(name: str, kind: Any) -> Callable[[Command], Command]:  # noqa: ANN401
    if name == "preset":
        return click.option(
            "--preset",
            type=click.Choice(get_args(Preset)),
            is_eager=True,
            callback=_take_preset,
            help="Settings for a purpose; other flags override single ones.",
        )
    hints: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    for declared in (DatasetOptions, Request, Config):
        hints |= get_type_hints(declared)
        defaults |= {item.name: item.default for item in fields(declared)}
    default, flag, kind = defaults[name], flag_of(name), kind or _kind_of(hints[name])
    about: dict[str, Any] = {"is_flag": True}
    if kind is bool and default is not False:
        flag += "/" + flag_of(name, off=True)
    elif kind is not bool:
        metavar = METAVARS.get(name, "FILE" if hints[name] == Path | None else None)
        several = get_origin(hints[name]) is tuple
        about = {"type": TYPES.get(name, kind), "metavar": metavar, "multiple": several}
    shown = default not in (None, False, ())
    names = [flag, name, *([SHORT[name]] if name in SHORT else [])]
    text = (TASK_HELP | CONFIG_HELP | RECORD_HELP)[name]
    return click.option(*names, default=default, show_default=shown, help=text, **about)


def _kind_of(hint: Any) -> Any:  # noqa: ANN401  a type, or one of click's
    """Return the type of one value of an option."""
    inner = get_args(hint)
    if get_origin(hint) is Literal:
        return click.Choice([choice for choice in inner if choice not in IN_PYTHON])
    if inner:
        return _kind_of(inner[0])
    return click.Path(path_type=Path) if hint is Path else hint
