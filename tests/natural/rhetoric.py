"""Speech: anaphora, slogans, stubborn one-word answers, sermons, stream of thought."""

from __future__ import annotations

from random import Random

from .base import Maker, paragraphs, rows, some, wrapped

OPENINGS = rows("""
We will remember | They told us | I have seen | This is the year of | Never again shall we speak of
Let us begin with | I am thinking tonight of | We did not come here for | Give me
Ask them about | It was never only | Tomorrow belongs to
""")
OPENERS = [opening.strip() for line in OPENINGS for opening in line.split("|")]
ENDS = rows("""
the women who carried the bricks up this hill in their aprons
a river so dirty that the fishermen painted their corks white
the clerk who would not stamp the order and lost his desk for it
a school with one stove and eleven languages
the winter in which the bridge was built by hand, plank after plank
two brothers who met again at the counter of a lost property office
the smell of wet coal in the stairwell of the union house
an engine driver who stopped for a lame dog and was fined a week's pay
those who voted in the rain, and those who counted by candlelight
a town that gave its bells away and asked for a hospital in return
the letter that took nine years to cross one border
a nurse with sixty beds and one pair of shoes
the boy who taught his grandfather to read from football results
neighbours who shared a single ladder and never quarrelled about it
the silence in the hall before the last name was read out
the long table under the chestnut trees, and the empty chair at its end
""")
BRIDGES = paragraphs("""
Friends, I was asked to be brief tonight, and those who know me have already looked at the clock.
But some things cannot be said briefly, and some cannot be said at all, and so I shall begin
somewhere in the middle.

When my predecessor stood on this platform he had a speech of forty pages in his pocket. The wind
took it in the second minute, and people who were there say that it became the best speech of his
life.

You may say that these are small matters, the stuff of a village newspaper. I say to you that there
has never been any other kind of matter, and that the great ones are only small ones seen from far
away.

I do not have the figures with me. The figures are in the report, and the report is on the table by
the door, beside the coffee, where I trust that at least the coffee will be consulted before you
leave.

There were mistakes, and I made several of the larger ones myself. The hall we are sitting in has
no cellar because I was certain, in the spring of that year, that it would never rain in such a
place.

So let us go home and sleep badly, as people ought to who have a great deal to do. And let us meet
again in the morning at the corner of Mill Lane, with spades if possible and with patience in any
case.
""")
SLOGANS = rows("""
Hands off our library! | Whose streets? Our streets! | No more cuts! | Keep the night train!
Save the swimming pool! | Bread and roses! | Let them stay! | What do we want? Clean water!
Not for sale! Not for sale! | Shame on you! | We are not going home! | One valley, one voice!
""")
CRIES = [cry.strip() for line in SLOGANS for cry in line.split("|")]
STUBBORN = rows("""
No. No. No. | Yes. Yes. Yes, of course. | Nothing. Nothing at all. | I waited. I waited.
Not today. Not today. | Again. And again. | Too late. Too late. | Keep walking. Keep walking.
Breathe in. Breathe out. | Knock, knock, knock. | Listen. Just listen. | Left. Right. Left. Right.
""")
MUTTERS = [words.strip() for line in STUBBORN for words in line.split("|")]
THOUGHTS = rows("""
The landlord had a way of standing in the door so that nobody could see past him.
She asked whether the boxes could be moved by Friday.
He turned the hat in his hands as if the answer were written on the band.
Outside somebody dropped a tray of glasses and laughed.
It was the third time that week the telephone had rung at ten.
The dog looked from one to the other and decided in favour of the rug.
There was money in the drawer, but it was counted.
Her mother would have known what to say, and would have said it twice.
The clock on the bank showed the wrong hour with great dignity.
They might have taken the earlier boat.
The doctor had drawn a small circle round the number.
I could hear the lift going up, stopping, going up.
A cousin in the customs office had promised to make a call.
The key fitted, which was the worst of it.
By noon the snow had covered the wheel tracks.
Nobody had thought of the piano.
""")


