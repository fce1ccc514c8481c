"""What deduplicating all texts will take, from a run on the sample."""

import threading
from dataclasses import dataclass
from sys import getsizeof
from time import perf_counter

import numpy as np

from dedup.arrays.memory import can_limit, resident_bytes
from dedup.config import Config
from dedup.matching.deduplicate import deduplicate
from dedup.matching.result import DedupResult
from dedup.text.packed import Packed

WARM_BYTES = 1 << 21  # deduplicated before what is measured
EVERY = 0.002  # seconds between two looks at the memory


@dataclass(frozen=True, slots=True)
class Cost:
    """What ``deduplicate`` took for the sample, and what that makes for all texts.

    Attributes
    ----------
    texts, megabytes
        All of them.
    seconds_per_megabyte
        Of text, as measured, with all of it loaded.
    bytes_per_text
        Of memory beside the text itself, as measured; None where the system does not tell (it does
        on Linux).
    bytes_per_byte
        Of memory for a byte of UTF-8, which the text is held as and as a string of Python's: that
        has 1, 2 or 4 bytes a character, by the widest one of the text.
    seconds, bytes
        For all texts: what was measured, times as many.
    """

    texts: int
    megabytes: float
    seconds_per_megabyte: float
    bytes_per_text: float | None
    bytes_per_byte: float

    @property
    def seconds(self) -> float:
        """Time for all texts."""
        return self.megabytes * self.seconds_per_megabyte

    @property
    def bytes(self) -> float | None:
        """Memory for all texts."""
        if self.bytes_per_text is None:
            return None
        return 1e6 * self.megabytes * self.bytes_per_byte + self.texts * self.bytes_per_text


def measured(
    packed: Packed, config: Config, threads: int | None, texts: int, megabytes: float
) -> tuple[DedupResult, Cost]:
    """Deduplicate a sample, and say what all ``texts`` of so many ``megabytes`` will take."""
    size, count = int(packed.offsets[-1] - packed.offsets[0]), max(len(packed), 1)
    # What is loaded at first is no part of the rate.
    warm = min(max(count * WARM_BYTES // max(size, 1), 1), len(packed))
    deduplicate(packed.rows(0, warm), config, threads=threads)
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
    rate = spent / (size / 1e6) if size else 0.0
    room = (max(*held, resident()) - held[0]) / count if can_limit() else None
    strings = sum(getsizeof(text) for text in packed.take(np.arange(len(packed))))
    return result, Cost(texts, megabytes, rate, room, 1 + strings / max(size, 1))
