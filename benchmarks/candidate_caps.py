"""Count what the caps of posting lists and candidates decide.

Run ``python -m benchmarks.candidate_caps``.

Each set is decided as ``deduplicate`` does, without any cap, and without one of them; the columns
"no ..." count the rows that another decision was made about. A row meets a cap when a posting list
that it looks up is full ("full"), when more kept rows share enough keys than are compared
("compared"), or, if it is looked up by all its keys, when one of the rarest lists is longer than
counts ("listed"). A row is "crowded" if so many rows of the whole input, kept or not, have one of
its keys that its list may become full. For all others candidates follow from the rows alone.
"rounds" and "first" say how a cluster would decide: see docs/decisions/0020.
"""

import argparse
import sys
from collections import Counter
from dataclasses import replace
from itertools import chain
from time import process_time
from typing import NamedTuple

import numpy as np

from benchmarks.corpora import articles, paragraphs
from benchmarks.exactness import CASES, SETTINGS
from dedup.arrays.array_types import I64, Flags
from dedup.arrays.packed import pack
from dedup.config import Config
from dedup.matching import deduplicate
from dedup.matching.candidates import COMPARED, FULL, LISTED
from dedup.matching.keep_first import KEEP
from dedup.matching.matcher import Limits, match_rows
from dedup.matching.rows import rows_of
from dedup.matching.shared_keys import Sketches, Taken

MOST = 60_000  # texts of a set
SETS = CASES | {
    "unspaced": (
        ("news", "jaccard"),
        25_000,
        lambda most: articles("thaigov_th", "xwlb_zh")[:most],
    ),
    "unspaced parts": (("news",), 60_000, lambda most: paragraphs("thaigov_th", "xwlb_zh")[:most]),
    "posts": (("news", "web"), 20_000, lambda most: articles("labelled/newsgroups")[:most]),
    "agency": (("news", "web"), 22_000, lambda most: articles("reuters21578")[:most]),
}
ALL = 1 << 40
OFF: dict[str, dict[str, int]] = {
    "no cap": {"full": ALL, "compared": 0, "listed": ALL},
    "no full": {"full": ALL},
    "no compared": {"compared": 0},
    "no listed": {"listed": ALL},
}
COLUMNS = ("crowded", "full", "compared", "listed", "rounds", "first", *OFF, "time")
FORMAT = "{:18} {:9} {:>8} {:>8}" + " {:>9}" * 6 + " {:>11}" * len(OFF) + " {:>6}"


class Met(NamedTuple):
    """How many rows met each cap, and how a cluster would decide."""

    crowded: int
    full: int
    compared: int
    listed: int
    rounds: int  # until all rows are decided
    first: int  # rows that are decided in the first round


def keys_by_row(taken: Taken, order: I64) -> list[list[int]]:
    """Return the different keys of each row, which are there by turn."""
    keys: list[list[int]] = [[]] * len(order)
    for turn, row in enumerate(order.tolist()):
        keys[row] = sorted(set(taken.keys[taken.offsets[turn] : taken.offsets[turn + 1]].tolist()))
    return keys


