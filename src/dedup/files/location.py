"""Where data lies: a local path, or the address of a remote object."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from dedup.errors import ConfigError
from dedup.files.address import Address
from dedup.files.remote_stores import KNOWN_SCHEMES, hide_secrets

Location = Path | Address
# Not the letter of a Windows drive. An address with "::" is refused when it is opened.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+::)*[A-Za-z][A-Za-z0-9+.-]+://")
_ONE_SLASH = re.compile(rf"((?:{'|'.join(KNOWN_SCHEMES)}):)/(?!/)(.*)", re.DOTALL)
_FILE_SCHEME = "file://"


def as_location(value: "str | os.PathLike[str] | Address") -> Location:
    """Return an address, or a local path.

    Raises
    ------
    ConfigError
        When an address has one slash after its scheme, as after ``str(Path("s3://bucket"))``.

    Examples
    --------
    >>> as_location("s3://bucket/news.jsonl")
    Address('s3://bucket/news.jsonl')
    >>> as_location("clean/").as_posix(), as_location("file:///tmp/a").as_posix()
    ('clean', '/tmp/a')
    """
    if isinstance(value, Address):
        return value
    text = os.fspath(value)
    if (found := _ONE_SLASH.match(text)) and not Path(found[1]).exists():
        scheme, path = found.groups()
        address = hide_secrets(f"{scheme}//{path}")
        raise ConfigError(f"{scheme}/{path}: a slash is missing after {scheme}; write {address}")
    if text[: len(_FILE_SCHEME)].lower() == _FILE_SCHEME:
        return Path(text[len(_FILE_SCHEME) :])
    return Address(text) if _SCHEME.match(text) else Path(text)


def identity(location: Location) -> str:
    """Return the canonical path or URL of a file: links of local paths are followed.

    Examples
    --------
    >>> identity(Address("s3://bucket/clean/"))
    's3://bucket/clean'
    """
    if isinstance(location, Address):
        return location.url.rstrip("/")
    return os.path.realpath(location)


def identities(locations: Iterable[Location | str]) -> Iterator[str]:
    """Yield ``identity`` of each location; of many files in a folder, the folder's is found once.

    A string is a local path: a hundred thousand of them take less time than objects.

    Examples
    --------
    >>> files = [Path("docs/a.txt"), Path("docs/b.txt")]
    >>> [*identities(files)] == [*map(identity, files)]
    True
    """
    folders: dict[str, str] = {}
    for location in locations:
        folder, name = os.path.split(str(location))
        if name in ("", ".", "..") or isinstance(location, Address):
            yield identity(Path(location) if isinstance(location, str) else location)
            continue
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        path = os.path.join(folders[folder], name)  # noqa: PTH118  many
        yield os.path.realpath(path) if os.path.islink(path) else path  # noqa: PTH114  many


def exists(location: Location) -> bool:
    """Tell whether there is such a file, object or folder; a dangling link is a file, too."""
    return location.exists() if isinstance(location, Address) else os.path.lexists(location)


def contains_path(folder: Location, path: Location) -> bool:
    """Tell whether a path is a folder or is inside it; links are followed.

    Examples
    --------
    >>> news = Address("s3://bucket/clean/news.jsonl")
    >>> contains_path(Address("s3://bucket/clean"), news), contains_path(Path("clean"), news)
    (True, False)
    """
    if isinstance(folder, Address) or isinstance(path, Address):
        around, inside = identity(folder), identity(path)
        return inside == around or inside.startswith(f"{around}/")
    return Path(identity(path)).is_relative_to(identity(folder))


def local_file(location: Location) -> Path | None:
    """Return the local file with the bytes of a location: itself, or the complete local copy.

    None if an object has no local copy.
    """
    if isinstance(location, Path):
        return location
    return None if location.copy is None else location.copy.complete()
