"""Plant edited copies of texts, and count which are found."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dedup.auditing.edits import KINDS, Kind, Others, token_spans
from dedup.config import Config
from dedup.matching.deduplicate import deduplicate
from dedup.matching.similarity import MEASURES
from dedup.matching.sketches import shingles
from dedup.records import F64, Flags

PLANTED = 200  # texts that are copied, in each of the ways
WORDS = 2000  # of other texts, for words that are replaced
MOST_CHARACTERS = 20_000  # of a text that is copied
MOST = 0.9  # of the copies


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
    similarity = _similarities([*texts, *copies], place[:count] < place[count:], config, threads)
    return Plant(
        kind.name,
        count,
        float(found.mean()),
        float((similarity >= config.threshold).mean()),
        float(similarity.mean()),
        float(np.quantile(similarity, 1 - MOST, method="lower")),
    )


def _similarities(texts: list[str], text_first: Flags, config: Config, threads: int | None) -> F64:
    """Return the similarity of each text of the first half to its copy in the second.

    Containment is of the later one in the earlier one: ``text_first`` says which texts are taken
    before their copies.
    """
    values, offsets = shingles(
        texts, ngram_size=config.ngram_size, unit=config.unit, seed=config.seed, threads=threads
    )
    rows = [values[start:stop] for start, stop in pairwise(offsets.tolist())]
    measure, half = MEASURES[config.measure], len(texts) // 2
    pairs = zip(rows[:half], rows[half:], text_first.tolist(), strict=True)
    return np.array(
        [measure(copy, text) if first else measure(text, copy) for text, copy, first in pairs]
    )
