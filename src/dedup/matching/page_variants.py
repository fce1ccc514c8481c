r"""Page variants: pages of one site that are alike only in the frame around their articles.

Navigation, teasers and footers are short lines. If such lines are all that two pages share, and
each page has much text of its own besides, then the pages hold different articles. A shared
article has long lines, so an article in the frames of two sites is no page variant.

This is the specification; ``src/native/page_variants.cpp`` is the twin.
"""

from typing import NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U8, U64, Flags
from dedup.matching.elements import WORD_WEIGHT, ngrams_of
from dedup.matching.numbers import hash_sequence
from dedup.text.tokens import WEIGHT_BITS, tokenize

# The frame: the lines that both pages have.
MAX_LINE_WORDS = 10  # its lines have fewer words on average
# The own text of a page: its other lines.
MIN_OWN_WORDS = 30  # both pages have so many words of their own, or more
OWN_NGRAM = 3  # own texts are compared by the n-grams of so many words
MAX_OWN_SIMILARITY = 0.3  # less than this share of the n-grams of the shorter own text is common
LINE_BREAK_BYTES = b"\n\r"


class PageLines(NamedTuple):
    """The k lines of a text that have words."""

    hashes: U64  # (k,): equal for lines with the same words in the same order
    weights: I64  # (k,): of their words, as ``Elements.weights``
    tokens: U64  # (total,): the words of all lines
    edges: I64  # (k + 1,): line i has ``tokens[edges[i]:edges[i + 1]]``


def page_lines(utf8: U8, seed: int = 1) -> PageLines:
    r"""Return the lines of one text, well-formed UTF-8.

    Examples
    --------
    >>> lines = page_lines(np.frombuffer(b"Home\n\nThe news, in 7 words\nHOME", np.uint8))
    >>> lines.weights.tolist(), bool(lines.hashes[0] == lines.hashes[2])
    ([3, 15, 3], True)
    """
    breaks = np.flatnonzero(np.isin(utf8, list(LINE_BREAK_BYTES)))
    tokens = tokenize(utf8, np.concatenate(([0], breaks, [len(utf8)])), seed)
    values, weights = tokens.hashes.values, tokens.weight_thirds
    weights = np.where(weights == 0, WORD_WEIGHT, weights & WEIGHT_BITS)
    weight_before = np.concatenate(([0], np.cumsum(weights, dtype=np.int64)))
    edges = np.unique(tokens.hashes.offsets)  # lines without words begin where they end
    lines = np.split(values, edges[1:-1]) if len(values) else []
    hashes = np.array([hash_sequence(line.tolist()) for line in lines], np.uint64)
    return PageLines(hashes, np.diff(weight_before[edges]), values, edges)


def is_page_variant(copy: PageLines, witness: PageLines) -> bool:
    r"""Tell whether two similar texts share only the frame of a page.

    They do if all of these hold:

    - they share lines, which have fewer than 10 words on average;
    - both have at least 30 words on their other lines;
    - less than three tenths of the 3-grams of the shorter one's other lines are also on the other
      lines of the other text.

    Examples
    --------
    >>> def page(story):
    ...     lines = "Home", "News", "Sport", "Weather", story, "Contact us", "Terms of use"
    ...     return page_lines(np.frombuffer("\n".join(lines).encode(), np.uint8))
    >>> ferry = "The ferry was late again, and nobody on the pier could say why it was so, or how "
    >>> ferry += "long they would have to wait, since the clerk had gone home and taken the bell."
    >>> bread = "Bread will cost more from the first of May, since the mills have raised what they "
    >>> bread += "ask for flour; bakers say that a loaf may cost a tenth more before summer ends."
    >>> is_page_variant(page(ferry), page(bread)), is_page_variant(page(ferry), page(ferry))
    (True, False)
    """
    lines, firsts = np.unique(copy.hashes, return_index=True)
    is_shared = np.isin(lines, witness.hashes)
    frame, frame_weight = lines[is_shared], int(copy.weights[firsts[is_shared]].sum())
    if frame_weight >= WORD_WEIGHT * MAX_LINE_WORDS * len(frame):
        return False  # long lines, or none
    is_own, is_own_of_witness = (~np.isin(page.hashes, frame) for page in (copy, witness))
    weight = min(copy.weights[is_own].sum(), witness.weights[is_own_of_witness].sum())
    if weight < WORD_WEIGHT * MIN_OWN_WORDS:
        return False
    ngrams, witness_ngrams = _own_ngrams(copy, is_own), _own_ngrams(witness, is_own_of_witness)
    common = len(np.intersect1d(ngrams, witness_ngrams, assume_unique=True))
    return common < MAX_OWN_SIMILARITY * min(len(ngrams), len(witness_ngrams))


def _own_ngrams(page: PageLines, is_own: Flags) -> U64:
    """Return the n-grams of some lines of a page, one behind the other, sorted and unique."""
    tokens = page.tokens[np.repeat(is_own, np.diff(page.edges))]
    return np.unique(ngrams_of(tokens, OWN_NGRAM))
