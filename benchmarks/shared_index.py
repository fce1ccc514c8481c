"""Fill an index on PostgreSQL by one client and by four: ``python -m benchmarks.shared_index``.

The articles are those of ``benchmarks.index``. The server is started here, with its defaults, in a
folder for temporary files, and reached by a socket. Decisions are compared with those of
``deduplicate`` before anything is timed. The floor is to put the same texts, compressed in the same
way, under their ids into a table of that server, a batch a transaction. CPU is that of the client
and of all processes of the server.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from time import perf_counter, process_time

import click
import psycopg

import dedup
from benchmarks.index import BATCH, LAST, check, write, written
from benchmarks.tables import render
from dedup.index.stores.text_codec import TextCodec, train_dictionary
from tests.postgres_server import PostgresServer

CHECKED = 5_000  # texts of which all decisions are compared
CLIENTS = 4
MARKS = (20_000, 100_000)
HEADERS = ("", "texts", "texts a second", "client CPU ms a batch", "server CPU ms", "kB a text")
TICK = os.sysconf("SC_CLK_TCK")


def server_seconds(server: PostgresServer) -> float:
    """Return the CPU time of a server and of all processes that it has and had (Linux)."""
    main = server.pid
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    times = [_times(number)[:2] for number in children] + [_times(str(main))]
    return sum(map(sum, times)) / TICK


def _times(number: str) -> list[int]:
    """Return the ticks of a process, in user and system mode, and those of its ended children."""
    line = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2]
    return [int(field) for field in line.split()[11:15]]


def floor(server: PostgresServer, batches: list[list[str]]) -> float:
    """Return the texts a second that the server takes, compressed: nothing is decided."""
    codec = TextCodec(train_dictionary([text.encode() for text in batches[0]]))
    with psycopg.connect(server.url().partition("&")[0], autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE floor (row bigint PRIMARY KEY, id bytea UNIQUE, text bytea)"
        )
        connection.execute("ALTER TABLE floor ALTER COLUMN text SET STORAGE EXTERNAL")
        begin, row = perf_counter(), 0
        for some in batches:
            rows = [
                (row + at, b"%d" % (row + at), codec.compress(t.encode()))
                for at, t in enumerate(some)
            ]
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany("INSERT INTO floor VALUES (%s, %s, %s)", rows)
            row += len(some)
    return row / (perf_counter() - begin)


def add(
    url: str, first: int, batches: list[list[str]], barrier: Barrier, spent: "Queue[float]"
) -> None:
    """Add batches as one client of several; tell the CPU seconds."""
    with dedup.Index(url) as index:
        barrier.wait()
        begin = process_time()
        for number, some in enumerate(batches):
            start = first + number * BATCH
            index.add(some, ids=range(start, start + len(some)))
        spent.put(process_time() - begin)
        barrier.wait()


def by_clients(
    server: PostgresServer, clients: int, first: int, batches: list[list[str]]
) -> tuple[str, ...]:
    """Return a line for new clients that add batches at once."""
    context = get_context("spawn")
    barrier, spent = context.Barrier(clients + 1), context.Queue()
    each = len(batches) // clients
    processes = []
    for client in range(clients):
        own = batches[client * each : client * each + each]
        arguments = (server.url(), first + client * each * BATCH, own, barrier, spent)
        processes.append(context.Process(target=add, args=arguments))
        processes[-1].start()
    barrier.wait()
    wall, served = perf_counter(), server_seconds(server)
    barrier.wait()
    wall, served = perf_counter() - wall, server_seconds(server) - served
    client_seconds = sum(spent.get() for _ in processes)
    for process in processes:
        process.join()
    count = each * clients
    return (
        f"{clients} new client{'s' * (clients > 1)}",
        f"{first + BATCH * count:,}",
        f"{BATCH * count / wall:,.0f}",
        f"{1000 * client_seconds / count:,.0f}",
        f"{1000 * served / count:,.0f}",
        "",
    )


def fill(
    place: str, path: Path, texts: int, served: Callable[[], float]
) -> Iterator[tuple[str, ...]]:
    """Fill an index; yield a line for the last batches up to each of some numbers of texts.

    Parameters
    ----------
    served
        Returns the CPU seconds of the server.
    """
    marks = {min(mark, texts) for mark in MARKS}
    wall = client = server = 0.0
    with dedup.Index(place) as index:
        for number, some in enumerate(islice(written(path), texts // BATCH)):
            if (number + LAST) * BATCH in marks:
                wall, client, server = perf_counter(), process_time(), served()
            index.add(some, ids=range(number * BATCH, number * BATCH + len(some)))
            if (number + 1) * BATCH in marks:
                yield (
                    f"{(number + 1) * BATCH:,}",
                    f"{LAST * BATCH / (perf_counter() - wall):,.0f}",
                    f"{1000 * (process_time() - client) / LAST:,.0f}",
                    f"{1000 * (served() - server) / LAST:,.0f}",
                    f"{index.stats().bytes_per_text / 1000:,.1f}",
                )


@click.command()
@click.option("--texts", type=click.IntRange(20_000), default=100_000, show_default=True)
def main(texts: int) -> None:
    """Fill an index on PostgreSQL."""
    lines: list[tuple[str, ...]] = []
    with (
        tempfile.TemporaryDirectory() as name,
        PostgresServer("fsync=on", "full_page_writes=on", "max_wal_size=1GB") as server,
    ):
        path, url = Path(name, "articles"), server.url()
        write(path, texts + 2 * LAST * BATCH)
        check(server.url("checked"), path, min(CHECKED, texts))
        sqlite = str(Path(name, "seen.db"))
        lines += [("SQLite", *line) for line in fill(sqlite, path, texts, lambda: 0.0)]
        one = fill(url, path, texts, partial(server_seconds, server))
        lines += [("PostgreSQL", *line) for line in one]
        rest = [*islice(written(path), texts // BATCH, None)]
        lines.append(by_clients(server, 1, texts, rest[:LAST]))
        lines.append(by_clients(server, CLIENTS, texts + LAST * BATCH, rest[LAST:]))
        render("Adding in batches of 1,000", HEADERS, lines)
        stored = floor(server, rest[:LAST])
        click.echo(f"floor, only to store the texts on PostgreSQL: {stored:,.0f} texts a second")


if __name__ == "__main__":
    main()
