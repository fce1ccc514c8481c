"""Sentences and lines next to a repeated span keep their first and last words."""

import random
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import Config, find_spans
from dedup.text.sentence_ends import NO_END, POSSIBLE_END, SURE_END, end_between
from tests.oracles import UNITS
from tests.spans.sentence_oracle import cut_back
from tests.spans.test_spans import PATHS, first_windows, letters, spans_in

FOOTER = " ".join(f"Word{place}" for place in range(50)) + " read on."
SHORT = "Sign up today. Follow us on Friday."

# Letters, what ends a sentence, and what parts words.
SCRIPTS = {
    "Latin": ("aeiourstln", ". ", " "),
    "Cyrillic": ("аеиоурстлн", "! ", " "),
    "Greek": ("αειοςρστλν", "… ", " "),
    "Arabic": ("ابتثجحخدرس", "؟ ", " "),
    "Devanagari": ("कखगघचछजझटठ", "। ", " "),
    "Korean": ("가나다라마바사아자차", ". ", " "),
    "Chinese": ("的一是不了人我在有他", "。", ""),
    "Thai": ("กขคงจชซดตถ", "\n", ""),
}


def left_of(texts: list[str], min_span: int = 50) -> list[str | None]:
    result = find_spans(texts, min_span=min_span)
    for row, text in enumerate(texts):
        assert dedup.restore(result.texts[row] or "", result.ledger(row)) == text
    return list(result.texts)


def second(first: str, text: str) -> str | None:
    whole, left = left_of([first, text])
    assert whole == first
    return left


@pytest.mark.parametrize("min_span", [6, 7, 8])
def test_the_lines_of_dolma(min_span: int) -> None:
    lines = [
        "This is a paragraph that has no duplication.",
        "This is a paragraph that will be duplicated.",
        "This is a paragraph that will be duplicated.",
        "This paragraph has emojis 😊",
        "This paragraph has emojis 🀜 and is duplicated",
        "This paragraph has emojis 🀜 and is duplicated",
        "Wrapping up with one more unique paragraph.",
    ]
    is_removed = {2, 5} if min_span < 8 else {2}  # a sign is no word: the second line has seven
    left = "\n".join(line for place, line in enumerate(lines) if place not in is_removed)
    assert left_of(["\n".join(lines)], min_span) == [left]


@pytest.mark.parametrize("end", ["\n", "\n\n", "\r\n", " "])
def test_the_sentence_after_a_footer_keeps_its_first_word(end: str) -> None:
    first = f"The river rose. {FOOTER}{end}The council met on Monday."
    left = second(first, f"News. {FOOTER}{end}The ferry sank on Tuesday.")
    assert left == f"News.{end}The ferry sank on Tuesday."


@pytest.mark.parametrize("end", ["\n", "\n\n", "\r\n", " "])
def test_the_sentence_before_a_footer_keeps_its_last_words(end: str) -> None:
    first = f"The council met on Monday at noon.{end}{FOOTER}"
    left = second(first, f"The ferry sank on Monday at noon.{end}{FOOTER}\nMore.")
    assert left is not None and " ".join(left.split()) == "The ferry sank on Monday at noon. More."


@pytest.mark.parametrize(
    ("behind", "other", "kept"),
    [
        (" Yesterday Mr. Smith came.", " Yesterday Mr. Jones fell.", "Yesterday Mr. Jones fell."),
        (" On the 3. May it rose.", " On the 3. June it fell.", "On the 3. June it fell."),
        (" U.S. ships came.", " U.S. planes fell.", "U.S. planes fell."),
        (" “Really?” she said.", " “Really?” he said.", "“Really?” he said."),
        (" Well… he came.", " Well… she fell.", "Well… she fell."),
        (" It is 3.5 now.", " It is 3.7 now.", "It is 3.7 now."),
        ("No blank came.", "No dot fell.", "No dot fell."),  # glued on
        (f" {SHORT} The one came.", f" {SHORT} The other fell.", "The other fell."),
        (f"\n{SHORT}\nThe one came.", f"\n{SHORT}\nThe other fell.", "The other fell."),
        (f"\n{SHORT} The one came.", f"\n{SHORT}\nIt fell.", "It fell."),
        (" At Vey. “The one came.”", " At Vey. “The other fell.”", "“The other fell.”"),
    ],
)
def test_a_sentence_that_does_not_repeat_is_kept_whole(behind: str, other: str, kept: str) -> None:
    left = second(FOOTER + behind, f"Lead. {FOOTER}{other}")
    assert left is not None and left.split() == ["Lead.", *kept.split()]


