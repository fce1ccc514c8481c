"""``dedup-clean audit``: a report on a sample of the texts."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from dedup.cli.modes import refuse_idle
from dedup.cli.options import (
    command_options,
    config_of,
    files_argument,
    inputs_in,
    named_options,
    say_misnamed,
)
from dedup.cli.request import with_defaults
from dedup.cli.tasks import audit_records
from dedup.config import Config
from dedup.dataset.inputs import inputs_of
from dedup.native import has_core

OPTIONS = (
    "sample",
    "preset",
    "measure",
    "threshold",
    "unit",
    "ngram_size",
    "numeric_variants",
    "num_perm",
    "recall",
    "keep",
    "seed",
    "as_json",
    "quiet",
    "format",
    "text_key",
    "delimiter",
    "encoding",
    "errors",
    "on_error",
    "threads",
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@files_argument
@command_options(OPTIONS, on_error=click.Choice(["fail", "skip"]))
def audit(files: tuple[Path, ...], **given: Any) -> Callable[[], int]:  # noqa: ANN401
    """Report on a sample of the texts: how many planted edits are found, which settings suit.

    Nothing is written but the report.

    \b
      dedup-clean audit news.jsonl
      dedup-clean audit crawl/ --threshold 0.7 --json
    """  # noqa: D301  click keeps the lines below \b as they are
    given = with_defaults(given)
    return partial(_begin, inputs_in(files), config_of(given), given, named_options())


def _begin(inputs: list[Path], config: Config, given: dict[str, Any], named: list[str]) -> int:
    has_core()  # a wrong DEDUP_NATIVE is said before anything is read
    refuse_idle("audit", given, named)
    say_misnamed(inputs_of(inputs, given["format"]), given)
    audit_records(inputs, config, given)
    return 0
