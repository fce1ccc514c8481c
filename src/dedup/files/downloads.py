"""Local copies of remote objects: each object is requested once, whatever reads it how often."""

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any, BinaryIO

from dedup.arrays.parallel import Worker, start_workers
from dedup.errors import InputError, OutputError
from dedup.files.address import DOWNLOAD_BYTES, Address
from dedup.files.location import Location

DOWNLOAD_THREADS = 8  # objects that are copied at the same time
POLL_SECONDS_OF_COPY = 0.005  # between two checks whether more bytes have arrived
STOP_SECONDS = 2  # how long the end of a job waits for a thread that copies
COPY_BUFFER_BYTES = 1 << 20


class Download:
    """An object that is copied to a local file, which can be read meanwhile.

    Parameters
    ----------
    address
        The object.
    path
        The local file.
    threads
        The threads, one of which will copy it.
    """

    def __init__(self, address: Address, path: Path, threads: Sequence[Worker]) -> None:
        self.address, self.path, self._threads = address, path, threads
        self.available = 0  # bytes in the file
        self._ended = self._stopped = False
        self._failure: BaseException | None = None

    def run(self) -> None:
        """Copy the object, unless the job has ended."""
        if self._stopped:
            return
        try:
            with self.address.explained():
                self._copy()
        except BaseException as error:  # noqa: BLE001  raised again where the copy is read
            self._failure = error
        finally:
            self._ended = True

    def _copy(self) -> None:
        before = self.address.version()
        with self.address.open_for_copy() as source, self.path.open("wb") as file:
            while not self._stopped and (data := source.read(DOWNLOAD_BYTES)):
                try:
                    file.write(data)
                    file.flush()
                except OSError as error:
                    reason = (error.strerror or str(error)).lower()
                    raise OutputError(
                        f"cannot write temporary files in {self.path.parent} ({reason}); free "
                        "space there, or choose another folder with tmp_dir="
                    ) from error
                self.available += len(data)
        if not self._stopped and self.address.version() != before:
            raise InputError(
                f"{self.address} changed while it was read, so nothing was written; run again when "
                "it is complete"
            )

    def stop(self) -> None:
        """Stop copying."""
        self._stopped = True

    def wait(self, position: int) -> int:
        """Wait until there are bytes at a position; return the bytes in the file, fewer at its end.

        Raises
        ------
        InputError
            When the object cannot be read, or changed.
        OutputError
            When the local file cannot be written.
        """
        while self.available <= position and not self._ended:
            self._wait_a_moment()
        if self._failure is not None and self.available <= position:
            raise self._failure
        return self.available

    def complete(self) -> Path:
        """Wait until the copy is complete, and return its path."""
        while not self._ended:
            self._wait_a_moment()
        if self._failure is not None:
            raise self._failure
        return self.path

    def _wait_a_moment(self) -> None:
        if not any(thread.is_alive for thread in self._threads) and not self._ended:
            raise MemoryError("no thread had the memory to begin")
        sleep(POLL_SECONDS_OF_COPY)

    def open(self) -> BinaryIO:
        """Return the copy as a buffered file; reading waits for what has not arrived yet."""
        self.wait(0)
        return io.BufferedReader(_CopyReader(self), COPY_BUFFER_BYTES)


class _CopyReader(io.RawIOBase):
    """Reads a local copy that may still grow."""

    def __init__(self, download: Download) -> None:
        self._download, self._position = download, 0
        self._file = download.path.open("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  any buffer
        available = self._download.wait(self._position)
        view = memoryview(buffer)[: max(available - self._position, 0)]
        count = self._file.readinto(view) if len(view) else 0
        self._position += count
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset += self._position
        elif whence == io.SEEK_END:
            offset += self._download.complete().stat().st_size
        self._position = self._file.seek(offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


@contextmanager
def local_copies(locations: Iterable[Location], folder: Path) -> Iterator[None]:
    """Copy remote objects to files in a folder, several at a time, while the block reads them.

    Inside the block, ``open`` of these addresses reads the copies.
    """
    addresses = [location for location in locations if isinstance(location, Address)]
    threads: list[Worker] = []
    downloads = {
        address: Download(address, folder / f"download-{number}", threads)
        for number, address in enumerate(dict.fromkeys(addresses))
    }
    try:
        for address in addresses:
            address.copy = downloads[address]
        works = [download.run for download in downloads.values()]
        threads += start_workers(works, DOWNLOAD_THREADS)
        yield
    finally:
        for download in downloads.values():
            download.stop()
        for address in addresses:
            address.copy = None
        # A store that hangs must not delay the end: its thread ends with its request.
        for thread in threads:
            thread.join(STOP_SECONDS)
