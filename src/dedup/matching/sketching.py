"""Rows sampled for matching, some at a time, and what all samples say together.

What a sample has depends on its rows alone, so they may be taken of rows in memory by chunks, or of
texts as they are read.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.kernels.hashing import NativeTexts
from dedup.kernels.portions import portions
from dedup.matching.leaders import find_leaders
from dedup.matching.shared_keys import Taken
from dedup.records import I64, U64, Flags

Order = Callable[[I64], I64]
NumberPrints = Callable[[Flags], U64]  # the fingerprints of the numbers of the wanted rows, (n,)
Sample = TypeVar("Sample", bound=NamedTuple)


class Sketches(NamedTuple):
    """What the first pass found out about n rows."""

    counts: I64  # (n,): tokens
    order: I64  # (n,): rows as they are taken
    leader: I64  # (n,): the first row taken with the same tokens
    probes: Taken  # numbers of keys a row is looked up by: none where it cannot share enough
    entries: Taken  # and of those it is found under once it is kept
    keys: int  # how many numbers there are
    found: I64  # (n,): probes of a row, those too that no row is entered under
    needed: I64  # (n,): probes that a candidate must share
    of_rest: I64  # or so many of those that list all their rows, by the number of these
    whole: int  # tokens of a row that is looked up by all its keys, in lists of all rows, at most
    turns: I64  # (n,): in which each row is taken, where there may be such rows


class Sampler(Protocol[Sample]):
    """What suits a measure."""

    def sample(self, texts: NativeTexts, first: int, last: int, memory: Memory = IN_RAM) -> Sample:
        """Sample some rows."""

    def sample_before(
        self,
        texts: NativeTexts,
        stop: int,
        threads: int | None = None,
        memory: Memory = IN_RAM,
    ) -> list[Sample]:
        """Sample the rows before ``stop``, in chunks."""

    def sketches(
        self,
        samples: list[Sample],
        order_of: Order,
        threads: int | None = None,
        number_prints: NumberPrints | None = None,
        memory: Memory = IN_RAM,
    ) -> Sketches:
        """Sketch all rows from their samples, which are used up.

        Parameters
        ----------
        samples
            Of rows one behind the other; one at least.
        order_of
            Gives the order in which rows are taken, from their numbers of tokens.
        number_prints
            As for ``led``.
        memory
            Where arrays lie.
        """


def led(
    counts: I64,
    prints: U64,
    order_of: Order,
    number_prints: NumberPrints | None = None,
    memory: Memory = IN_RAM,
) -> tuple[I64, I64, Flags]:
    """Return the order of rows, their leaders, and which rows lead.

    Parameters
    ----------
    number_prints
        If rows with other numbers are no exact copies. Their numbers are read only where rows have
        the same tokens.
    """
    order = memory.store(np.ascontiguousarray(order_of(counts), np.int64))
    leader = find_leaders(order, counts, prints, memory)
    if number_prints is not None:
        copies = leader != np.arange(len(leader))
        copies[leader[copies]] = True
        numbers = number_prints(copies)
        if numbers.any():
            prints[:, 1] ^= numbers
            leader = find_leaders(order, counts, prints, memory)
    leads = memory.empty(len(leader), np.bool_)
    for own in portions(len(leader), memory):
        leads[own] = leader[own] == np.arange(own.start, own.stop)
    return order, leader, leads
