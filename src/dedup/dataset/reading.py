"""Read all records once: their texts go into the spool, cleaned of what they repeat themselves."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from dedup.columns import packed_of
from dedup.config import Config
from dedup.dataset.options import DatasetOptions
from dedup.dataset.rows import Read, Rows
from dedup.dataset.within import cleaned_fields
from dedup.errors import InputError
from dedup.io.jsonl import dumps
from dedup.io.records import BadRecord, Batch, RecordFormat
from dedup.io.source import Source
from dedup.io.spool import Spool
from dedup.io.tables import TableFile, table_batches
from dedup.records import F64, I64, Flags
from dedup.text.packed import pack

BETWEEN = "\n"  # the texts of two fields


class Reader:
    """Gathers what is known of records, input by input.

    Parameters
    ----------
    spool
        Where the texts go.
    names
        Where the names of records go, if they have any.
    expected
        Bytes of all inputs, about.
    """

    def __init__(
        self,
        options: DatasetOptions,
        config: Config,
        spool: Spool,
        names: Spool | None,
        expected: int,
    ) -> None:
        self._expected = expected
        self._options, self._config = options, config
        self._spool, self._names = spool, names
        self._inputs: list[Read] = []
        self._count = 0
        self._ends: list[I64] = []
        self._text_ends: list[I64] = [np.zeros(1, np.int64)]
        self._name_ends: list[I64] = [np.zeros(1, np.int64)]
        self._missing: list[Flags] = []
        self._bad: list[int] = []
        self._ranks: list[F64] = []
        self._edited: list[int] = []
        self._field_sizes: list[list[int]] = []
        self._blocks: list[int] = []

    def read(self, path: Path, form: RecordFormat, copy: Path | None = None) -> None:
        """Read an input to its end, and copy its bytes to a file if they can be read only once.

        Raises
        ------
        InputError
            When it is damaged, or a record cannot be read and ``on_error`` is ``"fail"``.
        OutputError
            When the disk is full.
        """
        with ExitStack() as stack:
            copied = stack.enter_context(copy.open("wb")) if copy else None
            source = stack.enter_context(Source(path, copied))
            head, rows, bad = self._gather(form.batches(source), source.name)
            self._inputs.append(Read(path, source.fingerprint, head, rows, bad))

    def read_table(self, table: TableFile) -> None:
        """Read a file of rows to its end; errors as for ``read``."""
        batches = table_batches(table, self._options.wanted)
        head, rows, bad = self._gather(batches, str(table.path))
        self._inputs.append(Read(table.path, table.fingerprint, head, rows, bad))

    def _gather(self, batches: Iterator[Batch], name: str) -> tuple[bytes, range, list[BadRecord]]:
        first, bad = self._count, list[BadRecord]()
        head, begin = b"", 0
        for batch in batches:
            head, begin = head + batch.head, begin + len(batch.head)
            for record in batch.bad:
                self._check(record, batch, begin, name)
                bad.append(BadRecord(self._count + record.row, record.line, record.reason))
            self._add(batch)
            begin = int(batch.ends[-1]) if len(batch) else begin
        return head, range(first, self._count), bad

    def _check(self, record: BadRecord, batch: Batch, begin: int, name: str) -> None:
        if self._options.on_error == "fail":
            byte = int(batch.ends[record.row - 1]) if record.row else begin
            raise InputError(
                f"{name}: line {record.line:,} (byte {byte:,}) {record.reason}; mend it, or give "
                "--on-error skip, or quarantine with --quarantine FILE"
            )

    def _add(self, batch: Batch) -> None:
        columns = batch.texts
        if len(columns) > 1:
            columns = [_listed(column) for column in columns]
            packed = pack([_joined(values) for values in zip(*columns, strict=True)])
        else:
            packed = packed_of(columns[0])
        instead: dict[int, bytes] = {}
        if self._options.within:
            for row, fields, blocks in cleaned_fields(
                packed, columns, self._config, self._expected
            ):
                encoded = [(field or "").encode("utf-8", "surrogatepass") for field in fields]
                instead[row] = BETWEEN.encode().join(encoded)
                self._edited.append(self._count + row)
                self._field_sizes.append([len(part) for part in encoded])
                self._blocks.append(blocks)
        self._text_ends.append(self._spool.add(packed, instead))
        self._missing.append(packed.missing)
        self._ends.append(batch.ends)
        self._bad.extend(self._count + record.row for record in batch.bad)
        if batch.ranks is not None:
            self._ranks.append(np.array(batch.ranks))
        if self._names is not None and batch.names is not None:
            names = [dumps(name).decode() for name in batch.names]
            self._name_ends.append(self._names.add(pack(names)))
        self._count += len(batch)

    def rows(self, references: int) -> Rows:
        """Return all that was read; so many of the first inputs are references."""
        missing = np.concatenate(self._missing or [np.zeros(0, np.bool_)])
        bad = np.zeros(self._count, np.bool_)
        bad[self._bad] = True
        named = None
        if self._names is not None:
            named = self._names.packed(np.concatenate(self._name_ends), missing)
        return Rows(
            inputs=self._inputs,
            references=references,
            ends=np.concatenate(self._ends or [np.zeros(0, np.int64)]),
            texts=self._spool.packed(np.concatenate(self._text_ends), missing),
            bad=bad,
            edited=np.array(self._edited, np.int64),
            field_sizes=np.array(self._field_sizes, np.int64),
            blocks=np.array(self._blocks, np.int64),
            ranks=np.concatenate(self._ranks) if self._ranks else None,
            names=named,
        )


def _listed(column: Any) -> list[str | None]:  # noqa: ANN401  one of Arrow
    return column if isinstance(column, list) else list(column.to_pylist())


def _joined(values: tuple[str | None, ...]) -> str | None:
    if all(value is None for value in values):
        return None
    return BETWEEN.join(value or "" for value in values)
