"""The settings of the package, and checks of parameters. A ``Config`` is always valid."""

import re
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from functools import cache
from typing import Any, Literal, TypeGuard, get_args, get_type_hints

import numpy as np

from dedup.errors import ConfigError

Age = str | float | timedelta
MAX_THREADS = 1024  # more help nowhere, and may not start
AGE_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
field_types = cache(get_type_hints)  # of a dataclass, by field name
Measure = Literal["containment", "jaccard"]
Unit = Literal["word", "char", "code", "text", "folded_text", "token"]
BlockKind = Literal["auto", "paragraph", "line", "sentence"]
NumericVariants = Literal["keep", "remove"]
PageVariants = Literal["keep", "remove"]
Keep = Literal["auto", "first", "last", "longest"]
Preset = Literal["news", "strict", "ocr", "short", "web", "exact", "code"]
# Differences from the defaults, chosen on labelled texts: see benchmarks/quality.py.
PRESETS: dict[Preset, dict[str, Any]] = {
    "news": {},
    "strict": {"measure": "jaccard", "threshold": 0.9},
    "ocr": {
        "measure": "jaccard",
        "threshold": 0.12,
        "unit": "char",
        "ngram_size": 8,
        "num_perm": 256,
        "numeric_variants": "remove",
    },
    "short": {"threshold": 0.6, "unit": "char"},
    "web": {
        "threshold": 0.4,
        "ngram_size": 3,
        "numeric_variants": "remove",
        "page_variants": "keep",
    },
    "exact": {"unit": "text", "threshold": 1.0, "ngram_size": 1, "numeric_variants": "remove"},
    "code": {"measure": "jaccard", "threshold": 0.8, "unit": "code", "numeric_variants": "remove"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Settings: how duplicates are found, and which copy is kept. Frozen, and checked when made.

    Parameters
    ----------
    measure
        The similarity of two texts or blocks, from their sets of shingles. ``"containment"``: the
        share of the shingles of the removed copy that the kept copy has (Broder 1997).
        ``"jaccard"``: the shared shingles divided by all shingles of both.
    threshold
        Minimum similarity of a near copy, in (0, 1].
    unit
        What a token is. ``"word"``: a word. ``"char"``: a letter or digit, for short or noisy
        texts; everything between words is ignored. ``"code"``: a name (``foo_bar``) or a sign of
        source code; case matters, white space does not. ``"text"``: the whole text, compared byte
        for byte. ``"folded_text"``: the whole text, without regard to case and to the amount of
        white space. ``"token"``: texts are lists of tokens. For such texts ``"word"`` becomes
        ``"token"``.
    ngram_size
        Number of tokens in a shingle, 1 to 64.
    num_perm
        Length of a MinHash signature, 1 to 65536. Used with ``measure="jaccard"``.
    recall
        Minimum probability, in (0, 1), with which LSH finds a pair of similarity ``threshold``.
        Used with ``measure="jaccard"``. With containment, a bottom-k sketch misses one such pair in
        100,000.
    seed
        Seed of all hashes, 0 to 2**32 - 1.
    split_by
        What a document is split by: each paragraph, line or sentence is a block. ``"auto"`` chooses
        for each text.
    keep
        Which copy is kept. ``"auto"``: the longest across documents, the first within a document.
        There is one exception: if a single paragraph repeats and its first copy is a teaser, a
        caption or a pull quote, the copy in the article's body is kept.
    min_tokens
        A repeated block with fewer words is kept, unless it is part of a larger copy: a run of
        repeated blocks, or a text that consists of two copies of one text. Numbers (``12``,
        ``7pm``) are not counted, words with a digit (``A320``) are. In scripts written without
        spaces, three ideographs count as two words, three letters as one. If a block of at least
        ``min_tokens / 4`` words occurs 50 times or more, only the first is kept.
    numeric_variants
        Whether to keep a numeric variant: a near copy that differs in its numbers (or in names of
        months and weekdays beside them), such as the bulletin of another day. ``"remove"``: no;
        only the similarity decides. ``"keep"``: yes, if small replacements occur throughout the
        text and some of them replace numbers. Such a copy is removed all the same if one number
        differs in a text of more than about 120 words (a correction), if sentences were added (an
        update), or if only headers and footers differ. Texts whose numbers differ in a sign, a
        decimal point, a per cent sign or a currency are not exact copies. ``"keep"`` also keeps a
        text of fewer than ``ngram_size / (1 - threshold)`` shingles with a word that the other text
        lacks, and a text whose shingles are scattered over a text of ten times its bytes. Within a
        document, the rule applies to paragraphs, list items and table rows.
    page_variants
        Whether to keep a page variant: a page that is similar to another one only in the frame
        around its article, as the pages of one site are. ``"remove"``: no; only the similarity
        decides. ``"keep"``: yes, if the lines that both pages have are short (fewer than ten words
        on average), both have 30 other words or more, and these differ. Exact copies are removed
        all the same. Used where whole texts are compared, with ``unit="word"`` or ``"char"``.
    block_threshold
        Minimum similarity, in [0, 1], of near copies of blocks, within a document or as
        boilerplate. Used if it is higher than ``threshold``, since a threshold for whole texts may
        be too low for blocks.

    Raises
    ------
    ConfigError
        When a value is outside its range; the message names the parameter.

    Examples
    --------
    >>> Config(threshold=0.9).threshold
    0.9
    >>> Config(threshold=1.2)
    Traceback (most recent call last):
        ...
    dedup.errors.ConfigError: threshold must be in (0, 1], got 1.2
    """

    measure: Measure = "containment"
    threshold: float = 0.8
    unit: Unit = "word"
    ngram_size: int = 5
    num_perm: int = 128
    recall: float = 0.999
    seed: int = 1
    split_by: BlockKind = "auto"
    keep: Keep = "auto"
    min_tokens: int = 20
    numeric_variants: NumericVariants = "keep"
    page_variants: PageVariants = "remove"
    block_threshold: float = 0.8

    def __post_init__(self) -> None:
        """Check every field."""
        for name, hint in field_types(Config).items():
            value = getattr(self, name)
            if isinstance(value, np.generic):
                object.__setattr__(self, name, value.item())
            if name == "keep" and isinstance(value, str) and value.startswith(("max:", "min:")):
                rule = (
                    f"must be one of {', '.join(get_args(Keep))}, got {value!r}; for records give"
                )
                raise ConfigError.of(name, f"{rule} clean_dataset(..., keep={value!r})")
            check_type(name, getattr(self, name), hint)
        _check(0 < self.threshold <= 1, "threshold", "in (0, 1]", self.threshold)
        _check(0 <= self.block_threshold <= 1, "block_threshold", "in [0, 1]", self.block_threshold)
        _check(1 <= self.ngram_size <= 64, "ngram_size", "in 1..64", self.ngram_size)
        _check(1 <= self.num_perm <= 1 << 16, "num_perm", "in 1..65536", self.num_perm)
        _check(0 < self.recall < 1, "recall", "in (0, 1)", self.recall)
        _check(0 <= self.seed < 1 << 32, "seed", "in 0..4294967295", self.seed)
        _check(1 <= self.min_tokens <= 1 << 31, "min_tokens", "in 1..2147483648", self.min_tokens)

    @property
    def for_blocks(self) -> "Config":
        """The settings for comparing blocks, with a threshold of at least ``block_threshold``.

        A block is no page, so page variants are removed.

        Examples
        --------
        >>> Config.preset("web").threshold, Config.preset("web").for_blocks.threshold
        (0.4, 0.8)
        """
        threshold = max(self.threshold, self.block_threshold)
        if threshold == self.threshold and self.page_variants == "remove":
            return self
        return replace(self, threshold=threshold, page_variants="remove")

    @property
    def has_pair_rule(self) -> bool:
        """Whether some near copies of whole texts stay: numeric variants or page variants.

        Examples
        --------
        >>> [Config.preset(name).has_pair_rule for name in ("news", "web", "ocr")]
        [True, True, False]
        """
        return "keep" in (self.numeric_variants, self.page_variants)

    @property
    def compares_whole_texts(self) -> bool:
        """Whether texts can only be compared as a whole, not their blocks or spans."""
        return self.unit not in ("word", "char")

    def check_compares_parts(self, purpose: str) -> None:
        """Check that parts of texts can be compared.

        Parameters
        ----------
        purpose
            What needs this, for the message.

        Raises
        ------
        ConfigError
            When ``unit`` is not ``"word"`` or ``"char"``.
        """
        if self.compares_whole_texts:
            presets = [name for name, preset in PRESETS.items() if preset.get("unit") == self.unit]
            where = f" (preset {presets[0]})" if presets else ""
            raise ConfigError.of(
                "unit", f"must be word or char for {purpose}, got {self.unit!r}{where}"
            )

    @classmethod
    def preset(cls, name: Preset, **overrides: Any) -> "Config":  # noqa: ANN401
        """Return the settings of a preset.

        Parameters
        ----------
        name
            ``"news"``: the defaults, for articles and press releases. ``"strict"``: only nearly
            identical texts of about the same length. ``"ocr"``: scanned texts with many wrong
            letters. ``"short"``: titles, teasers and posts. ``"web"``: web pages as different
            extractors return them, some with navigation and footers. ``"exact"``: texts that are
            equal byte for byte. ``"code"``: source files.
        **overrides
            Other values for single settings.

        Raises
        ------
        ConfigError
            When there is no such preset, or a setting is unknown or outside its range.

        Examples
        --------
        >>> Config.preset("web").ngram_size, Config.preset("web", threshold=0.5).threshold
        (3, 0.5)
        """
        check_type("preset", name, Preset)
        return cls.of(None, PRESETS[name] | overrides)

    @classmethod
    def of(cls, config: "Config | Preset | None", overrides: dict[str, Any]) -> "Config":
        """Return settings from what a caller passed: a config or preset, and single settings.

        Parameters
        ----------
        config
            A ``Config`` or the name of a preset; the defaults when None.
        overrides
            Values of single settings by name.

        Raises
        ------
        ConfigError
            When there is no such setting or preset, or a value is outside its range.

        Examples
        --------
        >>> Config.of(None, {"keep": "last"}).keep, Config.of("web", {}).threshold
        ('last', 0.4)
        """
        check_names(cls, "a setting", overrides)
        if isinstance(config, str) and config in PRESETS:
            return cls.preset(config, **overrides)
        if config is not None and not isinstance(config, cls):
            got = repr(config) if isinstance(config, str) else type(config).__name__
            raise ConfigError.of(
                "config", f"must be a Config or a preset ({', '.join(PRESETS)}), got {got}"
            )
        config = cls() if config is None else config
        return replace(config, **overrides) if overrides else config


def check_names(dataclass_type: type, noun: str, values: dict[str, Any]) -> None:
    """Check that all names are fields of a dataclass.

    Parameters
    ----------
    dataclass_type
        The dataclass.
    noun
        What the message calls a field, with its article: ``"a setting"``.
    values
        Values by name.

    Raises
    ------
    ConfigError
        When a name is not a field.
    """
    names = [item.name for item in fields(dataclass_type)]
    for name, value in values.items():
        if name == "preset":
            preset = value if value in tuple(PRESETS) else "web"
            raise ConfigError(f'preset is not {noun}; pass it as config="{preset}"')
        if name not in names:
            raise ConfigError(f"{name} is not {noun}; choose from {', '.join(names)}")


TYPE_RULES = {bool: "True or False", int: "a whole number", float: "a number", str: "a string"}
ConfigLike = Config | Preset  # what a parameter ``config`` accepts


def check_type(name: str, value: object, hint: Any, or_none: str = "") -> None:  # noqa: ANN401
    """Check that a value has the type of its field.

    Parameters
    ----------
    name
        The parameter that the message names.
    value
        The value.
    hint
        ``bool``, ``int``, ``float``, ``str``, or a ``Literal`` of strings.
    or_none
        What the message says of None, such as ``", or None"``.

    Raises
    ------
    ConfigError
        When it has not.
    """
    choices = get_args(hint)
    if choices:
        is_valid = isinstance(value, str) and value in choices
        _check(is_valid, name, "one of " + ", ".join(choices), value)
        return
    types = (int, float) if hint is float else hint
    is_valid = isinstance(value, types) and (hint is bool or not isinstance(value, bool))
    _check(is_valid, name, TYPE_RULES[hint] + or_none, value)


def _check(holds: bool, name: str, rule: str, value: object) -> None:  # noqa: FBT001
    if not holds:
        raise ConfigError.of(name, f"must be {rule}, got {value!r}")


def check_threads(threads: object) -> int | None:
    """Return a valid number of threads, 1 to ``MAX_THREADS``, or None for all cores.

    Raises
    ------
    ConfigError
        When ``threads`` is neither.
    """
    if threads is None:
        return None
    count = check_whole_number("threads", threads, 1, ", or None")
    if count > MAX_THREADS:
        raise ConfigError.of("threads", f"must be at most {MAX_THREADS:,}, got {count:,}")
    return count


def age_in_seconds(name: str, age: Age) -> float:
    """Return an age in seconds.

    Parameters
    ----------
    name
        The parameter that the message names.
    age
        A number of seconds, a ``timedelta``, or a string of a number and a unit: s, m, h, d or w.

    Raises
    ------
    ConfigError
        When it is not a positive age.

    Examples
    --------
    >>> age_in_seconds("forget_after", "30d")
    2592000.0
    """
    seconds = None
    if isinstance(age, timedelta):
        seconds = age.total_seconds()
    elif isinstance(age, str) and (match := re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([smhdw])", age)):
        seconds = float(match[1]) * AGE_UNIT_SECONDS[match[2]]
    elif isinstance(age, (int, float)) and not isinstance(age, bool):
        seconds = float(age)
    if seconds is None or not 0 < seconds < float("inf"):
        raise ConfigError.of(name, f"must be an age, as in 30d, 12h or 90m, got {age!r}")
    return seconds


def is_whole_number(value: object) -> TypeGuard[int]:
    """Return whether a value is an integer of Python or NumPy, and not a bool."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def check_whole_number(name: str, value: object, minimum: int, or_none: str = "") -> int:
    """Return the value of a parameter that must be a whole number, ``minimum`` or more.

    Raises
    ------
    ConfigError
        When it is not.
    """
    if not is_whole_number(value) or value < minimum:
        rule = f"must be a whole number >= {minimum}{or_none}"
        raise ConfigError.of(name, f"{rule}, got {value!r}")
    return int(value)
