"""Chooses the pairs of texts that a person reviews, one after the other.

First come the removals that only a run with the judgements makes. Of four further pairs two are the
most uncertain removals, one is a removal drawn at random, and one is a pair of kept texts. The
draws make an unbiased estimate possible (``auditing/precision_estimate.py``), the kept pairs show
the other side of the threshold.
"""

from collections.abc import Iterable, Iterator
from functools import cache, partial
from itertools import chain, zip_longest
from typing import Literal, NamedTuple, Self

import numpy as np
import xxhash

from dedup.arrays.array_types import F64, I64, U64, Flags
from dedup.auditing.precision_estimate import PrecisionEstimate, estimate_precision
from dedup.matching.decisions import Judgement, text_digest
from dedup.matching.similarity import similarity
from dedup.reports.corpus_sample import drawn
from dedup.reports.decided_texts import DecidedTexts
from dedup.reports.threshold_view import kept_pairs

ReviewSource = Literal["decided", "uncertain", "random", "kept"]
CYCLE: tuple[ReviewSource, ...] = ("uncertain", "uncertain", "random", "kept")
MAX_KEPT_SHOWN = 100  # below the threshold, and so many numeric variants
MAX_DECIDED_SHOWN = 100  # in a session


class ReviewPair(NamedTuple):
    """A text, and a kept one that it is a copy of, or similar to."""

    row: int
    witness: int
    source: ReviewSource
    kind: str  # "near" or "numeric variant"
    similarity: float


class NearCopies(NamedTuple):
    """The near copies of a run."""

    rows: I64  # (m,): ascending
    witness: I64  # (m,): row of the kept text
    similarity: F64  # (m,): to the witness

    @classmethod
    def of(cls, texts: DecidedTexts) -> Self:
        """Return the near copies among the removed texts, without those that a person judged."""
        rows = texts.removed_rows
        rows = rows[~(texts.exact[rows] | texts.judged_copy[rows])]
        return cls(rows, texts.witness[rows], texts.similarity[rows])


class ReviewQueue:
    """The pairs that are not judged yet.

    Parameters
    ----------
    texts
        The decisions on texts.
    judgements
        The judgements by ``pair_key``; the queue reads what is added to it.
    max_characters
        The number of characters of kept texts that are compared to find similar ones.
    as_judged
        The near copies of a run on the same texts that honours the judgements; None without any.
    """

    def __init__(
        self,
        texts: DecidedTexts,
        judgements: dict[int, Judgement],
        max_characters: int,
        as_judged: NearCopies | None = None,
    ) -> None:
        self._texts, self._judgements = texts, judgements
        self._rows, self._keys = _near_copies(texts)
        self._order_of_draws = np.argsort(self._keys)
        self._uncertain = self._unshown(np.arange(len(self._keys)))
        self._random = self._unshown(self._order_of_draws)
        self._shown: set[int] = set()
        # Pairs by their keys, which are not those of the near copies.
        self._decided = {} if as_judged is None else self._decided_pairs(as_judged)
        kept = [*_kept_pairs(texts, max_characters)] if len(texts) else []
        self._kept = {self.key_of(pair): pair for pair in kept}
        self._unshown_decided, self._unshown_kept = iter(self._decided), iter(self._kept)
        self._step = len(judgements)

    def key_of(self, pair: ReviewPair) -> int:
        """Return the key of a pair."""
        return pair_key(*(digest_of(self._texts, row) for row in (pair.row, pair.witness)))

    def next_pair(self) -> ReviewPair | None:
        """Return the next pair; None if all were shown or judged."""
        decided = self._next_of("decided")
        if decided is not None:
            return decided
        for step in range(self._step, self._step + len(CYCLE)):
            pair = self._next_of(CYCLE[step % len(CYCLE)])
            if pair is not None:
                self._step = step + 1
                return pair
        return None

    def _next_of(self, source: ReviewSource) -> ReviewPair | None:
        if source in ("decided", "kept"):
            is_kept = source == "kept"
            pairs = self._kept if is_kept else self._decided
            keys = self._unshown_kept if is_kept else self._unshown_decided
            return next((pairs[key] for key in keys if key not in self._judgements), None)
        place = next(self._random if source == "random" else self._uncertain, None)
        if place is None:
            return None
        self._shown.add(place)
        row = int(self._rows[place])
        texts = self._texts
        return ReviewPair(
            row, int(texts.witness[row]), source, "near", float(texts.similarity[row])
        )

    def _decided_pairs(self, as_judged: NearCopies) -> dict[int, ReviewPair]:
        """Return the removals that only the judgements cause, by key; the least similar first.

        Without those that were judged themselves.
        """
        pairs: dict[int, ReviewPair] = {}
        is_new = self._texts.witness[as_judged.rows] != as_judged.witness
        rows, witness, similarity = (column[is_new] for column in as_judged)
        for place in np.argsort(similarity, kind="stable").tolist():
            pair = ReviewPair(
                int(rows[place]), int(witness[place]), "decided", "near", float(similarity[place])
            )
            key = self.key_of(pair)
            if key not in self._judgements and not self._has([key]).any():
                pairs.setdefault(key, pair)
            if len(pairs) == MAX_DECIDED_SHOWN:
                break
        return pairs

    def _unshown(self, places: I64) -> Iterator[int]:
        """Yield those of some places of near copies that are not shown or judged by then."""
        for place in places.tolist():
            if place not in self._shown and int(self._keys[place]) not in self._judgements:
                yield place

    @property
    def near_copies(self) -> int:
        """The number of near copies; pairs of equal texts count once."""
        return len(self._keys)

    @property
    def left(self) -> int:
        """The number of pairs that are not judged."""
        pairs = sum(key not in self._judgements for key in chain(self._decided, self._kept))
        return pairs + int((~self._has(self._judgements)).sum())

    @property
    def judged(self) -> list[Judgement]:
        """The judgements of pairs of this queue."""
        pairs = self._decided | self._kept
        keys = np.array([*self._judgements], np.uint64)
        are_near = np.isin(keys, self._keys).tolist()
        made = zip(self._judgements.items(), are_near, strict=True)
        return [found for (key, found), is_near in made if is_near or key in pairs]

    def estimate(self) -> PrecisionEstimate:
        """Estimate how many of the near copies are right, from the judgements so far."""
        made = self._judgements.items()
        sources = {
            source: self._has(key for key, judgement in made if judgement.source == source)
            for source in CYCLE
        }
        return estimate_precision(
            self._has(self._judgements),
            self._has(key for key, judgement in made if judgement.decision == "remove"),
            sources["uncertain"],
            sources["random"],
            self._keys,
        )

    def _has(self, keys: Iterable[int]) -> Flags:
        """Return which near copies have one of some keys."""
        return np.isin(self._keys, np.array([*keys], np.uint64))


