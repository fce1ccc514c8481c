"""Damages index files as a broken disk would, or forges them as a stranger who knows the format."""

import json
import random
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from dedup import Index
from dedup.index.stores.checksums import with_checksum
from dedup.index.stores.database import INDEX_TABLES
from dedup.index.stores.pages import (
    MAX_PAGE_POSTINGS,
    PageHeader,
    decode_page,
    encode_page,
)
from dedup.index.stores.sqlite_file import APPLICATION_ID, SqliteFile

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PAGE = 8192
NUMBERS = (-1, 0, 1, 2, 7, 1 << 16, 1 << 31, 1 << 32, 1 << 33, 1 << 47, 1 << 62, (1 << 63) - 1)
WEIRD: tuple[Any, ...] = (*NUMBERS, -(1 << 63), None, 1.5, "x", "\0", "", b"", b"\xff" * 40, b"i7")
NAMED = ("text", "gone", "known", "run", "chunk", "fence")
Harm = Callable[[Path, random.Random], None]


def texts(count: int, words: int) -> list[str]:
    return [
        " ".join(f"w{number * 79 * (word + 1) % 9973}" for word in range(words))
        for number in range(count)
    ]


def small(path: Path) -> Path:
    """Make an index in several runs, with named batches."""
    with Index(path) as index:
        for start in range(0, 300, 60):
            ids = range(start, start + 60)
            index.add(texts(300, 60)[start : start + 60], ids=ids, batch=f"b{start}")
    return path


def large(path: Path) -> Path:
    """Make an index with a dictionary, removed texts, and runs that are being merged."""
    with Index(path, measure="containment", ngram_size=3) as index:
        for start in range(0, 1200, 200):
            names = [f"n{number}" for number in range(start, start + 200)]
            index.add(texts(1200, 200)[start : start + 200], ids=names)
        index.remove(f"n{number}" for number in range(0, 1200, 7))
    return path


def bytes_changed(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 3, 30, 300])):
        at = rng.randrange(len(data))
        data[at] ^= 1 << rng.randrange(8) if rng.random() < 0.5 else rng.randrange(256)
    path.write_bytes(data)


def pages_changed(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 1, 4])):
        at, other = (rng.randrange(len(data)) // PAGE * PAGE for _ in range(2))
        found = [rng.randbytes(PAGE), bytes(PAGE), b"\xff" * PAGE, data[other : other + PAGE]]
        data[at : at + PAGE] = rng.choice(found)
    path.write_bytes(data)


def cut_off(path: Path, rng: random.Random) -> None:
    data = path.read_bytes()
    size = rng.choice([rng.randrange(200), rng.randrange(len(data)), PAGE * rng.randrange(1, 9)])
    path.write_bytes(data[:size] + rng.choice([b"", b"", rng.randbytes(3 * PAGE), bytes(PAGE)]))


def header_changed(path: Path, rng: random.Random) -> None:
    """Change what SQLite says of the file: sizes of pages and file, versions, lists of pages."""
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 1, 3])):
        at = rng.choice([16, 18, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 68, 92, 100, 103])
        value = rng.choice([bytes(4), b"\xff" * 4, b"\0\1\0\0", b"\x7f" * 4, rng.randbytes(4)])
        data[at : at + len(value)] = value
    path.write_bytes(data)


