"""``Index.neighbors``: all texts that a text repeats, by brute force over what the index has."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import Config, Index, shingles
from dedup.index.stores.records import Id
from dedup.matching.similarity import MEASURES
from tests.index.streams import streams

CONFIGS = {
    "containment": Config(threshold=0.3, ngram_size=2),
    "jaccard": Config(measure="jaccard", threshold=0.5, ngram_size=2),
    "letters": Config(unit="char", threshold=0.6, numeric_variants="remove"),
}


def nearest(
    index: Index, texts: list[str | None], config: Config, k: int
) -> list[list[tuple[Id, float]]]:
    kept = [*index.export()]
    values, offsets = shingles(
        [item.text for item in kept] + texts, ngram_size=config.ngram_size, unit=config.unit
    )
    of = [values[start:stop] for start, stop in pairwise(offsets.tolist())]
    found = []
    for own in of[len(kept) :]:
        scores = [
            MEASURES[config.measure](own, other) if len(own) and len(other) else 0.0 for other in of
        ]
        order = sorted(range(len(kept)), key=lambda row: (-scores[row], row))
        named = [(kept[row].id, scores[row]) for row in order]
        found.append([one for one in named if one[1] >= config.threshold][:k])
    return found


@pytest.mark.parametrize("name", CONFIGS)
def test_neighbors_equal_brute_force(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    config = CONFIGS[name]

    @settings(max_examples=settings().max_examples // 4)
    @given(streams(), streams(6), st.integers(1, 9))
    def check(known: list[str | None], texts: list[str | None], k: int) -> None:
        with Index(tmp_path_factory.mktemp("index") / "seen.db", config) as index:
            index.add(known, ids=range(len(known)))
            index.remove(range(0, len(known), 5))
            assert index.neighbors(texts, k=k) == nearest(index, texts, config, k)

    check()


def test_neighbors_ignore_the_caps(tmp_path: Path) -> None:
    texts = [f"The ferry to pier {n} was late again and nobody could say why." for n in range(200)]
    with Index(tmp_path / "seen.db", threshold=0.4) as index:
        assert index.add(texts, ids=range(200)).keep.sum() > 64  # their figures differ
        found = index.neighbors([texts[7]], k=500)[0]
        assert found[0] == (7, 1.0)
        assert len(found) == len(index)
