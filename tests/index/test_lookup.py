"""The lookups of an index return exactly the candidates of decision note 20, text by text."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import Config
from dedup.arrays.packed import pack
from dedup.index.batch import HashedBatch
from dedup.index.lookup import MIN_SHARED_SKETCH_KEYS, look_up_batch
from dedup.index.stores.records import IndexRecord
from tests.index.stores.memory_store import MemoryStore
from tests.index.streams import streams

CONFIGS = {
    "containment": Config(),
    "low": Config(threshold=0.4, ngram_size=2),
    "jaccard": Config(measure="jaccard", threshold=0.6, ngram_size=3),
    "letters": Config(unit="char", threshold=0.6, numeric_variants="remove"),
}
MAX_EXHAUSTIVE_POSTINGS = 4
flags = st.lists(st.sampled_from([False, False, False, True]), min_size=28, max_size=28)


class Oracle:
    """Kept texts as a dictionary of sets of keys, by row."""

    def __init__(self, texts: HashedBatch, max_postings: int, max_candidates: int) -> None:
        self.texts, self.max_postings, self.max_candidates = texts, max_postings, max_candidates
        self.kept: dict[int, set[int]] = {}

    def insert(self, row: int) -> None:
        self.kept[row] = set(self.texts.keys.posting_keys[row].tolist())

    def candidates(self, row: int) -> list[int]:
        keys = self.texts.keys
        query_keys = keys.query_keys[row].tolist()
        lists = [[kept for kept, has in self.kept.items() if key in has] for key in query_keys]
        min_shared = int(keys.min_shared[row])
        uncapped: Counter[int] = Counter()
        shared: Counter[int] = Counter()
        if keys.is_exhaustive[row]:
            limit = MAX_EXHAUSTIVE_POSTINGS
            rarest_first = sorted(lists, key=lambda rows: min(len(rows), limit + 1))
            prefix = rarest_first[: len(lists) - min_shared + 1]
            in_prefix = {kept for rows in prefix for kept in rows[:limit]}
            uncapped.update(kept for rows in lists for kept in rows if kept in in_prefix)
            shared, min_uncapped = uncapped, min_shared
        else:
            capped = sum(len(rows) >= self.max_postings for rows in lists)
            min_uncapped = min_shared
            if capped:
                min_uncapped = int(keys.min_shared_uncapped[len(lists) - capped])
            for rows in lists:
                shared.update(rows[: self.max_postings])
                uncapped.update(rows if len(rows) < self.max_postings else ())
        found = [
            kept
            for kept in self.kept
            if shared[kept] and (shared[kept] >= min_shared or uncapped[kept] >= min_uncapped)
        ]
        found.sort(key=lambda kept: (-uncapped[kept], -shared[kept], kept))
        return found[: self.max_candidates]

    def older_versions(self, row: int) -> list[int]:
        keys = self.texts.keys
        sketches = {kept: set(keys.query_keys[kept].tolist()) for kept in self.kept}
        counts = Counter(key for sketch in sketches.values() for key in sketch)
        text_keys = {
            key for key in keys.posting_keys[row].tolist() if counts[key] < self.max_postings
        }
        shared = {kept: len(sketch & text_keys) for kept, sketch in sketches.items()}
        found = [
            kept
            for kept, count in shared.items()
            if count >= MIN_SHARED_SKETCH_KEYS or (count and self.texts.is_short[kept])
        ]
        return sorted(found, key=lambda kept: (-shared[kept], kept))[: self.max_candidates]


def lower_caps(monkeypatch: pytest.MonkeyPatch, max_postings: int, max_candidates: int) -> None:
    """Let a few texts cap a posting list."""
    for module in ("matching.candidates", "index.lookup"):
        monkeypatch.setattr(f"dedup.{module}.MAX_POSTINGS", max_postings)
        monkeypatch.setattr(f"dedup.{module}.MAX_CANDIDATES", max_candidates)
    monkeypatch.setattr(
        "dedup.matching.candidates.MAX_EXHAUSTIVE_POSTINGS", MAX_EXHAUSTIVE_POSTINGS
    )


def hashed(texts: list[str | None], config: Config, max_postings: int) -> HashedBatch:
    """Hash texts; with low caps a few uncapped keys are enough."""
    batch = HashedBatch.of(pack(texts), config)
    min_shared_uncapped = np.minimum(batch.keys.min_shared_uncapped, max_postings)
    return replace(batch, keys=replace(batch.keys, min_shared_uncapped=min_shared_uncapped))


def fill(
    store: MemoryStore,
    oracle: Oracle,
    texts: list[str | None],
    removed: list[bool],
    config: Config,
) -> None:
    """Insert texts into both, and remove some of them again."""
    records = [IndexRecord(row, None, 0) for row in range(len(texts))]
    with store.writing():
        store.insert(records, HashedBatch.of(pack(texts), config).stored_keys)
        store.remove([row for row in range(len(texts)) if removed[row]])
    for row in range(len(texts)):
        if not removed[row]:
            oracle.insert(row)


@pytest.mark.long
@pytest.mark.parametrize(("max_postings", "max_candidates"), [(2, 3), (64, 64)])
@pytest.mark.parametrize("name", CONFIGS)
def test_lookups_equal_a_plain_loop(
    name: str, max_postings: int, max_candidates: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lower_caps(monkeypatch, max_postings, max_candidates)
    config = CONFIGS[name]

    @given(streams(28), st.integers(0, 12), flags, flags, flags)
    def check(
        texts: list[str | None],
        cut: int,
        removed: list[bool],
        not_kept: list[bool],
        copies: list[bool],
    ) -> None:
        indexed, new = texts[:cut], texts[cut:]
        oracle = Oracle(hashed(texts, config, max_postings), max_postings, max_candidates)
        store, batch = MemoryStore(), hashed(new, config, max_postings)
        fill(store, oracle, indexed, removed, config)
        first_row, count = len(indexed), len(new)
        # An exact copy of an indexed text is not looked up, but an update may be inserted.
        is_copy = np.array(copies[:count], np.bool_)
        is_kept = ~np.array(not_kept[:count], np.bool_)
        lookup = look_up_batch(batch, ~is_copy, store, first_row)
        for row in (first_row + np.flatnonzero(~is_copy)).tolist():
            assert lookup.candidates(row) == oracle.candidates(row)
        versions: dict[int, list[int]] = {}
        for row in range(first_row, first_row + count):
            if not is_copy[row - first_row]:
                assert lookup.candidates(row) == oracle.candidates(row)
                if found := batch.min_sketch_size and oracle.older_versions(row):
                    versions[row] = found
            if is_kept[row - first_row]:
                lookup.insert(row)
                oracle.insert(row)
        assert lookup.older_versions(~is_copy) == versions

    check()
