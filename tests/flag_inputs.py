"""Input files in which every setting of the command has an effect."""

import csv
import io
import json
import random
import unicodedata
from pathlib import Path

from dedup.matching.decisions import DECISIONS_HEAD, Judgement
from tests.warc_records import warc_record

FOOTER = "Sign up for our letter and have the news of the county before you get up."
DIVIDEND = (
    "The board of Vey Shipping declared a quarterly dividend of {} cents a share to those who hold "
    "one at the close of business, and said that it expects to keep to this policy as long as "
    "trade at the port goes on as it did in the last two years."
)
VOCABULARY = ["".join(random.Random(word).choices("aeilnorst", k=6)) for word in range(2000)]


def words(number: int, count: int = 40) -> list[str]:
    """Return ``count`` words of the vocabulary, drawn with the seed ``number``."""
    return random.Random(number).choices(VOCABULARY, k=count)


def text_of(number: int) -> str:
    """Return a text whose lines repeat each other in every way that a setting distinguishes."""
    story, other, third, typed = (words(number + part) for part in range(4))
    lines = [
        story,
        ["changed", *story[1:-1], "changed"],
        words(number + 4, 5),
        other,
        other[:24],
        third,
        random.Random(number).sample(third, len(third)),
        typed,
        [f"x{word[1:]}" if place % 5 == 0 else word for place, word in enumerate(typed)],
        words(number + 4, 5),
        [*words(number + 5, 30), "naïve.", *words(number + 6, 30)],
        [*words(number + 7, 30), "odd.", *words(number + 6, 30)],
        [*words(number + 8, 60), "glued", *words(number + 9, 30)],
        [*words(number + 10, 30), *words(number + 8, 60), *words(number + 11, 30)],
        [*words(number + 12, 70), *words(number + 9, 30)],
        [*words(number + 13, 70), *words(number + 12, 45)],
    ]
    return "".join(" ".join(line).capitalize() + "\n" for line in lines)


def page_of(number: int) -> str:
    """Return a page of a site: a text of its own, and lines that all pages have."""
    frame = [words(1000 + line, 4) for line in range(60)]
    return "".join(" ".join(line).capitalize() + "\n" for line in [words(number), *frame])


def as_csv(texts: list[str]) -> bytes:
    rows = io.StringIO()
    writer = csv.writer(rows)
    writer.writerow(["id", "body", "text"])
    writer.writerows([f"r{row}", " ".join(words(row % 9)), text] for row, text in enumerate(texts))
    return rows.getvalue().encode()


def records() -> list[str]:
    whole = [line.strip() for line in text_of(100).splitlines()]
    accents = " ".join(f"{word}é" for word in words(200))
    return [
        *whole,
        whole[0].upper(),
        text_of(300),
        *(DIVIDEND.format(cents) for cents in (12, 15)),
        *(unicodedata.normalize(form, accents) for form in ("NFC", "NFD")),
        *(f"{' '.join(words(400 + row, 20 + 9 * row))}\n{FOOTER}\n" for row in range(14)),
        page_of(600),
        page_of(601),
    ]


RECORDS = records()
FILES = {
    "a.txt": "\n".join([text_of(0), *map(DIVIDEND.format, (12, 15)), ""]).encode(),
    "news.jsonl": b"".join(
        json.dumps({"id": f"r{row}", "body": " ".join(words(row % 9)), "text": text}).encode()
        + b"\n"
        for row, text in enumerate(RECORDS)
    ),
    "news.csv": as_csv(RECORDS),
    "news.wet": b"".join(
        warc_record(text, WARC_Record_ID=f"<{row}>") for row, text in enumerate(RECORDS)
    ),
    "decided.jsonl": "".join(
        f"{line}\n"
        for line in (
            json.dumps(DECISIONS_HEAD),
            Judgement.of_texts(RECORDS[2], RECORDS[3], "remove").to_json(),
        )
    ).encode(),
    "old.jsonl": json.dumps({"text": RECORDS[0]}).encode() + b"\n",
    "old/old.txt": RECORDS[0].encode(),
    "bad.txt": text_of(0).encode() + b"na\xefve\n",
    "bad.jsonl": b'{"text": "one"}\n{oops\n',
    "bad.csv": b"text,b\none,1\ntwo,2,3\n",
    "bad.wet": warc_record("one") + warc_record("two")[:-9],
    "bad/bad.txt": b"na\xefve\n",
    "cells.csv": b"text;b,c\none, two;1\nOne two;2\n",
    **{f"crawl/{row:02}.txt": text.encode() for row, text in enumerate(RECORDS)},
}


def write_parquet(path: Path) -> None:
    """Write the records as a table."""
    import pyarrow as pa  # noqa: PLC0415  optional
    from pyarrow import parquet  # noqa: PLC0415

    columns = {
        "id": [f"r{row}" for row in range(len(RECORDS))],
        "body": [" ".join(words(row % 9)) for row in range(len(RECORDS))],
        "text": RECORDS,
    }
    parquet.write_table(pa.table(columns), path)
