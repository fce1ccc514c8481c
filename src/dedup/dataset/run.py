"""A dataset from its inputs to its output: read, decide, write."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import orjson

from dedup.config import Config
from dedup.dataset.decisions import decide
from dedup.dataset.forms import Form, form_for, format_of_all
from dedup.dataset.job import Found, Job
from dedup.dataset.options import DatasetOptions
from dedup.dataset.outputs import Shards
from dedup.dataset.reading import Reader
from dedup.dataset.report import DatasetReport
from dedup.dataset.table_writing import TableShards, write_tables
from dedup.dataset.targets import Place
from dedup.dataset.writing import write_records
from dedup.errors import ConfigError, OutputError
from dedup.io.spool import Spool
from dedup.io.staged import StagedFiles, is_stream
from dedup.io.tables import TableFile
from dedup.io.text import STDIN

COPY = "input"  # of what can be read only once


def clean_dataset(
    sources: Sequence[str | Path],
    target: str | Path,
    config: Config | None = None,
    *,
    stats: str | Path | None = None,
    ledger: str | Path | None = None,
    **options: Any,  # noqa: ANN401
) -> DatasetReport:
    r"""Write the records of a dataset that do not repeat others, without what they repeat.

    Parameters
    ----------
    sources
        Files of records; ``-`` is standard input.
    target
        A file, ``-`` for standard output; or a folder, which is to have one file for each input,
        or with ``shard_size`` as many as it takes.
    config
        The settings; ``Config()`` when None.
    stats
        A file for the numbers of the report, as JSON.
    ledger
        A file for what was removed, from which ``restore_dataset`` puts the inputs together
        again; compressed as its name says.
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
    job = Job(
        inputs=[Path(source) for source in sources],
        config=Config.of(config, {}),
        options=chosen,
        place=Place(str(target), chosen.shard_size),
        stats=None if stats is None else Path(stats),
        ledger=None if ledger is None else Path(ledger),
    )
    return run(job)


def run(job: Job) -> DatasetReport:
    """Do it."""
    options = job.options
    name = format_of_all(job.inputs, options.format)
    form = form_for(name, options)
    if isinstance(form, str) and (STDIN in job.inputs or job.ledger):
        raise ConfigError(f"files of {form} are neither piped nor put together again by a ledger")
    with ExitStack() as stack:
        staged = stack.enter_context(StagedFiles())
        folder = stack.enter_context(_folder(job))
        texts = stack.enter_context(Spool(folder / "texts"))
        names = stack.enter_context(Spool(folder / "names"))
        outputs: list[Any] = []
        if job.place is not None:
            make = TableShards if isinstance(form, str) else Shards
            outputs = job.place.outputs(job.inputs, options.against, staged, make)
            for output in outputs:
                stack.callback(output.abandon)
        paths = [*options.against, *job.inputs]
        expected = sum(path.stat().st_size for path in paths if path.is_file())
        reader = Reader(options, job.config, texts, names if options.id_key else None, expected)
        for path in options.against:  # each may have columns of its own, or another format
            _read(reader, path, form_for(format_of_all([path], None), options))
        for path in job.inputs:
            _read(reader, path, form, folder / COPY if path == STDIN else None)
        rows = reader.rows(len(options.against))
        found = Found(options, rows, decide(rows, job.config, options), folder / COPY)
        if outputs and isinstance(form, str):
            write_tables(form, found, outputs)
        elif outputs and not isinstance(form, str):
            write_records(form, found, outputs, staged, job.ledger)
        written = sum(output.written for output in dict.fromkeys(outputs))
        report = DatasetReport.of(rows, found.decisions, written)
        if job.stats is not None:
            numbers = orjson.dumps(report.to_dict(), option=orjson.OPT_INDENT_2)
            staged.add(job.stats, numbers + b"\n")
    return report


def _read(reader: Reader, path: Path, form: Form, copy: Path | None = None) -> None:
    if isinstance(form, str):
        reader.read_table(TableFile(path, form))
    else:
        reader.read(path, form, copy)


@contextmanager
def _folder(job: Job) -> Iterator[Path]:
    """Make a folder for what waits, and remove it."""
    target = Path(job.place.target or job.inputs[0]) if job.place else job.inputs[0]
    apart = target == STDIN or is_stream(target)
    place = job.options.tmp_dir or (Path(gettempdir()) if apart else target.absolute().parent)
    if not place.is_dir():
        raise OutputError(f"{place}: no such folder; make it, or name another with --tmp-dir")
    try:
        folder = TemporaryDirectory(prefix="dedup-", dir=place)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(
            f"{place}: texts cannot wait there ({reason}); name another folder with --tmp-dir"
        ) from error
    with folder as name:
        yield Path(name)
