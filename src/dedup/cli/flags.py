"""The flags of the commands: each sets a field of ``Config``, ``DatasetOptions`` or ``Job``."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click

from dedup.cli.help_page import LAST_PANEL, PanelOption
from dedup.config import PRESETS, Config, Keep, Preset, field_types
from dedup.datasets.dataset_options import DatasetOptions
from dedup.datasets.formats.detect import FORMAT_TITLES, Format, format_from_name
from dedup.datasets.inputs import Inputs
from dedup.datasets.job import Job
from dedup.files.address import Address
from dedup.files.decoding import STDIN
from dedup.files.location import Location, as_location
from dedup.files.standard_streams import print_message

IN_PYTHON = ("token",)  # the unit of lists of tokens, which files cannot hold


# Of each flag: the name of its value, and its help.
PANELS: dict[str, dict[str, tuple[str, str]]] = {
    "What counts as a duplicate": {
        "preset": ("NAME", "Settings for a purpose: " + ", ".join(PRESETS)),
        "threshold": ("X", "Minimum similarity of a near copy, in (0, 1]"),
        "measure": ("MEASURE", "Similarity: containment (one in the other) or jaccard"),
        "unit": ("UNIT", "Token: word, char, code; or the whole text: text, folded_text"),
        "ngram_size": ("N", "Tokens in a shingle"),
        "numeric_variants": ("CHOICE", "Near copies whose numbers differ: keep or remove"),
        "page_variants": (
            "CHOICE",
            "Pages that share only menus and footers: keep or remove",
        ),
        "block_threshold": ("X", "Minimum similarity of paragraphs, used if --threshold is lower"),
        "num_perm": ("N", "Length of a MinHash signature (jaccard)"),
        "recall": ("X", "Minimum chance to find a pair at the threshold (jaccard)"),
        "seed": ("N", "Seed of every hash"),
    },
    "What is removed": {
        "within": ("", "Keep repeated paragraphs within a text; for several texts or records"),
        "across": ("", "Keep texts that repeat another text"),
        "keep": (
            "COPY",
            (
                "Kept copy: longest, first, last, max:FIELD, min:FIELD; auto: the longest text, "
                "the first paragraph"
            ),
        ),
        "split_by": ("KIND", "Split each text by paragraph, line or sentence; auto chooses"),
        "min_tokens": ("N", "Minimum words of a paragraph that is removed alone"),
        "decisions": ("FILE", "Honour the judgements that dedup-clean review wrote to FILE"),
        "against": ("PATH", "Also remove what repeats a text in this file or folder; repeatable"),
        "index": ("INDEX", "Also remove what INDEX (file or PostgreSQL URL) has; add the rest"),
        "forget_after": ("AGE", "Delete entries of the index older than 30d, 12h, 90m"),
        "blocks": ("", "Remove paragraphs that recur in many records (boilerplate)"),
        "min_df": ("N", "Minimum number or share of records with a recurring paragraph"),
        "boilerplate": ("COPIES", "Recurring paragraphs: keep the first copy, or remove all"),
        "keep_pattern": ("TEXT", "Keep recurring paragraphs that contain TEXT; repeatable"),
        "spans": ("", "Remove repeated spans across line breaks; the first occurrence stays"),
        "min_span": ("N", "Minimum words of a span [50]; letters with --unit char [250]"),
        "annotate": ("", "Remove nothing; add dedup_keep, _witness and _similarity to records"),
    },
    "Input and output": {
        "output": ("PATH", "Output file, or folder for several inputs; or an address, as s3://..."),
        "in_place": ("", "Replace each input by the output"),
        "backup_suffix": ("SUFFIX", 'Suffix of the copy that --in-place keeps; "" keeps none'),
        "ledger": ("FILE", "Write everything removed to FILE, for dedup-clean restore"),
        "format": ("FORMAT", "Input format: " + ", ".join(get_args(Format))),
        "text": ("FIELD", "Field of the text; a.b for nested fields; repeatable"),
        "id": ("FIELD", "Field or header of a record's id"),
        "source": (
            "FIELD",
            "Field of a URL or site; menus and footers of a site are not compared",
        ),
        "delimiter": ("CHAR", "Delimiter of CSV, detected by default"),
        "encoding": ("NAME", "Encoding of texts and CSV files"),
        "errors": ("HOW", "Invalid bytes: strict (fail), replace or surrogateescape"),
        "on_error": ("HOW", "Unreadable inputs: fail, skip or quarantine"),
        "quarantine": ("FILE", "Write unreadable records to FILE, with --on-error quarantine"),
    },
    "Large inputs": {
        "threads": ("N", "Number of threads; all cores by default"),
        "memory": ("SIZE", "Limit of memory, as in 600MB; the rest is kept on disk"),
        "tmp_dir": ("FOLDER", "Folder for temporary files; beside a local output by default"),
        "shard_size": ("SIZE", "Start another output file after SIZE bytes, as in 256MB"),
    },
    LAST_PANEL: {
        "dry_run": ("", "Write no output; show the repeats in a table"),
        "diff": ("", "Write no output; show removals as a diff, in a pager"),
        "check": ("", "Write no output; exit with 1 when something repeats"),
        "as_json": ("", "Print a JSON report instead of the clean output; -o still writes it"),
        "report": ("FILE", "Write an HTML page that shows what is removed beside what it repeats"),
        "stats": ("FILE", "Write the counts of the run to FILE, as JSON"),
        "patterns": ("FILE", "Write the recurring paragraphs of --blocks to FILE, as JSON lines"),
        "sample": ("N", "Number of texts in the sample"),
        "judged": ("FILE", "Propose a threshold from the judgements of dedup-clean review in FILE"),
        "quiet": ("", "Print no summary"),
        "config": ("FILE", "TOML file of settings; else [tool.dedup-clean] of pyproject.toml"),
        "show_settings": ("", "Print the settings in force as TOML, for --config"),
    },
}
HELP = {name: text for panel in PANELS.values() for name, text in panel.items()}
# A settings file may set these options beside the fields of Config. It may not name further inputs
# and outputs, nor the handling of bad inputs.
IN_FILES = """preset within across blocks min_df boilerplate keep_pattern spans min_span format
    text id source delimiter encoding threads memory shard_size"""
IN_COMMAND = HELP.keys() - {item.name for item in fields(Config)} - {*IN_FILES.split()}
KINDS = (DatasetOptions, Job, Config)  # the last one defines the --keep of the command
HINTS = {name: hint for kind in KINDS for name, hint in field_types(kind).items()}
HINTS |= {"preset": Preset | None, "sample": int, "judged": Location | None, "config": str | None}
FLAG_DEFAULTS: dict[str, Any] = {item.name: item.default for kind in KINDS for item in fields(kind)}
FLAG_DEFAULTS |= {"preset": None, "sample": 10_000, "judged": None, "config": None}
FLAG_DEFAULTS |= dict.fromkeys(
    ("dry_run", "diff", "check", "as_json", "quiet", "show_settings"), False
)


def byte_size(value: object) -> int:
    """Return a number of bytes, as in 500000, 256MB or 1GiB."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([KMGT]?)(I?)B?", str(value).strip().upper())
    if not found:
        raise click.BadParameter(f"{value!r} is not a size; write 500000, 256MB or 1GiB")
    return int(float(found[1]) * (1024 if found[3] else 1000) ** " KMGT".index(found[2] or " "))


