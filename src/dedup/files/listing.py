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
from dedup.files.address import Address
from dedup.files.decoding import STDIN, why_unreadable
from dedup.files.location import Location
from dedup.files.remote_stores import READ_ONLY

PATTERN_CHARACTERS = re.compile(r"[*?[]")
ANY_FOLDERS = "**"


class Listing(NamedTuple):
    """Files below a folder: paths with slashes, sorted by their bytes."""

    root: Location
    names: list[str]


def is_folder_or_pattern(path: Location) -> bool:
    """Tell whether a path is a folder or a pattern, and not a file, existing or missing.

    Examples
    --------
    >>> [is_folder_or_pattern(Path(name)) for name in ("crawl/**/*.txt", "a.txt", ".")]
    [True, False, True]
    """
    is_of_web = isinstance(path, Address) and path.scheme in READ_ONLY  # where nothing is listed
    if path == STDIN or is_of_web:
        return False
    return path.is_dir() or (PATTERN_CHARACTERS.search(str(path)) is not None and not path.exists())


def list_files(path: Location) -> Listing:
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
    below = _objects_below if isinstance(root, Address) else _files_below
    names = [*below(root, depth)]
    if not path.is_dir():
        names = [name for name in names if _matches(name.split("/"), wanted)]
    return Listing(root, sorted(names, key=os.fsencode))


def list_named_files(paths: Sequence[Location]) -> Listing:
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
    root = common_folder(full)
    names = ["/".join(path.parts[len(root.parts) :]) for path in full]
    for name, following in pairwise(names):
        if name == following:
            raise OutputError(f"{root / name}: is named twice; name it once")
    if isinstance(root, Address) or paths[0].is_absolute():
        return Listing(root, names)
    return Listing(Path(os.path.relpath(root)), names)


def common_folder(paths: Sequence[Location]) -> Location:
    """Return the deepest folder that contains all files.

    Raises
    ------
    OutputError
        When some are in another store, or on this machine.

    Examples
    --------
    >>> common_folder([Address("s3://bucket/a/b/1.txt"), Address("s3://bucket/a/2.txt")])
    Address('s3://bucket/a')
    """
    folders: list[Location] = [path.parent for path in paths]
    low, high = min(folder.parts for folder in folders), max(folder.parts for folder in folders)
    depth = next((n for n, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), None)
    depth = min(len(low), len(high)) if depth is None else depth
    if not depth:
        wrong = f"{paths[0]} and {paths[-1]} have no common folder"
        raise OutputError(f"{wrong}; clean them separately")
    return [folders[0], *folders[0].parents][len(folders[0].parts) - depth]


def in_folder_order(paths: Sequence[Location]) -> list[Location]:
    """Return files sorted as ``list_files`` sorts them, whatever the locale of the shell."""
    return sorted(paths, key=lambda path: os.fsencode(str(_absolute(path))))


def is_recursive(path: Location) -> bool:
    """Tell whether a path includes files at any depth: a folder, or a pattern with ``**``."""
    return path.is_dir() or ANY_FOLDERS in path.parts


def root_folder(path: Location) -> Location:
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
    return [path, *path.parents][len(path.parts) - fixed]


def total_bytes(listing: Listing) -> int:
    """Return the size of all files in bytes; unreadable ones count 0."""
    size = 0
    for name in listing.names:
        with suppress(OSError):  # reading it reports the error
            size += (listing.root / name).stat().st_size
    return size


def _objects_below(root: Location, depth: int | None) -> Iterator[str]:
    """Yield the objects below a remote folder, down to a depth; None for any."""
    assert isinstance(root, Address)
    with root.explained():
        found = root.store.find(root.path, maxdepth=depth, detail=True)
    for path, info in found.items():
        name = path[len(root.path) :].strip("/")
        is_hidden = any(part.startswith(".") for part in name.split("/"))
        # A name that ends with a slash marks an empty folder.
        if name and not is_hidden and not path.endswith("/") and info["type"] != "directory":
            (root / name).remember(info)
            yield name


def _files_below(root: Location, depth: int | None) -> Iterator[str]:
    """Yield the files below a folder, down to a depth; None for any."""

    def refuse(error: OSError) -> NoReturn:
        raise InputError(f"{error.filename}: {why_unreadable(error, 'listed')}") from error

    for folder, folders, files in os.walk(str(root), onerror=refuse):
        below = "" if folder == str(root) else f"{Path(folder).relative_to(str(root)).as_posix()}/"
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


def _absolute(path: Location) -> Location:
    if isinstance(path, Address):
        return path
    # After a link, ".." leads to the parent of the link's target.
    if ".." in path.parts:
        return Path(os.path.realpath(path.parent), path.name)
    return path.absolute()
