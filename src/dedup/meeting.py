"""Which texts of an index a text may repeat, and which may repeat it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np

from dedup.arrivals import OTHERS, OWN, Arrivals, distinct
from dedup.candidates import FULL, Candidates, Keys
from dedup.config import Config
from dedup.containing import Contained
from dedup.lists import Lists, among
from dedup.records import U64
from dedup.store.protocol import KIND, Store

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
        probes, every = distinct(keys.probes.values), np.sort(keys.entries.values)
        held = distinct(every) if contains else probes[:0]
        prints = distinct(arrivals.print_keys[arrivals.lengths > 0])
        wanted = [(kind << KIND) | (held if kind in OTHERS else probes) for kind in OWN]
        wanted.append(prints)
        most = ALL if keys.whole.any() else FULL
        asked = np.concatenate(wanted)
        lists = Lists(asked, store.listed(asked, most), base)
        self.same: list[int] = sorted(set(lists.of(prints)[1].tolist()))
        # What two of the texts have, or one twice.
        shared = every[:0] if alone else distinct(every[1:][every[1:] == every[:-1]])
        common = arrivals.held.select(among(arrivals.held.values, shared))
        asking, looked_up = _asking(keys, lists.filled(), shared)
        asking = replace(asking, entries=common.select(among(common.values, looked_up)))
        self.candidates = Candidates(asking, kept=lists.together(looked_up, most))
        # What no other text that comes has a part in is known before any of them is kept.
        alike = asking.probes.select(among(asking.probes.values, shared)).lengths > 0
        asks = asking.probes.lengths > 0
        self._known = {row: self.candidates.of(row) for row in np.flatnonzero(asks).tolist()}
        self._may_change: set[int] = set(np.flatnonzero(asks & alike).tolist())
        # By Jaccard no text contains another.
        nothing = Lists.none(), shared[:0], common
        those = (lists, shared, common) if contains else nothing
        self.contained = Contained(arrivals, *those)

    def met(self) -> Iterator[int]:
        """Yield the texts of the index that those that come may repeat."""
        return chain.from_iterable(self._known.values())

    def of(self, row: int) -> list[int]:
        """Return the kept texts that a text may repeat."""
        return self.candidates.of(row) if row in self._may_change else self._known.get(row, [])


def _asking(keys: Keys, filled: U64, shared: U64) -> tuple[Keys, U64]:
    """Leave out what cannot lead to a candidate: rows too few of whose probes others have.

    Returns
    -------
    asking, looked_up
        The keys, and those of their probes that are looked up.
    """
    others = keys.probes.select(among(keys.probes.values, distinct(np.append(filled, shared))))
    sampled = keys.probes.lengths
    # Each key that lists only some of its rows is one less to share, and they ask for no more.
    of_rest = keys.of_rest[np.clip(sampled - 1, 0, len(keys.of_rest) - 1)] + 1
    needed = np.where(keys.whole, keys.needed, np.minimum(keys.needed, of_rest))
    asks = (sampled > 0) & (others.lengths >= needed)
    asking = keys.probes.select(np.repeat(asks, sampled))
    return replace(keys, probes=asking), distinct(asking.values)
