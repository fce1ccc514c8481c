"""Prayers: litanies, hymns, antiphons, prayer books, processions, sermons."""

from __future__ import annotations

from random import Random

from .base import Maker, rows, some, wrapped
from .liturgy_bank import HYMNS, PETITIONS, RESPONSES, VERSICLES

CLOSES = (
    "Amen.",
    "Amen, amen.",
    "Alleluia! Amen.",
    "Alleluia, alleluia!",
    "Glory be to thee, O Lord. Amen.",
    "So be it. Amen.",
)
ANTIPHONS = rows("""
Ant. The light has come upon us.
Ant. Open to me the gates of the morning.
Let everything that has breath give thanks.
His mercy endures for ever.
Ant. From the rising of the sun to its setting.
O give thanks, for it is good.
""")
TITLES = rows("""
Morning Light | Mirror of Patience | House of Bread | Lamp of Travellers | Star of the Harbour
Well of Comfort | Gate of the Meek | Seat of Counsel | Shelter in Rain | Friend of the Poor
Tower of Salt | Rose of the Hill | Bridge of Peace | Bell of the Deep | Keeper of Keys
Mother of Orphans | Vessel of Oil | Ladder of Prayer | Joy of the Weary | Crown of Reeds
""")
REMARKS = rows("""
The reader goes to the lectern while the candles on the north side are lit.
The people may stand, or sit if the floor is cold, as it usually is in Lent.
Here the bell is rung three times and a silence is kept for about a minute.
The children come forward with the basket and stand beside the font.
If there is no deacon, a member of the congregation says the following words.
On weekdays this part may be left out, and the psalm of the day is said instead.
The procession stops at the churchyard gate, where the names of the dead are read.
""")
EXCHANGES = rows("""
The Lord be with you. | And with thy spirit.
Lift up your hearts. | We lift them up unto the Lord.
O Lord, open thou our lips. | And our mouth shall shew forth thy praise.
Let us bless the Lord. | Thanks be to God.
Peace be to this house. | And to all who dwell in it.
Who made the sea and its islands? | He made them, and he made us.
Who shall go up the hill? | Whoever has laid down his stone.
What shall we bring? | The little that we have.
""")


def litany(rng: Random, i: int) -> str:
    """Petition and response, in four printed layouts."""
    reply = RESPONSES[i % len(RESPONSES)]
    prayers = some(rng, PETITIONS, 7 + i % 6)
    if i % 4 == 0:
        return "\n\n".join(f"{p}:\n{reply}" for p in prayers)
    if i % 4 == 1:
        return "\n".join(f"{p}, we pray." for p in prayers[:6]) + f"\n{reply}" * 3
    if i % 4 == 2:
        return "\n".join(line for p in prayers for line in (f"V. {p}.", reply))
    return " ".join(f"{p}. {reply}" for p in prayers)


def titles_litany(rng: Random, i: int) -> str:
    """Short titles, each with the same short answer on its line or the next."""
    names = some(rng, [n.strip() for line in TITLES for n in line.split("|")], 10 + i % 7)
    reply = ("pray for us", "have mercy on us", "hear us", "light our way")[i % 4]
    kyrie = [
        "Lord, have mercy.",
        "Lord, have mercy.",
        "Christ, have mercy.",
        "Christ, have mercy.",
        "Lord, have mercy.",
        "Lord, have mercy.",
    ]
    sep = (", ", ",\n    ", "\n")[i % 3]
    body = [f"{name}{sep}{reply}." for name in names]
    return "\n".join((kyrie if i % 2 else kyrie[::2]) + body + kyrie[:2])


def hymn(rng: Random, i: int) -> str:
    """Four-line stanzas closed by the same word or line."""
    close = CLOSES[i % len(CLOSES)]
    parts = [f"{s}\n{close}" for s in some(rng, HYMNS, 4 + i % 4)]
    if i % 3 == 1:
        parts = [f"{n}. {part}" for n, part in enumerate(parts, 1)]
    return ("\n" if i % 4 == 3 else "\n\n").join(parts)


