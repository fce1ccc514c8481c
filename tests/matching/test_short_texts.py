"""Short texts by their letters: many share each shingle, and yet no copy is missed."""

from dataclasses import replace

import numpy as np
import pytest

from dedup.arrays.packed import pack
from dedup.config import Config, Keep
from dedup.matching.bottom_sketch import EXHAUSTIVE_SHINGLES
from dedup.matching.candidates import MAX_CANDIDATES, MAX_EXHAUSTIVE_POSTINGS, MAX_POSTINGS
from dedup.matching.deduplicate import match_texts
from dedup.matching.keep_first import PROCESSING_ORDERS, match
from tests.generated_texts import headlines
from tests.matching.test_backends import check_matches, check_pairs, hashed, longest_posting_list
from tests.oracles import Verdict, judge

SHORT = Config.preset("short", numeric_variants="remove")
TITLES = headlines(1200, 4)


def verdict(texts: list[str], config: Config, *, compiled: bool) -> Verdict:
    tokens, shingles = hashed(texts, config)
    order = PROCESSING_ORDERS[config.keep](tokens.lengths)
    if compiled:
        packed = pack(texts)
        found, _ = match_texts(packed.utf8, packed.offsets, config)
    else:
        found = match(tokens, shingles, config)
    return judge(
        shingles.values,
        shingles.offsets,
        order,
        ~found.repeats,
        found.witness,
        found.similarity,
        config.threshold,
        config.measure,
    )


@pytest.mark.parametrize("keep", ["first", "last", "longest"])
@pytest.mark.parametrize("threshold", [0.4, 0.6, 0.8])
def test_no_copy_is_missed(threshold: float, keep: Keep) -> None:
    config = replace(SHORT, threshold=threshold, keep=keep)
    found = verdict(TITLES, config, compiled=True)
    assert found.removed > 100
    assert (found.wrong.tolist(), found.missed.tolist()) == ([], [])


def test_no_copy_is_missed_without_the_core() -> None:
    found = verdict(TITLES[:600], SHORT, compiled=False)
    assert found.removed > 50
    assert (found.wrong.tolist(), found.missed.tolist()) == ([], [])


@pytest.mark.parametrize("listed", [MAX_EXHAUSTIVE_POSTINGS, 20])
@pytest.mark.parametrize("numeric_variants", ["keep", "remove"])
def test_both_paths_agree(
    listed: int, numeric_variants: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dedup.matching.candidates.MAX_EXHAUSTIVE_POSTINGS", listed)
    config = Config.preset("short", numeric_variants=numeric_variants)
    # Some are longer than those that are looked up by all their shingles.
    texts = [*TITLES[:500], *(" ".join(TITLES[at : at + 9]) for at in range(0, 270, 3))]
    assert max(map(len, texts)) > EXHAUSTIVE_SHINGLES + 50
    found = check_matches(texts, config)
    assert longest_posting_list(texts, config, np.flatnonzero(~found.repeats)) > max(
        MAX_POSTINGS, 20
    )
    assert check_pairs(texts, config) > found.repeats.sum() > 50


def test_a_copy_is_found_among_more_similar_texts_than_candidates() -> None:
    number = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    notices = [
        f"The ferry to Vey sails at {number[at % 10]} {number[at // 10]} on all days but Sunday"
        for at in range(100)
    ]
    texts = [*notices, notices[37].replace("Sunday", "Sundays") + " and feasts"]
    config = replace(SHORT, threshold=0.99, keep="last")
    assert len(notices) > MAX_CANDIDATES
    for compiled in (True, False):
        found = verdict(texts, config, compiled=compiled)
        assert found.removed == 1
        assert len(found.missed) == 0
