"""Short notices: corrections, obituaries, horoscopes, schedules, headline and result lists."""

from __future__ import annotations

from random import Random

from .base import Maker, rows, some, wrapped
from .bulletins_bank import CORRECTIONS, FORTUNES, LIVES, NOTICES, SKIES
from .prose_bank_two import STORIES, story

FACTS = rows("""
The service is at St Anne's on Thursday at ten. | The coffin leaves the house at noon on Friday.
Friends meet at the rowing club. | A walk to the quarry takes the place of a service.
The urn will be laid to rest at sea. | There will be music at the bridge.
The burial has taken place in silence. | The family receives guests at the mill on Sunday.
""")
PLANS = [fact.strip() for line in FACTS for fact in line.split("|")]
WISHES = (
    "No flowers, please.",
    "Rest in peace.",
    "Survived by two sons.",
    "Donations to the lifeboat.",
    "The family asks for privacy.",
    "Deeply missed by all.",
)
SIGNS = (
    "Aries",
    "Taurus",
    "Gemini",
    "Cancer",
    "Leo",
    "Virgo",
    "Libra",
    "Scorpio",
    "Sagittarius",
    "Capricorn",
    "Aquarius",
    "Pisces",
)
ADVICE = (
    "Drink more water.",
    "Lucky number: 7",
    "Love: wait and see. Money: fair. Health: good.",
    "Be patient.",
    "Mood: calm",
    "Today is a good day to rest.",
)
SHOWS = rows("""
News | Weather | Sport | Cooking with Hattie | The Long Harbour | Film: A Lamp for Joan | Quiz Hour
Nature: The Heron | Night Concert | Regional Magazine | Cartoon Corner | Debate | Teleshopping
Antiques on Tour | Detective Brand | Church Service | Gardens of the North | Ski Jumping, live
""")
PROGRAMMES = [show.strip() for line in SHOWS for show in line.split("|")]
REGIONS = (
    "The coast",
    "The lowlands",
    "The hill country",
    "The lakes",
    "The capital",
    "The eastern border",
    "The islands",
    "The high passes",
)
EVENTS = [notice.strip() for line in NOTICES for notice in line.split("|")]
TAILS = (
    "Admission is free.",
    "Further details from the town hall, room 12.",
    "All are welcome.",
    "No registration needed.",
    "Tickets at the door.",
    "Telephone 555 0134 for questions.",
)


def corrections(rng: Random, i: int) -> str:
    """One formula, different errors."""
    label = ("Correction", "CORRECTION:", "Corrections and clarifications", "Erratum")[i % 4]
    sorry = (
        "We apologise for the error.",
        "We regret the mistake.",
        "This has been corrected.",
        "The online version has been changed.",
    )[i // 3 % 4]
    items = [f"An earlier version got this wrong: {fact}." for fact in some(rng, CORRECTIONS, 6)]
    if i % 3 == 2:
        return "\n".join(f"{item} {sorry}" for item in items)
    sep = "\n" if i % 2 else "\n\n"
    return sep.join(part for item in items for part in (label, item, sorry))


def obituaries(rng: Random, i: int) -> str:
    """Death notices share their last line."""
    wish = WISHES[i % len(WISHES)]
    parts = []
    plans = some(rng, PLANS, 8)
    for number, life in enumerate(some(rng, LIVES, 5 + i % 3)):
        name, deed = (part.strip() for part in life.split("|"))
        age = 61 + (i * 7 + number * 5) % 38
        body = (
            f"{name}, {deed}, has died at the age of {age}."
            if (number + i) % 2
            else f"At {age} we lost {name}, {deed}."
        )
        lines = [name.upper(), f"{body} {plans[number]}", wish]
        parts.append("\n".join(lines[i % 2 :]))
    return ("\n\n" if i % 3 else "\n").join(parts)


def horoscope(rng: Random, i: int) -> str:
    """Twelve signs and too few pieces of advice."""
    advice = ADVICE[i % len(ADVICE)]
    texts = some(rng, FORTUNES, 12)
    parts = []
    for number, sign in enumerate(SIGNS[: 8 + i % 5]):
        tail = advice if (number + i) % 3 else ADVICE[(i + 1) % len(ADVICE)]
        parts.append(
            f"{sign}: {texts[number]} {tail}" if i % 3 == 1 else f"{sign}\n{texts[number]}\n{tail}"
        )
    return ("\n" if i % 4 == 1 else "\n\n").join(parts)


def tv_schedule(rng: Random, i: int) -> str:
    """Programmes of several channels; news and weather return."""
    lines = []
    for channel in some(rng, ("Channel 1", "Coast TV", "Kanal 5", "Valley Vision"), 2 + i % 2):
        lines += ["", channel] if i % 2 else [channel]
        hour = 17 + i % 3
        for number, show in enumerate(some(rng, PROGRAMMES, 7)):
            clock = f"{hour + number // 2}:{(0, 30)[number % 2]:02d}"
            entry = "News" if number % 3 == 0 else show
            lines += [clock, entry] if i % 3 == 0 else [f"{clock} {entry}"]
        lines += ["Weather", "Close"] if i % 3 else ["News"]
    return "\n".join(lines).strip()


def headlines(rng: Random, i: int) -> str:
    """Lists of headlines, sections and ages of the news."""
    age = ("2 hours ago", "Opinion", "Video", "Subscribers only", "5 min read", "LIVE")[i % 6]
    lines = []
    for number, tale in enumerate(some(rng, [f"{s.title}|{s.city.title()}" for s in STORIES], 10)):
        title, city = tale.split("|")
        lines += [f"{title}", age if number % 4 else f"Local news, {city}"]
        if i % 3 == 0:
            lines.append("Read more")
    return ("\n" if i % 2 else "\n\n").join(lines)


def forecast(rng: Random, i: int) -> str:
    """Regional forecasts in the same order, with repeated short remarks."""
    remark = (
        "Winds light.",
        "Outlook: unchanged.",
        "Visibility good.",
        "Tomorrow: the same.",
        "No warnings.",
        "Pollen: low.",
    )[i % 6]
    parts = []
    skies = some(rng, SKIES, 8)
    for number, region in enumerate(some(rng, REGIONS, 5 + i % 3)):
        text = (
            f"{region} can expect {skies[number]}."
            if number % 2
            else f"For {region.lower()}: {skies[number]}."
        )
        parts.append(f"{text} {remark}" if i % 3 == 0 else f"{text}\n{remark}")
    return "\n\n".join(parts) if i % 2 else "\n".join(parts)


def announcements(rng: Random, i: int) -> str:
    """Town notices of the same length and shape with other facts."""
    tail = TAILS[i % len(TAILS)]
    head = ("NOTICE", "Town news", "+++", "Announcement")[i % 4]
    parts = []
    for notice in some(rng, EVENTS, 6 + i % 4):
        body = f"{notice}. {tail}" if i % 3 == 0 else f"{notice}.\n{tail}"
        parts += [f"{head}\n{body}" if i % 2 else body]
    if i % 4 == 3:
        parts.insert(2, wrapped(story(i).paras[2]))
    return "\n\n".join(parts) if i % 5 else "\n".join(parts)


KINDS: dict[str, Maker] = {
    "corrections": corrections,
    "obituaries": obituaries,
    "horoscope": horoscope,
    "television schedule": tv_schedule,
    "headline list": headlines,
    "regional forecast": forecast,
    "announcements": announcements,
}
