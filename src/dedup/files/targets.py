"""Where outputs go: decided, and refused, before anything is read or written."""

import errno
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryFile

from dedup.errors import ConfigError, OutputError
from dedup.files.compression import compression_named, endings
from dedup.files.decoding import STDIN
from dedup.files.staged import StagedFiles, explained, refuse_backup
from dedup.files.standard_streams import is_stream


def names_folder(output: str) -> bool:
    """Tell whether an output is a folder: it is there, or is written with a slash at its end."""
    return Path(output).is_dir() or output.endswith(("/", os.sep))


def plan_targets(
    inputs: Sequence[Path], output: str, names: Sequence[str] | None = None
) -> list[Path]:
    """Return the output file of each input.

    Parameters
    ----------
    inputs
        The input files, ``-`` for standard input.
    output
        A file for one input; a folder for several. One input goes into a folder, too,
        when that exists or is written with a slash at its end.
    names
        What each is called in a folder; its own name when None.

    Raises
    ------
    OutputError
        When several inputs are to go into one file, or one has no name in a folder.

    Examples
    --------
    >>> [path.as_posix() for path in plan_targets([Path("texts/a.txt")], "clean/")]
    ['clean/a.txt']
    """
    folder = Path(output)
    if len(inputs) == 1 and not names_folder(output):
        return [folder]
    if STDIN in inputs:
        raise OutputError("standard input has no file name for a folder; give -o FILE")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file, but several inputs need a folder; give -o FOLDER")
    return [folder / name for name in names or [path.name for path in inputs]]


def refuse_clashes(inputs: Iterable[Path], outputs: Iterable[Path]) -> None:
    """Refuse outputs that are inputs, or each other.

    Raises
    ------
    OutputError
        When a file would be lost.
    """
    sources = {os.path.realpath(path) for path in inputs if path != STDIN}
    seen: set[str] = set()
    for output in outputs:
        place = os.path.realpath(output)
        if place in sources:
            raise OutputError(f"{output}: is an input; choose another place, or --in-place")
        if place in seen and not is_stream(output):
            raise OutputError(f"{output}: two outputs would go there; rename one")
        seen.add(place)


def suffix_to_restore(suffix: str, files: Iterable[Path]) -> str:
    """Return the backup suffix for files that are restored in place: none where a backup exists.

    That is the one from cleaning, and a restored file contains all of the clean one.
    """
    return "" if any(os.path.lexists(f"{file}{suffix}") for file in files) else suffix


def refuse_filled(files: Iterable[Path]) -> None:
    """Refuse ledgers and the like that are there: they may be all that is left of some records.

    Raises
    ------
    OutputError
        When one is not empty.
    """
    for file in files:
        if file.is_file() and file.stat().st_size:
            raise OutputError(f"{file}: exists already; move it, or name another file")


def refuse_unwritable(targets: Iterable[Path]) -> None:
    """Refuse files that cannot be made, before anything is read.

    Raises
    ------
    OutputError
        When one is a folder, or the folder that it would be in takes no files, or its name promises
        a compression that is not written.
    """
    tried: set[Path] = set()
    for target in targets:
        compression_named(target)
        place = Path(os.path.realpath(target))
        if is_stream(target):
            continue
        with explained(target):
            if place.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if place.parent not in tried:
                tried.add(place.parent)
                # Permissions alone say little, to root or on a disk that is read-only.
                TemporaryFile(dir=place.parent, prefix=".dedup-").close()


def refuse_unwritable_folder(folder: Path) -> None:
    """Refuse a folder that takes no files, or cannot be made.

    Raises
    ------
    OutputError
        When it is so.
    """
    with explained(folder):
        around = (path for path in (folder, *folder.absolute().parents) if path.exists())
        TemporaryFile(dir=next(around), prefix=".dedup-").close()


def targets_of_records(  # noqa: PLR0913, PLR0917
    inputs: Sequence[Path],
    output: str,
    names: Sequence[str],
    limit: int | None,
    against: Sequence[Path],
    staged: StagedFiles,
) -> list[Path]:
    """Return where the records of each input go.

    Parameters
    ----------
    output
        A file, ``-`` for standard output; a folder for one file for each input.
    names
        What each is called in a folder.
    limit
        Bytes after which another file is begun; None for no limit.
    against
        Other inputs, of which nothing is written.

    Raises
    ------
    ConfigError, OutputError
        When a file would be lost, or there is no such place.
    """
    path = Path(output)
    if path == STDIN and limit:
        raise ConfigError("--shard-size needs names for its files; give -o FILE, or a folder")
    if not names_folder(output):
        targets = [path]
    elif limit:
        targets = [path / f"part{endings(inputs[0])}"]
    else:
        targets = plan_targets(inputs, output, names)
    refuse_clashes([*inputs, *against], targets)
    if targets != [path]:
        for folder in dict.fromkeys(target.parent for target in targets):
            staged.make_folder(folder)
    return targets * (len(inputs) // len(targets))  # one file for all, or one for each


def backups_in_place(
    inputs: Sequence[Path], suffix: str, limit: int | None, against: Sequence[Path]
) -> list[Path | None]:
    """Return what each input is kept as when its records replace it, None for nothing.

    Parameters
    ----------
    suffix
        What is put behind the names of the inputs that are kept; empty for none.

    Raises
    ------
    ConfigError, OutputError
        When a file would be lost, or an input is no file.
    """
    if STDIN in inputs or limit:
        raise ConfigError("--in-place cannot take standard input or --shard-size")
    backups = [path.with_name(path.name + suffix) for path in inputs] if suffix else []
    refuse_clashes(against, [*inputs, *backups])
    for backup in backups:
        refuse_backup(backup)
    return [*backups] or [None] * len(inputs)
