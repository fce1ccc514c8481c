"""Texts with natural repetition: ``clean`` must not change any of them.

Songs, prayers, tables, forms, transcripts, page furniture and the like, written for this
test. ``natural_texts`` builds the same texts every time, from seeded generators.
"""

from __future__ import annotations

from random import Random

from . import (
    boards,
    bulletins,
    dialogue,
    everyday,
    folk,
    forms,
    legal,
    liturgy,
    multilingual,
    news,
    reference,
    rhetoric,
    tables,
    technical,
    templates,
    verse,
)
from .base import Maker, NaturalText, finish

__all__ = ["NaturalText", "natural_texts"]

PER_KIND = 12
THEMES: tuple[tuple[dict[str, Maker], int], ...] = (
    (verse.KINDS, PER_KIND),
    (folk.KINDS, PER_KIND),
    (liturgy.KINDS, PER_KIND),
    (rhetoric.KINDS, PER_KIND),
    (tables.KINDS, PER_KIND),
    (boards.KINDS, PER_KIND),
    (news.KINDS, PER_KIND),
    (bulletins.KINDS, PER_KIND),
    (templates.KINDS, PER_KIND),
    (dialogue.KINDS, PER_KIND),
    (everyday.KINDS, PER_KIND),
    (forms.KINDS, PER_KIND),
    (legal.KINDS, PER_KIND),
    (reference.KINDS, PER_KIND),
    (technical.KINDS, PER_KIND),
    (multilingual.KINDS, len(multilingual.LANGUAGES)),
)


def natural_texts() -> list[NaturalText]:
    """Return every text, kind after kind, always in the same order."""
    result: list[NaturalText] = []
    for kinds, count in THEMES:
        for kind, make in kinds.items():
            for i in range(count):
                rng = Random(f"{kind}/{i}")
                result.append(NaturalText(kind, finish(make(rng, i), rng, i)))
    return result
