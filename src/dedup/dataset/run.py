"""A dataset, or one file of any format, from its inputs to its output."""

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from dedup.config import Config, Settings
from dedup.dataset.decisions import check_index
from dedup.dataset.folders import holds, refuse_for_folders
from dedup.dataset.inputs import form_for, inputs_of
from dedup.dataset.job import Job
from dedup.dataset.options import DatasetOptions, path_in, paths_in
from dedup.dataset.report import DatasetReport
from dedup.dataset.run_folder import run_folder
from dedup.dataset.stages import carry_out
from dedup.documents.clean import clean
from dedup.errors import ConfigError, OutputError
from dedup.io.compression import without_compression
from dedup.io.formats import TITLES, Format, format_named, refuse_piped_records
from dedup.io.ledger import ledger_bytes
from dedup.io.listing import listing_together
from dedup.io.staged import StagedFiles
from dedup.io.streams import is_shown, write_out
from dedup.io.targets import (
    names_folder,
    refuse_clashes,
    refuse_filled,
    refuse_unwritable,
    refuse_unwritable_folder,
    targets_of_texts,
)
from dedup.io.text import STDIN, TextFormat, read_bytes
from dedup.io.text_files import TextFiles

OF_TEXT = ("format", "encoding", "errors", "keep")  # options for a text by itself
OF_RECORDS = {"stats": None, "patterns": None}  # parameters of clean_dataset


def clean_dataset(  # noqa: PLR0913
    sources: str | Path | Sequence[str | Path],
    target: str | Path,
    config: Settings | None = None,
    *,
    stats: str | Path | None = None,
    ledger: str | Path | None = None,
    patterns: str | Path | None = None,
    **options: Any,  # noqa: ANN401
) -> DatasetReport:
    r"""Remove duplicate records, and paragraphs that repeat within a record, from files.

    Parameters
    ----------
    sources
        One or several files of records, ``-`` for standard input; or folders and patterns, such as
        ``"crawl/**/*.txt"``. Several files of text, or folders of them, are a dataset whose records
        are the files: a file that is a copy of another one is left out.
    target
        A file, ``-`` for standard output; or a folder with one file for each input, or with
        ``shard_size`` as many as needed. Files below a folder or pattern keep their paths. For
        files of text it is always a folder.
    config
        The settings, or the name of a preset; ``Config()`` when None.
    stats
        File for the numbers of the report, as JSON.
    ledger
        File for everything that is removed, from which ``restore_dataset`` restores the inputs;
        compressed if its name says so.
    patterns
        With ``blocks=True``, file for the recurring blocks, the most frequent first, as JSON lines.
    **options
        Fields of ``DatasetOptions``.

    Returns
    -------
    DatasetReport

    Raises
    ------
    ConfigError
        When a setting or option is unknown, outside its range, or contradicts another.
    InputError
        When an input cannot be read; the message says where, and the remedy.
    OutputError
        When an output cannot be written. Nothing is written then.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> lines = [b'{"text": "The same story."}\n', b'{"text": "Another one."}\n']
    >>> with TemporaryDirectory() as folder:
    ...     news, clean = Path(folder, "news.jsonl"), Path(folder, "clean.jsonl")
    ...     _ = news.write_bytes(b"".join([*lines, lines[0]]))
    ...     print(clean_dataset([news], clean).summary)
    ...     clean.read_bytes() == b"".join(lines)
    kept 2 of 3 documents; removed 1 exact copy
    True
    """
    chosen = DatasetOptions.of(options)
    path_in("target", target)
    job = Job(
        inputs=paths_in("sources", sources),
        config=Config.of(config, {}),
        options=chosen,
        index_config=None if config is None else Config.of(config, {}),
        output=str(target),
        stats=None if stats is None else path_in("stats", stats),
        ledger=None if ledger is None else path_in("ledger", ledger),
        patterns=None if patterns is None else path_in("patterns", patterns),
    )
    return run(job)


def run(job: Job) -> DatasetReport:
    """Do it."""
    job, name = _resolved(job.settled())
    form = form_for(name, job.options)
    if isinstance(form, TextFiles):
        refuse_for_folders(job)
    else:
        outputs = [*job.targets, *job.beside, *job.options.index_files]
        refuse_clashes([*job.inputs, *job.options.against], outputs)
    if isinstance(form, str):
        _refuse_for_tables(job, TITLES[form])
    _check_name(job, name)
    _check_places(job, name)
    keyed = isinstance(form, TextFiles) or job.options.id_key is not None  # files have names
    check_index(job, keyed=keyed)
    with run_folder(job) as folder:
        return carry_out(job, form, folder)


