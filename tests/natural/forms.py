"""Things to fill in, cook, order or answer: forms, recipes, menus, exams, surveys."""

from __future__ import annotations

from random import Random

from .base import Maker, rows, some, wrapped
from .prose_bank_two import story

FIELDS = rows("""
Name: ________ | Date: ____ | Signature: ____________ | [ ] Yes  [ ] No | Telephone: ........
Street and number: __________ | Remarks: | ______________________ | ( ) applies ( ) does not apply
""")
BLANKS = [field.strip() for line in FIELDS for field in line.split("|")]
PERSONS = (
    "Applicant",
    "Second applicant",
    "Guardian",
    "Witness",
    "Landlord",
    "Employer",
    "Emergency contact",
    "Previous owner",
)
QUESTIONS = rows("""
Which metal did the settlers of Elmscott mine first? | copper | lead | tin
What does a bee colony do in a wet May? | it starves | it swarms | it moves out
How many propellers has the island ferry? | one | two | three
Why is the depot built of yellow brick? | local clay | cheap import | a bet
Which loaf keeps longest? | rye | wheat | spelt
Where does the night train stop on request? | on the moor | at Quern | nowhere
Who owns a well dug on a boundary? | both sides | the county | the finder
What dims the stars most? | street lamps | smoke | the moon
How long does concrete hold a note in the car park? | two seconds | six seconds | a minute
What is a stork's nest with eggs? | protected | removable | insured
Which wood was used for the copy of the spoon? | pear | oak | yew
At what temperature do seeds sleep in the vault? | minus eighteen | zero | plus four
""")
ITEMS = [[part.strip() for part in line.split("|")] for line in QUESTIONS]
STATEMENTS = rows("""
The staff answered my questions. | I found the platform without help. | The soup was warm enough.
The lighting in the stairwell is sufficient. | I was told in time about the delay.
The opening hours suit people who work. | The forms are easy to understand.
I would come here again. | The signs can be read from a wheelchair. | The music was too loud.
The price was fair. | I felt safe on the way home. | My complaint was taken seriously.
""")
OPINIONS = [text.strip() for line in STATEMENTS for text in line.split("|")]
STEPS = rows("""
Fold the dough over itself like a letter and turn it a quarter.
Cut the quinces into wedges, leaving the skin on.
Bring the milk to the boil with the bay leaf and let it stand.
Beat the eggs until they forget that they were eggs.
Roll the dough out as thin as the recipe of your neighbour.
Brown the onions slowly, with a lid, without hurrying them.
Scatter the poppy seeds over the wet crust.
Pour the stock through a cloth into the second pot.
Press the curd into the mould and weigh it down with a stone.
Turn the loaf over and knock on it as on a door.
Grate the chocolate while it is still cold.
Line the tin with paper and butter the corners.
""")
WAITS = (
    "Stir well.",
    "Cover and leave to rest for ten minutes.",
    "Season to taste.",
    "Set aside.",
    "Repeat.",
    "Taste it.",
)
INGREDIENTS = (
    "1 pinch of salt",
    "2 eggs",
    "100 g butter",
    "250 g flour",
    "salt",
    "1 tbsp sugar",
    "water",
    "1 onion",
    "some milk",
    "200 ml cream",
    "pepper",
    "3 quinces",
)
PARTS = ("For the dough", "For the filling", "For the glaze", "For the sauce", "To serve")
DISHES = rows("""
Pike with horseradish | Dumplings in broth | Rye pancakes | Smoked eel | Goat cheese, baked
Beetroot soup | Stuffed onions | Lamb with beans | Potato cake | Plum tart | Poppy seed ice
Pears in red wine | Trout, blue | Mushroom stew | Cabbage rolls | Cold cherry soup
""")
PLATES = [dish.strip() for line in DISHES for dish in line.split("|")]
SIDES = (
    "served with potatoes",
    "with bread and butter",
    "small / large",
    "contains gluten",
    "4.50",
    "as above",
    "vegetarian",
    "(for two)",
)
HELP = rows("""
How do I change the address of my card? | Bring the card and any letter with your new street.
Can I return a book by post? | You can, if the parcel is small enough for the flap.
What happens if I lose the key? | The lock is changed and you pay for the new one.
May children use the night room? | From the age of fourteen, and with a written note.
Do you lend instruments? | Two fiddles and a tuba; the tuba must be collected by van.
Where can I park my bicycle? | Under the arch, but not against the glass.
Who pays for a cancelled course? | The school does, on the same day.
Is the lift working? | Between eight and six, except when it is not.
How long does a reservation last? | Nine days, Sundays not counted.
Can I read old newspapers? | On film in the cellar, with gloves for the bound ones.
""")
HINTS = (
    "Was this answer helpful? Yes / No",
    "Back to top",
    "Still have questions? Contact us.",
    "Please ask at the desk.",
    "See our terms.",
    "[show more]",
)