def logs_beside(path: Path, rng: random.Random) -> None:
    """Leave a log or a journal beside the file that is not of it."""
    magic = [b"\x37\x7f\x06\x82\x00\x2d\xe2\x18", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", b""]
    data = rng.choice(magic) + rng.choice([rng.randbytes(9000), path.read_bytes()[: 5 * PAGE]])
    path.with_name(path.name + rng.choice(["-wal", "-journal", "-shm"])).write_bytes(data)


def opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA trusted_schema = ON")
    return connection


def try_execute(connection: sqlite3.Connection, statement: str, *values: object) -> None:
    with suppress(sqlite3.Error):  # what a table refuses is not needed
        connection.execute(statement, values)


def pages_forged(path: Path, rng: random.Random) -> None:
    """Change pages and the lists of their first keys, and make their checksums again."""
    with closing(opened(path)) as connection:
        table, key, column = rng.choice(
            [("chunk", "place", "data"), ("chunk", "place", "data"), ("fence", "rowid", "keys")]
        )
        make = rng.choice([flipped, flipped, with_other_header, of_random_words])
        for place, data in connection.execute(f"SELECT {key}, {column} FROM {table}").fetchall():
            if rng.random() < 0.5:
                found = with_checksum(make(data[:-8], rng))
                statement = f"UPDATE {table} SET {column} = ? WHERE {key} = ?"
                connection.execute(statement, (found, place))


def flipped(data: bytes, rng: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(rng.choice([1, 1, 3])):
        at = rng.randrange(rng.choice([16, min(len(found), 64), len(found)]))  # near the header
        found[at % len(found)] ^= 1 << rng.randrange(8)
    return bytes(found[: rng.choice([len(found)] * 4 + [rng.randrange(len(found))])])


def with_other_header(data: bytes, rng: random.Random) -> bytes:
    """Change a field of the header of a page."""
    fields = [*PageHeader._fields]
    limits = {"first_key": 1 << 32, "min_row": 1 << 32, "postings": 1 << 16, "buckets": 1 << 16}
    data = bytearray(data)  # type: ignore[assignment]
    offsets = {
        "first_key": 0,
        "min_row": 4,
        "postings": 8,
        "buckets": 10,
        "low_bits": 12,
        "row_bits": 13,
    }
    name = rng.choice(fields)
    limit = limits.get(name, 256)
    value = rng.choice([0, 1, 2, limit // 2, limit - 1, rng.randrange(limit)])
    size = (limit.bit_length() - 1) // 8
    data[offsets[name] : offsets[name] + size] = value.to_bytes(size, "little")  # type: ignore[index]
    return bytes(data)


def of_random_words(_: bytes, rng: random.Random) -> bytes:
    words = rng.choice([2, 3, 4, 5, 40, 1018])
    return b"".join(
        rng.choice([0, 1, (1 << 64) - 1, rng.getrandbits(64), 1 << 16 | 1]).to_bytes(8, "little")
        for _ in range(words)
    )


def pages_of_others(path: Path, rng: random.Random) -> None:
    """Put whole pages of made-up pairs in the place of a run's: dense ones, or rows of no text."""
    rows = rng.choice([1, 300, 5000, 1 << 20, 1 << 32])
    count = rng.choice([1, 2000, MAX_PAGE_POSTINGS])
    with closing(opened(path)) as connection:
        for number, chunks in connection.execute("SELECT number, chunks FROM run").fetchall():
            data = np.random.default_rng(rng.getrandbits(32))
            some = np.sort(data.integers(0, rows, count).astype(np.uint64))
            width = max(rows - 1, 1).bit_length()
            query = "SELECT place, data FROM chunk WHERE place >> 32 = ?"
            if rng.random() < 0.5:  # the keys as they are, with other rows
                for place, page in connection.execute(query, (number,)).fetchall():
                    keys = decode_page(page[:-8]) >> np.uint64(32) << np.uint64(32)
                    own = np.sort(keys | data.integers(0, rows, len(keys)).astype(np.uint64))
                    statement = "UPDATE chunk SET data = ? WHERE place = ?"
                    connection.execute(
                        statement, (with_checksum(encode_page(own, 0, width)), place)
                    )
                connection.execute("UPDATE run SET last_row = 4294967295")
                continue
            page = with_checksum(encode_page(some, 0, width))
            connection.execute("UPDATE chunk SET data = ? WHERE place >> 32 = ?", (page, number))
            first_keys = with_checksum(bytes(4 * chunks))
            connection.execute("DELETE FROM fence WHERE run = ? AND chunk > 0", (number,))
            connection.execute("UPDATE fence SET keys = ? WHERE run = ?", (first_keys, number))
            if rng.random() < 0.5:
                connection.execute("UPDATE run SET last_row = 4294967295")


def runs_changed(path: Path, rng: random.Random) -> None:
    columns = ("kind", "pairs", "chunks", "last_row", "into_run", "merged_to", "number")
    with closing(opened(path)) as connection:
        for _ in range(rng.choice([1, 1, 2])):
            where = rng.choice(["1", "number % 2", "number = (SELECT max(number) FROM run)"])
            value = rng.choice([*WEIRD, rng.randrange(1, 30)])
            statement = f"UPDATE run SET {rng.choice(columns)} = ? WHERE {where}"
            try_execute(connection, statement, value)
        if rng.random() < 0.1:
            try_execute(connection, "UPDATE sqlite_sequence SET seq = ?", rng.choice(NUMBERS))


def values_changed(path: Path, rng: random.Random) -> None:
    """Put values of other types and sizes into any columns."""
    columns = {name: [part.split()[0] for part in INDEX_TABLES[name].split(", ")] for name in NAMED}
    columns["fence"] = ["run", "chunk", "keys"]
    with closing(opened(path)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for _ in range(rng.choice([1, 2, 4])):
            table = rng.choice(NAMED)
            column = rng.choice(columns[table])
            where = rng.choice(["1", "rowid % 3 = 1", "rowid = (SELECT max(rowid) FROM text)"])
            values = [*WEIRD, rng.choice(["CAST", "TEXT"])]
            statement = f"UPDATE OR REPLACE {table} SET {column} = ? WHERE {where}"
            if rng.random() < 0.2:
                statement = f"UPDATE {table} SET {column} = CAST({column} AS TEXT) WHERE {where}"
                try_execute(connection, statement)
                continue
            try_execute(connection, statement, rng.choice(values))
        if rng.random() < 0.3:
            try_execute(connection, "INSERT INTO gone VALUES (?)", rng.choice(NUMBERS))


def numbers_changed(path: Path, rng: random.Random) -> None:
    with closing(opened(path)) as connection:
        for name in rng.sample(["next", "count", "floor", "removals"], rng.choice([1, 1, 3])):
            value = rng.choice(WEIRD)
            try_execute(connection, "UPDATE known SET value = ? WHERE name = ?", value, name)


def settings_forged(path: Path, rng: random.Random) -> None:
    with closing(opened(path)) as connection:
        query = "SELECT value FROM known WHERE name = 'settings'"
        settings = json.loads(connection.execute(query).fetchone()[0][:-8])
        name = rng.choice([*settings, *settings["config"]])
        values: list[Any] = [*NUMBERS, None, "x\ny", [], {}, [[]], {"a": {}}, 1e308, -1.5, True]
        holder = settings if name in settings else settings["config"]
        holder[name] = rng.choice(values)
        if rng.random() < 0.2:
            holder[rng.choice(["new\nline", "keyed", "batch_names"])] = rng.choice(values)
        forged = [
            json.dumps(settings).encode(),
            b"[" * 200_000,
            b'{"a":' * 50_000,
            b'{"signature": ' + b"9" * 5000 + b"}",
            b"[]",
            b'""',
            b"\xff",
        ]
        data = with_checksum(forged[0] if rng.random() < 0.7 else rng.choice(forged))
        connection.execute("UPDATE known SET value = ? WHERE name = 'settings'", (data,))


@cache
def bomb(size: int) -> bytes:
    """Return a frame of so many zeros: one in some ten thousand of its bytes."""
    compressor = zstd.ZstdCompressor(level=1)
    parts = [compressor.compress(bytes(1 << 24)) for _ in range(size >> 24)]
    return b"".join([*parts, compressor.flush()])


def frames(rng: random.Random) -> Iterator[bytes]:
    """Yield texts, compressed, that are much larger than they look, or none at all."""
    zeros = zstd.compress(bytes(1 << 26))
    yield b"\1" + bomb(1 << 31)  # whose size nobody says
    yield b"\1" + zeros
    yield b"\1" + zeros * 3
    yield b"\2" + zeros
    yield b"\1" + zstd.compress(b"a") * 1000
    yield b"\1\x28\xb5\x2f\xfd\xe0" + rng.choice([b"\xff" * 8, b"\0\0\0\1\0\0\0\0"]) + zeros[13:]
    yield b"\1\x28\xb5\x2f\xfd\x00\xff" + rng.randbytes(60)  # a window of 2 TB
    yield b"\1" + rng.randbytes(100)
    yield b"\0" + rng.randbytes(300)  # no UTF-8
    yield b"\0" + b"\xed\xa0\x80" * 40  # but for surrogates
    yield b"\1" + zstd.compress(b"\xff" * 5000)
    yield b"\0"
    yield b"\7" + rng.randbytes(20)
    yield b""


def texts_forged(path: Path, rng: random.Random) -> None:
    frame = rng.choice([*frames(rng)])
    with closing(opened(path)) as connection:
        where = rng.choice(["1", "row % 50 = 3", "row = 17"])
        connection.execute(f"UPDATE text SET text = ? WHERE {where}", (with_checksum(frame, 4),))


def saved_forged(path: Path, rng: random.Random) -> None:
    """Forge the dictionary, or the stored result of a batch."""
    frame = rng.choice([*frames(rng)])
    batch = with_checksum(frame, 4)
    if rng.random() < 0.3:
        found = rng.choice(
            [b"\xff" * 40, bytes(4) + b"[" * 99_999, b"\1\0\0\0" + bytes(23) + b"{}"]
        )
        batch = with_checksum(b"\0" + found, 4)
    with closing(opened(path)) as connection:
        dictionary = rng.choice([frame[1:], rng.randbytes(5000)])
        name, data = rng.choice([("dictionary", dictionary), ("results:b0", batch)])
        statement = "INSERT OR REPLACE INTO known VALUES (?, ?)"
        connection.execute(statement, (name, with_checksum(data)))


def other_database(path: Path, rng: random.Random) -> None:
    """Make a database of something else, or one that says that it is an index."""
    kept = rng.random() < 0.6
    if not kept:
        path.unlink()
    endless = "WITH RECURSIVE r(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM r) SELECT"
    columns = {
        "text": "x AS row, x AS id, 0 AS added, NULL AS text",
        "gone": "x AS row",
        "known": "'next' AS name, x AS value",
        "run": "x AS number, 0 AS kind, 1 AS pairs, 1 AS chunks, 1 AS last_row, NULL AS into_run,"
        " 4294967296 AS merged_to",
        "chunk": "x AS place, zeroblob(100000000) AS data",
        "fence": "1 AS run, x AS chunk, zeroblob(12) AS keys",
    }
    with closing(opened(path)) as connection:
        for name in rng.sample(NAMED, rng.choice([1, 3, 6])):
            try_execute(connection, f"DROP TABLE {name}")
            schema = INDEX_TABLES[name].format_map(SqliteFile.types)
            made = [
                f"CREATE VIEW {name} AS {endless} {columns[name]} FROM r",
                f"CREATE TABLE {name} (x)",
                f"CREATE TABLE {name} ({schema}, more TEXT)",
                f"CREATE VIRTUAL TABLE {name} USING fts5(row, id, added, text)",
                "CREATE TABLE other (x)",
            ]
            try_execute(connection, rng.choice(made))
        table = rng.choice(NAMED)
        more = [
            f"CREATE TRIGGER t AFTER INSERT ON {table} BEGIN {endless} x FROM r; END",
            f"CREATE INDEX i ON {table} (zeroblob(1000))",
            f"CREATE INDEX i ON {table} (1)",
            "PRAGMA user_version = 99",
            "PRAGMA encoding = 'UTF-16'",
            "PRAGMA application_id = 7",
            "PRAGMA auto_vacuum = 1",
            "PRAGMA journal_mode = DELETE",
        ]
        try_execute(connection, rng.choice(more))
        if not kept and rng.random() < 0.7:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("PRAGMA user_version = 1")


def schema_written(path: Path, rng: random.Random) -> None:
    """Change the schema behind the back of SQLite."""
    with closing(opened(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        column = rng.choice(["sql", "rootpage", "name", "tbl_name", "type"])
        values = [*WEIRD, "CREATE TABLE text (row)", "CREATE TABLE x\n(y", "known", b"\xff\xfe"]
        where = rng.choice(
            ["1", "name = 'text'", "name = 'chunk'", "name = 'known'", "sql IS NULL"]
        )
        statement = f"UPDATE sqlite_master SET {column} = ? WHERE {where}"
        try_execute(connection, statement, rng.choice(values))


HARMS: tuple[Harm, ...] = (
    bytes_changed,
    pages_changed,
    cut_off,
    header_changed,
    logs_beside,
    pages_forged,
    pages_of_others,
    runs_changed,
    values_changed,
    numbers_changed,
    settings_forged,
    texts_forged,
    saved_forged,
    other_database,
    schema_written,
)
