r"""Page variants: pages of one site that are alike only in the frame around their articles.

Navigation, teasers and footers are short lines. If such lines are all that two pages share, and
each page has much text of its own besides, then the pages hold different articles. A shared
article has long lines, so an article in the frames of two sites is no page variant.

This is the specification; ``src/native/page_variants.cpp`` is the twin.
"""

import re
from typing import NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U8, U64, Flags
from dedup.matching.elements import WORD_WEIGHT, ngrams_of
from dedup.text.line_hashes import hash_lines_by_numpy
from dedup.text.tokens import WEIGHT_BITS, tokenize

# The frame: the lines that both pages have.
MAX_LINE_WORDS = 10  # its lines have fewer words on average
# The own text of a page: its other lines.
MIN_OWN_WORDS = 30  # both pages have so many words of their own, or more
OWN_NGRAM = 3  # own texts are compared by the n-grams of so many words
MAX_OWN_SIMILARITY = 0.2  # less than this share of the n-grams of the shorter own text is common
LINE_BREAK_BYTES = b"\n\r"
# A URL, as Markdown has one behind each entry of a menu, is no words.
URL_MARK, URL_END_BYTES = b"://", b" \t\n\v\f\r)]>\"'"
_URL_BYTES = re.compile(
    b"[A-Za-z][A-Za-z0-9+.-]*" + URL_MARK + b"[^" + re.escape(URL_END_BYTES) + b"]*"
)


class PageLines(NamedTuple):
    """The k lines of a text that are not blank."""

    utf8: U8  # the text
    edges: I64  # (k, 2): line i is ``utf8[edges[i, 0]:edges[i, 1]]``, with its line break
    hashes: U64  # (k,): equal for lines with the same bytes, white space around them left out


def page_lines(utf8: U8) -> PageLines:
    r"""Return the lines of one text, well-formed UTF-8.

    Examples
    --------
    >>> lines = page_lines(np.frombuffer(b"Home\n\nThe news\n Home", np.uint8))
    >>> lines.edges.tolist(), bool(lines.hashes[0] == lines.hashes[2])
    ([[0, 5], [6, 15], [15, 20]], True)
    """
    breaks = np.flatnonzero(np.isin(utf8, list(LINE_BREAK_BYTES))) + 1
    edges = np.unique(np.concatenate(([0], breaks, [len(utf8)])))
    hashes, sizes = hash_lines_by_numpy(utf8, edges)
    shown = np.flatnonzero(sizes)
    return PageLines(utf8, np.column_stack((edges[:-1], edges[1:]))[shown], hashes[shown])


def is_page_variant(copy: PageLines, witness: PageLines, seed: int = 1) -> bool:
    r"""Tell whether two similar texts share only the frame of a page.

    They do if all of these hold, where the words of URLs do not count:

    - they share lines, and the shared lines with words have fewer than ten on average;
    - both have at least 30 words on their other lines;
    - less than a fifth of the 3-grams of the shorter one's other lines are also on the other lines
      of the other text.

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
    is_frame, is_frame_of_witness = (
        np.isin(page.hashes, other.hashes) for page, other in ((copy, witness), (witness, copy))
    )
    first = np.zeros(len(is_frame), np.bool_)
    first[np.unique(copy.hashes, return_index=True)[1]] = True
    _, frame_weights = _words(copy, is_frame & first, seed)
    shown = frame_weights[frame_weights > 0]
    if shown.sum() >= WORD_WEIGHT * MAX_LINE_WORDS * len(shown):
        return False  # long lines, or none
    words, weights = _words(copy, ~is_frame, seed)
    witness_words, witness_weights = _words(witness, ~is_frame_of_witness, seed)
    if min(weights.sum(), witness_weights.sum()) < WORD_WEIGHT * MIN_OWN_WORDS:
        return False
    ngrams, witness_ngrams = (
        np.unique(ngrams_of(hashes, OWN_NGRAM)) for hashes in (words, witness_words)
    )
    common = len(np.intersect1d(ngrams, witness_ngrams, assume_unique=True))
    return common < MAX_OWN_SIMILARITY * min(len(ngrams), len(witness_ngrams))


def _words(page: PageLines, is_chosen: Flags, seed: int) -> tuple[U64, I64]:
    """Return the words of some lines, URLs left out, and the weight of each of these lines."""
    lines = [page.utf8[slice(*edges)] for edges in page.edges[is_chosen].tolist()]
    utf8 = np.concatenate([page.utf8[:0], *lines])
    utf8 = np.frombuffer(_URL_BYTES.sub(_as_blanks, utf8.tobytes()), np.uint8)
    tokens = tokenize(utf8, np.cumsum([0, *map(len, lines)]), seed)
    weights = tokens.weight_thirds
    weights = np.where(weights == 0, WORD_WEIGHT, weights & WEIGHT_BITS)
    weight_before = np.concatenate(([0], np.cumsum(weights, dtype=np.int64)))
    return tokens.hashes.values, np.diff(weight_before[tokens.hashes.offsets])


def _as_blanks(url: re.Match[bytes]) -> bytes:
    return b" " * len(url[0])
