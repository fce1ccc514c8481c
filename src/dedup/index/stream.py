"""Streams in, and out of them what was not seen before."""

from collections.abc import Generator, Iterable, Iterator
from typing import Any, TypeVar

from dedup.config import Settings
from dedup.index.index_filter import IfSeen, Place, Sieve
from dedup.index.item_fields import Where, check_items
from dedup.index.stream_buffer import BATCH, Asked, OnDuplicate, Passage
from dedup.index.write import OnConflict

T = TypeVar("T")


def unique(  # noqa: PLR0913  one function, to be read as one sentence
    items: Iterable[T],
    config: Settings | None = None,
    *,
    text: Where = None,
    id: Where = None,  # noqa: A002  what it is called everywhere
    index: Place | None = None,
    batch: int = BATCH,
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
    batch
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
    ``items`` itself may have advanced by up to ``batch`` items more: to continue, read it from its
    beginning, or use ``batch=1``. If the process is killed, or the index is closed first, nothing
    is removed: then the index may have up to ``batch`` items that were never yielded, and only
    ``if_seen="keep"`` yields them.

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
    sieve = Sieve.of(
        index, config, overrides, named=id is not None, if_seen=if_seen, on_conflict=on_conflict
    )
    return _passing(items, Asked.of(sieve, text, id, batch, on_duplicate))


def _passing(items: Iterable[T], asked: Asked) -> Generator[T, None, None]:
    with asked.sieve.opened() as index:
        passage: Passage[T] = Passage(asked, index)
        try:
            for _ in _filled(items, passage):
                passage.admit()
                yield from passage.passing()
        finally:
            passage.take_back()


def _filled(items: Iterable[T], passage: Passage[T]) -> Iterator[None]:
    """Read items, and say when it is time to decide on them."""
    try:
        for item in items:
            if passage.read(item):
                yield
    except Exception:
        if passage.waits:
            yield  # what was read before the error is whole
        raise
    if passage.waits:
        yield
