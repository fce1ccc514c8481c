"""Fill an index that lasts, and ask it: ``python -m benchmarks.index --texts 1000000``.

Articles are made up, of some 500 words each, three in ten copies of others, and added in batches
of 1,000. With ``--real`` each is the first half of one real article and the second half of another,
250 words of each at most, so many share half of their text; three in ten are copies.
The first are compared with what ``deduplicate`` says of them before anything is timed. A
line is of the batches since the line before it, the last one of the last LAST batches; another
process makes the articles and compares, so the memory is what an index takes. The floor is to put
the same texts, compressed in the same way, under their ids into a table of SQLite, and
nothing else. The first run compiles: make it a small one.
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
CHECKED = 20_000  # texts of which all decisions are compared
LAST = 20  # batches that are timed
QUERIES = 200  # of texts that the index has, and of others
SEED = 7
CORPORA = "allsides", "trove_press_refugees"  # of real articles
WORDS = range(300, 3001)  # of one of these
HALF = 250  # words of an article, of each of two
COPIES = 0.3  # of all articles
HEADERS = ("texts", "kept", "texts a second", "CPU ms a batch", "slowest s", "bytes a text", "MB")


def articles(count: int, seed: int = SEED) -> Iterator[list[str]]:
    """Yield batches of made-up articles."""
    generated_texts.LENGTH["article"] = (490, 0.2)  # with title and footer some 530 words
    texts = chain.from_iterable(chunk.texts for chunk in generated_texts.iter_dump(count, seed))
    while some := list(islice(texts, BATCH)):
        yield some


def halves(count: int, seed: int = SEED) -> Iterator[list[str]]:
    """Yield batches of articles, each made of halves of two real ones."""
    paths = [corpora.folder() / name / "articles.jsonl.zst" for name in CORPORA]
    words = [record["text"].split(" ") for path in paths for record in corpora.records(path)]
    words = [own for own in words if len(own) in WORDS]
    numbers, made = random.Random(seed), list[str]()
    while len(made) < count:
        if made and numbers.random() < COPIES:
            made.append(numbers.choice(made) + numbers.choice(["", " updated"]))
        else:
            head, tail = numbers.choice(words), numbers.choice(words)
            parts = head[: min(HALF, len(head) // 2)] + tail[-min(HALF, len(tail) // 2) :]
            made.append(" ".join(parts))
        if len(made) % BATCH == 0 or len(made) == count:
            yield made[(len(made) - 1) // BATCH * BATCH :]


def write(path: Path, count: int, seed: int = SEED, *, real: bool = False) -> None:
    """Write batches of articles to a file."""
    with path.open("wb") as file:
        for some in halves(count, seed) if real else articles(count, seed):
            pickle.dump(some, file)


def written(path: Path) -> Iterator[list[str]]:
    """Yield the batches of a file."""
    with path.open("rb") as file, suppress(EOFError):
        while True:
            yield pickle.load(file)  # noqa: S301  what ``write`` wrote


def check(place: str | Path, path: Path, count: int) -> None:
    """Compare a new index with one batch, of the first texts of a file."""
    from benchmarks.check_output import WrongResultError  # noqa: PLC0415  it takes memory

    texts = [text for some in islice(written(path), count // BATCH) for text in some]
    with dedup.Index(place) as index:
        parts = [
            index.add(texts[start : start + BATCH], ids=range(start, start + BATCH)).keep
            for start in range(0, len(texts), BATCH)
        ]
    if np.concatenate(parts).tolist() != dedup.deduplicate(texts, keep="first").keep.tolist():
        raise WrongResultError("an index kept others than one batch does")


def floor(folder: Path, batches: list[list[str]]) -> float:
    """Return the texts a second that SQLite takes, compressed: nothing is decided."""
    codec = TextCodec(train_dictionary([text.encode() for text in batches[0]]))
    with closing(sqlite3.connect(folder / "floor.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE text (row INTEGER PRIMARY KEY, id NOT NULL UNIQUE, text)")
        begin, row = perf_counter(), 0
        for some in batches:
            connection.execute("BEGIN")
            packed = ((row + at, row + at, codec.compress(t.encode())) for at, t in enumerate(some))
            connection.executemany("INSERT INTO text VALUES (?, ?, ?)", packed)
            connection.execute("COMMIT")
            row += len(some)
    return row / (perf_counter() - begin)


def times(index: dedup.Index, folder: Path) -> str:
    """Return how long queries take, of texts that an index has and of others."""
    walls = []
    for text in chain(*written(folder / "old"), *written(folder / "new")):
        begin = perf_counter()
        index.query([text])
        walls.append(1000 * (perf_counter() - begin))
    half, most = np.quantile(walls, [0.5, 0.99])
    return f"{half:.1f} ms, 99 of 100 within {most:.1f} ms"


class Meter:
    """What adding costs between two lines of the table."""

    def __init__(self) -> None:
        self.walls: list[float] = []
        self.processor = 0.0

    def add(self, index: dedup.Index, first: int, texts: list[str]) -> int:
        """Add a batch; return how many are kept."""
        wall, processor = perf_counter(), process_time()
        kept = int(index.add(texts, ids=range(first, first + len(texts))).keep.sum())
        self.walls.append(perf_counter() - wall)
        self.processor += process_time() - processor
        return kept

    def row(self, index: dedup.Index, seen: int) -> tuple[str, ...]:
        """Return the line, and begin anew."""
        stats, batches = index.stats(), len(self.walls)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        line = (
            f"{seen:,}",
            f"{stats.texts:,}",
            f"{BATCH * batches / sum(self.walls):,.0f}",
            f"{1000 * self.processor / batches:,.0f}",
            f"{max(self.walls):.2f}",
            f"{stats.bytes_per_text:,.0f}",
            f"{peak:,.0f}",
        )
        self.walls, self.processor = [], 0.0
        return line


@click.command()
@click.option("--texts", default=50_000, show_default=True, help="How many are added.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where the index lies.")
@click.option("--real", is_flag=True, help="Add halves of real articles.")
def main(texts: int, folder: Path | None, *, real: bool) -> None:
    """Fill an index, and ask it."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        with ProcessPoolExecutor(1, get_context("spawn")) as aside:  # what it holds counts there
            aside.submit(write, place / "articles", texts, real=real).result()
            path, count = place / "articles", min(CHECKED, texts)
            aside.submit(check, place / "checked.db", path, count).result()
            aside.submit(write, place / "old", QUERIES, real=real).result()
            aside.submit(write, place / "new", QUERIES, SEED + 1, real=real).result()
        batches, marks = -(-texts // BATCH), 8
        lines, meter = [], Meter()
        with dedup.Index(place / "seen.db") as index:
            for number, some in enumerate(written(place / "articles")):
                if number == batches - LAST:
                    meter = Meter()
                meter.add(index, number * BATCH, some)
                if number < batches - LAST and (number + 1) % max(batches // marks, 1) == 0:
                    click.echo(f"{(number + 1) * BATCH:,} texts", err=True)
                    lines.append(meter.row(index, (number + 1) * BATCH))
            lines.append(meter.row(index, texts))
            queried = ["query of one text: " + times(index, place)]
            index.compact()
            queried.append("the same, compacted: " + times(index, place))
        render("Adding", HEADERS, lines)
        click.echo("\n".join(queried))
        last = list(islice(written(place / "articles"), max(batches - LAST, 0), None))
        click.echo(f"floor, only to store the texts: {floor(place, last):,.0f} texts a second")


if __name__ == "__main__":
    main()
