"""What a repeated block weighs as running text, for the guard against natural repetition."""

import re

import numpy as np

from dedup.arrays.array_types import I64, U8, Flags, Tokens
from dedup.arrays.packed import byte_offsets, encode
from dedup.text.blocks import NEWLINE_PATTERN, is_wrapped, lines_of
from dedup.text.tokens import HAS_DIGIT, INSIDE, WEIGHT, tokenize

_LINE_BREAK = re.compile(NEWLINE_PATTERN)


def count_words(tokens: Tokens, columns: int = 0) -> I64:
    """Count the words of each row.

    A token that begins with a digit is a number, and no word: ``12``, ``1st``, ``7pm``. One that
    begins otherwise is a word: ``A320``. In scripts written without spaces three ideographs or kana
    count as two words, three letters of Thai, Lao, Khmer or Myanmar as one.

    Parameters
    ----------
    columns
        As ``max_table_columns`` gives them: where a row has no more words with a digit, such as
        ``h01``, these may be the names of columns, and do not count.

    Examples
    --------
    >>> text = encode("The A320 rose 12.5 per cent")
    >>> tokens = tokenize(text, np.array([0, len(text)]))
    >>> count_words(tokens).tolist(), count_words(tokens, columns=1).tolist()
    ([5], [4])
    """
    named = (tokens.weight_thirds & HAS_DIGIT) > 0
    counts = _in_rows(named, tokens)
    columnar = np.repeat(counts <= columns, tokens.hashes.lengths) & named
    return _in_rows(np.where(columnar, 0, tokens.weight_thirds & WEIGHT), tokens) // 3


def max_table_columns(tokens: Tokens, standing: Flags) -> int:
    """Return the most numbers in a row of a table: one at least half of whose tokens are numbers.

    Parameters
    ----------
    standing
        (n,): the rows that repeat none. These stay, so the number does when copies are removed.

    Examples
    --------
    >>> text = encode("Rose 12.5 10.5 per cent")
    >>> max_table_columns(tokenize(text, np.array([0, len(text)])), np.ones(1, np.bool_))
    4
    """
    numbers = _in_rows(tokens.weight_thirds == 0, tokens)
    table = standing & (2 * numbers >= _in_rows(tokens.weight_thirds != INSIDE, tokens))
    return int(numbers[table].max(initial=0))


def longest_line_words(block: str, columns: int = 0) -> int | None:
    r"""Count the words of the longest line of verse or of a list; None for prose.

    A stanza or an address is many short lines, not one long paragraph.

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
    return int(count_words(tokenize(utf8, edges), columns).max())


def _in_rows(values: U8 | Flags, tokens: Tokens) -> I64:
    sums = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
    return np.diff(sums[tokens.hashes.offsets])
