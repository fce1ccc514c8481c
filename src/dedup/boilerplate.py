"""Many texts in: the blocks that recur in many of them, and the texts without."""

from collections.abc import Sequence
from math import ceil
from typing import Any, get_args

import numpy as np

from dedup.columns import packed_of
from dedup.config import Config, checked_threads
from dedup.cuts import Blocks, cut_texts, without
from dedup.errors import ConfigError
from dedup.exceptions import Exceptions, KeptPatterns
from dedup.groups import Groups, group_blocks
from dedup.patterns import Boilerplate, BoilerplateResult, Pattern
from dedup.records import I64, Flags
from dedup.recurrence import Recurring, find_recurring
from dedup.text.packed import Packed

SOURCES = 5  # texts that are named for a pattern


def deduplicate_blocks(  # noqa: PLR0913
    texts: object,
    config: Config | None = None,
    *,
    min_df: float = 10,
    keep_patterns: Exceptions = (),
    boilerplate: Boilerplate = "first",
    threads: int | None = None,
    **overrides: Any,  # noqa: ANN401
) -> BoilerplateResult:
    r"""Find the lines and paragraphs that recur in many texts, and leave them out.

    Parameters
    ----------
    texts
        (n,): as for ``deduplicate``.
    config
        The settings; ``Config()`` when None. Blocks are those of ``clean``; near copies are told
        by ``measure`` and ``threshold``, and are of about the same length; ``keep`` does not
        matter.
    min_df
        In how many texts a block has to be: a whole number from 2 on, or a share in (0, 1) of
        the texts that are not missing. This is for ``min_tokens`` words. A block of half as many
        words has to be in twice as many texts, and so on, or in every second one.
    keep_patterns
        What stays though it recurs: a pattern that has one of these texts in it, letter for
        letter, or in which one of these compiled regular expressions finds something.
    boilerplate
        ``"first"``: the first text that has a pattern word for word keeps it, once, so that nothing
        is lost. ``"all"``: no text keeps it.
    threads
        How many to use; all cores that the process may use when None. The result is the same.
    **overrides
        Single settings, as in ``deduplicate_blocks(texts, min_tokens=5)``.

    Returns
    -------
    BoilerplateResult
        ``.texts``, ``.patterns`` for a person to read, and ``.ledger(row)``, with which
        ``restore`` puts back what was removed.

    Raises
    ------
    TextTypeError
        When ``texts`` is no column of texts.
    ConfigError
        When a setting is unknown or outside its range.

    Notes
    -----
    A block that recurs because whole texts are copies of each other is no boilerplate: texts are
    counted by what else they say. A short block goes only near the beginning or the end of its
    text or beside a longer one, and is no pattern if it stands elsewhere mostly. See
    ``docs/decisions/0013-boilerplate.md``.

    Examples
    --------
    >>> footer = "Sign up for our letter.\n"
    >>> texts = [f"Story {word} tells of {word} and more {word}.\n" + footer
    ...          for word in ("tides", "ropes", "boats")]
    >>> result = deduplicate_blocks(texts, min_df=3, min_tokens=5)
    >>> result
    <BoilerplateResult: 1 pattern; removed 2 blocks from 2 of 3 texts, 48 of 201 bytes>
    >>> result.patterns[0].text, result.patterns[0].df, result.patterns[0].rows
    ('Sign up for our letter.', 3, (0, 1, 2))
    >>> result.texts[2]
    'Story boats tells of boats and more boats.\n'
    """
    config = Config.of(config, overrides)
    if boilerplate not in get_args(Boilerplate):
        raise ConfigError(f"boilerplate must be one of first, all, got {boilerplate!r}")
    exceptions, threads = KeptPatterns(keep_patterns), checked_threads(threads)
    _check_min_df(min_df)
    given = texts if isinstance(texts, (list, tuple)) else None
    packed = packed_of(texts)
    least = _as_number(min_df, len(packed) - int(packed.missing.sum()))
    blocks = cut_texts(packed, config.block)
    groups = group_blocks(packed, blocks, config, threads)
    found = find_recurring(packed, blocks, groups, config, least, threads)
    shown = _shown(packed, blocks, groups.first[found.patterns])
    excepted = np.array([text in exceptions for text in shown], np.bool_)
    kept = _kept(groups, found, excepted, boilerplate)
    changed = np.flatnonzero(np.diff(np.concatenate(([0], np.cumsum(~kept)))[blocks.firsts]))
    return BoilerplateResult(
        texts=_texts(packed, given, changed, without(packed, blocks, kept)),
        patterns=_patterns(blocks, groups, found, kept, excepted, shown),
        changed=changed,
        min_df=least,
        boilerplate=boilerplate,
        config=config,
        _given=packed,
        _blocks=blocks,
        _groups=groups,
        _kept=kept,
    )


