"""The rows of a run that a person judged: the decisions on pairs of texts, as pairs of rows.

A judgement of a text holds for its exact copies, so the keep-first rule reads pairs of
representatives. A judgement of two exact copies has no effect.
"""

import os
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, Flags

if TYPE_CHECKING:
    from dedup.matching.decisions import PairDecisions


class JudgedPairs(NamedTuple):
    """Judged pairs of representatives, in both directions."""

    row: I64  # (m,): ascending
    partner: I64  # (m,)
    is_copy: Flags  # (m,): they are copies, whatever their similarity; else they are none

    @property
    def partners(self) -> dict[int, dict[int, bool]]:
        """The partners of each row, and ``is_copy``."""
        found: dict[int, dict[int, bool]] = {}
        columns = (column.tolist() for column in self)
        for row, partner, is_copy in zip(*columns, strict=True):
            found.setdefault(row, {})[partner] = is_copy
        return found


def rows_of_judged_texts(
    digests: AbstractSet[str], encoded: Callable[[int], bytes | None], count: int
) -> dict[str, int]:
    """Return the first row of each judged text that is among ``count`` rows, by its digest.

    Examples
    --------
    >>> from dedup.matching.decisions import text_digest
    >>> digests = {text_digest(b"One."), text_digest(b"Two.")}
    >>> [*rows_of_judged_texts(digests, [b"Three.", b"One.", b"One."].__getitem__, 3).values()]
    [1]
    """
    from dedup.matching.decisions import text_digest  # noqa: PLC0415  seldom used

    rows: dict[str, int] = {}
    if digests:
        for row in range(count):
            digest = text_digest(encoded(row) or b"")
            if digest in digests:
                rows.setdefault(digest, row)
    return rows


@dataclass(frozen=True, slots=True)
class JudgedRows:
    """Judged pairs of rows, in the order in which they were judged."""

    pairs: tuple[tuple[int, int, bool], ...] = ()  # two rows, and whether they are copies
    absent: int = 0  # number of judged pairs of which a text is not among the rows
    total: int = 0  # number of judged pairs

    @classmethod
    def find(
        cls,
        decisions: "PairDecisions | str | os.PathLike[str]",
        encoded: Callable[[int], bytes | None],
        count: int,
    ) -> "JudgedRows":
        """Find the judged texts among ``count`` rows.

        Parameters
        ----------
        decisions
            The judged pairs of texts, or their file.
        encoded
            Returns the text of a row in UTF-8, None if it is missing.

        Examples
        --------
        >>> from dedup.matching.decisions import Judgement, PairDecisions
        >>> decided = PairDecisions((Judgement.of_texts("One.", "Two.", "remove"),))
        >>> JudgedRows.find(decided, [b"Two.", b"Three.", b"One."].__getitem__, 3).pairs
        ((2, 0, True),)
        """
        from dedup.matching.decisions import as_decisions  # noqa: PLC0415  seldom used

        judged = as_decisions(decisions)
        decided, rows = judged.by_pair, rows_of_judged_texts(judged.digests, encoded, count)
        pairs = tuple(
            (rows[text], rows[witness], decision == "remove")
            for (text, witness), decision in decided.items()
            if text in rows and witness in rows
        )
        return cls(pairs, len(decided) - len(pairs), len(decided))

    def between_copies(self, representative: I64) -> JudgedPairs:
        """Return the judged pairs of representatives; of several judgements of a pair the last.

        Parameters
        ----------
        representative
            (n,): of each row.

        Examples
        --------
        >>> judged = JudgedRows(((0, 1, True), (2, 0, False)))
        >>> [column.tolist() for column in judged.between_copies(np.array([0, 1, 1]))]
        [[0, 1], [1, 0], [False, False]]
        """
        decided: dict[tuple[int, int], bool] = {}
        for left, right, is_copy in self.pairs:
            one, other = int(representative[left]), int(representative[right])
            if one != other:
                decided[one, other] = decided[other, one] = is_copy
        rows = np.array(sorted(decided), np.int64).reshape(-1, 2)
        are_copies = np.array([decided[pair] for pair in sorted(decided)], np.bool_)
        return JudgedPairs(rows[:, 0].copy(), rows[:, 1].copy(), are_copies)

    def judged_copies(self, representative: I64, witness: I64) -> Flags:
        """Return which rows were judged to be copies of their witnesses, (n,).

        Parameters
        ----------
        representative, witness
            (n,): of each row; the witness of a kept row is the row itself.

        Examples
        --------
        >>> judged = JudgedRows(((0, 1, True), (3, 0, False)))
        >>> judged.judged_copies(np.array([0, 1, 1, 3]), np.array([0, 0, 0, 0])).tolist()
        [False, True, True, False]
        """
        partners = self.between_copies(representative).partners
        found = np.zeros(len(witness), np.bool_)
        for row in np.flatnonzero(np.isin(representative, [*partners])).tolist():
            of_row = partners[int(representative[row])]
            found[row] = of_row.get(int(representative[witness[row]]), False)
        return found
