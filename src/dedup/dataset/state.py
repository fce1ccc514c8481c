"""What a run keeps on the disk while it lasts, so that one that was killed can be gone on with."""

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import xxhash

from dedup.dataset.job import Job
from dedup.dataset.rows import Part
from dedup.errors import ConfigError, DedupError, OutputError
from dedup.index.stores.opening import shown
from dedup.io.listing import known_by, listing_of, names_many
from dedup.io.spool import Spool
from dedup.io.staged import remove_staged
from dedup.io.streams import is_stream, undisturbed
from dedup.io.text import STDIN

try:
    import fcntl
except ImportError:  # Windows: nothing tells whether another run is at work
    fcntl = None  # type: ignore[assignment]

HINT = "what was read is kept: the same command with --resume goes on from there"
OUTPUTS = ("output", "in_place", "backup_suffix", "ledger", "stats", "patterns")
UNIMPORTANT = ("threads", "tmp_dir", "memory")  # options that change nothing of the result


@dataclass(frozen=True, slots=True)
class State:
    """What a run keeps.

    Parameters
    ----------
    folder
        Where.
    token
        What is in the names of staged files, None for anything.
    journal
        Where it is written which files are about to be moved to their places, until all is done;
        None where the run cannot be gone on with.
    """

    folder: Path
    token: str | None = None
    journal: Path | None = None

    def part(self, number: int) -> Path:
        """Return where what is known of an input is kept."""
        return self.folder / f"part-{number:05}.npz"

    def parts(self, texts: Spool, names: Spool) -> list[Part]:
        """Return what is known of the inputs that were read before, as far as it is whole.

        The texts and names of each are in the spools as they were, and are taken up there.
        """
        found: list[Part] = []
        while (path := self.part(len(found))).exists():
            try:
                part = Part.load(path)
            except Exception:  # noqa: BLE001  what a power cut left may fail in any way
                break
            ends = (part.arrays["text_ends"], part.arrays["name_ends"])
            if not all(
                spool.goes_on(int(end[-1]) if len(end) else spool.size, digest)
                for spool, end, digest in zip((texts, names), ends, part.digests, strict=True)
            ):
                break
            found.append(part)
        return found


@contextmanager
def state_of(job: Job) -> Iterator[State]:
    """Make the folder of a run, or go on with one; remove it when all is done.

    Raises
    ------
    ConfigError
        When the run that is to be gone on with was of other inputs or settings.
    OutputError
        When there can be no such folder, or another run uses it.
    """
    target, *_ = (*job.targets, *job.inputs)
    piped = target == STDIN or STDIN in job.inputs or is_stream(target)
    if job.resume and (piped or not job.writes):
        raise ConfigError("--resume needs files: a pipe cannot be read again")
    # Beside a folder that is only looked at may be no place.
    elsewhere = piped or (names_many(target) and not job.writes)
    token = xxhash.xxh3_64_hexdigest(os.fsencode(target.absolute()))
    place = job.options.tmp_dir or (Path(gettempdir()) if elsewhere else _beside(target, token))
    if not place.is_dir():
        wrong = "is not a folder" if place.exists() else "no such folder; make it"
        remedy = ", or name another with --tmp-dir" if job.options.tmp_dir else ""
        raise OutputError(f"{place}: {wrong}{remedy}")
    if piped or not job.writes:
        with _explained(place), TemporaryDirectory(prefix=".dedup-", dir=place) as name:
            yield State(Path(name))
        return
    state = State(place / f".dedup-{token}", token, place / f".dedup-{token}.commit")
    with _locked(state.folder):
        try:
            with _explained(place):
                _begin(job, state)
                yield state
        except BaseException as error:
            kept = isinstance(error, (KeyboardInterrupt, OSError, MemoryError))
            if kept and any(state.folder.glob("part-*.npz")):
                error.add_note(HINT)
            elif not isinstance(error, ResumeError):
                shutil.rmtree(state.folder, ignore_errors=True)
            raise
        with undisturbed():
            shutil.rmtree(state.folder, ignore_errors=True)
            state.journal.unlink(missing_ok=True)  # type: ignore[union-attr]  # just given


def _beside(target: Path, token: str) -> Path:
    """Return the nearest folder around an output, or the one where a run of it left its own."""
    around = [path for path in target.absolute().parents if path.exists()]
    left = (path for path in around if (path / f".dedup-{token}").exists())
    return next(left, around[0])


class ResumeError(ConfigError):
    """A run cannot be gone on with, or has to be; what it keeps stays."""


def _begin(job: Job, state: State) -> None:
    """Check that what the folder has is of this job, or empty it."""
    manifest, known = _manifest(job), state.folder / "manifest.json"
    before = None
    with suppress(OSError, ValueError):
        before = json.loads(known.read_bytes())
    if state.journal is not None and state.journal.exists():
        if not job.resume:
            raise ResumeError(
                "an earlier run was killed while it moved its files into place: give --resume to "
                "finish it"
            )
        return
    for place in job.places:
        remove_staged(place, state.token or "")
    if job.resume and before is not None:
        changed = [name for name, value in manifest.items() if before.get(name) != value]
        if changed:
            raise ResumeError(
                f"--resume: {', '.join(changed)} changed since the run that was interrupted; "
                "leave --resume out to start over"
            )
    else:
        for path in state.folder.iterdir():
            if path.name != "lock":
                path.unlink()
        staged = state.folder / "manifest.tmp"
        staged.write_text(json.dumps(manifest))
        staged.replace(known)


def _manifest(job: Job) -> dict[str, Any]:
    """Return what the result depends on, as JSON has it."""
    from dedup import __version__ as version  # noqa: PLC0415  defined after all imports

    options = {
        name: value for name, value in asdict(job.options).items() if name not in UNIMPORTANT
    }
    if job.options.index is not None:
        options["index"] = shown(job.options.index)  # a password is written to no file
    listings = (*map(listing_of, job.options.against), *job.listings)
    about = {
        "version": version,
        "settings": asdict(job.config),
        "options": options,
        **{name: getattr(job, name) for name in OUTPUTS},
        "inputs": [[str(listing.root), *known_by(listing)] for listing in listings],
    }
    return dict(json.loads(json.dumps(about, default=str)))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Make a folder that no other run uses meanwhile."""
    try:
        with _explained(folder.parent):
            folder.mkdir(exist_ok=True)
            lock = (folder / "lock").open("w")
    except BaseException:
        with suppress(OSError):
            folder.rmdir()  # unless another run has it
        raise
    with lock:
        if fcntl is not None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise OutputError(
                    f"{folder}: another run writes to the same place; wait until it ends"
                ) from error
        yield


@contextmanager
def _explained(place: Path) -> Iterator[None]:
    """Say of what fails below a folder, or names no file, what to do; all else says so itself."""
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
            f"{place}: cannot write temporary files there ({reason}); {remedy} with --tmp-dir"
        ) from error
