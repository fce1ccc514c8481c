"""Generated texts: in any script, full of near copies, or prone to hash collisions."""

import itertools
import random

import numpy as np
from hypothesis import strategies as st

# Scripts, marks, joiners, ligatures, wide forms and signs. Random characters mix them too rarely.
LATIN = "aAzé \n-'’3٣½²ßıİſςΣﬁ™ⅣＡ９\u00ad\u200b\u200d\u0301\u0323\u0345\ufeff"
OTHER_SCRIPTS = "中文字かがカｶﾞー々ไทยที่ລາວမြန်မာខ្មែរ한국어각क्षिकعَربيعـربيשָׁአማ"
CHARACTERS = st.one_of(
    st.characters(exclude_categories=["Cn"]),
    st.sampled_from(LATIN),
    st.sampled_from(OTHER_SCRIPTS),
    st.characters(categories=["Mn", "Mc"]),
)
TEXTS = st.text(CHARACTERS, max_size=60)
WORDS = ("zero", "one", "two", "three", "four")
# Words and separators of texts with many repeats.
REPEATED_WORD = st.sampled_from(["one", "two", "Three", "four", "中", "5", "—", ""])
SEPARATORS = st.sampled_from(
    [" ", " ", " ", "\n", "\n\n", "\r\n", ". ", "。", "\r", "\n \n", "\ufeff"]
)
SENTENCE = st.lists(st.tuples(REPEATED_WORD, SEPARATORS), max_size=12).map(
    lambda pairs: "".join(word + separator for word, separator in pairs)
)
REPETITIVE = st.lists(SENTENCE, max_size=4).flatmap(
    lambda pieces: st.lists(st.sampled_from([*pieces, "\n", " "]), max_size=12).map("".join)
)

# Notices that differ in few words and few numbers, in any order and number.
NOTICE = st.builds(
    "{0} {1} {0} {2} {0}{3}".format,
    st.sampled_from(["the board pays", "rates are at", "one two three four five six seven"]),
    st.sampled_from(["5", "6", "7 1/8", "six"]),
    st.sampled_from(["1", "2", "in May"]),
    st.sampled_from([".\n", ".\n", "\n\n", " "]),
)
NOTICES = st.lists(NOTICE, max_size=5).flatmap(
    lambda notices: st.lists(st.sampled_from([*notices, "Other.\n"]), max_size=16).map("".join)
)


def thue_morse(length: int, first: str, second: str) -> str:
    return "".join((first, second)[place.bit_count() % 2] for place in range(length))


def alike_texts() -> list[str]:
    """Return different texts that collide under a weak hash, whatever its seed."""
    lengths = [*range(1, 70), 127, 128, 1000, 2047, 2048, 4096, 10_000]
    texts = [
        char * length for char in "abz0é中" for length in lengths if char != "中" or length == 1
    ]
    for power in range(1, 14):
        texts += [thue_morse(1 << power, "a", "b"), thue_morse(1 << power, "b", "a")]
    # A hash may read words of eight bytes. These texts differ in one or two bits at the ends of
    # such words; two differences may cancel each other.
    ends = itertools.product("aq1", repeat=6)
    texts += ["{}xxxxxx{}{}xxxxxx{}{}xxxxxx{}".format(*chars) for chars in ends]
    texts += [
        "{}xxxxxx{}{}xxxxxx{}".format(*chars) for chars in itertools.product("aq15", repeat=4)
    ]
    return list(dict.fromkeys(texts))


@st.composite
def near_copies(draw: st.DrawFn, words: int = 14) -> list[str]:
    """Draw texts of five different words, which share shingles, and copies with a few edits."""
    word = st.integers(0, len(WORDS) - 1)
    rows: list[list[int]] = draw(st.lists(st.lists(word, max_size=words), max_size=8))
    copied: list[list[int]] = draw(st.lists(st.sampled_from(rows), max_size=6)) if rows else []
    for row in copied:
        copy = list(row)
        edited: bool = draw(st.booleans())
        if copy and edited:
            copy[draw(st.integers(0, len(copy) - 1))] = draw(word)
        rows.insert(draw(st.integers(0, len(rows))), copy + draw(st.lists(word, max_size=2)))
    return [" ".join(WORDS[number] for number in row) for row in rows]


