"""People talking: interviews, hearings, minutes, plays, chats, subtitles, mail threads."""

from __future__ import annotations

from random import Random

from .base import Maker, paragraphs, rows, some, wrapped
from .dialogue_bank import INTERVIEWS, PROBES, SHORT_ANSWERS, SPEAKERS, TOPICS
from .prose_bank_two import story
from .rhetoric import BRIDGES

MOTIONS = rows("""
Councillor Ode moved that the lime trees in Mill Lane be pruned before the first of March.
It was moved by Ms Farr and seconded by Mr Tull that the minutes be accepted as printed.
Mr Abara proposed to spend up to four hundred on gravel for the cemetery path.
The treasurer asked for leave to open a second account at the savings bank.
Ms Dahl moved to strike the word "temporary" from the sign at the bridge.
A motion to adjourn was made at 8:10 and withdrawn at 8:11.
Dr Senn moved that dogs be admitted to the reading room on Thursdays.
It was proposed that the fire brigade keep the old pump as a monument.
Mrs Okoro asked that the swings be repaired before any money is spent on the fountain.
Councillor Pell moved to thank the choir for clearing the snow.
""")
OUTCOMES = (
    "Motion carried.",
    "The ayes have it.",
    "Carried unanimously.",
    "Agreed.",
    "The question was put and agreed to.",
    "Vote: 7 in favour, none against.",
)
STAGE = (
    "(Applause.)",
    "[applause]",
    "(Laughter.)",
    "[Interruption.]",
    "(Hear, hear.)",
    "[Pause]",
    "[crosstalk]",
    "(He coughs.)",
    "[inaudible]",
    "[Music]",
    "(Silence.)",
    "(A knock.)",
)
CHAT = rows("""
are we still on for the lake | did anyone feed the cat | the printer is eating paper again
I found the tent pegs in the freezer | train is stuck behind a cow | who has the key to the shed
grandma wants to know if you eat fish now | the exam was moved to Tuesday | my boat has a leak
bring a jumper it is windy up here | somebody painted the bus stop purple | look at this moon
the soup is gone and I am not sorry | can you lend me your drill | they cancelled the concert
she said yes | call me when you land | the goat got out again
""")
CHATS = [text.strip() for line in CHAT for text in line.split("|")]
NOISES = (
    "lol",
    "ok",
    "haha",
    "👍",
    "no way",
    "same",
    "on my way",
    "???",
    "hmm",
    "<Media omitted>",
    "yes",
    "This message was deleted",
)
MAILS = paragraphs("""
Thank you for the drawings. The stairs look fine to me, but the door in the cellar opens towards
the boiler, and I do not see how one would carry anything through it.

I asked the joiner. He says the door can be hung on the other side if the switch is moved, which
the electrician could do on Wednesday.

Wednesday is bad because the floor will be wet. Could he come on Thursday after ten, or else send
his brother, who knows the house?

The brother has broken his wrist. I will come myself on Thursday and bring the switch, two boxes
of screws and the invoice for the gutters.

About the gutters: we agreed on copper, and what hangs there now is painted tin. I have attached a
photograph that leaves little room for doubt.

You are right, and I am sorry. The copper was delivered to the parsonage by mistake, where they
have been admiring their new gutters since Easter.
""")
SIGNATURES = (
    "Best,\nAnna",
    "Kind regards\nT. Marsh",
    "Cheers, Bo",
    "Thanks,\nNoor\n--\nDesk 4",
    "Yours sincerely,\nH. Oyelaran",
    "Sent from my phone",
)


