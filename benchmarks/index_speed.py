"""Speed and size of an index in a file: ``python -m benchmarks.index_speed --texts 1000000``.

The texts are generated articles of some 550 words, three in ten are copies, added in batches of
1,000. With ``--real``, an article joins halves of two real articles (at most 250 words each), so
many articles share half of their text; three in ten are copies.

Before anything is timed, the first decisions are compared with those of ``deduplicate``. A row of
the table covers the batches since the row before it; the last row covers the last 20 batches.
Another process makes the articles and checks, so the memory is that of the index. The floor is to
store the same compressed texts by id in SQLite and nothing else.
"""

import pickle
import random
import resource
import sqlite3
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, suppress
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time

import click
import numpy as np

import dedup
from benchmarks import corpora, generated_texts
from benchmarks.tables import render
from dedup.index.stores.text_codec import TextCodec, train_dictionary

BATCH = 1000
CHECKED_TEXTS = 20_000  # compared with ``deduplicate``
LAST_BATCHES = 20  # of the last row
QUERIES = 200  # of indexed texts, and as many of new ones
SEED = 7
CORPORA = "allsides", "trove_press_refugees"
ARTICLE_WORDS = range(300, 3001)  # of a real article
HALF_WORDS = 250  # at most, of each of two articles
COPIED_SHARE = 0.3
HEADERS = ("texts", "kept", "texts a second", "CPU ms a batch", "slowest s", "bytes a text", "MB")


def articles(count: int, seed: int = SEED) -> Iterator[list[str]]:
    """Yield batches of generated articles."""
    generated_texts.LENGTH["article"] = (490, 0.2)  # with title and footer some 550 words
    texts = chain.from_iterable(part.texts for part in generated_texts.iter_dump(count, seed))
    while batch := list(islice(texts, BATCH)):
        yield batch