def character(value: str) -> str:
    """Return one character; backslash and t mean a tab."""
    return "\t" if value == "\\t" else value


def frequency(value: object) -> float:
    """Return a number of records, or a share of them."""
    try:
        return int(str(value)) if str(value).isdigit() else float(str(value))
    except ValueError:
        wrong = f"{value!r} is neither a number of records nor a share"
        raise click.BadParameter(wrong) from None


def suffix(value: str) -> str:
    """Return the ending of a file's name."""
    if "/" in value:
        raise click.BadParameter(f"{value!r} has a slash; give an ending, as in .bak")
    return value


class LocationType(click.Path):
    """A local path or an address; not empty, as an empty path would mean the current folder."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ANN401
        """Return the place."""
        if value == "":
            name = "" if param is None else param.name
            streams = {"files": "input", "output": "output"}
            stream = f", or - for standard {streams[name]}" if name in streams else ""
            self.fail(f"a path is empty; name a file{stream}", param, ctx)
        place = as_location(value)
        if isinstance(place, Address):
            return place if self.type is Path else value
        return super().convert(place if self.type is Path else value, param, ctx)


class Order(click.Choice[str]):
    """The kept copy: one of the choices, or ``max:FIELD`` or ``min:FIELD``."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the order."""
        return value if re.match("(?:max|min):.", value) else super().convert(value, param, ctx)


# The reader reports an unreadable file, or skips it.
INPUT_PATH = LocationType(path_type=Path, readable=False)
FLAG_NAMES = {  # else the field's name
    "text": "text-key",
    "id": "id-key",
    "source": "source-key",
    "as_json": "json",
}
SHORT_FLAGS = {"output": "-o", "in_place": "-i", "dry_run": "-n", "quiet": "-q"}
TYPES = {  # of options that are written differently than their Python type
    "output": LocationType(
        readable=False
    ),  # a string: a Path would lose the slash that makes it a folder
    "against": INPUT_PATH,
    "judged": INPUT_PATH,
    "backup_suffix": suffix,
    "delimiter": character,
    "keep": Order([*get_args(Keep), "max:FIELD", "min:FIELD"]),
    "min_df": frequency,
    "shard_size": byte_size,
    "memory": byte_size,
    "sample": click.IntRange(min=1),
}
FORMAT_OPTIONS = "format text delimiter encoding errors on_error"
# --on-error where nothing is written
FAIL_OR_SKIP = {"type": click.Choice(["fail", "skip"]), "help": "Unreadable inputs: fail or skip"}
Body = Callable[..., int]  # of a command
files_argument = click.argument("files", nargs=-1, metavar="[FILE]...", type=INPUT_PATH)


