"""Which of the texts that come to an index are new: ``decide.match``, with what lies in a store.

The texts that an index has stand before those that come. Those that come have the numbers from 0
on here, and those in the index the numbers below 0, so that of two texts the lower number is the
one that came first.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from dedup.again import Again
from dedup.arrivals import Arrivals
from dedup.config import Config
from dedup.decide import Spares, alike_among
from dedup.index_result import IndexMatches
from dedup.matching.numeric_variants import PairRule
from dedup.meeting import Meeting
from dedup.records import U8, U64
from dedup.similarity import containment
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


def admit(  # noqa: PLR0913
    arrivals: Arrivals,
    ids: Sequence[Id | None],
    store: Store,
    config: Config,
    *,
    alone: bool,
    again: Again | None = None,
) -> IndexMatches:
    """Decide which texts are new.

    Parameters
    ----------
    ids
        (n,): names of the texts, None for texts that are not to be added.
    alone
        Whether each is compared with the index alone, and not with the others.
    again
        Which of them are new again; it has begun with them.
    """
    base = store.next_row()
    known = Known(arrivals, store, config, base)
    meeting = Meeting(arrivals, store, config, base, alone=alone)
    known.load((*meeting.same, *meeting.met()))
    # Of a fingerprint the index has one text at most: another one would have been a copy of it.
    standing = {known.fingerprint(row): row for row in meeting.same}
    spares = PairRule(known.text, config).spares

    def name(row: int) -> Id | None:
        return ids[row] if row >= 0 else known.ids[row]

    found = IndexMatches.all_new(ids)
    contained: dict[int, list[int]] = {}
    for row in np.flatnonzero(arrivals.lengths).tolist():
        chosen, alike = (1.0, standing.get(arrivals.prints[row])), []
        is_exact, before = chosen[1] is not None, row
        if not is_exact:
            alike = alike_among(row, meeting.of(row), known, config)
            chosen = next((of for of in alike if not spares(row, of[1], of[0])), (0.0, None))
        if chosen[1] is not None:
            number = again.number(row, base + chosen[1], is_exact=is_exact) if again else None
            if number is None:
                found.keep[row], found.exact[row] = False, is_exact
                found.similarity[row], found.witness[row] = chosen[0], name(chosen[1])
                continue
            before = number - base
            earlier = [other for other in meeting.of(row) if other < before]
            alike = alike_among(row, earlier, known, config)
        if alike:
            found.numeric_variant[row] = name(alike[0][1])
        contained[row] = [other for other in meeting.contained.of(row) if other < before]
        if not alone and before == row:
            standing[arrivals.prints[row]] = row
            meeting.candidates.insert(row)
            meeting.contained.insert(row)
    known.load(chain.from_iterable(contained.values()))
    for row, others in contained.items():
        versions = (
            other for other in sorted(others) if _is_version(other, row, known, config, spares)
        )
        found.supersedes[row] = tuple(one for one in map(name, versions) if one is not None)
    return found


def _is_version(other: int, row: int, known: Known, config: Config, spares: Spares) -> bool:
    """Tell whether a text is a longer version of another one, which would go as a copy of it."""
    share = containment(known[other], known[row])
    return share >= config.threshold and not spares(other, row, share)
