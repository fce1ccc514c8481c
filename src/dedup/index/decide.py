"""Which texts that come to an index are new: the keep-first rule, with a store of kept texts.

The texts that an index has stand before those that come. Those that come have the numbers from 0
on here, and those in the index the numbers below 0, so that of two texts the lower number is the
one that came first.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from dedup.config import Config
from dedup.index.batch import Arrivals
from dedup.index.candidates import Meeting
from dedup.index.result import IndexMatches
from dedup.index.stores.protocol import Id, Store
from dedup.matching.keep_first import Exempts, keep_first
from dedup.matching.numeric_variants import PairRule
from dedup.matching.similarity import MEASURES, containment
from dedup.records import U8, U64, Flags
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
    """Decide which texts are new, as ``keep_first`` says.

    Parameters
    ----------
    ids
        (n,): names of the texts, None for texts that are not to be added.
    updates
        (n,): texts that replace another one under their id, and are kept whatever they repeat.
        None where each text is compared with the index alone, and not with the others.
    """
    base, alone = store.next_row(), updates is None
    known = Known(arrivals, store, config, base)
    meeting = Meeting(arrivals, store, config, base, alone=alone)
    known.load((*meeting.same, *meeting.met()))
    kept = _Kept(known, meeting, alone=alone)
    exempts, measure = PairRule(known.text, config).spares, MEASURES[config.measure]
    is_update = np.zeros(len(arrivals), np.bool_) if updates is None else updates

    def name(row: int) -> Id | None:
        return ids[row] if row >= 0 else known.ids[row]

    found = IndexMatches.all_new(ids)
    contained: dict[int, list[int]] = {}
    for decision in keep_first(
        np.flatnonzero(arrivals.lengths).tolist(),
        kept,
        lambda row, other: measure(known[row], known[other]),
        config.threshold,
        exempts=exempts,
        is_reference=lambda row: bool(is_update[row]),
    ):
        row = decision.row
        if decision.witness is not None:
            found.witness[row], found.similarity[row] = name(decision.witness), decision.similarity
            found.exact[row], found.keep[row] = decision.is_exact, is_update[row]
        else:
            variant = decision.numeric_variant
            found.numeric_variant[row] = None if variant is None else name(variant)
            contained[row] = meeting.contained.of(row)
        if decision.is_exact and is_update[row]:
            kept.insert(row)  # as the store lists it, too
    known.load(chain.from_iterable(contained.values()))
    for row, others in contained.items():
        versions = (
            other for other in sorted(others) if _is_version(other, row, known, config, exempts)
        )
        found.supersedes[row] = tuple(one for one in map(name, versions) if one is not None)
    return found


class _Kept:
    """The texts of the index, and those that come and are kept.

    Parameters
    ----------
    alone
        Whether those that come are not to be compared with each other.
    """

    def __init__(self, known: Known, meeting: Meeting, *, alone: bool) -> None:
        self._known, self._meeting, self._alone = known, meeting, alone
        self._first: dict[bytes, int] = {}  # text with each fingerprint
        for row in meeting.same:
            self._first.setdefault(known.fingerprint(row), row)

    def copy_of(self, row: int) -> int | None:
        """Return the text of which one is an exact copy."""
        return self._first.get(self._known.fingerprint(row))

    def candidates(self, row: int) -> list[int]:
        """Return the texts that one is compared with."""
        return self._meeting.of(row)

    def insert(self, row: int) -> None:
        """Add a text."""
        if not self._alone:
            self._first.setdefault(self._known.fingerprint(row), row)
            self._meeting.candidates.insert(row)
            self._meeting.contained.insert(row)


def _is_version(other: int, row: int, known: Known, config: Config, exempts: Exempts) -> bool:
    """Tell whether a text is a longer version of another one, which would go as a copy of it."""
    share = containment(known[other], known[row])
    return share >= config.threshold and not exempts(other, row, share)
