"""What an index says of texts that come, and of itself."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

import numpy as np

from dedup.config import Config
from dedup.records import F32, Flags
from dedup.store.protocol import Id, Record
from dedup.text.packed import tokens_of


@dataclass(frozen=True, slots=True, eq=False)
class IndexMatches:
    """Which of n texts are new, and what the others repeat.

    Attributes
    ----------
    ids
        The names of the texts, None where they have none.
    keep
        (n,) bool: which texts are new.
    witness
        Of each text the id of the kept one that it repeats, None where it is new.
    similarity
        (n,) float32: the exact similarity of a text and its witness, 0 where it is new; rounded.
    exact
        (n,) bool: which texts have the same tokens as their witness.
    numeric_variant
        Of each new text the id of one that it is like, and yet other news than; None for none.
    supersedes
        Of each new text the ids of kept ones that it contains: earlier, shorter versions of it.
    replaced
        (n,) bool: which new texts took the place of another one that had their id.
    """

    ids: list[Id | None]
    keep: Flags
    witness: list[Id | None]
    similarity: F32
    exact: Flags
    numeric_variant: list[Id | None]
    supersedes: list[tuple[Id, ...]]
    replaced: Flags

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.keep)

    @property
    def again(self) -> Flags:
        """Which texts are in the index under their own ids, (n,) bool: they were added before.

        A pipeline that was cut short after ``add``, and begins its batch again, has to keep them.
        """
        named = zip(self.ids, self.witness, strict=True)
        return np.array([name is not None and name == of for name, of in named], np.bool_)

    def first(self, count: int) -> "IndexMatches":
        """Return what is said of the first texts."""
        return IndexMatches(*(getattr(self, item.name)[:count] for item in fields(self)))

    @classmethod
    def all_new(cls, ids: Sequence[Id | None]) -> "IndexMatches":
        """Return that all texts are new, to be filled in."""
        count = len(ids)
        return cls(
            list(ids),
            np.ones(count, np.bool_),
            [None] * count,
            np.zeros(count, np.float32),
            np.zeros(count, np.bool_),
            [None] * count,
            [()] * count,
            np.zeros(count, np.bool_),
        )

    @classmethod
    def joined(cls, parts: Sequence["IndexMatches"]) -> "IndexMatches":
        """Return what is said of all texts, in order."""
        keep = np.concatenate([np.empty(0, np.bool_), *(part.keep for part in parts)])
        similarity = np.concatenate([np.empty(0, np.float32), *(part.similarity for part in parts)])
        exact = np.concatenate([np.empty(0, np.bool_), *(part.exact for part in parts)])
        ids = [name for part in parts for name in part.ids]
        witness = [name for part in parts for name in part.witness]
        numeric_variant = [name for part in parts for name in part.numeric_variant]
        supersedes = [names for part in parts for names in part.supersedes]
        replaced = np.concatenate([np.empty(0, np.bool_), *(part.replaced for part in parts)])
        return cls(ids, keep, witness, similarity, exact, numeric_variant, supersedes, replaced)

    def __repr__(self) -> str:
        """Return what was found, in a line."""
        texts = "text" if len(self) == 1 else "texts"
        kept, exact = int(self.keep.sum()), int(self.exact.sum())
        parts = [f"{kept:,} of {len(self):,} {texts} new"]
        counts = {"exact": exact, "near": len(self) - kept - exact}
        if kinds := [f"{count:,} {kind}" for kind, count in counts.items() if count]:
            noun = "copy" if len(self) - kept == 1 else "copies"
            parts.append(f"{' and '.join(kinds)} {noun}")
        if superseding := sum(map(bool, self.supersedes)):
            parts.append(f"{superseding:,} with earlier versions")
        return f"<IndexMatches: {'; '.join(parts)}>"


@dataclass(frozen=True, slots=True)
class IndexStats:
    """An index in numbers.

    Attributes
    ----------
    texts
        How many it has.
    bytes
        What it takes, on the disk or in the memory of the server.
    oldest
        When the first of its texts was added; None where it has none.
    config
        Its settings.
    """

    texts: int
    bytes: int
    oldest: datetime | None
    config: Config

    @property
    def bytes_per_text(self) -> float:
        """What a text takes, 0 where there is none."""
        return self.bytes / self.texts if self.texts else 0.0


@dataclass(frozen=True, slots=True)
class Exported:
    """A text of an index.

    Attributes
    ----------
    id
        Its name.
    text
        None where None was given; a list in an index of lists of tokens.
    added
        When it was added.
    """

    id: Id
    text: Any
    added: datetime

    @classmethod
    def of(cls, record: Record, config: Config) -> "Exported":
        """Return a record as it is given out."""
        text = None if record.text is None else str(record.text, "utf-8", "surrogatepass")
        given = tokens_of(text) if config.unit == "token" else text
        return cls(record.id, given, datetime.fromtimestamp(record.added, UTC))
