"""Which of two copies of a paragraph of a document is kept."""

import io
import json
import re
from functools import cache
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup.documents.block_runs import FAR_BLOCKS
from dedup.text.sentence_ends import ends_sentence
from tests.planting.articles import data_folder

JUDGED = json.loads(Path(__file__).with_name("judged_copies.json").read_text("utf-8"))
LINES = """\
The ferry between the island and the mainland was late on nineteen of the thirty days of May,
and nobody on the pier could say why.
Passengers wrote forty letters to the company, which answered three of them in the end, and
lost the others behind a cupboard.
A captain who did not want to be named said that the engine is older than any of the crew,
and has never once been taken apart.
The mayor of the island wants the company to buy a second boat before the winter storms, and
the county to pay for half of it.
Schoolchildren who live on the mainland have missed a day of lessons in each of four weeks,
as the first boat came in after ten.
A new timetable will be printed for the summer, with larger letters and with more space, and
it will be given away for nothing.
""".splitlines()
BODY = [" ".join(lines) for lines in zip(LINES[::2], LINES[1::2], strict=True)]
QUOTE = (
    "I have crossed this water for forty years, and never have I seen a boat as tired as this one"
)
QUOTES = [f"{number} {QUOTE[::-1]}" for number in range(3)]


@cache
def judged_texts() -> dict[tuple[str, str], str]:
    wanted = {(row[0], row[1]) for row in JUDGED}
    found = {}
    for name in {name for name, _ in wanted}:
        path = data_folder() / name / "articles.jsonl.zst"
        with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as lines:
            for line in io.TextIOWrapper(lines, "utf-8"):
                row = json.loads(line)
                if (name, str(row["id"])) in wanted:
                    found[name, str(row["id"])] = row["text"]
    return found


def test_the_body_is_complete_after_a_summary() -> None:
    text = "\n".join([BODY[4], BODY[1], "By Ada Vey", *BODY])
    result = dedup.clean(text)
    assert result.text == "\n".join(["By Ada Vey", *BODY])
    assert [(repeat.block, repeat.witness) for repeat in result.repeats] == [(0, 7), (1, 4)]
    assert dedup.restore(result.text, result.ledger) == text
    assert dedup.clean(text, keep="first").text != result.text
    assert not dedup.clean(result.text).repeats


def test_a_summary_with_words_of_its_own_is_kept() -> None:
    more = " Nobody on the island laughed when they heard of it in the inn that night."
    text = "\n".join([BODY[4] + more, BODY[1] + more[::-1], "By Ada Vey", *BODY])
    assert dedup.clean(text).text == text


def test_a_teaser_near_the_body_is_removed() -> None:
    text = "\n".join([BODY[0], "By Ada Vey", "Photo: Jon Ray", *BODY, *map(str.upper, QUOTES)])
    assert [(r.block, r.witness) for r in dedup.clean(text).repeats] == [(0, 3)]


def test_the_second_of_two_equal_paragraphs_is_kept_within_half_of_the_text() -> None:
    text = [*BODY, QUOTE, BODY[0][::-1], BODY[1][::-1], QUOTE, *QUOTES]
    assert [(r.block, r.witness) for r in dedup.clean("\n".join(text)).repeats] == [(6, 9)]


def test_a_pull_quote_that_ends_no_sentence_is_removed() -> None:
    apart, said = f"{QUOTE} Ada Vey", f"\u201c{QUOTE}.\u201d"
    for text in ([*BODY, apart, BODY[0][::-1], said], [*BODY, said, BODY[0][::-1], apart]):
        result = dedup.clean("\n".join(text))
        assert [text[repeat.block] for repeat in result.repeats] == [apart]


def test_the_copy_that_names_the_speaker_is_kept() -> None:
    said = f"\u201c{QUOTE},\u201d the captain said."
    text = [*BODY, f"\u201c{QUOTE}.\u201d", BODY[0][::-1], said]
    assert [(r.block, r.witness) for r in dedup.clean("\n".join(text)).repeats] == [(6, 8)]


