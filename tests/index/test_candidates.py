"""The lookups of an index return exactly what the keep-first loop would, over all texts."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import Config
from dedup.index.batch import HashedBatch
from dedup.index.candidates import IndexCandidates, fetch_postings, shared_keys
from dedup.index.older_versions import SHARED, OlderVersions
from dedup.index.stores.protocol import Record
from dedup.matching.candidates import Candidates
from dedup.text.packed import pack
from index.streams import streams
from store.memory_store import MemoryStore

CONFIGS = {
    "containment": Config(),
    "low": Config(threshold=0.4, ngram_size=2),
    "jaccard": Config(measure="jaccard", threshold=0.6, ngram_size=3),
    "letters": Config(unit="char", threshold=0.6, numeric_variants="remove"),
}


def older_versions(batch: HashedBatch, kept: list[int], row: int, full: int) -> list[int]:
    """Return the kept texts that a text may contain, counted one by one."""
    probes = {other: set(batch.keys.probes[other].tolist()) for other in kept}
    samples = Counter(key for own in probes.values() for key in own)
    keys = {key for key in batch.keys.entries[row].tolist() if samples[key] < full}
    counts = {other: len(own & keys) for other, own in probes.items()}
    found = [
        (-count, other)
        for other, count in counts.items()
        if count >= SHARED or (count and batch.is_short[other])
    ]
    return [other for _, other in sorted(found)]


@pytest.mark.parametrize("full", [2, 64])
@pytest.mark.parametrize("name", CONFIGS)
def test_lookups_return_what_the_loop_would(
    name: str, full: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("matching.candidates", "index.candidates", "index.older_versions"):
        monkeypatch.setattr(f"dedup.{module}.FULL", full)
    monkeypatch.setattr("dedup.matching.candidates.COMPARED", 64 if full == 64 else 3)
    monkeypatch.setattr("dedup.matching.candidates.LISTED", 4)
    config = CONFIGS[name]

    @given(streams(12), streams(16), st.lists(st.booleans(), min_size=16, max_size=16))
    def check(known: list[str | None], texts: list[str | None], keeps: list[bool]) -> None:
        store, base = MemoryStore(), len(known)
        records = [Record(row, None, 0) for row in range(base)]
        with store.writing():
            store.insert(records, HashedBatch.of(pack(known), config).entries())
        batch = HashedBatch.of(pack(texts), config)
        postings, shared = fetch_postings(batch, store, base), shared_keys(batch)
        candidates = IndexCandidates(batch, postings, shared)
        versions = OlderVersions(batch, postings, shared)
        whole = HashedBatch.of(pack(known + texts), config)
        plain, kept = Candidates(whole.keys), [*range(base)]
        for row in kept:
            plain.insert(row)
        for row, keep in zip(range(len(texts)), keeps, strict=False):
            assert candidates.of(row) == [other - base for other in plain.of(base + row)]
            expected = older_versions(whole, kept, base + row, full) if whole.sample_size else []
            assert versions.of(row) == [other - base for other in expected]
            if keep:
                candidates.insert(row)
                versions.insert(row)
                plain.insert(base + row)
                kept.append(base + row)

    check()
