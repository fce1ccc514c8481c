"""Items on their way through an index: read ahead, decided together, handed over one by one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar

from dedup.errors import ConfigError
from dedup.index.index import Index
from dedup.index.index_filter import Sieve
from dedup.index.item_fields import Fields, Where
from dedup.index.result import IndexMatches
from dedup.index.stores.protocol import Id
from dedup.text.packed import pack

T = TypeVar("T")
OnDuplicate = Callable[[Any, Id, float], object]
BATCH = 256
CHARACTERS = 1 << 24  # that are read ahead, however many items they are


@dataclass(frozen=True, slots=True)
class Asked:
    """What a stream is filtered by."""

    sieve: Sieve
    fields: Fields
    batch: int
    on_duplicate: OnDuplicate | None

    @classmethod
    def of(
        cls,
        sieve: Sieve,
        text: Where,
        id: Where,  # noqa: A002
        batch: object,
        on_duplicate: OnDuplicate | None,
    ) -> Self:
        """Check what was asked for.

        Raises
        ------
        ConfigError
            When a parameter is of another kind.
        """
        if not isinstance(batch, int) or isinstance(batch, bool) or batch < 1:
            raise ConfigError.of("batch", f"must be a whole number from 1 on, got {batch!r}")
        if on_duplicate is not None and not callable(on_duplicate):
            raise ConfigError.of("on_duplicate", f"must be a function, got {on_duplicate!r}")
        return cls(sieve, Fields.of(text, id), batch, on_duplicate)


@dataclass(slots=True)
class Batch(Generic[T]):
    """Items that were read, and are not in the index yet."""

    items: list[T] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)
    ids: list[Id | None] = field(default_factory=list)
    characters: int = 0


class Passage(Generic[T]):
    """One stream on its way through an index."""

    def __init__(self, asked: Asked, index: Index) -> None:
        self._asked, self._index = asked, index
        self._read = 0  # items of the stream
        self._batch, self._waiting = Batch[T](), Batch[T]()
        self._matches: IndexMatches | None = None
        self._handed = 0  # items of the batch that were handed over, or left out

    def read(self, item: T) -> bool:
        """Take an item of the stream; return whether it is time to decide."""
        fields, batch, number = self._asked.fields, self._waiting, self._read
        text, name = fields.text_of(item, number), fields.id_of(item, number)
        batch.items.append(item)
        batch.texts.append(text)
        batch.ids.append(name)
        batch.characters += len(text or "")
        self._read += 1
        return len(batch.items) >= self._asked.batch or batch.characters >= CHARACTERS

    @property
    def waits(self) -> bool:
        """Whether something was read that is not decided."""
        return bool(self._waiting.items)

    def admit(self) -> None:
        """Add what was read to the index."""
        batch, self._waiting = self._waiting, Batch()
        texts = pack(batch.texts)
        names: list[Id] | None = None
        if self._asked.fields.id is not None:
            names = [name for name in batch.ids if name is not None]
        elif self._asked.sieve.index is None:  # gone with the stream
            names = list(range(self._read - len(batch.items), self._read))
        self._matches = self._asked.sieve.add(self._index, texts, names)
        self._batch, self._handed = batch, 0

    def passing(self) -> Iterator[T]:
        """Yield the items of the batch that come through; tell of the others."""
        matches = self._matches
        assert matches is not None, "nothing was added before"
        passes = self._asked.sieve.passes(matches).tolist()
        for place, item in enumerate(self._batch.items):
            self._handed = place + 1
            if passes[place]:
                yield item
                continue
            witness = matches.witness[place]
            assert witness is not None, "a copy has a witness"
            if self._asked.on_duplicate is not None:
                self._asked.on_duplicate(item, witness, float(matches.similarity[place]))

    def take_back(self) -> None:
        """Remove from the index what it has of this stream and nobody was handed."""
        matches, first = self._matches, self._handed
        if matches is None or first == len(matches):
            return
        left = zip(matches.ids[first:], matches.keep[first:].tolist(), strict=True)
        self._handed = len(matches)
        self._index.remove({name for name, added in left if added and name is not None})
