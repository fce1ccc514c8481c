"""Decisions from pairs: in order, a row is removed if it matches a kept row, and else kept."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dedup.arrays.array_types import F64, I64, Flags
from dedup.cluster.row_positions import row_at
from dedup.config import Config


@dataclass(frozen=True, slots=True, eq=False)
class MatchingPairs:
    """Pairs of rows that match, by position: a row and a row before it in processing order."""

    position: I64  # (m,)
    candidate: I64  # (m,)
    similarity: F64  # (m,)

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.position)

    def select(self, wanted: Flags | I64) -> "MatchingPairs":
        """Return some pairs."""
        return MatchingPairs(self.position[wanted], self.candidate[wanted], self.similarity[wanted])

    def joined(self, other: "MatchingPairs") -> "MatchingPairs":
        """Return these pairs and others."""
        return MatchingPairs(
            np.concatenate((self.position, other.position)),
            np.concatenate((self.candidate, other.candidate)),
            np.concatenate((self.similarity, other.similarity)),
        )

    def as_lists(self) -> pa.Table:
        """Return a row for each position, with the list of its candidates."""
        order = np.argsort(self.position, kind="stable")
        positions, begins = np.unique(self.position[order], return_index=True)
        edges = pa.array(np.append(begins, len(order)), pa.int32())
        lists = pa.ListArray.from_arrays(edges, pa.array(self.candidate[order]))
        return pa.table([pa.array(positions), lists], ["position", "candidates"])

    def are_in(self, pairs: "MatchingPairs") -> Flags:
        """Tell which of these pairs occur in ``pairs``, (m,); no pair occurs twice in either."""
        both = self.joined(pairs)
        order = np.lexsort((both.candidate, both.position))
        first, second = both.position[order], both.candidate[order]
        equal = (first[1:] == first[:-1]) & (second[1:] == second[:-1])
        found = np.zeros(len(order), np.bool_)
        found[order[1:][equal]] = found[order[:-1][equal]] = True
        return found[: len(self)]

    def best(self, is_kept: Flags, config: Config) -> "MatchingPairs":
        """Return the best witness of each row: the most similar kept row, of equal ones the first.

        Parameters
        ----------
        is_kept
            (m,): whether the candidate is kept; rows without a kept one are left out.
        """
        kept = self.select(is_kept)
        rows = row_at(kept.candidate, config)
        order = np.lexsort((rows, -kept.similarity, kept.position))
        return kept.select(order[np.unique(kept.position[order], return_index=True)[1]])


def find_removed(matches: MatchingPairs) -> I64:
    """Return the positions of the rows that are removed, ascending.

    The kept rows are the lexicographically first maximal independent set of the pairs.

    Examples
    --------
    >>> chain = MatchingPairs(np.array([5, 7, 9]), np.array([2, 5, 7]), np.ones(3))
    >>> find_removed(chain).tolist()
    [5, 9]
    """
    order = np.argsort(matches.position, kind="stable")
    removed: dict[int, None] = {}
    pairs = zip(matches.position[order].tolist(), matches.candidate[order].tolist(), strict=True)
    for row, other in pairs:  # all pairs of ``other`` came before
        if other not in removed:
            removed[row] = None
    return np.fromiter(removed, np.int64, len(removed))
