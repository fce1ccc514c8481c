"""Which blocks of a text are items of a list or rows of a table.

Of items and rows any figure that differs makes another one, however long they are.
"""

import re

from dedup.records import U8

# A bullet, or the letter or number of an item; a number of four digits is a year in a sentence.
ITEM = re.compile("(?:[-*+•·–—▪◦‣●○■□]|[(]?(?:[A-Za-z][.)]|[0-9]{1,3}(?:[.):\\]]| [-–—]))) ")


def is_item(utf8: U8) -> bool:
    """Tell whether a block begins with a bullet, a number or a letter of a list, or has cells.

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
