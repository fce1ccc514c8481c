"""News pages: datelines, bylines, credits, read-more lines, advertisements, live blogs."""

from __future__ import annotations

from random import Random

from .base import Maker, join, rows, some, sprinkle, wrapped
from .prose_bank_two import Story, story

READ_MORE = rows("""
Read more: What the new ferry timetable means for the islands this winter
Read more: Ten quiet places to swim within an hour of the city
READ ALSO: Why the price of rye has doubled since last autumn
Related: Our guide to the villages of the upper valley
>> See also: The long history of a short bridge
More on this topic: How small towns keep their libraries open
Read more » Five questions about the well that divided two farms
You might also like: The goat who ate a marathon
Also read: Inside the vault where the world keeps its seeds
From the archive: When the lights went out in High Ferron
READ NEXT: A choir, a car park and six seconds of echo
Don't miss: The three-day loaf, step by step
""")
ADVERTS = rows("""
Advertisement
ADVERTISEMENT - CONTINUE READING BELOW
[Advertisement]
Article continues after this advertisement
Story continues below
Sponsored content
Advertising
--- Paid post ---
Scroll to continue
Advertisement. Scroll down to continue reading.
Ad
The article continues below the picture.
""")
SIGN_UPS = rows("""
Sign up for our newsletter and get the best stories every Friday morning.
Subscribe to our daily briefing. It is free.
Like what you are reading? Support us from two euros a month.
Get the weekend edition in your inbox.
Download our app for breaking news.
Follow us for updates from the valley, day and night.
Become a member today and read without limits.
Enjoying this story? Subscribe to The Harbour Letter.
Register for free to save this article.
This article is free to read because readers pay for it.
Join our channel for local alerts.
Never miss a story: turn on notifications.
""")
SHARES = rows("""
Share this | Share this article | Share on social media | Print this page | Share: Mail, Print, Copy
Save for later | Tweet this | Share this story with a friend | Comments (0) | Send to a friend
Copy link | Like Share Reply
""")
SHARE_LINES = [text.strip() for line in SHARES for text in line.split("|")]
CREDITS = (
    "Photo: {0}",
    "Photo: {0}/{1}",
    "Picture: {1}",
    "({0} for {1})",
    "Image credit: {0}",
    "Photograph by {0}",
    "FILE PHOTO: {1}",
    "© {0}",
    "Foto: {0} ({1})",
    "Graphic: {1}",
    "Credit... {0}",
    "Illustration: {0}",
)
CAPTIONS = rows("""
The quay at dawn, shortly before the first passengers arrived.
Volunteers carry benches across the yard.
A view of the valley from the tower.
The committee on the steps of the town hall.
Children with paper lanterns wait for the signal.
The disputed stretch of road, seen from the chapel.
Work will continue through the night.
An apprentice checks the temperature of the oven.
""")
UPDATES = rows("""
The road between the quarry and the bridge has been closed in both directions.
Firefighters say the water has stopped rising at the lower lock.
The mayor is expected to speak in front of the town hall within the hour.
Buses 4 and 7 are running again, but with delays of about twenty minutes.
We have no confirmation of the reports about the second landslide.
A helicopter has landed on the sports ground.
The school will stay open all night for people who cannot go home.
Power is back in the eastern part of the town.
The police ask onlookers to stay away from the embankment.
Two hikers reported missing this morning have walked into a bakery, unhurt.
The railway line is being inspected by engineers on foot.
Tea and blankets are being handed out in the fire station.
""")
HOLDING = (
    "This is a developing story.",
    "More details soon.",
    "Stay with us for updates.",
    "No injuries have been reported.",
    "Refresh for updates.",
    "Live: we follow this.",
)


def _paras(rng: Random, i: int, shift: int) -> tuple[Story, list[str]]:
    """Return a story and five or six of its paragraphs in their order."""
    tale = story(i + shift)
    paras = list(tale.paras)
    if i % 3 == 0:
        del paras[rng.randrange(1, 6)]
    return tale, paras


def read_more(rng: Random, i: int) -> str:
    """The same read-more line after several paragraphs."""
    tale, paras = _paras(rng, i, 0)
    return join([tale.title, *sprinkle(rng, paras, READ_MORE[i % 12], 2 + i % 3)], i)


def advertisement(rng: Random, i: int) -> str:
    """The word that marks the place of an advertisement."""
    tale, paras = _paras(rng, i, 3)
    return join([tale.title, *sprinkle(rng, paras, ADVERTS[i % 12], 3 + i % 2)], i + 1)


