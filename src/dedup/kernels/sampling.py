"""Rows sampled for matching, some at a time, and what all samples say together.

What a sample has depends on its rows alone, so they may be taken of rows in memory by chunks, or of
texts as they are read.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from dedup.kernels import spill
from dedup.kernels.describe import Description
from dedup.kernels.leaders import find_leaders
from dedup.kernels.meeting import Sketches
from dedup.kernels.numbers import number_prints
from dedup.kernels.portions import portions
from dedup.kernels.rows import Texts
from dedup.records import I64, U32, U64, Flags

Order = Callable[[I64], I64]
Sample = TypeVar("Sample", bound=NamedTuple)


class Sampler(Protocol[Sample]):
    """What suits a measure."""

    def sample(self, texts: Texts, first: int, last: int) -> Sample:
        """Sample some rows."""

    def sample_before(self, texts: Texts, stop: int, threads: int | None = None) -> list[Sample]:
        """Sample the rows before ``stop``, in chunks."""

    def sketches(
        self,
        samples: list[Sample],
        order_of: Order,
        threads: int | None = None,
        numbered: Texts | None = None,
    ) -> Sketches:
        """Sketch all rows from their samples, which are used up.

        Parameters
        ----------
        samples
            Of rows one behind the other; one at least.
        order_of
            Gives the order in which rows are taken, from their numbers of tokens.
        numbered
            As for ``led``.
        """


def rows_of(texts: Texts, first: int, last: int) -> Texts:
    """Return some rows, with numbers from 0 on."""
    return texts._replace(offsets=texts.offsets[first : last + 1])


def described(count: int, constants: U64) -> Description:
    """Return where so many rows are described."""
    return Description(constants, np.empty(count, np.int64), np.empty((count, 2), np.uint64))


def kept(description: Description) -> tuple[I64, U64]:
    """Return the counts and prints of some rows, as they are kept until all are known."""
    return spill.kept(description.counts), spill.kept(description.prints)


def keys_kept(found: tuple[U32, I64]) -> tuple[U32, I64]:
    """Return keys of a chunk, which are many, as they are kept until all chunks are done."""
    return spill.kept(found[0]), spill.kept(found[1])


def led(
    counts: I64,
    prints: U64,
    order_of: Order,
    numbered: Texts | None = None,
    threads: int | None = None,
) -> tuple[I64, I64, Flags]:
    """Return the order of rows, their leaders, and which rows lead.

    Parameters
    ----------
    numbered
        The rows, if those with other numbers are no exact copies. Their numbers are read only where
        rows have the same tokens.
    """
    order = spill.kept(np.ascontiguousarray(order_of(counts), np.int64))
    leader = spill.kept(find_leaders(order, counts, prints))
    if numbered is not None:
        copies = leader != np.arange(len(leader))
        copies[leader[copies]] = True
        numbers = number_prints(numbered, copies, threads)
        if numbers.any():
            prints[:, 1] ^= numbers
            leader = spill.kept(find_leaders(order, counts, prints))
    leads = spill.empty(len(leader), np.bool_)
    for own in portions(len(leader)):
        leads[own] = leader[own] == np.arange(own.start, own.stop)
    return order, leader, leads
