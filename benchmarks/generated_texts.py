"""Texts to measure on: the real corpora, and a news dump of any size made from a seed.

``python -m benchmarks.generated_texts --count 100000 --seed 1 -o dump.jsonl`` writes a dump.

Every choice in a dump is a hash of the seed, the row and what is chosen, so a row is the
same in a dump of any size, and a copy is made without its original at hand.
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

CHUNK = {"article": 1 << 12, "paragraph": 1 << 15}  # rows made at once, about 2 million words
LENGTH = {"article": (400, 0.7), "paragraph": (40, 0.6)}  # median words and sigma: log-normal
VOCABULARY, OUTLETS = 50_000, 40
# What was done to a copy; a paragraph has no headline.
HOW = ("original", "exact", "words edited", "parts changed", "beginning", "other headline")
ORIGINAL, EXACT, EDITED, PARTS, BEGINNING, HEADLINE = range(len(HOW))
COPIED, DOUBLED, CLOSED, BOILERPLATE = 0.3, 0.03, 0.9, 0.04  # shares of the rows
REPLACED, DROPPED = 0.02, 0.15  # of the words of an edited copy, of the parts of a changed one
# How a word is written; the space behind a word belongs to it.
SHAPES = ("{} ", "{}, ", "{} ", "{}. ", "{}.\n\n", "{}\n\n")
PLAIN, COMMA, CAPITAL, STOP, PARAGRAPH, LINE = range(len(SHAPES))
# In 65536ths: how often a word closes a sentence, one of them a paragraph, or has a comma.
STOPS, PARAGRAPH_STOPS, COMMAS = 0x10000 // 18, 0x10000 // 18 // 3, 0x10000 // 16
TITLE, BODY, AGAIN, ADDED, FOOTER = range(5)  # the segments of a page, in their order
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump, or the chunk of one that begins at row ``first``."""

    first: int
    texts: list[str]
    origin: I64  # (n,): row of the dump of which each is a copy, itself when of none
    how: I64  # (n,): index into HOW


def dump(count: int, seed: int = 1, kind: Kind = "article") -> Dump:
    """Make ``count`` news pages or paragraphs; see ``iter_dump``."""
    chunks = list(iter_dump(count, seed, kind))
    none = np.zeros(0, np.int64)
    return Dump(
        first=0,
        texts=[text for chunk in chunks for text in chunk.texts],
        origin=np.concatenate([none, *(chunk.origin for chunk in chunks)]),
        how=np.concatenate([none, *(chunk.how for chunk in chunks)]),
    )


def iter_dump(count: int, seed: int = 1, kind: Kind = "article") -> Iterator[Dump]:
    """Yield a dump in chunks: Zipfian made-up words, and syndication whose truth is known.

    Three in ten rows are copies of an earlier original, in one of the ways of ``HOW``.
    Most articles close with the footer of one of 40 outlets, the footer of the original
    only where the copy is exact; some have their body twice. Of the paragraphs, one in 25
    is a footer: rows 0 to 39 are their originals.
    """
    for first in range(0, count, CHUNK[kind]):
        rows = np.arange(first, min(first + CHUNK[kind], count))
        origin = _origins(seed, rows, kind)
        ways = len(HOW) - 1 - (kind == "paragraph")
        how = np.where(origin == rows, ORIGINAL, 1 + _below(_drawn(seed, "how", rows), ways))
        yield Dump(first, _texts(seed, rows, origin, how, kind), origin, how)


def unlike(count: int, seed: int = 1) -> list[str]:
    """Make paragraphs none of which is a copy."""
    return [
        text
        for first in range(0, count, CHUNK["paragraph"])
        for rows in [np.arange(first, min(first + CHUNK["paragraph"], count)) + OUTLETS]
        for text in _texts(seed, rows, rows, np.zeros_like(rows), "paragraph")
    ]


def giant_cluster(count: int, seed: int = 1, words: int = 60) -> list[str]:
    """Make copies of one text, in each of which one to three words were replaced."""
    chunks = range(0, count, CHUNK["article"])
    rows = (np.arange(first, min(first + CHUNK["article"], count)) for first in chunks)
    return [text for some in rows for text in _edited(seed, some, words)]


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
    """Follow each row to the original that it is a copy of.

    The copy of a copy counts as one of the original, so much copied rows are copied more.
    """
    origin = rows.copy()
    open_ = np.flatnonzero(rows >= OUTLETS)
    while len(open_):
        at = origin[open_]
        boilerplate = (kind == "paragraph") & _chance(_drawn(seed, "boilerplate", at), BOILERPLATE)
        copied = _chance(_drawn(seed, "copied", at), COPIED) & ~boilerplate
        # Most copies are young: the reach is halved from none to 19 times.
        reach = np.maximum(at >> _below(_drawn(seed, "age", at), 20), 1)
        earlier = at - 1 - _below(_drawn(seed, "of", at), reach)
        outlet = _below(_drawn(seed, "outlet", at), OUTLETS)
        origin[open_] = np.where(boilerplate, outlet, np.where(copied, earlier, at))
        open_ = open_[copied & (earlier >= OUTLETS)]
    return origin


