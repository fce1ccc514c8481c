"""Text files as records: the files of a folder are the records of one input."""

from collections.abc import Iterator

import xxhash

from dedup.arrays.parallel import map_parallel
from dedup.datasets.formats.record_format import InputBatch, InputRecord, RecordFields, batched
from dedup.errors import InputError
from dedup.files.address import Address
from dedup.files.decoding import TextFormat, read_bytes
from dedup.files.listing import Listing
from dedup.files.source import InputState

MAX_BATCH_FILES = 1 << 10  # of small files
READ_AHEAD_FILES = 16  # read at once from a remote store
TEXT_FILE_FIELDS = RecordFields(id="path")


def add_to_digest(digest: xxhash.xxh3_128, name: str, data: bytes) -> None:
    """Add a file to the digest of several files: its name and its bytes."""
    digest.update(f"{name!a}:{len(data)}:".encode())  # the size separates it from the next file
    digest.update(data)


class FilesSource:
    """The files of a listing, read one after the other.

    Parameters
    ----------
    piped
        Whether ``-`` means standard input, and not a file of that name.
    """

    def __init__(self, listing: Listing, *, piped: bool = False) -> None:
        self.root, self.names = listing
        self.name = str(self.root)
        self.position = 0  # bytes of the files read so far
        self._piped = piped
        self._digest = xxhash.xxh3_128()

    def __iter__(self) -> Iterator[tuple[str, bytes | InputError]]:
        """Yield the name of each file and its bytes, or why it cannot be read."""
        for name, data in zip(self.names, self._contents(), strict=True):
            if isinstance(data, InputError):
                yield name, data
                continue
            add_to_digest(self._digest, name, data)
            self.position += len(data)
            yield name, data

    def _contents(self) -> Iterator[bytes | InputError]:
        for first in range(0, len(self.names), READ_AHEAD_FILES):
            names = self.names[first : first + READ_AHEAD_FILES]
            threads = min(len(names), READ_AHEAD_FILES) if isinstance(self.root, Address) else 1
            yield from map_parallel(lambda row: self._content(names[row]), len(names), threads)  # noqa: B023  called now

    def _content(self, name: str) -> bytes | InputError:
        try:
            return read_bytes(self.root / name, piped=self._piped)
        except InputError as error:
            return error

    @property
    def state(self) -> InputState:
        """The size and digest of the files read so far, with their names."""
        return InputState(self.position, self._digest.hexdigest())


class TextFiles:
    """Reads text files as records, and changes their texts.

    Parameters
    ----------
    form
        The encoding of the files.
    skips
        Whether a file that cannot be read or decoded is a bad record. If not, it is an error.
    whole_paths
        Whether the id of a record is the whole path of its file, and not the path in its folder.
    """

    def __init__(self, form: TextFormat, *, skips: bool, whole_paths: bool) -> None:
        self._form, self._skips, self._whole_paths = form, skips, whole_paths

    def batches(self, source: FilesSource) -> Iterator[InputBatch]:
        """Yield all files as records.

        Raises
        ------
        InputError
            When a file cannot be read or decoded.
        """
        return batched(self._records(source), TEXT_FILE_FIELDS, max_records=MAX_BATCH_FILES)

    def _records(self, source: FilesSource) -> Iterator[InputRecord]:
        for name, data in source:
            path = source.root / name
            record_id = str(path) if self._whole_paths else name
            try:
                if isinstance(data, InputError):
                    raise data
                text = self._form.decode(data, str(path)).text
            except InputError as error:
                if not self._skips:
                    raise InputError(
                        f'{error}; or leave out all unreadable files with on_error="skip"'
                    ) from error
                yield InputRecord(source.position, reason=str(error), id=record_id)
            else:
                yield InputRecord(source.position, [text], record_id)

    def with_text(self, data: bytes, text: str, name: str) -> bytes:
        """Return the bytes of a file with another text, in the encoding of the file."""
        return self._form.decode(data, name).encode(text)
