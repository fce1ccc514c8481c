"""Rows and candidates in groups: the similarity of each pair, as ``deduplicate`` has it."""

import random
from typing import Any

import pyarrow as pa
import pytest

import dedup
from dedup.cluster import compared_pairs
from dedup.cluster.compared_pairs import compare_groups
from dedup.config import Config, Preset
from tests.generated_texts import framed_texts, site_pages


def group_rows(texts: list[str], lists: dict[int, list[int]], groups: dict[int, int]) -> pa.Table:
    """Return the rows of groups: the texts that are needed, and lists of candidates."""
    rows: list[dict[str, Any]] = []
    for row, candidates in lists.items():
        group = {"group": groups[row], "group_part": row % 2}
        empty = {"text": None, "candidates": None}
        rows += [
            {**group, **empty, "position": one, "text": texts[one]} for one in (row, *candidates)
        ]
        rows.append({**group, **empty, "position": row, "candidates": candidates})
    unique = {(row["group"], row["group_part"], row["position"], row["text"]): row for row in rows}
    rows = [*unique.values()]
    random.Random(5).shuffle(rows)
    rows.sort(key=lambda row: (row["group"], row["group_part"]))
    schema = pa.schema(
        {
            "group": pa.int64(),
            "group_part": pa.int32(),
            "position": pa.int64(),
            "text": pa.string(),
            "candidates": pa.list_(pa.int64()),
        }
    )
    return pa.Table.from_pylist(rows, schema)


@pytest.mark.parametrize("preset", ["news", "strict", "short", "web"])
@pytest.mark.parametrize("at_once", [1, 1 << 24])
def test_pairs_match_as_on_one_machine(
    preset: Preset, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compared_pairs, "COMPARED_BYTES_AT_ONCE", at_once)
    rng, config = random.Random(4), Config.preset(preset)
    texts = [*framed_texts(40, 8), *site_pages(20, 8)]
    texts += [rng.choice(texts).rpartition(" ")[0] for _ in range(60)]
    lists = {row: sorted(rng.sample(range(row), min(row, 6))) for row in range(1, 120)}
    groups = {row: candidates[0] for row, candidates in lists.items()}
    batches = group_rows(texts, lists, groups).to_batches(max_chunksize=7)
    table = pa.Table.from_batches([*compare_groups(batches, config)])
    found = {(row["position"], row["candidate"]): row["similarity"] for row in table.to_pylist()}
    assert len(found) == len(table)
    expected = {}
    for row, candidates in lists.items():
        for other in candidates:
            result = dedup.deduplicate([texts[other], texts[row]], config, keep="first")
            similarity = dedup.similarity(texts[row], texts[other], config)
            if not result.keep[1] and not result.exact[1]:
                expected[row, other] = similarity
    exact = {pair for pair in found if dedup.deduplicate([texts[one] for one in pair]).exact.any()}
    assert {pair: similarity for pair, similarity in found.items() if pair not in exact} == expected
    assert expected


def test_no_rows() -> None:
    empty = group_rows([], {}, {})
    assert [*compare_groups(empty.to_batches(), Config())] == []
