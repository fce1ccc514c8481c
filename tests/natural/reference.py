"""Books to look things up in: directories, dictionaries, contents, indexes, catalogues."""

from __future__ import annotations

from random import Random

from .base import Maker, paragraphs, rows, some
from .prose_bank_two import STORIES
from .tables import NAMES, TOWNS

STREETS = ("Mill Lane", "Weaver Street", "Station Square", "Quay Road", "Chapel Hill", "Long Row")
TRADES = rows("""
Joiner | Notary | Midwife | Plumber | Beekeeper | Dentist | Chimney sweep | Printer | Saddler | Vet
""")
JOBS = [trade.strip() for line in TRADES for trade in line.split("|")]
WORDS = rows("""
adze | a tool for shaping wood with the edge across the handle
bight | a bend in a coast or in a rope
cairn | a heap of stones left by walkers
dross | what floats on molten metal
eyot | a small island in a river
fettle | to put in order, to trim
gantry | a bridge that carries a crane or signals
haft | the handle of a knife
ingle | a fire in a room
joist | a beam that bears a floor
kedge | a small anchor; to move a ship by it
lath | a thin strip of wood
mizzle | rain that cannot decide
newel | the post at the end of a stair
oakum | old rope picked to fibres
purlin | a beam along a roof
""")
GRAMMAR = (
    "noun",
    "Origin unknown.",
    "See also: tools",
    "(dated)",
    "[countable]",
    "No plural.",
    "Usage: rare",
    "Pronunciation: as spelled",
)
CLUES = rows("""
Bird on a crane (5) | Where bees winter (4) | Bread of shepherds (3) | It rings twice (4)
Half a quarrel (4) | Seven holes, one use (5) | Sleeps in a vault (4) | Turns at the quay (5)
Told by the well (4) | Runs in circles (6) | Not the earlier boat (5) | Left in the lane (4)
""")
HINTS = [clue.strip() for line in CLUES for clue in line.split("|")]
LOTS = paragraphs("""
A walnut corner cupboard with a door that closes only in dry weather, the lock replaced.

Six chairs, one of them a cousin, with seats of rush and the marks of several cats.

Ship's clock by a maker in Alden, brass, going, the second hand slightly bent towards the west.

Map of the lower valley before the flooding, hand-coloured, with a tear through the orchard.

Copper kettle of the larger kind, repaired at the spout, formerly in the parsonage.

A box of glass plates showing the tram depot and its conductors, two of them broken.

Child's sledge painted with a heron, runners rusted, rope missing.

Two paintings of the same bridge by different hands, unsigned, in matching frames.

Saddle with silver nails, the girth renewed, made by the last saddler of Grenvold.

Whalebone spoon, purpose unknown, sold without guarantee.
""")
CONDITIONS = (
    "Condition: good.",
    "Estimate on request.",
    "Not illustrated.",
    "Provenance: private.",
    "No reserve.",
    "Lot withdrawn.",
)
PLANTS = rows("""
Sea holly | Lady's mantle | Marsh orchid | Dwarf pine | Bog myrtle | Rock rose | Bur reed
Wild thyme
Water avens | Meadow rue | Field maple | Grey alder | Butterwort | Moor grass | Sand leek | Hawkweed
""")
SPECIES = [plant.strip() for line in PLANTS for plant in line.split("|")]


def directory(rng: Random, i: int) -> str:
    """Names with trades and streets; many share street, number or hours."""
    lines = []
    same = (
        "By appointment",
        "Mon-Fri 9-5",
        "no answering machine",
        "Tel. 555 0100",
        "Ring twice",
        "closed in August",
    )[i % 6]
    for name in sorted(some(rng, NAMES, 9 + i % 4)):
        street = rng.choice(STREETS[:3])
        if i % 3 == 0:
            lines += [f"{name}, {rng.choice(JOBS)}", street, same, ""]
        elif i % 3 == 1:
            lines += [f"{name}\t{rng.choice(JOBS)}", f"{street}\t{same}"]
        else:
            lines += [f"{name} ({rng.choice(JOBS)}), {street}", f"  {same}"]
    return "\n".join(lines)


