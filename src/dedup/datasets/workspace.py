"""The folder of temporary files of a run: locked, and recovered after the run was killed."""

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import xxhash

from dedup.arrays.memory import DiskMemory, Memory
from dedup.datasets.job import Job
from dedup.errors import DedupError, OutputError
from dedup.files.address import Address
from dedup.files.decoding import STDIN
from dedup.files.journal import recover_journal
from dedup.files.listing import is_folder_or_pattern
from dedup.files.location import Location
from dedup.files.spool import Spool
from dedup.files.standard_streams import ignoring_signals, is_stream

try:
    import fcntl
except ImportError:  # Windows: other runs are not detected
    fcntl = None  # type: ignore[assignment]

JOURNAL_NAME, LOCK_NAME = "journal", "lock"  # files in the folder


@dataclass(frozen=True, slots=True)
class Workspace:
    """A job with its temporary files and memory."""

    job: Job
    folder: Path  # of temporary files
    memory: Memory  # allocates large arrays
    spools: ExitStack  # closes them

    def spool(self, name: str) -> Spool:
        """Return a temporary file for texts."""
        return self.spools.enter_context(Spool(self.folder / name, self.memory))


@contextmanager
def open_workspace(job: Job) -> Iterator[Workspace]:
    """Make the folder of temporary files, and remove it at the end.

    Raises
    ------
    OutputError
        When the folder cannot be made, another run uses it, or an earlier run was killed while it
        moved its outputs: then its outputs are completed, and nothing else is done.
    """
    with _temporary_folder(job) as folder, ExitStack() as spools:
        limit, memory = job.options.memory, Memory(folder, job.progress)
        if limit is not None:
            memory = DiskMemory(folder, limit, job.progress)
        yield Workspace(job, folder, memory, spools)


@contextmanager
def _temporary_folder(job: Job) -> Iterator[Path]:
    """Make the folder, named after the output, and recover what a killed run left in it."""
    target, *_ = (*job.target_paths, *job.inputs)
    piped = target == STDIN or STDIN in job.inputs or is_stream(target)
    # The folder around an input may be read-only.
    elsewhere = piped or (is_folder_or_pattern(target) and not job.writes)
    if isinstance(target, Address):
        name, beside = _name(str(target)), None
    else:
        name = _name(str(target.absolute()))
        beside = None if elsewhere else _beside(target, name)
    has_user = os.access in os.supports_effective_ids
    if beside and not job.writes and not os.access(beside, os.W_OK, effective_ids=has_user):
        beside = None
    place = job.options.tmp_dir or beside or Path(gettempdir())
    if not place.is_dir():
        wrong = "is not a folder" if place.exists() else "does not exist; make it"
        separator = "; " if place.exists() else ", or "
        remedy = f"{separator}choose another with tmp_dir=" if job.options.tmp_dir else ""
        raise OutputError(f"{place} {wrong}{remedy}")
    with _temporary_file_errors(place):
        if piped or not job.writes:
            with TemporaryDirectory(prefix=".dedup-", dir=place) as path:
                yield Path(path)
            return
        with ExitStack() as stack:
            with ignoring_signals():
                folder = stack.enter_context(_locked(place / name, target))
                completed = recover_journal(folder / JOURNAL_NAME)
            try:
                if completed:
                    raise OutputError(_completion(job, completed))
                yield folder
            finally:
                with ignoring_signals():
                    (folder / JOURNAL_NAME).unlink(
                        missing_ok=True
                    )  # first: nothing is moved without it
                    shutil.rmtree(folder, ignore_errors=True)


def _completion(job: Job, completed: Sequence[Path]) -> str:
    """Return the message that the outputs of a killed run are complete now, and what to do."""
    more = f" and {len(completed) - 1:,} more" if len(completed) > 1 else ""
    remedy = "To process the inputs, run the command again"
    if job.in_place:
        remedy = "The inputs are clean: do not run the command again"
    elif job.options.ledger or job.options.quarantine:
        remedy = "The outputs are clean; to process other inputs, name another ledger or quarantine"
    return (
        f"{completed[0]}{more}: an earlier run was killed while it moved its outputs; this run has "
        f"completed them and did nothing else. {remedy}"
    )


def _name(target: str) -> str:
    return f".dedup-{xxhash.xxh3_64_hexdigest(os.fsencode(target))}"


def _beside(target: Path, name: str) -> Path:
    """Return the nearest existing folder around an output, or one with files of a killed run."""
    around = [path for path in target.absolute().parents if path.exists()]
    of_killed_run = (path for path in around if (path / name).exists())
    return next(of_killed_run, around[0])


@contextmanager
def _locked(folder: Path, target: Location) -> Iterator[Path]:
    """Make a folder and lock it against other runs; an error names ``target``."""
    try:
        folder.mkdir(exist_ok=True)
        lock = (folder / LOCK_NAME).open("w")
    except BaseException:
        with suppress(OSError):
            folder.rmdir()  # fails if another run has files in it
        raise
    with lock:
        if fcntl is not None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise OutputError(
                    f"{target}: another run writes the same output; wait until it ends"
                ) from error
        yield folder


@contextmanager
def _temporary_file_errors(place: Path) -> Iterator[None]:
    """Raise an OSError below a folder, or without a file name, as an error with the remedy."""
    try:
        yield
    except (DedupError, BrokenPipeError):
        raise
    except OSError as error:
        if error.filename is not None and not Path(error.filename).is_relative_to(place):
            raise
        reason = (error.strerror or str(error)).lower()
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "free space there, or choose another folder" if full else "choose a folder"
        raise OutputError(
            f"cannot write temporary files in {place} ({reason}); {remedy} with tmp_dir="
        ) from error
