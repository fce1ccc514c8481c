"""Many documents in, the clean ones of those that repeat themselves out."""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace

import numpy as np

from dedup.config import Config
from dedup.cuts import Blocks, cut_texts
from dedup.documents import runs
from dedup.documents.clean import runs_of, settled, uncleaned, without_runs
from dedup.documents.matches import match_blocks
from dedup.documents.result import CleanedDocument
from dedup.kernels.hashing import hashed, native_texts
from dedup.kernels.reference import shingle_counts
from dedup.native import constants, core, has_core
from dedup.records import I64, U8, Flags
from dedup.text import blocks
from dedup.text.blocks import choose
from dedup.text.packed import Packed


def repetition_rule(config: Config) -> SimpleNamespace:
    """Return when blocks are removed: settings, and the constants of the specification."""
    return constants(runs, threshold=config.threshold, least=config.min_tokens)


def clean_texts(
    packed: Packed, config: Config, fixed: Sequence[int] = ()
) -> Iterator[tuple[int, CleanedDocument]]:
    r"""Clean many texts as ``clean`` does each; yield the rows of which something goes, and these.

    Most texts need not be cut into blocks for that: it can be seen from their shingles that they
    repeat nothing.

    Parameters
    ----------
    config
        ``keep`` must be ``"auto"`` or ``"first"``.
    fixed
        Rows that are left as they are.

    Examples
    --------
    >>> from dedup.text.packed import pack
    >>> body = "The ferry was late, and nobody on the pier could say why it was so often late.\n"
    >>> texts = pack(["Early.", None, "Late\n" + body + body])
    >>> [(row, len(left.repeats)) for row, left in clean_texts(texts, Config(min_tokens=10))]
    [(2, 1)]
    """
    for_blocks = config.for_blocks
    may_repeat = self_repeating(packed.utf8, packed.offsets, for_blocks)
    may_repeat[[*fixed]] = False
    rows = np.flatnonzero(may_repeat)
    texts = packed.only(rows)
    cut = cut_texts(texts, config.block, threads=1)
    for place in np.flatnonzero(repeating_blocks(texts.utf8, cut, for_blocks)).tolist():
        edges = cut.edges[cut.firsts[place] : cut.firsts[place + 1] + 1]
        blocks = match_blocks(texts.utf8, edges, for_blocks)
        removed = runs_of(blocks, for_blocks)
        if removed:
            text = texts.text(place)
            document = uncleaned(text, choose(text, config.block), config)
            document = settled(without_runs(document, blocks, removed))
            if not document.kept.all():
                yield int(rows[place]), document


def repeating_blocks(utf8: U8, cut: Blocks, config: Config) -> Flags:
    """Tell which texts may repeat blocks of themselves, now that they are cut, (n,)."""
    if not has_core():
        return np.ones(len(cut.firsts) - 1, np.bool_)
    blocks = native_texts(utf8, cut.edges, config).texts
    return core.repeating_blocks(blocks, cut.firsts, repetition_rule(config))


def self_repeating(utf8: U8, offsets: I64, config: Config) -> Flags:
    """Tell which rows of a packed text may repeat blocks of themselves, (n,).

    From a row left out ``clean`` removes nothing, as long as it keeps the first of two copies.
    """
    if has_core():
        texts = native_texts(utf8, offsets, config).texts
        rules = repetition_rule(config), constants(blocks)
        return core.self_repeating(texts, *rules, config.block)
    counts = np.diff(offsets)
    # Even a block that is no whole shingle may go.
    least, size = config.min_tokens, config.ngram_size
    if least <= size or least < runs.OFTEN_PART * size:
        return counts > 0
    tokens, shingles = hashed(utf8, offsets, config)
    in_text = shingle_counts(tokens.hashes.lengths, size)
    repeated: Flags = in_text > shingles.lengths
    return repeated
