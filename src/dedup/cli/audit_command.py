"""``dedup-clean audit``: a report on a sample of the texts."""

from functools import partial
from typing import Any

import click

from dedup.cli import flags
from dedup.cli.effects import Rules, Values, comparing_rules, format_rules, in_force
from dedup.cli.settings_file import SettingsCommand
from dedup.datasets.formats.detect import Format
from dedup.datasets.formats.json_values import dumps
from dedup.datasets.inputs import find_inputs
from dedup.datasets.preflight import NO_EFFECT_ON_TEXTS
from dedup.datasets.progress_display import shown_progress
from dedup.files.location import Location
from dedup.files.standard_streams import in_output_encoding, write_stdout

READING = f"sample judged source threads {flags.FORMAT_OPTIONS}"
COMPARING = """preset threshold measure unit ngram_size numeric_variants page_variants num_perm
    recall seed keep"""
REPORT_OPTIONS = "report as_json quiet config show_settings"
CHANGES = {
    "on_error": flags.FAIL_OR_SKIP,
    "as_json": {"help": "Print the report as JSON"},
    "report": {"help": "Write the report as an HTML page"},
}


@click.command("audit", cls=SettingsCommand)
@flags.files_argument
@flags.command_options(f"{READING} {COMPARING} {REPORT_OPTIONS}", **CHANGES)
def audit(files: list[Location], **values: Any) -> int:  # noqa: ANN401
    """Report on a sample: how many planted edits are found, what repeats, which settings suit.

    \b
      dedup-clean audit news.jsonl
      dedup-clean audit crawl/ --preset ocr --sample 3000
      dedup-clean audit news.parquet --text-key body --json
      dedup-clean audit pages.jsonl --preset web --source-key url

    FILE is a file of records, a folder of texts, or several texts. Only --report writes a file.
    """  # noqa: D301  click keeps the lines below \b as they are
    from dedup.datasets.audit_files import audit_files  # noqa: PLC0415  no other command needs it
    from dedup.reports.html_report import report  # noqa: PLC0415  Jinja2 is not needed otherwise

    files = flags.inputs_in(files)
    with shown_progress(files, quiet=values["quiet"]):
        found = find_inputs(files, values["format"])
    values = in_force(values, partial(_rules, found.format))
    flags.say_misnamed(found, values)
    reading = {name: values[name] for name in READING.split()}
    with shown_progress(files, quiet=values["quiet"]) as progress:
        result = audit_files(files, flags.config_of(values), progress=progress, **reading)
    if values["report"]:
        report(result, values["report"])
    as_json = values["as_json"]
    write_stdout(dumps(result.to_dict()) + b"\n" if as_json else in_output_encoding(f"{result}\n"))
    return 0


def _rules(form: Format, values: Values) -> Rules:
    yield "source", form != "text", f"on texts: {NO_EFFECT_ON_TEXTS['source']}"
    yield from comparing_rules(values, compared=True, pairs=True)
    yield from format_rules(form)
