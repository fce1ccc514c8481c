import sys
from dataclasses import fields, replace
from itertools import compress, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import CleanedDocument, Config
from tests.generated_texts import NOTICES, REPETITIVE
from tests.oracles import UNITS, contained, jaccard, shingle_set

BODY = """\
The ferry was late again, and nobody on the old pier could say why it was so often late in May.
The company blamed the tide, the moon, and a rope that no one had seen on board since last spring.
Nobody laughed.
A new timetable will be printed before the summer, with larger letters and with more space.
""".splitlines()
CONFIGS = st.builds(
    Config,
    measure=st.sampled_from(["containment", "jaccard"]),
    threshold=st.sampled_from([0.3, 0.5, 0.8, 1.0]),
    unit=st.sampled_from(["word", "char"]),
    ngram_size=st.integers(1, 5),
    num_perm=st.just(256),
    recall=st.just(0.99),
    split_by=st.sampled_from(["auto", "paragraph", "line", "sentence"]),
    keep=st.sampled_from(["auto", "first", "last", "longest"]),
    min_tokens=st.integers(1, 6),
    block_threshold=st.sampled_from([0.0, 0.8]),
    numeric_variants=st.sampled_from(["keep", "remove"]),
)


def lines_of(text: str) -> list[tuple[str, str]]:
    result = dedup.clean(text)
    return [(str(repeat.lines), str(repeat.witness_lines)) for repeat in result.repeats]


@given(REPETITIVE | NOTICES | st.text(), CONFIGS)
def test_w1_every_block_is_kept_or_removed_and_kept_ones_are_unchanged(
    text: str, config: Config
) -> None:
    result = dedup.clean(text, config)
    blocks = [text[start:stop] for start, stop in pairwise(result.offsets.tolist())]
    assert "".join(blocks) == text
    assert "".join(compress(blocks, result.kept)) == result.text
    assert [repeat.block for repeat in result.repeats] == np.flatnonzero(~result.kept).tolist()


@given(REPETITIVE | NOTICES, CONFIGS)
def test_w2_every_removed_block_has_a_kept_witness_that_is_similar_enough(
    text: str, config: Config
) -> None:
    result = dedup.clean(text, config)
    measure = contained if config.measure == "containment" else jaccard
    said = UNITS[config.unit]
    for repeat in result.repeats:
        assert result.kept[repeat.witness]
        for row, chars in ((repeat.block, repeat.chars), (repeat.witness, repeat.witness_chars)):
            assert (*chars,) == (*result.offsets[row : row + 2].tolist(),)
        copy, witness = text[slice(*repeat.chars)], text[slice(*repeat.witness_chars)]
        left, right = (
            set[object](shingle_set(said(part), config.ngram_size)) for part in (copy, witness)
        )
        assert repeat.similarity == measure(left, right) >= config.for_blocks.threshold
        assert (repeat.kind == "exact") == (said(copy) == said(witness))


@given(REPETITIVE | NOTICES, CONFIGS)
def test_w4_the_same_input_gives_the_same_result(text: str, config: Config) -> None:
    assert dedup.clean(text, config).ledger == dedup.clean(text, config).ledger


@given(REPETITIVE | NOTICES | st.text(), CONFIGS)
def test_w5_cleaned_text_and_ledger_are_the_input(text: str, config: Config) -> None:
    result = dedup.clean(text, config)
    lines = [removal.to_json() for removal in result.ledger]
    ledger = [dedup.Removal.from_json(line) for line in reversed(lines)]
    assert dedup.restore(result.text, ledger) == text
    assert bool(result.ledger) == (result.text != text)


@given(REPETITIVE | NOTICES, CONFIGS)
def test_cleaning_twice_removes_nothing_more(text: str, config: Config) -> None:
    once = dedup.clean(text, config).text
    assert dedup.clean(once, config).text == once


