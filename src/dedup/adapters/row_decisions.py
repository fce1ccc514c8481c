"""How the rows of a frame are decided: among each other, or by what an index has."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np

from dedup.adapters.frame_kinds import KINDS, Found, Kind, annotation_schema, kind_of
from dedup.columns import as_python, packed_of
from dedup.config import Keep, Settings
from dedup.errors import ConfigError, InputError, TextTypeError
from dedup.frames import library
from dedup.index.index import Index
from dedup.index.index_filter import IfSeen, IndexFilter, Place
from dedup.index.stores.protocol import Id
from dedup.index.validate import is_id
from dedup.index.write import OnConflict
from dedup.io.records import ANNOTATIONS, RecordError, rank_in
from dedup.matching.deduplicate import deduplicate
from dedup.records import F64
from dedup.text.packed import Packed

KeepOf = Keep | Iterable[Any]


@dataclass(frozen=True, slots=True)
class Decider:
    """How the rows of a frame are decided.

    Attributes
    ----------
    column, id
        The columns of texts and of ids, the latter None for none.
    annotates
        Whether all rows stay and get columns that say what was decided.
    """

    filter: IndexFilter
    column: str
    id: str | None
    keep: KeepOf | None
    annotates: bool

    @classmethod
    def of(  # noqa: PLR0913, PLR0917  the parameters of a public function, in its order
        cls,
        column: str,
        config: Settings | None,
        id: str | None,  # noqa: A002
        index: Place | None,
        keep: KeepOf | None,
        if_seen: IfSeen,
        on_conflict: OnConflict,
        overrides: dict[str, Any],
        *,
        annotates: bool = False,
    ) -> "Decider":
        """Check what was asked for.

        Raises
        ------
        ConfigError
            When it cannot be done.
        """
        if isinstance(keep, str) and not _column_of(keep) and keep not in get_args(Keep):
            choices = ", ".join(get_args(Keep))
            raise ConfigError.of(
                "keep", f"must be one of {choices}, max:COLUMN, min:COLUMN or numbers, got {keep!r}"
            )
        if index is None and if_seen != "drop":
            raise ConfigError.of("if_seen", "has no effect without an index: leave it out")
        index_filter = IndexFilter.of(
            index, config, overrides, named=id is not None, if_seen=if_seen, on_conflict=on_conflict
        )
        asked = cls(index_filter, column, id, keep, annotates)
        if index is not None:
            asked.first_only()
        return asked

    @property
    def wanted(self) -> list[str]:
        """The columns that are read."""
        ranking = _column_of(self.keep) if isinstance(self.keep, str) else ""
        return [*dict.fromkeys(filter(None, (self.column, self.id, ranking)))]

    def first_only(self) -> None:
        """Refuse to keep another copy than the first.

        Raises
        ------
        ConfigError
            When one was asked for.
        """
        if self.keep is not None and not (isinstance(self.keep, str) and self.keep == "first"):
            raise ConfigError.of(
                "keep", "must be first with an index or a reader, as texts come one by one"
            )

    def check(self, kind: Kind, frame: object) -> None:
        """Check that a frame has the columns that are read, and lacks those that it is to get.

        Raises
        ------
        InputError
            When it is otherwise; the message names the column.
        """
        names = kind.names(frame)
        for name in self.wanted:
            if name not in names:
                there = f"there are {', '.join(map(str, names))}" if names else "there are none"
                raise InputError(f"the frame has no column {name!r}; {there}")
            if names.count(name) > 1:
                raise InputError(f"the frame has {names.count(name)} columns {name!r}: rename one")
        for name in ANNOTATIONS if self.annotates else ():
            if name in names:
                raise InputError(f"the frame has a column {name!r} already: rename or drop it")

    def decided(self, frame: Any) -> Any:  # noqa: ANN401
        """Return a frame without the rows that go, or annotated."""
        package, name = kind_of(frame)
        kind = KINDS[package]
        if name == "LazyFrame":
            return self._when_collected(frame)
        self.check(kind, frame)
        if name == "RecordBatchReader":
            self.first_only()
            return self._reader(frame)
        return self.changed(kind, frame, self.found(kind, frame))

    def changed(self, kind: Kind, frame: object, found: Found) -> Any:  # noqa: ANN401
        """Return a frame without the rows that go, or annotated, by what was found."""
        return kind.annotated(frame, found) if self.annotates else kind.rows(frame, found.keep)

    def found(self, kind: Kind, frame: object) -> Found:
        """Decide all rows of a frame that has the columns."""
        if self.filter.index is None:
            return self._among(kind, frame)
        with self.filter.opened() as index:
            return self.against(index, kind, frame, 0)

    def _when_collected(self, frame: Any) -> Any:  # noqa: ANN401
        """Return a lazy frame that is decided whenever it is collected."""
        if self.filter.index is not None:
            raise InputError(
                "a LazyFrame may be collected twice, and the index would see its rows again: "
                "collect() it first"
            )
        kind, empty = KINDS["polars"], library("polars").DataFrame(schema=frame.collect_schema())
        self.check(kind, empty)
        return frame.map_batches(
            self.decided,
            schema=replace(self, keep=None).decided(empty).schema,
            # What is asked of the result must not be asked of what is compared.
            predicate_pushdown=False,
            projection_pushdown=False,
            slice_pushdown=False,
        )

    def _reader(self, reader: Any) -> Any:  # noqa: ANN401
        kind, schema = KINDS["pyarrow"], reader.schema
        for field in annotation_schema(whole=self.whole(kind, reader)) if self.annotates else ():
            schema = schema.append(field)

        def batches() -> Iterator[Any]:
            first = 0
            with self.filter.opened() as index:
                for batch in reader:
                    yield self.changed(kind, batch, self.against(index, kind, batch, first))
                    first += len(batch)

        return library("pyarrow").RecordBatchReader.from_batches(schema, batches())

    def whole(self, kind: Kind, frame: object) -> bool:
        """Tell whether ids are whole numbers."""
        return kind.whole(frame, self.id) if self.id else self.filter.index is None

    def _among(self, kind: Kind, frame: object) -> Found:
        """Compare rows with each other."""
        keep = self.keep
        if isinstance(keep, str) and (column := _column_of(keep)):
            keep = _ranks(as_python(kind.column(frame, column)), column)
            keep = -keep if str(self.keep).startswith("min:") else keep
            keep[np.isnan(keep)] = -np.inf  # what has no number goes first
        result = deduplicate(self._texts(kind, frame), self.filter.config, keep=keep)
        names = self._names(kind, frame, range(len(result.keep))) or ()
        pairs = zip(result.keep.tolist(), result.witness.tolist(), strict=True)
        witness = [None if keep else names[row] for keep, row in pairs]
        return Found(result.keep, witness, result.similarity, self.whole(kind, frame))

    def against(self, index: Index, kind: Kind, frame: object, first: int) -> Found:
        """Compare rows, numbered from ``first``, with what an index has; add what is new."""
        texts = self._texts(kind, frame)
        names = self._names(kind, frame, range(first, first + len(texts)))
        matches = index.add(texts, ids=names, on_conflict=self.filter.on_conflict)
        passes = self.filter.passes(matches)
        # An update that stays may resemble another row; one that is seen again resembles itself.
        shown = zip((~passes | matches.updated).tolist(), matches.witness, strict=True)
        witness = [name if is_shown else None for is_shown, name in shown]
        return Found(passes, witness, matches.similarity, self.whole(kind, frame))

    def _texts(self, kind: Kind, frame: object) -> Packed:
        try:
            return packed_of(kind.column(frame, self.column))
        except (TextTypeError, InputError) as error:
            raise type(error)(f"column {self.column!r}: {error}") from error

    def _names(self, kind: Kind, frame: object, rows: range) -> Sequence[Id] | None:
        """Return the ids of rows, or their numbers; None where an index makes ids of the texts."""
        if self.id is None:
            return rows if self.filter.index is None else None
        names = as_python(kind.column(frame, self.id))
        for row, name in enumerate(names):
            if not is_id(name):
                raise InputError(
                    f"column {self.id!r}: row {row} must have a string or a whole number, got "
                    f"{name!r}"
                )
        return names


def _column_of(keep: str) -> str:
    """Return the column that ranks copies, as in ``max:n``; empty where none does."""
    order, _, column = keep.partition(":")
    return column if order in ("max", "min") else ""


def _ranks(values: Sequence[Any], column: str) -> F64:
    """Return numbers, and dates as seconds; NaN for nothing."""
    ranks = np.empty(len(values))
    for row, value in enumerate(values):
        missing = value is None or value != value  # NaN, NaT  # noqa: PLR0124
        try:
            ranks[row] = np.nan if missing else rank_in(value, column)
        except RecordError:
            raise InputError(
                f"column {column!r}: row {row} must have a number or a date to rank copies by, got "
                f"{value!r}"
            ) from None
    return ranks
