"""``unique``: yields the items of a stream whose texts an index has not seen."""

import os
import reprlib
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
from dedup.index.validate import is_id, plain_id
from dedup.index.write import OnConflict

Item = TypeVar("Item")
IfSeen = Literal["drop", "keep"]
IndexOrPath = Index | str | os.PathLike[str]
FieldOrFunction = str | Callable[[Any], Any] | None  # where an item has its text or id
OnDuplicate = Callable[[Any, Id, float], object]
DEFAULT_BATCH_SIZE = 256  # items
MAX_READ_AHEAD_CHARACTERS = 1 << 24  # of the texts of a batch, however few items it has


def unique(  # noqa: PLR0913  one call reads as one sentence
    items: Iterable[Item],
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
) -> Generator[Item, None, None]:
    """Yield the items of a stream whose texts are new, in order and unchanged.

    Parameters
    ----------
    items
        Any iterable, of any length.
    config
        The settings, or the name of a preset; those of the index when None.
    text
        Where an item has its text: the name of a field (of an attribute, if the item is not a
        mapping), or a function of the item. When None a string is its own text, and other items
        have it under ``"text"``. Items whose text is missing (None, NaN), empty or without a word
        are yielded.
    id
        Where an item has its id, likewise: a string or a whole number. When None the id is made
        from the text (xxh3, 128 bits in hexadecimal digits), so that a stream can be run again;
        without an ``index`` items are numbered from 0.
    index
        The texts seen before, to which new texts are added: an ``Index``, or the path or address of
        one, which is opened at the first item and closed at the end. When None an index in memory,
        for this stream only.
    batch_size
        The number of items that are read before the first of them is decided and yielded; fewer if
        their texts have 16 million characters. With 1 each item is yielded before the next is read.
    on_duplicate
        Called as ``on_duplicate(item, witness, similarity)`` for each item that is not yielded, in
        order; ``witness`` is the id of the text that it repeats.
    if_seen
        What happens to an item that the index already has under the same id with the same text
        (the same tokens). ``"drop"``: it is not yielded, so over all runs each item is yielded at
        most once. ``"keep"``: it is yielded again (at least once), so an interrupted run can be
        repeated and yields the same items. That needs an ``id`` that is unique: two texts with one
        id would replace each other, and each run would yield both.
    on_conflict
        What happens to an item if the index has another text under the same id. ``"update"``: it
        is yielded, whatever it repeats, and replaces the indexed text. ``"error"`` raises.
    **overrides
        Single settings, as in ``unique(items, threshold=0.9)``.

    Raises
    ------
    ConfigError
        When a parameter is unknown or out of range; at once, before an item is read.
    TextTypeError
        When ``items`` is not an iterable, or is a single text; at once.
    InputError, TextTypeError
        When an item lacks a field, or has another type there; the message gives the number of the
        item. Items before it are yielded first, as they are when ``items`` itself raises.
    StoreError
        When the index cannot be opened or written. No item of the batch is added or yielded.

    Notes
    -----
    An item is yielded when the index has it on the disk. If the generator is closed or fails, it
    removes from the index what it added but did not yield; the current item counts as yielded.
    ``items`` itself may have advanced by up to ``batch_size`` items more: to continue, read it from
    its beginning, or use ``batch_size=1``. If the process is killed, or the index is closed first,
    nothing is removed: the index may then have up to ``batch_size`` items that were never yielded,
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
    fields = ItemFields(text, id)
    return _unique(items, StreamBuffer(index_filter, fields, batch_size, on_duplicate))


@dataclass(frozen=True, slots=True)
class ItemFields:
    """Reads the text and the id of an item.

    Attributes
    ----------
    text
        The name of a field or attribute, or a function of the item; when None a string is its own
        text, and other items have it under ``"text"``.
    id
        Likewise; when None items have no ids.

    Raises
    ------
    ConfigError
        When one is neither a string nor a function.
    """

    text: FieldOrFunction
    id: FieldOrFunction

    def __post_init__(self) -> None:
        """Refuse other types."""
        for name, where in (("text", self.text), ("id", self.id)):
            if not (where is None or isinstance(where, str) or callable(where)):
                raise ConfigError.of(
                    name, f"must be the name of a field, or a function, got {where!r}"
                )

    def text_of(self, item: object, number: int) -> str | None:
        """Return the text of an item, None if it is missing.

        Raises
        ------
        InputError
            When the item lacks the field.
        TextTypeError
            When the field has another type.

        Examples
        --------
        >>> ItemFields(None, None).text_of({"text": "The ferry was late."}, 0)
        'The ferry was late.'
        >>> ItemFields("body", None).text_of({"text": "The ferry was late."}, 7)
        Traceback (most recent call last):
            ...
        dedup.errors.InputError: item 7 has no field 'body'; choose one, as in text="content"
        """
        text = item
        if self.text is not None or not (isinstance(item, str) or is_missing(item)):
            text = _read(item, "text" if self.text is None else self.text, number, 'text="content"')
        if is_missing(text):
            return None
        if not isinstance(text, str):
            kind = type(text).__name__
            raise TextTypeError(f"item {number}: its text must be str or None, got {kind}")
        return text

    def id_of(self, item: object, number: int) -> Id | None:
        """Return the id of an item, None if items have no ids.

        Raises
        ------
        InputError
            When the item lacks the field, or the field has another type.
        """
        if self.id is None:
            return None
        item_id = plain_id(_read(item, self.id, number, 'id="url"'))
        if not is_id(item_id):
            raise InputError(
                f"item {number}: its id must be a string of UTF-8 or a whole number of 64 bits, "
                f"got {reprlib.repr(item_id)}"
            )
        return item_id


@dataclass(frozen=True, slots=True)
class IndexFilter:
    """Which index filters texts, and which texts pass.

    Attributes
    ----------
    index
        An open index, or the path or address of one; None for a new index in memory.
    settings, overrides
        The settings of the caller.
    has_ids
        Whether the caller named where items have their ids.
    if_seen
        What happens to a text that the index already has under the same id with the same tokens:
        with ``"drop"`` it does not pass, as any other copy, with ``"keep"`` it passes again.
    on_conflict
        As for ``Index.add``.
    config
        The settings; None to use those of the index.

    Raises
    ------
    ConfigError
        When a parameter is out of range, or two contradict each other.
    """

    index: IndexOrPath | None = field(repr=False)  # it may have a password
    settings: ConfigLike | None
    overrides: dict[str, Any]
    has_ids: bool
    if_seen: IfSeen
    on_conflict: OnConflict
    config: Config | None = field(init=False)

    def __post_init__(self) -> None:
        """Check the parameters before anything is read."""
        if not (self.index is None or isinstance(self.index, (Index, str, os.PathLike))):
            raise ConfigError.of(
                "index",
                f"must be an Index, a file or the address of a server, got {self.index!r}",
            )
        has_settings = self.settings is not None or bool(self.overrides)
        if has_settings and isinstance(self.index, Index):
            name = "config" if self.settings is not None else next(iter(self.overrides))
            raise ConfigError.of(name, f"has no effect on an open index; leave out {name}=")
        config = Config.of(self.settings, self.overrides)
        check_type("if_seen", self.if_seen, IfSeen)
        if self.if_seen == "keep" and not self.has_ids:
            raise ConfigError.of("if_seen", "must be drop without an id: give an id to use keep")
        check_type("on_conflict", self.on_conflict, OnConflict)
        object.__setattr__(self, "config", config if has_settings else None)

    def opened(self) -> AbstractContextManager[Index]:
        """Open the index; at the end it is closed, unless the caller had opened it."""
        if isinstance(self.index, Index):
            return nullcontext(self.index)
        return Index(self.index, self.config)

    def passes(self, matches: IndexMatches) -> Flags:
        """Return which texts pass, (n,) bool."""
        return matches.keep | matches.seen if self.if_seen == "keep" else matches.keep


class StreamBuffer(Generic[Item]):
    """A batch of items of a stream: read ahead, decided together, yielded one by one.

    The parameters are those of ``unique``.

    Raises
    ------
    ConfigError
        When one is out of range.
    """

    index: Index  # set when it is opened

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
        self._count = 0  # items that were read
        self.pending: list[tuple[Item, str | None, Id | None]] = []  # read, not decided yet
        self._characters = 0  # of the pending texts
        self._items: Sequence[Item] = ()  # decided
        self._matches = IndexMatches.of([], [])  # of the decided items
        self._passed = 0  # decided items that were yielded or reported

    def read(self, item: Item) -> bool:
        """Add an item of the stream; return whether the batch is full."""
        fields, number = self._fields, self._count
        text, item_id = fields.text_of(item, number), fields.id_of(item, number)
        if item_id is None and self.filter.index is None:  # no later stream uses this index
            item_id = number
        self.pending.append((item, text, item_id))
        self._characters += len(text or "")
        self._count += 1
        is_long = self._characters >= MAX_READ_AHEAD_CHARACTERS
        return is_long or len(self.pending) >= self._batch_size

    def decide(self) -> None:
        """Add the pending texts to the index."""
        items, texts, item_ids = zip(*self.pending, strict=True)
        self.pending, self._characters = [], 0
        ids, packed = None if None in item_ids else item_ids, pack(texts)
        self._matches = self.index.add(packed, ids=ids, on_conflict=self.filter.on_conflict)
        self._items, self._passed = items, 0

    def passing(self) -> Iterator[Item]:
        """Yield the decided items that pass; report the removed ones to ``on_duplicate``."""
        matches, report = self._matches, self._on_duplicate
        passes = self.filter.passes(matches).tolist()
        for place, item in enumerate(self._items):
            self._passed = place + 1
            witness = matches.witness[place]
            if passes[place]:
                yield item
            elif report is not None and witness is not None:
                report(item, witness, float(matches.similarity[place]))

    def roll_back(self) -> None:
        """Remove the texts that were added, but whose items were not yielded."""
        matches, first = self._matches, self._passed
        remaining = zip(matches.ids[first:], matches.keep[first:].tolist(), strict=True)
        if ids := {item_id for item_id, keep in remaining if keep and item_id is not None}:
            self.index.remove(ids)


def _unique(items: Iterable[Item], buffer: StreamBuffer[Item]) -> Generator[Item, None, None]:
    with buffer.filter.opened() as buffer.index:
        try:
            for _ in _full_batches(items, buffer):
                buffer.decide()
                yield from buffer.passing()
        finally:
            buffer.roll_back()


def _full_batches(items: Iterable[Item], buffer: StreamBuffer[Item]) -> Iterator[None]:
    """Read items into the buffer; yield when its batch is to be decided."""
    try:
        for item in items:
            if buffer.read(item):
                yield
    except Exception:
        if buffer.pending:
            yield  # the items before the error are complete
        raise
    if buffer.pending:
        yield


def check_items(items: object, kind: type) -> None:
    """Refuse items that are not an iterable of the kind.

    Raises
    ------
    TextTypeError
        When ``items`` is a single text, a mapping, a table, or not iterable.
    """
    expected = "an iterable" if kind is Iterable else "an asynchronous iterable"
    name = type(items).__name__
    for is_wrong, remedy in (
        (isinstance(items, (str, bytes)), "; wrap it in a list"),
        (isinstance(items, Mapping), "; pass its values()"),
        (hasattr(items, "columns"), "; see dedup.adapters.tables"),
        (not isinstance(items, kind), ""),
        (getattr(items, "ndim", 1) == 0, " without dimensions"),
    ):
        if is_wrong:
            raise TextTypeError(f"items must be {expected} of items, got {name}{remedy}")


def _read(item: Any, where: str | Callable[[Any], Any], number: int, example: str) -> Any:  # noqa: ANN401
    if callable(where):
        return where(item)
    try:
        return item[where] if isinstance(item, Mapping) else getattr(item, where)
    except (KeyError, AttributeError) as error:
        kind = "" if isinstance(item, Mapping) else f" (it is of type {type(item).__name__})"
        remedy = f"choose one, as in {example}"
        if hasattr(item, "as_py"):
            remedy = "pass the to_pylist() of the pyarrow column"
        missing = f"item {number} has no field {where!r}{kind}; {remedy}"
        raise InputError(missing) from error
