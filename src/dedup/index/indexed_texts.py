"""The texts of an open index as a collection: by id, counted, in order, also if it is damaged."""

import warnings
from collections.abc import Iterator
from itertools import islice

from dedup.config import Config
from dedup.index import validate
from dedup.index.batch import batch_records
from dedup.index.index_result import IndexedText
from dedup.index.stores.records import Id
from dedup.index.stores.store import Store
from dedup.text.wording import format_count

MAX_IDS_IN_WARNING = 10


class IndexedTexts:
    """The texts of an open index; ``Index`` adds, compares and removes them."""

    config: Config
    _store: Store

    def get(self, id: Id) -> IndexedText | None:  # noqa: A002  what it is called everywhere
        """Return the text with an id, None if the index has none.

        Examples
        --------
        >>> import dedup
        >>> index = dedup.Index()
        >>> _ = index.add(["The ferry was late again."], ids=["mon"])
        >>> index.get("mon").text, index.get("tue")
        ('The ferry was late again.', None)
        """
        with self._store.reading():
            text_id = validate.plain_id(id)
            rows = self._store.rows_of([text_id] if validate.is_id(text_id) else [])
            records = self._store.records([row for row in rows if row is not None])
            return IndexedText.of(records[0], self.config) if records else None

    def __contains__(self, id: object) -> bool:  # noqa: A002  what it is called everywhere
        """Return whether the index has a text with an id."""
        return validate.is_id(text_id := validate.plain_id(id)) and self.get(text_id) is not None

    def __len__(self) -> int:
        """Return the number of texts."""
        with self._store.reading():
            return self._store.count()

    def __bool__(self) -> bool:
        """Return True, also for an empty index: ``index or ...`` asks whether there is one."""
        return True

    def __iter__(self) -> Iterator[Id]:
        """Yield the ids in the order in which the texts were added."""
        return (item.id for item in self.export())

    def export(self) -> Iterator[IndexedText]:
        """Yield all texts in the order in which they were added.

        Texts that are added or removed meanwhile may be missing. Damaged texts are left out; a
        warning at the end names them.

        Examples
        --------
        >>> import dedup
        >>> index = dedup.Index()
        >>> _ = index.add(["The ferry was late again."], ids=["mon"])
        >>> [(item.id, item.text) for item in index.export()]
        [('mon', 'The ferry was late again.')]
        """
        return _export(self._store, self.config)


def _export(store: Store, config: Config) -> Iterator[IndexedText]:
    """Yield all texts in the order in which they were added; a warning names damaged ones.

    Each batch is read in a transaction of its own, so writers do not wait for the caller.
    """
    start, yielded, damaged_ids = 0, 0, dict[int, object]()
    while True:
        with store.reading():
            records = store.scan(start, damaged_ids.__setitem__)
            batch = next(batch_records(records), [])
            missing = store.count() - yielded  # after the last batch
        if not batch:
            break
        yielded += len(batch)
        for row, record in batch:
            yield IndexedText.of(record, config)
            start = row + 1
    if missing > 0:
        ids = [*map(repr, islice(damaged_ids.values(), MAX_IDS_IN_WARNING))]
        more = ["..."] * (missing > MAX_IDS_IN_WARNING)
        named = ", ".join([*ids, *more]) or "unknown"
        left_out = f"{format_count(missing, 'damaged text')} left out (ids {named})"
        warnings.warn(f"{store.name}: {left_out}: restore a backup", stacklevel=2)