def _pairs(rng: Random, i: int) -> list[tuple[str, str]]:
    """Return one person's questions and answers, some answers cut to a repeated few words."""
    talk = INTERVIEWS[i % len(INTERVIEWS)]
    short = SHORT_ANSWERS[(i * 5 + i // 8) % len(SHORT_ANSWERS)]
    cut = set(rng.sample(range(len(talk)), 2 + i % 3))
    return [(pair[0], short if n in cut else pair[1]) for n, pair in enumerate(talk)]


def question_answer(rng: Random, i: int) -> str:
    """Q and A labels, on their own lines or before the words."""
    marks = (("Q:", "A:"), ("Q.", "A."), ("Question:", "Answer:"), ("Q", "A"))[i % 4]
    lines = []
    for ask, reply in _pairs(rng, i):
        if i % 3 == 0:
            lines += [marks[0], ask, marks[1], reply]
        else:
            lines += [f"{marks[0]} {ask}", f"{marks[1]} {reply}"] + [""] * (i % 3 == 1)
    return "\n".join(lines)


def interview_article(rng: Random, i: int) -> str:
    """An article around a talk in which the guest keeps giving one answer."""
    tale = story(i + 1)
    left, right = SPEAKERS[i % 8]
    talk = [f"{left}: {ask}\n{right}: {reply}" for ask, reply in _pairs(rng, i)]
    head = f"A conversation about {TOPICS[i % 8]}"
    parts = [head, tale.paras[0], *talk[:4], tale.paras[1 + i % 4], *talk[4:], tale.paras[5]]
    return "\n\n".join(wrapped(p) if len(p) > 90 and i % 2 and "\n" not in p else p for p in parts)


def transcript(rng: Random, i: int) -> str:
    """Speaker names on lines of their own, as stenographers write them."""
    left, right = SPEAKERS[(i + 5) % 8]
    probe = PROBES[i % len(PROBES)]
    lines = []
    for number, (ask, reply) in enumerate(_pairs(rng, i + 5)):
        lines += [left.upper() + ":", ask, right.upper() + ":", reply]
        if number % 3 == i % 3:
            lines += [left.upper() + ":", probe, right.upper() + ":", SHORT_ANSWERS[i % 12]]
    return "\n".join(lines) if i % 2 else "\n\n".join(lines)


def applause(rng: Random, i: int) -> str:
    """A speech with the stenographer's marks in brackets."""
    mark = STAGE[i % len(STAGE)]
    parts = ["Mr President, ladies and gentlemen!"]
    for para in some(rng, BRIDGES, 5):
        if i % 3 == 2:
            first, _, rest = para.partition(". ")
            parts.append(f"{first}. {mark} {rest} {mark}")
        parts += [wrapped(para) if i % 2 else para, mark] if i % 3 != 2 else [mark]
    return "\n\n".join([*parts, mark])


def minutes(rng: Random, i: int) -> str:
    """Different motions, the same result every time."""
    result = OUTCOMES[i % len(OUTCOMES)]
    other = OUTCOMES[(i + 2) % len(OUTCOMES)]
    lines = ["Minutes of the town council"]
    for number, motion in enumerate(some(rng, MOTIONS, 6 + i % 4), 1):
        text = f"{number}. {motion}" if i % 2 else motion
        close = result if rng.random() < 0.75 else other
        lines.append(f"{text} {close}" if i % 4 == 3 else f"{text}\n{close}")
    lines += ["There being no questions, the chair moved on.", result, result]
    return ("\n" if i % 3 else "\n\n").join(lines)


def play(rng: Random, i: int) -> str:
    """Names in capitals and stage directions between the lines."""
    names = some(rng, ("OLD MARTA", "THE BOY", "KLEIST", "A GUARD", "JOAN", "SECOND FISHERMAN"), 2)
    mark = ("(Pause.)", "(Silence.)", "(Exit.)", "(They wait.)", "(Thunder.)", "(Laughs.)")[i % 6]
    lines = ["SCENE TWO", "A kitchen by the sea. Evening. One chair."]
    for number, (ask, reply) in enumerate(_pairs(rng, i + 2)):
        if i % 2:
            lines += ["", names[0], ask, "", names[1], reply, *(["", mark] * (number % 2))]
        else:
            lines += [f"{names[0]}. {ask}", f"{names[1]}. {reply}", *([mark] * (number % 2))]
    return "\n".join([*lines, "", mark, "Curtain."])


def chat(rng: Random, i: int) -> str:
    """Short messages, many of which are the same word."""
    people = some(rng, ("Mia", "bo_77", "Tomasz", "Dad", "Ines K.", "salt&pepper"), 3)
    noise = NOISES[i % len(NOISES)]
    lines = []
    for number, text in enumerate(some(rng, CHATS, 9 + i % 4)):
        who = people[number % 3]
        stamp = (
            f"[{10 + number // 6}:{number * 7 % 60:02d}] {who}: ",
            f"<{who}> ",
            f"{who}\n",
            f"{who}: ",
        )[i % 4]
        lines += [stamp + text]
        if number % 2 == 0:
            lines += [f"{people[(number + 1) % 3]}: {noise}"] if i % 4 else [noise]
    return "\n".join(lines)


def mail_thread(rng: Random, i: int) -> str:
    """Letters with the same few words of greeting and the same signature."""
    signs = some(rng, SIGNATURES, 2)
    parts = []
    for number, mail in enumerate(MAILS[i % 2 :] if i % 3 else MAILS):
        quoted = "> " * (number % 2 if i % 2 else 0)
        body = "\n".join(quoted + line for line in wrapped(mail, 60 + i).split("\n"))
        greet = ("Hi Bo,", "Dear all,", "Hello,")[i % 3]
        parts += [f"{quoted}{greet}", body, signs[number % 2]]
        if i % 4 == 1:
            parts.append("-----Original Message-----")
    return "\n\n".join(parts)


def subtitles(rng: Random, i: int) -> str:
    """Numbered subtitle cues with short, often equal lines."""
    mark = ("[door slams]", "♪ ♪", "- What?\n- Nothing.", "[phone ringing]", "Come on.", "Wait!")[
        i % 6
    ]
    cues: list[str] = []
    for number, (ask, reply) in enumerate(_pairs(rng, i + 3)):
        cues += [ask, reply] + [mark] * (1 + number % 2)
    blocks = []
    for number, cue in enumerate(cues, 1):
        start = f"00:{number // 20:02d}:{number * 3 % 60:02d}"
        head = f"{number}\n{start},000 --> {start},900" if i % 2 else f"{start}.000 --> {start}.900"
        blocks.append(f"{head}\n{cue}")
    return ("" if i % 2 else "WEBVTT\n\n") + "\n\n".join(blocks)


KINDS: dict[str, Maker] = {
    "question and answer": question_answer,
    "interview in an article": interview_article,
    "transcript with names": transcript,
    "speech with applause marks": applause,
    "council minutes": minutes,
    "stage play": play,
    "chat log": chat,
    "mail thread": mail_thread,
    "subtitles": subtitles,
}
