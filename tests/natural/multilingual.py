"""Refrains, interviews, news, tables and litanies in many languages.

The banks hold one block a language, each line beginning with a tag: ``R`` refrain and ``V``
verse (lines parted by a slash), ``P`` prose, ``Q`` the labels of question and answer, ``I``
a question and its answer, ``S`` a short answer, ``M`` a read-more line, ``D`` a dateline,
``T`` the head of a table, ``W`` its places and states, ``L`` a response, ``G`` its petitions.
A line that begins with a blank goes on with the line before it,
without a blank where the script has none.
"""

from __future__ import annotations

import re
from random import Random

from .base import Maker, some, sprinkle, wrapped
from .languages_asia import RAW as ASIA
from .languages_europe import RAW as EUROPE
from .languages_north import RAW as NORTH
from .languages_scripts import RAW as SCRIPTS

Language = dict[str, list[str]]
WIDE_GAP = r"(?<=[\u3000-\u9fff]) (?=[\u3000-\u9fff])"


def _parse(raw: str) -> list[Language]:
    """Read the languages of one bank."""
    result: list[Language] = []
    for block in re.split(r"^# .*$", raw, flags=re.MULTILINE)[1:]:
        language: Language = {}
        joined = re.sub(r"\n +", " ", block.strip())
        for line in re.sub(WIDE_GAP, "", joined).split("\n"):
            language.setdefault(line[0], []).append(line[2:].strip())
        result.append(language)
    return result


LANGUAGES = [lang for raw in (EUROPE, NORTH, SCRIPTS, ASIA) for lang in _parse(raw)]


def _parts(line: str, mark: str = "/") -> list[str]:
    """Split a bank line at slashes, or at commas of any script."""
    return [part.strip() for part in re.split(mark, line) if part.strip()]


def _lines(line: str) -> str:
    """Return verse lines below each other."""
    return "\n".join(_parts(line))


def refrain(rng: Random, i: int) -> str:
    """Verses and the refrain, as stanzas or as a wall."""
    lang = LANGUAGES[i % len(LANGUAGES)]
    chorus = _lines(lang["R"][0])
    parts = [chorus] if i % 4 == 1 else []
    for verse in some(rng, lang["V"], 3):
        parts += [_lines(verse), chorus]
    return ("\n" if i % 3 == 2 else "\n\n").join(parts)


def interview(rng: Random, i: int) -> str:
    """Questions and answers; one short answer is given several times."""
    lang = LANGUAGES[i % len(LANGUAGES)]
    ask, reply = _parts(lang["Q"][0])
    short = lang["S"][0]
    lines = [wrapped(lang["P"][0]) if i % 2 else lang["P"][0]]
    for number, pair in enumerate(some(rng, lang["I"], 4)):
        question, answer = _parts(pair)
        if i % 3 == 0:
            lines += [f"{ask} {question}", f"{reply} {answer if number % 2 else short}"]
        else:
            lines += [ask, question, reply, answer]
            lines += [reply, short] if number % 2 else [short]
    return ("\n\n" if i % 4 == 2 else "\n").join([*lines, short])


def news(rng: Random, i: int) -> str:
    """The same read-more line between different paragraphs."""
    lang = LANGUAGES[i % len(LANGUAGES)]
    parts = sprinkle(rng, lang["P"], lang["M"][0], 2 + i % 2)
    if i % 3 == 1:
        parts.append(lang["M"][0])
    return "\n\n".join(wrapped(p) if i % 4 == 3 else p for p in [lang["D"][0], *parts])


def dateline(rng: Random, i: int) -> str:
    """News in brief under the same dateline."""
    lang = LANGUAGES[i % len(LANGUAGES)]
    place = lang["D"][0]
    items = some(rng, lang["P"], 4)
    sep = "\n" if i % 2 else "\n\n"
    return sep.join(part for item in items for part in (place, item))


def table(rng: Random, i: int) -> str:
    """Rows of places and states that agree, under a head that returns."""
    lang = LANGUAGES[i % len(LANGUAGES)]
    places, states = (_parts(words, "[,،]") for words in _parts(lang["W"][0]))
    sep = (" | ", "\t", "; ", "   ")[i % 4]
    head = sep.join(_parts(lang["T"][0]))
    lines = [lang["P"][-1], ""] if i % 3 == 0 else []
    for _ in range(3):
        lines += [head]
        lines += [sep.join((place, rng.choice(states), "-")) for place in places]
        lines += ["-" * 24] if i % 2 else [""]
    return "\n".join(lines)


def litany(rng: Random, i: int) -> str:
    """Petitions and one response."""
    lang = LANGUAGES[i % len(LANGUAGES)]
    response = lang["L"][0]
    wishes = some(rng, _parts(lang["G"][0]), 4)
    lines = [response] if i % 2 else [response, response, response]
    for wish in wishes:
        lines += [f"{wish},", response] if i % 3 else [wish, response, response]
    return (" " if i % 5 == 4 else "\n").join([*lines, response])


KINDS: dict[str, Maker] = {
    "refrain in many languages": refrain,
    "interview in many languages": interview,
    "read-more lines in many languages": news,
    "datelines in many languages": dateline,
    "tables in many languages": table,
    "litany in many languages": litany,
}
