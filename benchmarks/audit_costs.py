"""Compare time and memory of deduplicating larger corpora with the estimates of an audit."""

import gc
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter
from typing import Any

import dedup
from benchmarks.corpora import articles
from dedup.arrays.packed import pack
from dedup.auditing.cost import measure_cost
from dedup.auditing.reservoir import Reservoir
from dedup.config import PRESETS

HEADERS = (
    *("texts", "settings", "MB", "sample", "s estimated", "s measured", "ratio"),
    *("MB estimated", "MB measured", "ratio"),
)
CORPORA = {
    "first": ("masakhanews", "xwlb_zh", "tgnews_sample", "ahd22_ar"),
    "held out": ("thaigov_th", "petitions_ko", "wikinews_ja", "arpa_hy"),
}
Settings = dict[str, Any]
SETTINGS: dict[str, Settings] = {
    "news": {},
    "jaccard": {"measure": "jaccard"},
    "ocr": PRESETS["ocr"],
}
SAMPLES = (1000, 10_000)
RUNS = 3
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def rows(half: str) -> Iterator[list[str]]:
    """Yield estimates and measurements for the texts of a half, each from a new process."""
    texts = articles(*CORPORA[half])
    with TemporaryDirectory() as place:
        path = Path(place, "texts.jsonl")
        path.write_text("".join(f"{json.dumps(text)}\n" for text in texts if text))
        megabytes = sum(len(text.encode()) for text in texts) / 1e6
        for name, settings in SETTINGS.items():
            seconds, memory = in_new_process(_measured, path, settings)
            for sample in SAMPLES:
                seconds_estimate, memory_estimate = in_new_process(
                    _estimated, path, settings, sample
                )
                numbers = (
                    *(seconds_estimate, seconds, seconds_estimate / seconds),
                    *(memory_estimate, memory, memory_estimate / memory),
                )
                cells = [f"{value:,.2f}" if value < 10 else f"{value:,.0f}" for value in numbers]
                yield [half, name, f"{megabytes:.0f}", f"{sample:,}", *cells]


def in_new_process(
    function: Callable[..., tuple[float, float]], *arguments: object
) -> tuple[float, float]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def _estimated(path: Path, settings: Settings, sample: int) -> tuple[float, float]:
    """Return seconds and megabytes as an audit estimates them."""
    texts, config = pack(_read(path)), dedup.Config(**settings)
    reservoir = Reservoir(sample, config.seed)
    reservoir.add(texts)
    megabytes = reservoir.total_bytes / 1e6
    cost = measure_cost(reservoir.sample(), config, None, reservoir.total, megabytes)[1]
    return cost.seconds, (cost.bytes or 0) / 1e6


def _measured(path: Path, settings: Settings) -> tuple[float, float]:
    """Return seconds and peak megabytes with the texts in memory."""
    dedup.deduplicate(_read(path, 3000), **settings)  # load what is loaded once
    gc.collect()
    before, peak, done = _resident(), [0], Event()
    texts = _read(path)

    def watch() -> None:
        while not done.wait(0.002):
            peak[0] = max(peak[0], _resident() - before)

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    runs = []
    for _ in range(RUNS):
        start = perf_counter()
        dedup.deduplicate(texts, **settings)
        runs.append(perf_counter() - start)
        done.set()  # memory is measured in the first run only
        watcher.join()
    return median(runs), peak[0] / 1e6


def _read(path: Path, count: int | None = None) -> list[str]:
    with path.open() as file:
        return [json.loads(line) for line, _ in zip(file, range(count or 10**9), strict=False)]


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES
