"""The one rule on options without effect: in the command an error, in a file of settings no matter.

An option has an effect if, of each row that names it, one of the facts holds.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from dedup.cli.flags import DEFAULTS, flag_of, within_of
from dedup.cli.settings_file import COMMAND_LINE, DATASET_OPTIONS, KEYS
from dedup.config import PRESETS, Config
from dedup.dataset.checks import MEANINGLESS
from dedup.errors import ConfigError

Mode = Literal["text", "texts", "records", "folder"]
Values = Mapping[str, Any]  # of options, by their names
Sources = Mapping[str, str]  # of these values
OF_FILES = DATASET_OPTIONS.intersection(KEYS.values())  # what the library may refuse
EQUAL = ("text", "folded_text")  # units by which texts are equal or not, and never similar
COMPARED = "within|across|blocks"
SIMILARITY = "measure threshold ngram_size numeric_variants"
BOILERPLATE = "min_df boilerplate keep_pattern patterns"
ROWS = (
    ("output in_place ledger", "writing"),
    ("output", "to a new place"),
    ("backup_suffix", "in place"),
    ("ledger annotate shard_size quarantine", "written"),
    ("encoding errors", "encoded"),
    ("across", "several"),
    ("within blocks against index forget_after on_error", "collection"),
    ("stats memory threads tmp_dir", "collection"),
    (BOILERPLATE, "collection"),
    ("text_key id_key delimiter annotate shard_size quarantine", "records"),
    (BOILERPLATE, "blocks"),
    ("forget_after", "index"),
    ("min_span", "spans"),
    ("spans", "compared"),
    ("index", "across"),
    ("against", "across|blocks"),
    ("quarantine", "quarantine"),
    ("keep", "choice"),
    ("unit seed", f"{COMPARED}|spans"),
    (SIMILARITY, COMPARED),
    ("block min_tokens", "within|blocks"),
    ("block_threshold", "lower"),
    ("num_perm recall", "jaccard"),
    (SIMILARITY, "similarity"),
    ("block min_tokens block_threshold num_perm recall", "similarity"),
)
ALONE = "on a single text or in place (give -o FOLDER, or --format for a file of records)"
WITHOUT = {  # of the facts of a row: where an option has no effect
    "writing": "with --dry-run or --check, which write nothing",
    "to a new place": "with --in-place",
    "in place": "without --in-place",
    "written": "where nothing is written",
    "encoded": "on a ledger of records or of a folder",
    "several": ALONE,
    "collection": ALONE,
    "blocks": "without --blocks",
    "index": "without --index",
    "spans": "without --spans",
    "across": "with --no-across",
    "across|blocks": "with --no-across and without --blocks",
    "quarantine": "without --on-error quarantine",
    "choice": "where no copy is chosen (--no-across, --index or --spans)",
    "compared": "with --no-within and --no-across",
    COMPARED: "where no texts or paragraphs are compared (--no-within, --no-across, --spans)",
    f"{COMPARED}|spans": "where nothing is compared (--no-within, --no-across)",
    "within|blocks": "where no paragraphs are compared (--no-within, --spans)",
    "lower": "where no paragraphs are compared, or --threshold is as high",
    "jaccard": "without --measure jaccard, or where texts are not compared with each other",
    "similarity": "with --unit text or folded_text, which compare texts as equal or not",
}


def in_force(values: Values, sources: Sources, facts_of: Callable[[Values], set[str]]) -> Values:
    """Return the options with those of a file that have no effect at their defaults.

    Parameters
    ----------
    values
        The value of each option of the command, by its name.
    sources
        Where each value comes from.
    facts_of
        Returns the facts that hold with some values.

    Raises
    ------
    ConfigError
        When an option on the command line has no effect.
    """
    facts = facts_of(values)
    reasons = {name: _lacking(name, values, facts) for name in values}
    for name, reason in reasons.items():
        if reason and sources[name] == COMMAND_LINE:
            flag = flag_of(name, off=values[name] is False)
            raise ConfigError(f"{flag} has no effect {reason}{_of_file(reason, sources)}")
    idle = [name for name in OF_FILES if reasons.get(name) and values[name] != DEFAULTS[name]]
    if not idle:
        return values
    return in_force({**values, **{name: DEFAULTS[name] for name in idle}}, sources, facts_of)


def _of_file(reason: str, sources: Sources) -> str:
    """Say which settings of a reason come from a file, since nobody typed them."""
    paths = {key: sources.get(name, "") for key, name in KEYS.items() if key in reason}
    keys = [f"{path} sets {key}" for key, path in paths.items() if path.endswith(".toml")]
    return f" ({', '.join(keys)})" if keys else ""


def needs_collection(names: Iterable[str]) -> bool:
    """Tell whether an option is named that several texts have only as one collection."""
    return any("collection" in needs for name in names for needs in _needs(name))


def cleaning_facts(mode: Mode, values: Values) -> set[str]:
    """Return the facts that hold when inputs are cleaned."""
    texts, spans, blocks = mode in ("text", "texts"), values["spans"], values["blocks"]
    within = not spans if texts else within_of(values)
    across = values["across"] and mode != "text"
    in_place, looking = values["in_place"], values["dry_run"] or values["check"]
    written = texts or in_place or values["output"] or not (looking or values["as_json"])
    above = max(values["block_threshold"], Config().block_threshold) > values["threshold"]
    facts = {
        "writing": not looking,
        "to a new place": not in_place,
        "in place": in_place,
        "written": written,
        "encoded": True,
        "several": mode != "text",
        "collection": not texts,
        "records": mode == "records",
        "within": within,
        "across": across,
        "compared": texts or within or across,
        "blocks": blocks,
        "spans": spans,
        "index": values["index"],
        "quarantine": values["on_error"] == "quarantine",
        "choice": not spans if mode == "text" else across and not values["index"],
        "lower": above and (within or blocks),
        "jaccard": values["measure"] == "jaccard" and (across or blocks),
        "similarity": values["unit"] not in EQUAL,
    }
    return {fact for fact, holds in facts.items() if holds}


def _needs(name: str) -> list[str]:
    return [needed for names, needed in ROWS if name in names.split()]


def _lacking(name: str, values: Values, facts: set[str]) -> str:
    """Say what an option lacks to have an effect; nothing if it has one."""
    if name == "preset" and values[name]:
        reasons = [_lacking(setting, values, facts) for setting in PRESETS[values[name]]]
        return reasons[0] if reasons and all(reasons) else ""
    for needed in _needs(name):
        if facts.isdisjoint(needed.split("|")):
            if needed == "records":
                return f"on texts: {MEANINGLESS[name]}"
            return f"{WITHOUT[needed]}: leave it out"
    return ""
