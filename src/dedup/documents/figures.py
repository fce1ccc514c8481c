"""Which blocks of a text are numeric variants of those that they repeat."""

import numpy as np

from dedup.matching.keep_first import Matches
from dedup.matching.native_rule import RowsRule
from dedup.records import I64, Figures


def figures_of(rule: RowsRule, words: I64, matches: Matches) -> Figures | None:
    """Tell the blocks of a text apart that are numeric variants of their witnesses.

    Parameters
    ----------
    words
        (n,): the words of each block, numbers counted. Those of items of a list and rows of a table
        that are variants count as none, so that they stay in a run of any length.

    Returns
    -------
    Figures or None
        None where no block is one.

    Examples
    --------
    >>> from dedup.config import Config
    >>> from dedup.matching.numeric_variants import PairRule
    >>> utf8 = np.frombuffer(b"Paid: 12 cents. Paid: 15 cents. Paid: now a cent.", np.uint8)
    >>> rule = PairRule.of_rows(utf8, np.array([0, 16, 32, len(utf8)]), Config())
    >>> rows, leader = np.arange(3), np.arange(3)
    >>> matches = Matches(rows, leader, np.zeros(3, np.int64), np.array([0, 0.8, 0.8]), rows)
    >>> figures_of(rule, np.array([3, 3, 4]), matches).groups.tolist()
    [0, 1, 0]
    """
    near = matches.repeats & (matches.leader[matches.witness] != matches.leader)
    groups, words = matches.witness.copy(), words.copy()
    for row in np.flatnonzero(near).tolist():
        witness, similarity = int(matches.witness[row]), float(matches.similarity[row])
        if rule.is_numeric_variant(row, witness, similarity):
            groups[row] = matches.leader[row]
            words[row] = 0 if rule.is_item(row) else words[row]
    if (groups == matches.witness).all():
        return None
    return Figures(groups, words)
