"""The files below a folder, or those that match a pattern, in an order that never changes."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fnmatch import translate
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, NoReturn

from dedup.errors import InputError, OutputError
from dedup.files.decoding import STDIN, why_unreadable

PATTERN_CHARACTERS = re.compile(r"[*?[]")
ANY_FOLDERS = "**"


class Listing(NamedTuple):
    """Files below a folder: paths with slashes, sorted by their bytes."""

    root: Path
    names: list[str]


def is_folder_or_pattern(path: Path) -> bool:
    """Tell whether a path is a folder or a pattern, and not a file, existing or missing.

    Examples
    --------
    >>> [is_folder_or_pattern(Path(name)) for name in ("crawl/**/*.txt", "a.txt", ".")]
    [True, False, True]
    """
    if path == STDIN:
        return False
    return path.is_dir() or (PATTERN_CHARACTERS.search(str(path)) is not None and not path.exists())


def list_files(path: Path) -> Listing:
    """List the files of a folder, a pattern, or a single file.

    Hidden files and folders, links to folders, devices and pipes are left out. In a pattern ``*``,
    ``?`` and ``[...]`` match characters of a name; ``**`` matches any number of folders.

    Raises
    ------
    InputError
        When a folder cannot be listed.
    """
    root = root_folder(path)
    if not is_folder_or_pattern(path):
        return Listing(root, [path.name])
    pattern = (ANY_FOLDERS, "*") if path.is_dir() else path.parts[len(root.parts) :]
    depth = None if ANY_FOLDERS in pattern else len(pattern)
    wanted = [None if part == ANY_FOLDERS else re.compile(translate(part)) for part in pattern]
    names = [name for name in _files_below(root, depth) if _matches(name.split("/"), wanted)]
    return Listing(root, sorted(names, key=os.fsencode))


def list_named_files(paths: Sequence[Path]) -> Listing:
    """List files that were named one by one, below the deepest folder that contains them all.

    They are sorted as in a folder, because the order in which a shell names them depends on its
    locale.

    Raises
    ------
    OutputError
        When a file is named twice.

    Examples
    --------
    >>> list_named_files([Path("bbc/tech/1.txt"), Path("bbc/arts/1.txt")])
    Listing(root=PosixPath('bbc'), names=['arts/1.txt', 'tech/1.txt'])
    """
    full = [_absolute(path) for path in in_folder_order(paths)]
    root = Path(os.path.commonpath([path.parent for path in full]))
    names = [path.relative_to(root).as_posix() for path in full]
    for name, following in pairwise(names):
        if name == following:
            raise OutputError(f"{root / name}: is named twice; name it once")
    return Listing(root if paths[0].is_absolute() else Path(os.path.relpath(root)), names)


def in_folder_order(paths: Sequence[Path]) -> list[Path]:
    """Return files sorted as ``list_files`` sorts them, whatever the locale of the shell."""
    return sorted(paths, key=lambda path: os.fsencode(_absolute(path)))


def is_recursive(path: Path) -> bool:
    """Tell whether a path includes files at any depth: a folder, or a pattern with ``**``."""
    return path.is_dir() or ANY_FOLDERS in path.parts


def root_folder(path: Path) -> Path:
    """Return the folder that contains the files of a folder, a pattern or a file.

    Examples
    --------
    >>> root_folder(Path("crawl/*/2026/*.txt")).as_posix(), root_folder(Path("*.txt")).as_posix()
    ('crawl', '.')
    """
    if not is_folder_or_pattern(path):
        return path.parent
    if path.is_dir():
        return path
    fixed = next(place for place, part in enumerate(path.parts) if PATTERN_CHARACTERS.search(part))
    return Path(*path.parts[:fixed])


def total_bytes(listing: Listing) -> int:
    """Return the size of all files in bytes; unreadable ones count 0."""
    size = 0
    for name in listing.names:
        with suppress(OSError):  # reading it reports the error
            size += (listing.root / name).stat().st_size
    return size


def _files_below(root: Path, depth: int | None) -> Iterator[str]:
    """Yield the files below a folder, down to a depth; None for any."""

    def refuse(error: OSError) -> NoReturn:
        raise InputError(f"{error.filename}: {why_unreadable(error, 'listed')}") from error

    for folder, folders, files in os.walk(root, onerror=refuse):
        below = "" if folder == str(root) else f"{Path(folder).relative_to(root).as_posix()}/"
        deeper = depth is None or below.count("/") + 1 < depth
        folders[:] = [name for name in folders if deeper and not name.startswith(".")]
        for name in files:
            path = f"{folder}/{name}"
            # A dangling link is listed, so that it is reported as unreadable.
            if not name.startswith(".") and (os.path.isfile(path) or os.path.islink(path)):  # noqa: PTH113, PTH114  many
                yield below + name


def _matches(parts: Sequence[str], pattern: Sequence["re.Pattern[str] | None"]) -> bool:
    """Tell whether the parts of a path match those of a pattern; None matches any number."""
    if not pattern:
        return not parts
    first, rest = pattern[0], pattern[1:]
    if first is None:
        return any(_matches(parts[count:], rest) for count in range(len(parts) + 1))
    return bool(parts) and first.match(parts[0]) is not None and _matches(parts[1:], rest)


def _absolute(path: Path) -> Path:
    # After a link, ".." leads to the parent of the link's target.
    if ".." in path.parts:
        return Path(os.path.realpath(path.parent), path.name)
    return path.absolute()
