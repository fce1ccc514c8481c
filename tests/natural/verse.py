"""Songs and poems: refrains, villanelles, pantoums, cumulative rhymes, calls."""

from __future__ import annotations

from random import Random

from .base import Maker, some
from .verse_bank import CHORUSES, COUPLETS
from .verse_forms_bank import (
    CALLS,
    FAMILIES_A,
    FAMILIES_B,
    GIFTS,
    GRID,
    LINKS,
    MORE_GIFTS,
    PANTOUM_LINES,
)

ORDINALS = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
)
RESPONSES = (
    "Pull, now, pull!",
    "Heave, my brothers, heave!",
    "Ho! And lay it down.",
    "Swing it over, swing it low.",
    "And again! And again!",
    "Way, hey, up she goes!",
)
BURDENS = (
    "  With a hey and a ho and the green corn-o.",
    "  All on the road to Farrowdale.",
    "  And the wind blew out of the west, my lads.",
    "  Sing willow, willow, by the weir.",
    "  Down, down by the lily leaf.",
    "  And none of them came home.",
)


def _verses(rng: Random, count: int, couplets: int) -> list[str]:
    """Return ``count`` different verses of ``couplets`` couplets each."""
    chosen = some(rng, COUPLETS, count * couplets)
    return ["\n".join(chosen[n * couplets : (n + 1) * couplets]) for n in range(count)]


def _song(rng: Random, i: int) -> list[str]:
    """Return the stanzas of a song, the chorus verbatim between the verses."""
    chorus = CHORUSES[i % len(CHORUSES)]
    parts: list[str] = [chorus] if i % 4 == 3 else []
    for verse in _verses(rng, 3 + i % 2, 1 + (i % 5 > 1)):
        parts += [verse, chorus]
    if i % 6 == 5:
        parts.append(chorus)
    return parts


def song_stanzas(rng: Random, i: int) -> str:
    """Verses and chorus with blank lines between them."""
    return "\n\n".join(_song(rng, i))


def song_wall(rng: Random, i: int) -> str:
    """A song as a wall of lines without blank lines."""
    return "\n".join(_song(rng, i + 5))


def song_labelled(rng: Random, i: int) -> str:
    """Parts headed by "Chorus:" and "Verse 1", sometimes the word only."""
    chorus = CHORUSES[(i + 9) % len(CHORUSES)]
    head = ("Chorus:", "[Chorus]", "Refrain:", "CHORUS (all):")[i % 4]
    parts: list[str] = []
    for number, verse in enumerate(_verses(rng, 3 + (i % 3 == 0), 2), 1):
        label = (f"Verse {number}", f"[Verse {number}]", f"{number}.", f"SOLO {number}:")[i % 4]
        parts += [f"{label}\n{verse}", f"{head}\n{chorus}"]
    return ("\n" if i % 5 == 4 else "\n\n").join(parts)


def ballad_burden(rng: Random, i: int) -> str:
    """A ballad whose second or last line never changes."""
    burden = BURDENS[i % len(BURDENS)]
    parts = []
    for verse in _verses(rng, 5 + i % 3, 1):
        first, second = verse.split("\n")
        parts.append("\n".join((first, burden, second) if i % 2 else (first, second, burden)))
    return "\n\n".join(parts) if i % 4 else "\n".join(parts)


def villanelle(rng: Random, i: int) -> str:
    """Nineteen lines, two of which return four times."""
    family = FAMILIES_A[i % len(FAMILIES_A)]
    one, two, *rest = family[i // 4 :] + family[: i // 4]
    left = some(rng, rest, 5)
    middle = some(rng, FAMILIES_B[i % 2], 6)
    parts = [f"{one}\n{middle[0]};\n{two}"]
    for number in range(4):
        refrain = (one, two)[number % 2]
        parts += [f"{left[number]}\n{middle[number + 1]},\n{refrain}"]
    parts.append(f"{left[4]}\n{middle[5]};\n{one}\n{two}")
    return ("\n" if i % 6 == 5 else "\n\n").join(parts)


def pantoum(rng: Random, i: int) -> str:
    """Second and fourth lines come back as first and third."""
    count = 4 + i % 4
    lines = some(rng, PANTOUM_LINES, 2 * count + 2)
    parts = []
    for number in range(count):
        at = 2 * number
        parts.append("\n".join((lines[at], lines[at + 2], lines[at + 1], lines[at + 3])))
    parts.append("\n".join((lines[-2], lines[1], lines[-1], lines[0])))
    return "\n\n".join(parts)


def cumulative_rhyme(rng: Random, i: int) -> str:
    """Every stanza adds one link to the chain."""
    if i % 2:
        bank = (GIFTS, MORE_GIFTS)[i % 4 // 2]
        giver = rng.choice(
            (
                "my neighbour sold to me",
                "the tinker brought for me",
                "my cousin won for me",
                "the ferryman left for me",
            )
        )
        occasion = ("fair", "market", "summer")[i // 4]
        parts = []
        for day in range(5 + i % 5):
            given = [bank[n].capitalize() for n in range(day, 0, -1)]
            last = ("And " if day else "") + (bank[0] if day else bank[0].capitalize())
            head = f"On the {ORDINALS[day]} day of {occasion} {giver}"
            parts.append("\n".join([head, *given, last + "."]))
        return "\n\n".join(parts)
    start, end = (part.strip() for part in GRID[i // 2].split("|"))
    links = [tuple(x.strip() for x in link.split("|")) for link in LINKS[i // 2 % 3]]
    chain = [end]
    parts = [f"{start} {end}."]
    name = start.removeprefix("This is ")
    for head, verb in links[: 4 + i % 3]:
        chain.insert(0, f"{verb} {name}")
        name = head.removeprefix("This is ")
        parts.append("\n".join([head, *chain]) + ".")
    return "\n\n".join(parts)


def work_song(rng: Random, i: int) -> str:
    """A leader calls, the gang answers with the same words."""
    reply = RESPONSES[i % len(RESPONSES)]
    lines = []
    for call in some(rng, CALLS, 6 + i % 4):
        question, answer = (part.strip() for part in call.split("|"))
        if i % 3 == 0:
            lines += [question, answer, reply, ""]
        elif i % 3 == 1:
            lines += [f"Leader: {question}", f"All:    {reply}"]
        else:
            lines += [question, f"  ({reply})", answer, f"  ({reply})"]
    return "\n".join(lines)


def nonsense_song(rng: Random, i: int) -> str:
    """Lines said three times over, then a turn, as nursery songs do."""
    tail = (
        "early in the morning",
        "over the garden wall",
        "all the day on Sunday",
        "and nobody to tell",
    )[i % 4]
    parts = []
    for couplet in some(rng, COUPLETS, 4 + i % 3):
        line = couplet.split("\n")[0].rstrip(",.")
        turn = couplet.split("\n")[1]
        if i % 2:
            parts.append(f"{line},\n{line},\n{turn}\n{tail.capitalize()}!")
        else:
            parts.append(f"{line},\n{line},\n{line}, {tail}.\n{turn}")
    return "\n\n".join(parts)


KINDS: dict[str, Maker] = {
    "song refrain in stanzas": song_stanzas,
    "song refrain in a wall of lines": song_wall,
    "song with labelled chorus": song_labelled,
    "ballad with a burden": ballad_burden,
    "villanelle": villanelle,
    "pantoum": pantoum,
    "cumulative rhyme": cumulative_rhyme,
    "work song with response": work_song,
    "nursery song with tripled lines": nonsense_song,
}
