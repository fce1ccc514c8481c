"""A dataset from its inputs to its output: read, decide, write."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import numpy as np
import orjson

from dedup.config import Config
from dedup.dataset.changes import Changes
from dedup.dataset.decisions import Decisions, decide
from dedup.dataset.options import DatasetOptions
from dedup.dataset.outputs import Shards
from dedup.dataset.reading import Reader
from dedup.dataset.report import DatasetReport
from dedup.dataset.rows import Rows
from dedup.dataset.targets import Place
from dedup.dataset.writing import ASIDE, CHANGE, GO, STAY, Writer
from dedup.errors import ConfigError, OutputError
from dedup.io.jsonl import JsonLines
from dedup.io.records import RecordFormat
from dedup.io.source import Source
from dedup.io.spool import Spool
from dedup.io.staged import StagedFiles, is_stream
from dedup.io.text import STDIN
from dedup.records import U8

COPY = "input"  # of what can be read only once


def clean_dataset(
    sources: Sequence[str | Path],
    target: str | Path,
    config: Config | None = None,
    *,
    stats: str | Path | None = None,
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
    place = Place(str(target), chosen.shard_size)
    return run([Path(source) for source in sources], place, Config.of(config, {}), chosen, stats)


def run(
    inputs: Sequence[Path],
    place: Place | None,
    config: Config,
    options: DatasetOptions,
    stats: str | Path | None = None,
) -> DatasetReport:
    """Do as ``clean_dataset``; without a place nothing is written."""
    if not inputs:
        raise ConfigError("a dataset needs an input")
    form = JsonLines(options.wanted)
    against = len(options.against)
    target = place.target if place else None
    with ExitStack() as stack:
        staged = stack.enter_context(StagedFiles())
        folder = stack.enter_context(_folder(options, Path(target or inputs[0])))
        texts = stack.enter_context(Spool(folder / "texts"))
        names = stack.enter_context(Spool(folder / "names"))
        outputs = place.outputs(inputs, options.against, staged) if place else []
        paths = [*options.against, *inputs]
        expected = sum(path.stat().st_size for path in paths if path.is_file())
        reader = Reader(options, config, texts, names if options.id_key else None, expected)
        rows = _read_all(paths, form, reader, folder / COPY)
        given = sum(len(read.rows) for read in rows.inputs[:against])
        decisions = decide(rows, given, config, options)
        aside = Shards(staged, options.quarantine) if options.quarantine and outputs else None
        changes = Changes(rows, decisions, given, options.text_key)
        change = changes.annotated if options.annotate else changes.without_repeats
        actions = _actions(rows, decisions, options)
        for read, output in zip(rows.inputs[against:], outputs, strict=False):
            own = slice(read.rows.start, read.rows.stop)
            with Source(folder / COPY if read.path == STDIN else read.path) as source:
                writer = Writer(output, aside, partial(change, form))
                writer.write(read, source, rows.ends[own], actions[own])
        for shards in {*outputs, *filter(None, [aside])}:
            shards.close()
        written = sum(output.written for output in {*outputs})
        report = DatasetReport.of(rows, given, decisions, written)
        if stats is not None:
            numbers = orjson.dumps(report.to_dict(), option=orjson.OPT_INDENT_2)
            staged.add(Path(stats), numbers + b"\n")
    return report


def _read_all(paths: Sequence[Path], form: RecordFormat, reader: Reader, copy: Path) -> Rows:
    """Read all inputs, and keep a copy of standard input, which is written from later."""
    for path in paths:
        if path == STDIN:
            with copy.open("wb") as file:
                reader.read(path, form, file)
        else:
            reader.read(path, form)
    return reader.rows()


def _actions(rows: Rows, decisions: Decisions, options: DatasetOptions) -> U8:
    """Return what is done with each record."""
    actions = np.full(len(rows), CHANGE if options.annotate else STAY, np.uint8)
    if not options.annotate:
        actions[rows.edited] = CHANGE
        actions[decisions.removed] = GO
    actions[rows.bad] = ASIDE
    return actions


@contextmanager
def _folder(options: DatasetOptions, target: Path) -> Iterator[Path]:
    """Make a folder for what waits, and remove it."""
    apart = target == STDIN or is_stream(target)
    beside = Path(gettempdir()) if apart else target.absolute().parent
    place = options.tmp_dir or beside
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
