"""Positions: the processing order of rows, in one number that also has the row."""

from typing import Any

from dedup.arrays.array_types import I64
from dedup.config import Config
from dedup.errors import InputError

ROW_NUMBER_BITS = 37
LAST_ROW = (1 << ROW_NUMBER_BITS) - 1
MAX_TOKENS = (1 << 26) - 1  # of a text; both fit into a positive number of 64 bits


def positions_of(rows: I64, tokens: I64, config: Config) -> I64:
    """Return the position of each row: rows are processed in ascending order of it.

    Parameters
    ----------
    rows, tokens
        (n,): the number of each row, 0 to ``LAST_ROW``, and of its tokens.
    config
        Only ``keep`` is used; ``"auto"`` is ``"longest"``.

    Raises
    ------
    InputError
        If a row number or a number of tokens is outside its range.

    Examples
    --------
    >>> import numpy as np
    >>> rows, tokens = np.array([0, 1, 2]), np.array([5, 9, 5])
    >>> np.argsort(positions_of(rows, tokens, Config())).tolist()
    [1, 0, 2]
    """
    if len(rows) and not 0 <= rows.min() <= rows.max() <= LAST_ROW:
        wrong = rows[(rows < 0) | (rows > LAST_ROW)][0]
        raise InputError(f"row numbers must be from 0 to {LAST_ROW}, got {wrong}")
    if config.keep == "first":
        return rows
    if config.keep == "last":
        return LAST_ROW - rows
    if tokens.max(initial=0) > MAX_TOKENS:
        raise InputError(f"a text has {tokens.max():,} words; Spark takes {MAX_TOKENS:,} at most")
    positions: I64 = ((MAX_TOKENS - tokens) << ROW_NUMBER_BITS) | rows
    return positions


def row_at(position: Any, config: Config) -> Any:  # noqa: ANN401  an array, or a column of Spark
    """Return the row at a position.

    Examples
    --------
    >>> import numpy as np
    >>> config = Config(keep="last")
    >>> row_at(positions_of(np.array([7]), np.array([1]), config), config).tolist()
    [7]
    """
    if config.keep == "first":
        return position
    if config.keep == "last":
        return LAST_ROW - position
    return position % (LAST_ROW + 1)
