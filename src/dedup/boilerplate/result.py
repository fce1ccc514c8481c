"""The result of removing boilerplate from many texts: what recurs, and what is left."""

from dataclasses import dataclass

import numpy as np

from dedup.boilerplate.patterns import Boilerplate, FoundPatterns, Pattern
from dedup.ledger import CleanedTexts, Piece
from dedup.records import Span
from dedup.units import counted


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BoilerplateResult(CleanedTexts):
    """Texts without their boilerplate, and an account of it.

    Attributes
    ----------
    texts, changed, config
        As in ``CleanedTexts``.
    patterns
        What recurs, the most frequent first; the rows of ``to_arrow`` and ``to_pandas``.
    min_df
        Texts in which a pattern is at least, as a number.
    boilerplate
        Whether one text keeps each pattern, or none.
    """

    patterns: tuple[Pattern, ...]
    min_df: int
    boilerplate: Boilerplate
    _found: FoundPatterns

    def _removed(self, row: int) -> list[Piece]:
        first, stop = self._found.blocks.firsts[row : row + 2].tolist()
        removed = first + np.flatnonzero(~self._found.kept[first:stop])
        return [self._piece(row, block) for block in removed.tolist()]

    def _piece(self, row: int, block: int) -> Piece:
        """Return a removed block, and the pattern where it was first seen as its witness."""
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
