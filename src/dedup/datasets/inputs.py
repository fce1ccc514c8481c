"""Find the input files of a dataset, detect their format, and choose what reads and writes it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dedup.arrays.parallel import map_parallel
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
from dedup.files.address import Address
from dedup.files.decoding import STDIN, TextFormat, why_unreadable
from dedup.files.listing import Listing, is_folder_or_pattern, list_files
from dedup.files.location import Location, exists, identity

FormatHandler = RecordFormat | TextFiles | TableFormat
TABLE_FORMATS: tuple[TableFormat, ...] = ("parquet", "arrow")
DETECTION_THREADS = 8  # remote objects that are inspected at the same time
JSON_AND_WARC: tuple[Format, ...] = ("jsonl", "json", "warc")
# An option, the formats on which it has no effect, and why.
NO_EFFECT_ON_FORMATS: tuple[tuple[str, tuple[Format, ...], str], ...] = (
    ("delimiter", ("text", *JSON_AND_WARC, *TABLE_FORMATS), "has no effect on {}, only on CSV"),
    (
        "errors",
        ("csv", "tsv", *JSON_AND_WARC, *TABLE_FORMATS),
        "has no effect on {}, only on text files (see on_error=)",
    ),
    ("on_error", TABLE_FORMATS, "has no effect on {}, whose rows can all be read"),
    (
        "encoding",
        (*JSON_AND_WARC, *TABLE_FORMATS),
        "has no effect on {}, which has its own encoding",
    ),
    ("text", ("warc",), "has no effect: the text of a WARC record is its content"),
)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of a dataset, all of one format.

    In the place of a folder or pattern of record files there are its files. A folder or pattern of
    text files is one input: its files are the records.
    """

    paths: list[Location]
    names: list[str]  # of each in an output folder; "" for a folder, whose files keep their names
    listings: list[Listing]  # the files of each
    format: Format
    folders: bool  # whether one was a folder or a pattern


def find_inputs(sources: Sequence[Location], chosen: Format | None) -> Inputs:
    """Find the files of sources, and detect their format unless it is ``chosen``.

    Raises
    ------
    ConfigError
        When the files have different formats, or folders and text files are named together.
    InputError
        When a folder cannot be listed, or has no files.
    """
    listings, are_folders = [*map(list_files, sources)], [*map(is_folder_or_pattern, sources)]
    for path, listing in zip(sources, listings, strict=True):
        if not listing.names:
            if path.is_dir():
                raise InputError(f"{path} has no files (hidden ones do not count); check the path")
            raise InputError(f"no files match '{path}' (hidden ones do not count); check the path")
    folders = any(are_folders)
    form, paths = chosen, list[Location]()
    if form != "text":
        paths += (root / name for root, names in listings for name in names)
        form = form or _format_of_all(paths, folders=folders)
    if form != "text":
        names = [name for _, names in listings for name in names]
        alone = [Listing(path.parent, [path.name]) for path in paths]
        return Inputs(paths, names, alone, form, folders)
    if folders and not all(are_folders):
        file, folder = sources[are_folders.index(False)], sources[are_folders.index(True)]
        raise ConfigError(
            f"{file} is a file, and {folder} a folder; name only folders, or only files (a quoted "
            "pattern selects only files)"
        )
    names = ["" if folders else path.name for path in sources]
    return Inputs(list(sources), names, listings, form, folders)


def text_files_in(found: Inputs, backup_suffix: str) -> list[Location]:
    """Return all text files of folders, without links to files of the same folders.

    Parameters
    ----------
    backup_suffix
        Files with this suffix after the name of another file are left out: they are its backups.
        Empty to leave out none.
    """
    files: list[Location] = []
    for root, names in found.listings:
        backups = {name + backup_suffix for name in names} if backup_suffix else set()
        files += [root / name for name in names if name not in backups]
    real = {identity(file) for file in files if not file.is_symlink()}
    return [file for file in files if not (file.is_symlink() and identity(file) in real)]


def _formats(paths: Sequence[Location]) -> list[Format | InputError]:
    """Return the format of each file, or why it cannot be detected."""

    def detect(number: int) -> Format | InputError:
        try:
            return detect_format(paths[number])
        except InputError as error:
            return error

    remote = sum(isinstance(path, Address) for path in paths)
    return map_parallel(detect, len(paths), min(remote, DETECTION_THREADS) or 1)


def _refuse_missing(paths: Iterable[Location]) -> None:
    """Raise an error if a file is missing: its name does not tell what it was meant to be."""
    for path in paths:
        if path != STDIN and not exists(path):
            raise InputError(f"{path}: {why_unreadable(FileNotFoundError())}")


def _format_of_all(paths: Sequence[Location], *, folders: bool) -> Format:
    if len(paths) == 1 and not isinstance(paths[0], Address):  # a store has better messages
        _refuse_missing(paths)
    examples: dict[Format, Location] = {}
    empty: dict[Format, Location] = {}  # only the name tells the format, so they may be text files
    for path, form in zip(paths, _formats(paths), strict=True):
        if isinstance(form, InputError):
            if len(paths) == 1 or not isinstance(form.__cause__, OSError):
                raise form
            continue  # reading the file reports the error, or skips it
        is_empty = form != "text" and path.is_file() and not path.stat().st_size
        (empty if is_empty else examples).setdefault(form, path)
    if [*examples] != ["text"]:
        examples |= empty
    if not examples:
        return "text"
    if len(examples) == 1:
        return next(iter(examples))
    _refuse_missing(examples.values())
    seen = ", ".join(f"{form} ({path})" for form, path in sorted(examples.items()))
    remedy = "clean each format separately"
    if folders:
        remedy = "select one with a pattern, as in 'crawl/**/*.jsonl'"
    raise ConfigError(
        f'inputs have different formats, {seen}; {remedy}, or choose one with format= ("text" '
        "reads any file as text)"
    )


def format_handler(options: DatasetOptions, *, reference: bool = False) -> FormatHandler:
    """Return the object that reads and writes records of a format; for tables only its name.

    Parameters
    ----------
    reference
        Whether the records are references, which are only compared.

    Raises
    ------
    ConfigError
        When an option has no effect on the format.
    MissingLibraryError
        When the library of the format is not installed.
    """
    name, defaults = options.format, DatasetOptions()
    for option, formats, reason in () if reference else NO_EFFECT_ON_FORMATS:
        if name in formats and getattr(options, option) != getattr(defaults, option):
            raise ConfigError.of(option, f"{reason.format(name)}; leave out {option}=")
    if name == "text":
        form = TextFormat(options.encoding, options.errors)
        return TextFiles(form, skips=options.on_error == "skip", whole_paths=reference)
    if name == "parquet" or name == "arrow":  # noqa: PLR1714  mypy narrows the type
        return name
    if name in ("csv", "tsv"):
        encoding = options.encoding.removesuffix("-sig")
        if encoding.startswith(("utf-16", "utf-32")):
            raise ConfigError.of(
                "encoding", f"cannot be {encoding} for CSV; convert the file to UTF-8"
            )
        delimiter = options.delimiter or ("\t" if name == "tsv" else None)
        return Csv(options.record_fields, delimiter, encoding)
    if name == "jsonl":
        return JsonLines(options.record_fields)
    if name == "json":
        return JsonArray(options.record_fields)
    return Warc(options.record_fields)
