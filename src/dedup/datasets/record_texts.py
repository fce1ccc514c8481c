"""The texts of records, read a second time when they are compared, so that none is held in memory.

The compiled core reads a record of JSON lines again from its input, and finds the text in it. All
other texts are in a temporary file: texts that lost repeated blocks, those of unusual records, and
those of compressed inputs and other formats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dedup.arrays.array_types import I64, Flags
from dedup.arrays.native import core
from dedup.arrays.packed import PackedTexts
from dedup.datasets.job import Job
from dedup.datasets.read_inputs import FIELD_SEPARATOR, ReadInput
from dedup.files.spool import Spool

if TYPE_CHECKING:
    from dedup import _native

NO_DESCRIPTOR = -1  # of an input that is not read again


@dataclass(frozen=True, slots=True)
class RecordTexts:
    """The texts of n records; single rows are read as from ``PackedTexts``."""

    offsets: I64  # (n + 1,): as if the texts were packed
    missing: Flags  # (n,): the record has no text
    source: "_native.RecordTexts"
    stored: "StoredTexts"

    def encoded(self, row: int) -> bytes:
        """Return the text of a record in UTF-8, empty if it is missing."""
        return self.source.text(row)

    def has_stored(self, rows: range) -> bool:
        """Return whether the texts of some rows are all in the temporary file."""
        return len(self.stored.places(rows)) == len(rows)

    def map_stored(self, rows: range) -> PackedTexts:
        """Return the texts of some rows as a memory map; they are all in the temporary file."""
        places = self.stored.places(rows)
        edges = self.stored.edges[places.start : places.stop + 1]
        utf8 = self.stored.spool.mapped(int(edges[0]), int(edges[-1]))
        return PackedTexts(utf8, edges - edges[0], self.missing[rows.start : rows.stop])


@dataclass(frozen=True, slots=True)
class StoredTexts:
    """The texts of m records in a temporary file."""

    spool: Spool
    rows: I64  # (m,): ascending
    edges: I64  # (m + 1,): where each text begins and ends in the file, in bytes

    def places(self, rows: range) -> range:
        """Return the places of those rows of a range that are in the file."""
        first, last = np.searchsorted(self.rows, [rows.start, rows.stop]).tolist()
        return range(first, last)


def text_source(
    job: Job, inputs: Sequence[ReadInput], ends: I64, stored: StoredTexts
) -> "_native.RecordTexts":
    """Return what reads the texts of n records of a job.

    Parameters
    ----------
    ends
        (n,): the end of each record, in bytes of its input.
    stored
        The texts that are not read again from the inputs.
    """
    descriptors = [NO_DESCRIPTOR if one.descriptor is None else one.descriptor for one in inputs]
    return core.RecordTexts(
        files=np.array(descriptors, np.int64),
        first_rows=np.array([*(read.rows.start for read in inputs), len(ends)], np.int64),
        heads=np.array([len(read.head) for read in inputs], np.int64),
        ends=ends,
        names=[*job.options.text],
        separator=FIELD_SEPARATOR,
        text_file=stored.spool.descriptor,
        stored_rows=stored.rows,
        stored_edges=stored.edges,
    )
