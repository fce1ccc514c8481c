"""Parts that several steps removed from texts, and where they were in the original texts."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from dedup.arrays.array_types import F64, I64, Flags, Span
from dedup.ledger.removals import RemovedRange

NO_FRAME = -1  # of a part that is not removed as the frame of a source


@dataclass(frozen=True, slots=True)
class RemovedParts:
    """The s parts that one step removed from texts, in the order of their texts and places.

    Places are bytes of the texts as they were before the step.
    """

    row: I64  # (s,): the text
    start: I64  # (s,)
    stop: I64  # (s,)
    witness_row: I64  # (s,): the text of the witness
    witness_start: I64  # (s,)
    witness_stop: I64  # (s,)
    exact: Flags  # (s,): the part has the tokens of its witness
    similarity: F64  # (s,): to the witness
    frame_source: I64  # (s,): the source whose frame the part is, NO_FRAME if none

    def of_row(self, row: int) -> range:
        """Return the numbers of the parts of a text."""
        return range(*np.searchsorted(self.row, [row, row + 1]).tolist())

    def ranges(
        self, numbers: range | None = None, source_names: Sequence[str] = ()
    ) -> list[RemovedRange]:
        """Return some parts as ranges; all by default.

        Parameters
        ----------
        source_names
            The names of the sources that have frames.
        """
        part = slice(None) if numbers is None else slice(numbers.start, numbers.stop)
        columns = (getattr(self, name)[part].tolist() for name in self.__slots__)
        return [
            RemovedRange(
                Span(start, stop),
                witness_row,
                Span(witness_start, witness_stop),
                "exact" if exact else "near",
                similarity,
                None if source == NO_FRAME else source_names[source],
            )
            for (
                _,
                start,
                stop,
                witness_row,
                witness_start,
                witness_stop,
                exact,
                similarity,
                source,
            ) in zip(*columns, strict=True)
        ]


class KeptRanges:
    """The ranges of a text that earlier steps kept; joined they are the text of the next step.

    Examples
    --------
    >>> kept = KeptRanges([Span(0, 10)]).without([Span(2, 5)])
    >>> kept.spans
    [Span(start=0, stop=2), Span(start=5, stop=10)]
    >>> kept.locate(Span(1, 4))
    [Span(start=1, stop=2), Span(start=5, stop=7)]
    """

    def __init__(self, spans: Iterable[Span]) -> None:
        self.spans = [span for span in spans if span.start < span.stop]
        sizes = (span.stop - span.start for span in self.spans)
        self._starts = [*accumulate(sizes, initial=0)]  # in the text of the next step

    def locate(self, span: Span) -> list[Span]:
        """Return the ranges of the original text that are a range of the text of the next step."""
        found = []
        place = bisect_right(self._starts, span.start) - 1
        while place < len(self.spans) and self._starts[place] < span.stop:
            moved = self.spans[place].start - self._starts[place]
            end = min(span.stop, self._starts[place + 1])
            found.append(Span(max(span.start, self._starts[place]) + moved, end + moved))
            place += 1
        return found

    def without(self, removed: Iterable[Span]) -> "KeptRanges":
        """Return the ranges that stay kept when some are removed; these ascend and are kept."""
        left, spans = [], iter(self.spans)
        span = next(spans, Span(0, 0))
        for start, stop in removed:
            while span.stop <= start:
                left.append(span)
                span = next(spans)
            left.append(Span(span.start, start))
            span = Span(stop, span.stop)
        return KeptRanges([*left, span, *spans])
