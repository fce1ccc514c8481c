"""Read all records of the inputs; remove the blocks of each text that repeat within the text."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from dedup.arrays.array_types import I64, Flags
from dedup.arrays.packed import PackedTexts, to_utf8
from dedup.arrays.parallel import PendingResult, Workers, available_cores, offsets_of
from dedup.config import Config
from dedup.datasets.formats.arrow_files import TableFile, table_batches
from dedup.datasets.formats.detect import FORMAT_TITLES, detect_format, fitting_format
from dedup.datasets.formats.record_format import (
    InputBatch,
    PendingBatch,
    RecordFields,
    place_and_reason,
)
from dedup.datasets.formats.text_files import FilesSource, TextFiles
from dedup.datasets.inputs import FormatHandler, format_handler
from dedup.datasets.job import Job
from dedup.datasets.lost_parts import encode_removals
from dedup.documents.clean_texts import clean_documents, clean_texts
from dedup.errors import InputError
from dedup.files.decoding import STDIN
from dedup.files.listing import Listing, list_files, total_bytes
from dedup.files.location import Location
from dedup.files.source import InputState, Source
from dedup.ledger.removals import Removal
from dedup.matching.batch_sketcher import BatchSketcher
from dedup.matching.bottom_sketch import SharedHashing

Input = TypeVar("Input")
Output = TypeVar("Output")
QUEUED_RESULTS = 1  # finished results that each thread may have waiting


def map_ahead(
    items: Iterator[Input],
    work: Callable[[Input], Output],
    threads: int | None,
    queued: int = QUEUED_RESULTS,
) -> Iterator[Output]:
    """Yield the result of ``work`` for each item, in order, computed ahead in threads.

    If taking an item fails, the results of all items before it are yielded first.

    Examples
    --------
    >>> list(map_ahead(iter([1, 2, 3]), lambda number: number * number, None))
    [1, 4, 9]
    """
    if threads == 1:
        yield from map(work, items)
        return
    pending: deque[PendingResult[Output]] = deque()
    failure: Exception | None = None
    threads = threads or available_cores()
    with Workers(threads) as workers:
        while failure is None:
            try:
                pending.append(workers.submit(partial(work, next(items))))
            except StopIteration:
                break
            except Exception as error:  # noqa: BLE001  raised below
                failure = error
            while len(pending) > threads * (1 + queued):
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    if failure is not None:
        raise failure


FIELD_SEPARATOR = "\n"  # between the texts of two fields
MAX_LISTED_UNREADABLE = 30
UNREAD = InputState(0, "")
STDIN_COPY_NAME = "input"  # the copy of standard input, which can be read only once


@dataclass(slots=True)
class ReadInput:
    """An input: how it is read, and what reading it has found out so far."""

    path: Location
    listing: Listing  # the files of the input
    handler: FormatHandler
    fields: RecordFields
    copy: Path | None = None  # the file to which standard input is copied
    is_reference: bool = False
    head: bytes = b""  # the bytes before the first record, which are always written
    tail: bytes = b""  # the bytes after the last element of a JSON array
    rows: range = range(0)  # the rows of its records among those of all inputs
    state: InputState = UNREAD
    descriptor: int | None = None  # of the open file, if the core reads its records again
    unreadable: list[str] = field(default_factory=list)  # the first bad records


def changed_input_error(name: object) -> InputError:
    """Return the error for an input that changed between its two reads."""
    return InputError(
        f"{name} changed while it was read, so nothing was written; run again when it is complete"
    )


class CleanedBatch(NamedTuple):
    """The texts of n records with f fields, without the blocks that repeat within a text."""

    fields: PackedTexts  # (n * f,): all fields of a record one after the other
    rows: I64  # (m,): the records that lost blocks, ascending
    removed_blocks: I64  # (m,)
    removals: Sequence[bytes] = ()  # (m,): what each lost, as JSON; none without a ledger


def clean_within(  # noqa: PLR0913
    fields: PackedTexts,
    field_count: int,
    read_only: Sequence[int],
    config: Config,
    shared: SharedHashing | None = None,
    *,
    lists_removals: bool = False,
) -> CleanedBatch:
    """Remove from each text the blocks that repeat within it, as ``dedup.clean`` does.

    Parameters
    ----------
    fields
        n * f texts: all fields of a record one after the other. Each is cleaned separately.
    field_count
        f
    read_only
        The records whose texts cannot be changed.
    shared
        Collects the sketches of the texts as they are before.
    lists_removals
        Whether to describe the removed blocks, for a ledger.
    """
    # Which copy of a block stays within a text does not depend on which record stays.
    config = replace(config.for_blocks, keep="auto")
    skipped = [field_count * row + field for row in read_only for field in range(field_count)]
    cleaned: dict[int, bytes] = {}
    removed = np.zeros(len(fields) // field_count, np.int64)
    removals: defaultdict[int, list[tuple[int, Removal]]] = defaultdict(list)  # by record
    if lists_removals:
        for place, document in clean_documents(fields, config, skipped, shared):
            cleaned[place] = to_utf8(document.text)
            row, field = divmod(place, field_count)
            removed[row] += int((~document.kept).sum())
            removals[row] += [(field, removal) for removal in document.ledger]
    else:
        for place, text in clean_texts(fields, config, skipped, shared):
            cleaned[place] = text.utf8
            removed[place // field_count] += text.removed_blocks
    rows = np.flatnonzero(removed)
    described = [encode_removals(removals[row]) for row in rows.tolist()] if lists_removals else ()
    return CleanedBatch(fields.replace_texts(cleaned), rows, removed[rows], described)


class ReadBatch(NamedTuple):
    """A batch of n records, and their texts without repeated blocks."""

    records: InputBatch
    texts: PackedTexts  # (n,): all fields of a record joined
    cleaned: CleanedBatch
    sketches: list[Any]  # of the texts; empty without a sketcher


def inputs_to_read(job: Job, handler: FormatHandler, folder: Path | None = None) -> list[ReadInput]:
    """Return the references of a job, each in its own format, and then its inputs.

    Parameters
    ----------
    folder
        The folder to which standard input is copied, if it has to be read twice.
    """
    inputs = []
    for path in job.options.against:
        # No field ranks references: they are always kept.
        options = replace(job.options, format=detect_format(path), keep="first")
        reference_handler = format_handler(options, reference=True)
        inputs.append(
            ReadInput(
                path,
                list_files(path),
                reference_handler,
                options.record_fields,
                is_reference=True,
            )
        )
    for path, listing in zip(job.inputs, job.listings, strict=True):
        copy = folder / STDIN_COPY_NAME if folder and path == STDIN else None
        inputs.append(ReadInput(path, listing, handler, job.options.record_fields, copy))
    return inputs


def read_inputs(
    inputs: Sequence[ReadInput],
    job: Job,
    sketcher: BatchSketcher | None = None,
    kept_open: ExitStack | None = None,
) -> Iterator[tuple[ReadInput, ReadBatch]]:
    """Yield all records of the inputs in batches, each with its input.

    While a batch is yielded, ``rows`` of its input are the rows of the batches before it.

    Parameters
    ----------
    sketcher
        Sketches the texts of each batch.
    kept_open
        Closes the files of the inputs whose records the core can read again. Without it they are
        closed after the first reading.

    Raises
    ------
    InputError
        When an input is damaged, or a record cannot be read and ``on_error`` is ``"fail"``.
    OutputError
        When the disk is full.
    """
    sizes = [0 if read.path == STDIN else total_bytes(read.listing) for read in inputs]
    job.progress.begin("reading", sum(sizes))
    work = partial(_read_batch, job=job, sketcher=sketcher)
    before = row = 0  # bytes and records of the previous inputs
    for read, size in zip(inputs, sizes, strict=True):
        read.rows, end, lines = range(row, row), 0, 0
        with _explained_errors(read, size, job), ExitStack() as stack:
            source, batches = _open_input(read, stack, kept_open)
            for batch in map_ahead(batches, work, job.options.threads):
                records = batch.records
                read.head, read.tail = read.head + records.head, read.tail + records.tail
                if records.bad:
                    _list_unreadable(records, read, source.name, end or len(read.head), lines)
                if records.bad and job.options.on_error == "fail":
                    remedy = "" if ";" in records.bad[0].reason else "; fix the record"
                    skip = 'or leave out all unreadable records with on_error="skip"'
                    raise InputError(f"{read.unreadable[0]}{remedy}, {skip}")
                yield read, batch
                row += len(records)
                read.rows = range(read.rows.start, row)
                if len(records):
                    end = int(records.ends[-1])
                lines += records.lines
                if source.position:
                    job.progress.reach(before + source.position)
            read.state = source.state
        before += size or read.state.bytes
        job.progress.reach(before)


@contextmanager
def _explained_errors(read: ReadInput, size: int, job: Job) -> Iterator[None]:
    """Raise an error that says why a file cannot be read, and not that one of its records is bad.

    The file was truncated while it was read, or it has another format.
    """

    def is_truncated() -> bool:
        return not isinstance(read.handler, TextFiles) and total_bytes(read.listing) < size

    try:
        yield
    except InputError as error:
        if is_truncated():
            raise changed_input_error(read.path) from error
        form = None if read.is_reference else job.options.format
        if form is not None and (found := fitting_format(read.path, form)):
            wrong = f"{read.path} is {FORMAT_TITLES[found]}, not {FORMAT_TITLES[form]}"
            raise InputError(f'{wrong}; choose format="{found}"') from error
        raise
    if is_truncated():
        raise changed_input_error(read.path)


def _open_input(
    read: ReadInput, stack: ExitStack, kept_open: ExitStack | None
) -> tuple[TableFile | FilesSource | Source, Iterator[PendingBatch]]:
    """Open an input; return it and an iterator of its batches."""
    if isinstance(read.handler, str):
        table = TableFile(read.path, read.handler)
        return table, table_batches(table, read.fields)
    if isinstance(read.handler, TextFiles):
        files = FilesSource(read.listing, piped=read.path == STDIN)
        return files, read.handler.batches(files)
    copy = stack.enter_context(read.copy.open("w+b")) if read.copy else None
    source = stack.enter_context(Source(read.path, copy))
    if kept_open is not None and read.handler.core_reads_records:
        read.descriptor = source.keep_open(kept_open)
    return source, read.handler.batches(source)


def _read_batch(
    pending: PendingBatch, job: Job, sketcher: BatchSketcher | None = None
) -> ReadBatch:
    batch = pending() if callable(pending) else pending
    fields, count = batch.packed_texts(), batch.field_count
    none = np.zeros(0, np.int64)
    cleaned, shared = CleanedBatch(fields, none, none), None
    if job.options.within:
        # A single field is hashed once, for the search and for the sketch.
        shared = sketcher.shared_hashing() if sketcher and count == 1 else None
        cleaned = clean_within(
            fields, count, batch.read_only, job.config, shared, lists_removals=job.lists_parts
        )
    texts = join_fields(cleaned.fields, count)
    sketches = []
    if sketcher and shared:
        sketches = sketcher.set_aside(shared, cleaned.rows, texts)
    elif sketcher and len(texts):
        sketches = [sketcher(texts.utf8, texts.offsets)]
    return ReadBatch(batch, texts, cleaned, sketches)


def join_fields(fields: PackedTexts, field_count: int) -> PackedTexts:
    r"""Join the texts of each record by line breaks; a record without any text has none.

    Parameters
    ----------
    fields
        n * f texts: all fields of a record one after the other.
    field_count
        f

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> joined = join_fields(pack(["A title", "A body", None, "Untitled", None, None]), 2)
    >>> joined.to_strings(np.arange(3))
    ['A title\nA body', '\nUntitled', None]
    """
    if field_count == 1:
        return fields
    missing: Flags = np.logical_and.reduce(fields.missing.reshape(-1, field_count), axis=1)
    starts = fields.offsets[:-1].reshape(-1, field_count)[~missing, 1:] - fields.offsets[0]
    utf8 = fields.utf8[fields.offsets[0] : fields.offsets[-1]]
    joined = np.insert(utf8, starts.ravel(), ord(FIELD_SEPARATOR))
    lengths = np.diff(fields.offsets).reshape(-1, field_count).sum(1)
    return PackedTexts(joined, offsets_of(lengths + (field_count - 1) * ~missing), missing)


def _list_unreadable(batch: InputBatch, read: ReadInput, name: str, start: int, lines: int) -> None:
    """Add the bad records of a batch to ``read.unreadable``, as many as it has room for.

    Parameters
    ----------
    name
        The input.
    start
        The byte where the batch begins.
    lines
        The number of lines before the batch, if its bad records have line numbers of their own.
    """
    for record in batch.bad[: MAX_LISTED_UNREADABLE - len(read.unreadable)]:
        if isinstance(read.handler, TextFiles):
            read.unreadable.append(record.reason)  # begins with the path of the file
            continue
        line = None if record.line is None else record.line + lines
        number = len(read.rows) + record.row + 1
        byte = int(batch.ends[record.row - 1]) if record.row else start
        place = record._replace(line=line).place or f"record {number:,} (byte {byte:,})"
        read.unreadable.append(f"{name}: {place_and_reason(place, record.reason)}")