@given(st.text(st.characters(categories=["L", "M", "N", "P", "Z", "C", "S", "Cs"]), max_size=200))
def test_no_string_is_refused(text: str) -> None:
    result = dedup.clean(text, min_tokens=1)
    assert dedup.restore(result.text, result.ledger) == text
    assert repr(result)


def test_a_repeated_body_is_removed_as_one_run() -> None:
    text = "\n".join(["Ferry late", *BODY, *BODY])
    result = dedup.clean(text)
    assert result.text == "\n".join(["Ferry late", *BODY]) + "\n"
    assert [str(run) for run in result.runs] == ["lines 6-9 repeat lines 2-5"]
    run = result.runs[0]
    assert (run.first, run.last, run.witness_first, run.witness_last) == (5, 8, 1, 4)
    assert [repeat.kind for repeat in result.repeats] == ["exact"] * 4


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\n\n", " \n\t\n\n", "\r\n\r\n"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "  \n\n"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
def test_kept_blocks_keep_their_separators(newline: str, end: str, start: str) -> None:
    head = start + "".join(part + newline for part in BODY)
    result = dedup.clean(head + newline.join(BODY) + end)
    assert result.text == head
    assert len(result.repeats) == 4


def test_keep_decides_which_copy_is_kept() -> None:
    longer = BODY[0] + " It was not the first of its kind, and it was not to be the last one."
    text = "\n".join([BODY[0], BODY[1], longer])
    assert lines_of(text) == []  # the longer one has more to say
    assert [r.witness for r in dedup.clean(text, keep="longest").repeats] == [2]
    assert [r.witness for r in dedup.clean(text, keep="last").repeats] == [2]
    assert [r.witness for r in dedup.clean("\n".join([longer, BODY[0]])).repeats] == [0]


def test_by_jaccard_a_part_is_no_copy() -> None:
    text = "\n".join([" ".join(BODY), BODY[0]])
    assert len(dedup.clean(text).repeats) == 1
    assert not dedup.clean(text, measure="jaccard").repeats
    assert len(dedup.clean("\n".join([BODY[0]] * 2), measure="jaccard").repeats) == 1


def test_a_short_line_is_removed_only_with_long_ones() -> None:
    assert lines_of("Nobody laughed.\nSomething else.\nNobody laughed.") == []
    assert len(lines_of("\n".join(BODY + BODY))) == 4


def test_blocks_without_words_are_never_removed() -> None:
    text = "\n".join([*BODY, "* * *", *BODY, "* * *"])
    assert dedup.clean(text).text.count("* * *") == 2


def test_a_stanza_counts_as_short_lines() -> None:
    stanza = (
        "Down in the valley the bells are ringing,\nUp on the hillside the bells are still,\n" * 3
    )
    prose = "\n".join([f"{BODY[0]}\n{BODY[1]}"] * 2)
    text = f"{stanza}\nAnother verse\n\n{stanza}"
    assert not dedup.clean(text, split_by="paragraph").repeats
    assert dedup.clean(f"{prose}\n\nAnother\n\n{prose}", split_by="paragraph").repeats


def test_auto_may_cut_the_clean_text_in_another_way() -> None:
    line = " ".join(BODY[:2] * 2)
    result = dedup.clean(f"{line}\n{line}\n")
    assert result.text == " ".join(BODY[:2]) + " "
    assert result.cut == "sentence"


def test_the_threshold_is_inclusive() -> None:
    words = ["w" + chr(97 + number) for number in range(24)]  # 20 shingles
    changed = ["other", *words[1:]]  # 19 of them shared
    text = " ".join(words) + "\n" + " ".join(changed)
    assert [r.similarity for r in dedup.clean(text, threshold=0.95).repeats] == [0.95]
    assert not dedup.clean(text, threshold=0.951).repeats


@pytest.mark.parametrize("text", [b"bytes", None, 3, ["a"]])
def test_only_strings_are_texts(text: Any) -> None:  # noqa: ANN401
    with pytest.raises(dedup.TextTypeError, match="text must be str, got"):
        dedup.clean(text)


