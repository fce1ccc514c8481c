"""How fast repeated stretches of real news are found: ``python -m benchmarks.spans``.

First the windows that are found are held against brute force: all windows of all texts, numbered by
numpy so that equal ones have equal numbers. Then time and memory are taken, the memory each in a
process of its own. Where ``pydivsufsort`` is installed, its suffix array and the common prefixes of
neighbours in it are made of the same bytes: what other tools find repeated bytes with.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread
from time import perf_counter

import numpy as np

import dedup
from benchmarks.check_output import WrongResultError
from benchmarks.corpora import articles
from dedup import Config
from dedup.arrays.memory import IN_RAM, DiskMemory
from dedup.arrays.packed import PackedTexts, pack
from dedup.spans.find_spans import repeated_spans
from dedup.spans.windows import SpanRule, find_windows_with_core, find_windows_with_numpy
from dedup.text.hashing import NativeTexts

CORPORA = ("allsides", "trove_press_refugees", "reuters21578")


WHERE: dict[str, dict[str, bool]] = {  # what a span repeats
    "anywhere": {"within": True, "across": True},
    "within": {"within": True, "across": False},
    "across": {"within": False, "across": True},
}
RUNS = 3
LIMIT = 64 << 20  # bytes that a process may grow by where arrays are on the disk
BYTES_A_TOKEN = 6  # for the peer, which knows no tokens


def texts_of(megabytes: int) -> list[str]:
    texts, size = [], 0
    for text in articles(*CORPORA):
        texts.append(text)
        size += len(text.encode())
        if size >= megabytes * 1_000_000:
            break
    return texts


def timed(work: Callable[[], object], runs: int = RUNS) -> float:
    """Return the least seconds of some runs, after one that loads what is needed."""
    spent = []
    for _ in range(runs + 1):
        start = perf_counter()
        work()
        spent.append(perf_counter() - start)
    return min(spent[1:])


def resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) << 12


def grown_by(work: Callable[[], object]) -> int:
    """Return by how many bytes the process has grown at most while something is done."""
    before, done = resident(), Event()
    seen = [before]

    def watch() -> None:
        while not done.wait(0.001):
            seen.append(resident())

    watcher = Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return max(*seen, resident()) - before


def memory(megabytes: int, min_span: int, where: str, *, on_disk: bool) -> int:
    """Return by how much a process grows that has the texts in one buffer."""
    texts = texts_of(megabytes)
    packed, few = pack(texts), pack(texts[:9] * 2)
    del texts
    find_windows_with_core(NativeTexts(few.utf8, few.offsets, Config()), min_span, 2)

    with tempfile.TemporaryDirectory() as folder:
        memory_used = DiskMemory(Path(folder), resident() + LIMIT) if on_disk else IN_RAM

        def work() -> object:  # all but the texts that are handed out
            return repeated_spans(
                packed, Config(), SpanRule(min_span, **WHERE[where]), memory=memory_used
            )

        return grown_by(work)


def apart(megabytes: int, min_span: int, where: str, *, on_disk: bool) -> int:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(memory, megabytes, min_span, where, on_disk=on_disk).result()


def check(packed: PackedTexts, min_span: int, where: str) -> tuple[int, float]:
    """Return how many tokens there are, and what brute force takes."""
    start = perf_counter()
    alone = not WHERE[where]["across"]
    expected = find_windows_with_numpy(packed, Config(), min_span, within_only=alone)
    spent = perf_counter() - start
    native = NativeTexts(packed.utf8, packed.offsets, Config())
    found = find_windows_with_core(native, min_span, None, within_only=alone)
    for ours, theirs in zip(found.runs, expected.runs, strict=True):
        if not np.array_equal(ours, theirs):
            raise WrongResultError(f"windows of {min_span} are not those of brute force")
    return int(expected.token_offsets[-1]), spent


def suffix_array(packed: PackedTexts, least: int) -> int:
    """Return how many suffixes begin as another one does, for so many bytes."""
    peer = import_module("pydivsufsort")
    utf8 = packed.utf8.copy()
    prefixes = np.asarray(peer.kasai(utf8, peer.divsufsort(utf8)))
    return int((prefixes >= least).sum())


def main() -> None:
    """Print one row for each size of a window, and one for the peer."""
    parser = argparse.ArgumentParser(description="Measure how fast repeated stretches are found.")
    parser.add_argument("--megabytes", type=int, default=100, help="of news, at most")
    parser.add_argument("--min-span", type=int, nargs="+", default=[50, 20, 100])
    parser.add_argument("--where", choices=WHERE, default="anywhere", help="what a span repeats")
    given = parser.parse_args()
    try:
        texts = texts_of(given.megabytes)
    except FileNotFoundError as error:
        sys.exit(str(error))
    packed = pack(texts)
    size = int(packed.offsets[-1])
    print(f"{len(texts):,} texts, {size / 1e6:.1f} MB of UTF-8\n")
    print(
        "| min_span | brute force s | 1 thread s | all threads s | MB/s | from a list s |", end=""
    )
    print(" peak bytes a token | on disk | spans | texts | bytes repeated |")
    print("| ---: |" + " ---: |" * 10)
    for min_span in given.min_span:
        tokens, brute = check(packed, min_span, given.where)
        rule = SpanRule(min_span, **WHERE[given.where])
        find = partial(dedup.find_spans, min_span=min_span, within=rule.within, across=rule.across)
        result = find(packed)
        removed = int((result.spans.stop - result.spans.start).sum())
        times = [timed(partial(find, packed, threads=threads)) for threads in (1, None)]
        whole = timed(partial(find, texts))
        peaks = [
            apart(given.megabytes, min_span, given.where, on_disk=on_disk) / tokens
            for on_disk in (False, True)
        ]
        cells = [
            *(str(min_span), f"{brute:.1f}", f"{times[0]:.2f}", f"{times[1]:.2f}"),
            *(f"{size / times[1] / 1e6:.0f}", f"{whole:.2f}", f"{peaks[0]:.1f}"),
            *(f"{peaks[1]:.1f}", f"{len(result.spans):,}", f"{len(result.changed):,}"),
            f"{removed:,}",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)
    try:
        import_module("pydivsufsort")
    except ImportError:
        print("\npydivsufsort is not installed: no suffix array beside it")
        return
    least = given.min_span[0] * BYTES_A_TOKEN
    start, before = perf_counter(), []
    grown = grown_by(lambda: before.append(suffix_array(packed, least)))
    spent = perf_counter() - start
    print(f"\npydivsufsort, suffix array and common prefixes: {spent:.1f} s,", end=" ")
    print(f"{size / spent / 1e6:.0f} MB/s, peak {grown / size:.1f} bytes a byte of text;", end=" ")
    print(f"{before[0]:,} suffixes share {least} bytes")


if __name__ == "__main__":
    main()
