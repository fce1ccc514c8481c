"""Files of text as records: read whole, one after the other, as if they were one input."""

from collections.abc import Iterator

import xxhash

from dedup.datasets.formats.record_format import InputBatch, InputRecord, RecordFields, batched
from dedup.errors import InputError
from dedup.files.decoding import TextFormat, read_bytes
from dedup.files.listing import Listing
from dedup.files.source import InputState

MAX_BATCH_FILES = 1 << 10  # at most, of small ones
TEXT_FILE_FIELDS = RecordFields(name="path")


def add_to_digest(digest: xxhash.xxh3_128, name: str, data: bytes) -> None:
    """Go on with the digest of files by another one: its name and all of its bytes."""
    digest.update(f"{name!a}:{len(data)}:".encode())  # so that no other files read the same
    digest.update(data)


class FilesSource:
    """The files of a listing, read from the first to the last.

    Parameters
    ----------
    piped
        Whether ``-`` in it is standard input, and not a file of that name.
    """

    def __init__(self, listing: Listing, *, piped: bool = False) -> None:
        self.root, self.names = listing
        self.name = str(self.root)
        self.position = 0  # of the next file, were they one
        self._piped = piped
        self._digest = xxhash.xxh3_128()

    def __iter__(self) -> Iterator[tuple[str, bytes | InputError]]:
        """Yield the name of each file and its bytes, or why it cannot be read."""
        for name in self.names:
            try:
                data = read_bytes(self.root / name, piped=self._piped)
            except InputError as error:
                yield name, error
                continue
            add_to_digest(self._digest, name, data)
            self.position += len(data)
            yield name, data

    @property
    def state(self) -> InputState:
        """Of what was read so far, names included."""
        return InputState(self.position, self._digest.hexdigest())


class TextFiles:
    """Reads files of text as records, and changes their texts.

    Parameters
    ----------
    form
        How they are encoded.
    skips
        Whether a file that cannot be read, or is no text in this encoding, is a bad record and no
        error.
    whole_paths
        Whether a record is called by the whole path of its file, not by that below the folder.
    """

    def __init__(self, form: TextFormat, *, skips: bool, whole_paths: bool) -> None:
        self._form, self._skips, self._whole_paths = form, skips, whole_paths

    def batches(self, source: FilesSource) -> Iterator[InputBatch]:
        """Yield all files as records.

        Raises
        ------
        InputError
            When one cannot be read, or is no text.
        """
        return batched(self._records(source), TEXT_FILE_FIELDS, max_records=MAX_BATCH_FILES)

    def _records(self, source: FilesSource) -> Iterator[InputRecord]:
        for name, data in source:
            path = source.root / name
            called = str(path) if self._whole_paths else name
            try:
                if isinstance(data, InputError):
                    raise data
                text = self._form.decode(data, str(path)).text
            except InputError as error:
                if not self._skips:
                    raise InputError(f'{error}; or skip it with on_error="skip"') from error
                yield InputRecord(source.position, reason=str(error), name=called)
            else:
                yield InputRecord(source.position, [text], called)

    def with_text(self, data: bytes, text: str, name: str) -> bytes:
        """Return the bytes of a file with another text, written as its own was."""
        return self._form.decode(data, name).encode(text)
