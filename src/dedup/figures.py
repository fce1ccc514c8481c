"""Which blocks of a text differ from those that they repeat in their figures alone."""

import numpy as np

from dedup.decide import Matches
from dedup.records import Figures, Tokens
from dedup.templates import is_template


def figures_of(words: Tokens, matches: Matches) -> Figures | None:
    """Tell the blocks of a text apart that are templates of their witnesses; None without any.

    Parameters
    ----------
    words
        n rows, whatever they were compared by.

    Examples
    --------
    >>> from dedup.kernels.reference import tokenize
    >>> text = "Paid: 12 cents. Paid: 15 cents. Paid: now a cent."
    >>> edges = np.array([0, 16, 32, len(text)])
    >>> words = tokenize(np.frombuffer(text.encode(), np.uint8), edges)
    >>> rows = np.arange(3)
    >>> matches = Matches(rows, rows, np.zeros(3, np.int64), np.array([0, 0.8, 0.8]), rows)
    >>> figures_of(words, matches).groups.tolist()
    [0, 1, 0]
    """
    near = np.flatnonzero(matches.repeats & (matches.similarity < 1)).tolist()
    groups = matches.witness.copy()
    for row in near:
        if is_template(words.row(row), words.row(int(matches.witness[row]))):
            groups[row] = matches.leader[row]
    if (groups == matches.witness).all():
        return None
    return Figures(groups, words.hashes.lengths)
