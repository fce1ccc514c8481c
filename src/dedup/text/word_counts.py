"""Word counts of blocks: a repeated block with few words may be repeated on purpose."""

import re

import numpy as np

from dedup.arrays.array_types import I64, U8, Flags, Tokens
from dedup.arrays.packed import byte_offsets, encode
from dedup.text.blocks import NEWLINE_PATTERN, is_wrapped, lines_of
from dedup.text.tokens import HAS_DIGIT, INSIDE_WORD, WEIGHT_BITS, tokenize

_LINE_BREAK = re.compile(NEWLINE_PATTERN)


def count_words(tokens: Tokens, table_columns: int = 0) -> I64:
    """Count the words of each row, (n,).

    A token that begins with a digit is a number, not a word: ``12``, ``1st``, ``7pm``. Any other
    token is a word: ``A320``. In scripts written without spaces, three ideographs or kana count as
    two words, and three letters of Thai, Lao, Khmer or Myanmar as one.

    Parameters
    ----------
    tokens
        The tokens of n rows.
    table_columns
        The result of ``max_table_columns``. If a row has at most so many words with a digit, such
        as ``h01``, they may be the column names of a table, and are not counted.

    Examples
    --------
    >>> text = encode("The A320 rose 12.5 per cent")
    >>> tokens = tokenize(text, np.array([0, len(text)]))
    >>> count_words(tokens).tolist(), count_words(tokens, table_columns=1).tolist()
    ([5], [4])
    """
    has_digit = (tokens.weight_thirds & HAS_DIGIT) > 0
    counts = _sum_rows(has_digit, tokens)
    is_name = np.repeat(counts <= table_columns, tokens.hashes.lengths) & has_digit
    return _sum_rows(np.where(is_name, 0, tokens.weight_thirds & WEIGHT_BITS), tokens) // 3


def max_table_columns(tokens: Tokens, is_kept: Flags) -> int:
    """Return the largest number of numbers in a table row, 0 if there is none.

    A row is a table row if at least half of its tokens are numbers.

    Parameters
    ----------
    tokens
        The tokens of n rows.
    is_kept
        (n,): which rows to consider: those that repeat no other one. Removing copies does not
        remove them, so a cleaned text has the same result.

    Examples
    --------
    >>> text = encode("Rose 12.5 10.5 per cent")
    >>> max_table_columns(tokenize(text, np.array([0, len(text)])), np.ones(1, np.bool_))
    4
    """
    numbers = _sum_rows(tokens.weight_thirds == 0, tokens)
    words_and_numbers = _sum_rows(tokens.weight_thirds != INSIDE_WORD, tokens)
    is_table_row = is_kept & (2 * numbers >= words_and_numbers)
    return int(numbers[is_table_row].max(initial=0))


def longest_line_words(block: str, table_columns: int = 0) -> int | None:
    r"""Count the words of the longest line of verse or of a list; return None for prose.

    Short lines may be repeated on purpose even if all of them together are long, as in a refrain.

    Examples
    --------
    >>> longest_line_words("Oh, the river runs\ndown to the sea\nand carries me home")
    4
    >>> longest_line_words("One line.") is None
    True
    """
    lines = [shown for line in lines_of(block) if (shown := line.strip())]
    if len(lines) <= 1 or is_wrapped(lines):
        return None
    utf8 = encode(block)
    ends = [match.end() for match in _LINE_BREAK.finditer(block)]
    edges = byte_offsets(utf8, np.array([0, *ends, len(block)]))
    return int(count_words(tokenize(utf8, edges), table_columns).max())


def _sum_rows(values: U8 | Flags, tokens: Tokens) -> I64:
    """Return the sum of ``values`` (total,) over the tokens of each row, (n,)."""
    sums = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
    return np.diff(sums[tokens.hashes.offsets])