def test_settings_come_from_config_or_by_name() -> None:
    text = "\n".join(BODY * 2)
    assert dedup.clean(text, Config(min_tokens=500)).text == text
    assert dedup.clean(text, Config(min_tokens=500), min_tokens=10).text != text
    assert dedup.clean(text, "strict").text == dedup.clean(text, Config.preset("strict")).text
    with pytest.raises(dedup.ConfigError, match=r'not a setting; pass it as config="web"$'):
        dedup.clean(text, preset="web")
    with pytest.raises(dedup.ConfigError, match=r"a preset \(news, .*\), got 'stricht'$"):
        dedup.clean(text, "stricht")  # type: ignore[arg-type]
    with pytest.raises(dedup.ConfigError, match="treshold is not a setting; choose from measure"):
        dedup.clean(text, treshold=0.5)
    with pytest.raises(dedup.ConfigError, match=r"^config must be a Config or a preset .* dict"):
        dedup.clean(text, {"threshold": 0.5})  # type: ignore[arg-type]


def test_summary_and_repr() -> None:
    result = dedup.clean("\n".join(["Ferry late", *BODY, *BODY]), document="ferry.txt")
    assert repr(result) == (
        "<CleanedDocument 'ferry.txt': removed 4 of 9 paragraphs, 302 of 616 characters: "
        "lines 6-9 repeat lines 2-5>"
    )
    assert dedup.clean("").summary == "nothing repeats: the text has no words"
    assert dedup.clean(BODY[1] + "\n" + BODY[1], split_by="line").summary.endswith(
        "of 2 lines, 98 of 197 characters: line 2 repeats line 1"
    )
    in_one_line = dedup.clean(" ".join([BODY[0], BODY[1]] * 2)).summary
    assert in_one_line.endswith(": sentences 3-4 repeat sentences 1-2")
    alone = dedup.clean(f"{BODY[0]} Between. {BODY[0]}").summary
    assert alone.endswith(": sentence 3 repeats sentence 1")
    many = [f"{BODY[0]} {n}\n{BODY[1]} {n}\n" for n in "abcdefg"]
    text = "".join(part + f"Between {n}\n" for n, part in enumerate(many + many[::-1]))
    assert "more runs" in dedup.clean(text, threshold=1.0).summary


def test_entries_of_the_ledger() -> None:
    text = "\ufeffé\n" + "\n".join([BODY[0], BODY[0]])
    entry = dedup.clean(text, document="a.txt").ledger[0]
    data = text.encode()
    assert data[slice(*entry.bytes)].decode() == entry.text == BODY[0]
    assert data[slice(*entry.witness_bytes)].decode() == BODY[0] + "\n"
    assert (entry.document, entry.kind, entry.similarity) == ("a.txt", "exact", 1.0)
    assert (str(entry.lines), str(entry.witness_lines)) == ("line 3", "line 2")


