"""Tales and old forms: spells and formulas, triolets, genealogies, chord sheets, charms."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from .base import Maker, paragraphs, rows, some, stanzas, wrapped
from .verse_bank import COUPLETS
from .verse_forms_bank import FAMILIES_A, FAMILIES_B

SPELLS = stanzas("""
"Heron, heron, grey and thin,
open the reeds and let me in."

"Stone, roll over. Stone, lie still.
Show me the door that is under the hill."

"Little pot, be good, be hot,
give me all that you have got."

"Who is it walks on my wooden bridge?
Is it a mouse or is it a midge?"

"Needle and thimble, thread and wax,
bring me home with a loaded sack's."

"Moon in the bucket, moon in the pail,
tell me a truth or tell me a tale."
""")
EVENTS = paragraphs("""
In the first year the eldest went out with a bag of salt, and because he greeted nobody on the way
he found the gate locked and the dogs awake.

The second brother took the shorter road through the wood. There he met an old woman gathering
cones, and he asked her for the time but not for her name.

When the youngest daughter set out she had only a heel of bread, which she broke in two for the
crow with the lame wing.

Inside there stood a table of ice with eleven chairs, and on every chair lay a coat that was still
warm from its owner.

The king of the marsh had lost his shadow at cards, and he promised half of his mud to the one who
would win it back.

For three nights she carried water in a sieve, until the smallest of the frogs told her to line it
with clay.

At the edge of the field the horse stopped and said that it would go no farther, since it had been
a prince once and remembered the way this ended.

So they were married in the mill, and the miller danced so hard that flour fell from the beams like
snow upon the guests.
""")
FORMULAS = (
    "And so it went on.",
    "But nobody answered.",
    "Then she went home and told no one.",
    "And the wind took the words away.",
    "So he walked on, and on, and on.",
    "Once more the door stayed shut.",
)
FATHERS = rows("""
Adun | Berek | Cormas | Dolvi | Erun | Farrat | Gideol | Hazor | Imlah | Jorun | Kesh | Lomar
Medan
""")
SONS = [name.strip() for line in FATHERS for name in line.split("|")]
CHORDS = (
    "G        C        G",
    "Am    F    C    G",
    "D  A  D  G",
    "Em          D",
    "C  /  F  /",
    "[Instrumental: G C G D]",
)
AILMENTS = (
    "fever",
    "toothache",
    "a sprained foot",
    "hiccups",
    "warts",
    "a cow without milk",
    "nightmares",
    "bees that will not swarm",
)
CURES = rows("""
Lay three straws of oat below the pillow and do not speak until noon.
Walk round the well against the sun with a pebble in the left shoe.
Rub the spot with the cut side of an onion and bury the onion.
Write the name backwards on a slate and let the rain wash it.
Drink from the wrong side of the cup while a child holds both your ears.
Hang a key in the stable and ring the small bell at dusk.
Burn a thread of red wool and sweep the ash towards the east.
Tell the hive everything, slowly, beginning with the dead.
""")


def fairy_tale(rng: Random, i: int) -> str:
    """A tale told in paragraphs, with a spell or a formula said at every gate."""
    spell = SPELLS[i % 6]
    formula = FORMULAS[(i + i // 6) % 6]
    flat = spell.replace("\n", " ")
    parts = []
    for number, event in enumerate(some(rng, EVENTS, 5 + i % 3)):
        parts.append(wrapped(event) if i % 2 else event)
        parts.append(flat if i % 3 == 2 else spell)
        if number % 2 == i % 2:
            parts.append(formula)
    return ("\n" if i % 4 == 1 else "\n\n").join([*parts, formula])


def tale_in_lines(rng: Random, i: int) -> str:
    """One sentence closes every episode of a tale."""
    formula = FORMULAS[i % 6]
    parts = []
    for event in some(rng, EVENTS, 6 + i % 3):
        parts += [event, formula] if i % 2 else [f"{event} {formula}"]
    return "\n\n".join(parts) if i % 3 else " ".join(parts)


def triolet(rng: Random, i: int) -> str:
    """Three triolets: the first line appears three times, the second twice."""
    parts = []
    for family in rng.sample(FAMILIES_A, 3):
        first, rhyme, other = some(rng, family, 3)
        second, answer = some(rng, FAMILIES_B[i % 2], 2)
        lines = [first, second, rhyme, first, other, answer, first, second]
        parts.append("\n".join(lines))
    return ("\n" if i % 4 == 3 else "\n\n").join(parts)


def envelope_poem(rng: Random, i: int) -> str:
    """The first stanza is also the last, and sometimes the one in the middle."""
    couplets = some(rng, COUPLETS, 8)
    frame = couplets[0] if i % 2 else f"{couplets[0]}\n{couplets[1]}"
    middle = couplets[2 : 5 + i % 4]
    if i % 3 == 0:
        middle.insert(2, frame)
    return ("\n" if i % 5 == 4 else "\n\n").join([frame, *middle, frame])


def genealogy(rng: Random, i: int) -> str:
    """Father after father in the same words."""
    names = some(rng, SONS, 8 + i % 5)
    closing = (
        "and he died.",
        "And he had sons and daughters.",
        "These are the generations.",
        "and he was gathered to his people.",
    )[i % 4]
    lines = []
    for father, son in pairwise(names):
        years = rng.randrange(40, 300)
        lines.append(
            f"And {father} lived {years} years and begat {son}."
            if i % 2
            else f"{father} was the father of {son}."
        )
        lines.append(closing)
    return (" " if i % 3 == 2 else "\n").join(lines)


def chord_sheet(rng: Random, i: int) -> str:
    """Chords above every line of a song."""
    chord, other = CHORDS[i % 6], CHORDS[(i + 2) % 6]
    lines = ["Capo 2" if i % 2 else "Intro", chord]
    for couplet in some(rng, COUPLETS, 5 + i % 3):
        first, second = couplet.split("\n")
        lines += [chord, first, other, second]
        if i % 3 == 0:
            lines += ["", "(x2)"]
    return "\n".join([*lines, chord, other])


def charms(rng: Random, i: int) -> str:
    """Household cures that all end with the same words."""
    ending = (
        "Say this three times.",
        "It has always helped.",
        "Tell nobody.",
        "Amen.",
        "Spit over the left shoulder.",
        "It helps if one believes in it.",
    )[i % 6]
    cures = some(rng, CURES, 5 + i % 4)
    parts = []
    for ailment, cure in zip(some(rng, AILMENTS, len(cures)), cures, strict=True):
        head = f"Against {ailment}" if i % 2 else f"For {ailment}:"
        parts.append(f"{head}\n{cure}\n{ending}" if i % 3 else f"{head} {cure} {ending}")
    return ("\n\n" if i % 4 else "\n").join(parts)


KINDS: dict[str, Maker] = {
    "fairy tale with a spell": fairy_tale,
    "tale with a closing formula": tale_in_lines,
    "triolets": triolet,
    "envelope poem": envelope_poem,
    "genealogy": genealogy,
    "chord sheet": chord_sheet,
    "household charms": charms,
}
