"""The settings, valid from birth."""

import re
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from functools import cache
from typing import Any, Literal, TypeGuard, get_args, get_type_hints

import numpy as np

from dedup.errors import ConfigError

Age = str | float | timedelta
AGE_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
field_types = cache(get_type_hints)  # of a class: the types of its fields
Measure = Literal["containment", "jaccard"]
Unit = Literal["word", "char", "code", "text", "folded_text", "token"]
BlockKind = Literal["auto", "paragraph", "line", "sentence"]
NumericVariants = Literal["keep", "remove"]
Keep = Literal["auto", "first", "last", "longest"]
Preset = Literal["news", "strict", "ocr", "short", "web", "exact", "code"]
# What differs from the defaults; measured on labelled texts, see benchmarks/quality.py.
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
    "web": {"threshold": 0.4, "ngram_size": 3, "numeric_variants": "remove"},
    "exact": {"unit": "text", "threshold": 1.0, "ngram_size": 1, "numeric_variants": "remove"},
    "code": {"measure": "jaccard", "threshold": 0.8, "unit": "code", "numeric_variants": "remove"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How repeats are found and which copy stays. Frozen, and checked when made.

    Parameters
    ----------
    measure
        ``"containment"``: the share of the removed block's shingles that the kept block
        has (Broder 1997). ``"jaccard"``: shared shingles over all shingles of both.
    threshold
        Least similarity of a near copy, in (0, 1].
    unit
        ``"word"``: a token is a word. ``"char"``: each letter and digit is a token, and what stands
        between words is as if not there, for texts that are noisy or short. ``"code"``: a token
        is a name (``foo_bar``) or a sign; case counts, white space does not. ``"text"``: the whole
        text is compared byte for byte; ``"folded_text"``: the same, but for case and the amount of
        white space. ``"token"``: texts are lists of tokens, for which ``"word"`` becomes this.
    ngram_size
        Tokens in a shingle, 1 to 64.
    num_perm
        Length of a MinHash signature, 1 to 65536. Used by ``measure="jaccard"``.
    recall
        Least probability, in (0, 1), with which the LSH bands catch a pair at exactly
        ``threshold``. Used by ``measure="jaccard"``; by containment the sample misses one in
        100,000.
    seed
        Seed of every hash, 0 to 2**32 - 1.
    block
        What is compared; ``"auto"`` looks at the text.
    keep
        Which copy stays; ``"auto"``: across documents the longest, within a document the first.
        One exception: if a lone paragraph repeats, and its first copy is a teaser, a caption or a
        pull quote, the copy in the body stays.
    min_tokens
        A repeated block of fewer words than this stays, unless it is part of a larger
        copy: a run of repeated blocks, or a text that consists of two copies of one. Numbers
        (``12``, ``7pm``) do not count, words with a digit (``A320``) do; in scripts written without
        spaces three ideographs count as two words, three letters as one. Of a block of at least
        ``min_tokens / 4`` words that occurs 50 times or more, only the first stays.
    numeric_variants
        ``"keep"``: a near copy stays if small replacements run through it and some replace figures
        (numbers, and names of months and weekdays beside them): the bulletin of another day. It is
        removed if one figure differs in a text of more than some 120 words (a correction),
        if sentences were added (an update), or if only headers and footers differ. Texts whose
        numbers differ in a sign, point, per cent or currency are no exact copies. A text of fewer
        shingles than ``ngram_size / (1 - threshold)`` stays if it has a word that the other lacks,
        and so does one whose shingles are scattered over a text of ten times the bytes. Within a
        document such paragraphs, list items and table rows stay. ``"remove"``: similarity alone
        counts.
    block_threshold
        Least similarity, in [0, 1], of near copies among blocks, of one text or of boilerplate.
        Used when ``threshold`` is lower: a threshold that suits whole texts is too low for blocks.

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
    block: BlockKind = "auto"
    keep: Keep = "auto"
    min_tokens: int = 20
    numeric_variants: NumericVariants = "keep"
    block_threshold: float = 0.8

    def __post_init__(self) -> None:
        """Check every field."""
        for name, hint in field_types(Config).items():
            value = getattr(self, name)
            if isinstance(value, np.generic):  # a NumPy number is a number
                object.__setattr__(self, name, value.item())
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
        """The settings by which blocks are near copies.

        Examples
        --------
        >>> Config.preset("web").threshold, Config.preset("web").for_blocks.threshold
        (0.4, 0.8)
        """
        if self.threshold >= self.block_threshold:
            return self
        return replace(self, threshold=self.block_threshold)

    @property
    def compares_whole_texts(self) -> bool:
        """Whether texts can only be compared as a whole: ``unit`` knows no words or letters."""
        return self.unit not in ("word", "char")

    def check_parts(self, what: str) -> None:
        """Refuse a unit by which parts of texts cannot be compared.

        Raises
        ------
        ConfigError
            When ``unit`` is another one than ``"word"`` or ``"char"``.
        """
        if self.compares_whole_texts:
            presets = [name for name, known in PRESETS.items() if known.get("unit") == self.unit]
            where = f" (preset {presets[0]})" if presets else ""
            raise ConfigError.of(
                "unit", f"must be word or char for {what}, got {self.unit!r}{where}"
            )

    @classmethod
    def preset(cls, name: Preset, **overrides: Any) -> "Config":  # noqa: ANN401
        """Return the settings for a purpose.

        Parameters
        ----------
        name
            ``"news"``: the defaults, articles and press releases. ``"strict"``: nearly identical
            texts, both ways. ``"ocr"``: scanned texts full of wrong letters. ``"short"``: titles,
            teasers and posts. ``"web"``: pages as different extractors see them, some with all that
            is around the text. ``"exact"``: byte-equal texts. ``"code"``: source files.
        **overrides
            Single settings that are to be others.

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
        """Return settings with some fields replaced.

        Parameters
        ----------
        config
            Settings, or the name of a preset; the defaults when None.
        overrides
            Fields by their names.

        Raises
        ------
        ConfigError
            When a name is not a field, a value is outside its range, or there is no such preset.

        Examples
        --------
        >>> Config.of(None, {"keep": "last"}).keep, Config.of("web", {}).threshold
        ('last', 0.4)
        """
        refuse_unknown(cls, "a setting", overrides)
        if isinstance(config, str) and config in PRESETS:
            return cls.preset(config, **overrides)
        if config is not None and not isinstance(config, cls):
            got = repr(config) if isinstance(config, str) else type(config).__name__
            raise ConfigError.of(
                "config", f"must be a Config or a preset ({', '.join(PRESETS)}), got {got}"
            )
        config = cls() if config is None else config
        return replace(config, **overrides) if overrides else config


def refuse_unknown(kind: type, what: str, values: dict[str, Any]) -> None:
    """Refuse values whose names are not fields of a dataclass.

    Raises
    ------
    ConfigError
        When one is not; the message calls the fields ``what``.
    """
    names = [item.name for item in fields(kind)]
    for name, value in values.items():
        if name == "preset":
            given = value if value in tuple(PRESETS) else "web"
            raise ConfigError(f'preset is not {what}; give it as config="{given}"')
        if name not in names:
            raise ConfigError(f"{name} is not {what}; there are {', '.join(names)}")


TYPE_RULES = {bool: "True or False", int: "a whole number", float: "a number", str: "a string"}
ConfigLike = Config | Preset  # what is taken wherever settings are


def check_type(name: str, value: object, hint: Any, or_none: str = "") -> None:  # noqa: ANN401
    """Refuse a value that is not of the type of its field.

    Raises
    ------
    ConfigError
        When it is another one; the message names the parameter.
    """
    choices = get_args(hint)
    if choices:
        known = isinstance(value, str) and value in choices
        _check(known, name, "one of " + ", ".join(choices), value)
        return
    kinds = (int, float) if hint is float else hint
    known = isinstance(value, kinds) and (hint is bool or not isinstance(value, bool))
    _check(known, name, TYPE_RULES[hint] + or_none, value)


def _check(holds: bool, name: str, rule: str, value: object) -> None:  # noqa: FBT001
    if not holds:
        raise ConfigError.of(name, f"must be {rule}, got {value!r}")


def check_threads(threads: object) -> int | None:
    """Return a number of threads that is one, or None for as many as there are cores.

    Raises
    ------
    ConfigError
        When it is neither.
    """
    return None if threads is None else check_whole_number("threads", threads, 1, ", or None")


def age_in_seconds(name: str, age: Age) -> float:
    """Return an age in seconds.

    Parameters
    ----------
    name
        Of the parameter that gives it.
    age
        Seconds, a ``timedelta``, or a number and a unit: s, m, h, d or w.

    Raises
    ------
    ConfigError
        When it is none, or not above 0.

    Examples
    --------
    >>> age_in_seconds("forget_after", "30d")
    2592000.0
    """
    seconds = None
    if isinstance(age, timedelta):
        seconds = age.total_seconds()
    elif isinstance(age, str) and (found := re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([smhdw])", age)):
        seconds = float(found[1]) * AGE_UNIT_SECONDS[found[2]]
    elif isinstance(age, (int, float)) and not isinstance(age, bool):
        seconds = float(age)
    if seconds is None or not 0 < seconds < float("inf"):
        raise ConfigError.of(name, f"must be an age, as in 30d, 12h or 90m, got {age!r}")
    return seconds


def is_whole_number(value: object) -> TypeGuard[int]:
    """Tell whether a value is a whole number, of Python or numpy."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def check_whole_number(name: str, value: object, least: int, or_none: str = "") -> int:
    """Return the value of a parameter that has to be a whole number, ``least`` or more.

    Raises
    ------
    ConfigError
        When it is another one.
    """
    if not is_whole_number(value) or value < least:
        rule = f"must be a whole number from {least} on{or_none}"
        raise ConfigError.of(name, f"{rule}, got {value!r}")
    return int(value)
