"""WARC and WET files: records of an archive of the web, written again as the bytes they were."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dedup.errors import InputError
from dedup.frames import library
from dedup.io.records import (
    BATCH_BYTES,
    Batch,
    BatchBuilder,
    Fields,
    RecordError,
    lacking,
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
        builder, start, headers = BatchBuilder(self._fields), 0, dict[str, None]()
        for stretch in stretches(source):
            try:
                read, name, rank = self._read(stretch, headers)
            except RecordError as error:
                builder.add_bad(stretch.end, None, error)
            else:
                builder.add(stretch.end, [read.text], name, rank, fixed=read.fixed)
            if stretch.end - start >= BATCH_BYTES:
                if not start:
                    self._check_names(headers, source.name)
                yield builder.batch()
                builder, start = BatchBuilder(self._fields), stretch.end
        if builder.ends:
            if not start:
                self._check_names(headers, source.name)
            yield builder.batch()

    def _read(self, stretch: Stretch, headers: dict[str, None]) -> tuple[Text, str | None, float]:
        """Return the text of a record, its name and its rank; add its headers to all headers."""
        header, wanted = stretch.header, self._fields
        if header is None:
            raise RecordError(stretch.reason)
        headers |= dict.fromkeys(header.keys())
        name = header.get(wanted.name) if wanted.name else None
        rank = rank_said(header.get(wanted.rank), wanted.rank) if wanted.rank else 0.0
        return text_of(header, stretch.data), name, rank

    def _check_names(self, headers: dict[str, None], name: str) -> None:
        """Refuse an input whose first records all lack a header: its name must be wrong."""
        known = {header.lower() for header in headers}
        for flag, field in (("--id-key", self._fields.name), ("--keep", self._fields.rank)):
            if known and field and field.lower() not in known:
                raise InputError(f"{name}: {lacking('header', [field], headers, flag)}")

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
