"""All pairs of similar texts, and how similar two texts are."""

from typing import Any

import numpy as np

from dedup.arrays.array_types import I64, U8
from dedup.arrays.columns import prepare_column, prepare_packed
from dedup.arrays.native import has_core
from dedup.arrays.packed import PythonTexts
from dedup.config import Config, ConfigLike, check_threads
from dedup.errors import TextTypeError
from dedup.matching import native_rule
from dedup.matching.candidates import candidates_among
from dedup.matching.deduplicate import sketch
from dedup.matching.exact_copies import leaders
from dedup.matching.keep_first import KEEP
from dedup.matching.matcher import Limits, pair_rows
from dedup.matching.numeric_variants import PairRule
from dedup.matching.pairs import Pairs, expanded
from dedup.matching.rows import Rows, rows_of
from dedup.matching.similarity import MEASURES
from dedup.text.hashing import tokens_and_shingles
from dedup.text.recode import recode
from dedup.text.shingles import shingle_counts


def near_duplicates(
    texts: object,
    config: ConfigLike | None = None,
    *,
    threads: int | None = None,
    **overrides: Any,  # noqa: ANN401
) -> Pairs:
    """Find all pairs of similar texts, for those who want the graph.

    By containment one pair in 100,000 at the threshold is missed; by Jaccard a pair at the
    threshold is found with a probability of ``recall``, and nearly all above it. Pairs that
    ``deduplicate`` keeps as numeric variants are among them, and marked. There may be many: a
    thousand copies of one text are half a million pairs. To remove copies, ``deduplicate`` is
    faster and needs none of them.

    Parameters
    ----------
    texts, config, threads, **overrides
        As for ``deduplicate``; ``keep`` does not matter.

    Returns
    -------
    Pairs
        In ascending order. By Jaccard ``left < right``. By containment ``left`` is contained
        in ``right``, which has as many tokens or more. ``numeric_variant`` marks the pairs whose
        figures differ, so that ``deduplicate`` keeps both texts.

    Raises
    ------
    TextTypeError, ConfigError
        As for ``deduplicate``.

    Examples
    --------
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so"
    >>> texts = [story, story + ", but they all had an idea.", "Something else."]
    >>> list(near_duplicates(texts, measure="jaccard", threshold=0.5))
    [(0, 1, 0.6666666865348816)]
    >>> near_duplicates(["Rates: 7 pct", "Rates: 6 pct"], threshold=0.5, ngram_size=1)
    <Pairs: 1 pair of similarity 0.667; 1 numeric variant>
    """
    threads = check_threads(threads)
    column, config = prepare_column(texts, Config.of(config, overrides))
    if isinstance(column, PythonTexts) or has_core():
        leader, pairs, counts = pairs_by_core(rows_of(column, config, threads), config, threads)
    else:
        leader, pairs, counts = pairs_by_numpy(column.utf8, column.offsets, config)
    return expanded(pairs, leader, counts > 0, directed=config.measure == "containment")


def pairs_by_numpy(utf8: U8, offsets: I64, config: Config) -> tuple[I64, Pairs, I64]:
    """Find all pairs of similar rows, whether ``keep_first`` keeps them or not.

    Parameters
    ----------
    utf8, offsets
        n rows of well-formed UTF-8.

    Returns
    -------
    leader
        (n,): the first row taken with the same tokens.
    pairs
        Of leaders: ``left`` has no more tokens than ``right``.
    counts
        (n,): tokens.
    """
    both, shingles = tokens_and_shingles(utf8, offsets, config)
    tokens = both.hashes
    counts, order = tokens.lengths, KEEP["longest"](tokens.lengths)
    leader = leaders(tokens, order, native_rule.numbers_of(utf8, offsets, config))
    leads = (leader == np.arange(len(tokens))) & (counts > 0)
    keys = shingle_counts(counts, config.ngram_size)
    candidates = candidates_among(shingles, keys, config, capped=False)
    measure, rule = MEASURES[config.measure], PairRule(*recode(utf8, offsets, config.unit), config)
    found = []
    for row in order[leads[order]].tolist():
        for candidate in candidates.of(row):
            value = measure(shingles[row], shingles[candidate])
            if value >= config.threshold:
                found.append((row, candidate, value, rule.spares(row, candidate, value)))
        candidates.insert(row)
    columns = map(np.array, zip(*found, strict=True)) if found else np.empty((4, 0))
    return leader, Pairs(*columns), counts


def pairs_by_core(rows: Rows, config: Config, threads: int | None = None) -> tuple[I64, Pairs, I64]:
    """Do as ``pairs_by_numpy``, by the core."""
    copies, keys = sketch(rows, config, KEEP["longest"], threads)
    every = len(rows) + 1
    limits = Limits.of(config)._replace(full=every, compared=0, listed=every)
    left, right, similarity, numeric_variant = pair_rows(rows, keys, limits)
    pairs = Pairs(left, right, similarity.astype(np.float32), numeric_variant)
    return copies.leader, pairs, copies.counts


def similarity(
    a: object,
    b: object,
    config: ConfigLike | None = None,
    **overrides: Any,  # noqa: ANN401
) -> float:
    """Return the exact similarity of two texts.

    Parameters
    ----------
    a, b
        Two strings, or two lists of tokens.
    config
        The settings; ``Config()`` when None.
    **overrides
        Single settings, as in ``similarity(a, b, measure="jaccard")``.

    Returns
    -------
    float
        In [0, 1]. By ``measure="containment"``, the default, the share of the shingles of ``a``
        that ``b`` has; by ``"jaccard"``, shared shingles over all shingles of both, whichever comes
        first. 0 where either text has no token.

    Raises
    ------
    TextTypeError
        When ``a`` or ``b`` is no text, or one of them is a list of tokens and the other is not.
    ConfigError
        When a setting is unknown or outside its range.

    Examples
    --------
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so"
    >>> longer = story + ", but they all had an idea."
    >>> similarity(story, longer), similarity(longer, story)
    (1.0, 0.6666666666666666)
    >>> similarity(story, longer, measure="jaccard")
    0.6666666666666666
    """
    for name, text in (("a", a), ("b", b)):
        if not isinstance(text, (str, list, tuple)):
            raise TextTypeError(
                f"{name} must be str or a list of tokens, got {type(text).__name__}"
            )
    if isinstance(a, str) != isinstance(b, str):
        raise TextTypeError("a and b must be two texts or two lists of tokens, got one of each")
    packed, config = prepare_packed([a, b], Config.of(config, overrides))
    _, (mine, theirs) = tokens_and_shingles(packed.utf8, packed.offsets, config)
    return MEASURES[config.measure](mine, theirs)
