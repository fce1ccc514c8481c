"""Read all records once: their texts go into the spool, cleaned of what they repeat themselves."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from dedup.arrays.memory import Memory
from dedup.columns import as_python, packed_of
from dedup.config import Config
from dedup.dataset.inputs import Form
from dedup.dataset.job import Job
from dedup.dataset.rows import ARRAYS, Arrays, Part, joined
from dedup.documents.bulk import clean_texts
from dedup.errors import InputError
from dedup.io.listing import Listing, listing_of
from dedup.io.records import Batch, Fields, Unread
from dedup.io.source import Source
from dedup.io.tables import TableFile, table_batches
from dedup.io.text_files import FilesSource, TextFiles
from dedup.kernels.chunks import available_cores
from dedup.kernels.workers import Pending, Workers
from dedup.matching.deduplicate import sampling_for
from dedup.records import I64
from dedup.text.packed import Packed, pack

Given = TypeVar("Given")
Made = TypeVar("Made")
WAITING = 1  # results for each thread, beside the one that it makes


def ahead(
    items: Iterator[Given], work: Callable[[Given], Made], threads: int | None
) -> Iterator[Made]:
    """Yield what is made of items, in order, made in other threads where there may be some.

    Where taking an item fails, what is made of those before it comes first.

    Examples
    --------
    >>> list(ahead(iter([1, 2, 3]), lambda number: number * number, None))
    [1, 4, 9]
    """
    if threads == 1:
        yield from map(work, items)
        return
    waiting: deque[Pending[Made]] = deque()
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
            while len(waiting) > threads * (1 + WAITING):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    if failure is not None:
        raise failure


BETWEEN = "\n"  # the texts of two fields
Add = Callable[[Packed, list[Any] | None], tuple[I64, I64]]
EMPTY = np.zeros(0, np.int64)
NOWHERE = EMPTY, EMPTY  # where texts and names end that are not stored


class Edit(NamedTuple):
    """A text from which blocks were removed."""

    row: int
    fields: list[bytes]  # what is left of each, UTF-8
    blocks: int  # how many went


def edits(
    packed: Packed, fields: list[Any], fixed: Sequence[int], config: Config
) -> Iterator[Edit]:
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
        yield Edit(row, [left.get(place, packed.encoded(place) or b"") for place in places], blocks)


class Reader:
    """Reads inputs, one after the other.

    Parameters
    ----------
    add
        Takes the texts of records, and their names if they have any; returns where each ends.
    memory
        Where samples of texts lie.
    """

    def __init__(self, job: Job, add: Add, memory: Memory) -> None:
        self._options, self._config, self._memory = job.options, job.config, memory
        self._progress, self._before = job.progress, 0  # bytes of the inputs before
        self._add = add
        # Texts are compared as they are read, unless parts of them go first.
        at_once = job.options.across and not job.options.blocks
        self._sample = sampling_for(job.config, memory) if at_once else None
        self.samples: list[Any] = []  # of the texts that were read, where they can be told so soon

    def end_input(self, size: int) -> None:
        """Note that an input of so many bytes was read."""
        self._before += size
        self._progress.reach(self._before)

    def read(
        self,
        path: Path,
        form: Form,
        fields: Fields,
        copy: Path | None = None,
        files: Listing | None = None,
    ) -> Part:
        """Read an input to its end.

        Parameters
        ----------
        fields
            Which are read of a table; other forms know theirs.
        copy
            Where to copy its bytes to, if they can be read only once.
        files
            Of text: the files to read; all that the path names when None.

        Raises
        ------
        InputError
            When it is damaged, or a record cannot be read and ``on_error`` is ``"fail"``.
        OutputError
            When the disk is full.
        """
        head = tail = b""
        read: list[Arrays] = []
        with ExitStack() as stack:
            source: TableFile | FilesSource | Source
            batches: Iterator[Unread]
            if isinstance(form, str):
                source = TableFile(path, form)
                batches = table_batches(source, fields)
            elif isinstance(form, TextFiles):
                source = FilesSource(files or listing_of(path))
                batches = form.batches(source)
            else:
                copied = stack.enter_context(copy.open("wb")) if copy else None
                source = stack.enter_context(Source(path, copied))
                batches = form.batches(source)
            threads = self._options.threads
            for batch, packed, edited, sample in ahead(batches, self._prepared, threads):
                head, tail = head + batch.head, tail + batch.tail
                if batch.bad and self._options.on_error == "fail":
                    raise InputError(f"{source.name}: {_complaint(batch, len(head), read)}")
                read.append(self._stored(batch, packed, edited, sample))
                if source.position:
                    self._progress.reach(self._before + source.position)
            return Part(path, source.fingerprint, head, tail, joined(read))

    def _prepared(self, unread: Unread) -> tuple[Batch, Packed, list[Edit], Any]:
        """Return a batch, what is left of its texts, of which it was removed, and a sample."""
        batch = unread() if callable(unread) else unread
        columns = batch.texts
        if len(columns) > 1:
            columns = [as_python(column) for column in columns]
            packed = pack([_joined(values) for values in zip(*columns, strict=True)])
        else:
            packed = packed_of(columns[0])
        found: list[Edit] = []
        if self._options.within:
            found = [*edits(packed, columns, batch.fixed, self._config)]
            between = BETWEEN.encode()
            packed = packed.with_texts({edit.row: between.join(edit.fields) for edit in found})
        sample = None
        if self._sample is not None and len(packed):
            sample = self._sample(packed.utf8, packed.offsets)
        return batch, packed, found, sample

    def _stored(self, batch: Batch, packed: Packed, edited: list[Edit], sample: Any) -> Arrays:  # noqa: ANN401
        """Put the texts and names of a batch into the spools; return its arrays."""
        self._memory.check()
        if sample is not None:
            self.samples.append(sample)
        text_ends, name_ends = self._add(packed, batch.names)
        columns = {
            "ends": batch.ends,
            "text_ends": text_ends,
            "missing": packed.missing,
            "bad": [record.row for record in batch.bad],
            "fixed": batch.fixed,
            "edited": [edit.row for edit in edited],
            "field_sizes": [size for edit in edited for size in map(len, edit.fields)],
            "blocks": [edit.blocks for edit in edited],
            "ranks": batch.ranks or [],
            "name_ends": name_ends,
        }
        return {name: np.asarray(values, ARRAYS[name]) for name, values in columns.items()}


def _complaint(batch: Batch, head: int, before: Sequence[Arrays]) -> str:
    """Return what is wrong with the first record of a batch that cannot be read."""
    record, earlier = batch.bad[0], [arrays["ends"] for arrays in before]
    number = sum(map(len, earlier)) + record.row + 1
    byte = int(np.concatenate([[head], *earlier, batch.ends])[number - 1])
    place = record.place or f"record {number:,} (byte {byte:,})"
    return (
        f"{place}: {record.reason}; fix it, or leave it out with --on-error skip (or --on-error "
        "quarantine --quarantine FILE)"
    )


def _joined(values: tuple[str | None, ...]) -> str | None:
    if all(value is None for value in values):
        return None
    return BETWEEN.join(value or "" for value in values)
