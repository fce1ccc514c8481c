"""The repetition in these texts is natural: no prose occurs twice."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from itertools import combinations
from pathlib import Path

from . import NaturalText, natural_texts

TEXTS = natural_texts()
MIN_TEXTS, MIN_KINDS, MIN_PER_KIND, MIN_ITEMS = 600, 40, 10, 5
PROSE_WORDS, GRAM, MAX_SHARED = 20, 5, 0.6
MAX_VERSE_RUN = 60
UNSPACED = re.compile(r"[\u0e00-\u0e7f]{1,4}|[\u3040-\u30ff\u3400-\u9fff]{1,2}")
SENTENCE_END = re.compile(r"(?<=[.!?…።։।؟])[\"'”’»)\]]*\s+|(?<=[。！？])")


def words(text: str) -> list[str]:
    """Return the words in lower case; scripts without spaces give short runs."""
    spaced = UNSPACED.sub(lambda found: f" {found.group()} ", text)
    stripped = (word.strip(".,:;!?\"'()[]*>-–—_|~=+#").lower() for word in spaced.split())
    return [word for word in stripped if word]


def blocks(text: str) -> list[list[str]]:
    """Return the blocks between blank lines as lists of stripped lines."""
    lines = text.replace("\r\n", "\n").split("\n")
    result: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            result[-1].append(line.strip())
        elif result[-1]:
            result.append([])
    return [block for block in result if block]


def is_tabular(line: str) -> bool:
    """Tell a row of cells or numbers from running text."""
    found = words(line)
    plain = sum(not any(sign.isdigit() for sign in word) for word in found)
    return "\t" in line or line.count("|") > 1 or plain < 0.7 * len(found)


def is_verse(lines: list[str]) -> bool:
    """Tell stanzas and lists of short lines from hard-wrapped prose."""
    if len(lines) == 1:
        return False
    mean = sum(map(len, lines[:-1])) / (len(lines) - 1)
    flows = any(line[0].islower() for line in lines[1:])
    return mean < 44 or (mean < 58 and not flows)


def prose(text: str) -> list[str]:
    """Return the prose paragraphs of twenty words or more."""
    result: list[str] = []
    for block in blocks(text):
        if any(len(line) > 100 or len(words(line)) >= PROSE_WORDS for line in block):
            units = block
        else:
            units = [] if is_verse(block) else [" ".join(block)]
        result += [unit for unit in units if len(words(unit)) >= PROSE_WORDS]
    return [unit for unit in result if not is_tabular(unit)]


def grams(text: str) -> set[tuple[str, ...]]:
    """Return the five-word sequences of a paragraph."""
    found = words(text)
    return {tuple(found[at : at + GRAM]) for at in range(len(found) - GRAM + 1)}


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, its line breaks taken as blanks within blocks."""
    joined = (" ".join(block) for block in blocks(text))
    return [part.strip() for block in joined for part in SENTENCE_END.split(block) if part.strip()]


def lines_of(text: str) -> list[str]:
    """Return the lines that are not blank, stripped."""
    return [line for block in blocks(text) for line in block]


def longest_repeat(found: list[str]) -> int:
    """Return the length of the longest word sequence that occurs twice without overlap."""
    low, high = 0, len(found) // 2
    while low < high:
        size = (low + high + 1) // 2
        first: dict[tuple[str, ...], int] = {}
        hit = False
        for at in range(len(found) - size + 1):
            if at - first.setdefault(tuple(found[at : at + size]), at) >= size:
                hit = True
                break
        low, high = (size, high) if hit else (low, size - 1)
    return low


def description(item: NaturalText) -> str:
    """Return a short description for messages."""
    return f"{item.kind}: {item.text[:200]!r}"


def test_there_are_enough_texts() -> None:
    kinds = Counter(item.kind for item in TEXTS)
    assert len(TEXTS) >= MIN_TEXTS
    assert len(kinds) >= MIN_KINDS
    assert min(kinds.values()) >= MIN_PER_KIND
    assert len({item.text for item in TEXTS}) == len(TEXTS)


def test_texts_are_the_same_every_time() -> None:
    assert natural_texts() == TEXTS
    digest = sha256("\0".join(item.text for item in TEXTS).encode()).hexdigest()
    folder = Path(__file__).resolve().parent
    code = (
        f"import sys; sys.path.insert(0, {str(folder.parent)!r}); from hashlib import sha256;"
        f"from {folder.name} import natural_texts as texts;"
        "print(sha256('\\0'.join(t.text for t in texts()).encode()).hexdigest())"
    )
    seeded = os.environ | {"PYTHONHASHSEED": "77", "PYTHONDONTWRITEBYTECODE": "1"}
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=seeded
    )
    assert output.stdout.strip() == digest


def test_texts_are_not_trivially_short() -> None:
    for item in TEXTS:
        assert max(len(lines_of(item.text)), len(sentences(item.text))) >= MIN_ITEMS, description(
            item
        )


def test_something_repeats_in_every_text() -> None:
    for item in TEXTS:
        stanzas = ["\n".join(block) for block in blocks(item.text)]
        for parts in (lines_of(item.text), sentences(item.text), stanzas):
            if len(set(parts)) < len(parts):
                break
        else:
            raise AssertionError(description(item))


def test_no_prose_paragraph_occurs_twice() -> None:
    for item in TEXTS:
        found = [grams(unit) for unit in prose(item.text)]
        for one, two in combinations(found, 2):
            assert len(one & two) < MAX_SHARED * min(len(one), len(two)), description(item)


def test_no_long_sentence_occurs_twice() -> None:
    for item in TEXTS:
        long = [
            part
            for unit in prose(item.text)
            for part in SENTENCE_END.split(unit)
            if len(words(part)) >= PROSE_WORDS
        ]
        assert len(set(long)) == len(long), description(item)


def test_repeated_passages_outside_tables_are_short() -> None:
    """Even a chorus or a list of labels is far shorter than a copied article."""
    for item in TEXTS:
        running = [line for line in lines_of(item.text) if not is_tabular(line)]
        assert longest_repeat(words("\n".join(running))) <= MAX_VERSE_RUN, description(item)


def test_layouts_vary() -> None:
    texts = [item.text for item in TEXTS]
    assert sum("\r\n" in text for text in texts) >= MIN_TEXTS // 10
    assert sum(not text.endswith("\n") for text in texts) >= MIN_TEXTS // 10
    assert sum(" \n" in text for text in texts) >= MIN_TEXTS // 20
    assert sum("\n" not in text.strip() for text in texts) >= MIN_PER_KIND
