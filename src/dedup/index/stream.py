"""Streams in, and out of them the items that were not seen before; where these have text and id."""

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from dedup.arrays.array_types import Flags
from dedup.arrays.packed import is_missing, pack
from dedup.config import Config, ConfigLike, check_type, check_whole_number
from dedup.errors import ConfigError, InputError, TextTypeError
from dedup.index.index import Index
from dedup.index.index_result import IndexMatches
from dedup.index.stores.records import Id
from dedup.index.validate import is_id, plain
from dedup.index.write import OnConflict

T = TypeVar("T")
IfSeen = Literal["drop", "keep"]
IndexOrPath = Index | str | os.PathLike[str]
FieldOrFunction = str | Callable[[Any], Any] | None  # where the text or id of an item is
OnDuplicate = Callable[[Any, Id, float], object]
DEFAULT_BATCH_SIZE = 256
MAX_READ_AHEAD_CHARACTERS = 1 << 24  # that are read ahead, however many items they are


def unique(  # noqa: PLR0913  one function, to be read as one sentence
    items: Iterable[T],
    config: ConfigLike | None = None,
    *,
    text: FieldOrFunction = None,
    id: FieldOrFunction = None,  # noqa: A002  what it is called everywhere
    index: IndexOrPath | None = None,
    batch_size: int = DEFAULT_BATCH_SIZE,
    on_duplicate: OnDuplicate | None = None,
    if_seen: IfSeen = "drop",
    on_conflict: OnConflict = "update",
    **overrides: Any,  # noqa: ANN401
) -> Generator[T, None, None]:
    """Yield the items of a stream whose texts are new, in order and unchanged.

    Parameters
    ----------
    items
        Any iterable, of any length.
    config
        The settings, or the name of a preset; those of the index when None.
    text
        Where the text of an item is: the name of a field (of an attribute, if the item is no
        mapping), or a function of the item. When None a string is its own text, and anything else
        has it under ``"text"``. Items whose text is None, empty or without a word come through.
    id
        Where its id is, likewise: a string or a whole number. When None an id is made of the text
        (xxh3, 128 bits in hexadecimal digits), so that a stream can be run again; without an
        ``index`` items are numbered from 0.
    index
        What was seen before, and where to add what is new: an ``Index``, or the path or address of
        one, which is opened when the first item is asked for, and closed at the end. When None an
        index in memory, of this stream alone.
    batch_size
        How many items are read before the first of them is decided and yielded, or as many as have
        16 million characters. 1 where each has to come out before the next one is asked for.
    on_duplicate
        Called as ``on_duplicate(item, witness, similarity)`` for each item that is left out, in its
        turn; ``witness`` is the id of what it repeats.
    if_seen
        What happens to an item that the index has under its own id with the same text (the same
        tokens). ``"drop"``: it is dropped, so over all runs it is yielded at most once.
        ``"keep"``: it is yielded again (at least once), so a run that was cut short yields the same
        items when it is started anew. That takes an ``id``, which names one item: if a stream has
        two texts under one id, each replaces the other, and every run yields both.
    on_conflict
        What happens to an item under an id that the index has with another text. With
        ``"update"`` it is yielded, whatever it resembles, and replaces the other one; ``"error"``
        raises.
    **overrides
        Single settings, as in ``unique(items, threshold=0.9)``.

    Raises
    ------
    ConfigError
        When a parameter is unknown or outside its range; at once, before anything is read.
    TextTypeError
        When ``items`` is no iterable, or one text; at once.
    InputError, TextTypeError
        When an item has no such field, or what is there is no text or id; the message says which
        item. Those before it are yielded first, as they are when ``items`` raises.
    StoreError
        When the index cannot be opened or written. Nothing of the batch is added or yielded.

    Notes
    -----
    An item is yielded when the index has it on the disk. If the generator is closed or fails, it
    removes from the index what it added but did not yield; the current item counts as yielded.
    ``items`` itself may have advanced by up to ``batch_size`` items more: to continue, read it from
    its beginning, or use ``batch_size=1``. If the process is killed, or the index is closed first,
    nothing is removed: then the index may have up to ``batch_size`` items that were never yielded,
    and only ``if_seen="keep"`` yields them.

    Examples
    --------
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> stream = [{"url": "a", "text": story}, {"url": "b", "text": story.upper()}]
    >>> [page["url"] for page in unique(stream, id="url")]
    ['a']
    >>> list(unique([story, story.upper()], on_duplicate=lambda *found: print(found[1:])))
    (0, 1.0)
    ['The ferry was late again, and nobody on the pier could say why it was so.']
    """
    check_items(items, Iterable)
    index_filter = IndexFilter(index, config, overrides, id is not None, if_seen, on_conflict)
    return _passing(
        items, StreamBuffer(index_filter, ItemFields(text, id), batch_size, on_duplicate)
    )


