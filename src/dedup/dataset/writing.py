"""Read the inputs again, and write what stays of them: the bytes that they had."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dedup.dataset.outputs import Shards
from dedup.dataset.rows import Read
from dedup.errors import InputError
from dedup.io.source import Source
from dedup.records import I64, U8

STAY, GO, CHANGE, ASIDE = range(4)  # what is done with a record
COPIED = 1 << 22  # bytes copied at a time
Change = Callable[[int, bytes], bytes]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the records of an input that stay.

    Parameters
    ----------
    output
        Where they go.
    aside
        Where those go that could not be read, if anywhere.
    change
        Given the number of a row and its bytes, returns those that are written.
    """

    output: Shards
    aside: Shards | None
    change: Change

    def write(self, read: Read, source: Source, ends: I64, actions: U8) -> None:
        """Write the records of an input.

        Parameters
        ----------
        ends, actions
            (rows of the input,): where each record ends, and what is done with it.

        Raises
        ------
        InputError
            When the input is no longer what it was when it was read.
        """
        reader = _Again(source, read)
        self.output.begin(reader.take(read.head))
        for first, last in _stretches(actions):
            action = int(actions[first])
            if action == GO or (action == STAY and not self.output.limit):
                for data in reader.pieces(int(ends[last - 1])):
                    if action == STAY:
                        self.output.write(data)
                continue
            for row in range(first, last):
                self._write_one(action, read.rows.start + row, reader.take(int(ends[row])))
        self.output.write(reader.take(read.fingerprint.bytes))
        reader.finish()

    def _write_one(self, action: int, row: int, record: bytes) -> None:
        if action == ASIDE:
            if self.aside is not None:
                self.aside.write(record)
        else:
            self.output.write(record if action == STAY else self.change(row, record))
            self.output.end_record()


def _stretches(actions: U8) -> Iterator[tuple[int, int]]:
    """Yield the stretches of rows with which the same is done."""
    edges = np.flatnonzero(np.diff(actions)) + 1
    return pairwise([0, *edges.tolist(), len(actions)]) if len(actions) else iter(())


class _Again:
    """An input that is read for the second time."""

    def __init__(self, source: Source, read: Read) -> None:
        self._source, self._read = source, read

    def take(self, end: int) -> bytes:
        """Return the bytes up to ``end``."""
        size = end - self._source.offset
        data = self._source.read(size) if size else b""
        if len(data) < size:
            raise self._changed()
        return data

    def pieces(self, end: int) -> Iterator[bytes]:
        """Yield the bytes up to ``end``, some at a time."""
        while self._source.offset < end:
            yield self.take(min(end, self._source.offset + COPIED))

    def finish(self) -> None:
        """Check that it ends here, and was the same as before."""
        if self._source.read(1) or self._source.fingerprint != self._read.fingerprint:
            raise self._changed()

    def _changed(self) -> InputError:
        return InputError(
            f"{self._source.name}: changed while it was read, so nothing was written; "
            "run again when it is whole"
        )