def _check_min_df(min_df: object) -> None:
    number = isinstance(min_df, (int, float, np.number)) and not isinstance(min_df, bool)
    whole = isinstance(min_df, (int, np.integer))
    if not number or not (min_df >= 2 if whole else 0 < min_df < 1):  # type: ignore[operator]
        raise ConfigError(
            f"min_df must be a whole number from 2 on, or a share in (0, 1), got {min_df!r}"
        )


def _as_number(min_df: float, texts: int) -> int:
    return int(min_df) if min_df >= 2 else max(2, ceil(min_df * texts))


def _shown(packed: Packed, blocks: Blocks, numbers: I64) -> list[str]:
    """Return blocks as texts, without the blanks around them."""
    spans = zip(blocks.edges[numbers].tolist(), blocks.edges[numbers + 1].tolist(), strict=True)
    pieces = [packed.utf8[start:stop].tobytes() for start, stop in spans]
    return [piece.decode("utf-8", "surrogatepass").strip() for piece in pieces]


def _kept(groups: Groups, found: Recurring, excepted: Flags, boilerplate: Boilerplate) -> Flags:
    """Tell which blocks stay, (b,)."""
    kept = ~found.gone | np.isin(groups.of_blocks, found.patterns[excepted])
    if boilerplate == "first":
        kept[groups.first[found.patterns]] = True
    return kept


def _texts(
    packed: Packed, given: Sequence[Any] | None, changed: I64, left: Packed
) -> list[str | None]:
    """Return the texts; of those that were not changed the given objects where there are any."""
    every = np.arange(len(packed))
    texts = packed.take(every) if given is None else list(given)
    for row in np.flatnonzero(packed.missing).tolist():
        texts[row] = None
    for row, text in zip(changed.tolist(), left.take(changed), strict=True):
        texts[row] = text
    return texts


def _patterns(  # noqa: PLR0913, PLR0917
    blocks: Blocks,
    groups: Groups,
    found: Recurring,
    kept: Flags,
    excepted: Flags,
    shown: list[str],
) -> tuple[Pattern, ...]:
    """Return what recurs: the most frequent first, of equal ones the one that is seen first."""
    of = groups.of_blocks
    count = len(groups.first)
    occurrences = np.bincount(of[of >= 0], minlength=count)[found.patterns]
    removed = np.bincount(of[~kept], minlength=count)[found.patterns]
    variants = np.bincount(groups.group, minlength=count)[found.patterns] - 1
    sources = _sources(blocks, of, found.patterns)
    order = np.lexsort((groups.first[found.patterns], -occurrences, -found.df))
    return tuple(
        Pattern(
            text=shown[place],
            df=int(found.df[place]),
            words=int(found.words[place]),
            occurrences=int(occurrences[place]),
            removed=int(removed[place]),
            variants=int(variants[place]),
            rows=sources[place],
            excepted=bool(excepted[place]),
        )
        for place in order.tolist()
    )


def _sources(blocks: Blocks, of: I64, patterns: I64) -> list[tuple[int, ...]]:
    """Return the first texts that have each pattern."""
    numbers = np.flatnonzero(np.isin(of, patterns))
    numbers = numbers[np.argsort(of[numbers], kind="stable")]
    rows, owners = blocks.rows[numbers], of[numbers]
    fresh = np.ones(len(rows), np.bool_)
    fresh[1:] = (rows[1:] != rows[:-1]) | (owners[1:] != owners[:-1])
    rows, owners = rows[fresh], owners[fresh]
    firsts = np.searchsorted(owners, patterns)
    stops = np.minimum(np.searchsorted(owners, patterns, "right"), firsts + SOURCES)
    spans = zip(firsts.tolist(), stops.tolist(), strict=True)
    return [tuple(rows[first:stop].tolist()) for first, stop in spans]
