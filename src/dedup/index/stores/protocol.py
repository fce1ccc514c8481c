"""What an index asks of the place where it lies.

A store knows nothing of texts that are alike: it keeps records under numbers and names, and lists
the numbers of records under keys.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from dedup.index.stores.sealing import DamagedError
from dedup.records import U64, Ragged

Id = str | int

# What a key is is said above its 32 bits.
KIND = np.uint64(32)
SAMPLED = np.uint64(0)  # a shingle in the sample of a row,
SHORT = np.uint64(1)  # of a row that is so short that its sample has all,
REST = np.uint64(2)  # or one that is in none; and the bands of a signature
PRINT = np.uint64(3)  # the fingerprint of all tokens
KINDS = (SAMPLED, SHORT, REST, PRINT)

SETTINGS: dict[str, Any] = {  # of an index, and their types
    "signature": int,
    "config": dict,
    "keyed": bool | None,
    "batch_names": list,
}
TakePostings = Callable[[int, U64], None]  # a kind, and keys above rows
SkipRecord = Callable[[int, object], None]  # a row, and its id as far as it can be read


@dataclass(frozen=True, slots=True)
class Record:
    """A text that is kept."""

    id: Id
    text: bytes | None  # UTF-8, a lone surrogate as its three bytes; None where none was given
    added: int  # seconds since 1970


class Store(Protocol):
    """Records by number and by id, and under each key the numbers of records, ascending.

    Numbers are given in the order in which records come, from 0 on, and none is given twice.
    All that is written within ``writing`` is there at its end, or nothing is; nobody else writes
    meanwhile, and what is read is what was written before. What is read within ``reading`` is all
    of one moment.
    """

    name: str  # what messages call it

    def reading(self) -> AbstractContextManager[None]:
        """Read what is there now."""

    def writing(self) -> AbstractContextManager[None]:
        """Read and write, alone."""

    def saved(self, name: str) -> bytes | None:
        """Return the bytes that were saved under a name, None where there are none."""

    def save(self, name: str, data: bytes | None) -> None:
        """Save bytes under a name; None deletes them."""

    def next_row(self) -> int:
        """Return the number that the next record will have."""

    def count(self) -> int:
        """Return how many records there are."""

    def rows_of(self, ids: Sequence[Id]) -> list[int | None]:
        """Return the number of the record of each id, None where there is none."""

    def records(self, rows: Sequence[int]) -> list[Record]:
        """Return records that are there, by their numbers."""

    def scan(self, start: int = 0, skip: SkipRecord | None = None) -> Iterator[tuple[int, Record]]:
        """Yield all records from a number on, in order.

        Parameters
        ----------
        skip
            Called with each record that is damaged; without it that is an error.
        """

    def listed(self, keys: U64, most: int) -> Ragged:
        """Return the records under each key: the ``most`` of the lowest numbers.

        Parameters
        ----------
        keys
            (k,): sorted and unique.
        """

    def insert(self, records: Sequence[Record], keys: Ragged) -> None:
        """Add records, the next numbers for each, under keys that are sorted and unique."""

    def remove(self, rows: Sequence[int]) -> None:
        """Take records away that are there, by ascending numbers."""

    def problems(self, take: TakePostings) -> Iterator[str]:
        """Check all but the records, within ``reading``: yield what is wrong, where, the remedy.

        Parameters
        ----------
        take
            Called with all that is listed and can be read, some at a time.
        """

    def compact(self) -> None:
        """Give back room that what was removed took."""

    def size(self) -> int:
        """Return the bytes that it takes."""

    def close(self) -> None:
        """Let go of it."""


def load_settings(store: Store) -> dict[str, Any]:
    """Return the settings of an index, none for a new one."""
    try:
        settings: Any = json.loads(store.saved("settings") or b"{}")
    except (ValueError, RecursionError) as error:
        raise DamagedError from error
    if settings != {} and not (
        isinstance(settings, dict)
        and {"signature", "config"} <= settings.keys()
        and all(isinstance(settings[name], SETTINGS.get(name, object)) for name in settings)
    ):
        raise DamagedError
    return dict(settings)


def save_settings(store: Store, settings: dict[str, Any]) -> None:
    """Save the settings of an index: JSON."""
    store.save("settings", json.dumps(settings).encode())