def _resolved(job: Job) -> tuple[Job, Format]:
    """Return a job in which folders and patterns are files, but those of text, and the format."""
    found, files = inputs_of(job.inputs, job.options.format), None
    if found.format == "text" and not found.folders:
        if len(found.paths) == 1 or STDIN in found.paths:
            wrong = f"{found.paths[0]}: is a single text; clean it with clean_file"
            raise ConfigError(f"{wrong}, or give the format if it has records")
        files = listing_together(found.paths)
        found = replace(found, paths=[files.root], names=[""], folders=True)
    references = [path for given in job.options.against for path in inputs_of([given], None).paths]
    options = replace(job.options, against=tuple(references))
    resolved = replace(job, inputs=found.paths, names=found.names, files=files, options=options)
    return resolved, found.format


def _check_name(job: Job, name: Format) -> None:
    """Refuse an output whose name says another format than it will have, unless an input's does."""
    for target in job.targets:
        named = None if target.is_dir() else format_named(target)
        if named is not None and named not in (name, *map(format_named, job.inputs)):
            raise ConfigError(
                f"{target}: the output has the format of the input, {TITLES[name]}, not "
                f"{TITLES[named]}; name it {without_compression(target).with_suffix('.' + name)}, "
                "or convert the input first"
            )


def _refuse_for_tables(job: Job, title: str) -> None:
    """Refuse what cannot be done with files whose rows are no bytes."""
    if STDIN in job.inputs:
        raise ConfigError(f"{title} cannot be read from standard input; name a file")
    if job.ledger:
        reason = f"does not support {title} (there is no restore)"
        raise ConfigError.of("ledger", f"{reason}; leave it out")
    if any(map(is_shown, job.targets)):
        wrong = f"standard output: {title} is binary, and is not written to a terminal"
        raise OutputError(f"{wrong}; give -o FILE, or pipe it to another program")


def _check_places(job: Job, name: Format) -> None:
    """Refuse outputs that cannot be written, before anything is read."""
    if job.in_place:
        refuse_unwritable([*filter(Path.exists, job.inputs), *job.beside])
    elif job.output and job.output != "-" and (name == "text" or names_folder(job.output)):
        refuse_unwritable_folder(Path(job.output))
        refuse_unwritable(file for file in job.beside if not holds(Path(str(job.output)), file))
    else:
        refuse_unwritable([*job.beside, *(target for target in job.targets if target != STDIN)])


def clean_file(
    source: str | Path,
    target: str | Path,
    config: Settings | None = None,
    *,
    ledger: str | Path | None = None,
    **options: Any,  # noqa: ANN401
) -> DatasetReport:
    r"""Clean one file: what ``dedup-clean SOURCE -o TARGET`` does.

    In a text, repeated blocks are removed; in a file of records, duplicate records, too.

    Parameters
    ----------
    source
        The file; ``-`` is standard input.
    target
        A file, ``-`` for standard output; or a folder.
    config
        The settings, or the name of a preset; ``Config()`` when None.
    ledger
        File for everything that is removed. ``read_ledger`` and ``restore`` put it back into a
        text, ``restore_dataset`` into records.
    **options
        For records, all parameters of ``clean_dataset``; for a text, ``format``, ``encoding``,
        ``errors`` and ``keep``.

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
        raise ConfigError(f"{source}: is a folder or a pattern; clean it with clean_dataset")
    if found.format != "text":
        if config.keep != "auto":
            options = {"keep": config.keep} | options
        return clean_dataset([source], target, config, ledger=ledger, **options)
    defaults = {item.name: item.default for item in fields(DatasetOptions)} | OF_RECORDS
    for name, value in options.items():
        if name not in OF_TEXT and value != defaults.get(name, value):
            reason = "has no effect on a single text; leave it out"
            raise ConfigError.of(name, f"{reason}, or give the format if {source} has records")
    keep = options.pop("keep", config.keep)
    chosen = DatasetOptions.of({name: options[name] for name in options.keys() - OF_RECORDS})
    beside = [] if ledger is None else [path_in("ledger", ledger)]
    return _clean_text(source, str(target), replace(config, keep=keep), chosen, beside)


def _clean_text(
    source: Path, target: str, config: Config, options: DatasetOptions, ledgers: list[Path]
) -> DatasetReport:
    form = TextFormat(options.encoding, options.errors)
    with StagedFiles() as staged:
        place, *_ = targets_of_texts([source], target, ledgers, staged)
        refuse_filled(ledgers)
        data = read_bytes(source)
        if options.format != "text":
            refuse_piped_records(source, data)
        text = form.decode(data, "standard input" if source == STDIN else str(source))
        document = clean(text.text, config, document=str(source))
        written = text.encode(document.text)
        if place is not None:
            staged.add(place, written)
        else:
            write_out(written)
        for ledger in ledgers:
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
