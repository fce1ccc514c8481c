"""``Index``: a persistent index of kept texts, which finds the new texts that repeat them."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from typing import Any, Self

from dedup.arrays.columns import check_unit, pack_column
from dedup.arrays.packed import PackedTexts
from dedup.arrays.progress import NO_PROGRESS, Progress
from dedup.config import Age, ConfigLike, age_in_seconds, check_type, check_whole_number
from dedup.errors import StoreError
from dedup.index import decide, validate, write
from dedup.index.batch import hash_in_batches
from dedup.index.check import check
from dedup.index.index_result import (
    IndexCheck,
    IndexedText,
    IndexMatches,
    IndexStats,
    Neighbor,
)
from dedup.index.indexed_texts import IndexedTexts
from dedup.index.stores.opening import is_server, open_store
from dedup.index.stores.records import Id
from dedup.index.stores.store import Store
from dedup.index.write import OnConflict


class Index(IndexedTexts):
    """An index of kept texts: it finds which new texts repeat them, and adds the remaining ones.

    ``len(index)`` is the number of texts, ``id in index`` asks for an id, and iterating yields all
    ids. ``with Index(path) as index:`` closes it at the end.

    However texts are split into batches, the decisions are those of
    ``deduplicate(keep="first")`` on all texts in the order in which they were added. Later texts
    are not compared with removed ones. An update, a text that replaces another one with the same
    id (``on_conflict="update"``), counts as added last.

    Parameters
    ----------
    path
        An SQLite file, which is created if it is missing and which several processes may use at
        once; or, for several machines, the address of a PostgreSQL database, as in
        ``postgresql://user@host/database?name=news``. When None the index is in memory.
    config
        The settings, or the name of a preset. When None an existing index keeps its settings, and
        a new one has ``Config()``.
    forget_after
        The age at which texts are removed: ``"30d"`` (``s``, ``m``, ``h``, ``d``, ``w``), seconds,
        or a ``timedelta``; never when None. Each write removes older texts first. A copy that is
        added later does not extend the time.
    timeout
        Seconds to wait while another process writes.
    create
        Whether to create a missing index; otherwise it is an error.
    **overrides
        Single settings, as in ``Index("seen.db", threshold=0.9)``.

    Raises
    ------
    ConfigError
        When a setting is unknown or out of range, or the index was made with another value.
    StoreError
        When the path is not an index, or the index has another version.
    MissingLibraryError
        When the path is an address of PostgreSQL and psycopg is not installed.

    Notes
    -----
    To change the settings, add the texts that ``export`` yields to a new index.

    Examples
    --------
    >>> index = Index()
    >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
    >>> index.add([story], ids=["mon"])
    <IndexMatches: 1 of 1 text new>
    >>> index.add([story.upper(), "Something else."], ids=["tue", "wed"]).witness
    ['mon', None]
    >>> "mon" in index, "tue" in index, len(index)
    (True, False, 2)
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        config: ConfigLike | None = None,
        *,
        forget_after: Age | None = None,
        timeout: float = 600.0,
        create: bool = True,
        **overrides: Any,  # noqa: ANN401
    ) -> None:
        wanted = validate.checked_config(config, overrides)
        self._path, self._timeout = path, validate.checked_timeout(timeout)
        self._age = None if forget_after is None else age_in_seconds("forget_after", forget_after)
        self._store = open_store(path, timeout, create=create)
        self._store.on_write_begin = self._forget_old
        try:
            self.config = validate.index_config(self._store, wanted, create=create)
        except BaseException:
            self._store.close()
            raise

    def add(
        self,
        texts: object,
        *,
        ids: Iterable[Id] | None = None,
        on_conflict: OnConflict = "error",
        batch: str | None = None,
        progress: Progress = NO_PROGRESS,
    ) -> IndexMatches:
        """Add the texts that are new, and return what all other texts repeat.

        Parameters
        ----------
        texts
            (n,): a list or column of texts, as for ``deduplicate``; lists of tokens in an index
            with ``unit="token"``. None, empty texts and texts without a word are always new.
        ids
            (n,): an id for each text, a string or a whole number. When None the ids are made from
            the texts (xxh3, 128 bits in hexadecimal digits).
        on_conflict
            What happens if the index has another text, with other tokens, under the same id.
            ``"error"`` raises. ``"update"`` replaces the indexed text; the new text is kept
            whatever it repeats.
        batch
            A name for the batch. The index stores the results of the last 100 named batches. When
            the same texts with the same ids are added again under the name, they get the results
            of the first time; other texts are decided. So a pipeline that was interrupted after
            ``add`` can repeat its batch and loses no text.
        progress
            Receives the number of texts that have been decided.

        Returns
        -------
        IndexMatches
            For each text whether it is kept, and its witness. A text that the index already has
            under the same id with the same tokens is its own witness. An update may have a
            witness under another id.

        Raises
        ------
        TextTypeError, InputError
            When ``texts`` is not a column of texts, ``ids`` does not fit it, or an id has another
            text and ``on_conflict`` is ``"error"``. Nothing is added then.
        ConfigError
            When ``on_conflict`` or ``batch`` has another value.

        Notes
        -----
        ``add`` is one transaction: all texts are on the disk when it returns, or none is added.
        Processes that add at the same time wait for each other; if two add the same story, the
        first is kept. Earlier decisions stay: a text that was removed as a copy of a text that is
        replaced later does not come back.

        Examples
        --------
        >>> index = Index()
        >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
        >>> index.add([story], ids=["mon"])
        <IndexMatches: 1 of 1 text new>
        >>> corrected = story.replace("late", "early")
        >>> index.add([corrected], ids=["mon"], on_conflict="update")
        <IndexMatches: 0 of 1 text new; 1 updated>
        >>> index.get("mon").text == corrected
        True
        """
        packed = self._pack(texts)
        if ids is None:
            text_ids = validate.ids_of_texts(packed)
        else:
            text_ids = validate.checked_ids(ids, len(packed))
        check_type("on_conflict", on_conflict, OnConflict)
        validate.check_batch_name(batch)
        batches = hash_in_batches(packed, self.config)
        hashed_ahead = [*islice(batches, 0 if batch else 1)]  # while another process may write
        with self._store.writing() as store:
            validate.save_id_source(store, keyed=ids is not None)
            addition = write.Addition(store, self.config, on_conflict, progress)
            if batch is not None:
                results = write.add_named(addition, text_ids, packed, batch)
            else:
                results = addition.add(text_ids, chain(hashed_ahead, batches))
        return IndexMatches.of(text_ids, results)

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """Group several changes: at the end all of them are committed, after an error none.

        Other writers wait meanwhile. A transaction within another one is a part of it.

        Parameters
        ----------
        keep
            Whether to commit at the end. With False the changes are rolled back, to see what they
            would do.

        Raises
        ------
        ConfigError
            When ``keep`` is False within another transaction.
        StoreError
            When an operation failed and its error was caught inside: nothing is committed then.

        Examples
        --------
        >>> index = Index()
        >>> with index.transaction(keep=False):
        ...     index.add(["The ferry was late again."], ids=["mon"])
        <IndexMatches: 1 of 1 text new>
        >>> len(index)
        0
        """
        with self._store.writing(keep=keep):
            yield

    def query(self, texts: object) -> IndexMatches:
        """Return for each text what ``add`` would return if it were the next text; add nothing.

        Parameters
        ----------
        texts
            (n,): as for ``add``. They are not compared with each other.

        Raises
        ------
        TextTypeError
            When ``texts`` is not a column of texts.

        Examples
        --------
        >>> index = Index()
        >>> _ = index.add(["The ferry was late again."], ids=["mon"])
        >>> index.query(["The ferry was late again!", "Something else."]).witness
        ['mon', None]
        """
        packed = self._pack(texts)
        with self._store.reading():
            results = decide.query(self._store, self.config, packed)
        return IndexMatches.of([None] * len(packed), results)

    def neighbors(self, texts: object, k: int = 10) -> list[list[Neighbor]]:
        """Return the texts of the index that each text repeats, the most similar first.

        Parameters
        ----------
        texts
            (n,): as for ``add``.
        k
            The most neighbors of each text, at least 1.

        Returns
        -------
        list of list of Neighbor
            For each text the ids and exact similarities of the indexed texts that reach
            ``threshold``, numeric variants included; of equal ones the text that was added first
            comes first. By Jaccard a pair at the threshold is missed with a probability of
            ``1 - recall``.

        Raises
        ------
        TextTypeError
            When ``texts`` is not a column of texts.
        ConfigError
            When ``k`` is not a whole number of at least 1.

        Examples
        --------
        >>> index = Index(threshold=0.5)
        >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
        >>> _ = index.add([story], ids=["mon"])
        >>> index.neighbors([story.replace("ferry", "boat"), "Something else."])
        [[Neighbor(id='mon', similarity=0.8333333333333334)], []]
        """
        packed = self._pack(texts)
        k = check_whole_number("k", k, 1)
        with self._store.reading():
            return decide.neighbors(self._store, self.config, packed, k)

    def remove(self, ids: Iterable[Id]) -> int:
        """Remove the texts with some ids; return how many there were.

        Parameters
        ----------
        ids
            The ids. Those that the index does not have are ignored.

        Examples
        --------
        >>> index = Index()
        >>> _ = index.add(["The ferry was late again."], ids=["mon"])
        >>> index.remove(["mon", "tue"]), len(index)
        (1, 0)
        """
        text_ids = validate.checked_ids(ids, None)
        with self._store.writing() as store:
            return write.remove(store, {row for row in store.rows_of(text_ids) if row is not None})

    def forget(self, older_than: Age) -> int:
        """Remove the texts that have reached an age; return how many there were.

        Parameters
        ----------
        older_than
            The age, as ``forget_after`` of ``Index``.

        Examples
        --------
        >>> index = Index()
        >>> _ = index.add(["The ferry was late again."], ids=[1])
        >>> index.forget("1h"), len(index)
        (0, 1)
        """
        age = age_in_seconds("older_than", older_than)
        with self._store.writing() as store:
            return write.forget(store, age)

    def _pack(self, texts: object) -> PackedTexts:
        packed = pack_column(texts, allow_tokens=True)
        check_unit(packed, self.config)
        return packed

    def check(self) -> IndexCheck:
        """Read the whole index, and return what is damaged.

        Checks the checksum of each page and text, and that the number of texts, the ids and the
        posting lists agree, for which each text is hashed again. Other processes may add texts
        meanwhile; the state at the beginning is checked.

        Examples
        --------
        >>> index = Index()
        >>> _ = index.add(["The ferry was late again."], ids=["mon"])
        >>> index.check()
        IndexCheck(texts=1, problems=())
        """
        with self._store.reading():
            return check(self._store, self.config)

    def stats(self) -> IndexStats:
        """Return the size, age and settings of the index."""
        with self._store.reading():
            records = (record for _, record in self._store.scan(skip=lambda *_: None))
            oldest = next((IndexedText.of(record, self.config).added for record in records), None)
            keyed = self._store.settings().get("keyed")
            return IndexStats(self._store.count(), self._store.size(), oldest, self.config, keyed)

    def compact(self) -> None:
        """Free the space of removed texts; other writers wait meanwhile."""
        self._store.compact()

    def close(self) -> None:
        """Close the file or connection; the index cannot be used any more."""
        self._store.close()

    def __enter__(self) -> Self:
        """Return the index, which is closed at the end of the ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the index."""
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the path: unpickling opens the same index."""
        if self._path is None:
            raise TypeError("an index in memory cannot be pickled: give it a path")
        path = self._path if is_server(self._path) else os.path.abspath(self._path)  # noqa: PTH100
        return partial(Index, path, forget_after=self._age, timeout=self._timeout), ()

    def __repr__(self) -> str:
        """Return the path and the number of texts."""
        try:
            return f"<Index: {self._store.name}, {len(self):,} texts>"
        except StoreError:
            return f"<Index: {self._store.name}, which cannot be read>"

    def _forget_old(self, store: Store) -> None:
        if self._age is not None:
            write.forget(store, self._age)