def digest_of(texts: DecidedTexts, row: int) -> str:
    """Return the digest of a text, as a decisions file has it."""
    return text_digest(texts.whole_text(row))


def pair_key(digest: str, other_digest: str) -> int:
    """Return a number that is random, but the same for two texts in either order.

    Near copies are drawn in the order of their keys. So a review that goes on, perhaps after more
    texts came, continues with the same draws.

    Examples
    --------
    >>> pair_key("aa", "bb") == pair_key("bb", "aa"), pair_key("aa", "bb") == pair_key("aa", "cc")
    (True, False)
    """
    return xxhash.xxh3_64_intdigest("".join(sorted((digest, other_digest))).encode())


def _near_copies(texts: DecidedTexts) -> tuple[I64, U64]:
    """Return the rows and keys of the near copies, the most uncertain first.

    These are the least similar ones, and of equally similar ones the longest, which lose most. Of
    several rows with equal texts the first stays.
    """
    rows = NearCopies.of(texts).rows
    keys, sizes = np.zeros(len(rows), np.uint64), np.zeros(len(rows), np.int64)
    digest_of_witness = cache(partial(digest_of, texts))
    for place, row in enumerate(rows.tolist()):
        utf8 = texts.whole_text(row)
        keys[place] = pair_key(text_digest(utf8), digest_of_witness(int(texts.witness[row])))
        sizes[place] = len(utf8)
    order = np.lexsort((-sizes, texts.similarity[rows]))
    _, first = np.unique(keys[order], return_index=True)
    chosen = order[np.sort(first)]
    return rows[chosen], keys[chosen]


def _kept_pairs(texts: DecidedTexts, max_characters: int) -> Iterator[ReviewPair]:
    """Yield pairs below the threshold, the most similar first, alternating with variants."""
    below = kept_pairs(texts, max_characters)
    columns = (below.rows, below.witness, below.similarity)
    closest = [
        ReviewPair(row, witness, "kept", "near", value)
        for row, witness, value in zip(
            *(column[:MAX_KEPT_SHOWN].tolist() for column in columns), strict=True
        )
    ]
    variants = [
        _variant_pair(texts, row)
        for row in drawn(texts.variant_rows, MAX_KEPT_SHOWN, texts.config.seed)
    ]
    yield from filter(None, chain(*zip_longest(closest, variants)))


def _variant_pair(texts: DecidedTexts, row: int) -> ReviewPair:
    other = int(texts.variant[row])
    value = similarity(texts.text_of(row) or "", texts.text_of(other) or "", texts.config)
    return ReviewPair(row, other, "kept", "numeric variant", value)