@dataclass(frozen=True, slots=True)
class ItemFields:
    """Reads the text and the id of an item.

    Attributes
    ----------
    text
        The name of a field or attribute, or a function of the item; when None a string is its own
        text, and anything else has it under ``"text"``.
    id
        The same; no item has one when None.

    Raises
    ------
    ConfigError
        When one is neither a name nor a function.
    """

    text: FieldOrFunction
    id: FieldOrFunction

    def __post_init__(self) -> None:
        """Refuse what is neither a name nor a function."""
        for name, where in (("text", self.text), ("id", self.id)):
            if not (where is None or isinstance(where, str) or callable(where)):
                raise ConfigError.of(
                    name, f"must be the name of a field, or a function, got {where!r}"
                )

    def text_of(self, item: object, number: int) -> str | None:
        """Return the text of an item, None where it has none.

        Raises
        ------
        InputError
            When it lacks the field.
        TextTypeError
            When what it has is no text.

        Examples
        --------
        >>> ItemFields(None, None).text_of({"text": "The ferry was late."}, 0)
        'The ferry was late.'
        >>> ItemFields("body", None).text_of({"text": "The ferry was late."}, 7)
        Traceback (most recent call last):
            ...
        dedup.errors.InputError: item 7 has no body: say where its text is, as in text="content"
        """
        text = item
        if self.text is not None or not (item is None or isinstance(item, str)):
            text = _read(item, "text" if self.text is None else self.text, number, 'text="content"')
        if is_missing(text):
            return None
        if not isinstance(text, str):
            kind = type(text).__name__
            raise TextTypeError(f"item {number}: its text must be str or None, got {kind}")
        return text

    def id_of(self, item: object, number: int) -> Id | None:
        """Return the id of an item, None where items have none.

        Raises
        ------
        InputError
            When it lacks the field, or what it has is no id.
        """
        if self.id is None:
            return None
        name = plain(_read(item, self.id, number, 'id="url"'))
        if not is_id(name):
            raise InputError(
                f"item {number}: its id must be a string or a whole number, got {name!r}"
            )
        return name


@dataclass(frozen=True, slots=True)
class IndexFilter:
    """Which index lets texts through, and which of them it does.

    Attributes
    ----------
    index
        One that is open, or the path of one; None for one in memory that is made when needed.
    settings, overrides
        The settings that were asked for.
    named
        Whether the texts have ids of their own.
    if_seen
        What happens to a text that the index has under its own id with the same tokens: ``"drop"``
        leaves it out, as any other copy, with ``"keep"`` it comes through again.
    on_conflict
        What happens to a text under an id that another text has, as for ``Index.add``.
    config
        The settings; None where those of the index count.

    Raises
    ------
    ConfigError
        When it cannot be done; the message names the parameter.
    """

    index: IndexOrPath | None = field(repr=False)  # it may have a password
    settings: ConfigLike | None
    overrides: dict[str, Any]
    named: bool
    if_seen: IfSeen
    on_conflict: OnConflict
    config: Config | None = field(init=False)

    def __post_init__(self) -> None:
        """Check what was asked for, before anything is read."""
        asked = self.settings is not None or bool(self.overrides)
        if asked and isinstance(self.index, Index):
            name = "config" if self.settings is not None else next(iter(self.overrides))
            raise ConfigError.of(name, "has no effect on an open index: leave it out")
        config = Config.of(self.settings, self.overrides)
        check_type("if_seen", self.if_seen, IfSeen)
        if self.if_seen == "keep" and not self.named:
            raise ConfigError.of("if_seen", "must be drop without an id: give an id to use keep")
        check_type("on_conflict", self.on_conflict, OnConflict)
        object.__setattr__(self, "config", config if asked else None)

    def opened(self) -> AbstractContextManager[Index]:
        """Open the index, to be closed at the end unless it was open before."""
        if isinstance(self.index, Index):
            return nullcontext(self.index)
        return Index(self.index, self.config)

    def passes(self, matches: IndexMatches) -> Flags:
        """Return which texts come through, (n,) bool."""
        return matches.keep | matches.seen if self.if_seen == "keep" else matches.keep


