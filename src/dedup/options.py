"""The options of the command that come from the settings of the library."""

import os
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import get_args, get_type_hints

import click

from dedup.config import PRESETS, Config, Preset
from dedup.dataset.options import OnError
from dedup.io.formats import Format
from dedup.patterns import MIN_DF, Boilerplate

PRESET = "dedup.preset"  # where the context of the command has the preset
IN_PYTHON = ("token",)  # a unit of lists, which files do not have
Command = Callable[..., Callable[[], int]]
UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
BINARY_UNITS = {"KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}


class ByteSize(click.ParamType):  # type: ignore[type-arg]  # generic only of late
    """A number of bytes, as in 500000, 256MB or 1GiB."""

    name = "size"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the number."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([KMGT]I?)?B?", value.strip().upper())
        if not found:
            self.fail(f"{value!r} is no size; write 500000, 256MB or 1GiB", param, ctx)
        unit = (UNITS | BINARY_UNITS)[found[2] or ""]
        return int(float(found[1]) * unit)


class Local(click.Path):
    """A path, and no address of a server."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        """Return the path."""
        if re.match("[A-Za-z][A-Za-z0-9+.-]+://", str(value)):
            self.fail(f"{value} is not a local file; copy it to this machine first", param, ctx)
        return super().convert(value, param, ctx)


class Named(Local):
    """A path that has a name: an empty one would be the folder that one is in."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        """Return the path."""
        if value == "":
            self.fail("a path is empty; name a file, or - for standard input", param, ctx)
        return super().convert(value, param, ctx)


class Character(click.ParamType):  # type: ignore[type-arg]  # generic only of late
    """One character; a tab may be written as it is in programs."""

    name = "character"

    def convert(
        self,
        value: str,
        param: click.Parameter | None,  # noqa: ARG002
        ctx: click.Context | None,  # noqa: ARG002
    ) -> str:
        """Return the character; who takes it says whether it is one."""
        return "\t" if value == "\\t" else value


class Frequency(click.ParamType):  # type: ignore[type-arg]  # generic only of late
    """A number of records, or a share of them."""

    name = "frequency"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number; who takes it says whether it can be meant."""
        try:
            return int(value)
        except ValueError:
            pass
        try:
            return float(value)
        except ValueError:
            self.fail(f"{value!r} is neither a number of records nor a share", param, ctx)


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
            self.fail(f"{value!r} of what? Write {value}:FIELD", param, ctx)
        if value not in self.choices:
            known = ", ".join((*self.choices, "max:FIELD", "min:FIELD"))
            self.fail(f"{value!r} is not one of {known}", param, ctx)
        return super().convert(value, param, ctx)


def _take_preset(
    context: click.Context, _: click.Parameter, preset: Preset | None
) -> Preset | None:
    """Make the settings of a preset the defaults of the flags."""
    context.meta[PRESET] = preset
    if preset is not None:
        context.default_map = {**(context.default_map or {}), **PRESETS[preset]}
    return preset


def config_options(command: Command) -> Command:
    """Give a command one option for each field of ``Config``, and one for the presets."""
    hints = get_type_hints(Config)
    for item in reversed(fields(Config)):
        choices = [choice for choice in get_args(hints[item.name]) if choice not in IN_PYTHON]
        kind = click.Choice(choices) if choices else hints[item.name]
        option = click.option(
            "--" + item.name.replace("_", "-"),
            item.name,
            type=Order(choices) if item.name == "keep" else kind,
            default=item.default,
            show_default=True,
            help=item.metadata["help"],
        )
        command = option(command)
    preset = click.option(
        "--preset",
        type=click.Choice(get_args(Preset)),
        is_eager=True,
        expose_value=False,
        callback=_take_preset,
        help="Settings for a purpose; flags beside it change single ones.",
    )
    return preset(command)