def psalm(rng: Random, i: int) -> str:
    """Psalm verses with an antiphon or half verse between them."""
    antiphon = ANTIPHONS[i % len(ANTIPHONS)]
    verses = some(rng, VERSICLES, 8 + i % 5)
    if i % 2:
        return "\n".join(v.split("*")[0] + "\n    " + antiphon for v in verses)
    parts = [antiphon]
    for at in range(0, len(verses), 2 + i % 3):
        parts += ["\n".join(verses[at : at + 2 + i % 3]), antiphon]
    doxology = "Glory be to the Father, and to the Son, and to the Holy Ghost."
    return "\n\n".join(parts + ([doxology, antiphon] if i % 4 == 0 else []))


def prayer_book(rng: Random, i: int) -> str:
    """Rubrics, versicles and answers of an order of service."""
    greeting = EXCHANGES[i % len(EXCHANGES)]
    left, right = ("Priest.", "Answer.") if i % 3 else ("V.", "R.")
    parts = []
    verses = iter(some(rng, HYMNS, 6))
    for number, remark in enumerate(some(rng, REMARKS, 4 + i % 3)):
        first, second = (x.strip() for x in greeting.split("|"))
        third, fourth = (x.strip() for x in rng.choice(EXCHANGES).split("|"))
        pairs = [(first, second)] + ([(third, fourth)] if number % 2 else [])
        said = "\n".join(f"{left} {a}\n{right} {b}" for a, b in pairs)
        parts += [wrapped(remark, 60) if i % 2 else remark, said, "Let us pray."]
        if number % 2 == i % 2:
            parts.append(next(verses) + "\nAmen.")
    return "\n\n".join(parts)


def beads(rng: Random, i: int) -> str:
    """One short prayer said again and again between meditations."""
    prayer = (
        "Holy God, holy and strong, have mercy on us.",
        "Come, Spirit of peace, come.",
        "Our help is in the name of the Lord.",
        "Jesus, remember me.",
        "Blessed be his name for ever.",
        "Praise the name of the Lord.",
    )[i % 6]
    parts = []
    for number, thought in enumerate(some(rng, PETITIONS, 3 + i % 3), 1):
        parts.append(f"{('Decade', 'Station', 'Bead')[i % 3]} {number}. {thought}.")
        parts += [prayer] * (3 + (i + number) % 5)
    return (" " if i % 4 == 2 else "\n").join(parts)


def blessing_procession(rng: Random, i: int) -> str:
    """A walk from place to place; at every stop the same three short lines."""
    verse = (
        "Bless this place.\nBless all who pass.\nAmen.",
        "Here we stand.\nHere we pray.\nThanks be to God.",
        "Peace to the field,\npeace to the fold,\npeace to the door.",
    )[i % 3]
    places = (
        "the mill",
        "the school gate",
        "the new bridge",
        "the spring",
        "the old lime",
        "the fire station",
        "the bus stop",
        "the sheepfold",
        "the clinic",
        "the ferry",
    )
    deeds = (
        "a child pours water on the ground",
        "the band falls silent",
        "bread is broken and passed along",
        "the banner is lowered once",
        "somebody reads the names of last year's dead",
        "the eldest lights a candle",
        "the bell of the chapel answers",
        "we wait for the slowest walkers",
    )
    acts = some(rng, deeds, 5 + i % 3)
    stops = some(rng, places, len(acts))
    heads = [f"At {stop} {act}." for stop, act in zip(stops, acts, strict=True)]
    return ("\n\n" if i % 2 else "\n").join(part for head in heads for part in (head, verse))


KINDS: dict[str, Maker] = {
    "litany with response": litany,
    "litany of titles": titles_litany,
    "hymn with amen": hymn,
    "psalm with antiphon": psalm,
    "prayer book order": prayer_book,
    "prayer said on beads": beads,
    "procession with blessing": blessing_procession,
}
