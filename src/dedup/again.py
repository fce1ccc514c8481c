"""A batch that is added once more under its name: what was kept is kept again."""

from collections.abc import Iterable, Sequence
from typing import Any, Self


class Replay:
    """The rows that earlier calls of ``add`` with the same batch name added.

    Rows are numbers of records in the store; a record that is replaced gets a new one. A row of the
    batch that has not come again yet is *ahead*: it was not there when the texts before it came.

    Parameters
    ----------
    rows
        What the batch added before, ascending.
    updates
        Those of them that replaced another text.
    begin
        The number that the first record of this call will have.
    """

    def __init__(self, rows: Sequence[range], updates: Sequence[range], begin: int) -> None:
        self._rows, self._updates, self.begin = rows, updates, begin
        self._come: set[int] = set()
        self._last = rows[0].start - 1 if rows else -1
        self._updated: list[int] = []  # rows of this call

    @classmethod
    def of(cls, noted: dict[str, Any], begin: int) -> Self:
        """Read what ``noted`` returned."""
        rows, updates = (
            [range(*edges) for edges in noted.get(name, ())] for name in ("rows", "updates")
        )
        return cls(rows, updates, begin)

    def noted(self, end: int) -> dict[str, Any]:
        """Return all that the batch added, up to the number ``end``, as JSON."""
        rows = [*self._rows, range(self.begin, end)]
        return {
            "rows": [[some.start, some.stop] for some in rows],
            "updates": [[some.start, some.stop] for some in (*self._updates, *self._runs())],
        }

    @property
    def bound(self) -> int | None:
        """The rows below it were there when the next text came; None where all were."""
        return self._last + 1 if self._rows else None

    def is_ahead(self, row: int) -> bool:
        """Tell whether the batch added a row, and its text has not come again yet.

        Examples
        --------
        >>> replay = Replay([range(7, 9)], [range(8, 9)], 9)
        >>> replay.bound, replay.is_ahead(7), replay.is_ahead(6)
        (7, True, False)
        >>> replay.come(7)
        >>> replay.bound, replay.is_ahead(7), replay.was_update(8)
        (8, False, True)
        """
        return row not in self._come and _has(self._rows, row)

    def come(self, row: int) -> None:
        """Note that the text of a row has come again."""
        self._come.add(row)
        self._last = max(self._last, row)

    def was_update(self, row: int) -> bool:
        """Tell whether a row of the batch replaced another text."""
        return _has(self._updates, row)

    def note_update(self, row: int) -> None:
        """Note that a row of this call replaced another text."""
        self._updated.append(row)

    def _runs(self) -> Iterable[range]:
        start = stop = -1
        for row in self._updated:  # ascending
            if row != stop:
                if stop > start:
                    yield range(start, stop)
                start = row
            stop = row + 1
        if stop > start:
            yield range(start, stop)


def _has(ranges: Sequence[range], row: int) -> bool:
    return any(row in some for some in ranges)
