"""Generate news of any size from a seed, with known copies.

``python -m benchmarks.generated_texts --count 100000 --seed 1 -o dump.jsonl`` writes JSON lines.

Every choice is a hash of the seed, the row and the name of the choice. So a row is the same in a
dump of any size, and a copy can be made without its original in memory.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import pairwise
from math import exp
from pathlib import Path
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Kind = Literal["article", "paragraph"]

BATCH_ROWS = {"article": 1 << 12, "paragraph": 1 << 15}  # made at once, about 2 million words
LENGTH = {"article": (400, 0.7), "paragraph": (40, 0.6)}  # log-normal: median words, sigma
VOCABULARY, OUTLETS = 50_000, 40
# How a text was copied; a paragraph has no headline.
HOW = ("original", "exact", "words edited", "paragraphs changed", "beginning", "other headline")
ORIGINAL, EXACT, EDITED, PARTS, BEGINNING, HEADLINE = range(len(HOW))
COPIED, DOUBLED, WITH_FOOTER, BOILERPLATE = 0.3, 0.03, 0.9, 0.04  # shares of the rows
REPLACED = 0.02  # share of the words of an edited copy
DROPPED = 0.15  # share of the paragraphs of a copy with changed paragraphs
# How a word is written, with the characters after it.
SHAPES = ("{} ", "{}, ", "{} ", "{}. ", "{}.\n\n", "{}\n\n")
PLAIN, COMMA, CAPITAL, STOP, PARAGRAPH, LINE = range(len(SHAPES))
# Per 65,536 words: ends of sentences, ends of paragraphs, commas.
STOPS, PARAGRAPH_STOPS, COMMAS = 0x10000 // 18, 0x10000 // 18 // 3, 0x10000 // 16
TITLE, BODY, SECOND_BODY, ADDED, FOOTER = range(5)  # segments of a page, in order
GOLDEN_RATIO = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Dump:
    """Generated texts, or the batch of them that begins at row ``first``."""

    first: int
    texts: list[str]
    origin: I64  # (n,): row of the original; the row itself if it is no copy
    how: I64  # (n,): index into HOW


def dump(count: int, seed: int = 1, kind: Kind = "article") -> Dump:
    """Generate ``count`` news pages or paragraphs; see ``iter_dump``."""
    batches = list(iter_dump(count, seed, kind))
    empty = np.zeros(0, np.int64)
    return Dump(
        first=0,
        texts=[text for batch in batches for text in batch.texts],
        origin=np.concatenate([empty, *(batch.origin for batch in batches)]),
        how=np.concatenate([empty, *(batch.how for batch in batches)]),
    )


def iter_dump(count: int, seed: int = 1, kind: Kind = "article") -> Iterator[Dump]:
    """Yield generated texts in batches: invented words with Zipfian frequencies, and known copies.

    Three rows in ten copy an earlier original, in one of the ways of ``HOW``. Most articles end
    with the footer of one of 40 outlets (that of the original if the copy is exact). Some articles
    have their body twice. One paragraph in 25 is a footer: rows 0 to 39 are the originals.
    """
    for first in range(0, count, BATCH_ROWS[kind]):
        rows = np.arange(first, min(first + BATCH_ROWS[kind], count))
        origin = _origins(seed, rows, kind)
        ways = len(HOW) - 1 - (kind == "paragraph")
        how = np.where(origin == rows, ORIGINAL, 1 + _below(_drawn(seed, "how", rows), ways))
        yield Dump(first, _texts(seed, rows, origin, how, kind), origin, how)


def distinct_paragraphs(count: int, seed: int = 1) -> list[str]:
    """Generate paragraphs without copies."""
    return [
        text
        for first in range(0, count, BATCH_ROWS["paragraph"])
        for rows in [np.arange(first, min(first + BATCH_ROWS["paragraph"], count)) + OUTLETS]
        for text in _texts(seed, rows, rows, np.zeros_like(rows), "paragraph")
    ]


def giant_cluster(count: int, seed: int = 1, words: int = 60) -> list[str]:
    """Generate copies of one text, each with one to three words replaced."""
    starts = range(0, count, BATCH_ROWS["article"])
    batches = (np.arange(first, min(first + BATCH_ROWS["article"], count)) for first in starts)
    return [text for rows in batches for text in _edited(seed, rows, words)]


def _edited(seed: int, rows: I64, words: int) -> list[str]:
    place = np.arange(words)
    base = _words(_drawn(seed, "cluster", place))
    shape = np.where(place == 0, CAPITAL, np.where(place == words - 1, PARAGRAPH, PLAIN))
    table = np.tile(base, (len(rows), 1))
    edits = 1 + _below(_drawn(seed, "edits", rows), 3)
    for edit in range(3):
        edited = np.flatnonzero(edits > edit)
        places = _below(_drawn(seed, f"place {edit}", rows[edited]), words)
        table[edited, places] = _words(_drawn(seed, f"word {edit}", rows[edited]))
    spelled = (table * len(SHAPES) + shape).reshape(-1)
    return _spell(spelled, np.full(len(rows), words))


def _origins(seed: int, rows: I64, kind: Kind) -> I64:
    """Return the original of each row.

    A copy of a copy counts as a copy of the original, so often-copied rows are copied more often.
    """
    origin = rows.copy()
    pending = np.flatnonzero(rows >= OUTLETS)
    while len(pending):
        at = origin[pending]
        boilerplate = (kind == "paragraph") & _chance(_drawn(seed, "boilerplate", at), BOILERPLATE)
        copied = _chance(_drawn(seed, "copied", at), COPIED) & ~boilerplate
        # Most copies are recent: the range of earlier rows is halved 0 to 19 times.
        age = np.maximum(at >> _below(_drawn(seed, "age", at), 20), 1)
        earlier = at - 1 - _below(_drawn(seed, "of", at), age)
        outlet = _below(_drawn(seed, "outlet", at), OUTLETS)
        origin[pending] = np.where(boilerplate, outlet, np.where(copied, earlier, at))
        pending = pending[copied & (earlier >= OUTLETS)]
    return origin


def _texts(seed: int, rows: I64, origin: I64, how: I64, kind: Kind) -> list[str]:
    """Return the texts of rows: the words of each segment, edited, without dropped paragraphs."""
    keys, lengths = _segments(seed, rows, origin, how, kind)
    segment = np.repeat(np.arange(lengths.size), lengths.reshape(-1))
    row, part = np.divmod(segment, FOOTER + 1)
    last = np.cumsum(lengths)[segment] - 1
    place = np.arange(len(segment)) - (last + 1 - lengths.reshape(-1)[segment])
    bits = _mix(keys.reshape(-1)[segment] + place.astype(np.uint64) * GOLDEN_RATIO)
    words = _words(bits)

    # The low bits of a hash decide how the word is written and whether it ends a sentence.
    low = (bits & np.uint64(0xFFFF)).astype(np.int64)
    stop = (low < STOPS) & (part != TITLE)
    ends = stop & (low < PARAGRAPH_STOPS) if kind == "article" else stop  # of paragraphs
    shape = np.where(low >= 0x10000 - COMMAS, COMMA, PLAIN)
    shape[stop] = STOP
    if kind == "article":
        shape[ends] = PARAGRAPH
    final = np.arange(len(segment)) == last
    closing = PARAGRAPH if kind == "article" else STOP  # a paragraph is one line
    shape[final] = np.where(part[final] == TITLE, LINE, closing)
    starts = (place == 0) | np.concatenate(([False], stop[:-1]))
    shape[starts & (shape <= COMMA)] = CAPITAL

    # Both copies of a body have the same edits, at least one.
    body = (part == BODY) | (part == SECOND_BODY)
    edit = _drawn(seed, "edit", rows)[row]
    scattered = _mix(edit + place.astype(np.uint64) * GOLDEN_RATIO)
    always_edited = place == _below(edit, lengths[row, BODY])
    edited = (always_edited | _chance(scattered, REPLACED)) & body & (how[row] == EDITED)
    words[edited] = _words(_mix(scattered[edited]))

    # The first paragraph always stays.
    before = np.cumsum(ends) - ends
    number = before - before[last + 1 - lengths.reshape(-1)[segment]]
    dropped = _chance(_mix(edit - number.astype(np.uint64) * GOLDEN_RATIO), DROPPED)
    kept = ~(dropped & (number > 0) & body & (how[row] == PARTS))
    return _spell((words * len(SHAPES) + shape)[kept], np.bincount(row[kept], minlength=len(rows)))


def _segments(seed: int, rows: I64, origin: I64, how: I64, kind: Kind) -> tuple[U64, I64]:
    """Return key and length in words of each segment of each row, (n, 5) each."""
    source = np.where(how == EXACT, origin, rows)  # row that decides about footer and doubling
    outlet = _below(_drawn(seed, "outlet", source), OUTLETS)
    titled = np.where(how == HEADLINE, rows, origin)
    normal, (median, sigma) = NormalDist(), LENGTH[kind]
    quantiles = [median * exp(sigma * normal.inv_cdf((at + 0.5) / 1024)) for at in range(1024)]
    body_words = (
        np.array(quantiles).round().astype(np.int64)[_below(_drawn(seed, "size", origin), 1024)]
    )
    footer = 20 + _below(_drawn(seed, "footer size", outlet), 41)
    if kind == "paragraph":  # rows 0 to 39 are footers
        body_words = np.where(
            origin < OUTLETS, 20 + _below(_drawn(seed, "size", origin), 41), body_words
        )
    share = 0.3 + _below(_drawn(seed, "beginning", rows), 60) / 100
    body_words = np.where(
        how == BEGINNING, np.ceil(body_words * share).astype(np.int64), body_words
    )
    added = np.where(how == PARTS, 10 + _below(_drawn(seed, "added size", rows), 30), 0)
    page = np.int64(kind == "article")
    doubled = _chance(_drawn(seed, "doubled", source), DOUBLED)
    with_footer = _chance(_drawn(seed, "closed", source), WITH_FOOTER)
    title = 6 + _below(_drawn(seed, "title size", titled), 7)
    body = _drawn(seed, "body", origin)
    added_key, footer_key = _drawn(seed, "added", rows), _drawn(seed, "footer", outlet)
    keys = (_drawn(seed, "title", titled), body, body, added_key, footer_key)
    lengths = (
        page * title,
        body_words,
        page * doubled * body_words,
        added,
        page * with_footer * footer,
    )
    return np.stack(keys, 1), np.stack(lengths, 1)


def _mix(bits: U64) -> U64:
    """Mix 64 bits, one to one (the finaliser of splitmix64)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def _drawn(seed: int, what: str, rows: I64) -> U64:
    """Draw 64 random bits for each row."""
    key = blake2b(f"{seed} {what}".encode(), digest_size=8).digest()
    return _mix(rows.astype(np.uint64) * GOLDEN_RATIO + np.frombuffer(key, "<u8"))


