"""Write a file in a thread, while the caller prepares the bytes that follow."""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from dedup.arrays.parallel import PendingResult, Workers

MIN_WRITE_BYTES = 1 << 20  # that the thread gets at once
MAX_PENDING_BYTES = 1 << 24  # that wait to be written


class WriteBehind:
    """A file whose bytes a thread writes, and compresses if the file does so.

    An error of the thread is raised by a later call of ``write`` or by ``close``.

    Parameters
    ----------
    file
        The file; ``close`` closes it, too.
    writer
        The thread. Several files may share it.
    report
        Is called with the number of bytes that wait to be written, whenever it changes.

    Examples
    --------
    >>> from io import BytesIO
    >>> written = BytesIO()
    >>> with Workers(1) as writer:
    ...     file = WriteBehind(written, writer)
    ...     file.write(b"one ")
    ...     file.write(b"two")
    ...     file.flush()
    >>> written.getvalue()
    b'one two'
    """

    def __init__(
        self,
        file: BinaryIO,
        writer: Workers,
        report: Callable[[int], object] = lambda _: None,
    ) -> None:
        self._file, self._writer, self._report = file, writer, report
        self._gathered: list[bytes | memoryview] = []  # bytes that the thread does not have yet
        self._gathered_bytes = self._pending_bytes = 0
        self._pending: deque[tuple[PendingResult[object], int]] = deque()

    def write(self, data: bytes | memoryview) -> None:
        """Let the thread write bytes; wait while many bytes are not written yet."""
        self._gathered.append(data)
        self._gathered_bytes += len(data)
        if self._gathered_bytes >= MIN_WRITE_BYTES:
            self._submit()
        while self._pending_bytes > MAX_PENDING_BYTES:
            self._wait_for_one()

    def _submit(self) -> None:
        """Hand the gathered bytes to the thread."""
        data, size = b"".join(self._gathered), self._gathered_bytes
        self._pending.append((self._writer.submit(partial(self._file.write, data)), size))
        self._gathered, self._gathered_bytes = [], 0
        self._pending_bytes += size
        self._report(self._pending_bytes)

    def flush(self) -> None:
        """Wait until all bytes are written."""
        self._submit()
        while self._pending:
            self._wait_for_one()

    def close(self) -> None:
        """Wait until all bytes are written, and close the file."""
        self.flush()
        self._file.close()

    def abandon(self) -> None:
        """Close the file after an error, whether or not its bytes are written."""
        self._file.close()

    def _wait_for_one(self) -> None:
        pending, size = self._pending.popleft()
        self._pending_bytes -= size
        pending.result()
        self._report(self._pending_bytes)
