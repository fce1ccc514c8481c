"""What an index says of texts that come, and of itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from dedup.arrays.array_types import F32, Flags
from dedup.arrays.packed import split_tokens
from dedup.config import Config
from dedup.index.stores.records import Id, Record
from dedup.text.wording import format_copies, format_count


class Result(NamedTuple):
    """What an index says of one text; fields as the columns of ``IndexMatches``."""

    witness: Id | None = None
    similarity: float = 0.0
    exact: bool = False
    numeric_variant: Id | None = None
    supersedes: tuple[Id, ...] = ()
    updated: bool = False

    @property
    def keep(self) -> bool:
        """Whether the text is kept."""
        return self.witness is None or self.updated


@dataclass(frozen=True, slots=True, eq=False)
class IndexMatches:
    """Which of n texts are new, and what the others repeat.

    Attributes
    ----------
    ids
        The names of the texts, None where they have none.
    keep
        (n,) bool: which texts are kept: those that are new, and updates.
    witness
        Of each text the id of the text that it repeats, None where it repeats none. An update is
        kept all the same, so it may have one, under another id.
    similarity
        (n,) float32: the exact similarity of a text and its witness, 0 where it has none; rounded.
    exact
        (n,) bool: which texts have the same tokens as their witness.
    numeric_variant
        The id of a text that a kept text without a witness is a numeric variant of;
        None for none.
    supersedes
        Of each kept text without a witness the ids of those that it contains: earlier, shorter
        versions of it.
    updated
        (n,) bool: which texts replaced another text under their id.
    """

    ids: list[Id | None]
    keep: Flags
    witness: list[Id | None]
    similarity: F32
    exact: Flags
    numeric_variant: list[Id | None]
    supersedes: list[tuple[Id, ...]]
    updated: Flags

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.keep)

    @property
    def seen(self) -> Flags:
        """Which texts the index has under their own ids with the same tokens, (n,) bool.

        A pipeline that was cut short after ``add``, and begins its batch again, has to keep them.
        """
        named = zip(self.ids, self.witness, strict=True)
        return np.array([name is not None and name == of for name, of in named], np.bool_)

    @classmethod
    def of(cls, ids: Sequence[Id | None], results: Sequence[Result]) -> "IndexMatches":
        """Return the results of texts as columns."""
        return cls(
            list(ids),
            np.array([result.keep for result in results], np.bool_),
            [result.witness for result in results],
            np.array([result.similarity for result in results], np.float32),
            np.array([result.exact for result in results], np.bool_),
            [result.numeric_variant for result in results],
            [result.supersedes for result in results],
            np.array([result.updated for result in results], np.bool_),
        )

    def __repr__(self) -> str:
        """Return what was found, in a line."""
        kept, exact = int(self.keep.sum()), int((self.exact & ~self.keep).sum())
        updated = int(self.updated.sum())
        parts = [f"{kept - updated:,} of {format_count(len(self), 'text')} new"]
        if updated:
            parts.append(f"{updated:,} updated")
        if removed := format_copies(exact, len(self) - kept - exact):
            parts.append(removed)
        if superseding := sum(map(bool, self.supersedes)):
            parts.append(f"{superseding:,} with earlier versions")
        return f"<IndexMatches: {'; '.join(parts)}>"


class Neighbor(NamedTuple):
    """A text of an index that a text repeats.

    Attributes
    ----------
    id
        Its name.
    similarity
        The exact similarity, from ``threshold`` to 1.
    """

    id: Id
    similarity: float


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
    keyed
        Whether the ids of the first texts were given, and not made of the texts; None where that is
        not known, as of an index without texts.
    """

    texts: int
    bytes: int
    oldest: datetime | None
    config: Config
    keyed: bool | None = None

    @property
    def bytes_per_text(self) -> float:
        """What a text takes, 0 where there is none."""
        return self.bytes / self.texts if self.texts else 0.0


@dataclass(frozen=True, slots=True)
class IndexCheck:
    """What a check of an index found.

    Attributes
    ----------
    texts
        How many could be read.
    problems
        A line for each: what is wrong, where, and the remedy. At most 1,000 texts are named.
    """

    texts: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndexedText:
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
    def of(cls, record: Record, config: Config) -> "IndexedText":
        """Return a record as it is given out."""
        text = None if record.text is None else str(record.text, "utf-8", "surrogatepass")
        given = split_tokens(text) if config.unit == "token" else text
        return cls(record.id, given, datetime.fromtimestamp(record.added, UTC))
