"""Which texts of an index a text may repeat, and which may repeat it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from dedup.arrivals import OTHERS, OWN, Arrivals, distinct
from dedup.candidates import COMPARED, FULL, Candidates, Keys
from dedup.config import Config
from dedup.containing import Contained
from dedup.hits import Hits
from dedup.lists import LOWER, Lists, Under, among
from dedup.records import I64, U64, Flags, Ragged
from dedup.store.protocol import KIND, REST, Store

ALL = 1 << 62


class Meeting:
    """What the index has under the keys of the texts that come.

    Texts that come have the numbers from 0 on, and those of the index the numbers below 0, so that
    of two the lower number is that of the one that came first.

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
        own = Own.of(keys.entries, alone=alone)
        prints = distinct(arrivals.print_keys[arrivals.lengths > 0])
        most = ALL if keys.whole.any() else FULL
        asked = _asked(distinct(keys.probes.values), own.keys[: None if contains else 0], prints)
        lists = Lists(asked, store.listed(asked, most), base)
        del asked  # half a million keys and more, of which few are listed
        self.same: list[int] = sorted(set(lists.of(prints)[1].tolist()))
        under = lists.upto(REST)
        filled = distinct(np.append(under.keys, own.shared))
        asks = (keys.probes.lengths > 0) & (_found(keys.probes, filled) >= _needed(keys))
        # One by one go those that may have a part in what comes, or are told apart by what is full.
        rare = Rare.of(keys, own, under)
        hits = Hits.of(_of(keys.probes, asks), rare.under, np.maximum(rare.least, 1))
        met = np.zeros(len(asks), np.bool_)
        met[hits.filled()] = True
        may_share = _found(keys.probes, rare.shared) >= rare.least
        one_by_one = asks & (keys.whole | may_share | (met & rare.crowded))
        asking = _of(keys.probes, one_by_one)
        looked_up = distinct(asking.values)
        entries = own.common.select(among(own.common.values, looked_up))
        kept = lists.together(looked_up, most)
        self.candidates = Candidates(replace(keys, probes=asking, entries=entries), kept=kept)
        may_change = _found(asking, own.shared) > 0
        self._may_change: set[int] = set(np.flatnonzero(may_change).tolist())
        self._known = {row: _ranked(hits[row]) for row in hits.filled()}
        known = np.flatnonzero(one_by_one & ~may_change).tolist()
        self._known |= {row: self.candidates.of(row) for row in known}
        # By Jaccard no text contains another.
        nothing = Lists.none(), own.shared[:0], own.common
        self.contained = Contained(
            arrivals, *((lists, own.shared, own.common) if contains else nothing)
        )

    def met(self) -> Iterator[int]:
        """Yield texts of the index that those that come may repeat, nearly all."""
        return chain.from_iterable(self._known.values())

    def of(self, row: int) -> list[int]:
        """Return the kept texts that a text may repeat."""
        return self.candidates.of(row) if row in self._may_change else self._known.get(row, [])


@dataclass(frozen=True, slots=True)
class Own:
    """What the texts that come have in common.

    Attributes
    ----------
    keys
        (k,): all they have, sorted and unique.
    shared, counts
        (s,): those that two have, or one twice, and how often there is each.
    common
        n rows: those of each that are shared, sorted and unique within a row.
    """

    keys: U64
    shared: U64
    counts: I64
    common: Ragged

    @classmethod
    def of(cls, entries: Ragged, *, alone: bool) -> "Own":
        """Compare the keys of texts; what stands alone shares none."""
        rows = entries.row_numbers().astype(np.uint64)
        pairs = np.sort((entries.values << KIND) | rows)
        keys = pairs >> KIND
        starts = np.flatnonzero(np.diff(keys, prepend=~LOWER))
        counts = np.diff(starts, append=len(keys))
        twice = np.zeros(len(starts), np.bool_) if alone else counts > 1
        some = pairs[np.repeat(twice, counts)]
        some = distinct((some & LOWER) << KIND | some >> KIND)
        edges = np.arange(len(entries) + 1, dtype=np.uint64) << KIND
        common = Ragged(some & LOWER, np.searchsorted(some, edges))
        every = keys[starts]
        return cls(every, every[twice], counts[twice], common)

    def full_with(self, under: Under) -> U64:
        """Return the keys that FULL texts have or may come to have, sorted and unique."""
        totals = np.append(under.totals, 0)[np.searchsorted(under.keys, self.shared)]
        totals *= among(self.shared, under.keys)
        full = self.shared[self.counts + totals >= FULL]
        return distinct(np.append(full, under.keys[under.totals >= FULL]))


@dataclass(frozen=True, slots=True)
class Rare:
    """What is said by keys that stay rare, whoever comes: those that FULL texts will not have.

    Attributes
    ----------
    under
        The texts of the index under them.
    shared
        Those of them that texts that come share.
    crowded
        (n,): texts that are looked up by others, too,
    least
        (n,): and of how many of these keys a candidate has to have at least.
    """

    under: Under
    shared: U64
    crowded: Flags
    least: I64

    @classmethod
    def of(cls, keys: Keys, own: Own, under: Under) -> "Rare":
        """Tell keys apart."""
        ever, now = own.full_with(under), distinct(under.keys[under.totals >= FULL])
        ever_full, now_full = _found(keys.probes, ever), _found(keys.probes, now)
        # ``Candidates`` asks for less of fewer keys: by one at most for each that becomes full.
        listing = np.clip(keys.probes.lengths - now_full, 0, len(keys.of_rest) - 1)
        of_rest = keys.of_rest[listing] - (ever_full - now_full)
        least = keys.needed - ever_full
        least = np.where(ever_full > 0, np.minimum(of_rest, least), least)
        shared = own.shared[~among(own.shared, ever)]
        rare = under.where(~among(under.keys, ever))
        # The marks tell what may be contained, and these are looked for as what contains.
        return cls(replace(rare, rows=rare.rows & ~1), shared, ever_full > 0, least)


def _asked(probes: U64, held: U64, prints: U64) -> U64:
    """Return the keys under which the store may have texts, with their kinds."""
    wanted = [(kind << KIND) | (held if kind in OTHERS else probes) for kind in OWN]
    return np.concatenate((*wanted, prints))


def _needed(keys: Keys) -> I64:
    """Return how many probes of each text others must have, or there is no candidate."""
    # Each key that lists only some of its rows is one less to share, and they ask for no more.
    of_rest = keys.of_rest[np.clip(keys.probes.lengths - 1, 0, len(keys.of_rest) - 1)] + 1
    return np.where(keys.whole, keys.needed, np.minimum(keys.needed, of_rest))


def _of(probes: Ragged, wanted: Flags) -> Ragged:
    """Return the probes of some texts, and none of the others."""
    return probes.select(np.repeat(wanted, probes.lengths))


def _found(probes: Ragged, some: U64) -> I64:
    """Count the probes of each text that are among some, sorted ones."""
    return probes.select(among(probes.values, some)).lengths


def _ranked(hits: Iterator[tuple[int, int]]) -> list[int]:
    """Return the candidates of a text, as ``Candidates.of`` does where no key is full."""
    ranked = sorted((-count, marked >> 1) for marked, count in hits)
    return [other for _, other in ranked[:COMPARED]]
