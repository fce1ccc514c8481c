"""Files below a folder, all of them or the ones that match a pattern, in a fixed order."""

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

MAGIC = re.compile(r"[*?[]")
ANY_FOLDERS = "**"


class Listing(NamedTuple):
    """Files by their paths below a folder, with slashes, sorted by the bytes of these."""

    root: Path
    names: list[str]


def names_many(path: Path) -> bool:
    """Tell a folder or a pattern from what names one file, be it there or not.

    Examples
    --------
    >>> names_many(Path("crawl/**/*.txt")), names_many(Path("a.txt")), names_many(Path("."))
    (True, False, True)
    """
    if path == STDIN:
        return False
    return path.is_dir() or (MAGIC.search(str(path)) is not None and not path.exists())


def listing_of(path: Path) -> Listing:
    """List the files that a path names: a folder, a pattern, or one file.

    Hidden files and folders, links to folders, devices and pipes are left out. In a pattern ``*``,
    ``?`` and ``[...]`` stand for characters of a name, and ``**`` for any folders, or none.

    Raises
    ------
    InputError
        When a folder cannot be listed.
    """
    root = root_of(path)
    if not names_many(path):
        return Listing(root, [path.name])
    pattern = (ANY_FOLDERS, "*") if path.is_dir() else path.parts[len(root.parts) :]
    depth = None if ANY_FOLDERS in pattern else len(pattern)
    wanted = [None if part == ANY_FOLDERS else re.compile(translate(part)) for part in pattern]
    names = [name for name in _files_below(root, depth) if _fits(name.split("/"), wanted)]
    return Listing(root, sorted(names, key=os.fsencode))


def listing_together(paths: Sequence[Path]) -> Listing:
    """List files that were named one by one, below the deepest folder that holds them all.

    The order is that of the folder, not that in which they were named: a shell sorts by locale.

    Raises
    ------
    OutputError
        When one is named twice.

    Examples
    --------
    >>> listing_together([Path("bbc/tech/1.txt"), Path("bbc/arts/1.txt")])
    Listing(root=PosixPath('bbc'), names=['arts/1.txt', 'tech/1.txt'])
    """
    full = [_full(path) for path in in_folder_order(paths)]
    root = Path(os.path.commonpath([path.parent for path in full]))
    names = [path.relative_to(root).as_posix() for path in full]
    for name, following in pairwise(names):
        if name == following:
            raise OutputError(f"{root / name}: is named twice; leave one out")
    return Listing(root if paths[0].is_absolute() else Path(os.path.relpath(root)), names)


def in_folder_order(paths: Sequence[Path]) -> list[Path]:
    """Return files sorted as in the listing of a folder, whatever the locale of the shell."""
    return sorted(paths, key=lambda path: os.fsencode(_full(path)))


def reaches_below(path: Path) -> bool:
    """Tell whether a path names files at any depth: a folder, or a pattern with ``**``."""
    return path.is_dir() or ANY_FOLDERS in path.parts


def root_of(path: Path) -> Path:
    """Return the folder below which a folder, a pattern or a file names files.

    Examples
    --------
    >>> root_of(Path("crawl/*/2026/*.txt")).as_posix(), root_of(Path("*.txt")).as_posix()
    ('crawl', '.')
    """
    if not names_many(path):
        return path.parent
    if path.is_dir():
        return path
    fixed = next(place for place, part in enumerate(path.parts) if MAGIC.search(part))
    return Path(*path.parts[:fixed])


def bytes_of(listing: Listing) -> int:
    """Return the bytes of all files that can be read."""
    size = 0
    for name in listing.names:
        with suppress(OSError):  # whoever reads it says what is wrong
            size += (listing.root / name).stat().st_size
    return size


def _files_below(root: Path, depth: int | None) -> Iterator[str]:
    """Yield the files of a folder and of those in it, down to so many parts of a name."""

    def refuse(error: OSError) -> NoReturn:
        raise InputError(f"{error.filename}: {why_unreadable(error, 'listed')}") from error

    for folder, folders, files in os.walk(root, onerror=refuse):
        below = "" if folder == str(root) else f"{Path(folder).relative_to(root).as_posix()}/"
        deeper = depth is None or below.count("/") + 1 < depth
        folders[:] = [name for name in folders if deeper and not name.startswith(".")]
        for name in files:
            path = f"{folder}/{name}"
            # A link to nothing is not passed over in silence: it cannot be read.
            if not name.startswith(".") and (os.path.isfile(path) or os.path.islink(path)):  # noqa: PTH113, PTH114  many
                yield below + name


def _fits(parts: Sequence[str], pattern: Sequence["re.Pattern[str] | None"]) -> bool:
    """Tell whether the parts of a name fit those of a pattern; None is any number of them."""
    if not pattern:
        return not parts
    first, rest = pattern[0], pattern[1:]
    if first is None:
        return any(_fits(parts[count:], rest) for count in range(len(parts) + 1))
    return bool(parts) and first.match(parts[0]) is not None and _fits(parts[1:], rest)


def _full(path: Path) -> Path:
    # ".." behind a link leads elsewhere than the path says.
    if ".." in path.parts:
        return Path(os.path.realpath(path.parent), path.name)
    return path.absolute()
