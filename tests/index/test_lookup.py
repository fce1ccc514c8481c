"""The lookups of an index return exactly what note 20 of docs/decisions says, text by text."""

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
    """Kept texts as a dictionary of sets of keys, by number, in order."""

    def __init__(self, texts: HashedBatch, full: int, compared: int) -> None:
        self.texts, self.full, self.compared = texts, full, compared
        self.kept: dict[int, set[int]] = {}

    def insert(self, row: int) -> None:
        self.kept[row] = set(self.texts.keys.posting_keys[row].tolist())

    def candidates(self, row: int) -> list[int]:
        keys = self.texts.keys
        probes = keys.query_keys[row].tolist()
        lists = [[other for other, has in self.kept.items() if key in has] for key in probes]
        needed = int(keys.min_shared[row])
        rest: Counter[int] = Counter()
        every: Counter[int] = Counter()
        if keys.is_exhaustive[row]:
            prefix = sorted(lists, key=lambda listed: min(len(listed), MAX_EXHAUSTIVE_POSTINGS + 1))
            near = {
                other
                for own in prefix[: len(lists) - needed + 1]
                for other in own[:MAX_EXHAUSTIVE_POSTINGS]
            }
            rest.update(other for listed in lists for other in listed if other in near)
            every, of_rest = rest, needed
        else:
            full = sum(len(listed) >= self.full for listed in lists)
            of_rest = int(keys.min_shared_uncapped[len(lists) - full]) if full else needed
            for listed in lists:
                every.update(listed[: self.full])
                rest.update(listed if len(listed) < self.full else ())
        found = [
            other
            for other in self.kept
            if every[other] and (every[other] >= needed or rest[other] >= of_rest)
        ]
        found.sort(key=lambda other: (-rest[other], -every[other], other))
        return found[: self.compared]

    def older_versions(self, row: int) -> list[int]:
        samples = {other: set(self.texts.keys.query_keys[other].tolist()) for other in self.kept}
        listed = Counter(key for own in samples.values() for key in own)
        own = {key for key in self.texts.keys.posting_keys[row].tolist() if listed[key] < self.full}
        counts = {other: len(sample & own) for other, sample in samples.items()}
        found = [
            other
            for other, count in counts.items()
            if count >= MIN_SHARED_SKETCH_KEYS or (count and self.texts.is_short[other])
        ]
        return sorted(found, key=lambda other: (-counts[other], other))[: self.compared]


def lower_caps(monkeypatch: pytest.MonkeyPatch, full: int, compared: int) -> None:
    """Let a few texts fill a posting list."""
    for module in ("matching.candidates", "index.lookup"):
        monkeypatch.setattr(f"dedup.{module}.MAX_POSTINGS", full)
        monkeypatch.setattr(f"dedup.{module}.MAX_CANDIDATES", compared)
    monkeypatch.setattr(
        "dedup.matching.candidates.MAX_EXHAUSTIVE_POSTINGS", MAX_EXHAUSTIVE_POSTINGS
    )


def hashed(texts: list[str | None], config: Config, full: int) -> HashedBatch:
    """Hash texts; where lists fill up soon, a few of the other keys are enough."""
    batch = HashedBatch.of(pack(texts), config)
    keys = batch.keys
    return replace(
        batch, keys=replace(keys, min_shared_uncapped=np.minimum(keys.min_shared_uncapped, full))
    )


def fill(
    store: MemoryStore, oracle: Oracle, known: list[str | None], removed: list[bool], config: Config
) -> None:
    """Insert texts into both, of which some are removed again."""
    records = [IndexRecord(row, None, 0) for row in range(len(known))]
    with store.writing():
        store.insert(records, HashedBatch.of(pack(known), config).posting_keys)
        store.remove([row for row in range(len(known)) if removed[row]])
    for row in range(len(known)):
        if not removed[row]:
            oracle.insert(row)


@pytest.mark.parametrize(("full", "compared"), [(2, 3), (64, 64)])
@pytest.mark.parametrize("name", CONFIGS)
def test_lookups_return_what_the_loop_would(
    name: str, full: int, compared: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lower_caps(monkeypatch, full, compared)
    config = CONFIGS[name]

    @given(streams(28), st.integers(0, 12), flags, flags, flags)
    def check(
        texts: list[str | None],
        cut: int,
        removed: list[bool],
        left_out: list[bool],
        copies: list[bool],
    ) -> None:
        known, new = texts[:cut], texts[cut:]
        oracle = Oracle(hashed(texts, config, full), full, compared)
        store, batch = MemoryStore(), hashed(new, config, full)
        fill(store, oracle, known, removed, config)
        first, count = len(known), len(new)
        # An exact copy of a text of the index is not looked up, but an update may be inserted.
        is_copy, is_kept = np.array(copies[:count], np.bool_), ~np.array(left_out[:count], np.bool_)
        kept = look_up_batch(batch, ~is_copy, store, first)
        for row in (first + np.flatnonzero(~is_copy)).tolist():
            assert kept.candidates(row) == oracle.candidates(row)
        versions: dict[int, list[int]] = {}
        for row in range(first, first + count):
            if not is_copy[row - first]:
                assert kept.candidates(row) == oracle.candidates(row)
                if found := batch.sketch_size and oracle.older_versions(row):
                    versions[row] = found
            if is_kept[row - first]:
                kept.insert(row)
                oracle.insert(row)
        assert kept.older_versions(~is_copy) == versions

    check()