def flag_of(name: str, *, off: bool = False) -> str:
    """Return an option as the user writes it.

    Examples
    --------
    >>> flag_of("min_tokens"), flag_of("within", off=True), flag_of("text")
    ('--min-tokens', '--no-within', '--text-key')
    """
    flag = FLAG_NAMES.get(name, name.replace("_", "-"))
    return f"--no-{flag}" if off else f"--{flag}"


def with_flags(message: str) -> str:
    """Return a message of the library with flags for the options that it names.

    Examples
    --------
    >>> with_flags('choose one with text=, or give on_error="skip", or within=False')
    'choose one with --text-key, or give --on-error skip, or --no-within'
    """

    def flag(found: re.Match[str]) -> str:
        name, value, switch = found.groups()
        if name not in FLAG_DEFAULTS:
            return found[0]
        return flag_of(name, off=switch == "False") + (f" {value}" if value else "")

    # A keyword, perhaps with a value: text=, on_error="skip", within=False.
    keyword = r'\b([a-z_]+)=(?:"([a-z0-9-]*)"|(True|False)\b|(?![^\s;,.)]))'
    return re.sub(keyword, flag, message)


def command_options(names: str, **changes: Any) -> Callable[[Body], Body]:  # noqa: ANN401
    """Add options to a command in the order of the panels; ``changes`` replace type or help."""

    def add(body: Body) -> Body:
        for title, panel in reversed(PANELS.items()):
            for name in (name for name in reversed(panel) if name in names.split()):
                body = _option(name, title, changes.get(name, {}))(body)
        return body

    return add


def _option(name: str, panel: str, changes: dict[str, Any]) -> Callable[[Body], Body]:
    metavar, text = HELP[name]
    flag = flag_of(name)
    if not metavar and name not in IN_COMMAND:
        flag += "/" + flag_of(name, off=True)
    about: dict[str, Any] = {"default": FLAG_DEFAULTS[name], "help": text, "is_flag": not metavar}
    if metavar:
        several = get_origin(HINTS[name]) is tuple
        kind = TYPES.get(name, _kind_of(HINTS[name]))
        about |= {"metavar": metavar, "type": kind, "multiple": several}
    names = [flag, name, *([SHORT_FLAGS[name]] if name in SHORT_FLAGS else [])]
    return click.option(*names, cls=PanelOption, panel=panel, **about | changes)


def _kind_of(hint: Any) -> Any:  # noqa: ANN401  a type, or one of click's
    """Return the type of one value of an option."""
    inner = get_args(hint)
    if get_origin(hint) is Literal:
        return click.Choice([choice for choice in inner if choice not in IN_PYTHON])
    if inner:
        return _kind_of(inner[0])
    return LocationType(path_type=Path) if hint is Path else hint


def inputs_in(files: Sequence[Location]) -> list[Location]:
    """Return the inputs of a command: its files, or standard input.

    Raises
    ------
    UsageError
        When no file is named, and standard input is a terminal.
    """
    if not files and sys.stdin is not None and sys.stdin.isatty():
        raise click.UsageError("no FILE given; name one, or - for standard input")
    return list(files) or [STDIN]


def fields_of(kind: Any, values: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    """Return those options of a command that are fields of a dataclass."""
    return {item.name: values[item.name] for item in fields(kind) if item.name in values}


def config_of(values: Mapping[str, Any]) -> Config:
    """Return the settings among the options of a command."""
    settings = fields_of(Config, values)
    if ":" in settings.get("keep", ""):  # a field of records
        del settings["keep"]
    return Config(**settings)


def job_of(inputs: Sequence[Location], values: Mapping[str, Any]) -> Job:
    """Return the job that the options of a command describe."""
    options = fields_of(DatasetOptions, values)
    if options.get("keep") == "auto":  # the longest of records
        del options["keep"]
    config, job = config_of(values), fields_of(Job, values)
    return Job(inputs=inputs, config=config, options=DatasetOptions(**options), **job)


def say_misnamed(found: Inputs, values: Mapping[str, Any]) -> None:
    """Say which files are read as records, though their names say another format."""
    if found.format not in ("json", "jsonl") or values["format"] or values["quiet"]:
        return
    expected = (None, found.format)
    misnamed = [
        path for path in found.paths if path != STDIN and format_from_name(path) not in expected
    ]
    if misnamed:
        more = f" and {len(misnamed) - 1:,} more" if len(misnamed) > 1 else ""
        print_message(f"{misnamed[0]}{more}: read as {FORMAT_TITLES[found.format]} (records)")
