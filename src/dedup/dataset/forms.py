"""The reader of each format of records."""

from collections.abc import Sequence
from pathlib import Path

from dedup.dataset.options import DatasetOptions
from dedup.errors import ConfigError
from dedup.io.csv import Csv
from dedup.io.formats import Format, detect
from dedup.io.jsonl import JsonLines
from dedup.io.records import RecordFormat
from dedup.io.tables import TableForm

Form = RecordFormat | TableForm


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
        When it is not one of records, or the encoding is none for it.
    """
    if name in ("csv", "tsv"):
        return Csv(options.wanted, "\t" if name == "tsv" else None, options.encoding)
    if name == "jsonl":
        if options.encoding != "utf-8":
            raise ConfigError(f"JSON lines are utf-8, got encoding {options.encoding}")
        return JsonLines(options.wanted)
    if name in ("parquet", "arrow"):
        return name
    raise ConfigError(f"files of {name} are not files of records; name their format")