def form(rng: Random, i: int) -> str:
    """The same blanks below the heading of every person."""
    fields = some(rng, BLANKS, 3 + i % 4)
    parts = []
    for number, person in enumerate(some(rng, PERSONS, 3 + i % 3), 1):
        head = (person, f"{number}. {person}", person.upper(), f"--- {person} ---")[i % 4]
        parts.append("\n".join([head, *fields]))
    if i % 3 == 1:
        parts.insert(1, wrapped(story(i).paras[3]))
    return ("\n" if i % 4 == 3 else "\n\n").join(parts)


def exam(rng: Random, i: int) -> str:
    """Different questions under the same instruction."""
    order = (
        "Choose one answer.",
        "Tick the correct box.",
        "(2 points)",
        "Give reasons in one sentence.",
        "Answer: ____________",
        "Do not write in this margin.",
    )[i % 6]
    parts = []
    for number, item in enumerate(rng.sample(ITEMS, 6 + i % 5), 1):
        ask, choices = item[0], some(rng, item[1:], 3)
        marks = ("a)", "b)", "c)") if i % 2 else ("[ ]", "[ ]", "[ ]")
        lines = [
            f"{number}. {ask}",
            order,
            *(f"{m} {c}" for m, c in zip(marks, choices, strict=True)),
        ]
        parts.append("\n".join(lines))
    return ("\n\n" if i % 3 else "\n").join(parts)


def survey(rng: Random, i: int) -> str:
    """The same scale below every statement."""
    scale = (
        "1   2   3   4   5",
        "agree / neutral / disagree",
        "o always  o often  o rarely  o never",
        "Strongly agree\nAgree\nDisagree\nStrongly disagree",
        "☐ yes ☐ no ☐ don't know",
        "very good | good | fair | poor",
    )[i % 6]
    parts = []
    for number, opinion in enumerate(some(rng, OPINIONS, 6 + i % 6), 1):
        parts.append(f"{number}. {opinion}\n{scale}" if i % 2 else f"{opinion}\n\n{scale}")
    return ("\n\n" if i % 3 else "\n").join(parts)


def recipe(rng: Random, i: int) -> str:
    """Ingredients needed in several parts and a step that returns."""
    wait = WAITS[i % len(WAITS)]
    common = some(rng, INGREDIENTS, 2)
    lines = [rng.choice(PLATES), ""]
    for part in some(rng, PARTS, 3):
        stuff = list(dict.fromkeys([*common, *some(rng, INGREDIENTS, 3)]))
        rng.shuffle(stuff)
        lines += [f"{part}:", *(f"- {thing}" if i % 2 else thing for thing in stuff), ""]
    lines.append("Method")
    for number, step in enumerate(some(rng, STEPS, 6 + i % 3), 1):
        lines.append(f"{number}. {step}" if i % 3 == 0 else step)
        if number % 2 == i % 2:
            lines.append(wait)
    return "\n".join(lines)


def menu(rng: Random, i: int) -> str:
    """Dishes of a day, the same side dish or price below many."""
    side = SIDES[i % len(SIDES)]
    dishes = iter(some(rng, PLATES, 12))
    lines = []
    for head in ("Starters", "Mains", "Sweets") if i % 2 else ("Monday", "Tuesday", "Wednesday"):
        lines.append(head.upper() if i % 3 else head)
        for _ in range(3 + i % 2):
            dish = next(dishes)
            lines += [dish, side] if i % 4 else [f"{dish:.<32} 9.80", side]
        lines += ["Ask for our daily bread.", ""]
    return "\n".join(lines)


def help_page(rng: Random, i: int) -> str:
    """Frequently asked questions with the same line below every answer."""
    hint = HINTS[i % len(HINTS)]
    parts = []
    for pair in some(rng, HELP, 5 + i % 5):
        ask, reply = (x.strip() for x in pair.split("|"))
        if i % 3 == 0:
            parts += [f"### {ask}", reply, hint]
        else:
            parts += [f"{ask}\n{reply}\n{hint}"]
    return "\n\n".join(parts)


def workout(rng: Random, i: int) -> str:
    """Instructions for knitting, exercise or dance: rounds that are the same."""
    banks = (
        ("Knit 2, purl 2.", "Purl all stitches.", "Repeat row 2.", "Turn.", "Knit all stitches."),
        ("Rest 60 seconds.", "Ten squats.", "Run on the spot.", "Drink.", "Ten push-ups."),
        ("Step, close, step.", "Turn left.", "Change partners.", "Bow.", "Clap, clap, clap."),
    )
    bank = banks[i % 3]
    lines = [("Sock, row by row", "Training plan", "Village dance")[i % 3]]
    for number in range(1, 9 + i % 5):
        moves = some(rng, bank, 1 + i % 2)
        label = (f"Row {number}:", f"Round {number}", f"{number}.")[i % 3]
        lines += [label, *moves] if i % 4 else moves
    return "\n".join([*lines, bank[0], bank[1], bank[0], bank[1]])


KINDS: dict[str, Maker] = {
    "form with blanks": form,
    "exam": exam,
    "survey scale": survey,
    "recipe": recipe,
    "menu": menu,
    "help page": help_page,
    "rounds and rows": workout,
}
