"""Audit the texts of files from a random sample of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dedup.arrays.progress import NO_PROGRESS, Progress
from dedup.auditing.audit import audit_sample
from dedup.auditing.audit_result import AuditResult
from dedup.auditing.judged_thresholds import JudgedThresholds
from dedup.auditing.proposal import Proposal
from dedup.auditing.reservoir import Reservoir
from dedup.config import Config, ConfigLike, check_whole_number
from dedup.datasets.dataset_options import DatasetOptions, as_paths
from dedup.datasets.inputs import Inputs, find_inputs, format_handler
from dedup.datasets.job import Job
from dedup.datasets.preflight import NO_EFFECT_ON_TEXTS
from dedup.datasets.read_inputs import inputs_to_read, read_inputs
from dedup.datasets.stage_seconds import AUDIT_SECONDS, SECONDS_PER_GIGABYTE
from dedup.datasets.url_field import find_url_field
from dedup.errors import ConfigError
from dedup.files.decoding import STDIN
from dedup.files.location import Location
from dedup.matching.decisions import PairDecisions, as_decisions
from dedup.matching.judged_pairs import rows_of_judged_texts
from dedup.matching.sources import SourceNumbering


def audit_files(
    sources: str | Location | Sequence[str | Location],
    config: ConfigLike | None = None,
    *,
    sample: int = 10_000,
    judged: str | Location | PairDecisions | None = None,
    progress: Progress = NO_PROGRESS,
    **options: Any,  # noqa: ANN401
) -> AuditResult:
    r"""Audit the texts of files as ``dedup.audit`` does: what settings find, and which ones suit.

    Only the sample and a few bytes for each record are held in memory.

    Parameters
    ----------
    sources
        Files of records, ``-`` for standard input; or text files, folders and patterns of them:
        each file is a text.
    config
        The settings to audit, or the name of a preset; ``Config()`` when None.
    sample
        Number of texts in the sample; fewer if they have more than 32 MB.
    judged
        A decisions file, which ``dedup-clean review`` wrote, or ``PairDecisions``, as for
        ``dedup.audit``.
    progress
        Receives the stages of the audit and the number of bytes read.
    **options
        Fields of ``DatasetOptions`` that say how records are read: ``format``, ``text``,
        ``source`` (then texts are compared without the frames that the sample has),
        ``delimiter``, ``encoding``, ``errors``, ``on_error``, ``threads``.

    Returns
    -------
    AuditResult

    Raises
    ------
    ConfigError
        When a setting or option is unknown, out of range, or contradicts another one.
    InputError
        When an input cannot be read; the message says where, and the remedy.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     news = Path(folder, "news.jsonl")
    ...     _ = news.write_bytes(b'{"text": "The same story."}\n' * 2)
    ...     audit_files(news).exact
    1
    """
    config, size = Config.of(config, {}), check_whole_number("sample", sample, 1)
    decisions = None if judged is None else as_decisions(judged, "judged")
    chosen = replace(DatasetOptions.of(options), within=False)
    if chosen.source is not None:
        config.check_compares_parts("source")
    found = find_inputs(as_paths("sources", sources), chosen.format)
    chosen = replace(chosen, format=found.format)
    if found.format == "text" and chosen.source is not None:
        raise ConfigError.of("source", f"has no effect on texts: {NO_EFFECT_ON_TEXTS['source']}")
    handler = format_handler(chosen)
    if STDIN in found.paths and found.format in ("text", "parquet", "arrow"):
        wrong = f"standard input cannot be audited as {found.format}"
        raise ConfigError(f"{wrong}; name files")
    reservoir = Reservoir(size, config.seed)
    job = Job(
        inputs=found.paths,
        listings=found.listings,
        config=config,
        options=chosen,
        progress=progress,
    )
    progress.plan({"reading": SECONDS_PER_GIGABYTE["reading"]}, AUDIT_SECONDS)
    unread: list[int] = []
    digests = decisions.digests if decisions else set[str]()
    known_texts = set[str]()  # by digest
    numbering = SourceNumbering()
    for read, batch in read_inputs(inputs_to_read(job, handler), job):
        reservoir.add(batch.texts)
        numbering.add(batch.records.sources or ())
        texts = batch.texts
        known_texts |= rows_of_judged_texts(digests, texts.encoded, len(texts)).keys()
        unread += [read.rows.stop + record.row for record in batch.records.bad]
    thresholds = None
    if decisions is not None:
        thresholds = JudgedThresholds.of(decisions, config, len(known_texts))
    result = audit_sample(
        reservoir,
        config,
        unreadable=reservoir.drawn(np.array(unread, np.int64)),
        judged=thresholds,
        sources=None if chosen.source is None else numbering.sources(),
        threads=chosen.threads,
        progress=progress,
    )
    return replace(result, proposal=_with_source(result.proposal, found, chosen, config))


def _with_source(
    proposal: Proposal, found: Inputs, options: DatasetOptions, config: Config
) -> Proposal:
    """Return a proposal with the field of sources, that of the audit or a proposed one."""
    if options.source is not None:
        return proposal.with_source(options.source)
    field = find_url_field(found, options, config)
    if field is None or not (field.has_frames or proposal.preset == "web"):
        return proposal
    return proposal.with_source(field.name, field.reason)
