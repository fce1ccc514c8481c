"""Keys that texts have in common: those that come, and with those of an index."""

from dataclasses import dataclass, replace

import numpy as np

from dedup.index.posting_lists import LOWER, Under, among
from dedup.index.stores.protocol import KIND
from dedup.matching.candidates import FULL, Keys
from dedup.records import I64, U64, Flags, Ragged, distinct


@dataclass(frozen=True, slots=True)
class Common:
    """What the texts that come have in common.

    Attributes
    ----------
    keys
        (k,): all they have, sorted and unique.
    shared, counts
        (s,): those that two have, or one twice, and how often there is each.
    of_each
        n rows: those of each that are shared, sorted and unique within a row.
    """

    keys: U64
    shared: U64
    counts: I64
    of_each: Ragged

    @classmethod
    def of(cls, entries: Ragged, *, alone: bool) -> "Common":
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
        of_each = Ragged(some & LOWER, np.searchsorted(some, edges))
        every = keys[starts]
        return cls(every, every[twice], counts[twice], of_each)

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
    def of(cls, keys: Keys, common: Common, under: Under) -> "Rare":
        """Tell keys apart."""
        ever, now = common.full_with(under), distinct(under.keys[under.totals >= FULL])
        ever_full, now_full = count_among(keys.probes, ever), count_among(keys.probes, now)
        # ``Candidates`` asks for less of fewer keys: by one at most for each that becomes full.
        listing = np.clip(keys.probes.lengths - now_full, 0, len(keys.of_rest) - 1)
        of_rest = keys.of_rest[listing] - (ever_full - now_full)
        least = keys.needed - ever_full
        least = np.where(ever_full > 0, np.minimum(of_rest, least), least)
        shared = common.shared[~among(common.shared, ever)]
        rare = under.where(~among(under.keys, ever))
        # The marks tell what may be contained, and these are looked for as what contains.
        return cls(replace(rare, rows=rare.rows & ~1), shared, ever_full > 0, least)


def of_some(probes: Ragged, wanted: Flags) -> Ragged:
    """Return the probes of some texts, and none of the others."""
    return probes.select(np.repeat(wanted, probes.lengths))


def count_among(probes: Ragged, some: U64) -> I64:
    """Count the probes of each text that are among some, sorted ones."""
    return probes.select(among(probes.values, some)).lengths
