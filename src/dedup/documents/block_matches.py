"""Matches each block of a document with the kept blocks of the same document.

Blocks are decided by the rule of ``matching.keep_first``. In a text of ordinary size each block is
compared with every kept block that shares a shingle with it; only a text of very many blocks that
share many shingles uses sketches, as ``deduplicate`` does. ``src/native/block_matches.cpp`` is the
twin.
"""

import re
import sys
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

from dedup.arrays.array_types import F64, I64, U8, U64, Ragged, Tokens
from dedup.arrays.native import core, has_core, rule_constants
from dedup.config import Config
from dedup.matching.candidates import exhaustive_lookup
from dedup.matching.deduplicate import prepare_rows
from dedup.matching.keep_first import PROCESSING_ORDERS, Matches, MatchSettings, match, match_rows
from dedup.matching.numbers import exact_copy_numbers
from dedup.matching.pair_rule import pair_rule, pair_rule_settings
from dedup.matching.rows import PackedRows
from dedup.matching.similarity import overlap_coefficient
from dedup.text.block_table import cut_rule
from dedup.text.hashing import NativeTexts, tokens_and_shingles
from dedup.text.word_counts import count_words, longest_line_words, max_table_columns

if TYPE_CHECKING:
    from dedup import _native

# Blocks have an exhaustive lookup (``matching.candidates``) if a document has at most
# MAX_EXHAUSTIVE_BLOCKS blocks. If it has more, they have one if the blocks have at most
# MAX_EXHAUSTIVE_SHINGLES shingles and share at most MAX_SHARED_SHINGLES, summed over all pairs.
MAX_EXHAUSTIVE_BLOCKS = 512
MAX_EXHAUSTIVE_SHINGLES = 1 << 17
MAX_SHARED_SHINGLES = 1 << 20
MAX_CORE_BYTES = 1 << 24  # of a text that the core matches in one call, which delays Ctrl-C
BULLETS, ITEM_DASHES = "-*+•·–—▪◦‣●○■□", "-–—"
# A bullet, or a letter or number that begins an item. Four digits are a year in a sentence.
LIST_ITEM_START = re.compile(
    f"(?:[{BULLETS}]|[(]?(?:[A-Za-z][.)]|[0-9]{{1,3}}(?:[.):\\]]| [{ITEM_DASHES}]))) "
)


@lru_cache(maxsize=8)
def matching_rule(config: Config) -> SimpleNamespace:
    """Return the settings and the constants of this module, as the core reads them."""
    by_containment = config.measure == "containment"
    return rule_constants(
        sys.modules[__name__],
        threshold=config.threshold,
        contained=by_containment,
        keep=config.keep,
    )


@dataclass(frozen=True, slots=True)
class VariantGroups:
    """Groups of copies in which numeric variants are not copies, and the lengths of the blocks."""

    groups: I64  # (n,): blocks with the same number are copies, with the same numbers in the text
    token_counts: I64  # (n,)


@dataclass(frozen=True, eq=False)
class DocumentBlocks:
    """The n blocks of a document, and which of them repeat another block."""

    utf8: U8
    offsets: I64  # (n + 1,): block i is ``utf8[offsets[i]:offsets[i + 1]]``
    matches: Matches
    tokens: Tokens
    shingles: Ragged
    matcher: "_native.DocumentMatcher | None" = None  # of the core, if that matched them

    @cached_property
    def with_tokens(self) -> I64:
        """The blocks that have a token, ascending."""
        return np.flatnonzero(self.tokens.hashes.lengths)

    @cached_property
    def words(self) -> I64:
        """The number of words of each block, (n,).

        A repeated block of verse or of a list counts with its longest line only.
        """
        if self.matcher is not None:
            return self.matcher.words(cut_rule())
        repeats = self.matches.repeats
        columns = max_table_columns(self.tokens, ~repeats)
        words = count_words(self.tokens, columns)
        for block in np.flatnonzero(repeats).tolist():
            in_line = longest_line_words(self.text(block), columns)
            words[block] = words[block] if in_line is None else in_line
        return words

    def overlaps(self, block: int, neighbors: I64) -> F64:
        """Return the overlap coefficients of a block with k other blocks, (k,)."""
        if self.matcher is not None:
            return self.matcher.overlaps(block, neighbors)
        sets = self.shingles
        return np.array(
            [overlap_coefficient(sets[block], sets[neighbor]) for neighbor in neighbors]
        )

    def encoded(self, block: int) -> U8:
        """Return the bytes of a block."""
        return self.utf8[self.offsets[block] : self.offsets[block + 1]]

    def text(self, block: int) -> str:
        """Return the text of a block."""
        return str(self.encoded(block).data, "utf-8", "surrogatepass")


def match_blocks(utf8: U8, offsets: I64, config: Config) -> DocumentBlocks:
    """Match each block of a document with the kept blocks of the document.

    Parameters
    ----------
    utf8
        (bytes,): the document, well-formed UTF-8.
    offsets
        (n + 1,): block i is ``utf8[offsets[i]:offsets[i + 1]]``.
    config
        The settings for blocks: ``Config.for_blocks``.

    Examples
    --------
    >>> utf8 = np.frombuffer(b"One two. Three! One, two!", np.uint8)
    >>> match_blocks(utf8, np.array([0, 9, 16, 25]), Config()).matches.witness.tolist()
    [0, 1, 0]
    """
    if has_core() and offsets[-1] - offsets[0] <= MAX_CORE_BYTES:
        texts = NativeTexts(utf8, offsets, config).core_texts
        matcher = core.DocumentMatcher(texts, matching_rule(config), pair_rule_settings(config))
        if matcher.match():
            return matched_blocks(utf8, offsets, config, matcher)
    tokens, shingle_sets = tokens_and_shingles(utf8, offsets, config)
    if has_core() and not can_compare_all(shingle_sets):
        matches = _match_by_sketch(utf8, offsets, config)
    else:
        numbers = exact_copy_numbers(utf8, offsets, config)
        matches = match_hashed(tokens.hashes, shingle_sets, config, numbers)
    return DocumentBlocks(utf8, offsets, matches, tokens, shingle_sets)


