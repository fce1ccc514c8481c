"""Which blocks of a text differ from those that they repeat in their figures alone."""

import numpy as np

from dedup.config import Config
from dedup.decide import Matches
from dedup.kernels.reference import tokenize
from dedup.records import I64, U8, Figures
from dedup.templates import is_template


def figures_of(utf8: U8, offsets: I64, matches: Matches, config: Config) -> Figures | None:
    r"""Tell the blocks of a text apart that are templates of their witnesses; None without any.

    Parameters
    ----------
    utf8, offsets
        n rows of well-formed UTF-8.

    Examples
    --------
    >>> import dedup
    >>> notice = "The board has declared a dividend of {} cents a share, to be paid in May to " \
    ...          "all who hold a share of the company on the last day of trading this month.\n"
    >>> dedup.clean(notice.format(12) + notice.format(15)).summary
    'nothing repeats in 2 paragraphs, 302 characters'
    """
    near = np.flatnonzero(matches.repeats & (matches.similarity < 1))
    if config.templates == "remove" or not len(near):
        return None
    words = tokenize(utf8, offsets, config.seed)
    groups = matches.witness.copy()
    for row, of in zip(near.tolist(), groups[near].tolist(), strict=True):
        if is_template(words.row(row), words.row(of)):
            groups[row] = matches.leader[row]
    if (groups == matches.witness).all():
        return None
    return Figures(groups, words.hashes.lengths)
