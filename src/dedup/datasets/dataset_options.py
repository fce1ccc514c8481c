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
from dedup.files.address import Address
from dedup.files.decoding import STDIN, DecodingErrors, TextFormat
from dedup.files.location import Location, as_location
from dedup.index.stores.opening import is_server
from dedup.spans.windows import SpanRule

OnError = Literal["fail", "skip", "quarantine"]
DocumentOrder = Literal["longest", "first", "last"]
REQUIRED_OPTION = {  # options that need another option
    "min_df": "blocks",
    "keep_pattern": "blocks",
    "boilerplate": "blocks",
    "min_span": "spans",
    "forget_after": "index",
    "patterns": "blocks",
}
MIN_MEMORY_BYTES = 300_000_000  # used before the first record is read


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetOptions:
    """Options of a run: how records are read, what is removed, and which files are written.

    Parameters
    ----------
    format
        Format of all inputs and of the output: ``"jsonl"`` has one JSON object a line, ``"json"``
        is an array of objects; detected from content and name when None.
    text
        Field of the text, or several fields, joined in this order; ``a.b`` for nested fields. The
        text of a WARC record is its content.
    id
        Field or WARC header with the id of a record. When None, the number of the record is its id.
    source
        Field or WARC header with the URL of the page of a record, or the name or number of its
        site. Records are compared without the frames of their sites, as by ``deduplicate``, and
        written whole; with ``blocks``, frames are removed, too. A record without a value has no
        site.
    within
        Remove blocks, and with ``spans`` also spans, that repeat within a text. None means True,
        unless the ``unit`` of the settings compares whole texts (as in the presets ``exact`` and
        ``code``).
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
        Which copy is kept: ``"longest"``, ``"first"``, ``"last"``, or the copy with the greatest
        or least number or date in a field: ``"max:FIELD"``, ``"min:FIELD"``.
    decisions
        Decisions file, which ``dedup-clean review`` writes: the judgements of a person on pairs of
        records, which are copies, whatever their similarity, and which are none. See
        ``deduplicate``.
    annotate
        Remove nothing; add to each record whether it would be kept, its witness and similarity.
    against
        References: inputs whose texts must not be repeated; they are not written.
    index, forget_after
        An ``Index``, by path or address: records that repeat its texts are removed, the others are
        added to it; the first copy is kept. A record whose id is in the index with another text is
        an update: it is kept, and replaces the old text. Entries older than ``forget_after`` are
        deleted.
    on_error
        What to do with a record that cannot be read: ``"fail"``, ``"skip"`` it, or write it to the
        file ``quarantine``.
    ledger
        File with a line for each removed record and each part removed from a text: why, its
        witness, and what was removed. ``read_ledger`` reads it, ``restore_dataset`` restores the
        inputs from it. Compressed if its name ends so.
    report
        File for an HTML page that shows what is removed beside what it repeats, as
        ``dedup.report`` does.
    stats
        File for the counts of the run, as JSON.
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
        What to do with bytes of a text file that are not valid in the encoding: ``"strict"`` makes
        the file unreadable; ``"replace"`` and ``"surrogateescape"`` as in Python.

    Raises
    ------
    ConfigError
        When an option is out of range, or options contradict each other.
    """

    format: Format | None = None
    text: tuple[str, ...] = ("text",)
    id: str | None = None
    source: str | None = None
    within: bool | None = None
    across: bool = True
    blocks: bool = False
    min_df: float = MIN_DF
    keep_pattern: tuple[str, ...] = ()
    boilerplate: Boilerplate = "first"
    spans: bool = False
    min_span: int | None = None
    keep: str = "longest"
    decisions: Location | None = None
    annotate: bool = False
    against: tuple[Location, ...] = ()
    index: str | None = field(default=None, repr=False)  # it may have a password
    forget_after: str | None = None
    on_error: OnError = "fail"
    quarantine: Location | None = None
    ledger: Location | None = None
    report: Location | None = None
    stats: Location | None = None
    patterns: Location | None = None
    shard_size: int | None = None
    threads: int | None = None
    tmp_dir: Path | None = None
    memory: int | None = None
    encoding: str = "utf-8"
    delimiter: str | None = None
    errors: DecodingErrors = "strict"

    def __post_init__(self) -> None:
        """Convert and check all options."""
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
        """Yield rules: the name of an option, whether the rule holds, and the message if not."""
        keys = ", ".join(self.text)
        order, _, field_name = self.keep.partition(":")
        yield "text", self.text and all(self.text), f"must name a field, got {keys!r}"
        for name in ("id", "source"):
            yield name, getattr(self, name) != "", "must name a field, got ''"
        rule = f"names a field twice ({keys}); leave one out"
        yield "text", len({*self.text}) == len(self.text), rule
        valid_keep = self.keep in get_args(DocumentOrder) or (
            order in ("max", "min") and field_name
        )
        rule = "must be longest, first, last, max:FIELD or min:FIELD for a dataset"
        yield "keep", valid_keep, f"{rule}, got {self.keep!r}"
        sets_aside, has_file = self.on_error == "quarantine", self.quarantine is not None
        rule = "quarantine needs a file; name one with quarantine="
        yield "on_error", has_file or not sets_aside, rule
        yield "quarantine", sets_aside or not has_file, 'needs on_error="quarantine"'
        for pattern in self.keep_pattern:
            rule = f"must have a character that is not blank, got {pattern!r}"
            yield "keep_pattern", pattern.strip(), rule
        defaults = {item.name: item.default for item in fields(self)}
        for name, needed in REQUIRED_OPTION.items():
            is_default = getattr(self, name) == defaults[name]
            rule = f"needs {needed}=; give both, or neither"
            yield name, is_default or getattr(self, needed), rule
        yield "tmp_dir", not isinstance(self.tmp_dir, Address), "must be a local folder"
        for name in ("report", "stats", "patterns"):
            yield name, getattr(self, name) != STDIN, "must be a file, not standard output"
        yield "decisions", self.decisions != STDIN, "must be a file, not standard input"
        for name, other, clashes, reason in self._clashes():
            is_used = getattr(self, name) is not None
            rule = f"cannot be used with {other}, {reason}; leave one out"
            yield name, not (is_used and clashes), rule
        for name in ("blocks", "spans"):
            if getattr(self, name):
                rule = f"removes nothing, but {name}= removes parts of texts; leave one out"
                yield "annotate", not self.annotate, rule
                yield name, len(self.text) == 1, f"needs a single text field, got {keys}"
        if self.index is not None:
            yield "index", self.index, "must be a file or the address of a server, got ''"
            rule = "must be first with an index, whose texts came earlier"
            yield "keep", self.keep in ("longest", "first"), rule
            rule = "cannot be used with index=; add the references to the index once"
            yield "against", not self.against, rule
            yield "index", self.across, "cannot be used with across=False; leave one out"
        if self.memory is not None:
            rule = f"must be at least 300 MB, got {self.memory:,} bytes"
            yield "memory", self.memory >= MIN_MEMORY_BYTES, rule
            yield "memory", can_limit(), "cannot be limited on this system; leave out memory="
        size, cell = self.shard_size, self.delimiter
        yield "shard_size", size is None or size >= 1, f"must be at least 1, got {size}"
        one_character = cell is None or re.fullmatch(r'[^"\r\n]', cell)
        encoded = cell is None or cell.encode(self.encoding, "ignore")
        rule = f"must be one character, no quote or line break, in {self.encoding}, got {cell!r}"
        yield "delimiter", one_character and encoded, rule

    def _clashes(self) -> Iterator[tuple[str, str, object, str]]:
        """Yield two options that exclude each other: whether the second is used, and the reason."""
        for name in ("decisions", "source"):
            yield name, "across=False", not self.across, "which compares no records"
        yield "decisions", "index=", self.index, "which has made its own"
        yield "decisions", "spans=", self.spans, "which removes what two records share"
        yield "source", "index=", self.index, "which does not know all pages of a site"

    def resolved(self, config: Config) -> "DatasetOptions":
        """Return the options with ``within`` set.

        Raises
        ------
        ConfigError
            When an option removes parts of texts, but the settings compare whole texts.
        """
        for name in ("within", "blocks", "spans", "source"):
            if getattr(self, name):
                config.check_compares_parts(name)
        if config.unit == "token":
            raise ConfigError.of(
                "unit", "token is for lists of tokens in Python, not for files; choose another unit"
            )
        if self.within is not None:
            return self
        return replace(self, within=not config.compares_whole_texts)

    @property
    def index_files(self) -> list[Path]:
        """The file of the index, and the files that SQLite makes beside it."""
        if self.index is None or is_server(self.index):
            return []
        return [Path(self.index + ending) for ending in ("", "-wal", "-shm", "-journal")]

    @classmethod
    def of(cls, options: dict[str, Any]) -> "DatasetOptions":
        """Return options from keyword arguments.

        Raises
        ------
        ConfigError
            When there is no option of a name.
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
        """The fields that are read from each record."""
        rank = self.keep.partition(":")[2] or None
        return RecordFields(self.text, self.id, rank, self.source)


def as_path(name: str, value: object) -> Location:
    """Return a parameter as a path or an address.

    Raises
    ------
    ConfigError
        When it is not a path.

    Examples
    --------
    >>> as_path("target", "clean/").as_posix()
    'clean'
    """
    if not isinstance(value, (str, os.PathLike, Address)) or "\0" in str(value):
        raise ConfigError.of(name, f"must be a path, got {value!r}")
    return as_location(value)


def as_paths(name: str, value: object) -> list[Location]:
    """Return a parameter that is a path or several paths as a list.

    Raises
    ------
    ConfigError
        When it is something else.

    Examples
    --------
    >>> as_paths("sources", "a.jsonl") == as_paths("sources", ["a.jsonl"]) == [Path("a.jsonl")]
    True
    """
    if isinstance(value, (str, os.PathLike, Address)):
        return [as_path(name, value)]
    if not isinstance(value, Iterable) or isinstance(value, (bytes, bytearray)):
        raise ConfigError.of(name, f"must be a path or several paths, got {value!r}")
    return [as_path(name, item) for item in value]


def convert_option(name: str, value: Any, hint: Any, or_none: str = "") -> Any:  # noqa: ANN401
    """Convert the value of an option to its declared type: a path, or a tuple.

    Raises
    ------
    ConfigError
        When it has another type.

    Examples
    --------
    >>> convert_option("text", "body", tuple[str, ...]), convert_option("memory", None, int | None)
    (('body',), None)
    """
    inner = get_args(hint)
    if get_origin(hint) is tuple:
        return _as_strings(name, value) if inner[0] is str else tuple(as_paths(name, value))
    if inner and get_origin(hint) is not Literal:
        return None if value is None else convert_option(name, value, inner[0], " or None")
    if hint is Path:
        return as_path(name, value)
    if hint is not float:  # min_df is checked by Rules
        check_type(name, value, hint, or_none)
    return value


def _as_strings(name: str, value: object) -> tuple[str, ...]:
    """Return a parameter that is a string or several strings as a tuple."""
    values = (value,) if isinstance(value, str) else value
    found = tuple(values) if isinstance(values, Iterable) else (values,)
    if not all(isinstance(item, str) for item in found):
        raise ConfigError.of(name, f"must be a string or several strings, got {value!r}")
    return found
