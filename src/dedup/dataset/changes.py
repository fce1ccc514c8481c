"""What is written of a record that is not written as it was read."""

from typing import Any

import numpy as np

from dedup.arrays.memory import Memory
from dedup.dataset.decisions import Decisions
from dedup.dataset.rows import Rows

ANNOTATIONS = ("dedup_keep", "dedup_witness", "dedup_similarity")


class Changes:
    """Says what is to be changed in records: their texts, or what is added to them.

    Parameters
    ----------
    fields
        The fields whose texts were compared.
    memory
        Where the texts lie.
    """

    def __init__(
        self, rows: Rows, decisions: Decisions, fields: tuple[str, ...], memory: Memory
    ) -> None:
        self._rows, self._decisions, self._fields = rows, decisions, fields
        self._memory = memory

    def texts(self, row: int) -> dict[str, str]:
        """Return the cleaned texts of a row, by their fields."""
        self._memory.check()
        place = int(np.searchsorted(self._rows.edited, row))
        begin, end = self._rows.texts.offsets[row : row + 2].tolist()
        texts, start = {}, begin
        for field, size in zip(self._fields, self._rows.field_sizes[place].tolist(), strict=True):
            utf8 = self._rows.texts.utf8[start : start + size].data
            texts[field] = str(utf8, "utf-8", "surrogatepass")
            start += size + 1  # what stands between two fields
        assert start == end + 1, "the fields are not the whole text"
        return texts

    def annotation(self, row: int) -> tuple[bool, Any, float | None]:
        """Return whether a record would stay, what it repeats, and how similar the two are.

        An update of an index stays, and may repeat another record all the same.
        """
        decisions = self._decisions
        removed = bool(decisions.removed[row])
        if not removed and row not in (decisions.known_as or {}):
            return True, None, None
        witness = decisions.name_of_witness(row, self._rows)
        return not removed, witness, round(float(decisions.similarity[row]), 6)
