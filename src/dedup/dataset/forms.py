"""The reader of each format."""

from dedup.dataset.options import DatasetOptions
from dedup.errors import ConfigError
from dedup.io.csv import Csv
from dedup.io.formats import Format
from dedup.io.json_array import JsonArray
from dedup.io.jsonl import JsonLines
from dedup.io.records import Fields, RecordFormat
from dedup.io.tables import TableForm
from dedup.io.text import TextFormat
from dedup.io.text_files import TextFiles
from dedup.io.warc import Warc

Form = RecordFormat | TextFiles | TableForm
UTF8_ONLY = {
    "jsonl": "JSON lines are utf-8",
    "json": "JSON is utf-8",
    "warc": "a WARC record names its encoding",
}


def form_for(name: Format, options: DatasetOptions, *, reference: bool = False) -> Form:
    """Return what reads and changes the records of a format; of tables the format itself.

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
    if not reference:
        _refuse_others(name, options)
    if name == "text":
        form = TextFormat(options.encoding, options.errors)
        return TextFiles(form, skips=options.on_error == "skip", whole_paths=reference)
    if name in ("parquet", "arrow"):
        return name
    encoding = options.encoding.removesuffix("-sig")
    if encoding.startswith(("utf-16", "utf-32")):
        raise ConfigError(f"records cannot be cut in {encoding}; make UTF-8 of it first")
    if name in ("csv", "tsv"):
        delimiter = options.delimiter or ("\t" if name == "tsv" else None)
        return Csv(options.wanted, delimiter, encoding)
    if encoding != "utf-8":
        raise ConfigError.of("encoding", f"is {encoding}, and {UTF8_ONLY[name]}")
    if name == "jsonl":
        return JsonLines(options.wanted)
    if name == "json":
        return JsonArray(options.wanted)
    if options.text_key != Fields().texts:
        given = ", ".join(options.text_key)
        raise ConfigError.of(
            "text_key", f"{given}: the text of a WARC record is its content, leave it out"
        )
    return Warc(options.wanted)


def _refuse_others(name: Format, options: DatasetOptions) -> None:
    """Refuse what is for files of other formats alone."""
    if options.delimiter is not None and name not in ("csv", "tsv"):
        raise ConfigError.of("delimiter", f"is for CSV, and files of {name} have none")
    if options.errors != "strict" and name != "text":
        raise ConfigError("--errors is for files of text; of records there is --on-error")
    if name in ("parquet", "arrow") and options.on_error != "fail":
        raise ConfigError.of(
            "on_error", f"is for records that cannot be read, and rows of {name} all can"
        )
    if name in ("parquet", "arrow") and options.encoding != "utf-8":
        raise ConfigError.of("encoding", f"is {options.encoding}, and files of {name} are utf-8")
