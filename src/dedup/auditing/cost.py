"""Estimate the time and memory of ``deduplicate`` for all texts, from a run on the sample."""

import threading
from dataclasses import dataclass
from sys import getsizeof
from time import perf_counter

import numpy as np

from dedup.arrays.memory import can_limit, resident_bytes
from dedup.arrays.packed import PackedTexts
from dedup.config import Config
from dedup.matching.dedup_result import DedupResult
from dedup.matching.deduplicate import deduplicate

WARM_UP_BYTES = 1 << 21  # of texts, deduplicated before the measurement
MEMORY_POLL_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Cost:
    """The estimated cost of ``deduplicate`` for all texts, in proportion to that of the sample.

    Attributes
    ----------
    texts, megabytes
        Number and size of all texts; a megabyte is 10**6 bytes of UTF-8.
    seconds
        Time, with all code loaded.
    bytes
        Memory: the texts as UTF-8, the texts as Python strings (with 1, 2 or 4 bytes per character,
        by the widest character of the text), and the arrays of ``deduplicate``. None if the system
        does not report memory; Linux does.
    """

    texts: int
    megabytes: float
    seconds: float
    bytes: float | None


def measure_cost(
    packed: PackedTexts, config: Config, threads: int | None, texts: int, megabytes: float
) -> tuple[DedupResult, Cost]:
    """Deduplicate a sample, and estimate the cost for ``texts`` texts of ``megabytes`` in all."""
    size, count = int(packed.offsets[-1] - packed.offsets[0]), max(len(packed), 1)
    # The first run loads code, which must not count.
    warm_up = min(max(count * WARM_UP_BYTES // max(size, 1), 1), len(packed))
    deduplicate(packed.slice_rows(0, warm_up), config, threads=threads)
    resident = (
        resident_bytes if can_limit() else int
    )  # always 0 if the system does not report memory
    samples, done = [resident()], threading.Event()

    def watch() -> None:
        while not done.wait(MEMORY_POLL_SECONDS):
            samples.append(resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        begun = perf_counter()
        result = deduplicate(packed, config, threads=threads)
        spent = perf_counter() - begun
    finally:
        done.set()
        watcher.join()
    scale = 1e6 * megabytes / max(size, 1)
    strings = sum(getsizeof(text) for text in packed.to_strings(np.arange(len(packed))))
    memory = None
    if can_limit():
        arrays = (max(*samples, resident()) - samples[0]) * texts / count
        memory = scale * (size + strings) + arrays
    return result, Cost(texts, megabytes, spent * scale, memory)
