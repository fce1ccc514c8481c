"""WARC and WET files: records of an archive of the web, written again as the bytes they were."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from dedup.errors import InputError
from dedup.frames import library
from dedup.io.records import (
    BATCH_BYTES,
    BadRecord,
    Batch,
    Fields,
    RecordError,
    listed,
    rank_said,
)
from dedup.io.source import Source
from dedup.io.warc_change import with_content, with_headers
from dedup.io.warc_records import Stretch, header_of, stretches
from dedup.io.warc_text import UTF8, Text, form_of, text_of


class Warc:
    """Reads the records of an archive, and changes the texts of them.

    Parameters
    ----------
    fields
        Which are wanted: the text is the content, the others are headers.

    Raises
    ------
    MissingLibraryError
        When fastwarc or resiliparse is not installed.
    """

    apart = True  # readers begin at any record

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        for name in ("fastwarc.warc", "resiliparse.extract.html2text"):
            library(name)

    def batches(self, source: Source) -> Iterator[Batch]:
        """Yield all records of an input.

        Raises
        ------
        InputError
            When none of the first records has a header that is asked for.
        """
        gathered, start = _Gathered(self._fields), 0
        for stretch in stretches(source):
            gathered.add(stretch)
            if stretch.end - start >= BATCH_BYTES:
                if not start:
                    gathered.check_names(source.name)
                yield gathered.batch()
                gathered, start = _Gathered(self._fields), stretch.end
        if gathered.ends:
            if not start:
                gathered.check_names(source.name)
            yield gathered.batch()

    def take_head(self, head: bytes, name: str) -> None:
        """Do nothing: each record names its fields."""

    def with_texts(self, record: bytes, texts: Mapping[str, str]) -> bytes:
        """Return a record with another text, and the headers that are about it as they are then."""
        (text,) = texts.values()
        _, charset = form_of(header_of(record)[0])
        return with_content(record, text.encode(charset or UTF8))

    def with_fields(self, record: bytes, values: Mapping[str, Any]) -> bytes:
        """Return a record with more headers behind those that it has, none for nothing."""
        return with_headers(record, values)

    def with_names(self, head: bytes, names: Sequence[str]) -> bytes:  # noqa: ARG002
        """Return the head of an input, which names no fields."""
        return head


class _Gathered:
    """Records on their way into a batch."""

    def __init__(self, fields: Fields) -> None:
        self.ends: list[int] = []
        self._fields = fields
        self._texts: list[str | None] = []
        self._names: list[str | None] = []
        self._ranks: list[float] = []
        self._bad: list[BadRecord] = []
        self._fixed: list[int] = []
        self._known: dict[str, None] = {}  # headers, by their names

    def add(self, stretch: Stretch) -> None:
        """Add a record."""
        row = len(self.ends)
        self.ends.append(stretch.end)
        read, name, rank = Text(None), None, 0.0
        try:
            read, name, rank = self._read(stretch)
        except RecordError as error:
            self._bad.append(BadRecord(row, None, str(error)))
        self._texts.append(read.text)
        self._names.append(name)
        self._ranks.append(rank)
        if read.fixed:
            self._fixed.append(row)

    def _read(self, stretch: Stretch) -> tuple[Text, str | None, float]:
        header, wanted = stretch.header, self._fields
        if header is None:
            raise RecordError(stretch.reason)
        self._known |= dict.fromkeys(header.keys())
        name = header.get(wanted.name) if wanted.name else None
        rank = rank_said(header.get(wanted.rank), wanted.rank) if wanted.rank else 0.0
        return text_of(header, stretch.data), name, rank

    def check_names(self, name: str) -> None:
        """Refuse an input whose first records all lack a header: its name must be wrong."""
        known = {header.lower() for header in self._known}
        for flag, field in (("--id-key", self._fields.name), ("--keep", self._fields.rank)):
            if known and field and field.lower() not in known:
                raise InputError(
                    f"{name}: has no header {field} (found: {listed(self._known)}); choose one "
                    f"with {flag}"
                )

    def batch(self) -> Batch:
        """Return what was gathered."""
        return Batch(
            head=b"",
            texts=[self._texts],
            names=self._names if self._fields.name else None,
            ranks=self._ranks if self._fields.rank else None,
            ends=np.array(self.ends, np.int64),
            bad=self._bad,
            fixed=self._fixed,
        )
