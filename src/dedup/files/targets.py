"""The paths of outputs: planned and checked before anything is read or written."""

import errno
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryFile

from dedup.errors import ConfigError, OutputError
from dedup.files.address import Address
from dedup.files.compression import compression_from_name, format_endings
from dedup.files.decoding import STDIN
from dedup.files.location import Location, as_location, identities, identity
from dedup.files.staged import StagedFiles
from dedup.files.staged_output import output_errors, refuse_backup, refuse_read_only_file
from dedup.files.standard_streams import is_stream
from dedup.files.uploads import refuse_read_only, refuse_unwritable_store


def is_output_folder(output: str) -> bool:
    """Tell whether an output is a folder: an existing one, or a path that ends with a slash."""
    return output.endswith(("/", os.sep)) or as_location(output).is_dir()


def plan_targets(
    inputs: Sequence[Location], output: str, names: Sequence[str] | None = None
) -> list[Location]:
    """Return the output file of each input.

    Parameters
    ----------
    inputs
        The input files, ``-`` for standard input.
    output
        A file for one input; a folder for several. A folder that exists or ends with a slash is
        also valid for one input.
    names
        The name of each output in a folder; the name of the input when None.

    Raises
    ------
    OutputError
        When several inputs have one output file, or standard input has no name in a folder.

    Examples
    --------
    >>> [path.as_posix() for path in plan_targets([Path("texts/a.txt")], "clean/")]
    ['clean/a.txt']
    """
    folder = as_location(output)
    if len(inputs) == 1 and not is_output_folder(output):
        return [folder]
    if STDIN in inputs:
        raise OutputError(
            "standard input has no file name for a folder; choose a file with -o FILE"
        )
    if folder.exists() and not folder.is_dir():
        wrong = f"{folder} is a file, but several inputs need a folder"
        raise OutputError(f"{wrong}; choose one with -o FOLDER")
    return [folder / name for name in names or [path.name for path in inputs]]


def refuse_clashes(inputs: Iterable[Location | str], outputs: Iterable[Location | str]) -> None:
    """Raise an error if an output is an input, or two outputs have the same path.

    Strings are local paths.

    Raises
    ------
    OutputError
        When a file would be lost.
    """
    sources = {*identities(path for path in inputs if path != STDIN)}
    seen: set[str] = set()
    targets = [*outputs]
    for output, place in zip(targets, identities(targets), strict=True):
        if place in sources:
            remedy = "choose another output; only --in-place replaces an input"
            if isinstance(output, Address):  # no object is replaced in place
                remedy = "choose another address for the output"
            raise OutputError(f"{output} is an input; {remedy}")
        if place in seen and not is_stream(as_location(output)):
            raise OutputError(f"{output}: two outputs have this path; rename one")
        seen.add(place)


def restore_backup_suffix(suffix: str, files: Iterable[Location]) -> str:
    """Return the backup suffix for files that are restored in place, empty if a backup exists.

    An existing backup is the original, kept by cleaning. The cleaned file needs no backup: the
    restored file contains all of it.
    """
    return "" if any(os.path.lexists(f"{file}{suffix}") for file in files) else suffix


def refuse_nonempty_files(files: Iterable[Location]) -> None:
    """Raise an error if a ledger or quarantine file exists: it may have the only copy of records.

    Raises
    ------
    OutputError
        When a file is not empty.
    """
    for file in files:
        if file.is_file() and file.stat().st_size:
            raise OutputError(f"{file} exists already; move it, or name another file")


def refuse_unwritable(targets: Iterable[Location]) -> None:
    """Raise an error if a file cannot be written, before anything is read.

    Raises
    ------
    OutputError
        When a target is a folder or a read-only file, its folder is not writable, or its name has
        the ending of a compression that cannot be written.
    """
    tried: set[Location] = set()
    for target in targets:
        compression_from_name(target)
        if isinstance(target, Address):
            refuse_read_only(target)
            if target.parent not in tried:
                tried.add(target.parent)
                refuse_unwritable_store(target.parent, target)
            continue
        place = Path(os.path.realpath(target))
        if is_stream(target):
            continue
        with output_errors(target):
            if place.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if place.parent not in tried:
                tried.add(place.parent)
                # Permissions are not enough: root ignores them, and a disk may be read-only.
                TemporaryFile(dir=place.parent, prefix=".dedup-").close()
            refuse_read_only_file(place)


