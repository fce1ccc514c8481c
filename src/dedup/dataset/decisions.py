"""Which records stay: the engine for many texts, on the texts in the spool."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from dedup.arrays.memory import IN_RAM, Memory
from dedup.config import Config
from dedup.dataset.options import DatasetOptions
from dedup.dataset.rows import Rows
from dedup.index.stores.protocol import Id
from dedup.matching.deduplicate import match_texts
from dedup.matching.keep_first import KEEP, Matches
from dedup.records import F64, I64, Flags


@dataclass(frozen=True, slots=True)
class Decisions:
    """What became of each record, (n,) each."""

    witness: I64  # the record that it is a copy of, itself if it is none
    similarity: F64
    exact: Flags  # has the same tokens as its witness
    removed: Flags
    known_as: dict[int, Id] | None = None  # by row, what it repeats in an index, by its id
    superseded: tuple[tuple[Id, Id], ...] = ()  # in an index: earlier versions, and the later ones
    updated: int = 0  # texts of an index that others under their ids replaced
    variants: dict[int, Any] | None = None  # kept records, and the similar ones with other figures:
    # their rows, or in an index their ids

    def name_of_witness(self, row: int, rows: Rows) -> Any:  # noqa: ANN401
        """Return what that is called of which a removed record is a copy."""
        if self.known_as is not None:
            return self.known_as[row]
        return rows.name(int(self.witness[row]))

    def name_of_variant(self, row: int, rows: Rows) -> Any:  # noqa: ANN401
        """Return what the record is called that a kept one is similar to, with other figures."""
        assert self.variants is not None
        of = self.variants[row]
        return of if self.known_as is not None else rows.name(of)

    @property
    def clusters(self) -> I64:
        """The number of copies of each record that has some."""
        if self.known_as is not None:
            copies_of = (of for row, of in self.known_as.items() if self.removed[row])
            return np.array([*Counter(copies_of).values()], np.int64)
        copies = np.bincount(self.witness[self.removed])
        return copies[copies > 0]


def decide(
    rows: Rows,
    config: Config,
    options: DatasetOptions,
    samples: list[Any],
    memory: Memory = IN_RAM,
) -> Decisions:
    """Find the records that are copies of others; references stand, whatever they repeat.

    Parameters
    ----------
    samples
        Of the last texts, as far as they were taken when these were read.
    """
    if not options.across:
        matches = Matches.none(len(rows))
    else:
        matches, _ = match_texts(
            rows.texts.utf8,
            rows.texts.offsets,
            config,
            order_of=lambda counts: _order(counts, rows, options.keep),
            references=rows.given,
            threads=options.threads,
            samples=samples,
            memory=memory,
        )
    removed = matches.repeats
    return Decisions(
        witness=matches.witness,
        similarity=matches.similarity,
        exact=removed & (matches.leader[matches.witness] == matches.leader),
        removed=removed,
        variants=_variants(matches),
    )


def _variants(matches: Matches) -> dict[int, Any]:
    rows = np.flatnonzero(matches.numeric_variant != np.arange(len(matches.numeric_variant)))
    return dict(zip(rows.tolist(), matches.numeric_variant[rows].tolist(), strict=True))


def _order(counts: I64, rows: Rows, keep: str) -> I64:
    """Return the rows in the order in which they are taken: references, then the best copies."""
    if ":" not in keep:
        order = KEEP[keep](counts)  # type: ignore[index]  # checked by the options
    else:
        sign = -1 if keep.startswith("max:") else 1
        order = np.argsort(sign * rows.ranks, kind="stable")
    if not rows.given:
        return order
    first: I64 = order[np.argsort(order >= rows.given, kind="stable")]
    return first
