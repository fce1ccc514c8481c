"""What a repeated block weighs as running text, for the guard against natural repetition."""

import re

import numpy as np

from dedup.kernels.reference import tokenize
from dedup.records import I64, Tokens
from dedup.text.blocks import is_wrapped, paragraph_lines
from dedup.text.lines import NEWLINE
from dedup.text.packed import byte_offsets, encode

_LINE_BREAK = re.compile(NEWLINE)


def words_of(tokens: Tokens) -> I64:
    """Count the words of each row.

    A token with a digit is none. In scripts written without spaces three ideographs or
    kana count as two words, three letters of Thai, Lao, Khmer or Myanmar as one.

    Examples
    --------
    >>> text = encode("Rose 12.5 per cent")
    >>> words_of(tokenize(text, np.array([0, len(text)]))).tolist()
    [3]
    """
    thirds = np.concatenate(([0], np.cumsum(tokens.thirds, dtype=np.int64)))
    result: I64 = np.diff(thirds[tokens.hashes.offsets]) // 3
    return result


def words_of_longest_line(block: str) -> int | None:
    r"""Count the words of the longest line of verse or of a list; None for prose.

    A stanza or an address is many short lines, not one long paragraph.

    Examples
    --------
    >>> words_of_longest_line("Oh, the river runs\ndown to the sea\nand carries me home")
    4
    >>> words_of_longest_line("One line.") is None
    True
    """
    if len(paragraph_lines(block)) <= 1 or is_wrapped(paragraph_lines(block)):
        return None
    utf8 = encode(block)
    ends = [match.end() for match in _LINE_BREAK.finditer(block)]
    edges = byte_offsets(utf8, np.array([0, *ends, len(block)]))
    return int(words_of(tokenize(utf8, edges)).max())
