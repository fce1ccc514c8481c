"""Near copies that differ in numbers, as a reader judged them: ids and judgements, no texts.

Texts of fewer words than ``least_tokens`` stay for their length, so they are left out here.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from benchmarks.corpora import folder, records
from dedup import Config
from dedup.matching.elements import Elements, elements_of
from dedup.matching.numeric_variants import is_variant_of, lacking_in
from dedup.matching.pair_rule import least_tokens

JUDGED = json.loads(Path(__file__).with_name("judged_pairs.json").read_text("utf-8"))
AT_LEAST = {  # precision and recall of numeric variants: as measured, rounded down
    "tuned": (0.9, 0.88),
    "held_out": (0.94, 0.91),
    "second": (0.91, 0.8),
    "third": (0.87, 0.63),
}


@cache
def texts_of(name: str) -> dict[str, str]:
    for place in (folder() / name, folder() / "labelled" / name):
        if place.is_dir():
            rows = records(place / "articles.jsonl.zst")
            return {str(row["id"]): row["text"] or "" for row in rows}
    pytest.skip(f"no texts of {name}: set DEDUP_DATA to the folder of the corpora")


@cache
def elements(name: str, row: str) -> Elements:
    utf8 = texts_of(name)[row].encode("utf-8", "surrogatepass")
    return elements_of(np.frombuffer(utf8, np.uint8))


@pytest.mark.long
@pytest.mark.parametrize("part", AT_LEAST)
def test_numeric_variants_are_distinguished_from_copies(part: str) -> None:
    counts = {(judged, said): 0 for judged in ("copy", "other") for said in (False, True)}
    for name, copy, witness, judged in JUDGED[part]:
        own, others = elements(name, copy), elements(name, witness)
        short = len(own.hashes) < least_tokens(Config())
        if judged == "unsure" or (short and lacking_in(own.hashes, others.hashes).any()):
            continue
        counts[judged, is_variant_of(own, others)] += 1
    right, wrong, missed = counts["other", True], counts["copy", True], counts["other", False]
    precision, recall = right / (right + wrong), right / (right + missed)
    print(f"{part}: precision {precision:.3f}, recall {recall:.3f} of {sum(counts.values())} pairs")  # noqa: T201
    least_precision, least_recall = AT_LEAST[part]
    assert precision >= least_precision
    assert recall >= least_recall


def test_daily_reports_stay() -> None:
    """Of reports of other days in press releases at most one in twenty is removed."""
    pairs = folder() / "labelled" / "trove_judged" / "pairs.jsonl.zst"
    if not pairs.is_file():
        pytest.skip("no press releases: set DEDUP_DATA to the folder of the corpora")
    rolling = [pair for pair in records(pairs) if pair["dup"] is None]
    ends = [sorted((pair["a"], pair["b"]), key=lambda row: len(texts_of("trove_judged")[row]))
            for pair in rolling if pair["containment_w5"] >= 0.8]  # fmt: skip
    said = [is_variant_of(*(elements("trove_judged", row) for row in rows)) for rows in ends]
    assert len(said) >= 15
    assert said.count(False) <= len(said) / 20
