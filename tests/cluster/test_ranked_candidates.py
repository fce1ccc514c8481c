"""The candidates of the cluster are those of ``matching.candidates``."""

import random
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from dedup.arrays.native import has_core
from dedup.arrays.packed import pack
from dedup.cluster import key_exchange, ranked_candidates
from dedup.cluster.hashed_rows import hash_rows, post_queries, post_rows
from dedup.cluster.key_columns import keys_of
from dedup.cluster.key_exchange import cut_postings, cut_queries, find_lists
from dedup.cluster.key_filter import ASKED_FACTOR, KeyFilter
from dedup.cluster.ranked_candidates import rank_candidates
from dedup.config import Config, Preset
from dedup.index.batch import HashedBatch
from dedup.matching.candidates import MAX_CANDIDATES, MAX_POSTINGS, CandidateLookup
from tests.generated_texts import framed_texts

PARTS, ROW_PARTS = 5, 3
NO_KEYS = np.empty(0, np.uint64)


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


def exchanged(
    hashed: list[pa.RecordBatch], posted: list[pa.RecordBatch], frequent: np.ndarray, config: Config
) -> dict[int, tuple[list[int], bool]]:
    """Return the candidates of each row, and whether it is crowded, as a cluster finds them."""
    cut = [*cut_queries(hashed, PARTS, frequent), *cut_postings(posted, PARTS, frequent)]
    random.Random(1).shuffle(cut)
    lists = [
        batch
        for part in range(PARTS)
        for batch in find_lists([_of_part(batch, part) for batch in cut], ROW_PARTS)
    ]
    random.Random(2).shuffle(lists)
    ranked = [
        batch
        for part in range(ROW_PARTS)
        for batch in rank_candidates([_of_part(batch, part) for batch in lists], config)
    ]
    rows = [row for batch in ranked for row in batch.to_pylist()]
    found = {row["position"]: (row["candidates"], row["is_crowded"]) for row in rows}
    assert len(found) == len(rows)
    return found


def _of_part(batch: pa.RecordBatch, part: int) -> pa.RecordBatch:
    return batch.filter(pa.array(batch.column("part").to_numpy() == part))


@pytest.mark.long
@pytest.mark.parametrize("preset", ["news", "strict", "web", "ocr"])
@pytest.mark.parametrize("seed", range(3))
def test_candidates_are_those_of_the_lookup(
    preset: Preset, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_exchange, "LISTED_AT_ONCE", 900)
    monkeypatch.setattr(ranked_candidates, "COUNTED_AT_ONCE", 3000)
    config = replace(Config.preset(preset), keep="first")
    texts = pack(frames_and_copies(seed))
    keys, rng = HashedBatch.of(texts, config).keys, random.Random(seed)
    is_kept = np.array([rng.random() < 0.8 for _ in range(len(texts))])
    lookup, listed = CandidateLookup(keys), dict[int, int]()
    expected, capped = dict[int, list[int]](), set[int]()
    for row in range(len(texts)):
        expected[row] = lookup.find(row)
        if any(listed.get(key, 0) >= MAX_POSTINGS for key in keys.query_keys[row].tolist()):
            capped.add(row)
        if is_kept[row]:
            lookup.insert(row)
            for key in {*keys.posting_keys[row].tolist()}:
                listed[key] = listed.get(key, 0) + 1
    columns = {"dedup_row": np.arange(len(texts)), "text": texts.to_strings(np.arange(len(texts)))}
    rows = pa.Table.from_pydict(columns).to_batches(max_chunksize=100)
    hashed = [*hash_rows(rows, config, by_core=has_core())]
    queries = np.concatenate([keys_of(batch, "queries").values for batch in hashed])
    asked = KeyFilter.of(queries, ASKED_FACTOR)
    by_text = config.measure == "containment"
    posted = [*(post_rows(rows, asked, config) if by_text else post_queries(hashed, asked))]
    posted = [batch.filter(pa.array(is_kept[batch["position"].to_numpy()])) for batch in posted]
    every, counts = np.unique(queries, return_counts=True)
    for frequent in (NO_KEYS, every[counts > 40]):
        found = exchanged(hashed, posted, frequent, config)
        assert {row: found.get(row, ([], False))[0] for row in expected} == expected
        crowded = {row for row, (_, is_crowded) in found.items() if is_crowded}
        full = {row for row, rows in expected.items() if len(rows) == MAX_CANDIDATES}
        assert capped <= crowded <= capped | full
    assert capped


def test_no_row_asks_or_is_listed() -> None:
    config = Config(keep="first")
    assert exchanged([], [], NO_KEYS, config) == {}
    row = pa.RecordBatch.from_pydict({"dedup_row": [0], "text": ["a b"]})
    hashed = [*hash_rows([row], config, by_core=has_core())]
    assert exchanged(hashed, [], NO_KEYS, config) == {}
