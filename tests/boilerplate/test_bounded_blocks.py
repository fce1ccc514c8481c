"""With arrays on disk, memory does not grow with the number of blocks."""

import random
import tracemalloc
from pathlib import Path

import pytest

from dedup import Config
from dedup.arrays.memory import DiskMemory, can_limit
from dedup.arrays.packed import PackedTexts, pack
from dedup.boilerplate.patterns import PatternRules, find_patterns
from tests.without_core import needs_core

LINES, SHARED = 40, 3
BYTES = 12  # of memory for each further block: a few of its dozen columns would be more


def corpus(count: int) -> PackedTexts:
    rng = random.Random(5)
    shared = [" ".join(rng.choices("abcdefghij", k=9)) for _ in range(30)]
    return pack(
        "\n".join(
            [
                *(f"own{row}x{line} a{line} b{row} c d e f{rng.random()}" for line in range(LINES)),
                *rng.sample(shared, SHARED),
            ]
        )
        for row in range(count)
    )


def peak(count: int, folder: Path) -> int:
    """Return the memory of numpy and Python beyond the texts and the arrays on disk."""
    packed = corpus(count)
    config, memory = Config(min_tokens=5, split_by="line"), DiskMemory(folder, 1 << 40)
    memory.part_bytes = 1 << 16  # as with a small limit
    tracemalloc.start()
    try:
        found = find_patterns(packed, config, PatternRules(5), threads=1, memory=memory)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        assert len(found.blocks) == count * (LINES + SHARED)
        assert len(found.patterns) > 20


@needs_core  # the specification keeps its arrays in RAM
@pytest.mark.skipif(not can_limit(), reason="needs Linux")
def test_memory_does_not_grow_with_the_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "arrays.long_arrays.BATCH_ITEMS": 1000,
        "arrays.parallel.MAX_CHUNK_BYTES": 1 << 15,
        "arrays.memory.MAX_RAM_ARRAY_BYTES": 64,
    }.items():
        monkeypatch.setattr(f"dedup.{name}", value)
    peak(100, tmp_path)  # what is loaded and kept
    few, many = 300, 1500
    grown = peak(many, tmp_path) - peak(few, tmp_path)
    assert grown < BYTES * (many - few) * (LINES + SHARED)
