"""Estimate the time and memory of ``deduplicate`` for all texts, from a run on the sample."""

import os
import threading
from dataclasses import dataclass
from sys import getsizeof
from time import perf_counter, process_time

import numpy as np

from dedup.arrays.memory import can_limit, resident_bytes
from dedup.arrays.packed import PackedTexts
from dedup.config import Config
from dedup.matching.dedup_result import DedupResult
from dedup.matching.deduplicate import deduplicate

WARM_UP_BYTES = 1 << 21  # of texts, deduplicated before the measurement
MEMORY_POLL_SECONDS = 0.002
# Of the processor time of one machine: 4.9 for articles, 9.9 for short texts, as measured
# (benchmarks/results/spark.md).
SPARK_CPU_RATIO = 8


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
    cpu_seconds
        Processor time of all threads.
    """

    texts: int
    megabytes: float
    seconds: float
    bytes: float | None
    cpu_seconds: float

    @property
    def exceeds_machine(self) -> bool:
        """Whether this machine has less memory than ``bytes``; False if either is not known."""
        return self.bytes is not None and self.bytes > machine_bytes()

    @property
    def spark_hours(self) -> float:
        """The core hours that Spark would need, with ``dedup.adapters.spark``."""
        return self.cpu_seconds * SPARK_CPU_RATIO / 3600


def machine_bytes() -> int:
    """Return the memory of this machine, which must be Linux."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


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
        begun, cpu_begun = perf_counter(), process_time()
        result = deduplicate(packed, config, threads=threads)
        spent, cpu_spent = perf_counter() - begun, process_time() - cpu_begun
    finally:
        done.set()
        watcher.join()
    scale = 1e6 * megabytes / max(size, 1)
    strings = sum(getsizeof(text) for text in packed.to_strings(np.arange(len(packed))))
    memory = None
    if can_limit():
        arrays = (max(*samples, resident()) - samples[0]) * texts / count
        memory = scale * (size + strings) + arrays
    return result, Cost(texts, megabytes, spent * scale, memory, cpu_spent * scale)
