"""Which blocks of a text are items of a list or rows of a table.

Of items and rows any figure that differs makes another one, however long they are.
"""

from dedup.records import U8

BULLETS = tuple(map(str.encode, "-*+•·–—▪◦‣●○■□"))
DASHES = tuple(map(str.encode, "-–—"))
MOST_DIGITS = 3  # of the number of an item: a year begins a sentence


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
    text = utf8.tobytes().strip(b" \t\n\r")
    if b"\t" in text or b"|" in text:  # cells
        return True
    if any(text.startswith(bullet + b" ") for bullet in BULLETS):
        return True
    text = text.removeprefix(b"(")
    name = text[:MOST_DIGITS]
    size = len(name) - len(name.lstrip(b"0123456789"))
    if size == 0:
        return name[:1].isalpha() and name[1:2] in (b".", b")") and name[2:3] == b" "
    rest = text[size:]
    if rest[:1] in (b".", b")", b":", b"]"):
        return rest[1:2] == b" "
    return rest[:1] == b" " and any(rest[1:].startswith(dash + b" ") for dash in DASHES)
