"""Count the decisions that caps on candidates change: ``python -m benchmarks.candidate_caps``.

Three caps bound the work for one row: the rows of a posting list that count (``MAX_POSTINGS``), the
candidates that are compared (``MAX_CANDIDATES``), and the rows of a posting list for a row that is
looked up by all its keys (``MAX_EXHAUSTIVE_POSTINGS``). Each set of texts is deduplicated with all
caps, without any, and without each one. The columns are:

- crowded: rows with a key that enough rows of the whole input share, kept or not, to fill its
  posting list; for all other rows, candidates follow from the two rows alone;
- postings, candidates, exhaustive: rows that reach the cap;
- rounds, first: an estimate for a cluster (see docs/decisions/0020), the rounds until all rows are
  decided and the rows decided in the first round;
- no cap, no postings, no candidates, no exhaustive: rows whose witness differs without the cap;
- time: processor time without caps divided by the time with them.
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
from dedup.matching.candidates import MAX_CANDIDATES, MAX_EXHAUSTIVE_POSTINGS, MAX_POSTINGS
from dedup.matching.keep_first import PROCESSING_ORDERS, MatchSettings, match_rows
from dedup.matching.rows import input_rows
from dedup.matching.shared_keys import OrderedKeys, SharedKeys

MAX_TEXTS = 60_000  # of a set
SETS = CASES | {
    "texts without spaces": (
        ("news", "jaccard"),
        25_000,
        lambda count: articles("thaigov_th", "xwlb_zh")[:count],
    ),
    "their paragraphs": (
        ("news",),
        60_000,
        lambda count: paragraphs("thaigov_th", "xwlb_zh")[:count],
    ),
    "newsgroup posts": (
        ("news", "web"),
        20_000,
        lambda count: articles("labelled/newsgroups")[:count],
    ),
    "agency news": (("news", "web"), 22_000, lambda count: articles("reuters21578")[:count]),
}
UNLIMITED = 1 << 40
WITHOUT_CAPS: dict[str, dict[str, int]] = {
    "no cap": {
        "max_postings": UNLIMITED,
        "max_candidates": 0,
        "max_exhaustive_postings": UNLIMITED,
    },
    "no postings": {"max_postings": UNLIMITED},
    "no candidates": {"max_candidates": 0},
    "no exhaustive": {"max_exhaustive_postings": UNLIMITED},
}
COUNTED = ("crowded", "postings", "candidates", "exhaustive", "rounds", "first")
COLUMNS = (*COUNTED, *WITHOUT_CAPS, "time")
FORMAT = "{:20} {:9} {:>8} {:>8}" + " {:>10}" * 6 + " {:>13}" * len(WITHOUT_CAPS) + " {:>6}"


class CapCounts(NamedTuple):
    """Rows that reach each cap, and the rounds of a cluster."""

    crowded: int
    postings: int
    candidates: int
    exhaustive: int
    rounds: int  # until all rows are decided
    first: int  # rows that are decided in the first round


def keys_by_row(taken: OrderedKeys, order: I64) -> list[list[int]]:
    """Return the distinct keys of each row; `taken` has them in processing order."""
    keys: list[list[int]] = [[]] * len(order)
    for step, row in enumerate(order.tolist()):
        start, stop = taken.offsets[step : step + 2]
        keys[row] = sorted(set(taken.keys[start:stop].tolist()))
    return keys


def caps_met(sketches: SharedKeys, removed: Flags) -> CapCounts:
    """Look up and insert all rows in processing order, except exact copies of earlier rows."""
    query_keys, posted_keys = (keys_by_row(taken, sketches.order) for taken in sketches[3:5])
    first_copy = sketches.representative == np.arange(len(query_keys))
    representatives = np.flatnonzero(first_copy & (sketches.counts > 0))
    rows_with_key = Counter(
        chain.from_iterable(posted_keys[row] for row in representatives.tolist())
    )
    exhaustive = sketches.counts <= sketches.exhaustive_tokens
    kept: dict[int, list[int]] = {}
    all_rows: dict[int, list[int]] = {}  # by key, kept or not
    round_of_key: dict[int, int] = {}  # in which the posting list so far is known
    round_of = [0] * len(query_keys)
    longest = MAX_EXHAUSTIVE_POSTINGS if exhaustive.any() else MAX_POSTINGS
    crowded = capped_postings = capped_candidates = capped_exhaustive = 0
    for row in sketches.order[np.isin(sketches.order, representatives)].tolist():
        keys, needed = query_keys[row], int(sketches.min_shared[row])
        lists = [kept.get(key, []) for key in keys]
        if exhaustive[row]:
            cap = MAX_EXHAUSTIVE_POSTINGS
            rarest = sorted(map(len, lists))[: max(len(keys) - needed + 1, 0)]
            capped_exhaustive += max(rarest, default=0) > MAX_EXHAUSTIVE_POSTINGS
        else:
            cap, are_capped = MAX_POSTINGS, [len(rows) >= MAX_POSTINGS for rows in lists]
            capped_postings += any(are_capped)
            found = candidates(lists, are_capped, row, sketches)
            capped_candidates += found > MAX_CANDIDATES
        crowded_keys = [key for key in keys if rows_with_key[key] >= cap]
        crowded += bool(crowded_keys)
        min_shared = needed
        if crowded_keys and not exhaustive[row]:
            # Rows that share fewer of the other keys are no candidates.
            uncapped = int(
                sketches.min_shared_uncapped[int(sketches.sketch_sizes[row]) - len(crowded_keys)]
            )
            min_shared = max(min(uncapped, needed - len(crowded_keys)), 1)
        elif crowded_keys:
            min_shared = 1  # all lists decide which ones are the shortest
        other_keys = [key for key in keys if rows_with_key[key] < cap]
        shared_keys = Counter(chain.from_iterable(all_rows.get(key, ()) for key in other_keys))
        rounds_before = [
            round_of[earlier] for earlier, count in shared_keys.items() if count >= min_shared
        ]
        rounds_before += [round_of_key.get(key, 0) for key in crowded_keys]
        round_of[row] = 1 + max(rounds_before, default=0)
        for key in posted_keys[row]:
            if rows_with_key[key] < longest:
                all_rows.setdefault(key, []).append(row)
            if len(kept.get(key, ())) < longest:
                round_of_key[key] = max(round_of_key.get(key, 0), round_of[row])
            if not removed[row]:
                kept.setdefault(key, []).append(row)
    first = sum(number == 1 for number in round_of)
    counts = (crowded, capped_postings, capped_candidates, capped_exhaustive)
    return CapCounts(*counts, max(round_of, default=0), first)


def candidates(
    lists: list[list[int]], are_capped: list[bool], row: int, sketches: SharedKeys
) -> int:
    """Count the candidates of a row, as ``matching.candidates`` does before its cap."""
    if sum(map(len, lists)) <= MAX_CANDIDATES:
        return 0
    uncapped: Counter[int] = Counter()
    shared: Counter[int] = Counter()
    for rows, is_capped in zip(lists, are_capped, strict=True):
        shared.update(rows[:MAX_POSTINGS])
        if not is_capped:
            uncapped.update(rows)
    min_uncapped = int(
        sketches.min_shared_uncapped[int(sketches.sketch_sizes[row]) - sum(are_capped)]
    )
    needed = int(sketches.min_shared[row])
    return sum(
        count >= needed or (any(are_capped) and uncapped[kept_row] >= min_uncapped)
        for kept_row, count in shared.items()
    )


def print_row(name: str, setting: str, texts: list[str], config: Config) -> None:
    """Print a row of the table."""
    rows = input_rows(pack(texts), config)
    _, sketches = deduplicate.prepare_rows(rows, config, PROCESSING_ORDERS["longest"])

    def decided(**caps: int) -> tuple[I64, float]:
        start, limits = process_time(), MatchSettings(**(MatchSettings.of(config)._asdict() | caps))
        witness = match_rows(rows, sketches, limits)[0]
        return witness, process_time() - start

    witness, seconds = decided()
    uncapped = [decided(**caps) for caps in WITHOUT_CAPS.values()]
    removed = witness != np.arange(len(texts))
    differ = [int((without_cap != witness).sum()) for without_cap, _ in uncapped]
    ratio = uncapped[0][1] / max(seconds, 1e-9)
    columns = (*caps_met(sketches, removed), *differ, f"{ratio:.1f}")
    print(FORMAT.format(name, setting, len(texts), int(removed.sum()), *columns), flush=True)


def main() -> None:
    """Print one row for each kind of text and configuration."""
    parser = argparse.ArgumentParser(description="Count the decisions that caps change.")
    parser.add_argument("--only", nargs="*", choices=list(SETS), help="kinds of text")
    parser.add_argument("--max-texts", type=int, default=MAX_TEXTS, help="texts of a kind, at most")
    arguments = parser.parse_args()
    print(FORMAT.format("texts", "preset", "rows", "removed", *COLUMNS))
    for name in arguments.only or SETS:
        settings, max_texts, read_texts = SETS[name]
        try:
            texts = read_texts(min(max_texts, arguments.max_texts))
        except FileNotFoundError as error:
            sys.exit(str(error))
        for setting in settings:
            print_row(name, setting, texts, replace(SETTINGS[setting]))


if __name__ == "__main__":
    main()
