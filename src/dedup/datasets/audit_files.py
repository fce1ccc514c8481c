"""Audit files: their texts are read one after the other, and a sample of them is kept."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dedup.auditing.audit import audit_sample
from dedup.auditing.audit_result import AuditResult
from dedup.auditing.reservoir import Reservoir
from dedup.config import Config, ConfigLike, check_whole_number
from dedup.datasets.dataset_options import DatasetOptions, as_paths
from dedup.datasets.inputs import find_inputs, format_handler
from dedup.datasets.job import Job
from dedup.datasets.progress import Progress
from dedup.datasets.read_inputs import inputs_to_read, read_inputs
from dedup.errors import ConfigError
from dedup.files.decoding import STDIN


def audit_files(
    sources: str | Path | Sequence[str | Path],
    config: ConfigLike | None = None,
    *,
    sample: int = 10_000,
    progress: Progress | None = None,
    **options: Any,  # noqa: ANN401
) -> AuditResult:
    r"""Tell from a sample of what files hold which settings suit it: ``audit`` of their texts.

    No more than the sample is held in memory, and some bytes for each record.

    Parameters
    ----------
    sources
        Files of records, or one, ``-`` for standard input; or files of text, folders and patterns:
        of these each file is a text.
    config
        The settings that are audited, or the name of a preset; ``Config()`` when None.
    sample
        How many texts are drawn; fewer where they have more than 32 MB.
    progress
        Told the stages of the audit, and how many bytes were read.
    **options
        Fields of ``DatasetOptions`` that say how records are read: ``format``, ``text``,
        ``delimiter``, ``encoding``, ``errors``, ``on_error``, ``threads``.

    Returns
    -------
    AuditResult

    Raises
    ------
    ConfigError
        When a setting or option is unknown, outside its range, or contradicts another.
    InputError
        When an input cannot be read; the message says where, and the remedy.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     news = Path(folder, "news.jsonl")
    ...     _ = news.write_bytes(b'{"text": "The same story."}\n' * 2)
    ...     audit_files(news).exact
    1
    """
    config, size = Config.of(config, {}), check_whole_number("sample", sample, 1)
    chosen = replace(DatasetOptions.of(options), within=False, across=False)
    found = find_inputs(as_paths("sources", sources), chosen.format)
    chosen = replace(chosen, format=found.format)
    form = format_handler(chosen)
    if STDIN in found.paths and found.format in ("text", "parquet", "arrow"):
        raise ConfigError(f"an audit of {found.format} needs files: standard input is one text")
    reservoir = Reservoir(size, config.seed)
    progress = progress or Progress()
    job = Job(inputs=found.paths, config=config, options=chosen, progress=progress)
    unread: list[int] = []
    for read, batch in read_inputs(inputs_to_read(job, form), job):
        reservoir.add(batch.texts)
        unread += [read.rows.stop + record.row for record in batch.records.bad]
    return audit_sample(
        reservoir,
        config,
        unreadable=reservoir.drawn(np.array(unread, np.int64)),
        threads=chosen.threads,
        begin=progress.begin,
    )
