"""The reader of each format of records."""

from collections.abc import Sequence
from pathlib import Path

from dedup.dataset.options import DatasetOptions
from dedup.errors import ConfigError
from dedup.io.csv import Csv
from dedup.io.formats import Format, detect
from dedup.io.jsonl import JsonLines
from dedup.io.records import Fields, RecordFormat
from dedup.io.tables import TableForm
from dedup.io.warc import Warc

Form = RecordFormat | TableForm
UTF8_ONLY = {"jsonl": "JSON lines are utf-8", "warc": "a WARC record names its encoding"}


def format_of_all(inputs: Sequence[Path], given: Format | None) -> Format:
    """Return the format of all inputs.

    Raises
    ------
    ConfigError
        When they are of different ones.
    """
    formats = sorted({given} if given else {detect(path) for path in inputs})
    if len(formats) > 1:
        raise ConfigError(
            f"inputs are of different formats, {', '.join(formats)}: name one with --format, or "
            "clean them one by one"
        )
    return formats[0]


def form_for(name: Format, options: DatasetOptions) -> Form:
    """Return what reads and changes the records of a format; of tables the format itself.

    Raises
    ------
    ConfigError
        When it is not one of records, or an option is none for it.
    MissingLibraryError
        When what reads it is not installed.
    """
    if name in ("csv", "tsv"):
        delimiter = options.delimiter or ("\t" if name == "tsv" else None)
        return Csv(options.wanted, delimiter, options.encoding)
    if name in UTF8_ONLY and options.encoding != "utf-8":
        raise ConfigError(f"{UTF8_ONLY[name]}, got encoding {options.encoding}")
    if name == "jsonl":
        return JsonLines(options.wanted)
    if name == "warc":
        if options.text_key != Fields().texts:
            given = ", ".join(options.text_key)
            raise ConfigError(f"the text of a WARC record is its content, got text_key {given}")
        return Warc(options.wanted)
    if name in ("parquet", "arrow"):
        return name
    raise ConfigError(f"files of {name} are not files of records; name their format")
