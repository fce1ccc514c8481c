"""What ``benchmarks.compare_checkouts`` times, and the process that runs it in one environment.

The process runs with the ``benchmarks`` package of its own checkout, since steps of ``make rates``
call functions that are not public. Its arguments are a part and a size. It writes the name of a
workload, and answers ``run`` with the seconds and the digest of the result; anything else asks for
the next workload.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np

import dedup
from benchmarks import corpora, generated_texts, sketch_speed
from dedup.arrays.packed import pack

NEWS = ("allsides", "trove_press_refugees", "reuters21578")
LANGUAGES = {
    "English": ("allsides",),
    "Chinese": ("xwlb_zh",),
    "Russian": ("tgnews_sample",),
    "Thai": ("thaigov_th",),
    "African": ("masakhanews",),
    "Korean": ("petitions_ko",),
}
RESULT = ("keep", "witness", "similarity", "exact", "numeric_variant", "order")
BATCH = 1000  # texts that are added to an index at once
Work = Callable[[], object]


@cache
def texts_of(megabytes: int, *names: str) -> list[str]:
    """Return articles of so much UTF-8, or as much as there is; made ones where there are none."""
    try:
        found = corpora.articles(*names)
    except FileNotFoundError:
        found = generated_texts.dump(megabytes * 300).texts
    return list(_up_to(megabytes * 1_000_000, found))


@cache
def articles(megabytes: int) -> list[str]:
    """Return news; where there is too little, the same articles again with their words reversed.

    No such article is a copy of the one that it was made from, and copies are copies of each other.
    """
    texts = texts_of(megabytes, *NEWS)
    missing = megabytes * 1_000_000 - sum(len(text.encode()) for text in texts)
    reversed_ = (" ".join(reversed(text.split(" "))) for text in texts)
    return [*texts, *_up_to(missing, reversed_)]


def paragraphs(count: int) -> list[str]:
    """Return paragraphs of news, without those that have a URL with %20 in it.

    Of these the kernels of the numba version read numbers otherwise than its specification.
    """
    try:
        return [line for line in corpora.paragraphs(*NEWS) if "%20" not in line][:count]
    except FileNotFoundError:
        return generated_texts.dump(count, kind="paragraph").texts


def _up_to(size: int, texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        size -= len(text.encode())
        if size < 0:
            return
        yield text


def steps(megabytes: int) -> Iterator[tuple[str, Work]]:
    """Yield the rows of ``make rates``, and functions on texts that are packed already."""
    for language, names in LANGUAGES.items():
        texts = texts_of(megabytes, *names)
        packed = pack(texts)
        for step, work in sketch_speed.STEPS.items():
            if step != "str.split":
                yield f"{language}, {step}", partial(work, texts)
        yield f"{language}, shingles of packed", partial(dedup.shingles, packed, threads=1)
        yield f"{language}, minhash of packed", partial(dedup.minhash, packed, threads=1)


def large(megabytes: int) -> Iterator[tuple[str, Work]]:
    return deduplications(f"{megabytes} MB of articles", articles(megabytes))


def short(count: int) -> Iterator[tuple[str, Work]]:
    return deduplications(f"{count:,} paragraphs", paragraphs(count))


def deduplications(name: str, texts: list[str]) -> Iterator[tuple[str, Work]]:
    for threads in (1, 2):
        for measure in ("containment", "jaccard"):
            work = partial(dedup.deduplicate, texts, measure=measure, threads=threads)
            yield f"{name}, {measure}, threads={threads}", work


def spans(megabytes: int) -> Iterator[tuple[str, Work]]:
    texts = articles(megabytes)
    for threads in (1, 2):
        yield f"find_spans, threads={threads}", partial(dedup.find_spans, texts, threads=threads)


def blocks(megabytes: int) -> Iterator[tuple[str, Work]]:
    texts = articles(megabytes)
    yield "deduplicate_blocks", partial(dedup.deduplicate_blocks, texts, threads=1)


def audit(megabytes: int) -> Iterator[tuple[str, Work]]:
    yield "audit", partial(dedup.audit, articles(megabytes), threads=1)


def index(count: int) -> Iterator[tuple[str, Work]]:
    texts = articles(count // 150)[:count]
    with TemporaryDirectory() as folder:
        yield "index adds in memory", partial(_add, texts[:BATCH], None)
        paths = (Path(folder) / f"{number}.db" for number in range(1_000_000))
        yield "index adds in a file", lambda: _add(texts, next(paths))
        path = next(paths)
        _add(texts[::2], path)
        with dedup.Index(path) as filled:
            yield "index queries of 1 text", lambda: [_query(filled, [text]) for text in texts[:50]]
            yield "index query of many texts", lambda: _query(filled, texts[:BATCH])


def _add(texts: list[str], path: Path | None) -> object:
    with dedup.Index(path) as index:
        parts = [
            index.add(
                texts[start : start + BATCH], ids=range(start, min(start + BATCH, len(texts)))
            )
            for start in range(0, len(texts), BATCH)
        ]
    return [(part.keep, part.witness, part.similarity) for part in parts]


def _query(index: dedup.Index, texts: list[str]) -> object:
    found = index.query(texts)
    return found.keep, found.witness, found.similarity


def cleaning(count: int) -> Iterator[tuple[str, Work]]:
    texts = texts_of(40, "trove_press_refugees")[:count]
    longest = max(texts[:100], key=len)
    body = f"{longest}\n{longest}"
    yield "clean of each", lambda: [_cleaned(text) for text in texts]
    yield "clean of one", lambda: [_cleaned(body) for _ in range(20)]
    with TemporaryDirectory() as name:
        source, target = Path(name, "texts.jsonl"), Path(name, "clean.jsonl")
        records = (json.dumps({"id": row, "text": text}) for row, text in enumerate(texts))
        source.write_text("\n".join(records) + "\n", encoding="utf-8")

        def files() -> object:
            dedup.clean_dataset([source], target)
            return target.read_bytes()

        yield "clean_dataset", files


def _cleaned(text: str) -> object:
    cleaned = dedup.clean(text)
    return cleaned.cut, list(cleaned.kept)


PARTS: dict[str, tuple[Callable[[int], Iterator[tuple[str, Work]]], int, int]] = {
    "rates": (steps, 40, 4),  # the size, and the size in quick mode
    "articles": (large, 400, 40),
    "paragraphs": (short, 1_000_000, 100_000),
    "spans": (spans, 100, 20),
    "blocks": (blocks, 100, 20),
    "audit": (audit, 20, 5),
    "index": (index, 10_000, 2000),
    "clean": (cleaning, 2000, 300),
}


def digest_of(result: object) -> str | None:
    """Return a digest of what a user sees; None for what only the kernels see."""
    digest = blake2b(digest_size=8)
    try:
        _add_to(digest.update, result)
    except TypeError:
        return None
    return digest.hexdigest()


def _add_to(update: Callable[[bytes], object], value: object) -> None:
    if isinstance(value, dedup.DedupResult):
        _add_to(update, [getattr(value, name) for name in RESULT])
    elif isinstance(value, dedup.SpansResult):
        _add_to(update, [getattr(value.spans, name) for name in dedup.RepeatedSpan._fields])
    elif isinstance(value, dedup.BoilerplateResult):
        _add_to(update, [value.changed, value.texts])
    elif isinstance(value, dedup.AuditResult):
        counts = [value.kept, value.exact, value.near, value.histogram]
        _add_to(update, [*counts, [plant.found for plant in value.plants]])
    elif isinstance(value, np.ndarray):
        update(f"{value.dtype.str} {value.shape}".encode() + np.ascontiguousarray(value).tobytes())
    elif isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        for item in value:
            _add_to(update, item)
    elif isinstance(value, (str, bytes, int, float, type(None))):
        update(repr(value).encode())
    else:
        raise TypeError


def serve() -> None:
    """Name one workload after the other, and run each as often as it is asked to."""
    make, size, _ = PARTS[sys.argv[1]]
    for name, work in make(int(sys.argv[2]) if len(sys.argv) > 2 else size):
        print(json.dumps({"name": name}), flush=True)
        while sys.stdin.readline() == "run\n":
            clock, processor = perf_counter(), process_time()
            result = work()
            spent = {"cpu": process_time() - processor, "wall": perf_counter() - clock}
            print(json.dumps(spent | {"digest": digest_of(result)}), flush=True)
            del result
    print(json.dumps({"name": None}), flush=True)


if __name__ == "__main__":
    serve()
