"""Speed of an index on PostgreSQL: ``python -m benchmarks.shared_index_speed``.

The articles are those of ``benchmarks.index_speed``. The script starts a server with default
settings in a temporary folder and connects by a socket. Before anything is timed, decisions are
compared with those of ``deduplicate``. The floor is to store the same compressed texts by id in a
table, one transaction a batch. CPU time is that of the clients and of all processes of the server.
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
from benchmarks.index_speed import BATCH, LAST_BATCHES, check, read, write
from benchmarks.tables import render
from dedup.index.stores.text_codec import TextCodec, train_dictionary
from tests.postgres_server import PostgresServer

CHECKED_TEXTS = 5_000  # compared with ``deduplicate``
CLIENTS = 4
SIZES = (20_000, 100_000)  # texts in the index
HEADERS = ("", "texts", "texts a second", "client CPU ms a batch", "server CPU ms", "kB a text")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def server_seconds(server: PostgresServer) -> float:
    """Return the CPU time of a server and its child processes, running or ended (Linux)."""
    main = server.pid
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    ticks = [_ticks(number)[:2] for number in children] + [_ticks(str(main))]
    return sum(map(sum, ticks)) / TICKS_PER_SECOND


def _ticks(number: str) -> list[int]:
    """Return the user and system ticks of a process, then those of its ended children."""
    line = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2]
    return [int(field) for field in line.split()[11:15]]


def floor(server: PostgresServer, batches: list[list[str]]) -> float:
    """Return the texts a second that the server stores, compressed, without any decision."""
    codec = TextCodec(train_dictionary([text.encode() for text in batches[0]]))
    with psycopg.connect(server.url().partition("&")[0], autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE floor (row bigint PRIMARY KEY, id bytea UNIQUE, text bytea)"
        )
        connection.execute("ALTER TABLE floor ALTER COLUMN text SET STORAGE EXTERNAL")
        start, row = perf_counter(), 0
        for batch in batches:
            rows = [
                (row + at, b"%d" % (row + at), codec.compress(t.encode()))
                for at, t in enumerate(batch)
            ]
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany("INSERT INTO floor VALUES (%s, %s, %s)", rows)
            row += len(batch)
    return row / (perf_counter() - start)


def add(
    url: str, first: int, batches: list[list[str]], barrier: Barrier, spent: "Queue[float]"
) -> None:
    """Add batches as one of several clients; put the CPU seconds into `spent`."""
    with dedup.Index(url) as index:
        barrier.wait()
        start_cpu = process_time()
        for number, batch in enumerate(batches):
            start = first + number * BATCH
            index.add(batch, ids=range(start, start + len(batch)))
        spent.put(process_time() - start_cpu)
        barrier.wait()


def clients_row(
    server: PostgresServer, clients: int, first: int, batches: list[list[str]]
) -> tuple[str, ...]:
    """Return the row of new clients that add batches at the same time."""
    context = get_context("spawn")
    barrier, spent = context.Barrier(clients + 1), context.Queue()
    each = len(batches) // clients
    processes = []
    for client in range(clients):
        of_client = batches[client * each : client * each + each]
        arguments = (server.url(), first + client * each * BATCH, of_client, barrier, spent)
        processes.append(context.Process(target=add, args=arguments))
        processes[-1].start()
    barrier.wait()
    start_wall, start_server = perf_counter(), server_seconds(server)
    barrier.wait()
    wall, server_cpu = perf_counter() - start_wall, server_seconds(server) - start_server
    client_seconds = sum(spent.get() for _ in processes)
    for process in processes:
        process.join()
    count = each * clients
    return (
        f"{clients} new client{'s' * (clients > 1)}",
        f"{first + BATCH * count:,}",
        f"{BATCH * count / wall:,.0f}",
        f"{1000 * client_seconds / count:,.0f}",
        f"{1000 * server_cpu / count:,.0f}",
        "",
    )


def fill(
    place: str, path: Path, texts: int, server_cpu: Callable[[], float]
) -> Iterator[tuple[str, ...]]:
    """Fill an index; yield a row for the last batches before each of ``SIZES``.

    Parameters
    ----------
    server_cpu
        Returns the CPU seconds of the server.
    """
    sizes = {min(mark, texts) for mark in SIZES}
    wall = client = server = 0.0
    with dedup.Index(place) as index:
        for number, batch in enumerate(islice(read(path), texts // BATCH)):
            if (number + LAST_BATCHES) * BATCH in sizes:
                wall, client, server = perf_counter(), process_time(), server_cpu()
            index.add(batch, ids=range(number * BATCH, number * BATCH + len(batch)))
            if (number + 1) * BATCH in sizes:
                yield (
                    f"{(number + 1) * BATCH:,}",
                    f"{LAST_BATCHES * BATCH / (perf_counter() - wall):,.0f}",
                    f"{1000 * (process_time() - client) / LAST_BATCHES:,.0f}",
                    f"{1000 * (server_cpu() - server) / LAST_BATCHES:,.0f}",
                    f"{index.stats().bytes_per_text / 1000:,.1f}",
                )


@click.command(help=__doc__)
@click.option("--texts", type=click.IntRange(20_000), default=100_000, show_default=True)
def main(texts: int) -> None:
    rows: list[tuple[str, ...]] = []
    with (
        tempfile.TemporaryDirectory() as name,
        PostgresServer("fsync=on", "full_page_writes=on", "max_wal_size=1GB") as server,
    ):
        path, url = Path(name, "articles"), server.url()
        write(path, texts + 2 * LAST_BATCHES * BATCH)
        check(server.url("checked"), path, min(CHECKED_TEXTS, texts))
        sqlite = str(Path(name, "seen.db"))
        rows += [("SQLite", *row) for row in fill(sqlite, path, texts, lambda: 0.0)]
        one_client = fill(url, path, texts, partial(server_seconds, server))
        rows += [("PostgreSQL", *row) for row in one_client]
        rest = [*islice(read(path), texts // BATCH, None)]
        rows.append(clients_row(server, 1, texts, rest[:LAST_BATCHES]))
        first = texts + LAST_BATCHES * BATCH
        rows.append(clients_row(server, CLIENTS, first, rest[LAST_BATCHES:]))
        render("Adding in batches of 1,000", HEADERS, rows)
        stored = floor(server, rest[:LAST_BATCHES])
        click.echo(f"floor, storing the texts on PostgreSQL only: {stored:,.0f} texts a second")


if __name__ == "__main__":
    main()
