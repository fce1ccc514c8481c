"""Law and learning: resolutions, contracts, footnotes, citations, hearings, patents."""

from __future__ import annotations

from random import Random

from .base import Maker, rows, some, wrapped
from .dialogue_bank import INTERVIEWS
from .prose_bank_two import story

REASONS = rows("""
the bridge at Oxley was built for horses and is now used by lorries;
the library has been read in by three generations of this town;
no answer has been received to the letter of the fourth of May;
the well is older than the boundary;
the society possesses one boat, two oars and a debt;
the bees cannot be party to any contract;
the storks returned in spite of the fence;
the observatory requires darkness and the shop requires light;
the cost of the bells exceeds the price of the tower;
the night train has carried, in ten years, eleven brides and a piano;
""")
DECISIONS = rows("""
that the bridge be closed to carts above three tonnes;
that the treasurer write again, and in a firmer tone;
that the reading room remain open during the repair;
that a lamp be hung where the steps begin;
that the boat be sold to a friend of the society;
that thanks be given to the ladies of the canteen;
that copies of this paper be sent to both ministries;
that the matter be taken up again when the snow has gone;
""")
CLAUSES = rows("""
The tenant keeps the stairs free of bicycles. | Either party may end this agreement in writing.
The boat is returned with a full tank. | Payment falls due on the third working day.
The hirer feeds the goat twice a day. | Noise is to cease at ten in the evening.
Keys are handed over in person. | Damage is reported within one week.
Subletting requires consent. | The deposit is kept in a separate account.
Tools remain the property of the school. | Disputes go to the court at Omberley.
The bakery supplies the flour. | Insurance is the owner's concern.
""")
TERMS = [clause.strip() for line in CLAUSES for clause in line.split("|")]
BOILERPLATE = (
    "No oral agreements exist.",
    "Section 4 applies accordingly.",
    "[Reserved]",
    "(repealed)",
    "The foregoing shall apply mutatis mutandis.",
    "Intentionally left blank.",
)
WORKS = rows("""
Achterberg, A Short History of Wells (Carrow, 1962) | Reyes, Bread and Borders (Merin, 1988)
Nwosu, The Law of Shared Things (Omberley, 2004) | Lindqvist, Running in Circles (Tarn, 2011)
Sollen, Harbours of the North (Alden, 1975) | Kabore, Brick by Brick (Grenvold, 1999)
Quill, The Bee Papers (Haddon, 1934) | Strand, Cranes and Storks (Lindenau, 2018)
""")
BOOKS = [work.strip() for line in WORKS for work in line.split("|")]
CLAIMS = rows("""
wherein the lid is hinged on the side facing the wall
wherein the spring is made of a single length of brass wire
further comprising a bell that sounds when the drawer is open
wherein the seven holes lie on a common circle
further comprising a felt strip along the lower edge
wherein the handle can be folded without a tool
wherein the vessel is of glazed clay
further comprising a second, smaller goat gate
""")


def resolution(rng: Random, i: int) -> str:
    """Whereas and resolved, as lines of their own or as openings."""
    start, act = (
        ("WHEREAS", "RESOLVED"),
        ("Whereas,", "Resolved,"),
        ("Considering that", "Decides"),
        ("WHEREAS,", "BE IT FURTHER RESOLVED"),
    )[i % 4]
    parts = []
    for reason in some(rng, REASONS, 4 + i % 4):
        parts += [start, reason] if i % 2 else [f"{start} {reason}", "and"]
    for decision in some(rng, DECISIONS, 3 + i % 3):
        parts += [act, decision] if i % 3 else [f"{act} {decision}", "Adopted."]
    return ("\n" if i % 2 else "\n\n").join([*parts, "Adopted."])


def contract(rng: Random, i: int) -> str:
    """Numbered clauses among which one short sentence returns."""
    filler = BOILERPLATE[i % len(BOILERPLATE)]
    lines = []
    for number, term in enumerate(some(rng, TERMS, 9), 1):
        mark = (f"§ {number}", f"{number}.", f"Article {number}", f"Clause {number}:")[i % 4]
        lines += [mark, term] if i % 3 == 0 else [f"{mark} {term}"]
        if number % 2 == i % 2:
            lines.append(filler if i % 4 else f"({number}a)\n{filler}")
    sign = ["Place, date", "____________________", "Signature"]
    return ("\n" if i % 2 else "\n\n").join([*lines, *sign, *sign])


def footnotes(rng: Random, i: int) -> str:
    """A page of prose and its notes, most of which say Ibid."""
    tale = story(i + 8)
    same = ("Ibid.", "ibid.", "Op. cit.", "Ebd.", "Loc. cit.", "See above.")[i % 6]
    books = some(rng, BOOKS, 4)
    notes: list[str] = []
    for book in books:
        notes += [f"{book}, p. {rng.randrange(4, 300)}.", *[same] * (1 + rng.randrange(3))]
    if i % 2:
        notes = [f"[{n}] {note}" for n, note in enumerate(notes, 1)] + [same, same]
    paras = [wrapped(para) if i % 3 == 0 else para for para in tale.paras[: 3 + i % 3]]
    sep = "\n" if i % 4 else "\n\n"
    return "\n\n".join(paras) + "\n\nNotes\n\n" + sep.join([*notes, same, same])


def citations(rng: Random, i: int) -> str:
    """A list of sources with repeated publishers, hosts and access notes."""
    access = (
        "Accessed 3 May.",
        "No longer online.",
        "Print.",
        "Reprinted several times.",
        "Available at the county archive.",
        "In the author's collection.",
    )[i % 6]
    lines = []
    for number, book in enumerate(some(rng, BOOKS, 7), 1):
        mark = (f"[{number}] ", "- ", "", f"{number}. ")[i % 4]
        lines += [f"{mark}{book}.", access] if i % 2 else [f"{mark}{book}. {access}"]
    return ("\n" if i % 3 else "\n\n").join(["Sources", *lines, access, access])


def hearing(rng: Random, i: int) -> str:
    """Cross-examination with objections."""
    objection = (
        ("MR COLE: Objection.", "THE COURT: Sustained."),
        ("MS FARR: Objection, leading.", "THE COURT: Overruled."),
        ("COUNSEL: Objection, hearsay.", "JUDGE: I will allow it."),
    )[i % 3]
    talk = INTERVIEWS[(5, 2, 0, 3)[i % 4]]
    lines = ["(The witness is sworn.)"]
    for number, (ask, reply) in enumerate(talk):
        lines.append(f"Q  {ask}")
        if rng.random() < 0.6 or number < 2:
            lines += objection
        lines.append(f"A  {reply if number % 3 else 'I do not recall.'}")
    return ("\n" if i % 2 else "\n\n").join(lines)


def patent(rng: Random, i: int) -> str:
    """Claims that all begin with the same reference to claim 1."""
    thing = ("A bread box", "A beehive", "The device", "A spoon", "A garden gate", "A music stand")[
        i % 6
    ]
    lines = [f"1. {thing} with a lid and a spring." if i % 2 else "What is claimed is:"]
    for number, claim in enumerate(some(rng, CLAIMS, 6 + i % 3), 2):
        if i % 3 == 0:
            lines += [f"{number}.", f"{thing} according to claim 1,", f"{claim}."]
        else:
            lines += [f"{number}. {thing} of claim 1, {claim}.", "See the drawing."]
    return ("\n\n" if i % 4 == 1 else "\n").join(lines)


KINDS: dict[str, Maker] = {
    "resolution": resolution,
    "contract": contract,
    "footnotes": footnotes,
    "citations": citations,
    "court hearing": hearing,
    "patent claims": patent,
}
