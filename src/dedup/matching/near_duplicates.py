"""All pairs of similar texts."""

from typing import Any

import numpy as np

from dedup.arrays.array_types import F64, I64, U8, Flags
from dedup.arrays.columns import prepare_column
from dedup.arrays.native import has_core
from dedup.arrays.packed import PythonTexts
from dedup.config import Config, ConfigLike, check_threads
from dedup.matching.candidates import candidate_lookup
from dedup.matching.deduplicate import prepare_rows
from dedup.matching.exact_copies import representatives
from dedup.matching.keep_first import PROCESSING_ORDERS, MatchSettings, new_matcher
from dedup.matching.numbers import exact_copy_numbers
from dedup.matching.pair_rule import PairRule
from dedup.matching.pairs import Pairs, expanded
from dedup.matching.rows import InputRows, input_rows
from dedup.matching.shared_keys import SharedKeys
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
    """Find all pairs of similar texts: the graph of near-duplicates.

    Use ``deduplicate`` to remove copies: it is faster, and does not need all pairs. There may be
    many of them: a thousand copies of one text are half a million pairs.

    By containment, one pair in 100,000 at the threshold is missed. By Jaccard similarity, a pair at
    the threshold is found with probability ``recall``, and a pair above it nearly always.

    Parameters
    ----------
    texts, config, threads, **overrides
        As for ``deduplicate``; ``keep`` does not matter.

    Returns
    -------
    Pairs
        In ascending order. By Jaccard similarity ``left < right``. By containment ``left`` is
        contained in ``right``, which has as many tokens or more. ``numeric_variant`` marks pairs
        of which ``deduplicate`` keeps both texts: see ``Pairs``.

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
        representative, pairs, counts = pairs_by_core(
            input_rows(column, config, threads), config, threads
        )
    else:
        representative, pairs, counts = pairs_by_numpy(column.utf8, column.offsets, config)
    return expanded(pairs, representative, counts > 0, directed=config.measure == "containment")


def pairs_by_numpy(utf8: U8, offsets: I64, config: Config) -> tuple[I64, Pairs, I64]:
    """Find all pairs of similar representatives: the specification.

    Parameters
    ----------
    utf8, offsets
        n rows of well-formed UTF-8.

    Returns
    -------
    representative
        (n,): the first row of its group of exact copies, the longest rows first.
    pairs
        Of representatives: ``left`` has no more tokens than ``right``.
    counts
        (n,): tokens.
    """
    both, shingles = tokens_and_shingles(utf8, offsets, config)
    tokens = both.hashes
    counts, order = tokens.lengths, PROCESSING_ORDERS["longest"](tokens.lengths)
    representative = representatives(tokens, order, exact_copy_numbers(utf8, offsets, config))
    is_representative = (representative == np.arange(len(tokens))) & (counts > 0)
    sizes = shingle_counts(counts, config.ngram_size)
    lookup = candidate_lookup(shingles, sizes, config, capped=False)
    measure, rule = MEASURES[config.measure], PairRule(*recode(utf8, offsets, config.unit), config)
    found = []
    for row in order[is_representative[order]].tolist():
        for candidate in lookup.find(row):
            value = measure(shingles[row], shingles[candidate])
            if value >= config.threshold:
                found.append((row, candidate, value, rule.exempts(row, candidate, value)))
        lookup.insert(row)
    columns = map(np.array, zip(*found, strict=True)) if found else np.empty((4, 0))
    return representative, Pairs(*columns), counts


def pairs_by_core(
    rows: InputRows, config: Config, threads: int | None = None
) -> tuple[I64, Pairs, I64]:
    """Find all pairs as ``pairs_by_numpy`` does, with the compiled core."""
    copies, keys = prepare_rows(rows, config, PROCESSING_ORDERS["longest"], threads)
    more = len(rows) + 1  # than any list has: no cap
    settings = MatchSettings.of(config)._replace(
        max_postings=more, max_candidates=0, max_exhaustive_postings=more
    )
    left, right, similarity, numeric_variant = pair_rows(rows, keys, settings)
    pairs = Pairs(left, right, similarity.astype(np.float32), numeric_variant)
    return copies.representative, pairs, copies.counts


def pair_rows(
    rows: InputRows, keys: SharedKeys, settings: MatchSettings
) -> tuple[I64, I64, F64, Flags]:
    """Compare each representative with all before it in processing order, with the core.

    Returns
    -------
    left, right, similarity, numeric_variant
        (m,) each: the pairs at the threshold; ``right`` comes first in processing order.
    """
    matcher = new_matcher(rows, keys, settings, threads=1)
    while matcher.compare_pairs():  # Python handles signals between two calls
        pass
    left, right, similarity, is_variant = matcher.pairs()
    return left, right, similarity, is_variant.view(np.bool_)
