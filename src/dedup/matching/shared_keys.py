"""Keep the keys that rows share and number them; drop all remaining keys.

A key finds candidates only if one row is looked up by it and another one is inserted under it.
Bloom filters (Bloom 1970) tell from a few bits which keys there are; they never miss one. A false
positive costs only a little memory.

The kept keys get small numbers, which index the posting lists. Keys are numbered one partition (a
range of hashes) at a time. Within a partition the numbers follow the processing order, so the next
rows have numbers near those of the rows before: the posting lists that they read are in the cache,
and may as well be on disk.

``src/native/shared_keys.cpp`` is the compiled part.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from dedup.arrays.array_types import I64, U32, U64, Flags
from dedup.arrays.long_arrays import batch_slices, row_batches
from dedup.arrays.memory import IN_RAM, Memory
from dedup.arrays.native import core
from dedup.arrays.parallel import (
    available_cores,
    concatenate_columns,
    map_chunks,
    map_parallel,
    offsets_of,
)
from dedup.arrays.stored_arrays import StoredArray

ROWS_PER_TRIM = 1 << 10  # between two checks of the memory
KEYS_PER_PARTITION = 1 << 14  # they are numbered in the cache
MAX_FILTER_WORDS = 1 << 26
BYTES_PER_FILTER_ROW = 16
KEYS_PER_FILTER_STEP = 1 << 23  # that are sorted at once, for several threads
MAX_UNSORTED_KEYS = 1 << 21  # one thread adds no more keys as fast as several that sort them first
BYTES_PER_SORTED_KEY = 8  # when it is loaded and sorted
FILTER_PARTITION_WORDS = 1 << 15  # half a megabyte


class RowKeys(NamedTuple):
    """The keys of a batch of rows."""

    keys: StoredArray[U32]  # flat
    lengths: I64  # (n,): the number of keys of each row


class OrderedKeys(NamedTuple):
    """The keys of rows, in processing order."""

    keys: U32  # flat
    offsets: I64  # (n + 1,): row ``order[step]`` has ``keys[offsets[step]:offsets[step + 1]]``

    @classmethod
    def of(
        cls,
        batches: Sequence[RowKeys],
        order: I64,
        wanted: Flags | None = None,
        memory: Memory = IN_RAM,
    ) -> "OrderedKeys":
        """Return the keys of the wanted rows, all when None; the keys of the batches are taken."""
        keys = memory.join_stored([batch.keys for batch in batches])
        edges = offsets_of(all_lengths(batches, memory), memory)
        lengths = memory.empty(len(order), np.int64)
        for steps in batch_slices(len(order), memory):
            rows = order[steps]
            lengths[steps] = edges[rows + 1] - edges[rows]
            if wanted is not None:
                lengths[steps] *= wanted[rows]
        offsets = offsets_of(lengths, memory)
        ordered = memory.empty(int(offsets[-1]), np.uint32)
        for first in range(0, len(order), ROWS_PER_TRIM):
            last = min(first + ROWS_PER_TRIM, len(order))
            core.order_keys(keys, edges, order, offsets, ordered, first, last)
            memory.trim()
        return cls(ordered, offsets)


def all_lengths(batches: Sequence[RowKeys], memory: Memory = IN_RAM) -> I64:
    """Return the number of keys of each row of all batches."""
    return concatenate_columns([(batch.lengths,) for batch in batches], memory)[0]


class SharedKeys(NamedTuple):
    """The rows to match, by the keys that they share."""

    counts: I64  # (n,): tokens
    order: I64  # (n,): rows in processing order
    representative: I64  # (n,): first row, in processing order, of its group of exact copies
    query_keys: OrderedKeys  # by which a row is looked up; none if it cannot share enough of them
    posting_keys: OrderedKeys  # under which a row is inserted once it is kept
    key_count: int  # the keys are numbers below it
    sketch_sizes: I64  # (n,): query keys of a row, with those that were dropped
    min_shared: I64  # (n,): query keys that a candidate must share
    min_shared_uncapped: I64  # or so many of the uncapped ones, by the number of these
    exhaustive_tokens: int  # a row with no more tokens is looked up by all its keys


class _Partitions(NamedTuple):
    """The keys of batches of rows, each batch sorted by partition."""

    keys: Any  # core.KeyPartitions
    steps: list[tuple[int, int]]  # the first and last step of each batch


def number_keys(
    queries: OrderedKeys, postings: OrderedKeys, threads: int | None, memory: Memory = IN_RAM
) -> tuple[OrderedKeys, OrderedKeys, int]:
    """Return numbers in place of keys, and how many there are; drop keys that only one side has."""
    partitions = 1
    while partitions * KEYS_PER_PARTITION < len(postings.keys):
        partitions *= 2
    sorted_queries = _partitioned(queries, partitions, threads, memory)
    sorted_postings = _partitioned(postings, partitions, threads, memory)
    work = partial(core.number_partition, sorted_queries.keys, sorted_postings.keys)
    counts = map_parallel(memory.progress.steps(work, partitions), partitions, threads, memory)
    first_numbers = offsets_of(np.array(counts, np.int64))
    queries = _gathered(queries, sorted_queries, first_numbers, threads, memory)
    postings = _gathered(postings, sorted_postings, first_numbers, threads, memory)
    return queries, postings, int(first_numbers[-1])


def _partitioned(
    ordered: OrderedKeys, partitions: int, threads: int | None, memory: Memory
) -> _Partitions:
    every = np.ones(len(ordered.offsets) - 1, np.bool_)

    def work(first: int, last: int) -> tuple[tuple[U32, I64], tuple[int, int]]:
        found = core.partition_keys(*ordered, every, first, last, partitions)
        return (memory.adopt(found[0]), memory.adopt(found[1])), (first, last)

    batches = map_chunks(work, ordered.offsets * ordered.keys.itemsize, threads, memory)
    keys, steps = zip(*batches, strict=True)
    return _Partitions(core.KeyPartitions(list(keys)), list(steps))


def _gathered(
    ordered: OrderedKeys,
    partitions: _Partitions,
    first_numbers: I64,
    threads: int | None,
    memory: Memory,
) -> OrderedKeys:
    """Write the numbers of the partitions over the keys of the rows, in their memory."""

    def gather(batch: int) -> tuple[U32, I64]:
        first, last = partitions.steps[batch]
        lengths = core.gather_numbers(*ordered, first, last, partitions.keys, batch, first_numbers)
        begin = ordered.offsets[first]
        return ordered.keys[begin : begin + lengths.sum()], lengths

    gathered = map_parallel(gather, len(partitions.steps), threads, memory)
    offsets = offsets_of(np.concatenate([lengths for _, lengths in gathered]), memory)
    for (keys, _), (first, last) in zip(gathered, partitions.steps, strict=True):
        ordered.keys[offsets[first] : offsets[last]] = keys
        memory.trim()
    return OrderedKeys(ordered.keys[: offsets[-1]], offsets)


def new_filter(keys: int, memory: Memory = IN_RAM) -> U64:
    """Return an empty Bloom filter for so many keys, 4 to 8 in a word of 64 bits.

    Under a memory limit it may have more keys in a word, since it is read at random. It is
    (words, 2): the first column has the keys, the second those that were added twice.
    """
    words, max_words = 1024, min(MAX_FILTER_WORDS, memory.max_filter_bytes // BYTES_PER_FILTER_ROW)
    while words * 8 < keys and 2 * words <= max_words:
        words *= 2
    return memory.table((words, 2), np.uint64)


def filter_of(
    batches: Sequence[RowKeys], wanted: Flags, threads: int | None, memory: Memory = IN_RAM
) -> U64:
    """Return the Bloom filter of the keys of the wanted rows.

    Parameters
    ----------
    batches
        The keys of n rows.
    wanted
        (n,)
    """
    sizes, rows = (
        offsets_of(np.array([*map(len, column)])) for column in zip(*batches, strict=True)
    )
    words = new_filter(int(sizes[-1]), memory)
    if threads == 1 or sizes[-1] < MAX_UNSORTED_KEYS:
        for number, (keys, lengths) in enumerate(batches):
            chosen = wanted[rows[number] : rows[number + 1]]
            core.add_keys(keys.load(), offsets_of(lengths), chosen, 0, len(lengths), words)
        return words
    # Powers of two, both of partitions and of words: so no word belongs to two threads.
    count = max(1 << available_cores().bit_length(), len(words) // FILTER_PARTITION_WORDS)

    def partition(first: int, place: int) -> tuple[U32, I64]:
        number = first + place
        keys, lengths = batches[number]
        chosen = wanted[rows[number] : rows[number + 1]]
        edges = offsets_of(lengths)
        return core.partition_keys(keys.load(), edges, chosen, 0, len(lengths), count)

    step = min(KEYS_PER_FILTER_STEP, memory.part_bytes // BYTES_PER_SORTED_KEY)
    for first, last in row_batches(sizes, step, len(batches)):
        found = map_parallel(partial(partition, first), last - first, threads, memory)
        add = partial(core.add_partition, core.KeyPartitions(found), filter=words)
        map_parallel(add, count, threads, memory)
    return words
