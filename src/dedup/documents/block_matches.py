"""The blocks of a document, each matched with those that are kept of it, and their figures."""

import re
import sys
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from types import SimpleNamespace

import numpy as np

from dedup.arrays.array_types import I64, U8, U64, Ragged, Tokens
from dedup.arrays.native import core, has_core, rule_constants
from dedup.config import Config
from dedup.matching.candidates import exhaustive_lookup
from dedup.matching.deduplicate import prepare_rows
from dedup.matching.keep_first import PROCESSING_ORDERS, Matches, MatchSettings, match, match_rows
from dedup.matching.numbers import exact_copy_numbers
from dedup.matching.numeric_variants import native_pair_rule, pair_rule
from dedup.matching.rows import PackedRows
from dedup.text.hashing import NativeTexts, tokens_and_shingles
from dedup.text.word_counts import count_words, longest_line_words, max_table_columns

FEW = 512  # blocks of a text, of which each may be compared with each
SOME = 1 << 17  # shingles of more blocks, which may be if they share few
SHARED = 1 << 20  # shingles that pairs of blocks share, each pair counted, at most
LARGE = 1 << 24  # bytes: a call of the core that takes longer would hold up Ctrl-C
# A bullet, or the letter or number of an item; a number of four digits is a year in a sentence.
ITEM = re.compile("(?:[-*+•·–—▪◦‣●○■□]|[(]?(?:[A-Za-z][.)]|[0-9]{1,3}(?:[.):\\]]| [-–—]))) ")


@lru_cache(maxsize=8)
def _rule(config: Config) -> SimpleNamespace:
    """Return how the core matches blocks: settings, and the constants of the specification."""
    contained = config.measure == "containment"
    return rule_constants(
        sys.modules[__name__], threshold=config.threshold, contained=contained, keep=config.keep
    )


@dataclass(frozen=True, slots=True)
class BlockNumbers:
    """Tells near copies that differ in their numbers from those that do not."""

    groups: I64  # (n,): blocks of a group are copies of each other, with the same numbers
    token_counts: I64  # (n,)


@dataclass(frozen=True, eq=False)
class MatchedBlocks:
    """The blocks of a document, and which of them repeat others."""

    utf8: U8
    offsets: I64  # (n + 1,): block i is ``utf8[offsets[i]:offsets[i + 1]]``
    matches: Matches
    tokens: Tokens
    shingles: Ragged

    @cached_property
    def with_tokens(self) -> I64:
        """The blocks that have a token, ascending."""
        return np.flatnonzero(self.tokens.hashes.lengths)

    @cached_property
    def words(self) -> I64:
        """The number of words of each block, (n,); of a repeated one as verse where it is verse."""
        repeats = self.matches.repeats
        columns = max_table_columns(self.tokens, ~repeats)
        words = count_words(self.tokens, columns)
        for row in np.flatnonzero(repeats).tolist():
            in_line = longest_line_words(self.text(row), columns)
            words[row] = words[row] if in_line is None else in_line
        return words

    def encoded(self, row: int) -> U8:
        """Return the bytes of a block."""
        return self.utf8[self.offsets[row] : self.offsets[row + 1]]

    def text(self, row: int) -> str:
        """Return the text of a block."""
        return str(self.encoded(row).data, "utf-8", "surrogatepass")


def match_blocks(utf8: U8, offsets: I64, config: Config) -> MatchedBlocks:
    """Match each block of a document with those that are kept of it.

    Parameters
    ----------
    utf8, offsets
        The blocks: rows of well-formed UTF-8.

    Examples
    --------
    >>> utf8 = np.frombuffer(b"One two. Three! One, two!", np.uint8)
    >>> match_blocks(utf8, np.array([0, 9, 16, 25]), Config()).matches.witness.tolist()
    [0, 1, 0]
    """
    if has_core() and offsets[-1] - offsets[0] <= LARGE:
        texts = NativeTexts(utf8, offsets, config).core_texts
        found = core.match_document(texts, _rule(config), native_pair_rule(config))
        if found is not None:
            representative, witness, similarity, values, ends, thirds, shingles, set_ends = found
            order = PROCESSING_ORDERS[config.keep](np.diff(ends))
            no_variants = np.arange(len(witness))
            matches = Matches(order, representative, witness, similarity, no_variants)
            tokens = Tokens(Ragged(values, ends), thirds)
            return MatchedBlocks(utf8, offsets, matches, tokens, Ragged(shingles, set_ends))
    tokens, sets = tokens_and_shingles(utf8, offsets, config)
    if has_core() and not are_few(sets):
        matches = _match_many(utf8, offsets, config)
    else:
        numbers = exact_copy_numbers(utf8, offsets, config)
        matches = match_hashed(tokens.hashes, sets, config, numbers)
    return MatchedBlocks(utf8, offsets, matches, tokens, sets)


def match_hashed(
    tokens: Ragged, shingles: Ragged, config: Config, numbers: U64 | None = None
) -> Matches:
    """Match the blocks of one text: each is compared with each where they are few."""
    lookup = exhaustive_lookup(shingles, config.threshold) if are_few(shingles) else None
    return match(tokens, shingles, config, numbers=numbers, lookup=lookup)


def are_few(blocks: Ragged) -> bool:
    """Tell whether so few blocks, or so unlike ones, can be compared without a sample."""
    if len(blocks) <= FEW:
        return True
    if len(blocks.values) > SOME:
        return False
    _, counts = np.unique(blocks.values, return_counts=True)
    return int((counts * (counts - 1) // 2).sum()) <= SHARED


def _match_many(utf8: U8, offsets: I64, config: Config) -> Matches:
    """Match blocks as the rows of ``deduplicate``, but for the rule of numeric variants."""
    rows = PackedRows(utf8, offsets, config)
    copies, keys = prepare_rows(rows, config, PROCESSING_ORDERS[config.keep], threads=1)
    limits = MatchSettings.of(config)._replace(rule=None)
    found = match_rows(rows, keys, limits, threads=1)
    return Matches(copies.order, copies.representative, *found)


def figures_of(blocks: MatchedBlocks, config: Config) -> BlockNumbers | None:
    r"""Tell the blocks of a document apart that are numeric variants of their witnesses.

    The words of items of a list and rows of a table that are variants count as none, so that they
    stay in a run of any length.

    Returns
    -------
    BlockNumbers or None
        None where no block can be one.

    Examples
    --------
    >>> notice = "The board of the ferry declared a quarterly dividend of {} cents a share.\n"
    >>> utf8 = np.frombuffer((notice.format(12) + notice.format(15)).encode(), np.uint8)
    >>> config = Config(threshold=0.5)
    >>> blocks = match_blocks(utf8, np.array([0, len(utf8) // 2, len(utf8)]), config)
    >>> blocks.matches.witness.tolist(), figures_of(blocks, config).groups.tolist()
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
    for row in np.flatnonzero(near).tolist():
        witness, similarity = int(matches.witness[row]), float(matches.similarity[row])
        item = is_item(blocks.encoded(row))
        if rule.is_numeric_variant(row, witness, similarity, any_figure=item):
            groups[row] = matches.representative[row]
            counts[row] = 0 if item else counts[row]
    return BlockNumbers(groups, counts)


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
