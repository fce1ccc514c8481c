"""Removes the spans of texts that repeat earlier ones (``find_spans``).

Repeated windows are found and merged into spans of tokens, spans are cut back to sentence ends,
and their bytes are cut out of the texts.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from dedup.arrays.array_types import Flags
from dedup.arrays.columns import pack_column
from dedup.arrays.long_arrays import distinct
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.packed import PackedTexts
from dedup.config import Config, ConfigLike, check_threads
from dedup.ledger.removals import CleanedTexts, Removal, RemovedRange
from dedup.spans.cut_ranges import RepeatedSpan, Spans, byte_spans
from dedup.spans.sentence_cuts import cut_back
from dedup.spans.token_spans import merge_windows
from dedup.spans.windows import SpanRule, repeated_windows
from dedup.text.block_table import BlockTable, kept_texts
from dedup.text.wording import format_count

MAX_SUMMARY_SPANS = 5  # spans that a summary names
# Of the time: when repeated windows are found, and when their spans are cut back.
WINDOWS_SHARE, CUT_BACK_SHARE = 0.7, 0.8


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SpansResult(CleanedTexts):
    """Texts without their repeated spans, and what was removed from them.

    Attributes
    ----------
    texts
        (n,) the cleaned texts in input order, None for a missing text.
    changed
        (c,) int64: the rows of the texts from which something was removed, ascending.
    config
        The settings that were used.
    spans
        (s,): the removed spans and their witnesses, a sequence of ``RepeatedSpan`` whose columns
        are arrays. They are the rows of ``to_arrow``, ``to_pandas`` and ``to_polars``.
    min_span
        The number of tokens from which a repeat was removed.
    """

    spans: Spans
    min_span: int

    def _removed(self, row: int) -> list[RemovedRange]:
        # Parts of a witness may have been removed themselves, as repeats of an earlier span.
        parts = self.spans.removed_parts
        return parts.ranges(parts.of_row(row))

    @property
    def _columns(self) -> dict[str, object]:
        return {name: getattr(self.spans, name) for name in RepeatedSpan._fields}

    def __repr__(self) -> str:
        """Return the numbers of spans, texts and bytes, in one line."""
        if not len(self):
            return "<SpansResult: no texts>"
        removed = int((self.spans.stop - self.spans.start).sum())
        size = int(self._source_texts.offsets[-1] - self._source_texts.offsets[0])
        return (
            f"<SpansResult: {format_count(len(self.spans), 'span')} in {len(self.changed):,} of "
            f"{format_count(len(self), 'text')}, {removed:,} of {size:,} bytes>"
        )


def find_spans(  # noqa: PLR0913
    texts: object,
    config: ConfigLike | None = None,
    *,
    min_span: int | None = None,
    within: bool = True,
    across: bool = True,
    threads: int | None = None,
    **overrides: Any,  # noqa: ANN401
) -> SpansResult:
    r"""Remove spans that repeat earlier ones, wherever lines and paragraphs end.

    Parameters
    ----------
    texts
        (n,): as for ``deduplicate``.
    config
        The settings, or the name of a preset; default ``Config()``. Only ``unit`` and ``seed`` have
        an effect.
    min_span
        The minimum length of a repeat in tokens, 2 to 65,536; default 50 words, or 250 letters with
        ``unit="char"``. Up to 5, spans are not cut back to sentence ends.
    within
        Whether to remove spans that repeat an earlier span of the same text; default True. If
        False, a span is removed if its first occurrence is in an earlier text.
    across
        Whether to remove spans that repeat a span of an earlier text; default True. If False, each
        text is searched by itself.
    threads
        The number of threads; default all cores that the process may use. The result is the same.
    **overrides
        Single settings, as in ``find_spans(texts, unit="char")``.

    Returns
    -------
    SpansResult
        ``.texts`` are the clean texts, and ``.spans`` the removed spans. ``.ledger(row)`` is the
        ledger of a text, with which ``restore`` puts the spans back.

    Raises
    ------
    TextTypeError
        If ``texts`` is not a column of texts.
    ConfigError
        If a setting is unknown or outside its range.

    Notes
    -----
    ``min_span`` consecutive tokens repeat if the same tokens occurred before, in an earlier text or
    earlier in the same text without overlap. All tokens of such repeats are removed, and no others.
    This defines the result, whatever algorithm finds it.

    There is one exception: a sentence that does not repeat as a whole keeps its first and last
    words. If a span ends inside a sentence, fewer than ``min_span`` / 5 tokens after a sentence
    end, it is cut back to that sentence end; likewise if it begins inside a sentence. The rest of
    the span is removed even if it is shorter than ``min_span``. A blank line is a sentence end, and
    so is a line end that does not wrap a paragraph; the full stop in "Mr. Smith" is none.

    Lee et al. (2022, "Deduplicating training data makes language models better") remove such
    repeats with suffix arrays of bytes. Here candidates are found by winnowing (Schleimer,
    Wilkerson and Aiken 2003) and compared token by token. See ``docs/decisions/0012-spans.md``.

    Examples
    --------
    >>> story = "The ferry to Vey is back, after eleven weeks in dock, and it sails at six."
    >>> result = find_spans([story, f"(Vey)The end of it.{story}\n\nMore."], min_span=10)
    >>> result
    <SpansResult: 1 span in 1 of 2 texts, 74 of 174 bytes>
    >>> result.texts[1]
    '(Vey)The end of it.\n\nMore.'
    >>> span = result.spans[0]
    >>> (span.row, span.start, span.stop), (span.witness_row, span.witness_start, span.witness_stop)
    ((1, 19, 93), (0, 0, 74))
    """
    config = Config.of(config, overrides)
    config.check_compares_parts("spans")
    threads = check_threads(threads)
    rule = SpanRule.of(min_span, config.unit, within=within, across=across)
    packed = pack_column(texts, threads=threads)
    spans = repeated_spans(packed, config, rule, threads)
    return SpansResult(
        texts=kept_texts(packed, texts, *split_at_spans(packed, spans)),
        spans=spans,
        changed=np.unique(spans.row),
        min_span=rule.min_span,
        config=config,
        _source_texts=packed,
    )


def repeated_spans(
    packed: PackedTexts,
    config: Config,
    rule: SpanRule,
    threads: int | None = None,
    memory: Memory = IN_RAM,
) -> Spans:
    """Find the spans of texts that repeat earlier ones."""
    progress = memory.progress
    with progress.part(0.0, WINDOWS_SHARE):
        windows = repeated_windows(packed, config, rule, threads, memory)
    with progress.part(WINDOWS_SHARE, CUT_BACK_SHARE):
        spans = merge_windows(windows.runs, rule.min_span)
        spans = cut_back(packed, windows, spans, rule.min_span)
    return byte_spans(packed, windows, spans)


def split_at_spans(packed: PackedTexts, spans: Spans) -> tuple[BlockTable, Flags]:
    """Cut texts into blocks where spans begin and end.

    Returns
    -------
    blocks
        The b blocks: each is a span, or text between spans.
    kept
        (b,): which blocks are not spans.

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> packed = pack(["one two", "two", ""])
    >>> spans = Spans(*(np.array([value]) for value in (1, 0, 3, 0, 4, 7, 1)))
    >>> blocks, kept = split_at_spans(packed, spans)
    >>> blocks.edges.tolist(), blocks.firsts.tolist(), kept.tolist()
    ([0, 7, 10], [0, 1, 2, 2], [True, False])
    """
    offsets = packed.offsets
    begins, ends = (offsets[spans.row] + edge for edge in (spans.start, spans.stop))
    edges = distinct(np.concatenate((offsets, begins, ends)), kind="stable")  # merges sorted arrays
    is_span = np.isin(edges[:-1], begins)
    return BlockTable(edges, np.searchsorted(edges[:-1], offsets)), ~is_span


class SpanCleanedText(NamedTuple):
    """One text that was cleaned of repeated spans, with its name.

    Attributes
    ----------
    source
        The text before cleaning.
    document
        Its name in the ledger.
    result
        The result of ``find_spans`` for this text.
    text
        The clean text.
    ledger
        One entry for each removed span; ``dedup.restore`` puts the spans back.
    """

    source: str
    document: str
    result: SpansResult
    text: str
    ledger: tuple[Removal, ...]

    @classmethod
    def of(
        cls, source: str, config: Config, min_span: int | None, document: str = ""
    ) -> "SpanCleanedText":
        """Clean a text."""
        result = find_spans([source], config, min_span=min_span)
        ledger = tuple(
            replace(removal, document=document, witness_document=None)
            for removal in result.ledger(0)
        )
        return cls(source, document, result, result.texts[0] or "", ledger)

    @property
    def summary(self) -> str:
        """What was removed, in one line.

        Examples
        --------
        >>> SpanCleanedText.of("Once more. Once more.", Config(), 2).summary
        'removed 1 repeated span, 11 of 21 characters: bytes 10-21 repeat bytes 0-10'
        """
        return self.summarize()

    def summarize(self, *, is_preview: bool = False) -> str:
        """Return what was removed, in one line.

        Parameters
        ----------
        is_preview
            Whether the clean text was not written, so that the line says "would remove".
        """
        size = format_count(len(self.source), "character")
        if not self.ledger:
            tokens = "letters" if self.result.config.unit == "char" else "words"
            return f"no span of {self.result.min_span:,} {tokens} repeats in {size}"
        count = len(self.ledger)
        removed = len(self.source) - len(self.text)
        descriptions = [_describe(removal) for removal in self.ledger[:MAX_SUMMARY_SPANS]]
        if count > MAX_SUMMARY_SPANS:
            descriptions.append(f"and {count - MAX_SUMMARY_SPANS:,} more")
        spans = format_count(count, "repeated span")
        verb = "would remove" if is_preview else "removed"
        return f"{verb} {spans}, {removed:,} of {size}: {'; '.join(descriptions)}"


def _describe(removal: Removal) -> str:
    """Return the lines of a span, or its bytes if all of it is in one line."""
    if removal.lines == removal.witness_lines:
        span, witness = removal.bytes, removal.witness_bytes
        return f"bytes {span.start}-{span.stop} repeat bytes {witness.start}-{witness.stop}"
    verb = "repeats" if removal.lines.first == removal.lines.last else "repeat"
    return f"{removal.lines} {verb} {removal.witness_lines}"
