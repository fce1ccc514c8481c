"""``dedup-clean review``: a person judges the removals of a run, pair by pair."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from dedup.cli import flags
from dedup.cli.effects import Mode, cleaning_rules, in_force
from dedup.cli.help_page import PanelOption
from dedup.cli.key_input import key_by_key
from dedup.cli.review_session import ReviewSession
from dedup.cli.settings_file import SettingsCommand
from dedup.datasets.clean_dataset import run_job
from dedup.datasets.decide_records import Decisions
from dedup.datasets.inputs import find_inputs
from dedup.datasets.progress_display import shown_progress
from dedup.errors import ConfigError, OutputError
from dedup.files.decoding import STDIN
from dedup.files.listing import is_recursive, root_folder
from dedup.files.location import Location, contains_path
from dedup.files.standard_streams import in_output_encoding, is_stream, write_stdout
from dedup.files.targets import refuse_clashes, refuse_unwritable
from dedup.matching.decisions import Judgement, read_decisions
from dedup.reports.corpus_report import MEMORY_PER_CHARACTER
from dedup.reports.decided_texts import DecidedTexts
from dedup.reports.review_page import summary_lines
from dedup.reports.review_queue import ReviewQueue, pair_key
from dedup.reports.threshold_view import MAX_COMPARED_CHARACTERS

COMPARED = """preset threshold measure unit ngram_size numeric_variants block_threshold
    num_perm recall seed within keep split_by min_tokens against blocks min_df
    boilerplate keep_pattern"""
READ = "format text id delimiter encoding errors on_error threads memory tmp_dir"


@click.command("review", cls=SettingsCommand)
@flags.files_argument
@flags.command_options(f"{COMPARED} {READ} quiet config show_settings", on_error=flags.FAIL_OR_SKIP)
@click.option(
    "--decisions",
    cls=PanelOption,
    panel="Input and output",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path),
    help="Add the judgements to FILE; pairs that it has are not shown again",
)
def review(files: list[Location], decisions: Path, **values: Any) -> int:  # noqa: ANN401
    """Judge removals in the terminal: show pairs of texts, and store what you decide.

    \b
      dedup-clean review news.jsonl --decisions decisions.jsonl
      dedup-clean news.jsonl --decisions decisions.jsonl -o clean.jsonl

    FILE is a file of records, a folder of texts, or several texts. Two of four pairs are the least
    similar removals, one is a removal drawn at random, one is a pair of similar texts that are
    kept. Exact copies and repeats within a text are not shown. One key judges a pair; without a
    terminal, standard input has a letter a line. Quit and start again to go on. At the end, the
    precision of the removals is estimated. Nothing is written but the judgements.
    """  # noqa: D301  click keeps the lines below \b as they are
    found_files = _checked(files, decisions)
    with shown_progress(found_files, quiet=values["quiet"]):
        found = find_inputs(found_files, values["format"])
    mode: Mode = "records" if found.format != "text" else "folder"
    as_run = {**flags.FLAG_DEFAULTS, **values, "check": True}  # a run that writes nothing
    effective = in_force(as_run, partial(cleaning_rules, found.format, mode))
    flags.say_misnamed(found, values)
    judged = _judgements(decisions)
    show = partial(_review, path=decisions, judged=judged, quiet=values["quiet"])
    with shown_progress(found_files, quiet=values["quiet"]) as progress:
        chosen = {name: effective[name] for name in values}
        job = flags.job_of(found_files, chosen | {"format": found.format})
        run_job(replace(job, progress=progress), show)
    return 0


def _checked(files: Sequence[Location], path: Path) -> Sequence[Location]:
    """Return the inputs, if the review can read them and write the judgements.

    Raises
    ------
    ConfigError
        When the inputs come from standard input, or the judgements would not go to a file.
    OutputError
        When the file would replace an input, or cannot be written.
    """
    if not files or STDIN in files:
        raise ConfigError("standard input has the keys of a review; name a FILE to review")
    if is_stream(path) or path == STDIN:
        raise ConfigError(f"--decisions must be a file, got {path}; name one")
    refuse_clashes(files, [path])
    for root in map(root_folder, filter(is_recursive, files)):
        if contains_path(root, path):
            raise OutputError(f"{path} must not be in the input {root}; choose another folder")
    refuse_unwritable([path])
    return files


def _judgements(path: Path) -> dict[int, Judgement]:
    """Return the judgements of a decisions file that count, by ``pair_key``."""
    if not path.exists():
        return {}
    return {pair_key(*pair): found for pair, found in read_decisions(path).latest.items()}


def _review(decisions: Decisions, path: Path, judged: dict[int, Judgement], *, quiet: bool) -> None:
    texts = DecidedTexts.of_records(decisions)
    limit, memory = MAX_COMPARED_CHARACTERS, decisions.rows.job.options.memory
    if memory is not None:
        limit = min(limit, memory // MEMORY_PER_CHARACTER)
    queue = ReviewQueue(texts, judged, limit)
    session = ReviewSession(decisions, texts, queue, path, judged)
    with key_by_key():
        session.walk()
    if quiet:
        return
    exact = int((decisions.exact & decisions.removed).sum())
    lines = summary_lines(queue.estimate(), exact, queue.left, session.made)
    write_stdout(in_output_encoding("".join(f"{line}\n" for line in lines)))
