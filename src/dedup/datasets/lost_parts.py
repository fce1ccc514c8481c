"""The parts that records lost, where they were in the original texts, and what they repeat.

``within`` removes parts when texts are read; their entries wait in a temporary file. ``blocks`` and
``spans`` remove parts of what was left, so their places are converted to those in the original
text. A part of them that goes around an earlier removal is two parts of the original text.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, Lines, MatchKind, Span
from dedup.arrays.packed import PackedTexts, to_utf8
from dedup.datasets.formats.json_values import dumps
from dedup.ledger.record_removals import PartOption
from dedup.ledger.removals import Removal
from dedup.ledger.removed_ranges import KeptRanges, RemovedParts
from dedup.text.blocks import SpanLocator

CACHED_WITNESSES = 32  # texts whose lines are known


class LostPart(NamedTuple):
    """A part that a record lost; places are those in the original text of its field."""

    field: int
    option: PartOption
    bytes: Span
    lines: Lines
    text: str
    kind: MatchKind
    similarity: float
    witness_row: int | None  # None for the same text
    witness_bytes: Span
    witness_lines: Lines
    frame_of: str | None = None  # as of ``RecordRemoval``


@dataclass(frozen=True, slots=True)
class LostWithin:
    """The parts that m records lost because they repeat within their text."""

    rows: I64  # (m,)
    parts: PackedTexts  # (m,): as ``encode_removals`` wrote them

    def of_row(self, row: int) -> list[LostPart]:
        """Return the parts that a record lost."""
        place = int(np.searchsorted(self.rows, row))
        if place == len(self.rows) or self.rows[place] != row:
            return []
        return [_decoded(*values) for values in json.loads(self.parts.text(place))]


def encode_removals(removals: Sequence[tuple[int, Removal]]) -> bytes:
    """Return removals from the fields of a record as JSON."""
    return dumps([[field, *_columns(removal)] for field, removal in removals])


def _columns(removal: Removal) -> Iterator[Any]:
    yield from (removal.text, removal.kind, removal.similarity)
    for place in (removal.bytes, removal.lines, removal.witness_bytes, removal.witness_lines):
        yield from place


def _decoded(field: int, text: str, kind: MatchKind, similarity: float, *places: int) -> LostPart:
    start, stop, first, last, witness_start, witness_stop, witness_first, witness_last = places
    return LostPart(
        field=field,
        option="within",
        bytes=Span(start, stop),
        lines=Lines(first, last),
        text=text,
        kind=kind,
        similarity=similarity,
        witness_row=None,
        witness_bytes=Span(witness_start, witness_stop),
        witness_lines=Lines(witness_first, witness_last),
    )


@dataclass(frozen=True, slots=True)
class TrimStep:
    """A step that removed parts from all texts, which have one field each."""

    option: PartOption
    texts: PackedTexts  # (n,): before the step
    parts: RemovedParts
    source_names: tuple[str, ...] = ()  # of the sources whose frames were removed


class OriginalText(NamedTuple):
    """The original text of a record, and the ranges of it that each step was given."""

    locator: SpanLocator
    kept: list[KeptRanges]


class LostParts:
    """Finds the parts that single records lost, in the order of their places.

    Parameters
    ----------
    within
        The parts lost within texts.
    steps
        The steps after that.
    """

    def __init__(self, within: LostWithin, steps: Sequence[TrimStep]) -> None:
        self._within, self._steps = within, steps
        self._original = lru_cache(CACHED_WITNESSES)(self._read_original)

    def of_row(self, row: int) -> list[LostPart]:
        """Return the parts that a record lost, by field and place."""
        parts = self._within.of_row(row)
        for number in range(len(self._steps)):
            parts += self._lost_in_step(row, number)
        return sorted(parts, key=lambda part: (part.field, part.bytes))

    def _lost_in_step(self, row: int, number: int) -> Iterator[LostPart]:
        step = self._steps[number]
        for part in step.parts.ranges(step.parts.of_row(row), step.source_names):
            text, witness_text = self._original(row), self._original(part.witness_row)
            places = witness_text.kept[number].locate(part.witness_bytes)
            around = Span(places[0].start, places[-1].stop)
            _, witness_lines = witness_text.locator.locate(around)
            for place in text.kept[number].locate(part.bytes):
                removed, lines = text.locator.locate(place)
                yield LostPart(
                    field=0,
                    option=step.option,
                    bytes=place,
                    lines=lines,
                    text=removed,
                    kind=part.kind,
                    similarity=part.similarity,
                    witness_row=None if part.witness_row == row else part.witness_row,
                    witness_bytes=around,
                    witness_lines=witness_lines,
                    frame_of=part.frame_of,
                )

    def _read_original(self, row: int) -> OriginalText:
        """Put back what a text lost within; find what was left of it before each step."""
        left, removed = self._steps[0].texts.encoded(row) or b"", self._within.of_row(row)
        segments, taken, reached = list[bytes](), 0, 0
        for part in removed:
            end = taken + part.bytes.start - reached
            segments += [left[taken:end], to_utf8(part.text)]
            taken, reached = end, part.bytes.stop
        original = b"".join([*segments, left[taken:]])
        kept = [KeptRanges([Span(0, len(original))]).without(part.bytes for part in removed)]
        for step in self._steps[:-1]:
            parts = step.parts.ranges(step.parts.of_row(row), step.source_names)
            kept.append(
                kept[-1].without(place for part in parts for place in kept[-1].locate(part.bytes))
            )
        return OriginalText(SpanLocator(original.decode("utf-8", "surrogatepass")), kept)
