"""One text without the stretches that stood before in it, as the command shows it."""

from dataclasses import replace
from typing import Any, NamedTuple

from dedup.config import Config
from dedup.ledger import Removal
from dedup.spans.find_spans import find_spans
from dedup.spans.result import SpansResult
from dedup.units import counted

SHOWN = 5  # stretches in a summary


class SpannedText(NamedTuple):
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
    ) -> "SpannedText":
        """Clean a text."""
        result = find_spans([source], config, min_span=min_span)
        names: dict[str, Any] = {"document": document, "witness_document": None}
        ledger = [replace(removal, **names) for removal in result.ledger(0)]
        return cls(source, document, result, result.texts[0] or "", tuple(ledger))

    @property
    def summary(self) -> str:
        """One line that a person reads.

        Examples
        --------
        >>> SpannedText.of("Once more. Once more.", Config(), 2).summary
        'removed 1 repeated span, 11 of 21 characters: bytes 10-21 repeat bytes 0-10'
        """
        size = counted(len(self.source), "character")
        if not self.ledger:
            tokens = "letters" if self.result.config.unit == "char" else "words"
            return f"no span of {self.result.min_span:,} {tokens} repeats in {size}"
        count = len(self.ledger)
        spans = counted(count, "repeated span")
        removed = len(self.source) - len(self.text)
        shown = [_described(removal) for removal in self.ledger[:SHOWN]]
        more = f"; and {count - SHOWN:,} more" if count > SHOWN else ""
        return f"removed {spans}, {removed:,} of {size}: {'; '.join(shown)}{more}"


def _described(removal: Removal) -> str:
    if removal.lines == removal.witness_lines:
        own, source = removal.bytes, removal.witness_bytes
        return f"bytes {own.start}-{own.stop} repeat bytes {source.start}-{source.stop}"
    verb = "repeats" if removal.lines.first == removal.lines.last else "repeat"
    return f"{removal.lines} {verb} {removal.witness_lines}"
