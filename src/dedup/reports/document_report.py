"""The report on one text: the removed runs beside what they repeat, and a map of both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from dedup.arrays.array_types import Lines, Span
from dedup.arrays.packed import byte_offsets, encode
from dedup.documents.cleaned_document import CleanedDocument, Repeat, Run
from dedup.reports.charts import MAP_BAR, MAP_HEIGHT, MAP_WIDTH, Ribbon, ribbons
from dedup.reports.text_pairs import TextPair, text_pair
from dedup.reports.visible_text import middle_cut
from dedup.text.blocks import SpanLocator

SHOWN_CHARACTERS = 3_000_000  # of a text and its removed blocks, about
MIN_SHOWN_CHARACTERS = 400  # of a kept part or a removed block
MAX_SHOWN_RUNS = 1_000
MAX_RIBBONS = 300


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


def document_context(document: CleanedDocument) -> dict[str, Any]:
    """Return the values of the template ``document.html``."""
    runs = sorted(document.runs, key=lambda run: run.first)[:MAX_SHOWN_RUNS]
    removed = len(document.source) - len(document.text)
    return {
        "title": document.document or "Text",
        "summary": document.summary,
        "facts_of_text": {
            "removed blocks": f"{len(document.repeats):,} of {int(document.has_tokens.sum()):,}",
            "removed characters": f"{removed:,} of {len(document.source):,}",
            "cut into": f"{document.cut}s",
            "threshold": f"{document.config.for_blocks.threshold:g}",
        },
        "parts": [*_parts(document, runs)],
        "hidden_runs": len(document.runs) - len(runs),
        "map": {"width": MAP_WIDTH, "height": MAP_HEIGHT, "bar": MAP_BAR},
        "ribbons": _ribbons(document, runs[:MAX_RIBBONS]),
    }


def _parts(document: CleanedDocument, runs: Sequence[Run]) -> Iterator[KeptPart | RemovedPart]:
    """Yield the parts of a text in order."""
    owners: list[tuple[int, tuple[int, ...]]] = [(0, ())] * len(document.kept)
    witnesses: dict[int, list[int]] = {}
    for number, run in enumerate(runs, 1):
        for block in range(run.first, run.last + 1):
            if not document.kept[block]:  # blocks without words between removed ones stay
                owners[block] = number, ()
        for block in range(run.witness_first, run.witness_last + 1):
            witnesses.setdefault(block, []).append(number)
    for block, numbers in witnesses.items():
        if not owners[block][0]:
            owners[block] = 0, tuple(numbers)
    if len(runs) < len(document.runs):
        del owners[runs[-1].last + 1 :]
    groups = [
        (owner, [*blocks]) for owner, blocks in groupby(range(len(owners)), owners.__getitem__)
    ]
    repeats = {repeat.block: repeat for repeat in document.repeats}
    limit = max(SHOWN_CHARACTERS // (len(groups) + 2 * len(repeats) + 1), MIN_SHOWN_CHARACTERS)
    locator = SpanLocator(document.source)
    edges = byte_offsets(encode(document.source), document.offsets).tolist()
    for (number, repeated_by), blocks in groups:
        if number:
            found = [repeats[block] for block in blocks if block in repeats]
            pairs = [ComparedBlock(repeat, _pair(document, repeat, limit)) for repeat in found]
            run = runs[number - 1]
            yield RemovedPart(number, run, blocks[0] == run.first, tuple(pairs))
        else:
            text, lines = locator.locate(Span(edges[blocks[0]], edges[blocks[-1] + 1]))
            yield KeptPart(lines, *middle_cut(text, 10 * limit), repeated_by)


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