def test_a_wrapped_line_end_is_no_sentence_end() -> None:
    prose = (
        "the council of the island met on Thursday evening to hear the case for a bridge across "
        "the river and to vote on the money that it would need over the coming years while the "
        "ferry lies in the dock and the harbour is closed to all larger ships but those that"
    )
    first = textwrap.fill(f"{prose} carry coal to the works.", 70)
    again = textwrap.fill(f"{prose} bring oil to the works.", 70)
    assert second(first, f"Lead.\n\n{again}") == "Lead.\n\nbring oil to the works."
    # A sentence that begins in the line before is given back from there.
    for sentence, left in (
        (" Now the council and its guests", "Now the council and its guests went out."),
        (" Now the council and all of its guests and friends", "went out."),
    ):
        lines = textwrap.wrap(f"{prose} go.{sentence} came in.", 70)
        others = textwrap.wrap(f"{prose} go.{sentence} went out.", 70)
        assert not any(line.startswith("Now") for line in lines)
        found = second("\n".join(lines), "\n".join(["Lead.", "", *others]))
        assert found is not None and " ".join(found.split()) == f"Lead. {left}"


def test_whole_repeats_are_removed_whole() -> None:
    whole = f"A headline\n{FOOTER} {SHORT}"
    assert second(whole, whole) == ""
    assert second(whole, f"Lead.\n\n{whole}\n\nNext.") == "Lead.\n\nNext."
    assert second(whole, f"Lead.\n\n{whole} Next.") == "Lead.\n\nNext."


def test_a_span_inside_one_long_sentence_is_not_cut() -> None:
    words = " ".join(f"word{place}" for place in range(60))
    assert second(f"They said {words} then.", f"We heard {words} at last.") == "We heard at last."


