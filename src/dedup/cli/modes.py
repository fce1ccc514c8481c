"""Which option of the command is for what: one that would do nothing is refused, not ignored."""

from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple

from dedup.cli.request import flag_of, with_defaults
from dedup.config import PRESETS, Config
from dedup.dataset.folders import MEANINGLESS
from dedup.errors import ConfigError

Mode = Literal["text", "texts", "records", "folder", "restore", "restore records", "audit"]

TEXTS: frozenset[Mode] = frozenset({"texts"})  # cleaned by themselves, compared, and all stay
TEXT: frozenset[Mode] = frozenset({"text", "texts"})
RECORDS: frozenset[Mode] = frozenset({"records"})
FOLDERS: frozenset[Mode] = frozenset({"folder"})
DATASETS = RECORDS | FOLDERS
RESTORE: frozenset[Mode] = frozenset({"restore"})
RESTORES: frozenset[Mode] = RESTORE | {"restore records"}
AUDIT: frozenset[Mode] = frozenset({"audit"})
CLEANING = TEXT | DATASETS
ALL = CLEANING | RESTORES | AUDIT


class Use(NamedTuple):
    """What an option is for, and what it takes, one of these facts, to have an effect there."""

    modes: frozenset[Mode]
    takes: tuple[str, ...] = ()


COMPARING = ("within", "across", "blocks")
GROUPS: tuple[tuple[Use, tuple[str, ...]], ...] = (
    (Use(CLEANING | RESTORES), ("output", "in_place")),  # of a folder the library says why not
    (Use(CLEANING | RESTORES, ("in place",)), ("backup_suffix",)),
    (Use(CLEANING), ("dry_run", "check")),
    (Use(CLEANING, ("written",)), ("ledger",)),
    (Use(CLEANING, ("looking",)), ("spans",)),
    (Use(CLEANING, ("spans",)), ("min_span",)),
    (Use(CLEANING, ("within", "blocks")), ("block", "min_tokens")),
    (Use(CLEANING, ("raised",)), ("block_threshold",)),
    (Use(AUDIT), ("sample",)),
    # Which formats have an encoding, the library says.
    (Use(CLEANING | RESTORE | AUDIT), ("encoding", "errors")),
    (Use(ALL), ("quiet",)),
    (Use(CLEANING | AUDIT), ("as_json", "preset", "format")),
    (
        Use(CLEANING | AUDIT, COMPARING),
        ("measure", "threshold", "ngram_size", "numeric_variants"),
    ),
    (Use(CLEANING | AUDIT, (*COMPARING, "spans")), ("unit", "seed")),
    (Use(CLEANING | AUDIT, ("minhash",)), ("num_perm", "recall")),
    (Use(CLEANING | AUDIT, ("choice",)), ("keep",)),
    (Use(RECORDS | AUDIT), ("text_key", "delimiter")),
    (Use(RECORDS), ("id_key",)),
    (Use(RECORDS, ("written",)), ("annotate", "shard_size")),
    (Use(RECORDS, ("aside",)), ("quarantine",)),
    (Use(DATASETS | TEXTS), ("across",)),
    (Use(DATASETS | AUDIT), ("on_error", "threads")),
    (Use(DATASETS), ("within", "blocks", "stats", "memory", "tmp_dir")),
    (Use(DATASETS, ("blocks",)), ("min_df", "keep_pattern", "boilerplate", "patterns")),
    (Use(DATASETS, ("across", "blocks")), ("against",)),
    (Use(DATASETS, ("across",)), ("index",)),
    (Use(DATASETS, ("index",)), ("forget_after",)),
    (Use(DATASETS, ("written",)), ("resume",)),
)
USES = {name: use for use, names in GROUPS for name in names}
# What an option may take to have an effect, and how it is said that this is missing.
WITHOUT = {
    "within": "with --no-within",  # paragraphs of a text are compared
    "across": "with --no-across",  # texts are compared
    "choice": "with --no-across or --index",  # it matters which copy is kept
    "index": "without --index",
    "blocks": "without --blocks",
    "spans": "without --spans",
    "looking": "with --no-within and --no-across",  # spans may be found somewhere
    "minhash": "without --measure jaccard, or where texts are not compared with each other",
    "raised": "where paragraphs are not compared, or --threshold is as high",
    "in place": "without --in-place",
    "written": "where nothing is written",
    "aside": "without --on-error quarantine, or where nothing is written",
}
# Single texts have no other blocks and copies than their own.
WITHOUT_IN_TEXT = WITHOUT | {"within": "with --spans", "choice": "with --spans"}
del WITHOUT_IN_TEXT["across"], WITHOUT_IN_TEXT["blocks"]
EQUAL = ("text", "folded_text")  # units by which texts are equal or not, and never similar
SIMILAR = (COMPARING, ("within", "blocks"), ("minhash",), ("raised",))  # what these settings take


