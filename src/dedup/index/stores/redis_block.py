"""What a block of writing has written, before it is sent."""

from collections.abc import Sequence

import numpy as np

from dedup.index.stores.buckets import pairs_of, without_rows
from dedup.index.stores.protocol import Id, Record
from dedup.records import U64, Ragged


class Block:
    """Records that come and go, held here until all is sent at once.

    Parameters
    ----------
    first
        The number of the first record that comes.
    """

    def __init__(self, first: int) -> None:
        self.next = self.first = first
        self.saved: dict[str, bytes | None] = {}
        self.records: dict[int, Record] = {}  # that came and have not gone
        self.rows: dict[Id, int | None] = {}  # of ids that came or went
        self.going: dict[int, Record] = {}  # that are removed at the moment
        self.removed: dict[int, Record] = {}  # that were there before
        self.gone: set[int] = set()  # rows, of these and of some that came
        self.keys: list[U64] = []  # under which they are listed
        self._pairs: list[U64] = []

    def __bool__(self) -> bool:
        """Tell whether anything is to be sent."""
        return bool(self.saved) or self.next > self.first or bool(self.removed)

    @property
    def grown(self) -> int:
        """How many records there are more than before."""
        return len(self.records) - len(self.removed)

    @property
    def size(self) -> int:
        """How many bytes of texts are sent, at most."""
        every = (*self.records.values(), *self.removed.values())
        return sum(len(record.text or b"") for record in every)

    def insert(self, records: Sequence[Record], keys: Ragged) -> None:
        """Take records under the next numbers."""
        self._pairs.append(pairs_of(keys, self.next))
        for record in records:
            self.records[self.next], self.rows[record.id] = record, self.next
            self.next += 1

    def remove(self, keys: Ragged) -> None:
        """Let those records go that are going."""
        for row, record in self.going.items():
            self.rows[record.id] = None
            if self.records.pop(row, None) is None:
                self.removed[row] = record
        self.gone.update(self.going)
        self.going = {}
        self.keys.append(keys.values)

    def pairs(self) -> U64:
        """Return the keys of what came, and what has each."""
        if len(self._pairs) > 1:
            self._pairs = [np.concatenate(self._pairs)]
        every = self._pairs[0] if self._pairs else np.empty(0, np.uint64)
        return without_rows(every, self.gone)