RECORD_OPTIONS = (
    click.option(
        "--format",
        type=click.Choice(get_args(Format)),
        help="Format of all inputs (jsonl: one JSON object a line, json: an array of objects, "
        "warc: WET, too); detected by default.",
    ),
    click.option(
        "--text-key",
        multiple=True,
        default=["text"],
        show_default=True,
        metavar="FIELD",
        help="The field whose text is compared; a.b for nested ones; repeatable.",
    ),
    click.option("--id-key", metavar="FIELD", help="The field or header that names a record."),
    click.option(
        "--delimiter",
        type=Character(),
        metavar="CHAR",
        help="Delimiter of CSV, as in ; or \\t; detected from the header by default.",
    ),
    click.option(
        "--within/--no-within",
        default=None,
        help="Remove paragraphs that a record's text repeats, with --spans repeated spans. On by "
        "default, except for --unit code, text and folded_text, which compare whole texts.",
    ),
    click.option(
        "--across/--no-across",
        default=True,
        show_default=True,
        help="Remove records whose text repeats that of another one, with --spans repeated spans.",
    ),
    click.option(
        "--blocks",
        is_flag=True,
        help="Remove paragraphs that recur in many records: sign-up lines, contacts, mastheads.",
    ),
    click.option(
        "--min-df",
        type=Frequency(),
        default=MIN_DF,
        show_default=True,
        metavar="N",
        help="With --blocks, least number (or share) of records that have a paragraph of 20 words; "
        "shorter ones need more.",
    ),
    click.option(
        "--keep-pattern",
        multiple=True,
        metavar="TEXT",
        help="With --blocks, keep the paragraphs that contain TEXT, letter for letter.",
    ),
    click.option(
        "--boilerplate",
        type=click.Choice(get_args(Boilerplate)),
        default="first",
        show_default=True,
        help="With --blocks, keep each of these paragraphs in its first record, or in none.",
    ),
    click.option(
        "--patterns",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="With --blocks, write what recurs, how often and where to FILE, as JSON lines.",
    ),
    click.option(
        "--spans",
        is_flag=True,
        help="Remove spans that repeat an earlier part of the same text or of a kept text, across "
        "line breaks; the first occurrence stays, whatever --keep says. A sentence that is not "
        "repeated keeps its first and last words. --dry-run and --json list the longest.",
    ),
    click.option(
        "--min-span",
        type=int,
        metavar="N",
        help="With --spans, least words of a span, at least 2 (default 50); with --unit char, "
        "letters (default 250).",
    ),
    click.option(
        "--annotate",
        is_flag=True,
        help="Remove nothing; add dedup_keep, dedup_witness and dedup_similarity to each record.",
    ),
    click.option(
        "--against",
        multiple=True,
        type=Local(path_type=Path),
        metavar="FILE",
        help="Also remove what repeats a record of FILE, or a file in that folder; FILE itself is "
        "not written.",
    ),
    click.option(
        "--index",
        metavar="INDEX",
        help="Remove what repeats a record in INDEX, and add the rest; a record with a known id "
        "(--id-key) and a new text replaces the old one. INDEX is a file, created if missing, or "
        "the address of a Redis server, redis://HOST/0?name=NAME.",
    ),
    click.option(
        "--forget-after",
        metavar="AGE",
        help="With --index, delete entries older than AGE, as in 30d, 12h or 90m.",
    ),
    click.option(
        "--on-error",
        type=click.Choice(get_args(OnError)),
        default="fail",
        show_default=True,
        help="What to do with a record that cannot be read, or a file of a folder that is no text.",
    ),
    click.option(
        "--quarantine",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="File for the records that --on-error quarantine sets aside.",
    ),
    click.option(
        "--shard-size",
        type=ByteSize(),
        metavar="SIZE",
        help="Begin another output file after so many bytes, as in 256MB.",
    ),
    click.option(
        "--stats",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Write the counts of the run to FILE, as JSON.",
    ),
    click.option(
        "--resume",
        is_flag=True,
        help="Resume a run with the same inputs and options that was interrupted, if there is one.",
    ),
    click.option(
        "--memory",
        type=ByteSize(),
        metavar="SIZE",
        help="Memory to use, as in 600MB; what takes more is kept on the disk.",
    ),
    click.option("--threads", type=int, help="Number of threads; all cores by default."),
    click.option(
        "--tmp-dir",
        type=click.Path(path_type=Path),
        metavar="FOLDER",
        help="Folder for temporary files; beside the output by default.",
    ),
)


def record_options(command: Command) -> Command:
    """Give a command the options for files of records."""
    for option in reversed(RECORD_OPTIONS):
        command = option(command)
    return command
