"""Which of two copies of a paragraph stays inside a document."""

import io
import json
from functools import cache
from pathlib import Path

import pytest
import zstandard

import dedup
from dedup.documents.block_runs import FAR_BLOCKS
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


def test_the_body_stays_whole_below_a_summary() -> None:
    text = "\n".join([BODY[4], BODY[1], "By Ada Vey", *BODY])
    result = dedup.clean(text)
    assert result.text == "\n".join(["By Ada Vey", *BODY])
    assert [(repeat.block, repeat.witness) for repeat in result.repeats] == [(0, 7), (1, 4)]
    assert dedup.restore(result.text, result.ledger) == text
    assert dedup.clean(text, keep="first").text != result.text
    assert not dedup.clean(result.text).repeats


def test_a_summary_that_says_more_stays_and_so_does_the_body() -> None:
    more = " Nobody on the island laughed when they heard of it in the inn that night."
    text = "\n".join([BODY[4] + more, BODY[1] + more[::-1], "By Ada Vey", *BODY])
    assert dedup.clean(text).text == text


def test_a_teaser_near_the_body_goes() -> None:
    text = "\n".join([BODY[0], "By Ada Vey", "Photo: Jon Ray", *BODY, *map(str.upper, QUOTES)])
    assert [(r.block, r.witness) for r in dedup.clean(text).repeats] == [(0, 3)]


def test_the_later_of_two_equal_paragraphs_stays_in_the_nearer_half() -> None:
    text = [*BODY, QUOTE, BODY[0][::-1], BODY[1][::-1], QUOTE, *QUOTES]
    assert [(r.block, r.witness) for r in dedup.clean("\n".join(text)).repeats] == [(6, 9)]


def test_a_pull_quote_without_an_end_goes() -> None:
    apart, said = f"{QUOTE} Ada Vey", f"\u201c{QUOTE}.\u201d"
    for text in ([*BODY, apart, BODY[0][::-1], said], [*BODY, said, BODY[0][::-1], apart]):
        result = dedup.clean("\n".join(text))
        assert [text[repeat.block] for repeat in result.repeats] == [apart]


def test_the_copy_that_says_who_said_it_stays() -> None:
    said = f"\u201c{QUOTE},\u201d the captain said."
    text = [*BODY, f"\u201c{QUOTE}.\u201d", BODY[0][::-1], said]
    assert [(r.block, r.witness) for r in dedup.clean("\n".join(text)).repeats] == [(6, 8)]


def test_a_lone_paragraph_stays_if_it_returns_much_later() -> None:
    others = [f"{number} {line[::-1]}" for number in range(9) for line in LINES]
    text = [QUOTE, *others[: FAR_BLOCKS - 1], QUOTE]
    assert not dedup.clean("\n".join(text)).repeats
    assert dedup.clean("\n".join(text[1:-1] + text[:1] + text[-1:])).repeats
    assert len(dedup.clean("\n".join([*text, QUOTE])).repeats) == 2


def test_a_lone_paragraph_is_no_summary() -> None:
    text = "\n".join([*BODY, BODY[1]])
    assert [(r.block, r.witness) for r in dedup.clean(text).repeats] == [(6, 1)]


def test_a_quote_set_apart_goes_and_the_body_stays() -> None:
    apart = f"{QUOTE}. \u2014 Ada Vey"
    said = f'"{QUOTE}," said the captain.'
    before, behind = BODY[:2], BODY[2:]
    left = "\n".join([*before, *behind, said, BODY[0][::-1]])
    assert dedup.clean("\n".join([*before, apart, *behind, said, BODY[0][::-1]])).text == left
    first = "\n".join([*before, said, *behind])
    assert dedup.clean(f"{first}\n{apart}").text == f"{first}\n"


LEAST = {"design": 0.9, "held out": 0.9, "fresh": 0.7, "tuned": 0.79, "untouched": 0.79}
WEB_PAGES = ("allsides", "masakhanews")


# The rule was made with all parts but "untouched", which was measured four times meanwhile. The
# last two parts were judged by two readers, without sight of the copy that stays; where they
# differ, both are right. If both copies stay, that counts as right, whichever one was wanted.
@pytest.mark.parametrize("part", LEAST)
def test_the_copy_that_a_person_would_keep_stays(part: str) -> None:
    """Print the share of the judged pairs of which the right copy stays, and hold it."""
    judged = [row for row in JUDGED if row[5] == part]
    if any(not (data_folder() / name).is_dir() for name, *_ in judged):
        pytest.skip("no real texts: see DEDUP_DATA in CONTRIBUTING")
    right = [_stays(*row[:5]) for row in judged]
    pages = [stays for stays, (name, *_) in zip(right, judged, strict=True) if name in WEB_PAGES]
    both = sum(_stays(*[*row[:4], "both"]) for row in judged if row[0] in WEB_PAGES)
    print(  # noqa: T201
        f"{part}: right in {sum(right)} of {len(right)}, of allsides and masakhanews in "
        f"{sum(pages)} of {len(pages)}; both copies stay in {both} of these"
    )
    assert sum(pages) >= 0.85 * len(pages)
    assert sum(right) >= LEAST[part] * len(right)


def _stays(name: str, number: str, first: int, second: int, keep: str) -> bool:
    kept = dedup.clean(judged_texts()[name, number]).kept
    stays = {"first": kept[first], "second": kept[second], "both": kept[first] and kept[second]}
    return any(bool(stays.get(choice, True)) for choice in keep.split("/"))


def test_a_speaker_keeps_the_name_beside_a_quote_that_stands_twice() -> None:
    top = ["A talk about the press", BODY[0], QUOTE, "Jon Ray", "Why so?", "Ada Vey", BODY[1]]
    rest = ["Jon Ray", "And then?", "Ada Vey", BODY[2], "So how?", BODY[3], QUOTE]
    end = ["Well then?", "Really?", "Ada Vey", BODY[4], "Jon Ray", "Thanks."]
    text = "\n\n".join([*top, *rest, *end])
    result = dedup.clean(text)
    assert len(result.repeats) <= 1  # the quote
    assert result.text.count("Jon Ray") == 3
    assert result.text.count("Ada Vey") == 3