def test_restore_refuses_a_ledger_that_does_not_fit() -> None:
    text = "\n".join(BODY + BODY)
    result = dedup.clean(text)
    assert dedup.restore("anything", []) == "anything"
    with pytest.raises(dedup.TextTypeError, match=r"got CleanedDocument; pass result.ledger"):
        dedup.restore("a", dedup.clean("a"))  # type: ignore[arg-type]
    for wrong, name in (([1], "int"), ([{"a": 1}], "dict"), ("abc", "str"), (5, "int")):
        with pytest.raises(dedup.TextTypeError, match=f"ledger must contain removals, got {name};"):
            dedup.restore("anything", wrong)  # type: ignore[arg-type]
    with pytest.raises(dedup.TextTypeError, match="cleaned must be str, got bytes"):
        dedup.restore(b"anything", [])  # type: ignore[arg-type]
    with pytest.raises(dedup.LedgerError, match="belongs to another text"):
        dedup.restore(result.text + "!", result.ledger)
    with pytest.raises(dedup.LedgerError, match="incomplete"):
        dedup.restore(result.text, result.ledger[:-1])
    first = result.ledger[0]
    for span in (dedup.Span(0, 5), dedup.Span(10_000, 10_005)):
        odd = [replace(first, bytes=span), *result.ledger[1:]]
        with pytest.raises(dedup.LedgerError, match=r"does not (fit|come back)|as it was"):
            dedup.restore(result.text, odd)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"threshold": 0}, r"threshold must be in \(0, 1\], got 0"),
        ({"threshold": "0.8"}, "threshold must be a number, got '0.8'"),
        ({"threshold": float("nan")}, "threshold must be in"),
        ({"threshold": True}, "threshold must be a number, got True"),
        ({"measure": "cosine"}, "measure must be one of containment, jaccard, got 'cosine'"),
        ({"ngram_size": 0}, r"ngram_size must be in 1\.\.64, got 0"),
        ({"ngram_size": 2.0}, "ngram_size must be a whole number, got 2.0"),
        ({"num_perm": 0}, "num_perm must be in"),
        ({"recall": 1.0}, "recall must be in"),
        ({"seed": -1}, "seed must be in"),
        ({"split_by": "page"}, "split_by must be one of auto, paragraph, line, sentence"),
        ({"keep": ["first"]}, "keep must be one of"),
        ({"min_tokens": 0}, r"min_tokens must be in 1\.\.2147483648, got 0"),
    ],
)
def test_a_setting_outside_its_range_is_named(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(dedup.ConfigError, match=message):
        Config(**setting)


def test_every_setting_is_a_keyword_argument() -> None:
    for item in fields(Config):
        setting: dict[str, Any] = {item.name: item.default}
        assert dedup.clean("text", **setting).config == Config()


def test_parts_of_results_are_compared_by_value() -> None:
    result: CleanedDocument = dedup.clean("\n".join(BODY * 2))
    assert result.repeats == dedup.clean("\n".join(BODY * 2)).repeats


def test_a_text_without_a_stable_cut_is_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    short = "Not one of these sentences is long. Each of them is short. All go as one line. Or so. "
    text = f"{BODY[0]} {BODY[0]}\n{short * 2}\nBetween.\n{short * 2}\n"
    by_line, by_sentence = (dedup.clean(text, split_by=cut).text for cut in ("line", "sentence"))
    choices = {text: "line", by_line: "sentence", by_sentence: "line"}
    assert len(choices) == 3
    monkeypatch.setattr(
        sys.modules["dedup.documents.clean"], "choose_cut", lambda left, *_: choices[left]
    )
    assert dedup.clean(text).text == text


def test_a_removed_original_is_no_witness() -> None:
    # Line 5 has the words of line 3, which goes; what line 5 repeats must not change by that.
    text = (
        "é alpha the of ไทย É É é delta É a J. the delta the É the a مرحبا ไทย\n"
        "É naïve beta İ 漢字 漢字 ﬁ alpha the of ไทย É É é delta É a J. the delta the É 3.5\n"
        "naïve beta İ 漢字 漢字 ﬁ delta a\nnaïve a naïve beta İ 漢字 漢字 ﬁ delta a\n"
        "naïve beta İ 漢字 漢字 ﬁ delta a\n"
    )
    once = dedup.clean(text, threshold=0.55, split_by="line").text
    assert dedup.clean(once, threshold=0.55, split_by="line").text == once


def test_the_result_of_a_vote_is_kept() -> None:
    moved = (
        "Moved by Councillor {}, seconded by Councillor {}, that the matter of the {} be "
        "referred to the committee on {} for its report at the next meeting of the council."
    )
    carried = "The motion was put to the vote and carried: nine in favour, one abstention."
    items = [
        ("Hale", "Voss", "parking fees", "roads"),
        ("Reed", "Lind", "stray dogs and cats", "public order"),
        ("Oduya", "Petrak", "late ferries", "the harbour"),
    ]
    text = "\n".join(f"{moved.format(*item)}\n{carried}" for item in items)
    assert dedup.clean(text).text == text


def test_equal_lines_are_not_wrapped_prose() -> None:
    line = "the same long line is on the page again and again" + " with no mark at its end" * 2
    result = dedup.clean(f"{line}\n" * 6)
    assert (result.cut, result.text) == ("line", f"{line}\n")


def test_results_are_compared_by_identity_and_names_are_strings() -> None:
    result = dedup.clean("One.")
    assert result == result and result != dedup.clean("One.") and {result}  # noqa: PLR0124
    with pytest.raises(dedup.TextTypeError, match="document must be str, got NoneType"):
        dedup.clean("One.", document=None)  # type: ignore[arg-type]


def test_paragraphs_are_removed_at_the_block_threshold_or_above() -> None:
    scan = "Tbe harbour ferry returned on Friday aftcr eleven weeks and a queue formed on the quay"
    text = f"{scan}, said the paper of the town.\n{scan.replace('Friday', 'Sunday')} once more.\n"
    ocr = Config.preset("ocr", min_tokens=5)
    assert dedup.clean(text, ocr).text == text
    assert dedup.clean(text, ocr, block_threshold=0).text != text


def test_runs_name_kept_lines() -> None:
    words = "".join(BODY).split()[:30]
    lines = [" ".join(f"{word}{row}" for word in words) + "\n" for row in "abcd"]
    text = "".join(["Head\n", *lines, "Between\n", *lines])
    assert dedup.clean(text).summary.endswith(": lines 7-10 repeat lines 2-5")
    twice = dedup.clean(text + text)
    assert twice.summary.endswith(
        ": lines 7-10 repeat lines 2-5; lines 11-16 repeat lines 1-6; lines 17-20 repeat lines 2-5"
    )
    for keep in ("first", "last"):
        document = dedup.clean(text * 3, keep=keep)
        kept = {row + 1 for row in np.flatnonzero(document.kept).tolist()}  # each line is a block
        assert document.runs
        for run in document.runs:
            assert {*range(run.witness_lines.first, run.witness_lines.last + 1)} <= kept
            assert run.last - run.first == run.witness_last - run.witness_first


def test_a_word_with_a_digit_is_a_word() -> None:
    paragraphs = [" ".join(f"w{100 * part + n}x" for n in range(25)) for part in range(3)]
    once = "\n".join([*paragraphs, ""])
    assert dedup.clean(once * 2).text == once
    plain = "\n".join(" ".join(f"w{100 * part + n}" for n in range(25)) for part in range(3)) + "\n"
    assert dedup.clean(plain * 2).text == plain
    parts = "A320 B737 C17 x1 f1(a1, b1)\n"
    assert dedup.clean(parts * 2, min_tokens=1).text == parts
    numbers = " ".join(map(str, range(25))) + "\n"
    assert dedup.clean(numbers * 2).text == numbers * 2


def test_names_of_columns_do_not_count_as_words() -> None:
    header = "station " + " ".join(f"h{hour:02}" for hour in range(24)) + "\n"
    rows = ["".join(f"{(hour * 37 + row) % 90} " for hour in range(24)) + "\n" for row in range(4)]
    text = header + rows[0] + rows[1] + header + rows[2] + rows[3]
    assert dedup.clean(text).text == text


@pytest.mark.parametrize(("times", "gone"), [(49, 0), (50, 49), (200, 199)])
def test_a_line_more_frequent_than_any_refrain_is_removed(times: int, gone: int) -> None:
    notice = "Click here to accept the cookies of this page."
    stories = [f"Story {chr(0x4E00 + number)} of the day." for number in range(times)]
    text = "\n".join(f"{story}\n{notice}" for story in stories)
    assert len(dedup.clean(text).repeats) == gone
    assert len(dedup.clean(" ".join([notice] * times), split_by="sentence").repeats) == gone
    assert not dedup.clean("Yes.\n" * times).repeats
