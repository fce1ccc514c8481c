"""Short texts scattered over very long ones are no copies of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import Config
from dedup.arrays.packed import pack
from dedup.matching.numeric_variants import MIN_SCATTER_RATIO, SCATTER_WINDOW, SCATTER_WINDOW_SHARE
from dedup.matching.pair_rule import PairRule, pair_rule

SENTENCES = [
    f"{who} of Vey told the {what} on {day} that the harbour would {act} before the {time} is over."
    for who, what, day, act, time in zip(
        ("The mayor", "A pilot", "The council", "An engineer", "The bishop", "A teacher"),
        ("paper", "crew", "court", "parish", "union", "board"),
        ("Monday", "Tuesday", "Sunday", "Friday", "Thursday", "Saturday"),
        ("open again", "be dredged", "be sold", "freeze over", "be blessed", "have a school"),
        ("winter", "decade", "century", "season", "summer", "month"),
        strict=True,
    )
]
ARTICLE = " ".join(SENTENCES)
OTHER = " ".join(f"Nobody asked the {thing}{number} why." for number in range(40)
                 for thing in ("gull", "rope", "buoy"))  # fmt: skip
SCATTERED = OTHER.join(["", *SENTENCES, ""])
TOGETHER = f"{OTHER} {ARTICLE.replace('winter', 'spring')} {OTHER}"


@pytest.mark.usefixtures("either_core")
def test_a_text_scattered_over_a_long_one_is_no_copy() -> None:
    whole = dedup.similarity(ARTICLE, SCATTERED)
    assert 0.7 <= whole < 0.95
    assert len(SCATTERED) >= MIN_SCATTER_RATIO * len(ARTICLE)
    result = dedup.deduplicate([ARTICLE, SCATTERED], threshold=0.7)
    assert result.keep.all()
    assert dedup.deduplicate([ARTICLE, TOGETHER * 2], threshold=0.7).keep.tolist() == [False, True]
    assert not dedup.deduplicate(
        [ARTICLE, SCATTERED], threshold=0.7, numeric_variants="remove"
    ).keep.all()


def is_scattered(mine: list[str], theirs: list[str], size: int, threshold: float) -> bool:
    """Try every window, in plain Python."""
    shingles = {tuple(mine[at : at + size]) for at in range(len(mine) - size + 1)}
    witness = [tuple(theirs[at : at + size]) for at in range(len(theirs) - size + 1)]
    width = SCATTER_WINDOW * len(mine)
    shared = (len(shingles & set(witness[at : at + width])) for at in range(len(witness)))
    return max(shared, default=0) < SCATTER_WINDOW_SHARE * threshold * len(shingles)


WORDS = st.sampled_from("abcdefgh")


@given(
    st.lists(WORDS, min_size=3, max_size=6),
    st.lists(WORDS, min_size=60, max_size=90),
    st.integers(1, 3),
    st.sampled_from([0.3, 0.5, 0.8]),
)
def test_both_implementations_try_every_window(
    mine: list[str], theirs: list[str], size: int, threshold: float
) -> None:
    config = Config(ngram_size=size, threshold=threshold)
    packed = pack([" ".join(mine), " ".join(theirs)])
    rule = PairRule(packed.utf8, packed.offsets, config)
    twin = pair_rule(packed.utf8, packed.offsets, config)
    found = rule.exempts(0, 1, 0.9)
    assert found == twin.exempts(0, 1, 0.9)
    size_of_copy, size_of_witness = np.diff(packed.offsets).tolist()
    is_long = size_of_witness >= MIN_SCATTER_RATIO * size_of_copy
    if is_long and is_scattered(mine, theirs, size, threshold):
        assert found
