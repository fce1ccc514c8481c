"""Boards: weather by town, scores, race results, and rules between paragraphs."""

from __future__ import annotations

from random import Random

from .base import Maker, some, wrapped
from .prose_bank_two import story
from .tables import NAMES, TOWNS


def weather_table(rng: Random, i: int) -> str:
    """Town after town with much the same sky."""
    skies = some(
        rng,
        (
            "Cloudy, light wind from the west.",
            "Rain at times.",
            "Fair.",
            "Fog in the morning, later sunny.",
            "Dry with high cloud.",
        ),
        2,
    )
    lines = []
    for town in some(rng, TOWNS, 9 + i % 4):
        low = rng.randrange(2, 9)
        form = (
            f"{town}: {rng.choice(skies)} {low} to {low + 6} C",
            f"{town}\n{rng.choice(skies)}\nLow {low % 3}, high {low % 3 + 7}\n",
            f"{town:<12}{low:>4}{low + 6:>5}   {rng.choice(skies)}",
            f"{town.upper()}\n{rng.choice(skies)}",
        )[i % 4]
        lines.append(form)
    extra = ["UV index: low", "Pollen: none", "UV index: low"] if i % 2 else [skies[0]] * 2
    return "\n".join(lines + extra)


def scoreboard(rng: Random, i: int) -> str:
    """Rounds of a tournament; equal results appear more than once."""
    teams = some(rng, TOWNS, 4)
    lines = []
    for number in range(1, 6 + i % 3):
        lines.append(f"Round {number}" if i % 3 else f"MATCHDAY {number}")
        home, away, third, fourth = some(rng, teams, 4)
        lines += [
            f"{home} {rng.randrange(2)}:{rng.randrange(2)} {away}",
            f"{third} 0:0 {fourth}" if i % 2 else f"{third} - {fourth}  postponed",
        ]
        lines.append(("Half-time: 0:0", "Attendance: not given", "Yellow cards: none")[i % 3])
    return ("\n\n" if i % 4 == 0 else "\n").join(lines)


def race_results(rng: Random, i: int) -> str:
    """Ranks, names and clubs; those who gave up share the same row end or row."""
    lines = []
    for heat in range(3):
        lines.append(f"Heat {heat + 1}" if i % 2 else f"{('Juniors', 'Women', 'Men')[heat]}, 10 km")
        lines.append("Pos Name Club Time" if i % 3 else "POS\tNAME\tTIME")
        for rank, name in enumerate(some(rng, NAMES, 4 + i % 3), 1):
            time = f"{30 + rank}:{rng.randrange(60):02d}"
            lines.append(f"{rank}. {name}, {rng.choice(TOWNS)}, {time}")
        lines += ["DNF", "DNS"] if i % 4 else ["- did not finish", "- did not finish"]
        lines.append("")
    return "\n".join(lines)


def separators(rng: Random, i: int) -> str:
    """Prose parted by rules of stars, dashes or dots."""
    rule = (
        "* * *",
        "-----",
        "~~~~~~~~~~~~",
        "=" * 60,
        "***",
        ". . . . .",
        "_" * 72,
        "◆ ◆ ◆",
        "#",
        "-- o --",
        "+" + "-" * 40 + "+",
        "§§§",
    )[i % 12]
    tale, other = story(i), story(i + 5)
    paras = list(tale.paras) if i % 2 else [*tale.paras[:3], *other.paras[:3]]
    rng.shuffle(paras)
    parts = [rule] if i % 3 == 0 else []
    for para in paras:
        parts += [wrapped(para) if i % 4 == 1 else para, rule]
    return ("\n" if i % 4 == 2 else "\n\n").join(parts)


KINDS: dict[str, Maker] = {
    "weather by town": weather_table,
    "scoreboard": scoreboard,
    "race results": race_results,
    "prose with separators": separators,
}
