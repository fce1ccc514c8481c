"""Removes the repeats inside each of many texts, as ``clean`` does.

Most texts are not cleaned: the compiled core finds that nothing in them repeats. If only the clean
texts are needed, the core also cleans those in which the first copy of each block is kept.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace

from dedup.arrays.long_arrays import row_batches
from dedup.arrays.native import core, has_core, rule_constants
from dedup.arrays.packed import PackedTexts, to_utf8
from dedup.config import Config
from dedup.documents import body_copy
from dedup.documents.block_matches import DocumentBlocks, matched_blocks, matching_rule
from dedup.documents.clean import clean, clean_blocks, run_rule, stable_result
from dedup.documents.cleaned_document import CleanedDocument
from dedup.matching.bottom_sketch import SharedHashing, SketchArrays
from dedup.matching.pair_rule import pair_rule_settings
from dedup.text import sentence_ends
from dedup.text.block_table import cut_rule
from dedup.text.blocks import CUTS, Cut
from dedup.text.hashing import NativeTexts

# Texts that the core searches in one call, which delays Ctrl-C; each batch has at least one.
MAX_SEARCHED_BYTES, MAX_SEARCHED_TEXTS = 1 << 22, 1 << 16


@dataclass(frozen=True, slots=True)
class CleanText:
    """A text without its repeated blocks."""

    utf8: bytes
    removed_blocks: int


# How a text that repeats blocks of itself is cut, and its matched blocks; None if the core did not
# match it.
RepeatingText = tuple[Cut, DocumentBlocks] | None


def clean_texts(
    packed: PackedTexts,
    config: Config,
    fixed: Sequence[int] = (),
    shared: SharedHashing | None = None,
) -> Iterator[tuple[int, CleanText]]:
    r"""Clean each of many texts; yield the rows and clean texts of those that have a removal.

    The rows are not in order.

    Parameters
    ----------
    packed
        n texts.
    config
        The settings. ``keep`` must be ``"auto"`` or ``"first"``.
    fixed
        Rows that are not cleaned; default none.
    shared
        Collects the sketches of all texts, as they are before cleaning; needs the core.

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> body = "The ferry was late, and nobody on the pier could say why it was so often late.\n"
    >>> texts = pack(["Early.", None, "Late\n" + body + body])
    >>> [(row, text.removed_blocks) for row, text in clean_texts(texts, Config(min_tokens=10))]
    [(2, 1)]
    """
    for row, found in _repeating_rows(packed, config, {*fixed}, shared, cleans=True):
        if isinstance(found, CleanText):
            yield row, found
            continue
        document = _clean_one(packed.text(row), found, config)
        if not document.kept.all():
            yield row, CleanText(to_utf8(document.text), int((~document.kept).sum()))


def clean_documents(
    packed: PackedTexts,
    config: Config,
    fixed: Sequence[int] = (),
    shared: SharedHashing | None = None,
) -> Iterator[tuple[int, CleanedDocument]]:
    """Clean texts like ``clean_texts``; yield the results of ``clean``, which say what repeats."""
    for row, found in _repeating_rows(packed, config, {*fixed}, shared, cleans=False):
        assert not isinstance(found, CleanText)
        document = _clean_one(packed.text(row), found, config)
        if not document.kept.all():
            yield row, document


def _clean_one(text: str, found: RepeatingText, config: Config) -> CleanedDocument:
    if found is None:
        return clean(text, config)
    return stable_result(clean_blocks(text, *found, config))


@cache
def body_rule() -> SimpleNamespace:
    """Return the constants of ``body_copy`` and of ``ends_sentence``, as the core reads them."""
    marks = vars(rule_constants(sentence_ends))
    return rule_constants(body_copy, **marks)


def _repeating_rows(
    packed: PackedTexts,
    config: Config,
    fixed: Container[int],
    shared: SharedHashing | None,
    *,
    cleans: bool,
) -> Iterator[tuple[int, CleanText | RepeatingText]]:
    """Yield the rows that may repeat blocks of themselves, except the fixed ones."""
    for first, stop in row_batches(packed.offsets, MAX_SEARCHED_BYTES, MAX_SEARCHED_TEXTS):
        batch = packed.slice_rows(first, stop)
        for row, found in repeating_texts(batch, config, shared, cleans=cleans):
            if first + row not in fixed:
                yield first + row, found


def repeating_texts(
    packed: PackedTexts,
    config: Config,
    shared: SharedHashing | None = None,
    *,
    cleans: bool = False,
) -> Iterator[tuple[int, CleanText | RepeatingText]]:
    """Find the texts that repeat blocks of themselves; without the core, return all.

    Parameters
    ----------
    packed, config, shared
        As for ``clean_texts``.
    cleans
        Whether the core cleans those in which the first copy of each block is kept.
    """
    if not has_core():  # numpy would take as long to find repeats as to clean
        yield from ((row, None) for row in range(len(packed)))
        return
    for_blocks, utf8 = config.for_blocks, packed.utf8
    texts = NativeTexts(utf8, packed.offsets, for_blocks).core_texts
    rules = run_rule(config), matching_rule(for_blocks), pair_rule_settings(for_blocks), cut_rule()
    settings = shared.settings if shared else None
    repeating, cleaned, sketches = core.repeating_texts(
        texts, *rules, config.split_by, body_rule() if cleans else None, settings
    )
    if shared and sketches:
        shared.found.append(SketchArrays.of(sketches))
    for row, clean_utf8, removed_blocks in cleaned:
        yield row, CleanText(clean_utf8, removed_blocks)
    for row, cut, matcher in repeating:
        if matcher is None:
            yield row, None
        else:
            yield row, (CUTS[cut], matched_blocks(utf8, matcher.edges(), for_blocks, matcher))
