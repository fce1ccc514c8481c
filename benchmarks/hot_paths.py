"""Fail if a hot path has lost against its floor: ``python -m benchmarks.hot_paths``.

A path and its floor, a plain loop over the same texts, run in turns in one process and on one
thread; the least processor time of each counts. Their ratio may be at most 30% above the ratio in
``results/hot-paths.json`` for the same level of the processor. A path that seems slower is timed
again, because other processes may use the machine. Without a committed ratio, for this level of
the processor or for a path, every time passes.

``--write`` measures all levels of this processor, and writes their ratios.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import combinations
from math import inf
from pathlib import Path
from time import process_time
from timeit import timeit
from typing import Any

import click
import numpy as np
import numpy.typing as npt

import dedup
from benchmarks import generated_texts
from benchmarks.check_output import WrongResultError
from benchmarks.result_files import commit, machine, today
from benchmarks.tables import render
from dedup.arrays.native import core, has_core
from tests.processor_levels import levels

RESULTS = Path(__file__).with_name("results") / "hot-paths.json"
ARTICLES = 1500
CLEANED_SHARE = 5  # one article in five: cleaning one by one takes longer than the other paths
ALLOWED_LOSS = 1.3
ROUNDS, MAX_REPEATS = 10, 5
MAX_ESTIMATE_ERROR = 0.25  # of 128 columns: more than five standard deviations
CHECKED_TEXTS = 100  # of which all pairs are compared
HEADERS = ("path", "floor, ms", "path, ms", "ratio", "limit")
Ratios = dict[str, float]  # by path


@cache
def news() -> generated_texts.Dump:
    return generated_texts.dump(ARTICLES)


def cleaned_texts() -> list[str]:
    return news().texts[::CLEANED_SHARE]


def floor() -> list[bytes]:
    """Read all bytes: what each path does at least.

    Of four loops (words, hashes of words, digests of texts, words and digests) this one varies
    least against the paths while other processes use the machine.
    """
    return [blake2b(text.encode()).digest() for text in news().texts]


@dataclass(frozen=True, slots=True)
class HotPath:
    """A call that must stay fast, and the check of its result."""

    name: str
    run: Callable[[], Any]
    is_right: Callable[[Any], bool]


def shingle_sets(texts: list[str]) -> list[set[int]]:
    values, offsets = dedup.shingles(texts)
    return [set(row.tolist()) for row in np.split(values, offsets[1:-1])]


def similarity(left: set[int], right: set[int], measure: str) -> float:
    total = len(left | right) if measure == "jaccard" else len(left)
    return len(left & right) / total


def is_signature(found: npt.NDArray[np.uint32]) -> bool:
    """Compare the share of equal columns with the similarity that it estimates."""
    sets, origin = shingle_sets(news().texts), news().origin
    pairs = list(enumerate(origin.tolist()))
    estimates = np.array([(found[row] == found[first]).mean() for row, first in pairs])
    exact = np.array([similarity(sets[row], sets[first], "jaccard") for row, first in pairs])
    return float(np.abs(estimates - exact).max()) < MAX_ESTIMATE_ERROR


def is_deduplicated(found: dedup.DedupResult) -> bool:
    """Check exact copies, and compute the similarity of each removed row with its witness."""
    sets, removed = shingle_sets(news().texts), np.flatnonzero(~found.keep).tolist()
    return (
        not found.keep[news().how == generated_texts.EXACT].any()
        and bool(found.keep[found.witness].all())
        and all(
            similarity(sets[row], sets[found.witness[row]], found.config.measure)
            >= found.config.threshold
            for row in removed
        )
    )


def is_cleaned(found: list[dedup.CleanedDocument]) -> bool:
    restored = [dedup.restore(one.text, one.ledger) for one in found]
    return restored == cleaned_texts() and any(one.repeats for one in found)


def are_pairs(found: dedup.Pairs) -> bool:
    """Compare the pairs among the first texts with all that a double loop finds."""
    sets = shingle_sets(news().texts[:CHECKED_TEXTS])
    both = combinations(range(CHECKED_TEXTS), 2)
    wanted = {pair for pair in both if similarity(sets[pair[0]], sets[pair[1]], "jaccard") >= 0.8}
    pairs = zip(found.left.tolist(), found.right.tolist(), strict=True)
    return {pair for pair in pairs if pair[1] < CHECKED_TEXTS} == wanted


PATHS = (
    HotPath("minhash", lambda: dedup.minhash(news().texts, threads=1), is_signature),
    HotPath(
        "deduplicate, containment",
        lambda: dedup.deduplicate(news().texts, threads=1),
        is_deduplicated,
    ),
    HotPath(
        "deduplicate, jaccard",
        lambda: dedup.deduplicate(news().texts, measure="jaccard", threads=1),
        is_deduplicated,
    ),
    HotPath("clean", lambda: [dedup.clean(text) for text in cleaned_texts()], is_cleaned),
    HotPath(
        "near_duplicates",
        lambda: dedup.near_duplicates(news().texts, measure="jaccard", threshold=0.8, threads=1),
        are_pairs,
    ),
)
NAMES = [path.name for path in PATHS]


def processor_level() -> str:
    return core.level() if has_core() else "numpy"


def least_seconds(path: HotPath, limit: float) -> tuple[float, float]:
    """Return the least processor seconds of the floor and of a path, once it is in its limit.

    Raises
    ------
    WrongResultError
        If the result of the path is wrong; it is not timed then.
    """
    if not path.is_right(path.run()):
        raise WrongResultError(f"{path.name}: wrong result")
    best = [inf, inf]
    for number in range(ROUNDS * MAX_REPEATS):
        for place, work in enumerate((floor, path.run)):
            best[place] = min(best[place], timeit(work, timer=process_time, number=1))
        if number % ROUNDS == ROUNDS - 1 and best[1] <= limit * best[0]:
            break
    return best[0], best[1]


def measured(limits: Ratios) -> Ratios:
    """Print a table, and return the ratio of each path to its floor.

    Parameters
    ----------
    limits
        A path is timed again while its ratio is above its limit.
    """
    ratios, rows = Ratios(), []
    for path in PATHS:
        least, seconds = least_seconds(path, limits[path.name])
        ratios[path.name] = seconds / least
        times = (f"{1000 * least:.1f}", f"{1000 * seconds:.1f}")
        rows.append((path.name, *times, f"{seconds / least:.2f}", f"{limits[path.name]:.2f}"))
    render(f"Hot paths, {processor_level()}", HEADERS, rows)
    return ratios


def failures(ratios: Ratios, limits: Ratios) -> list[str]:
    """Return a line for each path that is slower than its limit."""
    return [
        f"{name} takes {ratio:.2f} times its floor, at most {limits[name]:.2f} is allowed"
        for name, ratio in ratios.items()
        if ratio > limits[name]
    ]


def write_ratios(path: Path) -> None:
    """Measure the levels of this processor, and keep the others of the file."""
    results = json.loads(path.read_text("utf-8")) if path.exists() else {}
    for level in levels():
        ratios = measured(dict.fromkeys(NAMES, 0.0))  # as often as possible
        facts = {"date": today(), "commit": commit(), "machine": machine()}
        rounded = {name: round(ratio, 3) for name, ratio in ratios.items()}
        results[level] = {**facts, "ratios": rounded}
    path.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


@click.command(help=__doc__)
@click.option("--write", is_flag=True, help="Measure the levels, and write their ratios.")
def main(*, write: bool) -> None:
    if write:
        write_ratios(RESULTS)
        return
    committed = json.loads(RESULTS.read_text("utf-8")).get(processor_level(), {"ratios": {}})
    limits = {name: ALLOWED_LOSS * committed["ratios"].get(name, inf) for name in NAMES}
    wrong = failures(measured(limits), limits)
    if without := [name for name in NAMES if limits[name] == inf]:
        click.echo(f"{RESULTS.name} has no ratio at this level, so any time passes: {without}")
    if wrong:
        remedy = "find out what made it slower, or commit new ratios: --write"
        sys.exit("\n".join([*wrong, remedy]))


if __name__ == "__main__":
    main()
