"""Which of two copies of a paragraph stays inside a document."""

import io
import json
from functools import cache
from pathlib import Path

import pytest
import zstandard

import dedup
from dedup.documents.body_copy import is_attributed
from planting.articles import data_folder

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


def test_the_body_stays_whole_below_a_summary() -> None:
    text = "\n".join([BODY[4], BODY[1], "By Ada Vey", *BODY])
    result = dedup.clean(text)
    assert result.text == "\n".join(["By Ada Vey", *BODY])
    assert [(repeat.block, repeat.of) for repeat in result.repeats] == [(0, 7), (1, 4)]
    assert dedup.restore(result.text, result.ledger) == text
    assert dedup.clean(text, keep="first").text != result.text
    assert not dedup.clean(result.text).repeats


def test_a_summary_that_says_more_stays_and_so_does_the_body() -> None:
    more = " Nobody on the island laughed when they heard of it in the inn that night."
    text = "\n".join([BODY[4] + more, BODY[1] + more[::-1], "By Ada Vey", *BODY])
    assert dedup.clean(text).text == text


def test_a_lone_paragraph_is_no_summary() -> None:
    text = "\n".join([*BODY, BODY[1]])
    assert [(r.block, r.of) for r in dedup.clean(text).repeats] == [(6, 1)]


def test_a_quote_set_apart_goes_and_the_body_stays() -> None:
    apart = f"{QUOTE}. \u2014 Ada Vey"
    said = f'"{QUOTE}," said the captain.'
    before, behind = BODY[:2], BODY[2:]
    left = "\n".join([*before, *behind, said, BODY[0][::-1]])
    assert dedup.clean("\n".join([*before, apart, *behind, said, BODY[0][::-1]])).text == left
    first = "\n".join([*before, said, *behind])
    assert dedup.clean(f"{first}\n{apart}").text == f"{first}\n"


@pytest.mark.parametrize(
    ("block", "found"),
    [
        ("\u201cWe sail.\u201d \u2014 Ada Vey, captain", True),
        ("We sail! \u2014 Ada Vey (@adavey) May 3, 2020", True),
        ("We sail \u2014 a day late, as ever", False),
        ("We sail - Ada Vey", False),
    ],
)
def test_what_is_an_attribution(block: str, *, found: bool) -> None:
    assert is_attributed(block) == found


# "design" and "held out" were partly used to tune the rule. "fresh" was drawn and judged when the
# rule was done, without sight of the copy that it keeps; nothing was tuned to it.
@pytest.mark.parametrize(("part", "least"), [("design", 0.9), ("held out", 0.9), ("fresh", 0.56)])
def test_the_copy_that_a_person_would_keep_stays(part: str, least: float) -> None:
    """The share is 92 of 100, 65 of 72, and of the fresh part 66 of 100 (95% interval: 56 to 75).

    Of the fresh part it is 57 of 70 in `allsides` (71% to 89%), 4 of 7 in `masakhanews`, 4 of 15
    in `trove_press_refugees` and 1 of 8 in `tgnews_sample`. In 16 of the 34 others a person would
    keep both copies.
    """
    judged = [row for row in JUDGED if row[5] == part]
    if any(not (data_folder() / name).is_dir() for name, *_ in judged):
        pytest.skip("no real texts: see DEDUP_DATA in CONTRIBUTING")
    texts, right = judged_texts(), 0
    for name, number, first, second, keep, _ in judged:
        kept = dedup.clean(texts[name, number]).kept
        asked = {"first": kept[first], "second": kept[second], "both": kept[first] and kept[second]}
        right += bool(asked.get(keep, True))
    print(f"{part}: the right copy stays in {right} of {len(judged)}")  # noqa: T201
    assert right >= least * len(judged)


def test_a_speaker_keeps_the_name_beside_a_quote_that_stands_twice() -> None:
    top = ["A talk about the press", BODY[0], QUOTE, "Jon Ray", "Why so?", "Ada Vey", BODY[1]]
    rest = ["Jon Ray", "And then?", "Ada Vey", BODY[2], "So how?", BODY[3], QUOTE]
    end = ["Well then?", "Really?", "Ada Vey", BODY[4], "Jon Ray", "Thanks."]
    text = "\n\n".join([*top, *rest, *end])
    result = dedup.clean(text)
    assert len(result.repeats) <= 1  # the quote
    assert result.text.count("Jon Ray") == 3
    assert result.text.count("Ada Vey") == 3
