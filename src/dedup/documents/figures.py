"""Which blocks of a document are numeric variants of those that they repeat."""

import re
from dataclasses import replace

import numpy as np

from dedup.config import Config
from dedup.documents.matches import MatchedBlocks
from dedup.kernels.hashing import hashed
from dedup.matching.native_rule import rule_of_rows
from dedup.records import U8, Figures

# A bullet, or the letter or number of an item; a number of four digits is a year in a sentence.
ITEM = re.compile("(?:[-*+•·–—▪◦‣●○■□]|[(]?(?:[A-Za-z][.)]|[0-9]{1,3}(?:[.):\\]]| [-–—]))) ")


def figures_of(blocks: MatchedBlocks, config: Config) -> Figures | None:
    r"""Tell the blocks of a document apart that are numeric variants of their witnesses.

    The words of items of a list and rows of a table that are variants count as none, so that they
    stay in a run of any length.

    Returns
    -------
    Figures or None
        None where no block is one.

    Examples
    --------
    >>> from dedup.documents.matches import match_blocks
    >>> notice = "The board of the ferry declared a quarterly dividend of {} cents a share.\n"
    >>> utf8 = np.frombuffer((notice.format(12) + notice.format(15)).encode(), np.uint8)
    >>> config = Config(threshold=0.5)
    >>> blocks = match_blocks(utf8, np.array([0, len(utf8) // 2, len(utf8)]), config)
    >>> blocks.matches.witness.tolist(), figures_of(blocks, config).groups.tolist()
    ([0, 0], [0, 1])
    """
    matches = blocks.matches
    near = matches.repeats & (matches.leader[matches.witness] != matches.leader)
    if config.numeric_variants == "remove" or not near.any():
        return None
    by_words, tokens = replace(config, unit="word"), blocks.tokens
    if config != by_words:
        tokens = hashed(blocks.utf8, blocks.offsets, by_words)[0]
    rule = rule_of_rows(blocks.utf8, blocks.offsets, config)
    groups, counts = matches.witness.copy(), tokens.hashes.lengths
    for row in np.flatnonzero(near).tolist():
        witness, similarity = int(matches.witness[row]), float(matches.similarity[row])
        item = is_item(blocks.encoded(row))
        if rule.is_numeric_variant(row, witness, similarity, item):
            groups[row] = matches.leader[row]
            counts[row] = 0 if item else counts[row]
    if (groups == matches.witness).all():
        return None
    return Figures(groups, counts)


def is_item(utf8: U8) -> bool:
    """Tell whether a block begins with a bullet, a number or a letter of a list, or has cells.

    Of items of a list and rows of a table any figure that differs makes another one, however long
    they are.

    Parameters
    ----------
    utf8
        (bytes,): the block.

    Examples
    --------
    >>> import numpy as np
    >>> texts = ["1 - The ferry", "(12) A ferry", "b) A ferry", "• 9 ferries", "Vey | 12", "9 men"]
    >>> [is_item(np.frombuffer(text.encode(), np.uint8)) for text in texts]
    [True, True, True, True, True, False]
    """
    text = utf8.tobytes().decode("utf-8", "replace").strip(" \t\n\r")
    return "\t" in text or "|" in text or ITEM.match(text) is not None
