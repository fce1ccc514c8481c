"""The options of a run on files: how records are read, what is removed, what else is written."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from dedup.arrays.memory import can_limit
from dedup.boilerplate.patterns import MIN_DF, Boilerplate, PatternRules
from dedup.config import (
    Config,
    age_in_seconds,
    check_names,
    check_threads,
    check_type,
    field_types,
)
from dedup.datasets.formats.detect import Format
from dedup.datasets.formats.record_format import RecordFields
from dedup.errors import ConfigError
from dedup.files.decoding import STDIN, DecodingErrors, TextFormat
from dedup.index.stores.opening import is_server
from dedup.spans.windows import SpanRule

OnError = Literal["fail", "skip", "quarantine"]
DocumentOrder = Literal["longest", "first", "last"]
REQUIRED_OPTION = {  # options that mean nothing without another one
    "min_df": "blocks",
    "keep_pattern": "blocks",
    "boilerplate": "blocks",
    "min_span": "spans",
    "forget_after": "index",
    "patterns": "blocks",
}
MIN_MEMORY_BYTES = 300_000_000  # bytes: what is loaded before the first record is read


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetOptions:
    """How records are read, what is removed, and where everything else is written.

    Parameters
    ----------
    format
        Format of all inputs and of the output: ``"jsonl"`` is one JSON object a line, ``"json"`` an
        array of objects; detected from content and name when None.
    text
        Fields of the texts that are compared, joined in this order; ``a.b`` for nested fields. The
        text of a WARC record is its content.
    id
        Field or WARC header with the id of a record; its number when None.
    within
        Remove blocks, and with ``spans`` also spans, that repeat within a text. When None, yes,
        unless the ``unit`` of the settings compares whole texts only (as in the presets ``exact``
        and ``code``).
    across
        Remove texts, and with ``spans`` also spans, that repeat other texts.
    blocks
        Remove blocks that recur in many records, before records are compared, as
        ``deduplicate_blocks`` does.
    min_df, keep_pattern, boilerplate
        With ``blocks``: minimum number (or share) of records with a block; strings whose blocks
        are kept; whether the ``"first"`` record keeps its copy, or ``"all"`` copies are removed.
    spans, min_span
        Remove spans of at least ``min_span`` tokens that repeat an earlier part of the same text or
        of a kept record, as ``find_spans`` does with ``within`` and ``across``; after records are
        compared.
    keep
        Which of several copies stays: ``"longest"``, ``"first"``, ``"last"``, or the one with the
        greatest or least number or date in a field: ``"max:FIELD"``, ``"min:FIELD"``.
    annotate
        Remove nothing; add to each record whether it would stay, and which record it repeats.
    against
        Inputs whose texts must not be repeated either; they are not written.
    index, forget_after
        An ``Index``, by path or address: records that repeat its texts are removed, the others are
        added to it; the first copy stays. A record with a known id and a new text is an update: it
        stays, and replaces the old text. Entries older than ``forget_after`` are deleted.
    on_error
        What to do with a record that cannot be read: ``"fail"``, ``"skip"`` it, or write it to the
        file ``quarantine``.
    ledger
        File for everything that is removed, from which ``restore_dataset`` restores the inputs;
        compressed if its name says so.
    stats
        File for the numbers of the report, as JSON.
    patterns
        With ``blocks``, file for the recurring blocks, the most frequent first, as JSON lines.
    shard_size
        Uncompressed bytes after which another output file is started.
    threads
        Number of threads; all cores when None. The result is the same.
    tmp_dir
        Folder for temporary files; the folder of the output when None.
    memory
        Approximate limit of memory in bytes; the rest is kept on disk. No limit when None.
    encoding
        Encoding of texts and CSV files; JSON is UTF-8, and a WARC record names its encoding.
    delimiter
        Delimiter of CSV, one character; detected from the header when None.
    errors
        What to do with bytes of a text that are not valid in the encoding: ``"strict"`` makes the
        file unreadable; ``"replace"``, ``"surrogateescape"`` as in Python.

    Raises
    ------
    ConfigError
        When two of them contradict each other, or one is not what it should be.
    """

    format: Format | None = None
    text: tuple[str, ...] = ("text",)
    id: str | None = None
    within: bool | None = None
    across: bool = True
    blocks: bool = False
    min_df: float = MIN_DF
    keep_pattern: tuple[str, ...] = ()
    boilerplate: Boilerplate = "first"
    spans: bool = False
    min_span: int | None = None
    keep: str = "longest"
    annotate: bool = False
    against: tuple[Path, ...] = ()
    index: str | None = field(default=None, repr=False)  # it may have a password
    forget_after: str | None = None
    on_error: OnError = "fail"
    quarantine: Path | None = None
    ledger: Path | None = None
    stats: Path | None = None
    patterns: Path | None = None
    shard_size: int | None = None
    threads: int | None = None
    tmp_dir: Path | None = None
    memory: int | None = None
    encoding: str = "utf-8"
    delimiter: str | None = None
    errors: DecodingErrors = "strict"

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.index is not None:
            as_path("index", self.index)
            object.__setattr__(self, "index", str(self.index))
        object.__setattr__(self, "threads", check_threads(self.threads))
        for name, hint in field_types(DatasetOptions).items():
            object.__setattr__(self, name, convert_option(name, getattr(self, name), hint))
        object.__setattr__(self, "encoding", TextFormat(self.encoding, self.errors).encoding)
        PatternRules(self.min_df, self.keep_pattern, self.boilerplate)
        if self.forget_after is not None:
            age_in_seconds("forget_after", self.forget_after)
        for name, holds, rule in self._rules():
            if not holds:
                raise ConfigError.of(name, rule)
        if self.spans:
            within, across = self.within is not False, self.across
            SpanRule.of(self.min_span, "word", within=within, across=across)

    def _rules(self) -> Iterator[tuple[str, object, str]]:
        """Yield what has to hold: an option, whether it does, and what is said if not."""
        keys, (order, _, ranked) = ", ".join(self.text), self.keep.partition(":")
        yield "text", self.text and all(self.text), f"must name a field, got {keys!r}"
        twice = f"names a field twice ({keys}); leave one out"
        yield "text", len({*self.text}) == len(self.text), twice
        known = self.keep in get_args(DocumentOrder) or (order in ("max", "min") and ranked)
        rule = "must be longest, first, last, max:FIELD or min:FIELD for a dataset"
        yield "keep", known, f"{rule}, got {self.keep!r}"
        rule = "quarantine and a quarantine file need each other: give both"
        yield "on_error", (self.on_error == "quarantine") == (self.quarantine is not None), rule
        for one in self.keep_pattern:
            rule = f"must have a character that is not blank, got {one!r}"
            yield "keep_pattern", one.strip(), rule
        defaults = {item.name: item.default for item in fields(self)}
        for name, needed in REQUIRED_OPTION.items():
            is_default = getattr(self, name) == defaults[name]
            rule = f"needs {needed}: give both, or leave it out"
            yield name, is_default or getattr(self, needed), rule
        for name in ("stats", "patterns"):
            yield name, getattr(self, name) != STDIN, "must be a file, not standard output"
        for name in ("blocks", "spans"):
            if getattr(self, name):
                rule = f"removes nothing, but {name} removes parts of texts: leave one out"
                yield "annotate", not self.annotate, rule
                yield name, len(self.text) == 1, f"needs a single text field, got {keys}"
        if self.index is not None:
            yield "index", self.index, "must be a file or the address of a server, got ''"
            rule = "must be first with an index, as its texts came before"
            yield "keep", self.keep in ("longest", "first"), rule
            rule = "has no place beside an index: add those texts to it once"
            yield "against", not self.against, rule
            yield "index", self.across, "needs across, which is off"
        if self.memory is not None:
            rule = f"must be at least 300 MB, got {self.memory:,} bytes"
            yield "memory", self.memory >= MIN_MEMORY_BYTES, rule
            yield "memory", can_limit(), "cannot be limited on this system: leave it out"
        size, cell = self.shard_size, self.delimiter
        yield "shard_size", size is None or size >= 1, f"must be at least 1, got {size}"
        one_character = cell is None or re.fullmatch(r'[^"\r\n]', cell)
        encoded = cell is None or cell.encode(self.encoding, "ignore")
        rule = f"must be one character, no quote or line break, in {self.encoding}, got {cell!r}"
        yield "delimiter", one_character and encoded, rule

    def resolved(self, config: Config) -> "DatasetOptions":
        """Return the options with ``within`` decided by the settings.

        Raises
        ------
        ConfigError
            When they ask for parts of texts, and the settings compare whole texts.
        """
        for name in ("within", "blocks", "spans"):
            if getattr(self, name):
                config.check_compares_parts(name)
        if config.unit == "token":
            raise ConfigError.of("unit", "token is for lists of tokens in Python, not for files")
        if self.within is not None:
            return self
        return replace(self, within=not config.compares_whole_texts)

    @property
    def index_files(self) -> list[Path]:
        """The files that an index has: its own, and those that SQLite has beside it."""
        if self.index is None or is_server(self.index):
            return []
        return [Path(self.index + ending) for ending in ("", "-wal", "-shm", "-journal")]

    @classmethod
    def of(cls, options: dict[str, Any]) -> "DatasetOptions":
        """Return options by their names.

        Raises
        ------
        ConfigError
            When there is none of a name.
        """
        settings = {item.name for item in fields(Config)} - {item.name for item in fields(cls)}
        for name in filter(settings.__contains__, options):
            raise ConfigError(
                f"{name} is a setting, not an option; give config=Config({name}={options[name]!r})"
            )
        check_names(cls, "an option", options)
        return cls(**options)

    @property
    def record_fields(self) -> RecordFields:
        """Which fields are read."""
        rank = self.keep.partition(":")[2] or None
        return RecordFields(self.text, self.id, rank)


def as_path(name: str, value: object) -> Path:
    """Return the path that a parameter gives.

    Raises
    ------
    ConfigError
        When it gives none.

    Examples
    --------
    >>> as_path("target", "clean/").as_posix()
    'clean'
    """
    if not isinstance(value, (str, os.PathLike)) or "\0" in str(value):
        raise ConfigError.of(name, f"must be a path, got {value!r}")
    return Path(value)


def as_paths(name: str, value: object) -> list[Path]:
    """Return the paths that a parameter gives, or the one.

    Raises
    ------
    ConfigError
        When it gives something else.

    Examples
    --------
    >>> as_paths("sources", "a.jsonl") == as_paths("sources", ["a.jsonl"]) == [Path("a.jsonl")]
    True
    """
    if isinstance(value, (str, os.PathLike)):
        return [as_path(name, value)]
    if not isinstance(value, Iterable) or isinstance(value, (bytes, bytearray)):
        raise ConfigError.of(name, f"must be paths, got {value!r}")
    return [as_path(name, item) for item in value]


def convert_option(name: str, value: Any, hint: Any, or_none: str = "") -> Any:  # noqa: ANN401
    """Return the value of an option as its type hint has it: a path, or several of one.

    Raises
    ------
    ConfigError
        When it is of another type.

    Examples
    --------
    >>> convert_option("text", "body", tuple[str, ...]), convert_option("memory", None, int | None)
    (('body',), None)
    """
    inner = get_args(hint)
    if get_origin(hint) is tuple:
        return tuple(as_paths(name, value)) if inner[0] is Path else _as_strings(name, value)
    if inner and get_origin(hint) is not Literal:
        return None if value is None else convert_option(name, value, inner[0], " or None")
    if hint is Path:
        return as_path(name, value)
    if hint is not float:  # which is checked with what it goes with
        check_type(name, value, hint, or_none)
    return value


def _as_strings(name: str, value: object) -> tuple[str, ...]:
    """Return the strings that a parameter gives, or the one."""
    values = (value,) if isinstance(value, str) else value
    found = tuple(values) if isinstance(values, Iterable) else (values,)
    if not all(isinstance(item, str) for item in found):
        raise ConfigError.of(name, f"must be strings, got {value!r}")
    return found
