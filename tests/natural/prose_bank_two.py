"""News stories, second half, and the parsed list of all of them."""

from __future__ import annotations

from dataclasses import dataclass

from .base import paragraphs
from .prose_bank import RAW as FIRST_HALF

SECOND_HALF = """
Court rules on shared well | OMBERLEY | Law Report Agency | Greta Nwosu

Two farms that have drawn water from one well since the days of their great-grandfathers must go
on sharing it, the district court decided after a dispute that lasted nine years.

The quarrel began when a new pump emptied the shaft every evening before the neighbour's cows had
been watered, and it soon filled more than four thousand pages of files.

In her ruling the judge noted that neither family could show a written agreement, but that the
worn steps on both sides of the well spoke a plain enough language.

A meter will now be fitted to each of the pipes, paid for in equal parts. During a drought the
animals come first, then the kitchen gardens and only after these the new swimming pool.

Lawyers for the larger farm did not rule out an appeal, although their client was seen shaking
hands with his opponent on the steps and asking after his daughter.

The well itself was not available for inspection on the day of the judgment, since a family of
protected newts had moved in and may not be disturbed until late summer.

====
Marathon runners take wrong turn | TARN ISLET | Sport Line | Bo Lindqvist

Some two hundred runners in the island marathon covered three kilometres too many on Sunday after
a goat ate the cardboard arrow that should have sent them along the beach.

The leading group noticed the mistake at a quarry and turned round, meeting the slower field in a
narrow lane where, by all accounts, the mood remained surprisingly cheerful.

Winner Aisha Temple, who had trained on the course and ignored the crowd, crossed the line almost
alone and waited nineteen minutes before anyone came to shake her hand.

Organisers will add a second list of results in which the detour is deducted, though the athletics
federation has pointed out that its rules know nothing of goats.

Next year the arrows are to be painted on the asphalt. The owner of the animal has offered to lead
the field in person, on a bicycle, with the goat at home behind a gate.

Sponsors were delighted, because photographs of the quarry with its red cliffs were shared more
often than any picture of the finish in the history of the race.

====
Museum asks public to name a spoon | DRAYHAVEN | Culture Dispatch | Noor Valdez

Nobody at the maritime museum knows what it is: a spoon of whalebone, as long as an arm and with
seven holes, which was found in a crate marked only with the word kitchen.

Since a picture was published in the spring more than eight hundred people have written in, among
them a brewer, two dentists and a class of nine-year-olds with a drawing.

The brewer believes that it served for skimming foam. The dentists disagree with each other, and
the children are convinced that a giant used it for eating soup with dumplings.

Tests at the university date the bone to about the year seventeen hundred, while the holes were
drilled at least a century later with a tool of hardened steel.

The curator intends to show the object with all the plausible letters beside it, for in her view
the guessing says as much about a harbour town as any certainty could.

Whoever sends the explanation that is finally accepted will receive a year's free admission and,
if the carpenters find the time, a copy of the spoon in pear wood.

====
Storks nest on crane, building delayed | LINDENAU FELDS | Daily Courier Service | Emil Strand

Work on the new hospital wing has been halted for at least ten weeks because a pair of storks has
built a nest on the arm of the tallest crane.

The contractor discovered the first twigs after the Easter holiday and thought of a prank by
apprentices, until the male bird greeted him from above with a loud clatter.

Under the law on nature protection a nest may not be removed once there are eggs in it, and a
drone counted four of them on Wednesday morning.

Masons are meanwhile plastering the cellar, which was due in autumn. The delay on the upper floors
could cost up to ninety thousand, a sum the insurer is still considering.

Patients in the old building have asked for their beds to be turned towards the window, and the
cafeteria sells a cake in the form of a nest.

Once the young have flown, a platform on the chimney of the laundry is meant to tempt the family
to a quieter address for the following year.

====
Choir of strangers fills a car park | NEW CARROW | Metropolitan Wire | Anouk Dreyer

On the fourth floor of a car park in the south of the city some three hundred people meet every
Tuesday to sing together, and hardly any of them know each other's names.

It started with a teacher who discovered while loading her shopping that the concrete held a note
for almost six seconds, longer than any church in the neighbourhood.

There is no audition and no conductor in the usual sense; whoever has brought a song teaches it,
line by line, standing on an upturned crate beside the ticket machine.

The operator at first demanded parking fees from the singers, then noticed that the stolen mirrors
and broken windows of earlier months had stopped, and withdrew the bill.

A sound engineer has recorded the winter evenings, including the moment when an ambulance passed
and the altos took up its siren as though it had been written for them.

In July the floor closes for repairs. The choir will move to an underpass whose echo, its members
say with some regret, is only half as generous.

====
Seed bank sends first boxes home | SOUTH MERIN | Science Bulletin | Tomas Achterberg

After fourteen years in a vault in the mountain, the first boxes of barley and lentils have been
returned to the farmers' union whose own collection burned down.

The parcels weigh less than a suitcase, yet they hold four hundred varieties, a good many of which
are resistant to a rust that has been spreading northward with the warm winters.

Each packet was tested before the journey. On wet paper nine out of ten seeds sprouted, a result
that astonished the keepers, who had reckoned with barely six.

The union will sow in three places at different heights and give back as many grains as it took,
so that the shelf in the mountain is not empty for long.

Farmers are glad, though not without worries, because the fields of the former station now lie
under a motorway and new land has been leased for five years only.

A short film about the journey will be shown in village halls this winter, followed in each case
by soup made from the very lentils that it is about.
"""


@dataclass(frozen=True)
class Story:
    """A news story with its head and six different paragraphs."""

    title: str
    city: str
    agency: str
    author: str
    paras: tuple[str, ...]


def _parse(raw: str) -> list[Story]:
    """Read the stories of a bank: a head line, then paragraphs, parted by ``====``."""
    result: list[Story] = []
    for chunk in raw.split("===="):
        head, *paras = paragraphs(chunk)
        title, city, agency, author = (part.strip() for part in head.split("|"))
        result.append(Story(title, city, agency, author, tuple(paras)))
    return result


STORIES = tuple(_parse(FIRST_HALF) + _parse(SECOND_HALF))


def story(number: int) -> Story:
    """Return a story, counting round and round."""
    return STORIES[number % len(STORIES)]


def loose_paragraphs() -> list[str]:
    """Return all paragraphs of all stories."""
    return [para for item in STORIES for para in item.paras]
