"""Remote outputs: they appear when all outputs of a job are complete, or not at all."""

import io
import os
from collections import deque
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from tempfile import mkstemp
from threading import Lock
from time import monotonic
from typing import Any

from dedup.arrays.parallel import PendingResult, Workers, map_parallel, start_workers
from dedup.errors import OutputError
from dedup.files.address import Address
from dedup.files.remote_stores import READ_ONLY, STREAMED_WRITES

PART_BYTES = 1 << 23  # of a multi-part upload
PART_STEP_BYTES = 1 << 18  # Google Storage takes multiples, except at the end
MANY_PARTS = 1000  # after so many parts they grow: a store takes at most 10,000
SEND_THREADS, MAX_WAITING_PARTS = 4, 8
STOP_SENDING_SECONDS, ABORT_SECONDS = 2, 20  # how long the end of a failed job may wait
COMMIT_THREADS = 8  # uploads that are completed at the same time


class Uploads:
    """The remote outputs of a job.

    Parts are sent in threads, those of one object in their order.

    Parameters
    ----------
    folder
        Where local files lie that are sent at the end; the temporary folder of the system when
        None.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._uploads: list[Upload] = []
        self._stack = ExitStack()
        self._workers: Workers | None = None
        self._waiting = deque[PendingResult[None]]()

    def open(self, address: Address, shown: Address | None = None) -> "Upload":
        """Return an object to write to; errors name ``shown``, or its own address when None."""
        return self._added(Upload(address, self._folder, self, shown))

    def add(self, address: Address, data: bytes) -> None:
        """Stage the whole content of an object."""
        with self._added(Upload(address, self._folder)) as upload:
            upload.write(data)

    def _added(self, upload: "Upload") -> "Upload":
        self._uploads.append(upload)
        return upload

    def submit(self, upload: "Upload") -> None:
        """Let a thread send the next part of an object; wait if many parts are waiting.

        Raises
        ------
        OutputError
            When an earlier part could not be sent.
        """
        if self._workers is None:
            self._workers = self._stack.enter_context(Workers(SEND_THREADS, STOP_SENDING_SECONDS))
        while len(self._waiting) >= MAX_WAITING_PARTS:
            self._waiting.popleft().result()
        self._waiting.append(self._workers.submit(upload.send_next))

    def finish(self) -> None:
        """Send everything; no object appears yet.

        Raises
        ------
        OutputError
            When a part cannot be sent.
        """
        for upload in self._uploads:
            upload.close()
        while self._waiting:
            self._waiting.popleft().result()

    def commit(self) -> None:
        """Let all objects appear, one after the other in several threads.

        Raises
        ------
        OutputError
            When the store refuses one. Those before it stay, and a note of the error says how many.
        """
        try:
            map_parallel(
                lambda row: self._uploads[row].commit(), len(self._uploads), COMMIT_THREADS
            )
        except BaseException as error:
            done = [upload.address for upload in self._uploads if upload.is_committed]
            if done:
                count = f"{len(done):,} of {len(self._uploads):,}"
                error.add_note(f"{count} objects were written, as {done[0]}")
            raise

    def close(self, error: BaseException | None) -> None:
        """End the threads, and abort uploads that were not committed."""
        for upload in self._uploads:
            upload.is_stopped = True
        self._stack.__exit__(None if error is None else type(error), error, None)
        # A store that hangs must not delay the end of the job much longer.
        until = monotonic() + ABORT_SECONDS
        works = [upload.discard for upload in self._uploads if not upload.is_committed]
        for thread in start_workers(works, COMMIT_THREADS):
            thread.join(until - monotonic())


class Upload(io.RawIOBase):
    """A remote output that is being written.

    Parameters
    ----------
    address
        The object.
    folder
        Where its local file lies, if it has one.
    uploads
        Sends its parts while it is written, if the store can complete an upload later. A local file
        is sent at the end otherwise, or when None.
    shown
        The address that errors name; that of the object when None.
    """

    def __init__(
        self,
        address: Address,
        folder: Path | None,
        uploads: Uploads | None = None,
        shown: Address | None = None,
    ) -> None:
        refuse_read_only(address)
        self.address, self.is_committed, self.is_stopped = address, False, False
        self._explained = partial((shown or address).explained, OutputError)
        self._uploads, self._size = uploads, 0
        self._path: str | None = None
        self._part, self._parts, self._lock = bytearray(), deque[bytearray](), Lock()
        self._file: Any = None
        if uploads is None or address.scheme not in STREAMED_WRITES:
            self._uploads = None
            descriptor, self._path = mkstemp(prefix=".dedup-", dir=folder)
            self._file = os.fdopen(descriptor, "wb")
        else:
            with address.explained(OutputError):
                self._file = address.store.open(
                    address.path, "wb", block_size=PART_BYTES, autocommit=False
                )

    def writable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the number of bytes written."""
        return self._size

    def write(self, data: Any) -> int:  # noqa: ANN401  any buffer
        """Write some bytes."""
        count = memoryview(data).nbytes
        self._size += count
        if self._uploads is None:
            with self._explained():
                self._file.write(data)
            return count
        self._part += data
        if len(self._part) >= PART_BYTES * max(1, self._size // (MANY_PARTS * PART_BYTES)):
            self._submit(len(self._part) - len(self._part) % PART_STEP_BYTES)
        return count

    def close(self) -> None:
        """Send the rest; the object does not appear yet."""
        if self.closed:
            return
        super().close()
        if self._uploads is None:
            with self._explained():
                self._file.close()
        elif not self.is_stopped:
            self._submit(len(self._part))

    def _submit(self, size: int) -> None:
        """Let a thread send the first bytes that are waiting."""
        assert self._uploads is not None
        self._parts.append(self._part[:size])
        self._part = self._part[size:]
        self._uploads.submit(self)

    def send_next(self) -> None:
        """Send the part that was submitted first, and the end after the last one."""
        with self._lock, self._explained():
            if self.is_stopped:
                return
            part = self._parts.popleft()
            self._file.blocksize = max(len(part), 1)  # one request for the part
            self._file.write(part)
            if self.closed and not self._parts:
                self._file.close()

    def commit(self) -> None:
        """Let the object appear."""
        with self._explained():
            if self._path is None:
                self._file.commit()
            else:
                self.address.store.put_file(self._path, self.address.path)
                Path(self._path).unlink()
        self.is_committed = True

    def discard(self) -> None:
        """Abort the upload."""
        self.is_stopped = True
        super().close()
        with suppress(Exception):  # the first error is reported
            if self._path is not None:
                self._file.close()
                Path(self._path).unlink()
            else:
                self._file.closed = True  # else it would be sent when it is deleted
                self._file.discard()


def refuse_read_only(address: Address) -> None:
    """Raise an error if objects of a store can only be read.

    Raises
    ------
    OutputError
        When they can.
    """
    if address.scheme in READ_ONLY:
        raise OutputError(
            f"{address}: {address.scheme}:// can only be read; choose another output with -o"
        )


def refuse_unwritable_store(folder: Address, target: Address) -> None:
    """Raise an error if objects cannot be written below a folder; nothing appears there.

    The error names ``target``: the folder, or an object in it.

    Stores whose uploads cannot be aborted are not tried.

    Raises
    ------
    OutputError
        When they cannot, for example without access.
    """
    refuse_read_only(target)
    if folder.scheme not in STREAMED_WRITES:
        with target.explained(OutputError):
            _ = folder.store  # its library must be installed
        return
    uploads, error = Uploads(None), None
    try:
        with uploads.open(folder / f".dedup-{os.urandom(6).hex()}", target) as upload:
            upload.write(b"\n")
        uploads.finish()
    except BaseException as failure:
        error = failure
        raise
    finally:
        uploads.close(error)