def newsletter(rng: Random, i: int) -> str:
    """Two house lines that appear several times, at different places."""
    tale, paras = _paras(rng, i, 6)
    parts = sprinkle(rng, paras, SIGN_UPS[i % 12], 2 + i % 2)
    if i % 2:
        parts = [*parts, ADVERTS[i % 12], CAPTIONS[i % 8], ADVERTS[i % 12]]
    return join([tale.title, f"By {tale.author}", *parts], i + 2)


def share_lines(rng: Random, i: int) -> str:
    """Share lines above, within and below a story."""
    tale, paras = _paras(rng, i, 9)
    line = SHARE_LINES[i % len(SHARE_LINES)]
    middle = sprinkle(rng, paras[:-1], line, 2)
    return join([tale.title, line, *middle, paras[-1], line], i)


def datelines(rng: Random, i: int) -> str:
    """News in brief: every item begins with the same city and agency."""
    main = story(i)
    tag = (
        f"{main.city} ({main.agency})",
        f"{main.city}, Monday",
        f"({main.agency})",
        f"{main.city} / {main.agency}",
    )[i % 4]
    parts = []
    for number in range(6):
        para = rng.choice(story(i + number + 1).paras)
        body = wrapped(para) if i % 3 == 2 else para
        parts.append(f"{tag}\n{body}" if i % 2 else f"{tag} -- {body}\n\n(end)")
    return "\n\n".join(parts)


def bylines(rng: Random, i: int) -> str:
    """Byline and place head each part and close the text."""
    tale = story(i + 2)
    line = (
        f"By {tale.author}",
        f"{tale.author}, {tale.agency}",
        f"Reporting by {tale.author}",
        f"From our correspondent {tale.author}",
    )[i % 4]
    parts = []
    for number, shift in enumerate((2, 4, 7)):
        other = story(i + shift)
        parts += [other.title, line, *some(rng, other.paras, 1 + (i + number) % 2)]
    return join([*parts, line], i)


def photo_credits(rng: Random, i: int) -> str:
    """Captions differ, the credit under the pictures is always the same."""
    tale, paras = _paras(rng, i, 4)
    credit = CREDITS[i % 12].format(tale.author, tale.agency)
    parts = [tale.title]
    for para, caption in zip(paras, [*some(rng, CAPTIONS, 5), ""], strict=False):
        picture = f"{caption}\n{credit}" if i % 2 else f"{credit}\n{caption}"
        parts += [para, picture if caption and i % 4 else credit]
    return join(parts, 0 if i % 3 else 1)


def live_blog(rng: Random, i: int) -> str:
    """Time stamps, different news, the same holding sentence."""
    hold = HOLDING[i % len(HOLDING)]
    hour = 8 + i % 9
    parts = []
    for number, news in enumerate(some(rng, UPDATES, 7 + i % 4)):
        minute = 59 - number * 5
        stamp = (
            f"{hour}:{minute:02d}",
            f"{hour}.{minute:02d} am",
            "Just now" if number < 3 else "1 hour ago",
            f"[{hour}:{minute:02d}]",
        )[i % 4]
        tail = hold if number % 2 == i % 2 else ""
        if i % 3:
            parts.append(f"{stamp}\n{news}\n{tail}".strip())
        else:
            parts.append(f"{stamp} {news}\n{tail}".strip())
    return "\n\n".join(parts)


def page_furniture(rng: Random, i: int) -> str:
    """A badly scraped page: several kinds of page lines among real paragraphs."""
    tale, paras = _paras(rng, i, 11)
    menu = some(rng, ("Home", "News", "Sport", "Weather", "Contact", "Archive", "Jobs"), 5)
    lines = [ADVERTS[(i + 4) % 12], SHARE_LINES[(i + 2) % 12], SIGN_UPS[(i + 5) % 12]]
    parts = [("\n" if i % 2 else " | ").join(menu), tale.title, lines[1]]
    for number, para in enumerate(paras):
        parts += [wrapped(para) if i % 3 == 1 else para, lines[(number + i) % 3]]
    return "\n\n".join([*parts, tale.title, ("\n" if i % 2 else " | ").join(menu)])


KINDS: dict[str, Maker] = {
    "read-more lines": read_more,
    "advertisement marks": advertisement,
    "newsletter lines": newsletter,
    "share lines": share_lines,
    "datelines": datelines,
    "bylines": bylines,
    "photo credits": photo_credits,
    "live blog": live_blog,
    "page furniture": page_furniture,
}