def test_at_most_nine_words_of_another_sentence_are_given_back() -> None:
    names = ("Ada", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal", "Ivy", "Jo")
    for count in (9, 10):
        begin = " ".join(names[:count])
        left = second(f"{FOOTER} {begin} came.", f"Lead. {FOOTER} {begin} fell.")
        assert left == f"Lead. {begin} fell." if count == 9 else left == "Lead. fell."


@pytest.mark.parametrize(
    ("before", "gap", "behind", "kind"),
    [
        ("the dock", ". ", "S", SURE_END),
        ("the dock", "! ", "s", SURE_END),
        ("the BBC", ". ", "T", SURE_END),
        ("in 2019", ". ", "T", SURE_END),
        ("the dock", ".” “", "T", SURE_END),
        ("回来了", "。", "每", SURE_END),
        ("回来了", "！」", "每", SURE_END),
        ("할 수", ". ", "그", SURE_END),
        ("है", "। ", "य", SURE_END),
        ("headline", "\n\n", "t", SURE_END),
        ("end", ".", "T", SURE_END),
        ("end", ".”", "T", SURE_END),
        ("the U.S", ". ", "T", POSSIBLE_END),
        ("on 3", ". ", "M", POSSIBLE_END),
        ("Acme Inc", ". ", "T", POSSIBLE_END),
        ("“Really", "?” ", "s", POSSIBLE_END),
        ("well", "... ", "h", POSSIBLE_END),
        ("Mr", ". ", "S", NO_END),
        ("тов", ". ", "И", NO_END),
        ("example", ".", "c", NO_END),
        ("3", ".", "5", NO_END),
        ("U", ".", "S", NO_END),
    ],
)
def test_sentence_ends(before: str, gap: str, behind: str, kind: int) -> None:
    assert end_between(f"Once {before}", gap, behind) == kind


class Writer:
    """Writes sentences of new words; a character is a word in scripts without spaces."""

    def __init__(self, script: str, rng: random.Random) -> None:
        self.alphabet, self.end, self.between = SCRIPTS[script]
        self.rng, self.written = rng, 0

    def words(self, count: int) -> list[str]:
        return [self.word() for _ in range(count)]

    def word(self) -> str:
        self.written += 1
        if not self.between:  # each character is a word
            return self.rng.choice(self.alphabet)
        digits = f"{self.written:04d}"
        return self.rng.choice(self.alphabet) + "".join(self.alphabet[int(one)] for one in digits)

    def sentence(self, words: list[str]) -> str:
        text = self.between.join(words)
        return text[:1].upper() + text[1:] + self.end.rstrip(" ")

    def joined(self, sentences: list[str]) -> str:
        gap = self.rng.choice([self.end[1:], "\n", "\n\n"]) if self.end != "\n" else ""
        return gap.join(sentences)


@given(st.sampled_from(sorted(SCRIPTS)), st.integers(10, 60), st.integers(0, 1 << 16))
def test_sentences_around_planted_footers_are_kept_whole(script: str, size: int, seed: int) -> None:
    rng = random.Random(seed)
    writer = Writer(script, rng)
    few = (size - 1) // 5
    footer = [writer.sentence(writer.words(rng.randrange(4, 30)))]
    while sum(len(UNITS["word"](one)) for one in footer) < size:
        footer.append(writer.sentence(writer.words(rng.randrange(4, 30))))
    first, last = writer.words(rng.randrange(few + 1)), writer.words(rng.randrange(few + 1))
    texts, alone = [], []
    for letter in writer.alphabet[:3]:  # where texts part
        other = letter if not writer.between else 2 * letter
        before = writer.sentence([*writer.words(40), other, *last])
        behind = writer.sentence([*first, other, *writer.words(40)])
        alone.append((before, behind))
        texts.append(writer.joined([before, *footer, behind]))
    result = find_spans(texts, min_span=size)
    assert result.texts[0] == texts[0]
    for text, sentences in zip(result.texts[1:], alone[1:], strict=True):
        assert text is not None
        assert all(sentence.strip() in text for sentence in sentences)
        assert UNITS["word"](text) == UNITS["word"]("\n".join(sentences))


@st.composite
def prose(draw: st.DrawFn) -> list[str]:
    """Texts of sentences, some of which recur, alone or with their neighbors, some wrapped."""
    rng = random.Random(draw(st.integers(0, 1 << 16)))
    names = ("Mr.", "Vey", "No.", "J.", "U.S.", "3.")
    words = [f"w{place:x}" * rng.randrange(1, 3) for place in range(40)]

    def sentence() -> str:
        own = [rng.choice(names if rng.random() < 0.2 else words) for _ in range(rng.randrange(14))]
        text = " ".join(own)
        return text[:1].upper() + text[1:] + rng.choice([".", ".", "!", "?”", "…", ""])

    stock = [sentence() for _ in range(12)]
    texts = []
    for _ in range(draw(st.integers(2, 5))):
        paragraphs = []
        for _ in range(rng.randrange(1, 4)):
            start = rng.randrange(len(stock))
            body = [sentence(), *stock[start : start + rng.randrange(9)], sentence()]
            text = " ".join(" ".join(body).split()[rng.randrange(9) :])
            width = rng.choice([0, 30, 50, 60])
            paragraphs.append(textwrap.fill(text, width) if width else text)
        texts.append(rng.choice(["\n", "\n\n", " "]).join(paragraphs))
    return texts


@pytest.mark.parametrize("path", PATHS)
@given(texts=prose(), unit=st.sampled_from(["word", "char"]), size=st.integers(6, 60))
def test_spans_in_prose_are_cut_back_like_the_oracle(
    path: str, texts: list[str], unit: str, size: int
) -> None:
    rows = [UNITS[unit](text) for text in texts]
    windows = first_windows(rows, size)
    repeated = {window + place for window in windows for place in range(size)}
    result = spans_in(texts, Config.of(None, {"unit": unit}), size, path)
    base = 0
    for row, (text, whole) in enumerate(zip(result.texts, texts, strict=True)):
        repeats = [base + at in repeated for at in range(len(rows[row]))]
        base += len(rows[row])
        removed_tokens = cut_back(whole, unit, repeats, size)
        stay = [
            token
            for token, is_removed in zip(rows[row], removed_tokens, strict=True)
            if not is_removed
        ]
        assert text is not None
        assert letters(UNITS[unit](text)) == letters(stay)
        assert dedup.restore(text, result.ledger(row)) == whole