def framed_texts(count: int, seed: int) -> list[str]:
    """Return texts that begin with one of three frames of 14 words, followed by random words.

    Three in five texts have 18 to 30 random words, one in five has fewer. One in five is a copy of
    an earlier text with a word changed or left out.
    """
    rng = random.Random(seed)
    frames = [[f"frame{frame}x{place}" for place in range(14)] for frame in range(3)]
    rows: list[list[str]] = []
    for _ in range(count):
        share = rng.random()
        if rows and share < 0.2:
            row = list(rng.choice(rows))
            row[rng.randrange(len(row))] = f"w{rng.randrange(10**9)}" if rng.random() < 0.5 else ""
        else:
            length = rng.randrange(18) if share < 0.4 else rng.randrange(18, 31)
            row = rng.choice(frames) + [f"w{rng.randrange(10**9)}" for _ in range(length)]
        rows.append(row)
    return [" ".join(row) for row in rows]


def random_texts(count: int, seed: int, max_length: int) -> list[str]:
    """Return texts of up to ``max_length`` characters of many scripts; one in four is empty."""
    rng = random.Random(seed)
    letters = LATIN + OTHER_SCRIPTS + " " * 20 + "eta oin shr dlu" * 4
    lengths = np.random.default_rng(seed).integers(0, max_length + 1, count).tolist()
    return ["".join(rng.choices(letters, k=length)) * (rng.random() > 0.25) for length in lengths]


def headlines(count: int, seed: int) -> list[str]:
    """Return titles of five to nine words from a vocabulary of eighty.

    One title in four is a copy of an earlier one with a letter changed, or a word dropped or added.
    """
    rng = random.Random(seed)
    vocabulary = ["".join(rng.choices("aeilnorst", k=rng.randint(3, 8))) for _ in range(80)]
    titles: list[list[str]] = []
    for _ in range(count):
        title = rng.choices(vocabulary, k=rng.randint(5, 9))
        if titles and rng.random() < 0.25:
            title = list(rng.choice(titles))
            place = rng.randrange(len(title))
            word = title[place]
            title[place : place + 1] = rng.choice(([word[:-1] + "x"], [], [word, "more"]))
        titles.append(title)
    return [" ".join(title) for title in titles]


LETTERS_OF_SCRIPTS = {
    "words": "",
    "ideographs": "天地玄黄宇宙洪荒日月盈昃辰宿列张",
    "Thai": "กขคงจฉชซญดตถทธนบปผพภมยรลวสหอ",
}


def paragraph(seed: int, words: int, script: str) -> str:
    """Return a line of about so many words; one of the same seed and script begins like it."""
    rng, letters = random.Random(seed), LETTERS_OF_SCRIPTS[script]
    if not letters:
        return " ".join(f"w{rng.randrange(10**6)}" for _ in range(words))
    return "".join(rng.choice(letters) for _ in range(2 * words))


# Pages of some sites: short lines that many of them have, around paragraphs.
PAGE_LINE = st.sampled_from(
    [
        *("Home", "HOME", "News and weather", "Contact us", "© 2026 Vey", "ติดต่อเรา", "联系我们"),
        *(
            "",
            " ",
            "—",
            "\u0301a",
            "٣ 中 x9",
            "Sign up for our letter, and have the news of the county",
        ),
    ]
)
PARAGRAPH = st.builds(
    paragraph, st.integers(0, 2), st.integers(9, 45), st.sampled_from([*LETTERS_OF_SCRIPTS])
)
LINE_BREAK = st.sampled_from(["\n", "\n", "\r\n", "\r", "\n\n", " \n", "\u2028", ""])
PAGES = st.lists(st.tuples(PAGE_LINE | PARAGRAPH, LINE_BREAK), max_size=9).map(
    lambda lines: "".join(line + line_break for line, line_break in lines)
)


def site_pages(count: int, seed: int) -> list[str]:
    """Return pages of three sites: a frame of 24 short lines around an article of 40 words.

    One article in three is that of an earlier page, perhaps of another site, with a word changed.
    """
    rng = random.Random(seed)
    frames = [[f"line{line}of{site} a{site} b" for line in range(24)] for site in range(3)]
    articles: list[list[str]] = []
    pages = []
    for _ in range(count):
        if articles and rng.random() < 1 / 3:
            article = [*rng.choice(articles)]
            article[rng.randrange(40)] = f"w{rng.randrange(10**6)}"
        else:
            article = [f"w{rng.randrange(10**6)}" for _ in range(40)]
        articles.append(article)
        frame, at = rng.choice(frames), rng.randrange(24)
        lines = [*frame[:at], " ".join(article[:20]), " ".join(article[20:]), *frame[at:]]
        pages.append(rng.choice(["\n", "\r\n"]).join(lines))
    return pages
