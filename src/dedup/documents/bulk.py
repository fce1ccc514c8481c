"""Many documents in, the clean ones of those that repeat themselves out."""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace

import numpy as np

from dedup.config import Config
from dedup.cuts import cut_texts
from dedup.documents import runs
from dedup.documents.clean import clean
from dedup.documents.result import CleanedDocument
from dedup.kernels.hashing import native_texts
from dedup.native import constants, core, has_core
from dedup.records import I64, U8, Flags
from dedup.text import blocks
from dedup.text.packed import Packed


def repetition_rule(config: Config) -> SimpleNamespace:
    """Return when blocks are removed: settings, and the constants of the specification."""
    return constants(runs, threshold=config.threshold, least=config.min_tokens)


def clean_texts(
    packed: Packed, config: Config, fixed: Sequence[int] = ()
) -> Iterator[tuple[int, CleanedDocument]]:
    r"""Clean many texts as ``clean`` does each; yield the rows of which something goes, and these.

    Most texts need not be cleaned for that: the compiled core sees from their shingles, and then
    from those of their blocks, that they repeat nothing.

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
    if has_core():  # which looks at their blocks, too
        texts = packed.only(rows)
        cut = cut_texts(texts, config.block, threads=1)
        parts = native_texts(texts.utf8, cut.edges, for_blocks).texts
        rows = rows[core.repeating_blocks(parts, cut.firsts, repetition_rule(for_blocks))]
    for row in rows.tolist():
        document = clean(packed.text(row), config)
        if not document.kept.all():
            yield row, document


def self_repeating(utf8: U8, offsets: I64, config: Config) -> Flags:
    """Tell which rows of a packed text may repeat blocks of themselves, (n,).

    From a row left out ``clean`` removes nothing, as long as it keeps the first of two copies.
    Without the compiled core no row is left out: to look for repeats takes as long as to clean.
    """
    if not has_core():
        return np.ones(len(offsets) - 1, np.bool_)
    texts = native_texts(utf8, offsets, config).texts
    rules = repetition_rule(config), constants(blocks)
    return core.self_repeating(texts, *rules, config.block)