def anaphora(rng: Random, i: int) -> str:
    """A speech in which sentence after sentence begins alike and some come back."""
    opener = OPENERS[i % len(OPENERS)]
    ends = some(rng, ENDS, 9)
    lines = [f"{opener} {end}." for end in ends]
    refrain = (
        "And we are still here.",
        "I say it again: enough.",
        "That is all I ask.",
        "And nobody wrote it down.",
        "Do not look away.",
    )[i % 5]
    bridge = some(rng, BRIDGES, 3)
    if i % 3 == 0:
        parts = [bridge[0], *(f"{line} {refrain}" for line in lines[:5]), bridge[1], *lines[5:7]]
    elif i % 3 == 1:
        parts = [
            bridge[0],
            "\n".join(lines[:4]),
            refrain,
            bridge[1],
            "\n".join(lines[4:7]),
            refrain,
            bridge[2],
            refrain,
        ]
    else:
        parts = [
            wrapped(bridge[0]),
            wrapped(" ".join(lines[:3])),
            refrain,
            wrapped(" ".join(lines[3:6])),
            refrain,
            wrapped(bridge[1]),
        ]
    return "\n\n".join(parts)


def bare_anaphora(rng: Random, i: int) -> str:
    """Single short sentences; their opening also appears on a separate line."""
    opener = OPENERS[(i + 4) % len(OPENERS)]
    lines: list[str] = []
    for end in some(rng, ENDS, 6 + i % 4):
        lines += [f"{opener}", f"{end};"] if i % 2 else [f"{opener}...", f"... {end}.", ""]
    return "\n".join(lines)


def slogans(rng: Random, i: int) -> str:
    """A report from a march: the cry of the crowd between paragraphs."""
    cry = CRIES[i % len(CRIES)]
    parts = []
    for para in some(rng, BRIDGES, 4):
        parts.append(wrapped(para) if i % 2 else para)
        parts.append("\n".join([cry] * rng.choice((1, 2, 3))))
    parts += [*some(rng, THOUGHTS, 2), f'"{cry}"' if i % 3 else cry]
    return "\n\n".join(parts)


def one_line_repeats(rng: Random, i: int) -> str:
    """Everything on one line, short sentences said again and again."""
    mutter = MUTTERS[i % len(MUTTERS)]
    words: list[str] = []
    for thought in some(rng, THOUGHTS, 5 + i % 5):
        words += [thought, mutter] if rng.random() < 0.8 else [thought]
    return " ".join([mutter, *words, mutter])


def inner_voice(rng: Random, i: int) -> str:
    """A story told in short paragraphs; one sentence keeps coming back."""
    mutter = rng.choice(THOUGHTS[:2] + THOUGHTS[4:6]) if i % 2 else MUTTERS[(i + 5) % len(MUTTERS)]
    rest = [thought for thought in THOUGHTS if thought != mutter]
    parts: list[str] = []
    chosen = some(rng, rest, 11)
    for at in range(0, 10, 2 + i % 2):
        parts += [" ".join(chosen[at : at + 2 + i % 2]), mutter]
    return ("\n\n" if i % 3 else "\n").join(parts)


def sermon(rng: Random, i: int) -> str:
    """A text is read out once and quoted after every point of the sermon."""
    text = (
        "Whoever has laid down his stone.",
        "And the gutters ran at his breath.",
        "The little that we have.",
        "But the morning fills their pit.",
        "And the waters knew their bounds.",
        "I gave them a song.",
    )[i % 6]
    parts = [text]
    for number, (para, end) in enumerate(
        zip(some(rng, BRIDGES, 4), some(rng, ENDS, 4), strict=True), 1
    ):
        point = f"My {('first', 'second', 'third', 'fourth')[number - 1]} point is {end}."
        body = f"{point} {para}"
        parts += [wrapped(body, 68) if i % 2 else body, f'"{text}"' if i % 4 == 3 else text]
    return "\n\n".join(parts)


KINDS: dict[str, Maker] = {
    "anaphora speech": anaphora,
    "anaphora with bare openings": bare_anaphora,
    "slogans at a march": slogans,
    "short sentences on one line": one_line_repeats,
    "returning thought in a story": inner_voice,
    "sermon on a short text": sermon,
}
