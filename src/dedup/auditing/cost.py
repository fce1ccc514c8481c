"""What deduplicating all texts will take, from a run on the sample."""

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

WARM_BYTES = 1 << 21  # deduplicated before what is measured
EVERY = 0.002  # seconds between two looks at the memory


@dataclass(frozen=True, slots=True)
class Cost:
    """What ``deduplicate`` takes for all texts: what it took for the sample, times as many.

    Attributes
    ----------
    texts, megabytes
        All of them, in UTF-8.
    seconds
        Time, once all code is loaded.
    bytes
        Memory: the texts as UTF-8 and as strings of Python, which have 1, 2 or 4 bytes a character
        by the widest one of the text, and what is needed beside them; None where the system does
        not tell (it does on Linux).
    """

    texts: int
    megabytes: float
    seconds: float
    bytes: float | None


def measured(
    packed: PackedTexts, config: Config, threads: int | None, texts: int, megabytes: float
) -> tuple[DedupResult, Cost]:
    """Deduplicate a sample, and say what all ``texts`` of so many ``megabytes`` will take."""
    size, count = int(packed.offsets[-1] - packed.offsets[0]), max(len(packed), 1)
    # What is loaded at first is no part of the rate.
    warm = min(max(count * WARM_BYTES // max(size, 1), 1), len(packed))
    deduplicate(packed.slice_rows(0, warm), config, threads=threads)
    resident = resident_bytes if can_limit() else int  # 0 where the system does not tell
    held, done = [resident()], threading.Event()

    def watch() -> None:
        while not done.wait(EVERY):
            held.append(resident())

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
    room = None
    if can_limit():
        beside = (max(*held, resident()) - held[0]) * texts / count
        room = scale * (size + strings) + beside
    return result, Cost(texts, megabytes, spent * scale, room)