def _below(bits: U64, bound: int | I64) -> I64:
    """Convert random bits to integers below a bound of at most 2**32."""
    bounds = np.asarray(bound).astype(np.uint64)
    return ((bits >> np.uint64(32)) * bounds >> np.uint64(32)).astype(np.int64)


def _chance(bits: U64, share: float) -> Flags:
    return bits < np.uint64(int(share * 2.0**64))


@cache
def _vocabulary() -> tuple[I64, npt.NDArray[np.object_]]:
    """Return the word of each of 2**20 equal chances (Zipf), and each word in each shape."""
    weight = np.cumsum(1 / (np.arange(VOCABULARY) + 2.7))
    words = np.searchsorted(weight, (np.arange(1 << 20) + 0.5) / (1 << 20) * weight[-1])
    syllables = [onset + vowel for onset in "bdfgklmnprstvz" for vowel in "aeiou"]
    spelled = []
    for rank in range(VOCABULARY):
        # The prime separates neighbours; words differ, since all ranks are below 70**3.
        code, size = rank * 7919 % 70**3, 3
        if rank < 70 + 70**2:
            code, size = (rank, 1) if rank < 70 else (rank - 70, 2)
        word = "".join(syllables[code // 70**place % 70] for place in range(size))
        spelled += [
            shape.format(word.capitalize() if number == CAPITAL else word)
            for number, shape in enumerate(SHAPES)
        ]
    return words, np.array(spelled, object)


def _words(bits: U64) -> I64:
    words: I64 = _vocabulary()[0][bits >> np.uint64(44)]
    return words


def _spell(spelled: I64, lengths: I64) -> list[str]:
    words = _vocabulary()[1][spelled].tolist()
    bounds = pairwise([0, *np.cumsum(lengths).tolist()])
    return ["".join(words[start:stop]).rstrip() for start, stop in bounds]


def main() -> None:
    """Write generated news as JSON lines."""
    parser = argparse.ArgumentParser(description="Write generated news as JSON lines.")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=list(BATCH_ROWS), default="article")
    parser.add_argument("-o", "--output", type=Path, help="default: standard output")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        file = stack.enter_context(arguments.output.open("w")) if arguments.output else sys.stdout
        for batch in iter_dump(arguments.count, arguments.seed, arguments.kind):
            for row, text in enumerate(batch.texts, batch.first):
                file.write(json.dumps({"id": row, "text": text}) + "\n")


if __name__ == "__main__":
    main()
