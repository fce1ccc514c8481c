"""Texts that a batch of the same name has added to an index before."""

from collections.abc import Sequence


class Again:
    """Texts that the same batch has added before: they are new again, once each.

    Parameters
    ----------
    before
        Numbers of what it added.
    """

    def __init__(self, before: Sequence[range]) -> None:
        self._before = before
        self._come: set[int] = set()  # those of them that came again, before the texts,
        self._last = before[0].start - 1 if before else -1  # and the last of these
        self.begin([])

    def begin(self, rows: Sequence[int | None]) -> None:
        """Begin with texts that are decided together; ``rows`` has the number under each one's id.

        Examples
        --------
        >>> again = Again([range(7, 9)])
        >>> again.begin([7, 7])
        >>> again.number(0, 7, is_exact=True), again.number(1, 7, is_exact=True)
        (7, None)
        """
        self._rows = rows
        self.places: set[int] = set()  # of the texts that are decided: which are new again,
        self._own: dict[int, int] = {}  # and those of them that have a number: their places

    def number(self, place: int, witness: int, *, is_exact: bool) -> int | None:
        """Return before which number a text came that is new again, None where it is not.

        A text that another one of the batch took the place of has no number any more. What it
        repeats is what took its place, or a text that the batch added behind it: one that has not
        come again yet.

        Parameters
        ----------
        witness
            The number of what it repeats.
        is_exact
            Whether that has the same tokens.
        """
        row = self._rows[place]
        added = any(witness in own for own in self._before)
        if not added or row is None or self._has_come(row) or self._has_come(witness):
            return None
        self.places.add(place)
        if row != witness or not is_exact:
            return self._last + 1
        self._own[row] = place
        return row

    def _has_come(self, row: int) -> bool:
        return row in self._come or row in self._own

    def note(self, count: int) -> None:
        """Note that the first texts will not be decided once more."""
        come = [row for row, place in self._own.items() if place < count]
        self._come.update(come)
        self._last = max([self._last, *come])