def matched_blocks(
    utf8: U8, offsets: I64, config: Config, matcher: "_native.DocumentMatcher"
) -> DocumentBlocks:
    """Return the blocks of a document that the core has matched; see ``match_blocks``."""
    representative, witness, similarity, values, ends, weights, shingles, set_ends = (
        matcher.arrays()
    )
    order = PROCESSING_ORDERS[config.keep](np.diff(ends))
    matches = Matches(order, representative, witness, similarity, np.arange(len(witness)))
    tokens = Tokens(Ragged(values, ends), weights)
    return DocumentBlocks(utf8, offsets, matches, tokens, Ragged(shingles, set_ends), matcher)


def match_hashed(
    tokens: Ragged, shingles: Ragged, config: Config, numbers: U64 | None = None
) -> Matches:
    """Match the blocks of one text: exhaustively, or by sketches if there are too many."""
    all_pairs = can_compare_all(shingles)
    lookup = exhaustive_lookup(shingles, config.threshold) if all_pairs else None
    return match(tokens, shingles, config, numbers=numbers, lookup=lookup)


def can_compare_all(shingles: Ragged) -> bool:
    """Return whether all pairs of blocks that share a shingle may be compared.

    Parameters
    ----------
    shingles
        n rows: the shingles of each block.
    """
    if len(shingles) <= MAX_EXHAUSTIVE_BLOCKS:
        return True
    if len(shingles.values) > MAX_EXHAUSTIVE_SHINGLES:
        return False
    _, counts = np.unique(shingles.values, return_counts=True)
    return int((counts * (counts - 1) // 2).sum()) <= MAX_SHARED_SHINGLES


def _match_by_sketch(utf8: U8, offsets: I64, config: Config) -> Matches:
    """Match blocks like the rows of ``deduplicate``, but without the pair rule."""
    rows = PackedRows(utf8, offsets, config)
    copies, keys = prepare_rows(rows, config, PROCESSING_ORDERS[config.keep], threads=1)
    settings = MatchSettings.of(config)._replace(pair_rule=None)
    found = match_rows(rows, keys, settings, threads=1)
    return Matches(copies.order, copies.representative, *found)


def variant_groups(blocks: DocumentBlocks, config: Config) -> VariantGroups | None:
    r"""Group the copies among the blocks of a document; numeric variants are no copies.

    A numeric variant that is an item of a list or a row of a table gets a token count of 0. So it
    does not lengthen a run of variants, and is kept in a run of any length.

    Returns
    -------
    VariantGroups or None
        None if no block can be a numeric variant.

    Examples
    --------
    >>> notice = "The board of the ferry declared a quarterly dividend of {} cents a share.\n"
    >>> utf8 = np.frombuffer((notice.format(12) + notice.format(15)).encode(), np.uint8)
    >>> config = Config(threshold=0.5)
    >>> blocks = match_blocks(utf8, np.array([0, len(utf8) // 2, len(utf8)]), config)
    >>> blocks.matches.witness.tolist(), variant_groups(blocks, config).groups.tolist()
    ([0, 0], [0, 1])
    """
    matches = blocks.matches
    near = matches.repeats & ~matches.is_exact
    if config.numeric_variants == "remove" or not near.any():
        return None
    by_words, tokens = replace(config, unit="word"), blocks.tokens
    if config != by_words:
        tokens = tokens_and_shingles(blocks.utf8, blocks.offsets, by_words)[0]
    rule = pair_rule(blocks.utf8, blocks.offsets, config)
    groups, counts = matches.witness.copy(), tokens.hashes.lengths
    for block in np.flatnonzero(near).tolist():
        witness, similarity = int(matches.witness[block]), float(matches.similarity[block])
        is_item = is_list_item(blocks.encoded(block))
        if rule.is_numeric_variant(block, witness, similarity, any_number=is_item):
            groups[block] = matches.representative[block]
            counts[block] = 0 if is_item else counts[block]
    return VariantGroups(groups, counts)


def is_list_item(utf8: U8) -> bool:
    """Return whether a block is an item of a list or a row of a table.

    An item begins with a bullet, a number or a letter; a row has a tab or a vertical bar. Two items
    are numeric variants if any of their numbers differs, however long they are.

    Parameters
    ----------
    utf8
        (bytes,): the block.

    Examples
    --------
    >>> import numpy as np
    >>> texts = ["1 - The ferry", "(12) A ferry", "b) A ferry", "• 9 ferries", "Vey | 12", "9 men"]
    >>> [is_list_item(np.frombuffer(text.encode(), np.uint8)) for text in texts]
    [True, True, True, True, True, False]
    """
    text = utf8.tobytes().decode("utf-8", "replace").strip(" \t\n\r")
    return "\t" in text or "|" in text or LIST_ITEM_START.match(text) is not None
