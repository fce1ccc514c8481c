"""Plant edited copies of texts, and count which are found."""

import random
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from dedup.auditing.look import View
from dedup.config import Config
from dedup.matching.deduplicate import deduplicate
from dedup.matching.similarity import MEASURES
from dedup.text.unicode import DIGIT, IDEOGRAPH, IGNORED, LETTER, MARK, WORD, tables

Spans = list[tuple[int, int]]
PLANTED = 200  # texts that are copied, in each of the ways
WORDS = 2000  # of other texts, for words that are replaced
MOST_CHARACTERS = 20_000  # of a text that is copied
MOST = 0.9  # of the copies


@dataclass(frozen=True, slots=True)
class Others:
    """What other texts lend to a copy."""

    words: list[str]  # for words that are replaced
    before: str  # a text whose beginning is put before the copy
    after: str  # a text whose end is put behind it


Edit = Callable[[str, Others, random.Random], str]


def token_spans(text: str) -> Spans:
    """Return where the tokens of a text begin and end, in characters.

    Words, and single characters of scripts that are written without spaces, as the library compares
    them.

    Examples
    --------
    >>> token_spans("To be, 是!")
    [(0, 2), (3, 5), (7, 8)]
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = tables().kinds_of(codes)
    own = (kinds != MARK) & (kinds != IGNORED)
    at = np.flatnonzero(own)
    inside = np.isin(kinds[at], (WORD, DIGIT))
    alone = np.isin(kinds[at], (IDEOGRAPH, LETTER))
    before = np.concatenate(([False], inside[:-1]))
    begins = alone | (inside & ~before)
    # A token ends where the next character begins that is not of it.
    goes_on = np.concatenate((inside[1:] & inside[:-1], [False]))[: len(at)]
    ends = (inside | alone) & ~goes_on
    following = np.concatenate((at[1:], [len(codes)]))[: len(at)]
    return list(zip(at[begins].tolist(), following[ends].tolist(), strict=True))


def dressed(text: str, _: Others, __: random.Random) -> str:
    """Change white space, case and the form of accents, and no word."""
    changed = unicodedata.normalize("NFD", text).title()
    return "\r\n  " + "  ".join(changed.split(" ")) + "\n"


def reworded(text: str, others: Others, rng: random.Random, share: float = 0.0) -> str:
    """Replace a share of the words, one at least, by words of other texts."""
    spans = token_spans(text)
    count = min(max(round(share * len(spans)), 1), len(spans))
    for start, stop in sorted(spans[at] for at in rng.sample(range(len(spans)), count))[::-1]:
        old = text[start:stop].casefold()
        tries = (rng.choice(others.words) for _ in range(8))
        text = (
            text[:start] + next((new for new in tries if new.casefold() != old), "") + text[stop:]
        )
    return text


def shortened(text: str, _: Others, rng: random.Random, share: float = 0.0) -> str:
    """Leave a passage out: so many of the words, one after the other."""
    spans = token_spans(text)
    count = max(round(share * len(spans)), 1)
    first = rng.randint(0, max(len(spans) - count, 0))
    stop = spans[first + count][0] if first + count < len(spans) else len(text)
    return text[: spans[first][0]] + text[stop:]


def begun(text: str, _: Others, __: random.Random, share: float = 0.0) -> str:
    """Keep the beginning only, so many of the words."""
    spans = token_spans(text)
    return text[: spans[max(round(share * len(spans)), 1) - 1][1]]


def surrounded(text: str, others: Others, _: random.Random, share: float = 0.0) -> str:
    """Put the beginning of another text before, and the end of a third one behind."""
    words = max(round(share * len(token_spans(text)) / 2), 1)
    before, after = token_spans(others.before)[:words], token_spans(others.after)[-words:]
    header = others.before[: before[-1][1]] if before else ""
    footer = others.after[after[0][0] :] if after else ""
    return f"{header}\n\n{text}\n\n{footer}"


def garbled(text: str, _: Others, rng: random.Random, share: float = 0.0) -> str:
    """Misread a share of the letters: another one, none, or a space in between."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    letters = np.flatnonzero(np.isin(tables().kinds_of(codes), (WORD, IDEOGRAPH, LETTER))).tolist()
    pieces = list(text)
    for at in rng.sample(letters, round(share * len(letters))):
        other = text[rng.choice(letters)]
        pieces[at] = rng.choice((other, other, "", f"{pieces[at]} "))
    return "".join(pieces)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of edit, and how strong it is."""

    name: str
    edit: Edit


ONE_WORD = Kind("one word changed", reworded)
TWO_PERCENT, EDITED, TEN_PERCENT, TWENTY_PERCENT = (
    Kind(f"{share:.0%} of the words changed", partial(reworded, share=share))
    for share in (0.02, 0.05, 0.1, 0.2)
)
KINDS = (
    Kind("other spaces, case, Unicode form", dressed),
    *(ONE_WORD, TWO_PERCENT, EDITED, TEN_PERCENT, TWENTY_PERCENT),
    *(Kind(f"a passage of {share:.0%} dropped", partial(shortened, share=share))
      for share in (0.15, 0.3)),
    Kind("30% of other texts put around", partial(surrounded, share=0.3)),
    Kind("cut to its first half", partial(begun, share=0.5)),
    *(Kind(f"{share:.0%} of the letters garbled", partial(garbled, share=share))
      for share in (0.02, 0.05, 0.1)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plant:
    """What became of copies that were edited in one way.

    Attributes
    ----------
    edit
        What was done to them.
    planted
        How many copies.
    found
        The share of them of which text or copy would be removed.
    similar
        The share whose exact similarity is at the threshold or above: those are to be found, but
        for short ones (``Config.numeric_variants``).
    similarity
        Of copy and text, by the measure; the mean.
    similarity_of_most
        The similarity that nine in ten of the copies have, or more.
    """

    edit: str
    planted: int
    found: float
    similar: float
    similarity: float
    similarity_of_most: float


def planted(
    texts: Sequence[str],
    config: Config,
    threads: int | None = None,
    kinds: Sequence[Kind] = KINDS,
) -> Iterator[Plant]:
    """Edit copies of texts in each way, and look for them among the texts.

    Parameters
    ----------
    texts
        Unlike each other, with one word each at least; some of them are copied.

    Yields
    ------
    Plant
        For each kind of edit; none where there are no texts.
    """
    rng = random.Random(config.seed)  # noqa: S311  a sample, no secret
    chosen = [text for text in texts if len(text) <= MOST_CHARACTERS]
    chosen = rng.sample(chosen, min(PLANTED, len(chosen)))
    if not chosen:
        return
    words = [text[slice(*span)] for text in chosen for span in token_spans(text)]
    words = rng.sample(words, min(WORDS, len(words)))
    for kind in kinds:
        yield _plant(chosen, words, kind, config, threads)


def _plant(
    texts: list[str], words: list[str], kind: Kind, config: Config, threads: int | None
) -> Plant:
    count, rng = len(texts), random.Random(f"{config.seed} {kind.name}")  # noqa: S311
    copies = []
    for row, text in enumerate(texts):
        before, after = (texts[(row + 1 + rng.randrange(count)) % count] for _ in "ab")
        copies.append(kind.edit(text, Others(words, before, after), rng))
    result = deduplicate([*texts, *copies], config, threads=threads)
    found = ~result.keep[:count] | ~result.keep[count:]
    place = np.argsort(result.order)
    # Containment is of the later one in the earlier one.
    pairs = [
        (copy, text) if first else (text, copy)
        for text, copy, first in zip(texts, copies, place[:count] < place[count:], strict=True)
    ]
    measure = MEASURES[config.measure]
    similarity = View.of(config).similarities(pairs, measure, config.seed, threads)
    return Plant(
        kind.name,
        count,
        float(found.mean()),
        float((similarity >= config.threshold).mean()),
        float(similarity.mean()),
        float(np.quantile(similarity, 1 - MOST, method="lower")),
    )
