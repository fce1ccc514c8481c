"""A dataset from its inputs to its output: read, decide, write."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from dedup.config import Config
from dedup.dataset.decisions import decide
from dedup.dataset.folder_writing import write_folders
from dedup.dataset.folders import FolderOutput, refuse_for_folders
from dedup.dataset.forms import Form, form_for
from dedup.dataset.given import path_in, paths_in
from dedup.dataset.inputs import inputs_of
from dedup.dataset.job import Found, Job, Progress
from dedup.dataset.options import DatasetOptions
from dedup.dataset.outputs import Shards, ShardsApart
from dedup.dataset.parts import Part, known_parts, rows_of
from dedup.dataset.reading import Reader
from dedup.dataset.report import DatasetReport
from dedup.dataset.state import State, state_of
from dedup.dataset.table_writing import TableShards, write_tables
from dedup.dataset.targets import Place
from dedup.dataset.writing import write_records
from dedup.errors import ConfigError, OutputError
from dedup.io.formats import Format, detect, format_named
from dedup.io.listing import known_by, listing_of
from dedup.io.spool import Spool
from dedup.io.staged import StagedFiles, finish_commit, remove_staged
from dedup.io.targets import refuse_clashes
from dedup.io.text import STDIN
from dedup.io.text_files import TextFiles
from dedup.kernels.spill import Spill

TRIMMED_AT = 0.75  # of the memory: it grows further until that is noticed
COPY = "input"  # of what can be read only once


def clean_dataset(  # noqa: PLR0913
    sources: str | Path | Sequence[str | Path],
    target: str | Path,
    config: Config | None = None,
    *,
    stats: str | Path | None = None,
    ledger: str | Path | None = None,
    resume: bool = False,
    **options: Any,  # noqa: ANN401
) -> DatasetReport:
    r"""Write the records of a dataset that do not repeat others, without what they repeat.

    Parameters
    ----------
    sources
        Files of records, or one, ``-`` for standard input; or folders and patterns, as in
        ``"crawl/**/*.txt"``. Where these name files of text, each of them is a record: a file that
        is a copy of another one is left out.
    target
        A file, ``-`` for standard output; or a folder, which is to have one file for each input,
        or with ``shard_size`` as many as it takes. What a folder or pattern names lies in it as it
        lay there; of files of text it is always a folder.
    config
        The settings; ``Config()`` when None.
    stats
        A file for the numbers of the report, as JSON.
    ledger
        A file for what was removed, from which ``restore_dataset`` puts the inputs together
        again; compressed as its name says.
    resume
        Go on with a run of the same that was interrupted, if there was one. The inputs that it had
        read are not read for their texts again.
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
        place=Place(str(target), chosen.shard_size),
        stats=None if stats is None else path_in("stats", stats),
        ledger=None if ledger is None else path_in("ledger", ledger),
        resume=resume,
    )
    return run(job)


def run(job: Job) -> DatasetReport:
    """Do it, or go on with it."""
    job, name = _resolved(job)
    form = form_for(name, job.options)
    if job.options.delimiter is not None and name not in ("csv", "tsv"):
        raise ConfigError(f"delimiter is for CSV, and files of {name} have none")
    if isinstance(form, TextFiles):
        refuse_for_folders(job)
    else:
        target = [Path(job.place.target)] if job.place and job.place.target else []
        refuse_clashes([*job.inputs, *job.options.against], [*target, *job.beside])
    if isinstance(form, str) and (STDIN in job.inputs or job.ledger):
        raise ConfigError(f"files of {form} are neither piped nor put together again by a ledger")
    _check_name(job.place, name)
    with state_of(job) as state:
        if state.journal is not None and state.journal.exists():
            report = DatasetReport.from_json(finish_commit(state.journal))
        else:
            report = _run(job, form, state)
        if state.token is not None:
            for place in job.places:
                remove_staged(place, state.token)
    return report


def _resolved(job: Job) -> tuple[Job, Format]:
    """Return a job in which folders and patterns are files, but those of text, and the format."""
    found = inputs_of(job.inputs, job.options.format)
    if found.format == "text" and not found.folders:
        raise ConfigError(
            f"{found.paths[0]}: is a file of text, which is cleaned by itself: by clean_file; of a "
            "dataset name the folder, or the --format"
        )
    references = [path for given in job.options.against for path in inputs_of([given], None).paths]
    options = replace(job.options, against=tuple(references))
    return replace(job, inputs=found.paths, names=found.names, options=options), found.format


