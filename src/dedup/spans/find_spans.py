"""Many texts in: the stretches that repeat earlier ones, and the texts without."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from dedup.arrays.array_types import Flags, Span
from dedup.arrays.columns import pack_column
from dedup.arrays.long_arrays import distinct
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.packed import PackedTexts
from dedup.config import Config, ConfigLike, check_threads
from dedup.ledger.removals import CleanedTexts, Removal, RemovedRange
from dedup.spans.cut_ranges import RepeatedSpan, Spans, removals
from dedup.spans.sentence_cuts import cut_back
from dedup.spans.windows import SpanRule, cover, repeated_windows
from dedup.text.block_table import BlockTable, kept_texts
from dedup.text.wording import format_count

SHOWN = 5  # stretches in a summary


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SpansResult(CleanedTexts):
    """Texts without their repeated stretches, and an account of these.

    Attributes
    ----------
    texts, changed, config
        As in ``CleanedTexts``.
    spans
        What repeats what; the rows of ``to_arrow`` and ``to_pandas``. Its columns are arrays.
    min_span
        Tokens of the shortest stretch that was looked for.
    """

    spans: Spans
    min_span: int

    def _removed(self, row: int) -> list[RemovedRange]:
        # Where the witness repeats an earlier span in part, this part was removed in turn.
        first, stop = np.searchsorted(self.spans.row, [row, row + 1]).tolist()
        return [
            (
                Span(one.start, one.stop),
                one.witness_row,
                Span(one.witness_start, one.witness_stop),
                "exact",
                1.0,
            )
            for one in self.spans[first:stop]
        ]

    @property
    def _columns(self) -> dict[str, object]:
        return {name: getattr(self.spans, name) for name in RepeatedSpan._fields}

    def __repr__(self) -> str:
        """Return what was found, in a line."""
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
    r"""Find stretches that repeat earlier ones, wherever lines and paragraphs end; leave them out.

    Parameters
    ----------
    texts
        (n,): as for ``deduplicate``.
    config
        The settings, or the name of a preset; ``Config()`` when None. ``unit`` and ``seed`` matter,
        nothing else.
    min_span
        Tokens of the shortest stretch, 2 to 65,536; longer stretches are found whole. 50 words, or
        250 letters by ``unit="char"``, when None. Up to 5, sentence ends do not matter.
    within, across
        Whether what stood before in the same text goes, and what stood in an earlier one. Without
        ``within`` a stretch goes whose first occurrence is in an earlier text; without ``across``
        each text is looked at by itself.
    threads
        How many to use; all cores that the process may use when None. The result is the same.
    **overrides
        Single settings, as in ``find_spans(texts, unit="char")``.

    Returns
    -------
    SpansResult
        ``.texts``, ``.spans``, and ``.ledger(row)``, with which ``restore`` puts back what was
        removed.

    Raises
    ------
    TextTypeError
        When ``texts`` is no column of texts.
    ConfigError
        When a setting is unknown or outside its range.

    Notes
    -----
    ``min_span`` tokens in a row repeat when the same ones stand in a row in an earlier text, or
    earlier in the same one without overlapping them. All tokens that are in such a row go, and no
    others, so that what goes does not depend on how it is found.

    One exception: a sentence that is not repeated keeps its first and last few words. If a stretch
    ends inside a sentence, fewer than ``min_span`` / 5 tokens behind a sentence end, it is cut back
    to that sentence end; likewise where it begins inside a sentence. What is left of it goes, even
    if shorter than ``min_span``. A blank line and a line end that does not wrap a paragraph are
    sentence ends; "Mr. Smith" has none.

    This is what suffix arrays are
    used for on bytes (Lee et al. 2022, "Deduplicating training data makes language models
    better"); here candidates are found by winnowing (Schleimer, Wilkerson and Aiken 2003) and
    compared token by token. See ``docs/decisions/0012-spans.md``.

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
    """Find the stretches of texts that repeat earlier ones."""
    found = repeated_windows(packed, config, rule, threads, memory)
    stretches = cut_back(packed, found, cover(found.runs, rule.min_span), rule.min_span)
    return removals(packed, found, stretches)


def split_at_spans(packed: PackedTexts, spans: Spans) -> tuple[BlockTable, Flags]:
    """Cut texts where spans begin and end; tell also which of the blocks are in none, (b,).

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> packed = pack(["one two", "two", ""])
    >>> spans = Spans(*(np.array([one]) for one in (1, 0, 3, 0, 4, 7, 1)))
    >>> blocks, kept = split_at_spans(packed, spans)
    >>> blocks.edges.tolist(), blocks.firsts.tolist(), kept.tolist()
    ([0, 7, 10], [0, 1, 2, 2], [True, False])
    """
    offsets = packed.offsets
    begins, ends = (offsets[spans.row] + edge for edge in (spans.start, spans.stop))
    edges = distinct(np.concatenate((offsets, begins, ends)), kind="stable")  # a merge
    gone = np.isin(edges[:-1], begins)
    return BlockTable(edges, np.searchsorted(edges[:-1], offsets)), ~gone


class SpanCleanedText(NamedTuple):
    """A text that was cleaned of repeated stretches.

    Attributes
    ----------
    source
        The text as it was given.
    document
        Its name, for the ledger.
    result
        What ``find_spans`` found in it.
    text
        The cleaned text.
    ledger
        One entry for each stretch; ``dedup.restore`` puts them back.
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
        """One line that a person reads.

        Examples
        --------
        >>> SpanCleanedText.of("Once more. Once more.", Config(), 2).summary
        'removed 1 repeated span, 11 of 21 characters: bytes 10-21 repeat bytes 0-10'
        """
        size = format_count(len(self.source), "character")
        if not self.ledger:
            tokens = "letters" if self.result.config.unit == "char" else "words"
            return f"no span of {self.result.min_span:,} {tokens} repeats in {size}"
        count = len(self.ledger)
        removed = len(self.source) - len(self.text)
        shown = [_described(removal) for removal in self.ledger[:SHOWN]]
        if count > SHOWN:
            shown.append(f"and {count - SHOWN:,} more")
        spans = format_count(count, "repeated span")
        return f"removed {spans}, {removed:,} of {size}: {'; '.join(shown)}"


def _described(removal: Removal) -> str:
    if removal.lines == removal.witness_lines:
        own, source = removal.bytes, removal.witness_bytes
        return f"bytes {own.start}-{own.stop} repeat bytes {source.start}-{source.stop}"
    verb = "repeats" if removal.lines.first == removal.lines.last else "repeat"
    return f"{removal.lines} {verb} {removal.witness_lines}"