class StreamBuffer(Generic[T]):
    """Items of a stream: read ahead, decided together, yielded one by one.

    Parameters are those of ``unique``.

    Raises
    ------
    ConfigError
        When one is of another kind.
    """

    index: Index  # once it is open

    def __init__(
        self,
        index_filter: IndexFilter,
        fields: ItemFields,
        batch_size: object,
        on_duplicate: OnDuplicate | None,
    ) -> None:
        if on_duplicate is not None and not callable(on_duplicate):
            raise ConfigError.of("on_duplicate", f"must be a function, got {on_duplicate!r}")
        self.filter, self._fields = index_filter, fields
        self._batch_size = check_whole_number("batch_size", batch_size, 1)
        self._on_duplicate = on_duplicate
        self._count = 0  # items of the stream
        self.pending: list[tuple[T, str | None, Id | None]] = []  # read, and not decided
        self._characters = 0  # of these
        self._items: Sequence[T] = ()  # decided
        self._matches = IndexMatches.of([], [])  # of these
        self._yielded = 0  # items that were yielded or left out

    def read(self, item: T) -> bool:
        """Take an item of the stream; return whether the batch is full."""
        fields, number = self._fields, self._count
        text, name = fields.text_of(item, number), fields.id_of(item, number)
        if name is None and self.filter.index is None:  # the index is gone with the stream
            name = number
        self.pending.append((item, text, name))
        self._characters += len(text or "")
        self._count += 1
        return (
            len(self.pending) >= self._batch_size or self._characters >= MAX_READ_AHEAD_CHARACTERS
        )

    def decide(self) -> None:
        """Add what was read to the index."""
        items, texts, ids = zip(*self.pending, strict=True)
        self.pending, self._characters = [], 0
        names, packed = None if None in ids else ids, pack(texts)
        self._matches = self.index.add(packed, ids=names, on_conflict=self.filter.on_conflict)
        self._items, self._yielded = items, 0

    def passing(self) -> Iterator[T]:
        """Yield the items of the batch that come through; report the others."""
        matches, report = self._matches, self._on_duplicate
        passes = self.filter.passes(matches).tolist()
        for place, item in enumerate(self._items):
            self._yielded = place + 1
            witness = matches.witness[place]
            if passes[place]:
                yield item
            elif report is not None and witness is not None:
                report(item, witness, float(matches.similarity[place]))

    def roll_back(self) -> None:
        """Remove the texts from the index that were added for items that were not yielded."""
        matches, first = self._matches, self._yielded
        left = zip(matches.ids[first:], matches.keep[first:].tolist(), strict=True)
        if names := {name for name, added in left if added and name is not None}:
            self.index.remove(names)


def _passing(items: Iterable[T], buffer: StreamBuffer[T]) -> Generator[T, None, None]:
    with buffer.filter.opened() as buffer.index:
        try:
            for _ in _filled(items, buffer):
                buffer.decide()
                yield from buffer.passing()
        finally:
            buffer.roll_back()


def _filled(items: Iterable[T], buffer: StreamBuffer[T]) -> Iterator[None]:
    """Read items, and say when it is time to decide on them."""
    try:
        for item in items:
            if buffer.read(item):
                yield
    except Exception:
        if buffer.pending:
            yield  # what was read before the error is whole
        raise
    if buffer.pending:
        yield


def check_items(items: object, kind: type) -> None:
    """Refuse what is no stream of items.

    Raises
    ------
    TextTypeError
        When it is one text, a table, or not to be iterated over.
    """
    what = "an iterable" if kind is Iterable else "an asynchronous iterable"
    name = type(items).__name__
    for is_wrong, remedy in (
        (isinstance(items, (str, bytes)), "; wrap it in a list"),
        (isinstance(items, Mapping), "; pass its values()"),
        (hasattr(items, "columns"), "; see dedup.adapters.tables"),
        (not isinstance(items, kind), ""),
    ):
        if is_wrong:
            raise TextTypeError(f"items must be {what} of items, got {name}{remedy}")


def _read(item: Any, where: str | Callable[[Any], Any], number: int, example: str) -> Any:  # noqa: ANN401
    if callable(where):
        return where(item)
    try:
        return item[where] if isinstance(item, Mapping) else getattr(item, where)
    except (KeyError, AttributeError) as error:
        what = example.partition("=")[0]
        wrong = f"item {number} has no {where}: say where its {what} is, as in {example}"
        raise InputError(wrong) from error
