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
from dedup.cli.review_session import PROMPT, ReviewSession
from dedup.cli.settings_file import SettingsCommand
from dedup.datasets.clean_dataset import run_job
from dedup.datasets.decide_records import Decisions
from dedup.datasets.inputs import find_inputs
from dedup.datasets.progress_display import shown_progress
from dedup.errors import ConfigError, OutputError
from dedup.files.address import Address
from dedup.files.decoding import STDIN
from dedup.files.listing import is_recursive, root_folder
from dedup.files.location import Location, contains_path
from dedup.files.standard_streams import in_output_encoding, is_stream, write_stdout
from dedup.files.targets import refuse_clashes, refuse_unwritable
from dedup.matching.decisions import Judgement, read_decisions
from dedup.reports.corpus_report import MEMORY_PER_CHARACTER
from dedup.reports.decided_texts import DecidedTexts
from dedup.reports.review_page import summary_lines
from dedup.reports.review_queue import NearCopies, ReviewQueue, pair_key
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
    type=flags.LocationType(path_type=Path),
    help="Add your judgements to FILE (required); pairs that it has are not shown again",
)
def review(files: list[Location], decisions: Location | None, **values: Any) -> int:  # noqa: ANN401
    """Judge removals in the terminal: show pairs of texts, and store what you decide.

    \b
      dedup-clean review news.jsonl --decisions decisions.jsonl
      dedup-clean news.jsonl --decisions decisions.jsonl -o clean.jsonl

    FILE is a file of records, a folder of texts, or several texts. Two of four pairs are the least
    similar removals, one is a removal drawn at random, one is a pair of similar texts that are
    kept. Exact copies and repeats within a text are not shown. One key judges a pair; without a
    terminal, standard input has a letter a line. Quit and start again to go on: then removals that
    your judgements cause come first. At the end, the precision of the removals is estimated.
    Nothing is written but the judgements.
    """  # noqa: D301  click keeps the lines below \b as they are
    path = _checked(files, decisions)
    with shown_progress(files, quiet=values["quiet"]):
        found = find_inputs(files, values["format"])
    if found.format == "text" and not found.folders and len(found.paths) == 1:
        remedy = "name several files, a folder or a file of records"
        raise ConfigError(f"review compares texts, and {files[0]} is a single one; {remedy}")
    mode: Mode = "records" if found.format != "text" else "folder"
    as_run = {**flags.FLAG_DEFAULTS, **values, "check": True}  # a run that writes nothing
    effective = in_force(as_run, partial(cleaning_rules, found.format, mode))
    flags.say_misnamed(found, values)
    judged = _judgements(path)
    chosen = {name: effective[name] for name in values}
    job = flags.job_of(files, chosen | {"format": found.format})
    as_judged: list[NearCopies] = []
    if judged:
        with shown_progress(files, quiet=values["quiet"]) as progress:
            options = replace(job.options, decisions=path)
            add = partial(_add_near_copies, as_judged)
            run_job(replace(job, options=options, progress=progress), add)
    show = partial(_review, path=path, judged=judged, as_judged=as_judged, quiet=values["quiet"])
    with shown_progress(files, quiet=values["quiet"]) as progress:
        run_job(replace(job, progress=progress), show)
    return 0


def _checked(files: Sequence[Location], path: Location | None) -> Path:
    """Return the decisions file, if the review can read the inputs and write the judgements.

    Raises
    ------
    ConfigError
        When the inputs come from standard input, or the judgements would not go to a file.
    OutputError
        When the file would replace an input, or cannot be written.
    """
    if not files or STDIN in files:
        raise ConfigError("standard input has the keys of a review; name a FILE to review")
    if path is None:
        raise ConfigError("--decisions is missing; name the FILE that your judgements are added to")
    if isinstance(path, Address) or is_stream(path) or path == STDIN:
        raise ConfigError(f"--decisions must be a local file, got {path}; name one")
    try:
        refuse_clashes(files, [path])
    except OutputError as error:
        remedy = "name another file for the judgements"
        raise OutputError(f"--decisions {path} is an input; {remedy}") from error
    for root in map(root_folder, filter(is_recursive, files)):
        if contains_path(root, path):
            wrong = f"--decisions {path} must not be in the input {root}"
            raise OutputError(f"{wrong}; choose another folder")
    refuse_unwritable([path])
    return path


def _judgements(path: Path) -> dict[int, Judgement]:
    """Return the judgements of a decisions file that count, by ``pair_key``."""
    if not path.exists():
        return {}
    latest = read_decisions(path, allow_incomplete=True).latest
    return {pair_key(*pair): found for pair, found in latest.items()}


def _add_near_copies(found: list[NearCopies], decisions: Decisions) -> None:
    """Add the near copies of a run."""
    found.append(NearCopies.of(DecidedTexts.of_records(decisions)))


def _review(
    decisions: Decisions,
    path: Path,
    judged: dict[int, Judgement],
    as_judged: Sequence[NearCopies],
    *,
    quiet: bool,
) -> None:
    texts = DecidedTexts.of_records(decisions)
    limit, memory = MAX_COMPARED_CHARACTERS, decisions.rows.job.options.memory
    if memory is not None:
        limit = min(limit, memory // MEMORY_PER_CHARACTER)
    queue = ReviewQueue(texts, judged, limit, *as_judged)
    session = ReviewSession(decisions, texts, queue, path, judged)
    with key_by_key(PROMPT):
        session.walk()
    if quiet:
        return
    exact = int((decisions.exact & decisions.removed).sum())
    lines = summary_lines(queue, exact, session.made, session.skipped, path)
    write_stdout(in_output_encoding("".join(f"{line}\n" for line in lines)))
