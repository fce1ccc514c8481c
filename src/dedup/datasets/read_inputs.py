"""Read all records of the inputs; remove the blocks of each text that repeat within the text."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from dedup.arrays.array_types import I64, U8
from dedup.arrays.columns import pack_column, to_python_list
from dedup.arrays.packed import PackedTexts, pack
from dedup.arrays.parallel import PendingResult, Workers, available_cores
from dedup.config import Config
from dedup.datasets.formats.arrow_files import TableFile, table_batches
from dedup.datasets.formats.detect import detect_format
from dedup.datasets.formats.record_format import InputBatch, RecordFields, place_and_reason
from dedup.datasets.formats.text_files import FilesSource, TextFiles
from dedup.datasets.inputs import FormatHandler, format_handler
from dedup.datasets.job import Job
from dedup.documents.clean import clean_texts
from dedup.errors import InputError
from dedup.files.decoding import STDIN
from dedup.files.listing import Listing, list_files, total_bytes
from dedup.files.source import InputState, Source

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
UNREAD = InputState(0, "")
STDIN_COPY_NAME = "input"  # the copy of standard input, which can be read only once


@dataclass(slots=True)
class ReadInput:
    """An input: how it is read, and what reading it has found out so far."""

    path: Path
    listing: Listing  # the files of the input
    handler: FormatHandler
    fields: RecordFields
    copy: Path | None  # the file to which standard input is copied
    head: bytes = b""  # the bytes before the first record, which are always written
    tail: bytes = b""  # the bytes after the last element of a JSON array
    rows: range = range(0)  # the rows of its records among those of all inputs
    state: InputState = UNREAD


def changed_input_error(name: object) -> InputError:
    """Return the error for an input that changed between its two reads."""
    return InputError(
        f"{name} changed while it was read, so nothing was written; run again when it is complete"
    )


class CleanedRecord(NamedTuple):
    """The fields of a record from which repeated blocks were removed."""

    row: int  # in its batch
    fields: list[bytes]  # the cleaned text of each field, UTF-8
    removed_blocks: int


def clean_within(
    packed: PackedTexts, fields: list[Any], read_only: Sequence[int], config: Config
) -> Iterator[CleanedRecord]:
    """Yield the records whose texts have blocks that repeat within the text, cleaned.

    Each field is cleaned separately, as ``dedup.clean`` does.

    Parameters
    ----------
    packed
        (n,) the texts of the records: all fields of a record joined.
    fields
        For each field its n texts; lists if there are several fields.
    read_only
        The rows whose texts cannot be changed.
    """
    # Which copy of a block stays within a text does not depend on which record stays.
    config = replace(config.for_blocks, keep="auto")
    count = len(fields)
    if count > 1:
        packed = pack([*chain.from_iterable(zip(*fields, strict=True))])
    skipped = [count * row + field for row in read_only for field in range(count)]
    cleaned: dict[int, bytes] = {}
    removed = Counter[int]()
    for position, document in clean_texts(packed, config, skipped):
        cleaned[position] = document.text.encode("utf-8", "surrogatepass")
        removed[position // count] += int((~document.kept).sum())
    for row, blocks in sorted(removed.items()):
        positions = range(count * row, count * (row + 1))
        texts = [cleaned.get(position, packed.encoded(position) or b"") for position in positions]
        yield CleanedRecord(row, texts, blocks)


class ReadBatch(NamedTuple):
    """A batch of records, and their texts without repeated blocks."""

    records: InputBatch
    texts: PackedTexts  # (n,) all fields of a record joined
    cleaned: list[CleanedRecord]
    sketches: Any  # of the texts; None without a sketcher


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
            ReadInput(path, list_files(path), reference_handler, options.record_fields, None)
        )
    for path, listing in zip(job.inputs, job.listings, strict=True):
        copy = folder / STDIN_COPY_NAME if folder and path == STDIN else None
        inputs.append(ReadInput(path, listing, handler, job.options.record_fields, copy))
    return inputs


def read_inputs(
    inputs: Sequence[ReadInput], job: Job, sketcher: Callable[[U8, I64], Any] | None = None
) -> Iterator[tuple[ReadInput, ReadBatch]]:
    """Yield all records of the inputs in batches, each with its input.

    While a batch is yielded, ``rows`` of its input are the rows of the batches before it.

    Parameters
    ----------
    sketcher
        Returns the sketches of the texts of a batch; takes their UTF-8 and offsets.

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
        read.rows, end = range(row, row), 0
        with ExitStack() as stack:
            source, batches = _open_input(read, stack)
            for batch in map_ahead(batches, work, job.options.threads):
                records = batch.records
                read.head, read.tail = read.head + records.head, read.tail + records.tail
                if records.bad and job.options.on_error == "fail":
                    start = end or len(read.head)
                    raise InputError(f"{source.name}: {_bad_record_message(records, read, start)}")
                yield read, batch
                row += len(records)
                read.rows = range(read.rows.start, row)
                if len(records):
                    end = int(records.ends[-1])
                if source.position:
                    job.progress.reach(before + source.position)
            read.state = source.state
        before += size or read.state.bytes
        job.progress.reach(before)


def _open_input(
    read: ReadInput, stack: ExitStack
) -> tuple[TableFile | FilesSource | Source, Iterator[InputBatch]]:
    """Open an input; return it and an iterator of its batches."""
    if isinstance(read.handler, str):
        table = TableFile(read.path, read.handler)
        return table, table_batches(table, read.fields)
    if isinstance(read.handler, TextFiles):
        files = FilesSource(read.listing, piped=read.path == STDIN)
        return files, read.handler.batches(files)
    copy = stack.enter_context(read.copy.open("wb")) if read.copy else None
    source = stack.enter_context(Source(read.path, copy))
    return source, read.handler.batches(source)


def _read_batch(
    batch: InputBatch, job: Job, sketcher: Callable[[U8, I64], Any] | None = None
) -> ReadBatch:
    columns = batch.texts
    if len(columns) > 1:
        columns = [to_python_list(column) for column in columns]
        packed = pack([_join_fields(texts) for texts in zip(*columns, strict=True)])
    else:
        packed = pack_column(columns[0])
    cleaned: list[CleanedRecord] = []
    if job.options.within:
        cleaned = [*clean_within(packed, columns, batch.read_only, job.config)]
        separator = FIELD_SEPARATOR.encode()
        texts = {record.row: separator.join(record.fields) for record in cleaned}
        packed = packed.replace_texts(texts)
    sketches = sketcher(packed.utf8, packed.offsets) if sketcher and len(packed) else None
    return ReadBatch(batch, packed, cleaned, sketches)


def _bad_record_message(batch: InputBatch, read: ReadInput, start: int) -> str:
    """Return the message for the first bad record of a batch that begins at a byte."""
    record = batch.bad[0]
    number = len(read.rows) + record.row + 1
    byte = int(batch.ends[record.row - 1]) if record.row else start
    place = record.place or f"record {number:,} (byte {byte:,})"
    remedy = "" if ";" in record.reason else "; fix the record"
    skip = 'or leave out all unreadable records with on_error="skip"'
    return f"{place_and_reason(place, record.reason)}{remedy}, {skip}"


def _join_fields(texts: tuple[str | None, ...]) -> str | None:
    if all(text is None for text in texts):
        return None
    return FIELD_SEPARATOR.join(text or "" for text in texts)
