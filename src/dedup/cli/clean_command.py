"""``dedup-clean FILES``: clean texts, folders of texts, and files of records."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from dedup import __version__
from dedup.cli import flags
from dedup.cli.clean_records import clean_records
from dedup.cli.clean_texts import clean_texts
from dedup.cli.effects import Mode, Values, cleaning_facts, in_force, needs_collection
from dedup.cli.settings_file import COMMAND_LINE, SettingsCommand, say_settings, sources_of
from dedup.dataset.inputs import Inputs, inputs_of, texts_of
from dedup.errors import ConfigError
from dedup.index.validate import SETTINGS
from dedup.io.streams import is_stream
from dedup.io.text import STDIN
from dedup.native import build, has_core

FOUND = 1  # the exit code of --check
EPILOG = """Exit status: 0 done; 1 repeats found (--check); 2 error; 3 records do not add up.
After 2 and 3 no file is changed. An option without effect is an error."""


@click.command("clean", cls=SettingsCommand, epilog=EPILOG)
@flags.files_argument
@flags.command_options(" ".join({*flags.HELP} - {"sample"}))
@click.version_option(__version__, message=f"dedup-clean %(version)s ({build()})")
def clean(files: list[Path], **values: Any) -> int:  # noqa: ANN401
    """Remove repeated text from texts, from folders of texts, and from files of records.

    \b
      dedup-clean article.txt > clean.txt                  # paragraphs of a text
      dedup-clean news.jsonl.gz -o clean.jsonl.zst         # records, too
      dedup-clean crawl/ -o clean/ --ledger removed.jsonl  # texts of a folder
      dedup-clean 'crawl/**/*.txt' --in-place              # each text alone
      dedup-clean new.jsonl --index seen.db -o fresh.jsonl

    FILE is a text, a folder, a quoted pattern, or a file of records; - is standard input.
    """  # noqa: D301  click keeps the lines below \b as they are
    sources, files = sources_of(click.get_current_context()), flags.inputs_in(files)
    has_core()  # a wrong DEDUP_NATIVE is said before anything is read
    found = inputs_of(files, values["format"])
    named = [name for name, source in sources.items() if source == COMMAND_LINE]
    mode = _mode(found, values, named)
    of_file = sources["within"] != COMMAND_LINE
    if of_file and mode in ("text", "texts") and values["within"] is False and not values["spans"]:
        raise ConfigError(
            f"{sources['within']} sets within = false, so nothing is removed from a text: remove "
            "the line, or name another file with --config"
        )
    if sources["delimiter"] != COMMAND_LINE and found.format not in ("csv", "tsv"):
        values = {**values, "delimiter": None}  # one file of settings serves all formats
    say_settings(sources, quiet=values["quiet"])
    values = {**in_force(values, sources, partial(cleaning_facts, mode))}
    reporting = flags.Reporting(**flags.fields_of(flags.Reporting, values))
    if mode in ("records", "folder"):
        flags.say_misnamed(found, values)
        job = flags.job_of(files, {**values, "format": found.format})
        if any(sources[name] != "default" for name in ("preset", *SETTINGS)):
            job = replace(job, index_config=job.config)
        repeats = clean_records(job, reporting)
    else:
        if ":" in values["keep"]:
            raise ConfigError(
                f"--keep {values['keep']} has no effect on a text: it has no fields; leave it out, "
                "or give --format for a file of records"
            )
        if mode == "texts":
            files = texts_of(found, values["backup_suffix"] if values["in_place"] else "")
        across = mode == "texts" and values["across"]
        repeats = clean_texts(flags.job_of(files, {**values, "across": across}), reporting)
    return FOUND if repeats and reporting.check else 0


def _mode(found: Inputs, values: Values, named: Sequence[str]) -> Mode:
    """Return what is done with the inputs: several texts are a collection, as those of a folder."""
    if found.format != "text":
        return "records"
    several = len(found.paths) > 1
    streams = any(path == STDIN or is_stream(path) for path in found.paths)
    written = values["output"] not in (None, "-", "/dev/stdout")
    looking = values["dry_run"] or values["check"] or values["as_json"]
    apart = values["in_place"] or (looking and not written)  # no text goes to standard output
    # A script that gives --no-across may name any number of files.
    many = found.folders or several or (apart and "across" in named)
    if not many or (streams and not values["in_place"]):
        return "text"
    if not (found.folders or written or apart):
        return "text"  # one after the other, to standard output
    whole = values["spans"] or not flags.within_of(values) or needs_collection(named)
    if not values["in_place"] and (found.folders or (several and (written or whole))):
        return "folder"
    return "texts"
