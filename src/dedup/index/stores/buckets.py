"""Pairs of a key and a row in buckets, whose number grows with the pairs: linear hashing.

A bucket is what is fetched to see what is under a key. With FILL pairs in each, fewer bytes are
lost to what surrounds a bucket than the pairs take themselves, and little is fetched in vain.
The buckets are split one after the other, in their order, so that it never takes more work than
what is added, and where a key lies follows from the number of buckets (Litwin, "Linear hashing: a
new tool for file and table addressing", VLDB 1980).
"""

import numpy as np

from dedup.index.stores.listing import ragged
from dedup.matching.minhash import fmix32
from dedup.records import I64, U64, Ragged, among, distinct

FILL = 32  # pairs in a bucket
ROW = np.uint64(30)  # bits of a row, below the 34 of a key
ROWS = 1 << 30
PLACE = np.uint64(32)  # bits of a place among what is put in order
LITTLE = np.dtype("<u8")  # how pairs are stored


def pairs_of(keys: Ragged, first: int) -> U64:
    """Return the pairs of rows numbered from ``first`` on and their keys.

    Examples
    --------
    >>> keys = Ragged(np.array([5, 9], np.uint64), np.array([0, 2]))
    >>> pairs = pairs_of(keys, 3)
    >>> keys_in(pairs).tolist(), rows_in(pairs).tolist()
    ([5, 9], [3, 3])
    """
    rows = (keys.row_numbers() + first).astype(np.uint64)
    return (keys.values << ROW) | rows


def keys_in(pairs: U64) -> U64:
    """Return the key of each pair."""
    return pairs >> ROW


def rows_in(pairs: U64) -> U64:
    """Return the row of each pair."""
    return pairs & np.uint64(ROWS - 1)


def without_rows(pairs: U64, rows: set[int]) -> U64:
    """Return the pairs but those of some rows."""
    if not rows:
        return pairs
    gone = np.fromiter(rows, np.uint64, len(rows))
    return pairs[~np.isin(rows_in(pairs), gone)]


def spread(keys: U64) -> I64:
    """Return a hash of the lower 32 bits of each key, as even in its low bits as in its high ones.

    The keys that a sample is known by are the smallest ones of a text, hence not even. It is the
    last step of MurmurHash3, and loses nothing. All kinds of a key lie in one bucket, as they are
    asked for together.

    Examples
    --------
    >>> hex(spread(np.array([1], np.uint64))[0])
    '0x514e28b7'
    """
    return fmix32(keys.astype(np.uint32)).astype(np.int64)


def bucket_of(hashes: I64, count: int) -> I64:
    """Return which of ``count`` buckets has each hash.

    Examples
    --------
    Of six buckets 0 and 1 are split already, and take three bits:

    >>> bucket_of(np.arange(8), 6).tolist()
    [0, 1, 2, 3, 4, 5, 2, 3]
    """
    bits = (count - 1).bit_length()
    low = hashes & ((1 << bits) - 1)
    return np.where(low < count, low, low & ((1 << bits >> 1) - 1))


def split_by(count: int, more: int) -> I64:
    """Return the buckets out of ``count`` whose pairs move when there are ``more`` of them.

    Examples
    --------
    >>> split_by(4, 6).tolist()
    [0, 1]
    """
    return distinct(bucket_of(np.arange(count, more), count))


def order_of(buckets: I64) -> I64:
    """Return the places of buckets in ascending order, those of one bucket in theirs.

    Numbers are sorted several times as fast as they are by ``numpy.argsort``.

    Examples
    --------
    >>> order_of(np.array([7, 3, 7, 0])).tolist()
    [3, 1, 0, 2]
    """
    places = np.arange(len(buckets), dtype=np.uint64)
    ordered = np.sort(buckets.astype(np.uint64) << PLACE | places)
    return (ordered & np.uint64((1 << 32) - 1)).astype(np.int64)


def firsts_in(ordered: I64 | U64) -> I64:
    """Return where each value stands first among sorted ones.

    Examples
    --------
    >>> firsts_in(np.array([3, 3, 5])).tolist()
    [0, 2]
    """
    changes = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    return np.flatnonzero(changes[: len(ordered)])


def grouped(pairs: U64, count: int) -> tuple[I64, Ragged]:
    """Return the buckets of some pairs, ascending, and the pairs of each."""
    buckets = bucket_of(spread(keys_in(pairs)), count)
    order = order_of(buckets)
    buckets = buckets[order]
    firsts = firsts_in(buckets)
    return buckets[firsts], Ragged(pairs[order], np.append(firsts, len(buckets)))


def divided(pairs: U64, most: int) -> tuple[U64, U64]:
    """Return pairs, and apart from them those beyond the ``most`` lowest rows of a key.

    A key that has no more than twice as many keeps all, so that few are moved at a time.

    Examples
    --------
    >>> pairs = pairs_of(Ragged(np.full(3, 5, np.uint64), np.arange(4)), 0)
    >>> [rows_in(part).tolist() for part in divided(pairs, 1)]
    [[0], [1, 2]]
    """
    pairs = np.sort(pairs)
    firsts = firsts_in(keys_in(pairs))
    lengths = np.diff(np.append(firsts, len(pairs)))
    ranks = np.arange(len(pairs)) - np.repeat(firsts, lengths)
    beyond = (ranks >= most) & np.repeat(lengths > 2 * most, lengths)
    return pairs[~beyond], pairs[beyond]


def listing(pairs: U64, keys: U64, most: int) -> Ragged:
    """Return the rows under each key, ascending, the ``most`` lowest ones.

    Parameters
    ----------
    pairs
        In any order; those of other keys do not count, and what is there twice counts once.
    keys
        (k,): sorted and unique.

    Examples
    --------
    >>> pairs = pairs_of(Ragged(np.array([5, 9, 5, 5], np.uint64), np.array([0, 2, 3, 4])), 0)
    >>> [rows.tolist() for rows in listing(pairs, np.array([4, 5], np.uint64), 2)]
    [[], [0, 1]]
    """
    found = distinct(pairs[among(keys_in(pairs), keys)])
    places = np.searchsorted(keys, keys_in(found)).astype(np.uint64)
    return ragged(places << PLACE | rows_in(found), len(keys), most)
