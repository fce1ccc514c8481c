"""Which texts of an index a text may repeat, and which may repeat it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np

from dedup.config import Config
from dedup.index.batch import OTHERS, OWN, Arrivals
from dedup.index.common import Common, Rare, count_among, of_some
from dedup.index.hits import Hits
from dedup.index.older_versions import Contained
from dedup.index.posting_lists import Lists, among
from dedup.index.stores.protocol import KIND, REST, Store
from dedup.matching.candidates import COMPARED, FULL, Candidates, Keys
from dedup.records import I64, U64, distinct

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
        common = Common.of(keys.entries, alone=alone)
        prints = distinct(arrivals.print_keys[arrivals.lengths > 0])
        most = ALL if keys.whole.any() else FULL
        asked = _asked(distinct(keys.probes.values), common.keys[: None if contains else 0], prints)
        lists = Lists(asked, store.listed(asked, most), base)
        del asked  # half a million keys and more, of which few are listed
        self.same: list[int] = sorted(set(lists.of(prints)[1].tolist()))
        under = lists.upto(REST)
        filled = distinct(np.append(under.keys, common.shared))
        asks = (keys.probes.lengths > 0) & (count_among(keys.probes, filled) >= _needed(keys))
        # One by one go those that may have a part in what comes, or are told apart by what is full.
        rare = Rare.of(keys, common, under)
        hits = Hits.of(of_some(keys.probes, asks), rare.under, np.maximum(rare.least, 1))
        met = np.zeros(len(asks), np.bool_)
        met[hits.filled()] = True
        may_share = count_among(keys.probes, rare.shared) >= rare.least
        one_by_one = asks & (keys.whole | may_share | (met & rare.crowded))
        asking = of_some(keys.probes, one_by_one)
        looked_up = distinct(asking.values)
        entries = common.of_each.select(among(common.of_each.values, looked_up))
        kept = lists.together(looked_up, most)
        self.candidates = Candidates(replace(keys, probes=asking, entries=entries), kept=kept)
        may_change = count_among(asking, common.shared) > 0
        self._may_change: set[int] = set(np.flatnonzero(may_change).tolist())
        self._known = {row: _ranked(hits[row]) for row in hits.filled()}
        known = np.flatnonzero(one_by_one & ~may_change).tolist()
        self._known |= {row: self.candidates.of(row) for row in known}
        # By Jaccard no text contains another.
        nothing = Lists.none(), common.shared[:0], common.of_each
        those = (lists, common.shared, common.of_each) if contains else nothing
        self.contained = Contained(arrivals, *those)

    def met(self) -> Iterator[int]:
        """Yield texts of the index that those that come may repeat, nearly all."""
        return chain.from_iterable(self._known.values())

    def of(self, row: int) -> list[int]:
        """Return the kept texts that a text may repeat."""
        return self.candidates.of(row) if row in self._may_change else self._known.get(row, [])


def _asked(probes: U64, held: U64, prints: U64) -> U64:
    """Return the keys under which the store may have texts, with their kinds."""
    wanted = [(kind << KIND) | (held if kind in OTHERS else probes) for kind in OWN]
    return np.concatenate((*wanted, prints))


def _needed(keys: Keys) -> I64:
    """Return how many probes of each text others must have, or there is no candidate."""
    # Each key that lists only some of its rows is one less to share, and they ask for no more.
    of_rest = keys.of_rest[np.clip(keys.probes.lengths - 1, 0, len(keys.of_rest) - 1)] + 1
    return np.where(keys.whole, keys.needed, np.minimum(keys.needed, of_rest))


def _ranked(hits: Iterator[tuple[int, int]]) -> list[int]:
    """Return the candidates of a text, as ``Candidates.of`` does where no key is full."""
    ranked = sorted((-count, marked >> 1) for marked, count in hits)
    return [other for _, other in ranked[:COMPARED]]
