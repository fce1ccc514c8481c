"""The result of removing boilerplate from many texts: what recurs, and what is left."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dedup.boilerplate.patterns import Boilerplate, FoundPatterns, Pattern
from dedup.config import Config
from dedup.frames import Tabular, checked_row
from dedup.ledger import Piece, Removal, ledger_of
from dedup.records import I64, Span
from dedup.text.packed import Packed
from dedup.units import counted


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BoilerplateResult(Tabular):
    """Texts without their boilerplate, and an account of it.

    Attributes
    ----------
    texts
        (n,) the texts in input order, None where one is missing; those without boilerplate are
        as they were.
    patterns
        What recurs, the most frequent first; the rows of ``to_arrow`` and ``to_pandas``.
    changed
        (c,) int64: the rows of the texts from which something was removed, ascending.
    min_df
        Texts in which a pattern is at least, as a number.
    boilerplate
        Whether one text keeps each pattern, or none.
    config
        The settings that were used.
    """

    texts: Sequence[str | None]
    patterns: tuple[Pattern, ...]
    changed: I64
    min_df: int
    boilerplate: Boilerplate
    config: Config
    _given: Packed
    _found: FoundPatterns

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.texts)

    def ledger(self, row: int) -> tuple[Removal, ...]:
        """Return an entry for each block that was removed from a text, in their order.

        ``dedup.restore(result.texts[row], result.ledger(row))`` is the text as it was. The witness
        is the pattern where it was first seen, in the text that ``witness_document`` names by its
        row.

        Raises
        ------
        RowError
            When there is no such row.
        """
        row = checked_row(row, len(self))
        first, stop = self._found.blocks.firsts[row : row + 2].tolist()
        removed = first + np.flatnonzero(~self._found.kept[first:stop])
        pieces = [self._piece(row, block) for block in removed.tolist()]
        return ledger_of(self._given, row, self.texts[row], pieces)

    def _piece(self, row: int, block: int) -> Piece:
        """Return a removed block as ``ledger_of`` takes it."""
        groups = self._found.groups
        variant = int(groups.variant[block])
        pattern = int(groups.group[variant])
        witness = int(groups.first[pattern])
        witness_row = int(np.searchsorted(self._found.blocks.firsts, witness, "right")) - 1
        return (
            self._bytes(row, block),
            witness_row,
            self._bytes(witness_row, witness),
            "exact" if variant == pattern else "near",
            float(groups.similarity[variant]),
        )

    def _bytes(self, row: int, block: int) -> Span:
        """Return where a block is in its text."""
        begin = int(self._given.offsets[row])
        return Span(*(int(edge) - begin for edge in self._found.blocks.edges[block : block + 2]))

    @property
    def _columns(self) -> dict[str, object]:
        return {
            name: [getattr(pattern, name) for pattern in self.patterns]
            for name in Pattern.__dataclass_fields__
        }

    def __repr__(self) -> str:
        """Return what was found and what was removed, in a line."""
        if not len(self):
            return "<BoilerplateResult: no texts>"
        texts = counted(len(self), "text")
        if not self.patterns:
            needed = counted(self.min_df, "text")
            return f"<BoilerplateResult: {texts}; no block recurs in {needed} or more>"
        blocks = int((~self._found.kept).sum())
        sizes = np.diff(self._found.blocks.edges)
        share = int(sizes[~self._found.kept].sum()), int(sizes.sum())
        excepted = sum(pattern.excepted for pattern in self.patterns)
        kept = f"; kept {excepted:,} of them" if excepted else ""
        return (
            f"<BoilerplateResult: {counted(len(self.patterns), 'pattern')}{kept}; removed "
            f"{counted(blocks, 'block')} from {len(self.changed):,} of {texts}, "
            f"{share[0]:,} of {share[1]:,} bytes>"
        )
