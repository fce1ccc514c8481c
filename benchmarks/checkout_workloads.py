"""The workloads of ``benchmarks.compare_checkouts`` and the process that runs them.

They call only public functions of dedup, so that older checkouts can run them. The process gets a
part and a size as arguments. It prints the name of a workload and answers each line ``run`` with
the seconds and the digest of the result; any other line asks for the next workload.
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
from benchmarks import corpora, generated_texts

NEWS = ("allsides", "trove_press_refugees", "reuters21578")
LANGUAGES = {
    "English": ("allsides",),
    "Chinese": ("xwlb_zh",),
    "Russian": ("tgnews_sample",),
    "Thai": ("thaigov_th",),
    "African languages": ("masakhanews",),
    "Korean": ("petitions_ko",),
}
COMPARED_FIELDS = ("keep", "witness", "similarity", "exact", "numeric_variant", "order")
BATCH = 1000  # texts added to an index at once
Work = Callable[[], object]
Workloads = Iterator[tuple[str, Work]]


@cache
def texts_of(megabytes: int, *names: str) -> list[str]:
    """Return articles of corpora up to a size; generated ones if a corpus is missing."""
    try:
        found = corpora.articles(*names)
    except FileNotFoundError:
        found = generated_texts.dump(megabytes * 300).texts
    return list(_first_bytes(megabytes * 1_000_000, found))


@cache
def articles(megabytes: int) -> list[str]:
    """Return news; if there is too little, add the same articles with the words reversed.

    A reversed article is no copy of its original, and reversed copies are copies of each other.
    """
    texts = texts_of(megabytes, *NEWS)
    missing = megabytes * 1_000_000 - sum(len(text.encode()) for text in texts)
    reversed_texts = (" ".join(reversed(text.split(" "))) for text in texts)
    return [*texts, *_first_bytes(missing, reversed_texts)]


def paragraphs(count: int) -> list[str]:
    try:
        return corpora.paragraphs(*NEWS)[:count]
    except FileNotFoundError:
        return generated_texts.dump(count, kind="paragraph").texts


def _first_bytes(size: int, texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        size -= len(text.encode())
        if size < 0:
            return
        yield text


def languages(megabytes: int) -> Workloads:
    for language, names in LANGUAGES.items():
        texts = texts_of(megabytes, *names)
        yield f"{language}, shingles", partial(dedup.shingles, texts, threads=1)
        yield f"{language}, minhash", partial(dedup.minhash, texts, threads=1)
        for preset in ("news", "web", "ocr"):
            config = dedup.Config.preset(preset)
            yield f"{language}, {preset}", partial(dedup.deduplicate, texts, config, threads=1)


def large_corpus(megabytes: int) -> Workloads:
    return deduplications(f"{megabytes} MB of articles", articles(megabytes))


def short_texts(count: int) -> Workloads:
    return deduplications(f"{count:,} paragraphs", paragraphs(count))


def deduplications(name: str, texts: list[str]) -> Workloads:
    for threads in (1, 2):
        for measure in ("containment", "jaccard"):
            work = partial(dedup.deduplicate, texts, measure=measure, threads=threads)
            yield f"{name}, {measure}, threads={threads}", work


def spans(megabytes: int) -> Workloads:
    texts = articles(megabytes)
    for threads in (1, 2):
        yield f"find_spans, threads={threads}", partial(dedup.find_spans, texts, threads=threads)


def blocks(megabytes: int) -> Workloads:
    texts = articles(megabytes)
    yield "deduplicate_blocks", partial(dedup.deduplicate_blocks, texts, threads=1)


def audit(megabytes: int) -> Workloads:
    yield "audit", partial(dedup.audit, articles(megabytes), threads=1)


def index(count: int) -> Workloads:
    texts = articles(count // 150)[:count]
    with TemporaryDirectory() as folder:
        yield "index, add in memory", partial(_add, texts[:BATCH], None)
        paths = (Path(folder) / f"{number}.db" for number in range(1_000_000))
        yield "index, add to a file", lambda: _add(texts, next(paths))
        path = next(paths)
        _add(texts[::2], path)
        with dedup.Index(path) as filled:
            yield "index, query one text", lambda: [_query(filled, [text]) for text in texts[:50]]
            yield "index, query many texts", lambda: _query(filled, texts[:BATCH])


def _add(texts: list[str], path: Path | None) -> object:
    with dedup.Index(path) as index:
        results = [
            index.add(
                texts[start : start + BATCH], ids=range(start, min(start + BATCH, len(texts)))
            )
            for start in range(0, len(texts), BATCH)
        ]
    return [(result.keep, result.witness, result.similarity) for result in results]


def _query(index: dedup.Index, texts: list[str]) -> object:
    found = index.query(texts)
    return found.keep, found.witness, found.similarity


def cleaning(count: int) -> Workloads:
    texts = texts_of(40, "trove_press_refugees")[:count]
    longest = max(texts[:100], key=len)
    repeated = f"{longest}\n{longest}"
    yield "clean, many texts", lambda: [_cleaned(text) for text in texts]
    yield "clean, one long text", lambda: [_cleaned(repeated) for _ in range(20)]
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


# By part: a function of a size, the size, and the size with --quick.
PARTS: dict[str, tuple[Callable[[int], Workloads], int, int]] = {
    "languages": (languages, 40, 4),
    "articles": (large_corpus, 400, 40),
    "paragraphs": (short_texts, 1_000_000, 100_000),
    "spans": (spans, 100, 20),
    "blocks": (blocks, 100, 20),
    "audit": (audit, 20, 5),
    "index": (index, 10_000, 2000),
    "clean": (cleaning, 2000, 300),
}


def digest_of(result: object) -> str:
    """Return a digest of the public fields of a result."""
    digest = blake2b(digest_size=8)
    _add_to(digest.update, result)
    return digest.hexdigest()


def _add_to(update: Callable[[bytes], object], value: object) -> None:
    if isinstance(value, dedup.DedupResult):
        _add_to(update, [getattr(value, name) for name in COMPARED_FIELDS])
    elif isinstance(value, dedup.SpansResult):
        _add_to(update, [getattr(value.spans, name) for name in dedup.RepeatedSpan._fields])
    elif isinstance(value, dedup.BoilerplateResult):
        _add_to(update, [value.changed, value.texts])
    elif isinstance(value, dedup.AuditResult):
        counts = [value.kept, value.exact, value.near, value.histogram]
        _add_to(update, [*counts, [plant.found for plant in value.plants]])
    elif isinstance(value, np.generic):
        _add_to(update, value.item())
    elif isinstance(value, np.ndarray):
        update(f"{value.dtype.str} {value.shape}".encode() + np.ascontiguousarray(value).tobytes())
    elif isinstance(value, (list, tuple)):
        for item in value:
            _add_to(update, item)
    elif isinstance(value, (str, bytes, int, float, type(None))):
        update(repr(value).encode())
    else:
        raise TypeError(type(value))


def serve() -> None:
    """Print the name of one workload after the other; run each when asked to."""
    make, size, _ = PARTS[sys.argv[1]]
    for name, work in make(int(sys.argv[2]) if len(sys.argv) > 2 else size):
        print(json.dumps({"name": name}), flush=True)
        while sys.stdin.readline() == "run\n":
            wall, cpu = perf_counter(), process_time()
            result = work()
            seconds = {"cpu": process_time() - cpu, "wall": perf_counter() - wall}
            print(json.dumps(seconds | {"digest": digest_of(result)}), flush=True)
            del result
    print(json.dumps({"name": None}), flush=True)


if __name__ == "__main__":
    serve()
