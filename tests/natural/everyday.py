"""Everyday writing: reviews, forums, diaries, ward rounds, ship's logs, chess, posts."""

from __future__ import annotations

from random import Random

from .base import Maker, join, paragraphs, rows, some, wrapped
from .prose_bank_two import story

REVIEWS = paragraphs("""
We came for the soup and stayed for the argument at the next table. The portions are honest, the
chairs are not, and the bill arrived on a saucer with two plums.

Our room faced the yard, where someone rehearsed the tuba until nine. The landlady apologised with
a cake that I still think about.

I ordered the blue lamp and received a green one. After one telephone call a young man brought the
right lamp and let me keep the other.

The tour lasts an hour longer than announced, since the guide knew every stork by its first name.
Bring a cushion and something to eat.

Bought for my father, who has dropped it from a ladder twice. It still tells the time, although it
now does so slightly earlier.

The ferry was late, the coffee was thin, and the captain let my daughter sound the horn. I cannot
give fewer stars than I have given.

Solid hinge, clear instructions, missing screw. The shop sent an envelope with eleven screws and a
drawing of a smiling carpenter.

A museum for people who do not like museums. One spoon, one bench, one window on the harbour, and
nobody tells you what to feel.
""")
VERDICTS = (
    "★★★★★",
    "5 out of 5 stars",
    "Would recommend.",
    "Helpful? Yes No Report",
    "Verified buyer",
    "Was this review useful to you?",
)
POSTS = paragraphs("""
Has anyone managed to repair the spring without taking off the whole lid? Mine snapped at the
second turn and the manual shows a different model.

I used brass wire of one millimetre and bent it around a pencil. It has held for two winters, but
it sings when the weather changes.

The pencil trick works, thank you. For those who read this later: heat the wire first, or it will
jump across the kitchen as mine did.

Moving this thread to Household, as it has nothing to do with beehives. Please keep to the subject
and do not feed the goat debate.

It does have to do with beehives, since the lid is the same. The maker used one mould for both, as
you can see from the stamp.

Last try from me: order the part from the saddler in Grenvold. He answers letters, never mails, and
charges what he feels is right.
""")
SIGNATURES = (
    "Measure twice, cut once.",
    "--\nbeekeeper since 1998",
    "Sent with Harbour Mail",
    "Reply   Quote   Report",
    "Like (2)",
    "____________\nPatience is a tool.",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ENTRIES = rows("""
Helped Tull with the fence until the hammer broke.
A letter from the bank, which I used to level the table.
Saw the first swallow, or a very early bat.
Walked to Oxley and back for a pound of nails.
The roof leaks above the piano now.
Ruth came by with dahlias and stayed for the argument.
Counted the hives again. One fewer than I would like.
Wrote to the minister. Tore it up. Wrote again.
Snow in the morning, mud by noon.
The goat ate the list of things the goat has eaten.
""")
REFRAINS = (
    "Rain.",
    "Slept badly.",
    "Nothing new.",
    "No letter.",
    "Potatoes for supper.",
    "Wind west, glass falling.",
)
FINDINGS = rows("""
Heart: regular. Lungs: clear. | Abdomen soft. | No fever overnight. | Wound dry. | Eating well.
Plan: continue. | Alert and oriented. | Pain 2/10. | No change.
""")
NOTES = [finding.strip() for line in FINDINGS for finding in line.split("|")]
PATIENT_NEWS = rows("""
Asked for a second pillow and a first opinion.
Walked to the window and back with one stick.
Visited by a brother, who brought a chessboard.
Transferred to the bed by the door at his own wish.
Complains of the humming of the vending machine.
Blood drawn at seven; result expected tomorrow.
Signed the form for the second operation.
""")
SIGHTINGS = rows("""
Passed the lighthouse of Tarn at two cables.
Spoke the brig Constance, eleven days from Merin, all well.
Repaired the foresail with the cook's best tablecloth.
Two whales to starboard, unimpressed.
Opened the last barrel but one.
Sounded forty fathoms, grey mud and shells.
The carpenter fell from the ladder and blamed the ladder.
Sighted land, which proved to be cloud.
""")
TAGS = (
    "#harbourlife",
    "#nofilter #sea",
    "Link in bio.",
    "Good morning, valley!",
    "👇👇👇",
    "RT if you agree",
)


def reviews(rng: Random, i: int) -> str:
    """Different opinions, the same stars and buttons."""
    verdict, other = VERDICTS[i % 6], VERDICTS[(i + 3) % 6]
    parts = []
    for text in some(rng, REVIEWS, 5 + i % 3):
        if i % 2:
            parts += [f"{verdict}\n{text}\n{other}"]
        else:
            parts += [verdict, wrapped(text, 66) if i % 4 else text, other]
    return ("\n" if i % 5 == 3 else "\n\n").join(parts)


def forum(rng: Random, i: int) -> str:
    """A thread; each post ends with its author's signature."""
    signs = some(rng, SIGNATURES, 2)
    names = some(rng, ("lidless", "Brasswire", "old_hive", "moderator", "K. from Oxley"), 2)
    parts = []
    for number, post in enumerate(POSTS[i % 2 :]):
        body = wrapped(post) if i % 3 == 1 else post
        parts += [names[number % 2], "Joined: 2019" if i % 2 else "Member", body, signs[number % 2]]
    return join(parts, i % 2)


def diary(rng: Random, i: int) -> str:
    """Days that begin or end alike."""
    always = REFRAINS[i % 6]
    lines = []
    for number, entry in enumerate(some(rng, ENTRIES, 7 + i % 4)):
        day = DAYS[(number + i) % 7]
        lines += [f"{day}. {entry} {always}"] if i % 3 == 0 else [day, entry, always]
    return ("\n\n" if i % 4 == 2 else "\n").join(lines)


def ward_round(rng: Random, i: int) -> str:
    """Medical notes of a week: the same findings every day, one thing new."""
    fixed = some(rng, NOTES, 3)
    parts = []
    for number, news in enumerate(some(rng, PATIENT_NEWS, 5 + i % 3), 1):
        head = f"Day {number}" if i % 2 else f"{number + i}.03., ward 4"
        body = [head, fixed[0], news, *fixed[1:]]
        parts.append((" " if i % 3 == 2 else "\n").join(body))
    return "\n\n".join(parts)


def ships_log(rng: Random, i: int) -> str:
    """Watch after watch with the same wind."""
    same = (
        "Wind NW 4. All well.",
        "Nothing sighted.",
        "Course unchanged.",
        "Pumps: ten minutes.",
        "Lights burning brightly.",
        "Sea moderate. Sky overcast.",
    )[i % 6]
    lines = []
    for number, event in enumerate(some(rng, SIGHTINGS, 5 + i % 4)):
        hour = f"{number * 4 % 24:02d}00"
        lines += [f"{hour} {same}", f"{hour} {event}"] if i % 4 == 0 else [hour, event, same]
        lines += [same] * (number % 2)
    return "\n".join(lines)


def social_posts(rng: Random, i: int) -> str:
    """Short posts with the same tags and greetings."""
    tag = TAGS[i % 6]
    parts = []
    for number, entry in enumerate(some(rng, [*ENTRIES, *SIGHTINGS], 7 + i % 4)):
        head = ("@old_hive", f"{number + 1}/", "The Harbour Letter · 3h", "Ruth P.")[i % 4]
        parts.append(f"{head}\n{entry}\n{tag}" if i % 3 else f"{head} {entry} {tag}\n{tag}")
    return "\n\n".join(parts)


def diary_in_article(rng: Random, i: int) -> str:
    """An article that quotes from a log: the quoted line returns after each paragraph."""
    tale = story(i + 4)
    always = REFRAINS[(i + 2) % 6]
    parts = [tale.title]
    for para, entry in zip(tale.paras, some(rng, ENTRIES, 6), strict=True):
        quote = f'"{always}"' if i % 2 else f"    {always}"
        parts += [para, entry, quote] if i % 3 else [para, quote]
    return join(parts, i)


KINDS: dict[str, Maker] = {
    "reviews": reviews,
    "forum thread": forum,
    "diary": diary,
    "ward round": ward_round,
    "ship's log": ships_log,
    "social posts": social_posts,
    "log quoted in an article": diary_in_article,
}
