"""A program for ``test_interrupts.py``: make one call several times and survive interrupts.

    python interrupted_calls.py NAME MEGABYTES THREADS TIMES

Before each call, and when an interrupt ends a call, it prints the processor time used so far.
"""

import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
import xxhash

import dedup

VOCABULARY_WORDS = 50_000
ARTICLE_WORDS = 400
LINE_WORDS = 40
ARTICLES_PER_COPY = 5  # one article in five is a changed copy
IDLE_SECONDS = 0.3  # a process that does nothing for so long is idle
Call = Callable[[], object]


class Interrupts:
    """Raise KeyboardInterrupt on SIGINT, but only while a call runs."""

    def __init__(self) -> None:
        self.is_enabled = False
        signal.signal(signal.SIGINT, self._handle)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.is_enabled:
            self.is_enabled = False
            raise KeyboardInterrupt


def random_articles(megabytes: float, words: int = ARTICLE_WORDS) -> list[str]:
    """Return generated articles; one in five is a copy of another with a word changed."""
    random = np.random.default_rng(7)
    letters = random.integers(97, 123, (VOCABULARY_WORDS, 10), np.uint8)
    lengths = random.integers(2, 11, VOCABULARY_WORDS)
    vocabulary = [
        bytes(row[:length]).decode() for row, length in zip(letters, lengths, strict=True)
    ]
    texts: list[str] = []
    for number in range(int(megabytes * 1e6 / (7 * words))):
        drawn = (VOCABULARY_WORDS * random.random(words) ** 2).astype(np.int64)
        if number % ARTICLES_PER_COPY == ARTICLES_PER_COPY - 1:
            split = texts[int(random.integers(len(texts)))].split(" ")
            split[int(drawn[0]) % len(split)] = "changed"
            texts.append(" ".join(split))
            continue
        split = [vocabulary[word] for word in drawn.tolist()]
        lines = (split[at : at + LINE_WORDS] for at in range(0, len(split), LINE_WORDS))
        texts.append("\n".join(map(" ".join, lines)))
    return texts


def _query(megabytes: float, _threads: int) -> Call:
    texts, index = random_articles(megabytes), dedup.Index()
    index.add(texts[::2])
    return lambda: index.query(texts).similarity


def _add(megabytes: float, _threads: int) -> Call:
    texts, index = random_articles(megabytes), dedup.Index()

    def call() -> object:
        with index.transaction(keep=False):
            return index.add(texts).similarity

    return call


def _of_articles(call: Callable[..., object]) -> Callable[[float, int], Call]:
    def prepare(megabytes: float, threads: int) -> Call:
        texts = random_articles(megabytes)
        return lambda: call(texts, threads=threads)

    return prepare


def _deduplicated(**settings: Any) -> Callable[..., object]:  # noqa: ANN401
    def call(texts: list[str], threads: int) -> object:
        result = dedup.deduplicate(texts, threads=threads, **settings)
        return [result.keep, result.witness, result.similarity]

    return call


def _short(megabytes: float, threads: int) -> Call:
    texts = random_articles(megabytes, 12)
    return lambda: _deduplicated()(texts, threads)


def _long_row(megabytes: float, threads: int) -> Call:
    texts = random_articles(megabytes)
    texts.insert(0, "\n".join(texts))
    return lambda: _deduplicated()(texts, threads)


def _pairs(texts: list[str], threads: int) -> object:
    found = dedup.near_duplicates(texts, threads=threads)
    return [found.left, found.right, found.similarity]


def _spans(texts: list[str], threads: int) -> object:
    spans = dedup.find_spans(texts, threads=threads).spans
    return [spans.row, spans.start, spans.stop, spans.witness_row, spans.witness_start]


def _blocks(texts: list[str], threads: int) -> object:
    return list(dedup.deduplicate_blocks(texts, threads=threads).texts)


def _audit(texts: list[str], threads: int) -> object:
    return dedup.audit(texts, threads=threads).histogram


def _clean(megabytes: float, _threads: int) -> Call:
    text = "\n".join(random_articles(megabytes))
    return lambda: dedup.clean(text).text


def _restore(megabytes: float, _threads: int) -> Call:
    cleaned = dedup.clean("\n".join(random_articles(megabytes)))
    text, ledger = cleaned.text, cleaned.ledger
    return lambda: dedup.restore(text, ledger)


def _unique(megabytes: float, _threads: int) -> Call:
    texts = random_articles(megabytes)
    return lambda: list(dedup.unique(texts))


CALLS: dict[str, Callable[[float, int], Call]] = {
    "deduplicate": _of_articles(_deduplicated()),
    "deduplicate jaccard": _of_articles(_deduplicated(measure="jaccard")),
    "deduplicate short": _short,
    "deduplicate long row": _long_row,
    "near_duplicates": _of_articles(_pairs),
    "find_spans": _of_articles(_spans),
    "deduplicate_blocks": _of_articles(_blocks),
    "audit": _of_articles(_audit),
    "minhash": _of_articles(dedup.minhash),
    "shingles": _of_articles(dedup.shingles),
    "clean": _clean,
    "restore": _restore,
    "Index.add": _add,
    "Index.query": _query,
    "unique": _unique,
}


def digest(found: object) -> str:
    if isinstance(found, np.ndarray) and found.dtype != object:
        return xxhash.xxh64_hexdigest(np.ascontiguousarray(found).tobytes())
    if isinstance(found, (list, tuple)):
        return xxhash.xxh64_hexdigest("".join(map(digest, found)).encode())
    return xxhash.xxh64_hexdigest(repr(found).encode())


def report(*parts: object) -> None:
    print(*parts, flush=True)  # noqa: T201


def quiet() -> float:
    """Wait until the process is idle; return the processor time that it still used."""
    begin = before = time.process_time()
    while True:
        time.sleep(IDLE_SECONDS)
        now = time.process_time()
        if now - before < IDLE_SECONDS / 20:
            return now - begin
        before = now


def main() -> None:
    name, megabytes, threads, times = sys.argv[1:]
    interrupts = Interrupts()
    call = CALLS[name](float(megabytes), int(threads))
    call()  # fills caches
    begin = time.process_time()
    expected = digest(call())
    report("takes", time.process_time() - begin)
    before = threading.active_count()
    for _ in range(int(times)):
        report("begin", time.process_time())
        try:
            interrupts.is_enabled = True
            call()
            interrupts.is_enabled = False
            report("finished")
        except KeyboardInterrupt:
            report("caught", time.process_time(), time.monotonic())
            report("quiet", quiet(), threading.active_count() - before)
    report("same", digest(call()) == expected)


if __name__ == "__main__":
    main()
