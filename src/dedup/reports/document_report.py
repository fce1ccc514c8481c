"""The report on one text: the removed runs beside what they repeat, and a map of both."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Any, NamedTuple

from dedup.arrays.array_types import Lines, Span
from dedup.arrays.packed import byte_offsets, encode
from dedup.documents.cleaned_document import CleanedDocument, Repeat, Run, block_noun
from dedup.reports.charts import MAP_BAR, MAP_HEIGHT, MAP_WIDTH, Ribbon, ribbons
from dedup.reports.text_pairs import TextPair, text_pair
from dedup.reports.visible_text import middle_cut, visible
from dedup.text.blocks import SpanLocator

MAX_SHOWN_CHARACTERS = 1_500_000  # of a text and its removed blocks, about
MIN_SHOWN_CHARACTERS = 400  # of a kept part or a removed block, if some are cut
MAX_SHOWN_RUNS, MAX_SHOWN_BLOCKS, MAX_RIBBONS = 1_000, 2_000, 300


@dataclass(frozen=True, slots=True)
class KeptPart:
    """Consecutive kept blocks: the lines, the text (its middle may be cut), who repeats it."""

    lines: Lines
    begin: str
    cut: int
    end: str
    repeated_by: tuple[int, ...]  # numbers of runs


class ComparedBlock(NamedTuple):
    """A removed block and its witness."""

    repeat: Repeat
    pair: TextPair


@dataclass(frozen=True, slots=True)
class RemovedPart:
    """A removed run, with its blocks beside those that they repeat."""

    number: int  # from 1
    run: Run
    is_first: bool  # of the parts of its run, between which blocks without words are kept
    blocks: tuple[ComparedBlock, ...]
    more: int  # blocks that are not shown


def document_context(document: CleanedDocument) -> dict[str, Any]:
    """Return the values of the template ``document.html``."""
    runs = _shown_runs(document)
    noun = block_noun(document.cut, document.config)
    removed = len(document.source) - len(document.text)
    return {
        "title": document.document or "Text",
        "summary": document.summary,
        "facts_of_text": {
            f"removed {noun}s": f"{len(document.repeats):,} of {int(document.has_tokens.sum()):,}",
            "removed characters": f"{removed:,} of {len(document.source):,}",
            "threshold": f"{document.config.for_blocks.threshold:g}",
        },
        "parts": [*_parts(document, runs)],
        "noun": noun,
        "hidden_runs": len(document.runs) - len(runs),
        "map": {"width": MAP_WIDTH, "height": MAP_HEIGHT, "bar": MAP_BAR},
        "ribbons": _ribbons(document, runs[:MAX_RIBBONS]),
    }


def _shown_runs(document: CleanedDocument) -> list[Run]:
    """Return the first runs in text order; their number and that of their blocks is limited."""
    runs = sorted(document.runs, key=lambda run: run.first)
    blocks = accumulate(run.last - run.first + 1 for run in runs)
    count = sum(total <= MAX_SHOWN_BLOCKS for total in blocks)
    return runs[: min(max(count, 1), MAX_SHOWN_RUNS)]


def _groups(
    document: CleanedDocument, runs: Sequence[Run]
) -> Iterator[tuple[int, tuple[int, ...], list[int]]]:
    """Yield consecutive blocks: the run that removed them, or 0; the runs that repeat them."""
    removed_by = dict[int, int]()
    repeated_by: defaultdict[int, tuple[int, ...]] = defaultdict(tuple)
    for number, run in enumerate(runs, 1):
        for block in range(run.first, run.last + 1):
            if not document.kept[block]:  # blocks without words between removed ones stay
                removed_by[block] = number
        for block in range(run.witness_first, run.witness_last + 1):
            repeated_by[block] += (number,)
    stop = len(document.kept) if len(runs) == len(document.runs) else runs[-1].last + 1
    for owner, blocks in groupby(
        range(stop), lambda block: (removed_by.get(block, 0), repeated_by.get(block, ()))
    ):
        yield *owner, [*blocks]


def _parts(document: CleanedDocument, runs: Sequence[Run]) -> Iterator[KeptPart | RemovedPart]:
    """Yield the parts of a text in order."""
    groups = [*_groups(document, runs)]
    repeats = {repeat.block: repeat for repeat in document.repeats}
    size = len(document.source) + 2 * (len(document.source) - len(document.text))
    limit = size
    if size > MAX_SHOWN_CHARACTERS:
        shown = len(groups) + 2 * min(len(repeats), MAX_SHOWN_BLOCKS)
        limit = max(MAX_SHOWN_CHARACTERS // shown, MIN_SHOWN_CHARACTERS)
    locator = SpanLocator(document.source)
    edges = byte_offsets(encode(document.source), document.offsets).tolist()
    for number, repeated_by, blocks in groups:
        if number:
            run, found = runs[number - 1], [repeats[block] for block in blocks]
            pairs = [
                ComparedBlock(repeat, _pair(document, repeat, limit))
                for repeat in found[:MAX_SHOWN_BLOCKS]
            ]
            more = len(found) - len(pairs)
            yield RemovedPart(number, run, blocks[0] == run.first, tuple(pairs), more)
        else:
            text, lines = locator.locate(Span(edges[blocks[0]], edges[blocks[-1] + 1]))
            yield KeptPart(lines, *middle_cut(visible(text), limit), repeated_by)


def _pair(document: CleanedDocument, repeat: Repeat, limit: int) -> TextPair:
    removed, witness = (
        document.source[slice(*span)] for span in (repeat.chars, repeat.witness_chars)
    )
    return text_pair(removed.strip(), witness.strip(), limit)


def _ribbons(document: CleanedDocument, runs: Sequence[Run]) -> list[Ribbon]:
    edges = document.offsets.tolist()
    return ribbons(
        [
            (
                Span(edges[run.first], edges[run.last + 1]),
                Span(edges[run.witness_first], edges[run.witness_last + 1]),
                str(run),
            )
            for run in runs
        ],
        len(document.source),
    )
