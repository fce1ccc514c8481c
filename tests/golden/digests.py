"""Compute digests of all results of the library on given texts."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import xxhash

import dedup
from dedup import Config
from dedup.config import PRESETS, Preset

PAIR_PRESETS: tuple[Preset, ...] = ("news", "strict", "short")  # for near_duplicates
INDEX_PRESETS: tuple[Preset, ...] = ("news", "strict", "short", "web")
CLEAN_CONFIGS = {
    "default": Config(),
    "jaccard": Config(measure="jaccard"),
    "lines": Config(split_by="line", keep="first"),
    "sentences": Config(split_by="sentence", keep="last", min_tokens=8),
    "figures": Config(numeric_variants="remove", threshold=0.6),
}
INDEX_BATCH = 70  # texts added to an index at once
SITES = 7  # among which texts are distributed


def results_of(texts: list[str]) -> dict[str, str]:
    """Map the name of each computation to the digest of its result."""
    return {name: _digest(compute(texts)) for name, compute in _computations()}


def _computations() -> Iterator[tuple[str, Callable[[list[str]], object]]]:
    yield "shingles", dedup.shingles
    yield "shingles of letters", partial(dedup.shingles, unit="char")
    yield "signatures", dedup.minhash
    yield "signatures of letters", partial(dedup.minhash, unit="char", num_perm=100)
    for preset in PRESETS:
        yield f"deduplicate {preset}", partial(_deduplicated, config=Config.preset(preset))
    for preset in PAIR_PRESETS:
        yield f"pairs {preset}", partial(_pairs, config=Config.preset(preset))
    for preset in INDEX_PRESETS:
        yield f"index {preset}", partial(_indexed, config=Config.preset(preset))
    for name, config in CLEAN_CONFIGS.items():
        yield f"clean {name}", partial(_cleaned, config=config)
    yield "spans", _spans
    yield "boilerplate", _boilerplate
    yield "pages of sites", _pages


def _deduplicated(texts: list[str], config: Config) -> object:
    result = dedup.deduplicate(texts, config)
    names = ("keep", "witness", "similarity", "exact", "numeric_variant", "tokenless", "order")
    return [getattr(result, name) for name in names]


def _pairs(texts: list[str], config: Config) -> object:
    pairs = dedup.near_duplicates(texts, config)
    return [pairs.left, pairs.right, pairs.similarity, pairs.numeric_variant]


def _cleaned(texts: list[str], config: Config) -> object:
    results = [dedup.clean(text, config) for text in texts]
    return [(result.cut, result.kept, map(_fields, result.ledger)) for result in results]


def _fields(found: dedup.Removal | dedup.Pattern) -> tuple[object, ...]:
    """Return the fields; the last one, of the source of a frame, only if there is one."""
    *fields, source = astuple(found)
    return tuple(fields) if source is None else (*fields, source)


def _spans(texts: list[str]) -> object:
    result = dedup.find_spans(texts, min_span=20)
    columns = [getattr(result.spans, name) for name in dedup.RepeatedSpan._fields]
    return [*columns, result.changed, result.texts]


def _boilerplate(texts: list[str]) -> object:
    result = dedup.deduplicate_blocks(texts, min_df=3)
    rows = result.changed.tolist()
    ledgers = [map(_fields, result.ledger(row)) for row in rows]
    return [map(_fields, result.patterns), result.changed, ledgers, result.texts]


def _pages(texts: list[str]) -> object:
    source = [f"https://{row % SITES}.example/{row // 2}" for row in range(len(texts))]
    result = dedup.deduplicate(texts, "web", source=source)
    blocks = dedup.deduplicate_blocks(texts, min_df=3, source=source)
    patterns = map(_fields, blocks.patterns)
    return [result.witness, result.similarity, result.order, patterns, blocks.texts]


def _indexed(texts: list[str], config: Config) -> object:
    found: list[object] = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "index.db"
        with dedup.Index(path, config) as index:
            for start in range(0, len(texts), INDEX_BATCH):
                rows = range(start, min(start + INDEX_BATCH, len(texts)))
                matches = index.add([texts[row] for row in rows], ids=[*map(str, rows)])
                found += [matches.keep, matches.witness, matches.similarity, matches.exact]
                found += [matches.numeric_variant, matches.supersedes]
            matches = index.query(texts[::3])
            found += [matches.keep, matches.witness, matches.similarity]
            index.compact()
        with sqlite3.connect(path) as connection:
            found += [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
                      for table in ("chunk", "fence", "run")]  # fmt: skip
        connection.close()
    return found


def _digest(value: object) -> str:
    digest = xxhash.xxh3_128()
    _add(value, digest)
    return digest.hexdigest()


def _add(value: object, digest: xxhash.xxh3_128) -> None:
    if isinstance(value, np.ndarray):
        digest.update(f"{value.dtype.str} {value.shape}".encode())
        digest.update(np.ascontiguousarray(value).data.cast("B") if value.size else b"")
    elif isinstance(value, bytes):
        digest.update(b"bytes %d " % len(value) + value)
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for item in value:
            _add(item, digest)
        digest.update(b"end")
    else:
        digest.update(f"{value!r}\n".encode("utf-8", "surrogatepass"))
