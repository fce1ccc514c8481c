"""Which of the texts that come to an index are new to it: ``decide.match``, with what lies in a store.

The texts that an index has stand before those that come. Those that come have the numbers from 0
on here, and those in the index the numbers below 0, so that of two texts the lower number is the
one that came first.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from dedup.arrivals import OTHERS, OWN, Arrivals, of_kinds
from dedup.candidates import COMPARED, FULL, Candidates, Keys
from dedup.config import Config
from dedup.decide import Spares, alike_among
from dedup.index_result import IndexMatches
from dedup.records import I64, U8, U64, Ragged
from dedup.similarity import containment
from dedup.store.protocol import KIND, SHORT, Id, Store
from dedup.templates import Guard
from dedup.text.packed import Packed, pack

ALL = 1 << 62
HITS = 3  # shingles of the sample of a text that another one has which may contain it


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
        loaded = Arrivals.of(_packed(record.text or b"" for record in records), self._config)
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

    def utf8(self, row: int) -> U8:
        """Return the bytes of a text."""
        arrivals, place = self._place(row)
        return arrivals.utf8(place)

    def fingerprint(self, row: int) -> bytes:
        """Return the fingerprint of the tokens of a text."""
        arrivals, place = self._place(row)
        return arrivals.prints[place]


def _packed(texts: Iterable[bytes]) -> Packed:
    return pack([str(text, "utf-8", "surrogatepass") for text in texts])


def admit(
    arrivals: Arrivals, ids: Sequence[Id | None], store: Store, config: Config, *, alone: bool
) -> IndexMatches:
    """Decide which texts are new.

    Parameters
    ----------
    ids
        (n,): names of the texts, None for texts that are not to be added.
    alone
        Whether each is compared with the index alone, and not with the others.
    """
    base = store.next_row()
    known = Known(arrivals, store, config, base)
    meeting = Meeting(arrivals, store, config, base, alone=alone)
    known.load([*meeting.same, *meeting.met()])
    # Of a fingerprint the index has one text at most: another one would have been a copy of it.
    standing = {known.fingerprint(row): row for row in meeting.same}
    spares = Guard(known.utf8, config).spares

    def name(row: int) -> Id | None:
        return ids[row] if row >= 0 else known.ids[row]

    count = len(arrivals)
    found = IndexMatches(
        list(ids),
        np.ones(count, np.bool_),
        [None] * count,
        np.zeros(count, np.float32),
        np.zeros(count, np.bool_),
        [None] * count,
        [()] * count,
    )
    for row in np.flatnonzero(arrivals.lengths).tolist():
        chosen = (1.0, standing.get(arrivals.prints[row]))
        found.exact[row] = chosen[1] is not None
        if chosen[1] is None:
            alike = alike_among(row, meeting.candidates.of(row), known, config)
            chosen = next((of for of in alike if of[0] == 1 or not spares(row, of[1])), (0.0, None))
            if alike and chosen[1] is None:
                found.template[row] = name(alike[0][1])
        if chosen[1] is not None:
            found.keep[row] = False
            found.similarity[row], found.witness[row] = chosen[0], name(chosen[1])
            continue
        found.supersedes[row] = tuple(
            name(other)
            for other in sorted(_contained(row, meeting.contained.of(row), known, config, spares))
        )
        if not alone:
            standing[arrivals.prints[row]] = row
            meeting.candidates.insert(row)
            meeting.contained.insert(row)
    return found


def _contained(
    row: int, candidates: list[int], known: Known, config: Config, spares: Spares
) -> Iterator[int]:
    """Yield those of which a text is a longer version: they would go as copies of it."""
    known.load(candidates)
    for other in candidates:
        share = containment(known[other], known[row])
        if share >= config.threshold and (share == 1 or not spares(other, row)):
            yield other


class Meeting:
    """What the index has under the keys of the texts that come."""

    def __init__(
        self, arrivals: Arrivals, store: Store, config: Config, base: int, *, alone: bool
    ) -> None:
        self._keys = keys = arrivals.keys
        entries = arrivals.entries(config)
        probes = np.unique(keys.probes.values)
        contains = config.measure == "containment"
        held = np.unique(keys.entries.values) if contains else probes[:0]
        prints = np.unique(arrivals.print_keys[arrivals.lengths > 0])
        wanted = np.unique(
            np.concatenate((of_kinds(probes, OWN).ravel(), of_kinds(held, OTHERS).ravel(), prints))
        )
        most = ALL if keys.whole.any() else FULL
        listed = store.listed(wanted, most)
        lists = Lists(wanted, listed, base)
        self.same = lists.rows(prints)
        found = lists.together(of_kinds(probes, OWN), most)
        self.candidates = Candidates(_asking(keys, found, probes, alone=alone), kept=found)
        self.contained = Contained(entries, lists if contains else Lists.none())

    def met(self) -> list[int]:
        """Return the texts of the index that those which come are compared with, at least."""
        rows = np.flatnonzero(self._keys.probes.lengths).tolist()
        return [other for row in rows for other in self.candidates.of(row)]


class Lists:
    """The texts of the index under each of some keys."""

    def __init__(self, keys: U64, listed: Ragged, base: int) -> None:
        self._keys, self._listed, self._base = keys, listed, base

    @classmethod
    def none(cls) -> "Lists":
        """Return no lists."""
        return cls(np.empty(0, np.uint64), Ragged(np.empty(0, np.uint64), np.zeros(1, np.int64)), 0)

    def _places(self, keys: U64) -> I64:
        return np.searchsorted(self._keys, keys)

    def rows(self, keys: U64) -> list[int]:
        """Return what is under any of some keys."""
        found = [self._listed[place] for place in self._places(keys).tolist()]
        rows = np.unique(np.concatenate([np.empty(0, np.uint64), *found])).astype(np.int64)
        return (rows - self._base).tolist()

    def under(self, key: int) -> list[int]:
        """Return what is under a key that may not have been asked for."""
        place = int(np.searchsorted(self._keys, np.uint64(key)))
        if place == len(self._keys) or int(self._keys[place]) != key:
            return []
        return (self._listed[place].astype(np.int64) - self._base).tolist()

    def together(self, keys: U64, most: int) -> dict[int, list[int]]:
        """Return what is under the keys of each column, the first ``most``, by the lower 32 bits."""
        places = self._places(keys.ravel())
        lengths = self._listed.lengths[places]
        filled = np.flatnonzero(lengths)
        if not len(filled):
            return {}
        plain = keys.ravel()[filled] << KIND
        values = np.concatenate([self._listed[place] for place in places[filled].tolist()])
        pairs = np.unique(np.repeat(plain, lengths[filled]) | values)
        of = pairs >> KIND
        starts = np.flatnonzero(np.concatenate(([True], of[1:] != of[:-1])))
        rows = (pairs & np.uint64((1 << 32) - 1)).astype(np.int64) - self._base
        bounds = [*starts.tolist(), len(rows)]
        return {
            key: rows[start : min(stop, start + most)].tolist()
            for key, start, stop in zip(of[starts].tolist(), bounds, bounds[1:], strict=False)
        }


def _asking(keys: Keys, found: dict[int, list[int]], probes: U64, *, alone: bool) -> Keys:
    """Leave out what cannot lead to a candidate: rows too few of whose probes others have."""
    index = np.fromiter(found, np.uint64, len(found))
    entries = keys.entries.select(np.isin(keys.entries.values, probes))
    if not alone:
        rows = entries.row_numbers().astype(np.uint64)
        pairs = np.unique((entries.values << KIND) | rows) >> KIND
        index = np.union1d(index, pairs[1:][pairs[1:] == pairs[:-1]])
    shared = keys.probes.select(np.isin(keys.probes.values, index))
    sampled = keys.probes.lengths
    # Each key that lists only some of its rows is one less to share, and they ask for no more.
    of_rest = keys.of_rest[np.clip(sampled - 1, 0, len(keys.of_rest) - 1)] + 1
    needed = np.where(keys.whole, keys.needed, np.minimum(keys.needed, of_rest))
    asks = (sampled > 0) & (shared.lengths >= needed)
    return replace(
        keys,
        probes=keys.probes.select(np.repeat(asks, sampled)),
        entries=entries,
    )


class Contained:
    """Kept texts that another one may contain, by their samples.

    As a text is looked up by its sample among all shingles of those before it, those before it
    are met by theirs among all shingles of it. What FULL or more of them have does not count, and HITS
    others must be shared, or one by a text that is so short that it may have no more.
    """

    def __init__(self, entries: Ragged, lists: Lists) -> None:
        self._entries, self._lists = entries, lists
        self._kept: dict[int, list[int]] = {}

    def _sampled(self, row: int) -> list[int]:
        """Return the keys of a text as others are met by them."""
        keys = np.unique(self._entries[row] & np.uint64((1 << 32) - 1))
        return of_kinds(keys, OTHERS).ravel().tolist()

    def of(self, row: int) -> list[int]:
        """Return the kept texts that a text may contain."""
        hits: Counter[int] = Counter()
        short: set[int] = set()
        for key in self._sampled(row):
            listed = [*self._lists.under(key), *self._kept.get(key, ())]
            if len(listed) < FULL:
                hits.update(listed)
                if key >> 32 == int(SHORT):
                    short.update(listed)
        found = [other for other, count in hits.items() if count >= HITS or other in short]
        return sorted(found, key=lambda other: (-hits[other], other))[:COMPARED]

    def insert(self, row: int) -> None:
        """Enter a kept text."""
        for key in self._entries[row].tolist():
            if key >> 32 <= int(SHORT):
                self._kept.setdefault(key, []).append(row)
