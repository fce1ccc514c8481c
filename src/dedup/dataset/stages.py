"""The stages of a run: read, leave out what recurs, compare, write."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from dedup.arrays.memory import IN_RAM, DiskMemory
from dedup.dataset.decisions import Found, decide, decide_by_index
from dedup.dataset.folders import FolderOutput, write_folders
from dedup.dataset.inputs import Form
from dedup.dataset.job import Job
from dedup.dataset.outputs import ArrayShards, Files, Shards
from dedup.dataset.reading import inputs_to_read
from dedup.dataset.report import DatasetReport
from dedup.dataset.rows import read_rows
from dedup.dataset.run_folder import JOURNAL
from dedup.dataset.table_writing import TableShards, write_tables
from dedup.dataset.trimming import without_boilerplate, without_spans
from dedup.dataset.writing import write_records
from dedup.io.json_array import JsonArray
from dedup.io.json_values import dumps
from dedup.io.spool import Spool
from dedup.io.staged import StagedFiles
from dedup.io.targets import backups_in_place, refuse_filled, targets_of_records
from dedup.io.text_files import TextFiles

RELEASED_AT = 0.75  # of the limit: the process grows further until it is checked


def carry_out(job: Job, form: Form, folder: Path) -> DatasetReport:
    """Read all records, decide, and write what stays.

    Raises
    ------
    InputError, OutputError, AuditError
        When that fails; nothing is written then.
    """
    options = job.options
    refuse_filled(filter(None, (job.ledger, options.quarantine)))
    memory = IN_RAM
    if options.memory is not None:
        memory = DiskMemory(folder, int(options.memory * RELEASED_AT))
    with ExitStack() as stack:
        indexed = stack.enter_context(ExitStack())  # before the outputs, to end behind them
        staged = stack.enter_context(StagedFiles(folder / JOURNAL, options.index_files))
        texts = stack.enter_context(Spool(folder / "texts", memory))
        names = stack.enter_context(Spool(folder / "names", memory))
        outputs = _outputs(job, form, staged)
        for output in outputs:
            stack.callback(output.abandon)
        inputs = inputs_to_read(job, form, folder)
        rows, samples = read_rows(inputs, job, texts, names, memory)
        recurring: list[dict[str, Any]] = []
        longest: list[dict[str, Any]] = []
        if options.blocks:
            job.progress.begin("boilerplate")
            left = stack.enter_context(Spool(folder / "left", memory))
            rows, recurring = without_boilerplate(rows, job, left, memory)
        job.progress.begin("comparing")
        if options.index is not None:
            decisions = decide_by_index(rows, job, indexed, staged if outputs else None)
        else:
            decisions = decide(rows, job, samples, memory)
        if options.spans:
            job.progress.begin("spans")
            rest = stack.enter_context(Spool(folder / "rest", memory))
            rows, longest = without_spans(rows, job, decisions.removed, rest, memory)
        found = Found(job, rows, decisions, memory)
        count = None
        if outputs:
            job.progress.begin("writing")
            make = ArrayShards if isinstance(form, JsonArray) else Shards
            aside = make(staged, options.quarantine) if options.quarantine else None
            ledger = Shards(staged, job.ledger) if job.ledger else None
            for file in filter(None, (aside, ledger)):
                stack.callback(file.abandon)
            count = _write(form, found, outputs, aside, ledger)
        written = sum(output.written for output in dict.fromkeys(outputs))
        report = DatasetReport.of(rows, decisions, recurring, longest)
        report = replace(report, bytes_written=written)
        report.audit(count, annotated=options.annotate)
        _note(job, staged, report, recurring)
    return report


def _note(
    job: Job, staged: StagedFiles, report: DatasetReport, recurring: list[dict[str, Any]]
) -> None:
    """Write the files that say what was found."""
    if job.stats is not None:
        staged.add(job.stats, dumps(report.to_dict(), indented=True) + b"\n")
    if job.patterns is not None:
        staged.add(job.patterns, b"".join(dumps(pattern) + b"\n" for pattern in recurring))


def _outputs(job: Job, form: Form, staged: StagedFiles) -> list[Any]:
    """Return where the records of each input go, as the form writes them; nothing for nowhere."""
    inputs, limit, against = job.inputs, job.options.shard_size, job.options.against
    if not job.writes:
        return []
    if isinstance(form, TextFiles):
        return [FolderOutput(staged, job, job.targets[0])] * len(job.inputs)
    make: Callable[..., Files] = TableShards
    if not isinstance(form, str):
        shards = ArrayShards if isinstance(form, JsonArray) else Shards
        make = partial(shards, per_record=form.per_record_compression)
    if job.output is None:
        backups = backups_in_place(inputs, job.backup_suffix, limit, against)
        pairs = zip(inputs, backups, strict=True)
        return [make(staged, target, backup=backup) for target, backup in pairs]
    targets = targets_of_records(inputs, job.output, job.names, limit, against, staged)
    made = {target: make(staged, target, limit) for target in dict.fromkeys(targets)}
    return [made[target] for target in targets]


def _write(
    form: Form, found: Found, outputs: list[Any], aside: Shards | None, ledger: Shards | None
) -> int:
    """Write all inputs; return how many records."""
    if isinstance(form, TextFiles):
        return write_folders(form, found, outputs, ledger)
    if isinstance(form, str):
        return write_tables(form, found, outputs)
    return write_records(form, found, outputs, aside, ledger)
