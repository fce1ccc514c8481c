"""Results of an index: decisions about texts, and facts about the index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from dedup.arrays.array_types import F32, Flags
from dedup.arrays.packed import split_tokens
from dedup.arrays.reportable import ShownInNotebook
from dedup.config import Config
from dedup.index.stores.records import Id, IndexRecord
from dedup.text.wording import format_copies, format_count


class TextResult(NamedTuple):
    """The decision about one text: its fields are the columns of ``IndexMatches``."""

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
class IndexMatches(ShownInNotebook):
    """Which of n texts are kept, and what the other texts repeat.

    Attributes
    ----------
    ids
        The n ids of the texts; None for each text of a query.
    keep
        (n,) bool: which texts are kept: new texts and updates.
    witness
        For each text the id of the text that it repeats, None if it repeats none. An update is
        kept in any case, and may have a witness with another id.
    similarity
        (n,) float32: the exact similarity of each text to its witness, rounded; 0 without a
        witness.
    exact
        (n,) bool: which texts are exact copies of their witness, as in ``DedupResult``.
    numeric_variant
        For each kept text without a witness the id of a text that it is similar to without being a
        copy, as in ``DedupResult``; None if there is none.
    supersedes
        For each kept text without a witness the ids of the texts that it contains: earlier,
        shorter versions of it.
    updated
        (n,) bool: which texts replaced a text with the same id.
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
        """(n,) which texts the index already had under the same id with the same tokens.

        A pipeline that was interrupted after ``add``, and repeats its batch, must keep them.
        """
        pairs = zip(self.ids, self.witness, strict=True)
        is_seen = [text_id is not None and text_id == witness for text_id, witness in pairs]
        return np.array(is_seen, np.bool_)

    @classmethod
    def of(cls, ids: Sequence[Id | None], results: Sequence[TextResult]) -> "IndexMatches":
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
        """Return the numbers of new, updated and removed texts, in one line."""
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
        Its id.
    similarity
        The exact similarity, from ``threshold`` to 1.
    """

    id: Id
    similarity: float


@dataclass(frozen=True, slots=True)
class IndexStats:
    """The size, age and settings of an index.

    Attributes
    ----------
    texts
        The number of texts.
    bytes
        The size of the file, or of the tables on the server.
    oldest
        When the oldest text was added; None for an empty index.
    config
        The settings.
    keyed
        Whether the first texts were added with ids of the caller; False if the index made their
        ids from the texts, None if no text was added yet.
    """

    texts: int
    bytes: int
    oldest: datetime | None
    config: Config
    keyed: bool | None = None

    @property
    def bytes_per_text(self) -> float:
        """The bytes per text, 0 for an empty index."""
        return self.bytes / self.texts if self.texts else 0.0


@dataclass(frozen=True, slots=True)
class IndexCheck:
    """The result of ``Index.check``.

    Attributes
    ----------
    texts
        The number of texts that could be read.
    problems
        One line per problem: what is wrong, where, and the remedy. At most 1,000 lines report
        damaged texts.
    """

    texts: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndexedText:
    """A text of an index.

    Attributes
    ----------
    id
        Its id.
    text
        A string, or a list of tokens in an index with ``unit="token"``; None if None was added.
    added
        When it was added, in UTC.
    """

    id: Id
    text: Any
    added: datetime

    @classmethod
    def of(cls, record: IndexRecord, config: Config) -> "IndexedText":
        """Decode the text of a record."""
        text = None if record.text is None else str(record.text, "utf-8", "surrogatepass")
        value = split_tokens(text) if config.unit == "token" else text
        return cls(record.id, value, datetime.fromtimestamp(record.added, UTC))
