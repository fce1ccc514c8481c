"""An index that lasts: texts that were seen, and which of those that come are new."""

import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from typing import Any, Self

from dedup.arrays.columns import check_unit, pack_column
from dedup.arrays.packed import PackedTexts
from dedup.config import Age, ConfigLike, age_in_seconds, check_type, check_whole_number
from dedup.errors import StoreError
from dedup.index import decide, validate, write
from dedup.index.batch import hashed_batches, read_at_once
from dedup.index.check import check
from dedup.index.index_result import IndexCheck, IndexedText, IndexMatches, IndexStats, Neighbor
from dedup.index.stores.opening import is_server, open_store
from dedup.index.stores.records import Id
from dedup.index.stores.store import Store
from dedup.index.write import OnConflict
from dedup.text.wording import format_count

SHOWN = 10  # ids in a warning


class Index:
    """The texts seen so far, to find which new ones repeat them.

    Each added text is new or repeats a text of the index. However the texts are split into batches,
    the decisions are those of ``deduplicate(keep="first")`` on all of them in the order of arrival.
    A removed text is forgotten: later texts are not compared with it. A text that replaces another
    one under the same id (``on_conflict="update"``) is compared as if it came last.

    Parameters
    ----------
    path
        An SQLite file, created if missing, which several processes may use at once; or, for several
        machines, the address of a PostgreSQL database, as in
        ``postgresql://user@host/database?name=news``. In memory when None.
    config
        The settings, or the name of a preset; when None, the settings of the existing index, or
        ``Config()`` for a new one.
    forget_after
        How long a text is remembered: ``"30d"`` (``s``, ``m``, ``h``, ``d``, ``w``), seconds, or a
        ``timedelta``. For ever when None. Older texts are removed at the next write. A copy that is
        added later does not extend the time.
    timeout
        Seconds to wait while another process writes.
    create
        Whether a missing index is made; else it is an error.
    **overrides
        Single settings, as in ``Index("seen.db", threshold=0.9)``.

    Raises
    ------
    ConfigError
        When a setting is unknown or outside its range, or the index was made with another one.
    StoreError
        When the path holds something else, or an index of another version.
    MissingLibraryError
        When the path is an address of PostgreSQL and psycopg is not installed.

    Notes
    -----
    To change the settings, add what ``export`` yields to a new index.

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
        given = validate.checked_config(config, overrides)
        self._path, self._timeout = path, validate.checked_timeout(timeout)
        self._age = None if forget_after is None else age_in_seconds("forget_after", forget_after)
        self._store: Store = open_store(path, timeout, create=create)
        self._store.on_write_begin = self._forget_old
        try:
            self.config = validate.settled(self._store, given, create=create)
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
    ) -> IndexMatches:
        """Add the texts that are new, and say what the others repeat.

        Parameters
        ----------
        texts
            (n,): as for ``deduplicate``. None, empty texts and texts without a word are always new.
            Lists of tokens in an index that was made with ``unit="token"``.
        ids
            (n,): a name of each text, a string or a whole number. When None an id is made of each
            text (xxh3, 128 bits in hexadecimal digits).
        on_conflict
            What happens to a text under an id that the index has with another text (one with other
            tokens). ``"error"`` raises. With ``"update"`` the text is kept, whatever it resembles,
            and replaces the other one.
        batch
            A name of the batch. The index stores the results of the last 100 named batches. Texts
            that come again under the same batch name, with the same ids, get the result that they
            got the first time; other texts under that name are decided. So a pipeline that was cut
            short behind ``add`` repeats its batch, and loses none.

        Returns
        -------
        IndexMatches
            A text that the index has under its own id with the same tokens repeats itself: its
            witness is its own id. An update is kept; what it repeats under *another* id is its
            witness all the same.

        Raises
        ------
        TextTypeError, InputError
            When ``texts`` is no column of texts, or ``ids`` no names for them, or an id has another
            text and ``on_conflict`` is ``"error"``; nothing is added.
        ConfigError
            When ``on_conflict`` or ``batch`` is none of those.

        Notes
        -----
        All or nothing is added, and when ``add`` returns it is on the disk. Of several processes
        that add at once each waits for the others: of two that bring one story the first one's is
        kept. What was decided before an update stays decided: a text that was removed as a copy of
        the replaced one does not come back.

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
        packed = self._packed(texts)
        names = (
            validate.ids_of_texts(packed) if ids is None else validate.checked_ids(ids, len(packed))
        )
        check_type("on_conflict", on_conflict, OnConflict)
        validate.check_batch(batch)
        batches = hashed_batches(packed, self.config)
        hashed_ahead = [*islice(batches, 0 if batch else 1)]  # while another process may write
        with self._store.writing() as store:
            validate.note_ids(store, keyed=ids is not None)
            addition = write.Addition(store, self.config, on_conflict)
            if batch is not None:
                results = write.add_named(addition, names, packed, batch)
            else:
                results = addition.add(names, chain(hashed_ahead, batches))
        return IndexMatches.of(names, results)

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """Do several things in one step: at the end all are done, or after an error none.

        Others that write wait meanwhile. One within another is a part of it.

        Parameters
        ----------
        keep
            Whether all is done at the end, or undone: to see what would be.

        Raises
        ------
        ConfigError
            When it is within another one, and is to be undone alone.
        StoreError
            When a step of it failed, and the error was caught within: nothing is done then.

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
        """Say what ``add`` would say of each text if it were the next one; add none.

        Parameters
        ----------
        texts
            (n,): as for ``add``. They are not compared with each other.

        Raises
        ------
        TextTypeError
            When ``texts`` is no column of texts.
        """
        packed = self._packed(texts)
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
            Most neighbors of each text, at least 1.

        Returns
        -------
        list of list of Neighbor
            For each text, the id and exact similarity of each text of the index that reaches
            ``threshold``, numeric variants included; ties in the order in which they were added. By
            Jaccard a pair at the threshold is missed with a probability of ``1 - recall``.

        Raises
        ------
        TextTypeError
            When ``texts`` is no column of texts.
        ConfigError
            When ``k`` is no whole number from 1 on.

        Examples
        --------
        >>> index = Index(threshold=0.5)
        >>> story = "The ferry was late again, and nobody on the pier could say why it was so."
        >>> _ = index.add([story], ids=["mon"])
        >>> index.neighbors([story.replace("ferry", "boat"), "Something else."])
        [[Neighbor(id='mon', similarity=0.8333333333333334)], []]
        """
        packed = self._packed(texts)
        k = check_whole_number("k", k, 1)
        with self._store.reading():
            return decide.neighbors(self._store, self.config, packed, k)

    def get(self, id: Id) -> IndexedText | None:  # noqa: A002  what it is called everywhere
        """Return the text that the index has under an id, None where it has none.

        Examples
        --------
        >>> index = Index()
        >>> _ = index.add(["The ferry was late again."], ids=["mon"])
        >>> index.get("mon").text, index.get("tue")
        ('The ferry was late again.', None)
        """
        with self._store.reading():
            name = validate.plain(id)
            rows = self._store.rows_of([name] if validate.is_id(name) else [])
            records = self._store.records([row for row in rows if row is not None])
            return IndexedText.of(records[0], self.config) if records else None

    def remove(self, ids: Iterable[Id]) -> int:
        """Let go of the texts under some ids; return how many there were.

        Ids that the index lacks are none: to remove them again changes nothing.
        """
        names = validate.checked_ids(ids, None)
        with self._store.writing() as store:
            return write.remove(store, {row for row in store.rows_of(names) if row is not None})

    def forget(self, older_than: Age) -> int:
        """Let go of the texts that were added so long ago or earlier; return how many there were.

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

    def _packed(self, texts: object) -> PackedTexts:
        packed = pack_column(texts, allow_tokens=True)
        check_unit(packed, self.config)
        return packed

    def __contains__(self, name: object) -> bool:
        """Tell whether the index has a text under an id."""
        return validate.is_id(name := validate.plain(name)) and self.get(name) is not None

    def __len__(self) -> int:
        """Return how many texts the index has."""
        with self._store.reading():
            return self._store.count()

    def __bool__(self) -> bool:
        """Return True even when it is empty: ``index or ...`` asks whether there is one."""
        return True

    def __iter__(self) -> Iterator[Id]:
        """Yield the ids in the order in which their texts were added."""
        return (item.id for item in self.export())

    def export(self) -> Iterator[IndexedText]:
        """Yield what the index has, in the order in which it was added.

        What is added or removed meanwhile may be among it or not. Damaged texts are left out, and
        a warning at the end says which.

        Examples
        --------
        >>> index = Index()
        >>> _ = index.add(["The ferry was late again."], ids=["mon"])
        >>> [(item.id, item.text) for item in index.export()]
        [('mon', 'The ferry was late again.')]
        """
        start, found, damaged = 0, 0, dict[int, object]()
        while True:
            with self._store.reading():
                some = next(read_at_once(self._store.scan(start, damaged.__setitem__)), [])
                lost = self._store.count() - found  # once all are read
            if not some:
                break
            found += len(some)
            for row, record in some:
                yield IndexedText.of(record, self.config)
                start = row + 1
        if lost > 0:
            ids = [*map(repr, islice(damaged.values(), SHOWN)), *["..."] * (lost > SHOWN)]
            said = (
                f"{format_count(lost, 'damaged text')} left out (ids {', '.join(ids) or 'unknown'})"
            )
            warnings.warn(f"{self._store.name}: {said}: restore a backup", stacklevel=2)

    def check(self) -> IndexCheck:
        """Read all of the index, and say what is wrong.

        Each page and text has a checksum. The numbers of texts, their ids and their posting lists
        have to agree: each text is hashed again for that. Others may add meanwhile; what is checked
        is the index as it was at the beginning.

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
        """Return the index in numbers."""
        with self._store.reading():
            records = (record for _, record in self._store.scan(skip=lambda *_: None))
            oldest = next((IndexedText.of(record, self.config).added for record in records), None)
            keyed = self._store.settings().get("keyed")
            return IndexStats(self._store.count(), self._store.size(), oldest, self.config, keyed)

    def compact(self) -> None:
        """Give back the room of what was removed; others that write wait meanwhile."""
        self._store.compact()

    def close(self) -> None:
        """Let go of the file or the connection; the index is of no use then."""
        self._store.close()

    def __enter__(self) -> Self:
        """Return the index, to be closed at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the index."""
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        """Open the same index in another process."""
        if self._path is None:
            raise TypeError("an index in memory cannot be pickled: give it a path")
        path = self._path if is_server(self._path) else os.path.abspath(self._path)  # noqa: PTH100
        return partial(Index, path, forget_after=self._age, timeout=self._timeout), ()

    def __repr__(self) -> str:
        """Return where it is, and how many texts it has."""
        try:
            return f"<Index: {self._store.name}, {len(self):,} texts>"
        except StoreError:
            return f"<Index: {self._store.name}, which cannot be read>"

    def _forget_old(self, store: Store) -> None:
        if self._age is not None:
            write.forget(store, self._age)
