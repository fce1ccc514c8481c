"""Read all records of inputs, their texts without the blocks that they repeat themselves."""

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
from dedup.datasets.formats.record_format import InputBatch, RecordFields
from dedup.datasets.formats.text_files import FilesSource, TextFiles
from dedup.datasets.inputs import FormatHandler, format_handler
from dedup.datasets.job import Job
from dedup.documents.clean import clean_texts
from dedup.errors import InputError
from dedup.files.decoding import STDIN
from dedup.files.listing import Listing, list_files, total_bytes
from dedup.files.source import InputState, Source

Item = TypeVar("Item")
Output = TypeVar("Output")
QUEUED_RESULTS = 1  # results for each thread, beside the one that it makes


def map_ahead(
    items: Iterator[Item], work: Callable[[Item], Output], threads: int | None
) -> Iterator[Output]:
    """Yield what is made of items, in order, made in other threads where there may be some.

    Where taking an item fails, what is made of those before it comes first.

    Examples
    --------
    >>> list(map_ahead(iter([1, 2, 3]), lambda number: number * number, None))
    [1, 4, 9]
    """
    if threads == 1:
        yield from map(work, items)
        return
    waiting: deque[PendingResult[Output]] = deque()
    failure: Exception | None = None
    threads = threads or available_cores()
    with Workers(threads) as workers:
        while failure is None:
            try:
                waiting.append(workers.submit(partial(work, next(items))))
            except StopIteration:
                break
            except Exception as error:  # noqa: BLE001  raised below
                failure = error
            while len(waiting) > threads * (1 + QUEUED_RESULTS):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    if failure is not None:
        raise failure


FIELD_SEPARATOR = "\n"  # the texts of two fields
UNREAD = InputState(0, "")
STDIN_COPY_NAME = "input"  # of standard input, which can be read only once


@dataclass(slots=True)
class ReadInput:
    """An input: how it is read, and what is known of it once it was."""

    path: Path
    listing: Listing  # the files that it names
    form: FormatHandler
    fields: RecordFields
    copy: Path | None  # where its bytes are copied to as they are read, if anywhere
    head: bytes = b""  # before its first record, which is always written
    tail: bytes = b""  # of an array, behind its last record
    rows: range = range(0)  # the numbers of its records among those of all inputs
    state: InputState = UNREAD


def changed_input_error(name: object) -> InputError:
    """Return what is wrong with an input that is not what it was when it was read."""
    return InputError(
        f"{name}: changed while it was read, so nothing was written; run again when it is complete"
    )


class CleanedRecord(NamedTuple):
    """A text from which blocks were removed."""

    row: int
    fields: list[bytes]  # what is left of each, UTF-8
    blocks: int  # how many went


