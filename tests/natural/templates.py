"""Form letters: every sentence is the same but for a name, a place or a number.

A reader needs each of them. The sentences stay below twenty words, and one closing line
of every notice is the same.
"""

from __future__ import annotations

from random import Random

from .base import Maker, some, wrapped
from .prose_bank_two import story
from .tables import NAMES, TOWNS

STREETS = (
    "Mill Lane",
    "Weaver Street",
    "Station Square",
    "Quay Road",
    "Chapel Hill",
    "Long Row",
    "Ash Grove",
    "Tanner's Yard",
    "Bell Alley",
    "Orchard Way",
    "Fish Steps",
    "Castle Mound",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
BIRDS = (
    "heron",
    "curlew",
    "siskin",
    "wheatear",
    "goosander",
    "stonechat",
    "redstart",
    "plover",
    "bittern",
    "linnet",
    "dunlin",
    "nightjar",
)
THINGS = (
    "a bicycle",
    "two ladders",
    "a copper kettle",
    "a wheelbarrow",
    "nine hens",
    "a bell rope",
    "a box of fuses",
    "a tuba",
    "four garden chairs",
    "an outboard motor",
    "a beehive",
    "a drill",
)
CRIMES = (
    "theft of a goat",
    "parking on the pier",
    "fishing without a licence",
    "insulting a referee",
    "noise at night",
    "driving without lights",
    "felling a lime",
    "selling short weight",
)


def _lay(parts: list[str], i: int, every: str) -> str:
    """Set notices as paragraphs, as lines, with a label, or around a story."""
    if i % 4 == 0:
        return "\n\n".join(f"{part}\n{every}" for part in parts)
    if i % 4 == 1:
        return "\n".join(line for part in parts for line in (part, every))
    if i % 4 == 2:
        return "\n\n".join(f"{part} {every}" for part in parts)
    paras = story(i + len(every)).paras
    frame = [wrapped(paras[0]), *(f"- {part}\n{every}" for part in parts), wrapped(paras[4])]
    return "\n\n".join(frame)


def police_blotter(rng: Random, i: int) -> str:
    """Thefts of a week, reported in one form."""
    every = (
        "The police ask for witnesses.",
        "There are no suspects.",
        "Call 555 0199.",
        "The damage is not yet known.",
    )[i // 3 % 4]
    things, places = some(rng, THINGS, 8), some(rng, STREETS, 8)
    mould = (
        "Unknown persons stole {0} from a yard in {1} during the night to {2}.",
        "On {2} night thieves took {0} from a shed in {1} and escaped unseen.",
        "{2}: In {1} someone broke into a cellar and carried off {0}.",
    )[i % 3]
    parts = [mould.format(a, b, rng.choice(DAYS)) for a, b in zip(things, places, strict=True)]
    return _lay(parts[: 5 + i % 4], i, every)


def match_reports(rng: Random, i: int) -> str:
    """Results reported in sentences, not in tables."""
    every = ("Half-time: 0-0.", "No cards were shown.", "The return match is in spring.")[i % 3]
    clubs = some(rng, TOWNS, 12)
    mould = (
        "{0} beat {1} {2}-{3} at home in front of {4} spectators on {5} afternoon.",
        "In the match between {0} and {1} the final score was {2}-{3} before {4} spectators.",
        "{0} {2}, {1} {3}. Attendance: {4}.",
    )[i // 2 % 3]
    parts = []
    for home, away in zip(clubs[::2], clubs[1::2], strict=True):
        goals = rng.randrange(1, 6)
        crowd = rng.randrange(20, 900)
        parts.append(mould.format(home, away, goals, goals - 1, crowd, rng.choice(DAYS)))
    return _lay(parts, i, every)


def registry(rng: Random, i: int) -> str:
    """Births, weddings and birthdays of a month."""
    every = ("Congratulations!", "We wish them every happiness.", "The town congratulates.")[i % 3]
    mould = (
        "On the {2}th of May a daughter was born to the {0} family of {1}.",
        "On the {2}th the {0} family of {1} celebrates the golden wedding of the grandparents.",
        "{0}, resident in {1}, completes the {3}th year of life on the {2}th of the month.",
    )[i // 4 % 3]
    names, places = some(rng, NAMES, 6 + i % 4), some(rng, STREETS, 10)
    parts = [
        mould.format(name, place, rng.randrange(4, 20), rng.randrange(84, 100))
        for name, place in zip(names, places, strict=False)
    ]
    return _lay(parts, i, every)


def house_sales(rng: Random, i: int) -> str:
    """Advertisements for houses which differ in street, rooms and price."""
    every = ("No agents, please.", "Viewing by appointment.", "Energy certificate available.")[
        i % 3
    ]
    mould = (
        "House in {0} with {1} rooms, garden and cellar for sale at {2} thousand.",
        "For rent from June: {1} rooms in {0}, bath, no lift, {2} a month.",
        "{0}: {1} rooms, stove heating, view of the harbour, price {2} thousand.",
    )[i // 3 % 3]
    parts = [
        mould.format(street, rng.randrange(2, 9), rng.randrange(90, 700))
        for street in some(rng, STREETS, 6 + i % 5)
    ]
    return _lay(parts, i, every)


def train_delays(rng: Random, i: int) -> str:
    """Announcements of a station, train after train."""
    every = (
        "We apologise for any inconvenience.",
        "Please mind the gap.",
        "Passengers are asked to listen for further announcements.",
    )[i % 3]
    mould = (
        "The {1} service to {0} is delayed by approximately {2} minutes.",
        "The train to {0}, due to depart at {1}, will leave from platform {2} today.",
        "Platform {2}: the {1} to {0} has been cancelled.",
    )[i // 2 % 3]
    parts = [
        mould.format(town, f"{rng.randrange(5, 23)}:{rng.randrange(10, 59)}", rng.randrange(2, 60))
        for town in some(rng, TOWNS, 6 + i % 6)
    ]
    return _lay(parts, i, every)


def court_list(rng: Random, i: int) -> str:
    """Fines of a court day."""
    every = ("Costs were awarded.", "He pleaded guilty.", "The sentence is final.")[i % 3]
    mould = (
        "{0}, {1}, of {2}, was fined {3} for {4}.",
        "The court fined {0} of {2}, aged {1}, the sum of {3} for {4}.",
        "{0} ({1}), of {2}, admitted {4} and must pay {3} within a month.",
    )[i // 4 % 3]
    parts = [
        mould.format(
            name,
            rng.randrange(19, 80),
            rng.choice(STREETS),
            rng.randrange(2, 60) * 10,
            rng.choice(CRIMES),
        )
        for name in some(rng, NAMES, 6 + i % 5)
    ]
    return _lay(parts, i, every)


def bird_counts(rng: Random, i: int) -> str:
    """Counts of a year: species after species in one sentence."""
    every = ("Trend: stable.", "Source: county bird society.", "Not on the red list.")[i % 3]
    mould = (
        "Of the {0} {1} pairs were counted this year, compared with {2} pairs last year.",
        "The {0} was seen {1} times inland and {2} times on the coast.",
        "{1} nests of the {0} were found, {2} of them with young.",
    )[i // 2 % 3]
    parts = [
        mould.format(bird, rng.randrange(30, 90), rng.randrange(3, 30)).capitalize()
        for bird in some(rng, BIRDS, 6 + i % 6)
    ]
    return _lay(parts, i, every)


KINDS: dict[str, Maker] = {
    "police blotter": police_blotter,
    "match reports": match_reports,
    "registry office": registry,
    "house advertisements": house_sales,
    "train announcements": train_delays,
    "court list": court_list,
    "bird counts": bird_counts,
}