def refuse_idle(mode: Mode, options: Mapping[str, Any], named: Collection[str]) -> None:
    """Refuse options that would have no effect.

    Parameters
    ----------
    options
        The value of each option of the command, by its name.
    named
        Those of them that were given.

    Raises
    ------
    ConfigError
        When one is for another mode, or lacks what it goes with.
    """
    options = with_defaults(options)
    strange = sorted(name for name in USES if name in named and mode not in USES[name].modes)
    if strange:
        raise ConfigError(_strange(mode, options, strange))
    facts = _facts(mode, options)
    for name in (name for name in USES if name in named):
        settings = PRESETS[options[name]] if name == "preset" else [name]
        lacks = [_lacking(setting, mode, facts, options) for setting in settings]
        if lacks and all(lacks):
            raise ConfigError(f"{_as_given(name, options)} has no effect {lacks[0]}: leave it out")


def needs_folder(named: Collection[str]) -> bool:
    """Tell whether an option was given that several texts have only as one collection."""
    return any(
        TEXTS.isdisjoint(use.modes) and use.modes >= FOLDERS
        for use in (USES[name] for name in named if name in USES)
    )


def _as_given(name: str, options: Mapping[str, Any]) -> str:
    return flag_of(name, off=name in ("within", "across") and not options[name])


def _facts(mode: Mode, options: Mapping[str, Any]) -> set[str]:
    alone, within, across = mode in TEXT, options["within"], options["across"]
    piped = options["output"] or not (options["check"] or options["as_json"])
    written = alone or options["in_place"] or (piped and not options["dry_run"])
    within, across = not options["spans"] if alone else within, across and mode != "text"
    above = max(options["block_threshold"], Config().block_threshold) > options["threshold"]
    known = {
        "within": within,
        "across": across,
        "choice": not options["spans"] if mode == "text" else across and not options["index"],
        "index": options["index"],
        "blocks": options["blocks"],
        "spans": options["spans"],
        "looking": alone or within or across,
        "minhash": options["measure"] == "jaccard" and (across or options["blocks"]),
        "raised": above and (within or options["blocks"]),
        "in place": options["in_place"],
        "written": written,
        "aside": written and options["on_error"] == "quarantine",
    }
    return {fact for fact, holds in known.items() if holds}


def _lacking(name: str, mode: Mode, facts: set[str], options: Mapping[str, Any]) -> str:
    """Return what an option lacks to have an effect, nothing if it has one."""
    takes = USES[name].takes
    if options["unit"] in EQUAL and takes in SIMILAR:
        return f"with --unit {options['unit']}, which compares texts as equal or not"
    if not takes or facts.intersection(takes):
        return ""
    words = WITHOUT_IN_TEXT if mode in TEXT else WITHOUT
    return " and ".join(words[fact] for fact in takes if fact in words)


def _strange(mode: Mode, options: Mapping[str, Any], names: list[str]) -> str:
    """Say what options are not for."""
    flags = ", ".join(_as_given(name, options) for name in names)
    if mode == "restore records":
        return f"{flags} has no effect on a ledger of records or of a folder: leave it out"
    if mode == "folder":
        return f"{_as_given(names[0], options)}: {MEANINGLESS[names[0]]}"
    if mode == "texts" and options["in_place"] and needs_folder(names):
        return f"--in-place cleans each text alone: leave out {flags}, or give -o FOLDER"
    has = "has" if len(names) == 1 else "have"
    return (
        f"{flags} {has} no effect on a single text; name a folder of texts, or give --format for a "
        "file of records"
    )
