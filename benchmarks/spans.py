"""Check repeated spans of real news and measure them: ``python -m benchmarks.spans``.

First the windows found are compared with brute force: numpy numbers all windows of all texts, so
that equal windows have equal numbers. Then time and memory are measured, memory in new processes.
If ``pydivsufsort`` is installed, its suffix array and common prefixes of the same bytes are
measured, too: other tools find repeated bytes with them.
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
WHERE: dict[str, dict[str, bool]] = {
    "anywhere": {"within": True, "across": True},
    "within": {"within": True, "across": False},
    "across": {"within": False, "across": True},
}
ROUNDS = 3
DISK_LIMIT = 64 << 20  # bytes by which a process may grow with arrays on disk
BYTES_PER_TOKEN = 6  # for pydivsufsort, which has no tokens


def texts_of(megabytes: int) -> list[str]:
    texts, size = [], 0
    for text in articles(*CORPORA):
        texts.append(text)
        size += len(text.encode())
        if size >= megabytes * 1_000_000:
            break
    return texts


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the least seconds of several runs, after one that loads what is loaded once."""
    seconds = []
    for _ in range(rounds + 1):
        start = perf_counter()
        work()
        seconds.append(perf_counter() - start)
    return min(seconds[1:])


def resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) << 12


def grown_by(work: Callable[[], object]) -> int:
    """Return the growth of the process in bytes, at its peak, while `work` runs."""
    before, done = resident(), Event()
    sizes = [before]

    def watch() -> None:
        while not done.wait(0.001):
            sizes.append(resident())

    watcher = Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return max(*sizes, resident()) - before


def memory(megabytes: int, min_span: int, where: str, *, on_disk: bool) -> int:
    """Return the growth of this process while it finds spans of texts in one buffer."""
    texts = texts_of(megabytes)
    packed, sample = pack(texts), pack(texts[:9] * 2)
    del texts
    # Load what is loaded once.
    find_windows_with_core(NativeTexts(sample.utf8, sample.offsets, Config()), min_span, 2)

    with tempfile.TemporaryDirectory() as folder:
        memory_used = DiskMemory(Path(folder), resident() + DISK_LIMIT) if on_disk else IN_RAM

        def work() -> object:  # without making the result texts
            return repeated_spans(
                packed, Config(), SpanRule(min_span, **WHERE[where]), memory=memory_used
            )

        return grown_by(work)


def memory_in_new_process(megabytes: int, min_span: int, where: str, *, on_disk: bool) -> int:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(memory, megabytes, min_span, where, on_disk=on_disk).result()


def check(packed: PackedTexts, min_span: int, where: str) -> tuple[int, float]:
    """Compare the windows with brute force; return the number of tokens and its seconds."""
    start = perf_counter()
    within_only = not WHERE[where]["across"]
    expected = find_windows_with_numpy(packed, Config(), min_span, within_only=within_only)
    seconds = perf_counter() - start
    native = NativeTexts(packed.utf8, packed.offsets, Config())
    found = find_windows_with_core(native, min_span, None, within_only=within_only)
    for ours, theirs in zip(found.runs, expected.runs, strict=True):
        if not np.array_equal(ours, theirs):
            raise WrongResultError(f"windows of {min_span} tokens differ from brute force")
    return int(expected.token_offsets[-1]), seconds


def suffix_array(packed: PackedTexts, min_bytes: int) -> int:
    """Return the number of suffixes that share their first `min_bytes` with another suffix."""
    peer = import_module("pydivsufsort")
    utf8 = packed.utf8.copy()
    prefixes = np.asarray(peer.kasai(utf8, peer.divsufsort(utf8)))
    return int((prefixes >= min_bytes).sum())


def main() -> None:
    """Print one row for each window size, and one for pydivsufsort."""
    parser = argparse.ArgumentParser(description="Check and measure repeated spans.")
    parser.add_argument("--megabytes", type=int, default=100, help="of news, at most")
    parser.add_argument("--min-span", type=int, nargs="+", default=[50, 20, 100])
    parser.add_argument(
        "--where", choices=WHERE, default="anywhere", help="where a span may repeat"
    )
    arguments = parser.parse_args()
    try:
        texts = texts_of(arguments.megabytes)
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
    for min_span in arguments.min_span:
        tokens, brute = check(packed, min_span, arguments.where)
        rule = SpanRule(min_span, **WHERE[arguments.where])
        find = partial(dedup.find_spans, min_span=min_span, within=rule.within, across=rule.across)
        result = find(packed)
        removed = int((result.spans.stop - result.spans.start).sum())
        times = [timed(partial(find, packed, threads=threads)) for threads in (1, None)]
        from_list = timed(partial(find, texts))
        peaks = [
            memory_in_new_process(arguments.megabytes, min_span, arguments.where, on_disk=on_disk)
            / tokens
            for on_disk in (False, True)
        ]
        cells = [
            *(str(min_span), f"{brute:.1f}", f"{times[0]:.2f}", f"{times[1]:.2f}"),
            *(f"{size / times[1] / 1e6:.0f}", f"{from_list:.2f}", f"{peaks[0]:.1f}"),
            *(f"{peaks[1]:.1f}", f"{len(result.spans):,}", f"{len(result.changed):,}"),
            f"{removed:,}",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)
    try:
        import_module("pydivsufsort")
    except ImportError:
        print("\npydivsufsort is not installed, so it is not measured")
        return
    min_bytes = arguments.min_span[0] * BYTES_PER_TOKEN
    start, repeated = perf_counter(), []
    grown = grown_by(lambda: repeated.append(suffix_array(packed, min_bytes)))
    seconds = perf_counter() - start
    print(f"\npydivsufsort, suffix array and common prefixes: {seconds:.1f} s,", end=" ")
    print(
        f"{size / seconds / 1e6:.0f} MB/s, peak {grown / size:.1f} bytes a byte of text;", end=" "
    )
    print(f"{repeated[0]:,} suffixes share {min_bytes} bytes with another")


if __name__ == "__main__":
    main()
