"""The candidates of the cluster are those of ``matching.candidates``."""

import random
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from dedup.arrays.packed import pack
from dedup.cluster import ranked_candidates
from dedup.cluster.hashed_rows import hash_rows
from dedup.cluster.ranked_candidates import ListedRows, find_in_lists, rank_candidates
from dedup.config import Config, Preset
from dedup.index.batch import HashedBatch
from dedup.matching.candidates import MAX_CANDIDATES, MAX_POSTINGS, CandidateLookup
from tests.generated_texts import framed_texts


def frames_and_copies(seed: int) -> list[str]:
    """Return texts with frames and many near copies, so that lists and candidates are capped."""
    rng = random.Random(seed)
    texts = framed_texts(250, seed)
    story = [f"s{number}" for number in range(40)]
    for _ in range(200):
        if rng.random() < 0.02:
            story[rng.randrange(40)] = f"t{rng.randrange(1000)}"
        texts.append(" ".join(story))
    rng.shuffle(texts)
    return texts


@pytest.mark.parametrize("preset", ["news", "strict", "web", "ocr"])
@pytest.mark.parametrize("seed", range(3))
def test_candidates_are_those_of_the_lookup(preset: Preset, seed: int) -> None:
    config = replace(Config.preset(preset), keep="first")
    keys = HashedBatch.of(pack(frames_and_copies(seed)), config).keys
    rng, lookup, postings = random.Random(seed), CandidateLookup(keys), dict[int, list[int]]()
    expected: dict[int, list[int]] = {}
    rows: dict[str, list[object]] = {
        name: [] for name in ("position", "key_count", "min_shared", "lists")
    }
    for row in range(len(keys.query_keys)):
        expected[row] = lookup.find(row)
        queries = keys.query_keys[row].tolist()
        lists = [postings[key][:MAX_POSTINGS] for key in queries if key in postings]
        if lists:
            columns = (row, len(queries), int(keys.min_shared[row]), lists)
            for name, value in zip(rows, columns, strict=True):
                rows[name].append(value)
        if rng.random() < 0.8:
            lookup.insert(row)
            for key in {*keys.posting_keys[row].tolist()}:
                postings.setdefault(key, []).append(row)
    lists_type = pa.list_(pa.list_(pa.int64()))
    batch = pa.RecordBatch.from_pydict(rows | {"lists": pa.array(rows["lists"], lists_type)})
    pairs = pa.Table.from_batches([*rank_candidates([batch.slice(0, 99), batch.slice(99)], config)])
    found: dict[int, list[int]] = {row: [] for row in expected}
    for pair in pairs.to_pylist():
        if pair["candidate"] is not None:
            found[pair["position"]].append(pair["candidate"])
    assert found == expected
    crowded = {pair["position"] for pair in pairs.to_pylist() if pair["is_crowded"]}
    capped = {
        row
        for row, lists in zip(rows["position"], rows["lists"], strict=True)
        if any(len(rows) == MAX_POSTINGS for rows in lists)  # type: ignore[attr-defined]
    }
    assert capped <= crowded
    full = {row for row, candidates in expected.items() if len(candidates) == MAX_CANDIDATES}
    assert crowded <= capped | full
    assert capped


@pytest.mark.parametrize("preset", ["news", "strict", "web", "ocr"])
def test_candidates_in_lists_that_each_worker_has(
    preset: Preset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranked_candidates, "LISTED_AT_ONCE", 3000)
    config = replace(Config.preset(preset), keep="first")
    texts = pack(frames_and_copies(7))
    keys, rng = HashedBatch.of(texts, config).keys, random.Random(7)
    is_kept = [rng.random() < 0.8 for _ in range(len(texts))]
    lookup, expected = CandidateLookup(keys), dict[int, list[int]]()
    for row in range(len(texts)):
        expected[row] = lookup.find(row)
        if is_kept[row]:
            lookup.insert(row)
    columns = {"dedup_row": np.arange(len(texts)), "text": texts.to_strings(np.arange(len(texts)))}
    hashed = pa.Table.from_batches([*hash_rows([pa.RecordBatch.from_pydict(columns)], config)])
    lists = SimpleNamespace(value=ListedRows.of(hashed.filter(pa.array(is_kept))))
    batches = hashed.to_batches(max_chunksize=100)
    pairs = pa.Table.from_batches([*find_in_lists(batches, lists, config)])
    found: dict[int, list[int]] = {row: [] for row in expected}
    for pair in pairs.to_pylist():
        if pair["candidate"] is not None:
            found[pair["position"]].append(pair["candidate"])
    assert found == expected


def test_no_row_is_listed() -> None:
    schema = pa.schema({"position": pa.int64(), "postings": pa.list_(pa.int32())})
    assert len(ListedRows.of(schema.empty_table()).keys) == 0


def test_a_row_without_lists_has_no_candidates() -> None:
    batch = pa.RecordBatch.from_pydict(
        {
            "position": np.empty(0, np.int64),
            "key_count": np.empty(0, np.int64),
            "min_shared": np.empty(0, np.int64),
            "lists": pa.array([], pa.list_(pa.list_(pa.int64()))),
        }
    )
    assert [*rank_candidates([batch], Config(keep="first"))] == []
