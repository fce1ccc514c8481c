"""The reader of each format."""

from dedup.dataset.options import DatasetOptions
from dedup.errors import ConfigError
from dedup.io.csv import Csv
from dedup.io.formats import Format
from dedup.io.jsonl import JsonLines
from dedup.io.records import RecordFormat
from dedup.io.tables import TableForm
from dedup.io.text import TextFormat
from dedup.io.text_files import TextFiles

Form = RecordFormat | TextFiles | TableForm


def form_for(name: Format, options: DatasetOptions, *, reference: bool = False) -> Form:
    """Return what reads and changes the records of a format; of tables the format itself.

    Parameters
    ----------
    reference
        Whether what it reads is only compared with.

    Raises
    ------
    ConfigError
        When the encoding is none for it.
    """
    if name == "text":
        form = TextFormat(options.encoding, options.errors)
        return TextFiles(form, skips=options.on_error == "skip", whole_paths=reference)
    if options.errors != "strict" and not reference:
        raise ConfigError("--errors is for files of text; of records there is --on-error")
    if name in ("parquet", "arrow"):
        return name
    encoding = options.encoding.removesuffix("-sig")
    if encoding.startswith(("utf-16", "utf-32")):
        raise ConfigError(f"records cannot be cut in {encoding}; make UTF-8 of it first")
    if name == "jsonl":
        if encoding != "utf-8":
            raise ConfigError(f"JSON lines are utf-8, got encoding {encoding}")
        return JsonLines(options.wanted)
    return Csv(options.wanted, "\t" if name == "tsv" else None, encoding)
