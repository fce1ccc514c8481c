"""Tables of words and numbers: identical rows, repeated heads, zeros, rules."""

from __future__ import annotations

from random import Random

from .base import Maker, rows, some, wrapped
from .prose_bank_two import story

TOWNS = (
    "Alden",
    "Westbrook",
    "Haddon",
    "Grenvold",
    "Sandermoor",
    "Elmscott",
    "Brun",
    "Ferron",
    "Omberley",
    "Tarn",
    "Drayhaven",
    "Lindenau",
    "Carrow",
    "Merin",
    "Oxley",
    "Quern",
)
NAMES = (
    "Abel",
    "Bianchi",
    "Castro",
    "Dahl",
    "Eze",
    "Fontaine",
    "Grau",
    "Horvat",
    "Ito",
    "Jansen",
    "Kovac",
    "Lund",
    "Mbeki",
    "Novak",
    "Osei",
    "Pires",
    "Quist",
    "Rossi",
    "Sato",
    "Tran",
)
GOODS = rows("""
Barley, loose | Butter, salted | Lamp oil | Rye flour | Nails, 40 mm | Rope, hemp | Soap, green
Candles, white | Tea, black | Coffee, roasted | Sugar, brown | Paraffin | Matches | Twine | Chalk
""")
WARES = [ware.strip() for line in GOODS for ware in line.split("|")]
STATES = ("open", "closed", "n/a", "pending", "ok", "none", "sold out", "on time", "delayed", "-")


def _cells(rng: Random, columns: int) -> list[list[str]]:
    """Return rows of a word table; some of them are the same."""
    first = some(rng, WARES, 6)
    body = [[ware, *(rng.choice(STATES[:5]) for _ in range(columns - 1))] for ware in first]
    twice = [["-"] * columns, [first[0], *["none"] * (columns - 1)]]
    for row in twice:
        for _ in range(rng.choice((2, 3))):
            body.insert(rng.randrange(len(body) + 1), row)
    return body


def _aligned(body: list[list[str]], gap: str = "  ") -> list[str]:
    """Pad the columns with spaces."""
    widths = [max(len(row[n]) for row in body) for n in range(len(body[0]))]
    return [gap.join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True)) for row in body]


def word_table(rng: Random, i: int) -> str:
    """The same ware table as pipes, tabs, spaces, Markdown or semicolons."""
    columns = 3 + i % 4
    body = [["Item", *TOWNS[i : i + columns - 1]], *_cells(rng, columns)]
    if i % 5 == 0:
        lines = ["| " + " | ".join(row) + " |" for row in body]
        lines.insert(1, "|" + "---|" * columns)
    elif i % 5 == 1:
        lines = ["\t".join(row) for row in body]
    elif i % 5 == 2:
        lines = _aligned(body)
    elif i % 5 == 3:
        rule = "+" + "+".join("-" * 14 for _ in range(columns)) + "+"
        lines = [rule]
        for row in body:
            lines += ["|" + "|".join(f" {c:<13}" for c in row) + "|", rule]
    else:
        lines = [" | ".join(row) for row in body]
    if i % 2:
        tale = story(i)
        return f"{tale.paras[0]}\n\n" + "\n".join(lines) + f"\n\n{wrapped(tale.paras[1])}"
    return "\n".join(lines)


def markdown_sections(rng: Random, i: int) -> str:
    """Sections with the same little table head, and rows that agree by chance."""
    parts = []
    for town in some(rng, TOWNS, 4 + i % 3):
        level = "#" * (2 + i % 2)
        lines = [f"{level} {town}", "", "| Day | Status | Note |", "| --- | :---: | --- |"]
        lines += [f"| {day} | {rng.choice(STATES[:3])} | - |" for day in ("Mon", "Tue", "Wed")]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def wide_numeric(rng: Random, i: int) -> str:
    """Twenty to fifty numbers a row; header rows or rows of zeros appear several times."""
    width = 20 + (i * 7) % 31
    sep = ("\t", " ", ";", ",")[i % 4]
    head = sep.join(["station", *(f"h{n:02d}" for n in range(width))])
    zero = ("0", "0.0", "0.00")[i % 3]
    lines = [head]
    for block in range(3 + i % 3):
        for town in some(rng, TOWNS, 3):
            lines.append(sep.join([town, *(f"{rng.uniform(0, 40):.1f}" for _ in range(width))]))
            if rng.random() < 0.6:
                lines.append(sep.join(["total", *[zero] * width]))
        lines.append(sep.join(["total", *[zero] * width]))
        if i % 2 and block < 3:
            lines.append(head)
    return "\n".join(lines)


def timetable(rng: Random, i: int) -> str:
    """Departures; the header row is repeated above every part of the day."""
    heads = (
        "Dep.   Arr.   Platform  Via",
        "Time\tLine\tDestination\tPlatform",
        "| Departs | Arrives | Bus |",
        "Train      Mon-Fri  Sat   Sun",
    )
    head = heads[i % 4]
    ends = some(rng, TOWNS, 3)
    parts = []
    for part in some(rng, ("Morning", "Midday", "Afternoon", "Evening", "Night", "Holidays"), 4):
        lines = [part, head] if i % 2 else [head]
        for _ in range(3 + i % 3):
            hour, minute = rng.randrange(4, 23), rng.choice((5, 15, 35, 50))
            town = rng.choice(ends)
            lines.append(
                (
                    f"{hour:02d}:{minute:02d}  {hour + 1:02d}:{minute:02d}  2         {town}",
                    f"{hour:02d}:{minute:02d}\t7\t{town}\t2",
                    f"| {hour:02d}:{minute:02d} | {hour + 1:02d}:{minute - 5:02d} | 7 |",
                    f"{town:<10} {hour:02d}.{minute:02d}    --    --",
                )[i % 4]
            )
        lines += ["does not stop at Quern"] * (part != "Night")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def stock_table(rng: Random, i: int) -> str:
    """Share prices, many of them unchanged, with the same closing remarks."""
    sep = ("\t", "   ", " | ")[i % 3]
    lines = [] if i % 2 else [sep.join(("Name", "Last", "Change", "Volume"))]
    for name in some(rng, TOWNS, 10):
        lines.append(f"{name} Mills" if i % 4 == 1 else f"{name} Holding")
        if rng.random() < 0.55:
            lines.append(sep.join(("-", "unch.", "0.00", "0")))
        else:
            lines.append(
                sep.join(
                    (
                        f"{rng.uniform(3, 90):.2f}",
                        f"{rng.uniform(-2, 2):+.2f}",
                        str(rng.randrange(100, 9000)),
                    )
                )
            )
        if i % 2 and rng.random() < 0.5:
            lines.append("No trades today.")
    return "\n".join([*lines, *["-" * 30, "unch. = unchanged"], "-" * 30])


KINDS: dict[str, Maker] = {
    "word table": word_table,
    "markdown sections with tables": markdown_sections,
    "wide numeric table": wide_numeric,
    "timetable": timetable,
    "stock table": stock_table,
}