def edits(
    packed: PackedTexts, fields: list[Any], fixed: Sequence[int], config: Config
) -> Iterator[CleanedRecord]:
    """Yield what is left of the texts that repeat themselves, in their order.

    Each field is cleaned by itself, as ``dedup.clean`` does.

    Parameters
    ----------
    packed
        The rows, with all their fields.
    fields
        The texts of each field, by row; lists where there are several.
    fixed
        The rows that cannot be changed.
    """
    # Which of two copies in a text stays does not depend on which of two texts does.
    config = replace(config.for_blocks, keep="auto")
    count = len(fields)
    if count > 1:
        packed = pack([*chain.from_iterable(zip(*fields, strict=True))])
    unchanged = [count * row + place for row in fixed for place in range(count)]
    left: dict[int, bytes] = {}
    removed = Counter[int]()
    for place, document in clean_texts(packed, config, unchanged):
        left[place] = document.text.encode("utf-8", "surrogatepass")
        removed[place // count] += int((~document.kept).sum())
    for row, blocks in sorted(removed.items()):
        places = range(count * row, count * (row + 1))
        yield CleanedRecord(
            row, [left.get(place, packed.encoded(place) or b"") for place in places], blocks
        )


class ReadBatch(NamedTuple):
    """Records, and what is left of their texts."""

    records: InputBatch
    texts: PackedTexts
    edits: list[CleanedRecord]  # of the texts from which blocks were removed
    sample: Any  # of the texts, where they can be sampled so soon


def inputs_to_read(job: Job, form: FormatHandler, folder: Path | None = None) -> list[ReadInput]:
    """Return the references of a job, which may have any format, and its inputs.

    Parameters
    ----------
    folder
        Where standard input is copied to, if it is read again.
    """
    inputs = []
    for path in job.options.against:
        options = replace(
            job.options, format=detect_format(path), keep="first"
        )  # nothing ranks them
        reads = format_handler(options, reference=True)
        inputs.append(ReadInput(path, list_files(path), reads, options.record_fields, None))
    for path, listing in zip(job.inputs, job.listings, strict=True):
        copy = folder / STDIN_COPY_NAME if folder and path == STDIN else None
        inputs.append(ReadInput(path, listing, form, job.options.record_fields, copy))
    return inputs


def read_inputs(
    inputs: Sequence[ReadInput], job: Job, sample: Callable[[U8, I64], Any] | None = None
) -> Iterator[tuple[ReadInput, ReadBatch]]:
    """Yield all records of inputs, one batch after the other, each with its input.

    The ``rows`` of that input are those of the batches before.

    Parameters
    ----------
    sample
        Samples the texts of a batch.

    Raises
    ------
    InputError
        When an input is damaged, or a record cannot be read and ``on_error`` is ``"fail"``.
    OutputError
        When the disk is full.
    """
    sizes = [0 if read.path == STDIN else total_bytes(read.listing) for read in inputs]
    job.progress.begin("reading", sum(sizes))
    work = partial(_read_batch, job=job, sample=sample)
    before = row = 0  # bytes and records of the inputs before
    for read, size in zip(inputs, sizes, strict=True):
        read.rows, end = range(row, row), 0
        with ExitStack() as stack:
            source, batches = _opened(read, stack)
            for batch in map_ahead(batches, work, job.options.threads):
                records = batch.records
                read.head, read.tail = read.head + records.head, read.tail + records.tail
                if records.bad and job.options.on_error == "fail":
                    start = end or len(read.head)
                    raise InputError(f"{source.name}: {_complaint(records, read, start)}")
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


def _opened(
    read: ReadInput, stack: ExitStack
) -> tuple[TableFile | FilesSource | Source, Iterator[InputBatch]]:
    """Return an input and its batches."""
    if isinstance(read.form, str):
        table = TableFile(read.path, read.form)
        return table, table_batches(table, read.fields)
    if isinstance(read.form, TextFiles):
        files = FilesSource(read.listing, piped=read.path == STDIN)
        return files, read.form.batches(files)
    copied = stack.enter_context(read.copy.open("wb")) if read.copy else None
    source = stack.enter_context(Source(read.path, copied))
    return source, read.form.batches(source)


def _read_batch(
    batch: InputBatch, job: Job, sample: Callable[[U8, I64], Any] | None = None
) -> ReadBatch:
    columns = batch.texts
    if len(columns) > 1:
        columns = [to_python_list(column) for column in columns]
        packed = pack([_joined(values) for values in zip(*columns, strict=True)])
    else:
        packed = pack_column(columns[0])
    found: list[CleanedRecord] = []
    if job.options.within:
        found = [*edits(packed, columns, batch.fixed, job.config)]
        between = FIELD_SEPARATOR.encode()
        packed = packed.replace_texts({edit.row: between.join(edit.fields) for edit in found})
    sampled = sample(packed.utf8, packed.offsets) if sample and len(packed) else None
    return ReadBatch(batch, packed, found, sampled)


def _complaint(batch: InputBatch, read: ReadInput, start: int) -> str:
    """Say what is wrong with the first bad record of a batch, which begins at a byte."""
    record = batch.bad[0]
    number = len(read.rows) + record.row + 1
    byte = int(batch.ends[record.row - 1]) if record.row else start
    place = record.place or f"record {number:,} (byte {byte:,})"
    remedy = "" if ";" in record.reason else "; fix it"
    return f'{place}: {record.reason}{remedy}, or skip it with on_error="skip"'


def _joined(values: tuple[str | None, ...]) -> str | None:
    if all(value is None for value in values):
        return None
    return FIELD_SEPARATOR.join(value or "" for value in values)