def refuse_unwritable_folder(folder: Location) -> None:
    """Raise an error if a folder cannot be written or created.

    Raises
    ------
    OutputError
        When it cannot.
    """
    if isinstance(folder, Address):
        refuse_unwritable_store(folder, folder)
        return
    with output_errors(folder):
        around = (path for path in (folder, *folder.absolute().parents) if path.exists())
        TemporaryFile(dir=next(around), prefix=".dedup-").close()


def plan_record_targets(  # noqa: PLR0913, PLR0917
    inputs: Sequence[Location],
    output: str,
    names: Sequence[str],
    limit: int | None,
    against: Sequence[Location],
    staged: StagedFiles,
) -> list[Location]:
    """Return the output path for the records of each input.

    Parameters
    ----------
    output
        A file, ``-`` for standard output; or a folder, with one file for each input.
    names
        The name of each output in a folder.
    limit
        Uncompressed bytes after which another file is started; None for no limit.
    against
        References: inputs that are only compared, and not written.

    Raises
    ------
    ConfigError, OutputError
        When a file would be lost, or an output cannot be a file.
    """
    path = as_location(output)
    if path == STDIN and limit:
        raise ConfigError("shard_size= needs names for its files; choose an output file or folder")
    if not is_output_folder(output):
        targets: list[Location] = [path]
    elif limit:
        targets = [path / f"part{format_endings(inputs[0])}"]
    else:
        targets = plan_targets(inputs, output, names)
    refuse_clashes([*inputs, *against], targets)
    if limit:
        _refuse_shards([*inputs, *against], targets[0])
    if targets != [path]:
        for folder in dict.fromkeys(target.parent for target in targets):
            staged.make_folder(folder)
    return targets * (len(inputs) // len(targets))  # one file for all, or one for each


def shard_path(target: Location, number: int) -> Location:
    """Return the path of a shard of an output.

    Examples
    --------
    >>> shard_path(Path("clean/news.jsonl.gz"), 7).as_posix()
    'clean/news-00007.jsonl.gz'
    """
    ending = format_endings(target)
    return target.with_name(f"{target.name.removesuffix(ending)}-{number:05}{ending}")


def _refuse_shards(inputs: Iterable[Location], target: Location) -> None:
    """Raise an error if an input has the path that a shard of an output may have."""
    ending = format_endings(target)
    name = re.compile(
        re.escape(target.name.removesuffix(ending)) + "-[0-9]{5,}" + re.escape(ending)
    )
    folder = identity(target.parent)
    for path in inputs:
        for place in {path, as_location(identity(path))}:
            if name.fullmatch(place.name) and identity(place.parent) == folder:
                raise OutputError(f"{path} is an input, and may be a shard; choose another output")


def local_files(paths: Sequence[Location]) -> list[Path]:
    """Return files that can be replaced in place.

    Raises
    ------
    ConfigError
        When one is remote: replacing several objects is not atomic, and they have no backups.
    """
    files = []
    for path in paths:
        if isinstance(path, Address):
            raise ConfigError(
                f"{path}: --in-place replaces only local files; choose an output with -o"
            )
        files.append(path)
    return files


def plan_backups(
    inputs: Sequence[Location], suffix: str, limit: int | None, against: Sequence[Location]
) -> list[Path | None]:
    """Return the backup path of each input that is replaced by its output; None for no backup.

    Parameters
    ----------
    suffix
        Appended to the name of the input; empty for no backups.

    Raises
    ------
    ConfigError, OutputError
        When a file would be lost, or an input is not a file.
    """
    if STDIN in inputs or limit:
        raise ConfigError("--in-place cannot be used with standard input or shard_size=")
    files = local_files(inputs)
    backups = [path.with_name(path.name + suffix) for path in files] if suffix else []
    refuse_clashes(against, [*files, *backups])
    for backup in backups:
        refuse_backup(backup)
    return [*backups] or [None] * len(inputs)
