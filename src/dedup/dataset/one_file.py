"""One file in, a clean one out, whatever its format."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from dedup.config import Config, Settings
from dedup.dataset.given import path_in
from dedup.dataset.inputs import inputs_of
from dedup.dataset.options import DatasetOptions
from dedup.dataset.report import DatasetReport
from dedup.dataset.run import clean_dataset
from dedup.documents.clean import clean
from dedup.errors import ConfigError, OutputError
from dedup.io.formats import refuse_piped_records
from dedup.io.ledger import ledger_bytes
from dedup.io.staged import StagedFiles
from dedup.io.streams import write_out
from dedup.io.targets import targets_of_texts
from dedup.io.text import STDIN, TextFormat, read_bytes

OF_TEXT = ("format", "encoding", "errors", "keep")  # options for a text by itself
OF_RECORDS = {"stats": None, "patterns": None, "resume": False}  # parameters of clean_dataset


def clean_file(
    source: str | Path,
    target: str | Path,
    config: Settings | None = None,
    *,
    ledger: str | Path | None = None,
    **options: Any,  # noqa: ANN401
) -> DatasetReport:
    r"""Clean one file: what ``dedup-clean SOURCE -o TARGET`` does.

    A text is cleaned of the blocks that it repeats. Of a file of records, records go too whose text
    repeats that of another one.

    Parameters
    ----------
    source
        The file; ``-`` is standard input.
    target
        A file, ``-`` for standard output; or a folder.
    config
        The settings, or the name of a preset; ``Config()`` when None.
    ledger
        A file for what was removed. Of a text ``read_ledger`` and ``restore`` put it back, of
        records ``restore_dataset``.
    **options
        Fields of ``DatasetOptions``; of records all parameters of ``clean_dataset``, of a text
        ``format``, ``encoding``, ``errors`` and ``keep``.

    Returns
    -------
    DatasetReport
        A text is one document.

    Raises
    ------
    ConfigError
        When a setting or option is unknown, outside its range, or not for a file of this format.
    InputError
        When the file cannot be read; the message says where, and the remedy.
    OutputError
        When the output cannot be written. Nothing is written then.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> body = "The ferry was late, and nobody on the pier could say why it was so often late."
    >>> with TemporaryDirectory() as folder:
    ...     text, clean = Path(folder, "ferry.txt"), Path(folder, "clean.txt")
    ...     _ = text.write_text(f"Late\n{body}\n{body}\n")
    ...     print(clean_file(text, clean, Config(min_tokens=10)).summary)
    ...     clean.read_text() == f"Late\n{body}\n"
    kept 1 of 1 document; removed 1 repeated paragraph from 1 document
    True
    """
    source, config = path_in("source", source), Config.of(config, {})
    path_in("target", target)
    found = inputs_of([source], options.get("format"))
    if found.folders:
        raise ConfigError(f"{source}: is no file; clean_dataset takes folders and patterns")
    if found.format != "text":
        if config.keep != "auto":
            options = {"keep": config.keep} | options
        return clean_dataset([source], target, config, ledger=ledger, **options)
    defaults = {item.name: item.default for item in fields(DatasetOptions)} | OF_RECORDS
    for name, value in options.items():
        if name not in OF_TEXT and value != defaults.get(name, value):
            flag = ("--no-" if value is False else "--") + name.replace("_", "-")
            raise ConfigError(
                f"{flag} does nothing for a text by itself; name a folder of texts, or "
                "the --format of a file of records"
            )
    keep = options.pop("keep", config.keep)
    chosen = DatasetOptions.of({name: options[name] for name in options.keys() - OF_RECORDS})
    return _clean_text(
        source,
        str(target),
        replace(config, keep=keep),
        TextFormat(chosen.encoding, chosen.errors),
        None if ledger is None else Path(ledger),
        as_text=chosen.format == "text",
    )


def _clean_text(  # noqa: PLR0913
    source: Path,
    target: str,
    config: Config,
    form: TextFormat,
    ledger: Path | None,
    *,
    as_text: bool,
) -> DatasetReport:
    with StagedFiles() as staged:
        place, *_ = targets_of_texts([source], target, [*filter(None, [ledger])], staged)
        if ledger and ledger.is_file() and ledger.stat().st_size:
            raise OutputError(f"{ledger}: exists already; move it, or name another ledger")
        data = read_bytes(source)
        if not as_text:
            refuse_piped_records(source, data)
        text = form.decode(data, "standard input" if source == STDIN else str(source))
        document = clean(text.text, config, document=str(source))
        written = text.encode(document.text)
        if place is not None:
            staged.add(place, written)
        else:
            write_out(written)
        if ledger:
            staged.add(ledger, ledger_bytes(document.ledger))
    removed = int((~document.kept).sum())
    return DatasetReport(
        documents=1,
        kept=1,
        without_text=int(not data),
        edited=int(removed > 0),
        blocks=removed,
        bytes_read=len(data),
        bytes_written=len(written),
    )
