"""Which texts of an index, and of those that come with it, a text may repeat, and which may repeat it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dedup.arrivals import OTHERS, OWN, Arrivals
from dedup.backend import use_compiled
from dedup.candidates import COMPARED, FULL, Candidates, Keys
from dedup.config import Config
from dedup.records import I64, U64, Flags, Ragged
from dedup.store.protocol import KIND, SAMPLED, SHORT, Store

ALL = 1 << 62
HITS = 5  # keys of the sample of a text that another one has which may contain it
LOWER = np.uint64((1 << 32) - 1)


class Meeting:
    """What the index has under the keys of the texts that come.

    Texts that come have the numbers from 0 on, and those of the index the numbers below 0, so that of
    two the lower number is that of the one that came first.

    Parameters
    ----------
    base
        The number that the first of the texts would have in the store.
    alone
        Whether each text meets the index alone, and not the others.
    """

    def __init__(
        self, arrivals: Arrivals, store: Store, config: Config, base: int, *, alone: bool
    ) -> None:
        keys, contains = arrivals.keys, config.measure == "containment"
        probes = np.unique(keys.probes.values)
        every = np.sort(keys.entries.values)
        held = _distinct(every) if contains else probes[:0]
        prints = np.unique(arrivals.print_keys[arrivals.lengths > 0])
        parts = [(kind << KIND) | (held if kind in OTHERS else probes) for kind in OWN]
        wanted = np.concatenate((*parts, prints))
        most = ALL if keys.whole.any() else FULL
        lists = Lists(wanted, store.listed(wanted, most), base)
        self.same = np.unique(lists.of(prints)[1]).tolist()
        # What two of the texts have: keys that come without their texts are none.
        shared = np.empty(0, np.uint64) if alone else _distinct(every[1:][every[1:] == every[:-1]])
        asking, wanted = _asking(keys, probes, lists.filled(OWN), shared)
        self.candidates = Candidates(asking, kept=lists.together(wanted, most))
        nothing = lists.none(), shared[:0]  # by Jaccard none contains another
        self.contained = Contained(arrivals, *((lists, shared) if contains else nothing))
        self._asking = np.flatnonzero(asking.probes.lengths).tolist()

    def met(self) -> list[int]:
        """Return the texts of the index with which those that come are compared, at least."""
        return [
            *self.contained.texts(),
            *(other for row in self._asking for other in self.candidates.of(row)),
        ]


class Lists:
    """The texts of the index under each of some keys."""

    def __init__(self, keys: U64, listed: Ragged, base: int) -> None:
        self._keys, self._lengths, self._offsets = keys, listed.lengths, listed.offsets
        self._rows = listed.values.astype(np.int64) - base

    @classmethod
    def none(cls) -> "Lists":
        """Return no lists."""
        nothing = np.empty(0, np.uint64)
        return cls(nothing, Ragged(nothing, np.zeros(1, np.int64)), 0)

    def filled(self, kinds: tuple[np.uint64, ...]) -> U64:
        """Return the keys of some kinds under which there are texts, their lower 32 bits."""
        wanted = np.isin(self._keys >> KIND, kinds) & (self._lengths > 0)
        return np.unique(self._keys[wanted] & LOWER)

    def of(self, keys: U64) -> tuple[I64, I64]:
        """Return what is under keys: the place of each key, and the texts, flat."""
        places = np.searchsorted(self._keys, keys)
        places = np.minimum(places, max(len(self._keys) - 1, 0))
        known = self._keys[places] == keys if len(self._keys) else np.zeros(len(keys), np.bool_)
        places, own = places[known], np.flatnonzero(known)
        lengths = self._lengths[places]
        starts = np.repeat(self._offsets[places] - np.cumsum(lengths) + lengths, lengths)
        return np.repeat(own, lengths), self._rows[starts + np.arange(len(starts))]

    def together(self, keys: U64, most: int) -> dict[int, list[int]]:
        """Return what is under keys of all kinds by their lower 32 bits: the first ``most``."""
        found: dict[int, list[int]] = {}
        names = keys.tolist()
        for kind in OWN:
            places, rows = self.of((kind << KIND) | keys)
            for place, row in zip(places.tolist(), rows.tolist(), strict=True):
                found.setdefault(names[place], []).append(row)
        return {key: sorted(set(rows))[:most] for key, rows in found.items()}

    def sampled(self) -> tuple[U64, Ragged, Flags]:
        """Return the samples of texts: keys, their lower 32 bits, the texts under each, and
        whether these are so short that one key is enough.
        """
        wanted = (self._keys >> KIND <= SHORT) & (self._lengths > 0)
        keys = self._keys[wanted]
        _, rows = self.of(keys)
        edges = np.concatenate(([0], np.cumsum(self._lengths[wanted])))
        return keys & LOWER, Ragged(rows.view(np.uint64), edges), keys >> KIND == SHORT

    def room(self, keys: U64) -> I64:
        """Return how many more texts count under each key."""
        places, _ = self.of(keys)
        return np.maximum(FULL - np.bincount(places, minlength=len(keys)), 0)


def _asking(keys: Keys, probes: U64, filled: U64, shared: U64) -> tuple[Keys, U64]:
    """Leave out what cannot lead to a candidate: rows too few of whose probes others have.

    Returns
    -------
    asking, wanted
        The keys, and those probes that are looked up.
    """
    others = keys.probes.select(_among(keys.probes.values, np.union1d(filled, shared)))
    sampled = keys.probes.lengths
    # Each key that lists only some of its rows is one less to share, and they ask for no more.
    of_rest = keys.of_rest[np.clip(sampled - 1, 0, len(keys.of_rest) - 1)] + 1
    needed = np.where(keys.whole, keys.needed, np.minimum(keys.needed, of_rest))
    asks = (sampled > 0) & (others.lengths >= needed)
    asking = keys.probes.select(np.repeat(asks, sampled))
    wanted = np.unique(asking.values)
    entries = keys.entries.select(_among(keys.entries.values, np.intersect1d(wanted, shared)))
    return replace(keys, probes=asking, entries=entries), wanted


class Contained:
    """Kept texts that another one may contain, by their samples.

    As a text is looked up by its sample among all shingles of those before it, those before it are
    met by theirs among all of its: HITS of them, or one of a text that may have no more. Under each
    key the first FULL texts count.
    """

    def __init__(self, arrivals: Arrivals, lists: Lists, shared: U64) -> None:
        probes = arrivals.keys.probes
        own = probes.select(_among(probes.values, shared))
        kinds = np.where(np.repeat(arrivals.is_short, own.lengths), SHORT, SAMPLED)
        self._own = Ragged((kinds << KIND) | own.values, own.offsets)
        self._room = dict(
            zip(self._own.values.tolist(), lists.room(self._own.values).tolist(), strict=True)
        )
        self._held = arrivals.held.select(_among(arrivals.held.values, np.unique(own.values)))
        self._kept: dict[int, list[int]] = {}
        self._found = _contained(arrivals.held, lists)

    def texts(self) -> list[int]:
        """Return the texts of the index that any of those that come may contain."""
        return np.unique(self._found.others).tolist()

    def of(self, row: int) -> list[int]:
        """Return the kept texts that a text may contain: COMPARED at most."""
        hits: Counter[int] = Counter()
        short: set[int] = set()
        for key in self._held[row].tolist():
            hits.update(self._kept.get(key | int(SAMPLED) << 32, ()))
            few = self._kept.get(key | int(SHORT) << 32, ())
            hits.update(few)
            short.update(few)
        found = {other: hit for other, hit in hits.items() if hit >= HITS or other in short}
        found.update(self._found.of(row))
        return sorted(found, key=lambda other: (-found[other], other))[:COMPARED]

    def insert(self, row: int) -> None:
        """Enter a kept text."""
        for key in self._own[row].tolist():
            if self._room[key]:
                self._room[key] -= 1
                self._kept.setdefault(key, []).append(row)


@dataclass(frozen=True, slots=True)
class Hits:
    """Texts of the index that others may contain."""

    offsets: I64  # (n + 1,)
    others: I64  # flat
    hits: I64  # keys in common

    def of(self, row: int) -> Iterator[tuple[int, int]]:
        """Yield the texts that one may contain, and the keys in common."""
        own = slice(*self.offsets[row : row + 2].tolist())
        return zip(self.others[own].tolist(), self.hits[own].tolist(), strict=True)


def _contained(held: Ragged, lists: Lists) -> Hits:
    """Find the texts of the index that others may contain."""
    keys, rows, short = lists.sampled()
    if use_compiled("texts contained", held.values.nbytes):
        from dedup.kernels.containing import contained_texts  # noqa: PLC0415  at need

        listed = 2 * (rows.values.view(np.int64)) + np.repeat(short, rows.lengths)
        lengths, others, hits = contained_texts(
            held.values, held.offsets, keys, rows.offsets, listed, HITS
        )
        return Hits(np.concatenate(([0], np.cumsum(lengths))), others, hits)
    under: dict[int, list[tuple[int, bool]]] = {}
    for key, own, few in zip(keys.tolist(), rows, short.tolist(), strict=True):
        under.setdefault(key, []).extend((row, few) for row in own.view(np.int64).tolist())
    found: list[tuple[int, int]] = []
    edges = [0]
    for own in held:
        hits = Counter(one for key in own.tolist() for one in under.get(key, ()))
        found += sorted((row, hit) for (row, few), hit in hits.items() if hit >= HITS or few)
        edges.append(len(found))
    others, counts = np.array(found, np.int64).reshape(-1, 2).T
    return Hits(np.array(edges), others, counts)


def _among(values: U64, some: U64) -> Flags:
    """Tell which values are among some, sorted and unique."""
    if not len(some):
        return np.zeros(len(values), np.bool_)
    return some[np.minimum(np.searchsorted(some, values), len(some) - 1)] == values


def _distinct(values: U64) -> U64:
    """Return sorted values once each."""
    return values[np.concatenate((np.ones(len(values[:1]), np.bool_), values[1:] != values[:-1]))]
