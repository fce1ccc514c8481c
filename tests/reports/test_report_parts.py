"""The parts of a report: no text is lost between what is shown and what is said to be left out."""

from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from dedup.reports import document_report
from dedup.reports.document_report import RemovedPart, document_context
from dedup.reports.text_pairs import MAX_PAIR_CHARACTERS, text_pair
from dedup.reports.visible_text import HIDDEN_CHARACTERS, middle_cut, visible

PARAGRAPHS = [
    f"The {noun} was late again, and nobody on the {place} could say why it was so often late."
    for noun in ("ferry", "train", "post", "milk")
    for place in ("pier", "platform", "square")
]
CHOSEN = ["the", "ferry", "to", "Vey,", "is", "late", "\n", "again", "&", "<b>", "12", "é", "船"]
WORDS = st.lists(st.sampled_from(CHOSEN)).map(" ".join)
TEXTS = st.lists(st.sampled_from([*PARAGRAPHS, "* * *", "", "Short."]), max_size=30).map("\n".join)


@settings(deadline=None)
@given(TEXTS)
def test_the_kept_parts_of_a_report_are_the_clean_text(text: str) -> None:
    document = dedup.clean(text, min_tokens=5)
    parts = document_context(document)["parts"]
    kept = [part for part in parts if not isinstance(part, RemovedPart)]
    assert "".join(part.begin + part.end for part in kept) == document.text
    removed = [part for part in parts if isinstance(part, RemovedPart)]
    repeats = [block.repeat for part in removed for block in part.blocks]
    assert repeats == [*document.repeats]
    assert all(not part.cut for part in kept)


@given(TEXTS, st.integers(1, 4))
def test_a_report_that_is_cut_counts_what_it_leaves_out(text: str, shown: int) -> None:
    document = dedup.clean(text, min_tokens=5)
    limits = (document_report.MAX_SHOWN_RUNS, document_report.MAX_SHOWN_BLOCKS)
    try:
        document_report.MAX_SHOWN_RUNS, document_report.MAX_SHOWN_BLOCKS = shown, 2
        context = document_context(document)
    finally:
        document_report.MAX_SHOWN_RUNS, document_report.MAX_SHOWN_BLOCKS = limits
    removed = [part for part in context["parts"] if isinstance(part, RemovedPart)]
    assert len({part.number for part in removed}) + context["hidden_runs"] == len(document.runs)
    if not context["hidden_runs"]:
        blocks = sum(len(part.blocks) + part.more for part in removed)
        assert blocks == len(document.repeats)


@settings(deadline=None)
@given(WORDS, WORDS, st.integers(1, 300))
def test_a_pair_shows_or_counts_every_character(copy: str, witness: str, limit: int) -> None:
    pair = text_pair(copy * 9, witness * 9, limit)
    for text, parts in ((copy * 9, pair.copy), (witness * 9, pair.witness)):
        assert sum(len(part.text) + part.cut for part in parts) == len(text)
        assert all(part.text in text for part in parts)
    same = [
        "".join("".join(part.text.split()) for part in side if not part.is_changed) for side in pair
    ]
    assert same[0] == same[1] or any(part.cut for side in pair for part in side)


def test_the_similar_part_of_a_long_witness_is_shown() -> None:
    story = " ".join(PARAGRAPHS)
    pair = text_pair(story, "noise " * MAX_PAIR_CHARACTERS + story + " noise" * 10_000, 10_000)
    assert not any(part.is_changed for part in pair.copy)
    assert pair.witness[0].cut == 6 * MAX_PAIR_CHARACTERS
    assert pair.witness[1].text.startswith(story[:50])


@given(st.text(st.characters(exclude_categories=[])), st.integers(0, 200))
def test_hidden_characters_are_shown_and_nothing_else_changes(text: str, limit: int) -> None:
    shown = visible(text)
    assert not HIDDEN_CHARACTERS.search(shown)
    assert "\r" not in shown
    shown.encode()
    if not HIDDEN_CHARACTERS.search(text):
        assert shown == text
    begin, cut, end = middle_cut(shown, limit)
    assert shown.startswith(begin) and shown.endswith(end)
    assert len(begin) + cut + len(end) == len(shown)
