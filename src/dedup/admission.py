"""Which of the texts that come to an index are new: ``decide.match``, with what lies in a store.

The texts that an index has stand before those that come. Those that come have the numbers from 0
on here, and those in the index the numbers below 0, so that of two texts the lower number is the
one that came first.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np

from dedup.arrivals import Arrivals
from dedup.config import Config
from dedup.decide import Spares, alike_among
from dedup.index_result import IndexMatches
from dedup.matching.numeric_variants import PairRule
from dedup.matching.similarity import containment
from dedup.meeting import Meeting
from dedup.records import U8, U64
from dedup.store.protocol import Id, Store
from dedup.text.packed import packed_bytes
from dedup.text.recode import recode


class Known:
    """The texts that come, and those of the index with which they are compared, by number."""

    def __init__(self, arrivals: Arrivals, store: Store, config: Config, base: int) -> None:
        self._arrivals, self._store, self._config, self._base = arrivals, store, config, base
        self._places: dict[int, tuple[Arrivals, int]] = {}
        self.ids: dict[int, Id] = {}  # of the texts of the index

    def load(self, rows: Iterable[int]) -> None:
        """Fetch texts of the index, all at once."""
        missing = sorted(row for row in set(rows) if row < 0 and row not in self._places)
        if not missing:
            return
        records = self._store.records([self._base + row for row in missing])
        loaded = Arrivals.of(packed_bytes([record.text for record in records]), self._config)
        self._places.update((row, (loaded, place)) for place, row in enumerate(missing))
        self.ids.update(zip(missing, (record.id for record in records), strict=True))

    def _place(self, row: int) -> tuple[Arrivals, int]:
        if row >= 0:
            return self._arrivals, row
        self.load([row])
        return self._places[row]

    def __getitem__(self, row: int) -> U64:
        """Return the shingles of a text."""
        arrivals, place = self._place(row)
        return arrivals.shingles[place]

    def text(self, row: int) -> U8:
        """Return the bytes of a text as it is compared."""
        arrivals, place = self._place(row)
        utf8 = arrivals.utf8(place)
        return recode(utf8, np.array([0, len(utf8)]), self._config.unit)[0]

    def fingerprint(self, row: int) -> bytes:
        """Return the fingerprint of the tokens of a text."""
        arrivals, place = self._place(row)
        return arrivals.prints[place]


@dataclass(frozen=True, slots=True)
class Turn:
    """How a text is decided.

    Attributes
    ----------
    kept
        Whether it is kept whatever it resembles: it replaces the text that its id had.
    added
        Whether it is added when it is kept, or is in the index already, as a batch has added it.
    bound
        In a batch that is added once more: the rows below it were there when the text came first.
    strict
        Whether it is compared with these alone, and not with all where it resembles none of them.
    """

    kept: bool = False
    added: bool = True
    bound: int | None = None
    strict: bool = False


def admit(  # noqa: PLR0913
    arrivals: Arrivals,
    ids: Sequence[Id | None],
    store: Store,
    config: Config,
    *,
    turns: Sequence[Turn] | None = None,
    begin: int = 0,
) -> IndexMatches:
    """Decide which texts are new.

    Parameters
    ----------
    ids
        (n,): names of the texts, None for texts that are not to be added.
    turns
        (n,): how each is decided. None where each is compared with the index alone, and not with
        the others.
    begin
        The number of the first record that the call of ``add`` has added.
    """
    comparing = _Comparing(arrivals, store, config, begin, alone=turns is None)
    known, meeting = comparing.known, comparing.meeting

    def name(row: int) -> Id | None:
        return ids[row] if row >= 0 else known.ids[row]

    found = IndexMatches.all_new(ids)
    contained: dict[int, list[int]] = {}
    for row in np.flatnonzero(arrivals.lengths).tolist():
        turn = Turn() if turns is None else turns[row]
        witness = comparing.witness(row, turn)
        if witness is not None:
            found.similarity[row], found.witness[row] = witness.similarity, name(witness.row)
            found.exact[row] = witness.is_exact
            if not turn.kept:
                found.keep[row] = False
                continue
        else:
            variant = comparing.variant(row, turn)
            found.numeric_variant[row] = None if variant is None else name(variant)
            those = meeting.contained.of(row)
            contained[row] = [other for other in those if comparing.was_there(other, turn)]
        if turns is not None and turn.added:
            comparing.insert(row)
    known.load(chain.from_iterable(contained.values()))
    for row, others in contained.items():
        versions = (
            other
            for other in sorted(others)
            if _is_version(other, row, known, config, comparing.spares)
        )
        found.supersedes[row] = tuple(one for one in map(name, versions) if one is not None)
    return found


class _Witness(NamedTuple):
    row: int
    similarity: float
    is_exact: bool


class _Comparing:
    """Compares texts, in their order, with those of the index and those that are kept."""

    def __init__(
        self, arrivals: Arrivals, store: Store, config: Config, begin: int, *, alone: bool
    ) -> None:
        self._arrivals, self._config = arrivals, config
        self._base, self._begin = store.next_row(), begin
        self.known = Known(arrivals, store, config, self._base)
        self.meeting = Meeting(arrivals, store, config, self._base, alone=alone)
        self.known.load((*self.meeting.same, *self.meeting.met()))
        self.spares = PairRule(self.known.text, config).spares
        # Of a fingerprint there are several where one of them is an update.
        self._same: dict[bytes, list[int]] = {}
        for row in self.meeting.same:
            self._same.setdefault(self.known.fingerprint(row), []).append(row)
        self._alike: tuple[int, list[tuple[float, int]]] = (-1, [])  # of the last text

    def was_there(self, other: int, turn: Turn) -> bool:
        """Tell whether a text was there when the one whose turn it is came first."""
        number = self._base + other
        return turn.bound is None or number < turn.bound or number >= self._begin

    def witness(self, row: int, turn: Turn) -> _Witness | None:
        """Return what a text repeats: of what was there, or else of what is there now."""
        found = self._best(row, lambda other: self.was_there(other, turn))
        if found is None and turn.bound is not None and not turn.strict:
            found = self._best(row, lambda _: True)
        return found

    def _best(self, row: int, is_compared: Callable[[int], bool]) -> _Witness | None:
        for other in self._same.get(self._arrivals.prints[row], ()):
            if is_compared(other):
                return _Witness(other, 1.0, is_exact=True)
        for similarity, other in self._alike_of(row):
            if is_compared(other) and not self.spares(row, other, similarity):
                return _Witness(other, similarity, is_exact=False)
        return None

    def variant(self, row: int, turn: Turn) -> int | None:
        """Return what a text without a witness is like."""
        alike = (other for _, other in self._alike_of(row) if self.was_there(other, turn))
        return next(alike, None)

    def _alike_of(self, row: int) -> list[tuple[float, int]]:
        if self._alike[0] != row:
            others = self.meeting.of(row)
            self._alike = row, alike_among(row, others, self.known, self._config)
        return self._alike[1]

    def insert(self, row: int) -> None:
        """Let those behind it be compared with a text."""
        self._same.setdefault(self._arrivals.prints[row], []).append(row)
        self.meeting.candidates.insert(row)
        self.meeting.contained.insert(row)


def _is_version(other: int, row: int, known: Known, config: Config, spares: Spares) -> bool:
    """Tell whether a text is a longer version of another one, which would go as a copy of it."""
    share = containment(known[other], known[row])
    return share >= config.threshold and not spares(other, row, share)
