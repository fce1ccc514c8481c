"""One text without the stretches that stood before in it, as the command shows it."""

from dataclasses import dataclass, replace
from functools import cached_property

from dedup.config import Config
from dedup.ledger import Removal
from dedup.spans.find_spans import find_spans
from dedup.spans.result import SpansResult
from dedup.units import counted

SHOWN = 5  # stretches in a summary


@dataclass(frozen=True, eq=False)
class SpannedText:
    """A text that was cleaned of repeated stretches.

    Attributes
    ----------
    source
        The text as it was given.
    document
        Its name, for the ledger.
    result
        What ``find_spans`` found in it.
    """

    source: str
    document: str
    result: SpansResult

    @classmethod
    def of(
        cls, source: str, config: Config, min_span: int | None, document: str = ""
    ) -> "SpannedText":
        """Clean a text."""
        return cls(source, document, find_spans([source], config, min_span=min_span))

    @property
    def text(self) -> str:
        """The cleaned text."""
        return self.result.texts[0] or ""

    @cached_property
    def ledger(self) -> tuple[Removal, ...]:
        """One entry for each stretch; ``dedup.restore`` puts them back."""
        return tuple(
            replace(removal, document=self.document, witness_document=None)
            for removal in self.result.ledger(0)
        )

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
