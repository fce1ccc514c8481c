"""What deduplicating larger corpora takes, beside what an audit of some of their texts says."""

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
from dedup.auditing.cost import measured
from dedup.auditing.reservoir import Reservoir
from dedup.config import PRESETS

HEADERS = (
    *("texts", "settings", "MB", "sample", "s said", "s taken", "ratio"),
    *("MB said", "MB taken", "ratio"),
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
PAGE = os.sysconf("SC_PAGE_SIZE")


def rows(half: str) -> Iterator[list[str]]:
    """Yield what was said and what was taken: the texts of a half, each in a process of its own."""
    texts = articles(*CORPORA[half])
    with TemporaryDirectory() as place:
        path = Path(place, "texts.jsonl")
        path.write_text("".join(f"{json.dumps(text)}\n" for text in texts if text))
        megabytes = sum(len(text.encode()) for text in texts) / 1e6
        for name, settings in SETTINGS.items():
            seconds, taken = alone(_taken, path, settings)
            for sample in SAMPLES:
                said, room = alone(_said, path, settings, sample)
                cells = (said, seconds, said / seconds, room, taken, room / taken)
                shown = [f"{cell:,.2f}" if cell < 10 else f"{cell:,.0f}" for cell in cells]
                yield [half, name, f"{megabytes:.0f}", f"{sample:,}", *shown]


def alone(function: Callable[..., tuple[float, float]], *arguments: object) -> tuple[float, float]:
    """Call a function in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def _said(path: Path, settings: Settings, sample: int) -> tuple[float, float]:
    """Return what an audit says, by the first thing that it does."""
    texts, config = pack(_read(path)), dedup.Config(**settings)
    reservoir = Reservoir(sample, config.seed)
    reservoir.add(texts)
    megabytes = reservoir.total_bytes / 1e6
    cost = measured(reservoir.sample(), config, None, reservoir.total, megabytes)[1]
    return cost.seconds, (cost.bytes or 0) / 1e6


def _taken(path: Path, settings: Settings) -> tuple[float, float]:
    """Return the seconds, and the megabytes at the peak with the texts in memory."""
    warm = _read(path, 3000)
    dedup.deduplicate(warm, **settings)
    del warm
    gc.collect()
    before, most, done = _resident(), [0], Event()
    texts = _read(path)

    def watch() -> None:
        while not done.wait(0.002):
            most[0] = max(most[0], _resident() - before)

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    spent = []
    for _ in range(RUNS):
        begun = perf_counter()
        dedup.deduplicate(texts, **settings)
        spent.append(perf_counter() - begun)
        done.set()  # memory is that of the first run
        watcher.join()
    return median(spent), most[0] / 1e6


def _read(path: Path, count: int | None = None) -> list[str]:
    with path.open() as file:
        return [json.loads(line) for line, _ in zip(file, range(count or 10**9), strict=False)]


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
