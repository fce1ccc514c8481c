"""Clean files of records: read, remove boilerplate, decide, remove spans, write, report."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any

from dedup.config import Config, ConfigLike
from dedup.datasets.dataset_options import DatasetOptions, as_path, as_paths
from dedup.datasets.dataset_report import DatasetReport
from dedup.datasets.decide_records import Decisions, decide, decide_by_index
from dedup.datasets.formats.detect import detect_format
from dedup.datasets.formats.json_array import JsonArray
from dedup.datasets.formats.json_values import dumps
from dedup.datasets.formats.text_files import TextFiles
from dedup.datasets.inputs import FormatHandler, find_inputs, format_handler
from dedup.datasets.job import Job
from dedup.datasets.outputs import ArrayShards, FolderOutput, OutputFiles, Outputs, Shards
from dedup.datasets.preflight import check_job
from dedup.datasets.record_frames import without_frames
from dedup.datasets.record_table import read_records
from dedup.datasets.stage_times import StageTimes
from dedup.datasets.trim_records import without_boilerplate, without_spans
from dedup.datasets.workspace import JOURNAL_NAME, Workspace, open_workspace
from dedup.datasets.write_records import write_records, write_text_files
from dedup.datasets.write_tables import TableShards, write_tables
from dedup.errors import ConfigError, InputError
from dedup.files.decoding import STDIN
from dedup.files.downloads import local_copies
from dedup.files.listing import is_folder_or_pattern, list_named_files
from dedup.files.location import Location
from dedup.files.staged import StagedFiles
from dedup.files.targets import plan_backups, plan_record_targets, refuse_nonempty_files
from dedup.matching.decisions import read_decisions


def clean_dataset(
    sources: str | Location | Sequence[str | Location],
    target: str | Location,
    config: ConfigLike | None = None,
    **options: Any,  # noqa: ANN401
) -> DatasetReport:
    r"""Remove duplicate records, and paragraphs that repeat within a record, from files.

    Parameters
    ----------
    sources
        Files of records, ``-`` for standard input; or folders and patterns, such as
        ``"crawl/**/*.txt"``. If they are text files, each file is a record: a file that is a copy
        of another one is left out. An address such as ``"s3://bucket/news.jsonl.gz"`` is used like
        a path, here and for ``target`` and other files.
    target
        A file, ``-`` for standard output; or a folder with one file for each input, or with
        ``shard_size`` as many as needed. Files below a folder or pattern keep their relative
        paths. Text files need a folder.
    config
        The settings, or the name of a preset; ``Config()`` when None.
    **options
        Fields of ``DatasetOptions``, such as ``text="body"`` and ``id="url"``.

    Returns
    -------
    DatasetReport

    Raises
    ------
    ConfigError
        When a setting or option is unknown, out of range, or contradicts another one.
    InputError
        When an input cannot be read; the message says where, and the remedy.
    OutputError
        When an output cannot be written.

    Notes
    -----
    After an error nothing is written: all outputs appear together at the end.

    Examples
    --------
    >>> from pathlib import Path
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
    as_path("target", target)
    job = Job(
        inputs=as_paths("sources", sources),
        config=Config.of(config, {}),
        options=chosen,
        index_config=None if config is None else Config.of(config, {}),
        output=str(target),
    )
    return run_job(job)


def run_job(job: Job, show: Callable[[Decisions], None] | None = None) -> DatasetReport:
    """Check a job and run it.

    Parameters
    ----------
    job
        The inputs, settings, options and output.
    show
        Called with the decisions, before the temporary files are deleted; its time is not part of
        the progress.
    """
    times = StageTimes(job.progress)
    job = replace(_find_files(job.resolved()), progress=times)
    handler = format_handler(job.options)
    check_job(job)
    with open_workspace(job) as workspace, local_copies(_copied(job), workspace.folder):
        return _run_steps(workspace, handler, times, show)


