"""The files that the benchmark of files cleans: written and read record by record."""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.corpora import articles
from benchmarks.generated_texts import Kind, iter_dump
from benchmarks.peers.corpus import MIN_LONG_WORDS
from benchmarks.peers.protocol import NGRAM_SIZE

NEWS = ("allsides", "trove_press_refugees")
REPEATED_BYTES = 421_000_000  # of real news with their edited copies
# One word in four is changed in a copy: it is no candidate of its original. With one in ten, each
# copy has to be compared, and is found not to be similar enough.
WORDS_PER_EDIT, WORDS_PER_RARE_EDIT, SEED = 4, 10, 3
TABLE_BATCH = 1 << 13  # records that are written to a table at a time


def repeated_with_edits(
    texts: Sequence[str], size: int, words_per_edit: int = WORDS_PER_EDIT
) -> Iterator[str]:
    """Yield texts, then edited copies of them, until as JSON they have about ``size`` bytes.

    In a copy one word of ``words_per_edit`` is reversed, other words in each round.

    Examples
    --------
    >>> texts = ["one two three four five six seven eight nine ten"]
    >>> [*repeated_with_edits(texts, 100, 10)][1]
    'one two three ruof five six seven eight nine ten'
    """
    rng, edits = random.Random(SEED), False
    while texts:
        for text in texts:
            copy = _edited(text, rng, words_per_edit) if edits else text
            yield copy
            size -= len(json.dumps(copy, ensure_ascii=False).encode("utf-8", "surrogatepass"))
            if size <= 0:
                return
        edits = True


def _edited(text: str, rng: random.Random, words_per_edit: int) -> str:
    words = text.split(" ")
    for _ in range(max(1, len(words) // words_per_edit)):
        place = rng.randrange(len(words))
        words[place] = words[place][::-1]
    return " ".join(words)


def chosen_texts(
    data: Sequence[str], count: int | None, kind: Kind, megabytes: int | None
) -> tuple[str, Iterator[str]]:
    """Return a name and the texts for the options of the benchmark.

    Raises
    ------
    FileNotFoundError
        If a corpus is missing.
    """
    if count is not None:
        batches = iter_dump(count, kind=kind)
        return f"{count:,} generated {kind}s", (text for batch in batches for text in batch.texts)
    names, size = data or NEWS, REPEATED_BYTES if megabytes is None else megabytes * 1_000_000
    texts = articles(*names)
    return f"{', '.join(names)}, repeated with edits", repeated_with_edits(texts, size)


def write_record(file: BinaryIO, row: int, text: str) -> int:
    """Write a JSON line; return the bytes of the text."""
    # UTF-8, as real files have it: with escapes, parsing takes half as long again.
    line = json.dumps({"id": row, "text": text}, ensure_ascii=False)
    file.write(line.encode("utf-8", "surrogatepass") + b"\n")
    return len(text.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class Source:
    """A file of JSON lines with the row number as id; the last row copies an earlier one."""

    path: Path
    original: int  # row that the last one copies
    count: int
    size: int  # bytes of text
    short: int  # texts with fewer words than text-dedup accepts

    @classmethod
    def write(cls, texts: Iterable[str], path: Path) -> "Source":
        """Write texts, and a copy of the first long one, or of the first one, at the end."""
        original, original_text, count, size, short = 0, "", 0, 0, 0
        with path.open("wb") as file:
            for count, text in enumerate(texts, 1):
                words = text.count(" ") + 1
                if not original_text and words >= MIN_LONG_WORDS:
                    original, original_text = count - 1, text
                size += write_record(file, count - 1, text)
                short += words < NGRAM_SIZE
            size += write_record(file, count, original_text)
        return cls(path, original, count + 1, size, short)

    @property
    def description(self) -> str:
        megabytes = self.path.stat().st_size / 1e6
        return f"{self.count:,} records, {megabytes:,.1f} MB, {self.size / 1e6:,.1f} MB of text"

    def without_line_breaks(self, path: Path) -> "Source":
        """Write the same records with spaces in place of line breaks."""
        with self.path.open("rb") as lines, path.open("wb") as file:
            for row, line in enumerate(lines):
                write_record(file, row, " ".join(orjson.loads(line)["text"].split()))
        return Source(path, self.original, self.count, self.size, self.short)

    def with_rarer_edits(self, path: Path) -> "Source":
        """Write the first half of the records, and copies with fewer edits, to the same size."""
        with self.path.open("rb") as lines:
            texts = [orjson.loads(line)["text"] for line in islice(lines, self.count // 2)]
        size = self.path.stat().st_size
        return self.write(repeated_with_edits(texts, size, WORDS_PER_RARE_EDIT), path)

    def as_parquet(self, path: Path) -> Path:
        """Write the same records as Parquet; return the path."""
        schema = pa.schema([("id", pa.int64()), ("text", pa.string())])
        with self.path.open("rb") as lines, pq.ParquetWriter(path, schema) as writer:
            records = map(orjson.loads, lines)
            while batch := list(islice(records, TABLE_BATCH)):
                writer.write_table(pa.Table.from_pylist(batch, schema))
        return path
