"""The record type, the generator type and small layout helpers."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

Maker = Callable[[Random, int], str]
"""Builds text number ``i`` of a kind from a seeded generator."""


@dataclass(frozen=True)
class NaturalText:
    """One document whose repetition is natural: nothing may be removed from it."""

    kind: str
    text: str


def rows(raw: str) -> list[str]:
    """Return the non-empty lines of a bank, stripped."""
    return [line.strip() for line in raw.splitlines() if line.strip()]


def stanzas(raw: str) -> list[str]:
    """Return the blocks of a bank between blank lines, their line breaks kept."""
    blocks = raw.strip().split("\n\n")
    return ["\n".join(rows(block)) for block in blocks if block.strip()]


def paragraphs(raw: str) -> list[str]:
    """Return the blocks of a bank between blank lines, each as one long line."""
    return [" ".join(block.split()) for block in raw.strip().split("\n\n") if block.strip()]


def wrapped(paragraph: str, width: int = 70) -> str:
    """Hard-wrap one paragraph, as old mail and wire copy do."""
    return "\n".join(textwrap.wrap(paragraph, width))


def some(rng: Random, items: Sequence[str], count: int) -> list[str]:
    """Return ``count`` different items in a random order (fewer if the bank is small)."""
    return rng.sample(list(items), min(count, len(items)))


def sprinkle(rng: Random, paras: Sequence[str], line: str, times: int) -> list[str]:
    """Put ``line`` after ``times`` different paragraphs, never directly beside itself."""
    after = set(rng.sample(range(len(paras)), min(times, len(paras))))
    result: list[str] = []
    for number, para in enumerate(paras):
        result.append(para)
        if number in after:
            result.append(line)
    return result


def join(parts: Sequence[str], style: int) -> str:
    """Join blocks: 0 blank lines, 1 single newlines, 2 hard-wrapped with blank lines."""
    if style % 3 == 1:
        return "\n".join(parts)
    if style % 3 == 2:
        return "\n\n".join(wrapped(part) if len(part) > 90 else part for part in parts)
    return "\n\n".join(parts)


def finish(text: str, rng: Random, i: int) -> str:
    """Vary the line ends: trailing blanks, CRLF, with or without a final newline."""
    lines = text.rstrip().split("\n")
    if i % 5 == 2:
        lines = [line + " " * rng.choice((0, 0, 1, 3)) for line in lines]
    result = "\n".join(lines)
    if i % 3 != 0:
        result += "\n" * rng.choice((1, 1, 2))
    if i % 6 == 4:
        result = result.replace("\n", "\r\n")
    return result