def addresses(rng: Random, i: int) -> str:
    """Labels for letters: several people live in the same house or town."""
    town = f"{TOWNS[i]} {1000 + 37 * i}"
    land = ("", "NORTH COUNTY", "c/o Post Office", "Second floor")[i % 4]
    parts = []
    for name in some(rng, NAMES, 6 + i % 4):
        title = rng.choice(("Ms", "Mr", "Dr"))
        lines = [f"{title} {name}", f"{rng.choice(STREETS)} {rng.randrange(1, 9)}", land, town]
        parts.append("\n".join(line for line in lines if line))
    return ("\n" if i % 3 == 2 else "\n\n").join(parts)


def dictionary(rng: Random, i: int) -> str:
    """Entries with the same grammar line."""
    mark, other = GRAMMAR[i % 8], GRAMMAR[(i + 3) % 8]
    lines = []
    for entry in sorted(some(rng, WORDS, 8 + i % 5)):
        word, sense = (part.strip() for part in entry.split("|"))
        if i % 3 == 0:
            lines += [word, mark, f"1. {sense}", other if rng.random() < 0.5 else mark, ""]
        elif i % 3 == 1:
            lines += [f"{word}: {sense}.", mark]
        else:
            lines += [f"{word} - {sense}", f"   {mark}; {other}"]
    return "\n".join(lines)


def contents(rng: Random, i: int) -> str:
    """A list of chapters whose parts have the same names."""
    inner = ("Introduction", "Sources", "Summary", "Exercises", "Notes", "Further reading")
    chosen = [inner[n % 6] for n in range(i, i + 2 + i % 3)]
    lines = ["Contents"]
    page = 3
    for number, tale in enumerate(some(rng, [s.title for s in STORIES], 5 + i % 3), 1):
        page += rng.randrange(5, 20)
        lines.append(f"{number} {tale}" + (f" {'.' * 12} {page}" if i % 2 else ""))
        lines += [f"    {name}" if i % 3 else name for name in chosen]
    return "\n".join(lines)


def crossword(rng: Random, i: int) -> str:
    """Clues of which many are the same reference."""
    same = (
        "See 1 across",
        "As 4 down",
        "Abbreviation (2)",
        "Greek letter (2)",
        "Unit (3)",
        "See 12",
    )[i % 6]
    lines = []
    number = 1
    hints = some(rng, HINTS, 12)
    for head, clues in (("ACROSS", hints[:6]), ("DOWN", hints[6:])):
        lines.append(head)
        for clue in clues:
            lines += [f"{number} {clue}", same] if i % 2 else [str(number), clue, same]
            number += 1 + i % 3
    return "\n".join(lines)


def auction(rng: Random, i: int) -> str:
    """Lots of an auction, with the same remark on condition."""
    remark = CONDITIONS[i % len(CONDITIONS)]
    parts = []
    for number, lot in enumerate(some(rng, LOTS, 6 + i % 4), 11 + i * 9):
        head = f"Lot {number}"
        parts.append(f"{head}\n{lot}\n{remark}" if i % 3 else f"{head}. {lot} {remark}")
    return ("\n\n" if i % 2 else "\n").join(parts)


def field_guide(rng: Random, i: int) -> str:
    """Template bullet points with different facts and some that agree."""
    traits = (
        ("Flowers: May to June", "Flowers: July", "Flowers: April"),
        ("Habitat: wet meadows", "Habitat: dunes", "Habitat: scree"),
        ("Status: common", "Status: rare", "Status: protected"),
    )
    parts = []
    for plant in sorted(some(rng, SPECIES, 6 + i % 5)):
        bullet = ("* ", "- ", "• ", "")[i % 4]
        facts = [bullet + rng.choice(options) for options in traits]
        parts.append("\n".join([plant.upper() if i % 2 else plant, *facts[: 2 + i % 2]]))
    return ("\n\n" if i % 3 else "\n").join(parts)


KINDS: dict[str, Maker] = {
    "directory": directory,
    "address labels": addresses,
    "dictionary entries": dictionary,
    "contents page": contents,
    "crossword clues": crossword,
    "auction catalogue": auction,
    "field guide bullets": field_guide,
}
