"""Which texts that come to an index are new: the keep-first rule, with a store of kept texts.

The texts that an index has stand before those that come. Those that come have the numbers from 0
on here, and those in the index the numbers below 0, so that of two texts the lower number is the
one that came first.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from dedup.arrivals import Arrivals
from dedup.config import Config
from dedup.index_result import IndexMatches
from dedup.matching.keep_first import Spares, alike_among
from dedup.matching.numeric_variants import PairRule
from dedup.matching.similarity import containment
from dedup.meeting import Meeting
from dedup.records import U8, U64, Flags
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


def admit(
    arrivals: Arrivals,
    ids: Sequence[Id | None],
    store: Store,
    config: Config,
    *,
    updates: Flags | None = None,
) -> IndexMatches:
    """Decide which texts are new.

    Parameters
    ----------
    ids
        (n,): names of the texts, None for texts that are not to be added.
    updates
        (n,): texts that replace another one under their id, and are kept whatever they repeat.
        None where each text is compared with the index alone, and not with the others.
    """
    comparing = _Comparing(arrivals, store, config, alone=updates is None)
    known, meeting = comparing.known, comparing.meeting

    def name(row: int) -> Id | None:
        return ids[row] if row >= 0 else known.ids[row]

    found = IndexMatches.all_new(ids)
    contained: dict[int, list[int]] = {}
    for row in np.flatnonzero(arrivals.lengths).tolist():
        witness = comparing.witness(row)
        if witness is not None:
            found.similarity[row], found.witness[row] = witness.similarity, name(witness.row)
            found.exact[row] = witness.is_exact
            if updates is None or not updates[row]:
                found.keep[row] = False
                continue
        else:
            variant = comparing.variant(row)
            found.numeric_variant[row] = None if variant is None else name(variant)
            contained[row] = meeting.contained.of(row)
        if updates is not None:
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

    def __init__(self, arrivals: Arrivals, store: Store, config: Config, *, alone: bool) -> None:
        self._arrivals, self._config, base = arrivals, config, store.next_row()
        self.known = Known(arrivals, store, config, base)
        self.meeting = Meeting(arrivals, store, config, base, alone=alone)
        self.known.load((*self.meeting.same, *self.meeting.met()))
        self.spares = PairRule(self.known.text, config).spares
        self._same: dict[bytes, int] = {}  # the first row with each fingerprint
        for row in self.meeting.same:
            self._same.setdefault(self.known.fingerprint(row), row)
        self._alike: tuple[int, list[tuple[float, int]]] = (-1, [])  # of the last text

    def witness(self, row: int) -> _Witness | None:
        """Return what a text repeats."""
        same = self._same.get(self._arrivals.prints[row])
        if same is not None:
            return _Witness(same, 1.0, is_exact=True)
        for similarity, other in self._alike_of(row):
            if not self.spares(row, other, similarity):
                return _Witness(other, similarity, is_exact=False)
        return None

    def variant(self, row: int) -> int | None:
        """Return what a text without a witness is like."""
        return next((other for _, other in self._alike_of(row)), None)

    def _alike_of(self, row: int) -> list[tuple[float, int]]:
        if self._alike[0] != row:
            others = self.meeting.of(row)
            self._alike = row, alike_among(row, others, self.known, self._config)
        return self._alike[1]

    def insert(self, row: int) -> None:
        """Let those behind it be compared with a text."""
        self._same.setdefault(self._arrivals.prints[row], row)
        self.meeting.candidates.insert(row)
        self.meeting.contained.insert(row)


def _is_version(other: int, row: int, known: Known, config: Config, spares: Spares) -> bool:
    """Tell whether a text is a longer version of another one, which would go as a copy of it."""
    share = containment(known[other], known[row])
    return share >= config.threshold and not spares(other, row, share)
