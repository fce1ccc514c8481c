"""``dedup-clean audit``: a report on a sample of the texts."""

from pathlib import Path
from typing import Any

import click

from dedup.cli.clean_records import shown_progress
from dedup.cli.effects import EQUAL, Values, in_force
from dedup.cli.flags import command_options, config_of, files_argument, inputs_in, say_misnamed
from dedup.cli.settings_file import SettingsCommand, say_settings, sources_of
from dedup.dataset.audited import audit_files
from dedup.dataset.inputs import inputs_of
from dedup.io.json_values import dumps
from dedup.io.streams import in_output_encoding, write_out
from dedup.native import has_core

READING = "sample format text_key delimiter encoding errors on_error threads"
COMPARING = "preset threshold measure unit ngram_size numeric_variants num_perm recall seed keep"
OTHERS = "as_json quiet config show_settings"


@click.command("audit", cls=SettingsCommand)
@files_argument
@command_options(f"{READING} {COMPARING} {OTHERS}", on_error=click.Choice(["fail", "skip"]))
def audit(files: list[Path], **values: Any) -> int:  # noqa: ANN401
    """Report on a sample: how many planted edits are found, what repeats, which settings suit.

    \b
      dedup-clean audit news.jsonl
      dedup-clean audit crawl/ --preset ocr --sample 3000
      dedup-clean audit news.parquet --text-key body --json

    FILE is a file of records, a folder of texts, or several texts. Nothing is written.
    """  # noqa: D301  click keeps the lines below \b as they are
    sources, files = sources_of(click.get_current_context()), inputs_in(files)
    has_core()  # a wrong DEDUP_NATIVE is said before anything is read
    say_settings(sources, quiet=values["quiet"])
    values = {**in_force(values, sources, _facts)}
    say_misnamed(inputs_of(files, values["format"]), values)
    reading = {name: values[name] for name in READING.split()}
    with shown_progress(quiet=values["quiet"]) as progress:
        found = audit_files(files, config_of(values), progress=progress, **reading)
    as_json = values["as_json"]
    write_out(dumps(found.to_dict()) + b"\n" if as_json else in_output_encoding(f"{found}\n"))
    return 0


def _facts(values: Values) -> set[str]:
    similar = {"similarity"} if values["unit"] not in EQUAL else set()
    jaccard = {"jaccard"} if values["measure"] == "jaccard" else set()
    return {"records", "collection", "encoded", "within", "across", "choice", *similar, *jaccard}
