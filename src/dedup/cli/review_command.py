"""``dedup-clean review``: a person judges the removals of a run, pair by pair."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from dedup.cli import flags
from dedup.cli.effects import Mode, cleaning_rules, in_force
from dedup.cli.help_page import PanelOption
from dedup.cli.settings_file import SettingsCommand
from dedup.datasets.inputs import find_inputs
from dedup.datasets.progress_display import shown_progress
from dedup.errors import ConfigError, OutputError
from dedup.files.address import Address
from dedup.files.decoding import STDIN
from dedup.files.listing import is_recursive, root_folder
from dedup.files.location import Location, contains_path
from dedup.files.standard_streams import is_stream
from dedup.files.targets import refuse_clashes, refuse_unwritable

COMPARED = """preset threshold measure unit ngram_size numeric_variants page_variants
    block_threshold num_perm recall seed within keep split_by min_tokens against blocks min_df
    boilerplate keep_pattern"""
READ = "format text id source delimiter encoding errors on_error threads memory tmp_dir"


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
    from dedup.cli.review_removals import review_removals  # noqa: PLC0415  slow: imports reports

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
    chosen = {name: effective[name] for name in values}
    job = flags.job_of(files, chosen | {"format": found.format})
    review_removals(job, path, quiet=values["quiet"])
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
