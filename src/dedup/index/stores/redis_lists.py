"""The lists of rows under keys, on a server of Redis.

One hash holds the buckets, by their numbers as four bytes; a bucket is its pairs of eight bytes,
end to end. A key that very many texts share, as those of a line that an agency puts under all of
its stories, would make whoever asks for its bucket fetch all of its rows. So a key has its KEPT
lowest ones there, which is as many as are asked for, and the rest in another hash, by the key as
eight bytes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.index.stores.buckets import (
    FILL,
    LITTLE,
    bucket_of,
    divided,
    firsts_in,
    grouped,
    keys_in,
    order_of,
    split_by,
    spread,
    without_rows,
)
from dedup.records import I64, U64, Ragged, Whole, distinct

if TYPE_CHECKING:
    from redis import Redis
    from redis.client import Pipeline

KEPT = 128  # rows of a key in its bucket, twice as many at most when it was divided last
LARGE = 8 * KEPT  # pairs in a bucket that is to be divided
STEP = 1 << 14  # fields that go in one command: others are served between two of them
BUCKET = np.dtype("<u4")

# Fields come as one string, and values go as one, for a reply or an argument for each takes a
# client in Python longer than all the rest. Lua takes some 8,000 arguments at once.
FETCH = """
local function fetch(hash, packed, width)
  local sizes, values = {}, {}
  for from = 0, #packed - 1, 4000 * width do
    local fields = {}
    for at = from, math.min(from + 4000 * width, #packed) - 1, width do
      fields[#fields + 1] = string.sub(packed, at + 1, at + width)
    end
    local found = redis.call('HMGET', hash, unpack(fields))
    for i = 1, #fields do
      local value = found[i] or ''
      sizes[#sizes + 1] = struct.pack('<I4', #value)
      values[#values + 1] = value
    end
  end
  return table.concat(sizes), table.concat(values)
end
local sizes, values = fetch(KEYS[2], ARGV[1], 4)
local _, more = fetch(KEYS[3], ARGV[2], 8)
return {redis.call('HGET', KEYS[1], 'buckets'), sizes, values, more}
"""
APPEND = """
local packed, width, sizes, values = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local item, start = 0, 1
for from = 0, #packed - 1, 3000 * width do
  local fields, both = {}, {}
  for at = from, math.min(from + 3000 * width, #packed) - 1, width do
    fields[#fields + 1] = string.sub(packed, at + 1, at + width)
  end
  local found = redis.call('HMGET', KEYS[1], unpack(fields))
  for i = 1, #fields do
    local size = struct.unpack('<I4', sizes, 4 * item + 1)
    both[2 * i - 1] = fields[i]
    both[2 * i] = (found[i] or '') .. string.sub(values, start, start + size - 1)
    item, start = item + 1, start + size
  end
  redis.call('HSET', KEYS[1], unpack(both))
end
"""


@dataclass(frozen=True, slots=True)
class Change:
    """What a block of writing changes."""

    buckets: int  # how many there are then
    pairs: int  # how many more there are
    emptied: I64  # buckets that are written anew
    filled: U64  # pairs that are written to buckets
    joined: U64  # keys of which all rows are in a bucket again, unless they are in
    beyond: U64  # pairs that are written beside the buckets

    @property
    def size(self) -> int:
        """How many bytes are sent, about."""
        return 2 * (self.filled.nbytes + self.beyond.nbytes)


class Lists:
    """Lists of rows under keys."""

    def __init__(self, client: "Redis", prefix: str) -> None:
        self._client, self._meta = client, f"{prefix}:index"
        self._buckets, self._beyond = f"{prefix}:buckets", f"{prefix}:beyond"
        self.keys = (self._buckets, self._beyond)
        self.large: set[int] = set()  # buckets that were met

    def under(self, keys: U64, most: int, count: int) -> U64:
        """Return the pairs of some keys, and of others.

        Parameters
        ----------
        keys
            (k,): without repeats.
        most
            How many rows of a key are wanted at least, the lowest ones.
        count
            How many buckets there are, or were: pairs that have moved since are found.
        """
        found = [keys[:0]]
        while len(keys):
            buckets = bucket_of(spread(keys), count)
            order = order_of(buckets)
            keys, buckets, moved = keys[order], buckets[order], [keys[:0]]
            several = buckets[firsts_in(buckets)]
            for first in range(0, len(several), STEP):
                some = several[first : first + STEP]
                begin, end = np.searchsorted(buckets, (some[0], some[-1] + 1)).tolist()
                asked = keys[begin:end]
                now, pairs = self._fetch(some, asked if most > KEPT else asked[:0])
                found.append(pairs)
                moved.append(asked[bucket_of(spread(asked), now) != buckets[begin:end]])
                count = max(count, now)
            keys = np.concatenate(moved)
        return np.concatenate(found)

    def _fetch(self, buckets: I64, keys: U64) -> tuple[int, U64]:
        """Return how many buckets there are, and the pairs in some, and beside them."""
        reply: Any = self._client.eval(
            FETCH, 3, self._meta, *self.keys, _packed(buckets, BUCKET), _packed(keys, LITTLE)
        )
        count, sizes, values, more = reply
        large = np.frombuffer(sizes, BUCKET) > LARGE * LITTLE.itemsize
        self.large.update(buckets[large].tolist())
        return int(count or 1), np.frombuffer(values + more, LITTLE).astype(np.uint64)

    def change(
        self, count: int, pairs: int, added: U64, removed: set[int], keys: Iterable[U64]
    ) -> Change:
        """Return what has to be written; nothing is written yet.

        Parameters
        ----------
        count, pairs
            How many buckets and pairs there are.
        added
            (a,): pairs.
        removed
            Rows that go,
        keys
            and what lists them.
        """
        more = max(count, (pairs + len(added)) // FILL)
        listing: U64 = distinct(np.concatenate([added[:0], *keys]))
        held = bucket_of(spread(listing), count)
        large = np.fromiter(self.large, np.int64, len(self.large))
        emptied = distinct(np.concatenate((held, split_by(count, more), large)))
        inside = [self._fetch(some, added[:0])[1] for some in _steps(emptied)]
        beside = [self._fetch(emptied[:0], part)[1] for part in _steps(listing)]
        there = np.concatenate([added[:0], *inside, *beside])
        joined = distinct(keys_in(np.concatenate([added[:0], *beside])))
        kept = without_rows(there, removed)
        filled, beyond = divided(np.concatenate((kept, added)), KEPT)
        grown = len(added) + len(kept) - len(there)
        return Change(more, grown, emptied, filled, joined, beyond)

    def write(self, change: Change, pipe: "Pipeline") -> None:
        """Write, as a part of a transaction."""
        for buckets in _steps(change.emptied):
            pipe.hdel(self._buckets, *_fields(buckets, BUCKET))
        for keys in _steps(change.joined):
            pipe.hdel(self._beyond, *_fields(keys, LITTLE))
        _append(pipe, self._buckets, BUCKET, *grouped(change.filled, change.buckets))
        of = keys_in(change.beyond)
        firsts = firsts_in(of)
        beyond = Ragged(change.beyond, np.append(firsts, len(of)))
        _append(pipe, self._beyond, LITTLE, of[firsts], beyond)


def _append(
    pipe: "Pipeline", name: str, kind: "np.dtype[Any]", fields: I64 | U64, values: Ragged
) -> None:
    """Append pairs to each of some fields, sorted and unique, of a hash."""
    for first in range(0, len(fields), STEP):
        some = fields[first : first + STEP]
        offsets = values.offsets[first : first + len(some) + 1]
        pairs = values.values[offsets[0] : offsets[-1]]
        sizes = np.diff(offsets) * LITTLE.itemsize
        told = (_packed(some, kind), kind.itemsize, _packed(sizes, BUCKET), _packed(pairs, LITTLE))
        pipe.eval(APPEND, 1, name, *told)


def _packed(values: I64 | U64, kind: "np.dtype[Any]") -> bytes:
    return values.astype(kind).tobytes()


def _fields(values: I64 | U64, kind: "np.dtype[Any]") -> list[bytes]:
    """Return values one by one."""
    whole, width = _packed(values, kind), kind.itemsize
    return [whole[at : at + width] for at in range(0, len(whole), width)]


def _steps(values: Whole) -> Iterator[Whole]:
    return (values[first : first + STEP] for first in range(0, len(values), STEP))