def test_a_single_paragraph_that_returns_far_away_is_kept() -> None:
    others = [f"{number} {line[::-1]}" for number in range(9) for line in LINES]
    text = [QUOTE, *others[: FAR_BLOCKS - 1], QUOTE]
    assert not dedup.clean("\n".join(text)).repeats
    assert dedup.clean("\n".join(text[1:-1] + text[:1] + text[-1:])).repeats
    assert len(dedup.clean("\n".join([*text, QUOTE])).repeats) == 2


def test_a_single_paragraph_is_no_summary() -> None:
    text = "\n".join([*BODY, BODY[1]])
    assert [(r.block, r.witness) for r in dedup.clean(text).repeats] == [(6, 1)]


def test_a_pull_quote_is_removed_and_the_body_kept() -> None:
    apart = f"{QUOTE}. \u2014 Ada Vey"
    said = f'"{QUOTE}," said the captain.'
    before, behind = BODY[:2], BODY[2:]
    left = "\n".join([*before, *behind, said, BODY[0][::-1]])
    assert dedup.clean("\n".join([*before, apart, *behind, said, BODY[0][::-1]])).text == left
    first = "\n".join([*before, said, *behind])
    assert dedup.clean(f"{first}\n{apart}").text == f"{first}\n"


MIN_SHARE = {"design": 0.9, "held out": 0.9, "fresh": 0.7, "tuned": 0.79, "untouched": 0.79}
WEB_PAGES = ("allsides", "masakhanews")


# The rule was developed with all parts but "untouched", which was measured four times meanwhile.
# The last two parts were judged by two readers who did not see which copy is kept; where they
# differ, both copies are right. A pair of which both copies are kept counts as right.
@pytest.mark.parametrize("part", MIN_SHARE)
def test_the_copy_that_readers_would_keep_is_kept(part: str) -> None:
    """Print and check the share of the judged pairs of which the right copy is kept."""
    judged = [row for row in JUDGED if row[5] == part]
    if any(not (data_folder() / name).is_dir() for name, *_ in judged):
        pytest.skip("no real texts: see DEDUP_DATA in CONTRIBUTING")
    right = [_is_kept(*row[:5]) for row in judged]
    pages = [
        is_kept for is_kept, (name, *_) in zip(right, judged, strict=True) if name in WEB_PAGES
    ]
    both = sum(_is_kept(*[*row[:4], "both"]) for row in judged if row[0] in WEB_PAGES)
    print(  # noqa: T201
        f"{part}: right in {sum(right)} of {len(right)}, of allsides and masakhanews in "
        f"{sum(pages)} of {len(pages)}; both copies are kept in {both} of these"
    )
    assert sum(pages) >= 0.85 * len(pages)
    assert sum(right) >= MIN_SHARE[part] * len(right)


def _is_kept(name: str, number: str, first: int, second: int, keep: str) -> bool:
    kept = dedup.clean(judged_texts()[name, number]).kept
    is_kept = {"first": kept[first], "second": kept[second], "both": kept[first] and kept[second]}
    return any(bool(is_kept.get(choice, True)) for choice in keep.split("/"))


def test_the_name_of_a_speaker_next_to_a_repeated_quote_is_kept() -> None:
    top = ["A talk about the press", BODY[0], QUOTE, "Jon Ray", "Why so?", "Ada Vey", BODY[1]]
    rest = ["Jon Ray", "And then?", "Ada Vey", BODY[2], "So how?", BODY[3], QUOTE]
    end = ["Well then?", "Really?", "Ada Vey", BODY[4], "Jon Ray", "Thanks."]
    text = "\n\n".join([*top, *rest, *end])
    result = dedup.clean(text)
    assert len(result.repeats) <= 1  # the quote
    assert result.text.count("Jon Ray") == 3
    assert result.text.count("Ada Vey") == 3


@given(st.text(st.sampled_from("aก.!?\u0964\u3002\uff0e \n\u3000\"')]\u201d\u300d-"), max_size=9))
def test_the_last_mark_ends_a_sentence(text: str) -> None:
    after_mark = "[\"')\\]\u201d\u300d\\s]*"
    mark = re.search(rf"((?<!ก)[.]|[!?\u0964\u3002\uff0e]){after_mark}\Z", text)
    assert ends_sentence(text) == (mark is not None)
