"""The inputs of a dataset: folders and patterns made files of, their format and its reader."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dedup.datasets.dataset_options import DatasetOptions
from dedup.datasets.formats.arrow_files import TableFormat
from dedup.datasets.formats.csv_records import Csv
from dedup.datasets.formats.detect import Format, detect_format
from dedup.datasets.formats.json_array import JsonArray
from dedup.datasets.formats.jsonl import JsonLines
from dedup.datasets.formats.record_format import RecordFormat
from dedup.datasets.formats.text_files import TextFiles
from dedup.datasets.formats.warc import Warc
from dedup.errors import ConfigError, InputError
from dedup.files.decoding import TextFormat
from dedup.files.listing import is_folder_or_pattern, list_files

FormatHandler = RecordFormat | TextFiles | TableFormat
TABLE_FORMATS: tuple[TableFormat, ...] = ("parquet", "arrow")
JSON_AND_WARC: tuple[Format, ...] = ("jsonl", "json", "warc")
# An option, the formats on which it has no effect, and why.
NO_EFFECT_ON_FORMATS: tuple[tuple[str, tuple[Format, ...], str], ...] = (
    ("delimiter", ("text", *JSON_AND_WARC, *TABLE_FORMATS), "is for CSV, not for {}"),
    (
        "errors",
        ("csv", "tsv", *JSON_AND_WARC, *TABLE_FORMATS),
        "is for text files; see on_error=",
    ),
    ("on_error", TABLE_FORMATS, "has no effect on {}, whose rows can all be read"),
    ("encoding", (*JSON_AND_WARC, *TABLE_FORMATS), "is for text and CSV; {} has its own"),
    ("text", ("warc",), "has no effect: the text of a WARC record is its content"),
)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of a dataset, all of one format.

    A folder or pattern of files of records is many inputs. One of files of text stays one, whose
    records are its files.
    """

    paths: list[Path]
    names: list[str]  # of each below an output folder; empty where the files in it have their own
    format: Format
    folders: bool  # whether one was a folder or a pattern


def find_inputs(given: Sequence[Path], form: Format | None) -> Inputs:
    """Find the files that are named, and their format if it is not given.

    Raises
    ------
    ConfigError
        When they are of several formats, or folders and files of text are named together.
    InputError
        When a folder cannot be listed, or has no files.
    """
    listings, are_folders = [*map(list_files, given)], [*map(is_folder_or_pattern, given)]
    for path, listing in zip(given, listings, strict=True):
        if not listing.names:
            if path.is_dir():
                raise InputError(f"{path}: has no files (hidden ones do not count); check the path")
            raise InputError(f"no files match '{path}' (hidden ones do not count); check the path")
    folders = any(are_folders)
    paths = [root / name for root, names in listings for name in names]
    found = form or _format_of_all(paths, folders=folders)
    if found != "text":
        return Inputs(paths, [name for _, names in listings for name in names], found, folders)
    if folders and not all(are_folders):
        file, folder = given[are_folders.index(False)], given[are_folders.index(True)]
        raise ConfigError(
            f"{file} is a file, and {folder} a folder; name only folders, or only files (a quoted "
            "pattern selects only files)"
        )
    names = ["" if folders else path.name for path in given]
    return Inputs(list(given), names, found, folders)


def text_files_in(found: Inputs, backup_suffix: str) -> list[Path]:
    """Return each file of text in folders.

    Parameters
    ----------
    backup_suffix
        In a folder, what has this behind the name of another file is left out; nothing is if empty.
        A link to another file in it is left out, too.
    """
    files = []
    for root, names in map(list_files, found.paths):
        known = {name + backup_suffix for name in names} if backup_suffix else set()
        files += [root / name for name in names if name not in known]
    real = {os.path.realpath(file) for file in files if not file.is_symlink()}
    return [file for file in files if not (file.is_symlink() and os.path.realpath(file) in real)]


def _format_of_all(paths: Sequence[Path], *, folders: bool) -> Format:
    examples: dict[Format, Path] = {}
    empty: dict[Format, Path] = {}  # by their names only, so that texts may be among them
    for path in paths:
        try:
            form = detect_format(path)
        except InputError as error:
            if len(paths) == 1 or not isinstance(error.__cause__, OSError):
                raise
            continue  # whoever reads the file says so, or skips it
        is_empty = form != "text" and path.is_file() and not path.stat().st_size
        (empty if is_empty else examples).setdefault(form, path)
    if [*examples] != ["text"]:
        examples |= empty
    if not examples:
        return "text"
    if len(examples) == 1:
        return next(iter(examples))
    seen = ", ".join(f"{form} ({path})" for form, path in sorted(examples.items()))
    remedy = "clean them one by one"
    if folders:
        remedy = "give a pattern for those of one, as in 'crawl/**/*.jsonl'"
    raise ConfigError(
        f'inputs have different formats, {seen}: {remedy}, or choose one with format= ("text" '
        "reads any file as text)"
    )


def format_handler(options: DatasetOptions, *, reference: bool = False) -> FormatHandler:
    """Return what reads and changes records in their format; of tables the format itself.

    Parameters
    ----------
    reference
        Whether what it reads is only compared with.

    Raises
    ------
    ConfigError
        When an option is none for it.
    MissingLibraryError
        When what reads it is not installed.
    """
    name, defaults = options.format, DatasetOptions()
    for option, formats, reason in () if reference else NO_EFFECT_ON_FORMATS:
        if name in formats and getattr(options, option) != getattr(defaults, option):
            raise ConfigError.of(option, f"{reason.format(name)}; leave it out")
    if name == "text":
        form = TextFormat(options.encoding, options.errors)
        return TextFiles(form, skips=options.on_error == "skip", whole_paths=reference)
    if name == "parquet" or name == "arrow":  # noqa: PLR1714  so that mypy knows it
        return name
    if name in ("csv", "tsv"):
        encoding = options.encoding.removesuffix("-sig")
        if encoding.startswith(("utf-16", "utf-32")):
            raise ConfigError.of("encoding", f"is {encoding}, not for CSV; convert it to UTF-8")
        delimiter = options.delimiter or ("\t" if name == "tsv" else None)
        return Csv(options.record_fields, delimiter, encoding)
    if name == "jsonl":
        return JsonLines(options.record_fields)
    if name == "json":
        return JsonArray(options.record_fields)
    return Warc(options.record_fields)