def caps_met(sketches: Sketches, removed: Flags) -> Met:
    """Look up all rows again, in order, and insert them; exact copies of others are left out."""
    probes, entries = (keys_by_row(taken, sketches.order) for taken in sketches[3:5])
    leads = np.flatnonzero((sketches.leader == np.arange(len(probes))) & (sketches.counts > 0))
    having = Counter(chain.from_iterable(entries[row] for row in leads.tolist()))
    whole = sketches.counts <= sketches.whole
    kept: dict[int, list[int]] = {}
    every: dict[int, list[int]] = {}  # rows under a key, kept or not
    settled: dict[int, int] = {}  # the round in which what a key lists so far is known
    round_of = [0] * len(probes)
    most = LISTED if whole.any() else FULL
    crowded = full = compared = listed = 0
    for row in sketches.order[np.isin(sketches.order, leads)].tolist():
        keys, needed = probes[row], int(sketches.needed[row])
        lists = [kept.get(key, []) for key in keys]
        if whole[row]:
            cap, rarest = LISTED, sorted(map(len, lists))[: max(len(keys) - needed + 1, 0)]
            listed += max(rarest, default=0) > LISTED
        else:
            cap, are_full = FULL, [len(listing) >= FULL for listing in lists]
            full += any(are_full)
            compared += candidates(lists, are_full, row, sketches) > COMPARED
        many = [key for key in keys if having[key] >= cap]
        crowded += bool(many)
        least = needed
        if many and not whole[row]:  # a row that shares fewer of the others is no candidate by them
            rest = int(sketches.of_rest[int(sketches.found[row]) - len(many)])
            least = max(min(rest, needed - len(many)), 1)
        elif many:
            least = 1  # which lists are the shortest depends on all of them
        few = [key for key in keys if having[key] < cap]
        before = Counter(chain.from_iterable(every.get(key, ()) for key in few))
        waits = [round_of[other] for other, shared in before.items() if shared >= least]
        waits += [settled.get(key, 0) for key in many]
        round_of[row] = 1 + max(waits, default=0)
        for key in entries[row]:
            if having[key] < most:
                every.setdefault(key, []).append(row)
            if len(kept.get(key, ())) < most:
                settled[key] = max(settled.get(key, 0), round_of[row])
            if not removed[row]:
                kept.setdefault(key, []).append(row)
    first = sum(number == 1 for number in round_of)
    return Met(crowded, full, compared, listed, max(round_of, default=0), first)


def candidates(lists: list[list[int]], are_full: list[bool], row: int, sketches: Sketches) -> int:
    """Count the candidates of a row, as ``matching.candidates`` does before it takes the best."""
    if sum(map(len, lists)) <= COMPARED:
        return 0
    rest: Counter[int] = Counter()
    shared: Counter[int] = Counter()
    for listing, is_full in zip(lists, are_full, strict=True):
        shared.update(listing[:FULL])
        if not is_full:
            rest.update(listing)
    of_rest = int(sketches.of_rest[int(sketches.found[row]) - sum(are_full)])
    needed = int(sketches.needed[row])
    return sum(
        hits >= needed or (any(are_full) and rest[other] >= of_rest)
        for other, hits in shared.items()
    )


def report(name: str, setting: str, texts: list[str], config: Config) -> None:
    """Print a row of the table."""
    rows = rows_of(pack(texts), config)
    _, sketches = deduplicate.sketch(rows, config, KEEP["longest"])

    def decided(**caps: int) -> tuple[I64, float]:
        start, limits = process_time(), Limits(**(Limits.of(config)._asdict() | caps))
        witness = match_rows(rows, sketches, limits)[0]
        return witness, process_time() - start

    witness, seconds = decided()
    others = [decided(**caps) for caps in OFF.values()]
    removed = witness != np.arange(len(texts))
    differ = [int((other != witness).sum()) for other, _ in others]
    ratio = others[0][1] / max(seconds, 1e-9)
    columns = (*caps_met(sketches, removed), *differ, f"{ratio:.1f}")
    print(FORMAT.format(name, setting, len(texts), int(removed.sum()), *columns), flush=True)


def main() -> None:
    """Print one row for each kind of text and each of its settings."""
    parser = argparse.ArgumentParser(description="Count what caps decide.")
    parser.add_argument("--only", nargs="*", choices=list(SETS), help="kinds of text")
    parser.add_argument("--most", type=int, default=MOST, help="texts of a kind")
    given = parser.parse_args()
    print(FORMAT.format("texts", "preset", "rows", "removed", *COLUMNS))
    for name in given.only or SETS:
        settings, most, texts_of = SETS[name]
        try:
            texts = texts_of(min(most, given.most))
        except FileNotFoundError as error:
            sys.exit(str(error))
        for setting in settings:
            report(name, setting, texts, replace(SETTINGS[setting]))


if __name__ == "__main__":
    main()