def halves(count: int, seed: int = SEED) -> Iterator[list[str]]:
    """Yield batches of articles that join halves of two real articles."""
    paths = [corpora.folder() / name / "articles.jsonl.zst" for name in CORPORA]
    words = [record["text"].split(" ") for path in paths for record in corpora.records(path)]
    words = [split for split in words if len(split) in ARTICLE_WORDS]
    rng, made = random.Random(seed), list[str]()
    while len(made) < count:
        if made and rng.random() < COPIED_SHARE:
            made.append(rng.choice(made) + rng.choice(["", " updated"]))
        else:
            head, tail = rng.choice(words), rng.choice(words)
            beginning = head[: min(HALF_WORDS, len(head) // 2)]
            end = tail[-min(HALF_WORDS, len(tail) // 2) :]
            made.append(" ".join(beginning + end))
        if len(made) % BATCH == 0 or len(made) == count:
            yield made[(len(made) - 1) // BATCH * BATCH :]


def write(path: Path, count: int, seed: int = SEED, *, real: bool = False) -> None:
    """Write batches of articles to a file."""
    with path.open("wb") as file:
        for batch in halves(count, seed) if real else articles(count, seed):
            pickle.dump(batch, file)


def read(path: Path) -> Iterator[list[str]]:
    """Yield the batches of a file."""
    with path.open("rb") as file, suppress(EOFError):
        while True:
            yield pickle.load(file)  # noqa: S301  written by ``write``


def check(place: str | Path, path: Path, count: int) -> None:
    """Compare the decisions of a new index with ``deduplicate``, for the first texts of a file."""
    from benchmarks.check_output import WrongResultError  # noqa: PLC0415  its imports take memory

    texts = [text for batch in islice(read(path), count // BATCH) for text in batch]
    with dedup.Index(place) as index:
        kept = [
            index.add(texts[start : start + BATCH], ids=range(start, start + BATCH)).keep
            for start in range(0, len(texts), BATCH)
        ]
    if np.concatenate(kept).tolist() != dedup.deduplicate(texts, keep="first").keep.tolist():
        raise WrongResultError("the index and deduplicate kept different texts")


def floor(folder: Path, batches: list[list[str]]) -> float:
    """Return the texts a second that SQLite stores, compressed, without any decision."""
    codec = TextCodec(train_dictionary([text.encode() for text in batches[0]]))
    with closing(sqlite3.connect(folder / "floor.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE text (row INTEGER PRIMARY KEY, id NOT NULL UNIQUE, text)")
        start, row = perf_counter(), 0
        for batch in batches:
            connection.execute("BEGIN")
            compressed = (
                (row + at, row + at, codec.compress(t.encode())) for at, t in enumerate(batch)
            )
            connection.executemany("INSERT INTO text VALUES (?, ?, ?)", compressed)
            connection.execute("COMMIT")
            row += len(batch)
    return row / (perf_counter() - start)


def query_times(index: dedup.Index, folder: Path) -> str:
    """Return median and 99th percentile of queries of one text, indexed or new."""
    walls = []
    for text in chain(*read(folder / "old"), *read(folder / "new")):
        start = perf_counter()
        index.query([text])
        walls.append(1000 * (perf_counter() - start))
    half, most = np.quantile(walls, [0.5, 0.99])
    return f"median {half:.1f} ms, 99th percentile {most:.1f} ms"


class Meter:
    """Cost of adding between two rows of the table."""

    def __init__(self) -> None:
        self.walls: list[float] = []
        self.processor = 0.0

    def add(self, index: dedup.Index, first: int, texts: list[str]) -> int:
        """Add a batch; return the number of kept texts."""
        wall, processor = perf_counter(), process_time()
        kept = int(index.add(texts, ids=range(first, first + len(texts))).keep.sum())
        self.walls.append(perf_counter() - wall)
        self.processor += process_time() - processor
        return kept

    def row(self, index: dedup.Index, seen: int) -> tuple[str, ...]:
        """Return the row and start a new one."""
        stats, batches = index.stats(), len(self.walls)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        row = (
            f"{seen:,}",
            f"{stats.texts:,}",
            f"{BATCH * batches / sum(self.walls):,.0f}",
            f"{1000 * self.processor / batches:,.0f}",
            f"{max(self.walls):.2f}",
            f"{stats.bytes_per_text:,.0f}",
            f"{peak:,.0f}",
        )
        self.walls, self.processor = [], 0.0
        return row


@click.command(help=__doc__)
@click.option("--texts", default=50_000, show_default=True, help="Number of texts to add.")
@click.option("--folder", type=click.Path(path_type=Path), help="Parent folder of the index.")
@click.option("--real", is_flag=True, help="Add halves of real articles.")
def main(texts: int, folder: Path | None, *, real: bool) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        # Another process, so that its memory does not count.
        with ProcessPoolExecutor(1, get_context("spawn")) as helper:
            helper.submit(write, place / "articles", texts, real=real).result()
            path, count = place / "articles", min(CHECKED_TEXTS, texts)
            helper.submit(check, place / "checked.db", path, count).result()
            helper.submit(write, place / "old", QUERIES, real=real).result()
            helper.submit(write, place / "new", QUERIES, SEED + 1, real=real).result()
        batches, rows_shown = -(-texts // BATCH), 8
        rows, meter = [], Meter()
        with dedup.Index(place / "seen.db") as index:
            for number, batch in enumerate(read(place / "articles")):
                if number == batches - LAST_BATCHES:
                    meter = Meter()
                meter.add(index, number * BATCH, batch)
                is_mark = (number + 1) % max(batches // rows_shown, 1) == 0
                if number < batches - LAST_BATCHES and is_mark:
                    click.echo(f"{(number + 1) * BATCH:,} texts", err=True)
                    rows.append(meter.row(index, (number + 1) * BATCH))
            rows.append(meter.row(index, texts))
            queries = ["query of one text: " + query_times(index, place)]
            index.compact()
            queries.append("the same after compact(): " + query_times(index, place))
        render("Adding", HEADERS, rows)
        click.echo("\n".join(queries))
        last = list(islice(read(place / "articles"), max(batches - LAST_BATCHES, 0), None))
        click.echo(f"floor, storing the texts only: {floor(place, last):,.0f} texts a second")


if __name__ == "__main__":
    main()