def _texts(seed: int, rows: I64, origin: I64, how: I64, kind: Kind) -> list[str]:
    """Write some rows: the words of each segment of each, edited, with some parts left out."""
    keys, lengths = _segments(seed, rows, origin, how, kind)
    segment = np.repeat(np.arange(lengths.size), lengths.reshape(-1))
    row, part = np.divmod(segment, FOOTER + 1)
    last = np.cumsum(lengths)[segment] - 1
    place = np.arange(len(segment)) - (last + 1 - lengths.reshape(-1)[segment])
    bits = _mix(keys.reshape(-1)[segment] + place.astype(np.uint64) * GOLDEN)
    words = _words(bits)

    # The low bits of a word's hash shape it, and say where a sentence or a paragraph ends.
    low = (bits & np.uint64(0xFFFF)).astype(np.int64)
    stop = (low < STOPS) & (part != TITLE)
    ends = stop & (low < PARAGRAPH_STOPS) if kind == "article" else stop  # of a part
    shape = np.where(low >= 0x10000 - COMMAS, COMMA, PLAIN)
    shape[stop] = STOP
    if kind == "article":
        shape[ends] = PARAGRAPH
    final = np.arange(len(segment)) == last
    closing = PARAGRAPH if kind == "article" else STOP  # a paragraph is one line
    shape[final] = np.where(part[final] == TITLE, LINE, closing)
    begins = (place == 0) | np.concatenate(([False], stop[:-1]))
    shape[begins & (shape <= COMMA)] = CAPITAL

    # Both stands of a body are edited alike, at one place at least.
    body = (part == BODY) | (part == AGAIN)
    edit = _drawn(seed, "edit", rows)[row]
    scattered = _mix(edit + place.astype(np.uint64) * GOLDEN)
    sure = place == _below(edit, lengths[row, BODY])
    edited = (sure | _chance(scattered, REPLACED)) & body & (how[row] == EDITED)
    words[edited] = _words(_mix(scattered[edited]))

    # The first part always stays.
    before = np.cumsum(ends) - ends
    number = before - before[last + 1 - lengths.reshape(-1)[segment]]
    gone = _chance(_mix(edit - number.astype(np.uint64) * GOLDEN), DROPPED)
    stays = ~(gone & (number > 0) & body & (how[row] == PARTS))
    return _spell(
        (words * len(SHAPES) + shape)[stays], np.bincount(row[stays], minlength=len(rows))
    )


def _segments(seed: int, rows: I64, origin: I64, how: I64, kind: Kind) -> tuple[U64, I64]:
    """Return the key and the length in words of each segment of each row, (n, 5) each."""
    alike = np.where(how == EXACT, origin, rows)  # what an exact copy has of its original
    outlet = _below(_drawn(seed, "outlet", alike), OUTLETS)
    titled = np.where(how == HEADLINE, rows, origin)
    normal, (median, sigma) = NormalDist(), LENGTH[kind]
    quantiles = [median * exp(sigma * normal.inv_cdf((at + 0.5) / 1024)) for at in range(1024)]
    whole = np.array(quantiles).round().astype(np.int64)[_below(_drawn(seed, "size", origin), 1024)]
    footer = 20 + _below(_drawn(seed, "footer size", outlet), 41)
    if kind == "paragraph":  # the first rows are the footers
        whole = np.where(origin < OUTLETS, 20 + _below(_drawn(seed, "size", origin), 41), whole)
    share = 0.3 + _below(_drawn(seed, "beginning", rows), 60) / 100
    whole = np.where(how == BEGINNING, np.ceil(whole * share).astype(np.int64), whole)
    added = np.where(how == PARTS, 10 + _below(_drawn(seed, "added size", rows), 30), 0)
    page = np.int64(kind == "article")
    doubled = _chance(_drawn(seed, "doubled", alike), DOUBLED)
    closed = _chance(_drawn(seed, "closed", alike), CLOSED)
    title = 6 + _below(_drawn(seed, "title size", titled), 7)
    body = _drawn(seed, "body", origin)
    added_key, footer_key = _drawn(seed, "added", rows), _drawn(seed, "footer", outlet)
    keys = (_drawn(seed, "title", titled), body, body, added_key, footer_key)
    lengths = (page * title, whole, page * doubled * whole, added, page * closed * footer)
    return np.stack(keys, 1), np.stack(lengths, 1)


def _mix(bits: U64) -> U64:
    """Scatter 64 bits, one to one (the finaliser of splitmix64)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def _drawn(seed: int, what: str, rows: I64) -> U64:
    """Draw 64 random bits for each row."""
    key = blake2b(f"{seed} {what}".encode(), digest_size=8).digest()
    return _mix(rows.astype(np.uint64) * GOLDEN + np.frombuffer(key, "<u8"))


def _below(bits: U64, bound: int | I64) -> I64:
    """Turn random bits into whole numbers below a bound of at most 2**32."""
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
        # The prime spreads neighbours; two words differ, since all ranks are below 70**3.
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
    pieces = _vocabulary()[1][spelled].tolist()
    bounds = pairwise([0, *np.cumsum(lengths).tolist()])
    return ["".join(pieces[start:stop]).rstrip() for start, stop in bounds]


def main() -> None:
    """Write a dump as JSON lines."""
    parser = argparse.ArgumentParser(description="Write made-up news as JSON lines.")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=list(CHUNK), default="article")
    parser.add_argument("-o", "--output", type=Path, help="standard output if left out")
    given = parser.parse_args()
    with ExitStack() as stack:
        file = stack.enter_context(given.output.open("w")) if given.output else sys.stdout
        for chunk in iter_dump(given.count, given.seed, given.kind):
            for row, text in enumerate(chunk.texts, chunk.first):
                file.write(json.dumps({"id": row, "text": text}) + "\n")


if __name__ == "__main__":
    main()
