"""Options without effect: an error on the command line, ignored in a settings file.

Each command yields rules: the names of options, whether they have an effect, and if not, why.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import click

from dedup.cli.flags import FLAG_DEFAULTS, flag_of
from dedup.cli.settings_file import COMMAND_LINE, DATASET_OPTIONS, KEYS, say_settings, sources_of
from dedup.config import PRESETS, Config
from dedup.datasets.formats.detect import Format
from dedup.datasets.inputs import NO_EFFECT_ON_FORMATS
from dedup.datasets.preflight import NO_EFFECT_ON_TEXTS
from dedup.errors import ConfigError

Mode = Literal["text", "records", "folder"]
Values = Mapping[str, Any]  # of options, by their names
Rules = Iterator[tuple[str, object, str]]
OF_FILES = DATASET_OPTIONS.intersection(KEYS.values())  # the library may reject them
SIMILARITY = "measure threshold ngram_size numeric_variants"
BOILERPLATE = "min_df boilerplate keep_pattern patterns"
OUTPUT_OPTIONS = "ledger annotate shard_size quarantine"
COLLECTION = (
    f"blocks against decisions index forget_after on_error stats memory threads {BOILERPLATE}"
)
CLEANED_SEPARATELY = (
    "on a text that is cleaned by itself; to compare texts, name several files or a folder, and "
    "-o FOLDER without --in-place"
)
WRITES_NOTHING = "with --dry-run, --diff or --check, which write no output"
# This is an error in a settings file, too.
LEFT_WHOLE = "would leave the text unchanged: in a text only repeats are removed"
UNCOMPARED = "where no texts or paragraphs are compared (--no-within, --no-across, --spans)"
JACCARD = "without --measure jaccard, or where no texts are compared (a single text, --no-across)"
UNPAIRED = "where no texts are compared with each other (a single text, --no-across)"
WITHOUT_LINES = "without --unit word or char: other units have no lines"
COMPARED_AS_EQUAL = "with --unit text or folded_text, which compare texts as equal or not"


def in_force(values: Values, rules: Callable[[Values], Rules]) -> dict[str, Any]:
    """Return the options of a command; options of a file without effect get their defaults.

    Parameters
    ----------
    values
        The value of each option by its name.
    rules
        Yields the rules of the command for these values.

    Raises
    ------
    ConfigError
        When an option on the command line has no effect.
    """
    sources = sources_of(click.get_current_context())
    reasons: dict[str, str] = {}
    for names, holds, reason in rules(values):
        for name in () if holds else names.split():
            reasons.setdefault(name, reason)
    preset: Any = values.get("preset")
    preset_reasons = [reasons.get(name, "") for name in PRESETS.get(preset, ())]
    if preset_reasons and all(preset_reasons):
        reasons["preset"] = preset_reasons[0]
    for name, source in sources.items():
        reason = reasons.get(name, "")
        if reason == LEFT_WHOLE or (reason and source == COMMAND_LINE):
            flag = setting = flag_of(name, off=values[name] is False)
            if source != COMMAND_LINE:
                flag = key = flag_of(name).removeprefix("--")
                setting = f"{source}: {key} = {json.dumps(values[name])}"
            problem = reason if reason == LEFT_WHOLE else f"has no effect {reason}"
            raise ConfigError(f"{setting} {problem}{_remedy(flag, reason, sources)}")
    untyped = [name for name, source in sources.items() if source != COMMAND_LINE]
    idle = {name: FLAG_DEFAULTS[name] for name in OF_FILES.intersection(reasons, untyped)}
    if any(values[name] != default for name, default in idle.items()):
        return in_force({**values, **idle}, rules)
    say_settings(sources, quiet=values["quiet"])
    return {**values}


def _remedy(flag: str, reason: str, sources: Mapping[str, str]) -> str:
    """Return the remedy; name the file that sets an option of the reason, since nobody typed it."""
    paths = {key: sources.get(name, "") for key, name in KEYS.items() if key in reason}
    keys = [f"{path} sets {key}" for key, path in paths.items() if path.endswith(".toml")]
    remedy = "" if ";" in reason else f"; leave out {flag}"
    return remedy + (f" ({', '.join(keys)})" if keys else "")


def cleaning_rules(form: Format, mode: Mode, values: Values) -> Rules:
    """Yield the rules of ``clean``."""
    texts, spans, blocks = mode == "text", values["spans"], values["blocks"]
    in_place, index = values["in_place"], values["index"]
    looking = values["dry_run"] or values["diff"] or values["check"]
    shown = looking or values["as_json"]
    across, within = values["across"] and not texts, values["within"]
    if texts:
        yield "within", spans or within is not False, LEFT_WHOLE
        within = not spans
    elif within is None:
        within = values["unit"] in ("word", "char")
    yield "output in_place ledger", not looking, WRITES_NOTHING
    yield "diff", not values["as_json"], "with --json, which prints a report instead"
    yield "dry_run", not values["diff"], "with --diff, which writes no output, either"
    yield from place_rules(values)
    yield (
        OUTPUT_OPTIONS,
        texts or in_place or values["output"] or not shown,
        "where nothing is written",
    )
    # A script that gives --check --no-across may name any number of files.
    yield "across", not texts or (shown and not in_place), CLEANED_SEPARATELY
    yield f"within tmp_dir {COLLECTION}", not texts, CLEANED_SEPARATELY
    for name, reason in NO_EFFECT_ON_TEXTS.items():
        yield name, mode == "records", f"on texts: {reason}"
    yield BOILERPLATE, blocks, "without --blocks"
    yield "forget_after", index, "without --index"
    yield "min_span", spans, "without --spans"
    yield "spans", texts or within or across, "with --no-within and --no-across"
    yield "index decisions source", across, "with --no-across"
    yield "source", not index, "with --index, which does not know all pages of a site"
    yield "decisions", not index, "with --index, which has made its own decisions"
    yield "decisions", not spans, "with --spans, which removes what two texts share"
    yield "against", across or blocks, "with --no-across and without --blocks"
    yield "quarantine", values["on_error"] == "quarantine", "without --on-error quarantine"
    chosen = not spans if texts else across and not index
    yield "keep", chosen, "where no copy is chosen (--no-across, --index or --spans)"
    field = mode != "records" and ":" in values["keep"]
    yield "keep", not field, "on texts: files of text have no fields; give longest, first or last"
    compared = within or across or blocks
    yield "unit seed", compared or spans, "where nothing is compared (--no-within, --no-across)"
    paragraphs = within or blocks
    nothing = "where no paragraphs are compared (--no-within, --spans)"
    yield "split_by min_tokens block_threshold", paragraphs, nothing
    yield "page_variants", across, UNPAIRED
    above = max(values["block_threshold"], Config().block_threshold) > values["threshold"]
    yield "block_threshold", above, "unless it is higher than --threshold"
    yield from comparing_rules(values, compared=compared, pairs=across or blocks)
    yield from format_rules(form)


def place_rules(values: Values) -> Rules:
    """Yield the rules on where a text goes."""
    yield "output", not values["in_place"], "with --in-place"
    yield "backup_suffix", values["in_place"], "without --in-place"


def comparing_rules(values: Values, *, compared: bool, pairs: bool) -> Rules:
    """Yield the rules on settings of similarity.

    Parameters
    ----------
    compared
        Whether anything is compared.
    pairs
        Whether texts are compared with each other.
    """
    yield SIMILARITY, compared, UNCOMPARED
    yield "num_perm recall", pairs and values["measure"] == "jaccard", JACCARD
    similar = values["unit"] not in ("text", "folded_text")
    yield (
        f"{SIMILARITY} split_by min_tokens block_threshold num_perm recall",
        similar,
        COMPARED_AS_EQUAL,
    )
    yield "page_variants", values["unit"] in ("word", "char"), WITHOUT_LINES


def format_rules(form: Format) -> Rules:
    """Yield the rules on options of some formats, without reasons: the library has them."""
    for name, formats, _ in NO_EFFECT_ON_FORMATS:
        yield name, form not in formats, ""