def _run_steps(
    workspace: Workspace,
    handler: FormatHandler,
    times: StageTimes,
    show: Callable[[Decisions], None] | None,
) -> DatasetReport:
    """Read all records, decide which are removed, write the kept ones, and show the decisions.

    Raises
    ------
    InputError, OutputError, ConsistencyError
        When a step fails; nothing is written then.
    """
    job, options = workspace.job, workspace.job.options
    refuse_nonempty_files(filter(None, (options.ledger, options.quarantine)))
    recurring: list[dict[str, Any]] = []
    longest: list[dict[str, Any]] = []
    compared = frames = count = None
    judged = None if options.decisions is None else read_decisions(options.decisions)
    with ExitStack() as stack:
        indexed = stack.enter_context(
            ExitStack()
        )  # entered before the outputs, so it is left after them
        staged = stack.enter_context(
            StagedFiles(workspace.folder / JOURNAL_NAME, options.index_files, job.progress)
        )
        outputs = _outputs(job, handler, staged)
        stack.callback(outputs.abandon)
        rows, sketches = read_records(workspace, handler)
        if options.blocks:
            job.progress.begin("boilerplate")
            rows, recurring = without_boilerplate(rows)
        if options.index is not None:
            job.progress.begin("indexing")
            decisions = decide_by_index(rows, indexed, staged if job.writes else None)
        else:
            if options.source is not None:
                job.progress.begin("page frames")
                compared, frames = without_frames(rows)
            job.progress.begin("comparing")
            decisions = decide(rows, sketches, judged, compared)
        if options.spans:
            job.progress.begin("spans")
            rows, longest = without_spans(rows, decisions.removed)
            decisions = replace(decisions, rows=rows)
        if job.writes:
            job.progress.begin("writing")
            count = _write(handler, decisions, outputs)
            outputs.remove_stale_shards()
        report = DatasetReport.of(decisions, recurring, longest, frames, outputs.written)
        report.audit(count, annotated=options.annotate)
        if options.stats is not None:
            staged.add(options.stats, dumps(report.to_dict(), indented=True) + b"\n")
        if options.patterns is not None:
            staged.add(options.patterns, b"".join(dumps(pattern) + b"\n" for pattern in recurring))
        if options.report is not None:
            from dedup.reports.corpus_report import dataset_page  # noqa: PLC0415  a layer above

            staged.add(options.report, dataset_page(decisions, report, times.stages()).encode())
        if show is not None:
            job.progress.end()
            show(decisions)
    return report


def _outputs(job: Job, handler: FormatHandler, staged: StagedFiles) -> Outputs:
    """Return the outputs of each input, the quarantine and the ledger."""
    if not job.writes:
        return Outputs([])
    inputs, limit, against = job.inputs, job.options.shard_size, job.options.against
    ledger = Shards(staged, job.options.ledger) if job.options.ledger else None
    if isinstance(handler, TextFiles):
        return Outputs([FolderOutput(staged, job, job.target_paths[0])] * len(inputs), None, ledger)
    make: Callable[..., OutputFiles] = TableShards
    quarantine = None
    if not isinstance(handler, str):
        shards = ArrayShards if isinstance(handler, JsonArray) else Shards
        make = partial(shards, per_record=handler.per_record_compression)
        path = job.options.quarantine
        quarantine = shards(staged, path) if path else None
    if job.output is None:
        backups = plan_backups(inputs, job.backup_suffix, limit, against)
        pairs = zip(inputs, backups, strict=True)
        files = [make(staged, target, backup=backup) for target, backup in pairs]
    else:
        targets = plan_record_targets(inputs, job.output, job.names, limit, against, staged)
        made = {target: make(staged, target, limit) for target in dict.fromkeys(targets)}
        files = [made[target] for target in targets]
    return Outputs(files, quarantine, ledger)


def _write(handler: FormatHandler, decisions: Decisions, outputs: Outputs) -> int:
    """Write the kept records of all inputs; return their number."""
    if isinstance(handler, TextFiles):
        return write_text_files(handler, decisions, outputs)
    if isinstance(handler, str):
        return write_tables(handler, decisions, outputs)
    return write_records(handler, decisions, outputs)


def _copied(job: Job) -> list[Location]:
    """Return the inputs that are read several times: all but text files."""
    references = [
        path
        for path in job.options.against
        if not is_folder_or_pattern(path) and detect_format(path) != "text"
    ]
    return [*references, *(() if job.options.format == "text" else job.inputs)]


def _find_files(job: Job) -> Job:
    """Return the job with its format, and with files in the place of folders and patterns.

    Text files are one input: the folder that contains them.
    """
    found, files = find_inputs(job.inputs, job.options.format), None
    if found.format == "text" and not found.folders:
        if len(found.paths) == 1 or STDIN in found.paths:
            if found.paths[0] != STDIN and not found.paths[0].exists():
                raise InputError(f"{found.paths[0]}: no such file; check the path")
            wrong = f"{found.paths[0]} is a single text, not a dataset; clean it with dedup.clean"
            raise ConfigError(f"{wrong}, or give format= if it has records")
        files = list_named_files(found.paths)
        found = replace(found, paths=[files.root], names=[""], listings=[files])
    references = [
        path
        for path_or_pattern in job.options.against
        for path in find_inputs([path_or_pattern], None).paths
    ]
    options = replace(job.options, against=tuple(references), format=found.format)
    return replace(
        job,
        inputs=found.paths,
        names=found.names,
        named_files=files,
        listings=found.listings,
        options=options,
    )