def _check_name(place: Place | None, name: Format) -> None:
    """Refuse an output whose name says another format than it will have."""
    target = Path(place.target) if place and place.target else Path()
    named = None if target.is_dir() else format_named(target)
    if named not in (None, name):
        raise ConfigError(
            f"{target}: would have {name} in it and not {named}: nothing is converted; name it so"
        )


def _run(job: Job, form: Form, state: State) -> DatasetReport:
    options = job.options
    for earlier in filter(None, (job.ledger, options.quarantine)):
        # It may be all that is left of some records.
        if earlier.is_file() and earlier.stat().st_size:
            raise OutputError(f"{earlier}: exists already; move it, or name another file")
    with ExitStack() as stack:
        if options.memory is not None:
            limit = int(options.memory * TRIMMED_AT)
            stack.enter_context(Spill(state.folder, limit))
        staged = stack.enter_context(StagedFiles(state.token, state.journal))
        texts = stack.enter_context(Spool(state.folder / "texts"))
        names = stack.enter_context(Spool(state.folder / "names"))
        outputs: list[Any] = []
        if job.place is not None:
            outputs = _outputs(job, job.place, form, staged)
            for output in outputs:
                stack.callback(output.abandon)
        copy = state.folder / COPY
        parts, samples = _read_all(job, form, state, texts, names)
        rows = rows_of(parts, len(options.against), texts, names)
        job.progress.begin("comparing")
        found = Found(options, job.names, rows, decide(rows, job.config, options, samples), copy)
        job.progress.begin("writing")
        count = None
        if outputs:
            aside, ledger = (
                Shards(staged, path) if path else None for path in (options.quarantine, job.ledger)
            )
            for file in filter(None, (aside, ledger)):
                stack.callback(file.abandon)
            count = _write(form, found, outputs, aside, ledger)
        written = sum(output.written for output in dict.fromkeys(outputs))
        report = DatasetReport.of(rows, found.decisions, written)
        report.audit(count, annotated=options.annotate)
        staged.note = report.to_dict()
        if job.stats is not None:
            numbers = orjson.dumps(report.to_dict(), option=orjson.OPT_INDENT_2)
            staged.add(job.stats, numbers + b"\n")
    return report


def _outputs(job: Job, place: Place, form: Form, staged: StagedFiles) -> list[Any]:
    """Return where the records of each input go, as the form writes them."""
    against = job.options.against
    if isinstance(form, TextFiles):
        return [FolderOutput(staged, job, Path(str(place.target)))] * len(job.inputs)
    if isinstance(form, str):
        return place.outputs(job.inputs, job.names, against, staged, TableShards)
    make = ShardsApart if form.apart else Shards
    return place.outputs(job.inputs, job.names, against, staged, make)


def _write(
    form: Form, found: Found, outputs: list[Any], aside: Shards | None, ledger: Shards | None
) -> int:
    """Write all inputs; return how many records."""
    if isinstance(form, TextFiles):
        return write_folders(form, found, outputs, ledger)
    if isinstance(form, str):
        return write_tables(form, found, outputs)
    return write_records(form, found, outputs, aside, ledger)


def _reach(progress: Progress, before: int, done: int) -> None:
    progress.reach(before + done)


def _read_all(
    job: Job, form: Form, state: State, texts: Spool, names: Spool
) -> tuple[list[Part], list[Any]]:
    """Read all inputs, those left out that were read before the run was interrupted.

    Returns
    -------
    parts, samples
        And the samples of the last texts.
    """
    options = job.options
    paths = [*options.against, *job.inputs]
    sizes = [known_by(listing_of(path))[0] if path != STDIN else 0 for path in paths]
    expected = sum(sizes)
    job.progress.begin("reading", expected)
    reader = Reader(options, job.config, texts, names, expected)
    parts = known_parts(state.parts(), texts, names)
    before = 0
    for number, path in enumerate(paths):
        own = form
        if number < len(options.against):  # each may have columns of its own, or another format
            own = form_for(detect(path), options.of_references, reference=True)
        if number >= len(parts):
            reach = partial(_reach, job.progress, before)
            copy = state.folder / COPY if path == STDIN else None
            fields = options.wanted
            if number < len(options.against):
                fields = options.of_references.wanted
            parts.append(reader.read(path, own, fields, copy, reach))
            if state.token is not None:
                parts[-1].save(state.part(number))
        elif not isinstance(own, (str, TextFiles)):
            own.take_head(parts[number].head, str(path))
        before += sizes[number] or parts[-1].fingerprint.bytes
        job.progress.reach(before)
    return parts, reader.samples
