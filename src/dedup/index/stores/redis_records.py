"""The records of an index on a server of Redis."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from dedup.errors import StoreError
from dedup.index.stores.encoding import id_bytes, record_bytes, record_of
from dedup.index.stores.protocol import Id, Record
from dedup.index.stores.redis_block import Block
from dedup.index.stores.texts import Texts

if TYPE_CHECKING:
    from redis import Redis
    from redis.client import Pipeline

AT_ONCE = 1 << 10  # records that are fetched at once
WINDOW = 1 << 13  # bytes of the bits of rows that are fetched at once
GRACE = 60  # seconds for which those who read find what was removed meanwhile
Item = TypeVar("Item")


class Records:
    """Records by number, and numbers by id; a bit for each number says whether it has one."""

    def __init__(self, client: "Redis", prefix: str, where: str) -> None:
        self._client, self._where, self._packing = client, where, Texts(None)
        self._texts, self._ids = f"{prefix}:texts", f"{prefix}:ids"
        self._live, self._gone = f"{prefix}:live", f"{prefix}:gone"
        self.keys = (self._texts, self._ids, self._live)

    def rows_of(self, ids: Sequence[Id]) -> list[int | None]:
        """Return the number of the record of each id."""
        found: list[int | None] = []
        for some in _parts(ids):
            rows = self._client.hmget(self._ids, [id_bytes(name) for name in some])
            found += [None if row is None else int(row) for row in rows]
        return found

    def found(self, rows: Sequence[int]) -> dict[int, Record]:
        """Return those records that are there, by their numbers."""
        found: dict[int, Record] = {}
        for some in _parts(rows):
            fetched: Any = self._client.hmget(self._texts, [str(row) for row in some])
            found.update(self._read(some, fetched))
        return found

    def kept(self, rows: Sequence[int]) -> dict[int, Record]:
        """Return records that are there, or were until just now.

        Raises
        ------
        StoreError
            When one was removed more than a minute ago, or is damaged.
        """
        found = self.found(rows)
        for some in _parts([row for row in rows if row not in found]):
            fetched: Any = self._client.mget([f"{self._gone}:{row}" for row in some])
            found.update(self._read(some, fetched))
        for row in rows:
            if row not in found:
                raise StoreError(
                    f"{self._where}: record {row} was removed while it was asked for: ask again"
                )
        return found

    def _read(
        self, rows: Sequence[int], fetched: Sequence[bytes | None]
    ) -> Iterator[tuple[int, Record]]:
        for row, data in zip(rows, fetched, strict=True):
            if data is None:
                continue
            try:
                yield row, record_of(data, self._packing)
            except ValueError as error:
                raise StoreError(
                    f"{self._where}: record {row} is damaged ({error}): make the index anew"
                ) from error

    def rows(self, start: int) -> Iterator[int]:
        """Yield the numbers that have records, from one on."""
        begin = start // 8
        while True:
            bits: Any = self._client.getrange(self._live, begin, begin + WINDOW - 1)
            if not bits:
                return
            rows = np.flatnonzero(np.unpackbits(np.frombuffer(bits, np.uint8))) + 8 * begin
            yield from rows[rows >= start].tolist()
            begin += WINDOW

    def write(self, block: Block, pipe: "Pipeline") -> None:
        """Write, as a part of a transaction."""
        texts = {
            str(row): record_bytes(record, self._packing) for row, record in block.records.items()
        }
        for fields in _parts(list(texts)):
            pipe.hset(self._texts, mapping={field: texts[field] for field in fields})
        for rows in _parts(list(block.removed)):
            pipe.hdel(self._texts, *map(str, rows))
        for row, record in block.removed.items():
            pipe.set(f"{self._gone}:{row}", record_bytes(record, self._packing), ex=GRACE)
            pipe.setbit(self._live, row, 0)
        for row in range(block.first, block.next):
            pipe.setbit(self._live, row, int(row in block.records))
        for names in _parts([name for name, row in block.rows.items() if row is None]):
            pipe.hdel(self._ids, *map(id_bytes, names))
        for named in _parts([(name, row) for name, row in block.rows.items() if row is not None]):
            pipe.hset(self._ids, mapping={id_bytes(name): row for name, row in named})


def _parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[first : first + AT_ONCE] for first in range(0, len(items), AT_ONCE))
