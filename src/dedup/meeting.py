"""Which texts of an index a text may repeat, and which may repeat it."""

from dataclasses import replace

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
        self.same: list[int] = np.unique(lists.of(prints)[1]).tolist()
        # What two of the texts have, or one twice.
        shared = every[:0] if alone else distinct(every[1:][every[1:] == every[:-1]])
        asking, looked_up = _asking(keys, lists.filled(OWN), shared)
        self.candidates = Candidates(asking, kept=lists.together(looked_up, most))
        self._asking: list[int] = np.flatnonzero(asking.probes.lengths).tolist()
        # By Jaccard no text contains another.
        those = (lists, shared) if contains else (Lists.none(), shared[:0])
        self.contained = Contained(arrivals, *those)

    def met(self) -> list[int]:
        """Return the texts of the index that the others may repeat: most of them."""
        return [other for row in self._asking for other in self.candidates.of(row)]


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
    looked_up = distinct(asking.values)
    entered = looked_up[among(looked_up, shared)]
    entries = keys.entries.select(among(keys.entries.values, entered))
    return replace(keys, probes=asking, entries=entries), looked_up
