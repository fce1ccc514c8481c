"""Opens the store that a path or address names."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from dedup.errors import ConfigError, MissingLibraryError

if TYPE_CHECKING:
    from dedup.index.stores.store import Store

POSTGRES_SCHEMES = ("postgresql://", "postgres://")


def is_server(path: str | os.PathLike[str] | None) -> TypeGuard[str]:
    """Return whether a path is the address of a server, of any kind."""
    return isinstance(path, str) and "://" in path


def display_path(path: str | os.PathLike[str]) -> str:
    """Return a path or address for messages and reports: without user and password.

    Examples
    --------
    >>> display_path("postgresql://ann:secret@db.example/crawl?name=news&password=secret")
    'postgresql://db.example/crawl?name=news'
    """
    if not is_server(path):
        return os.fspath(path)
    scheme, _, rest = path.partition("://")
    base, _, query = rest.rpartition("@")[2].partition("?")
    parts = "&".join(part for part in query.split("&") if "password" not in part.partition("=")[0])
    return f"{scheme}://{base}?{parts}" if parts else f"{scheme}://{base}"


def open_store(
    path: str | os.PathLike[str] | None, timeout: float, *, create: bool = True
) -> "Store":
    """Open a store.

    Parameters
    ----------
    path
        A file for SQLite, an address of PostgreSQL, or None for SQLite in memory.
    timeout
        Seconds to wait for other writers.
    create
        Whether to create a missing store.

    Raises
    ------
    ConfigError
        When the path is neither a file nor an address.
    StoreError
        When the store cannot be opened, is missing and ``create`` is false, or is not an index.
    MissingLibraryError
        When the client of a server is not installed.
    """
    from dedup.index.stores.sqlite_file import SqliteFile  # noqa: PLC0415  on first use
    from dedup.index.stores.store import Store  # noqa: PLC0415  on first use

    if is_server(path):
        if not path.startswith(POSTGRES_SCHEMES):
            scheme = path.partition("://")[0]  # any other part may be a password
            raise ConfigError.of(
                "path", f"must be a file or begin with {POSTGRES_SCHEMES[0]}, got {scheme}://..."
            )
        try:
            from dedup.index.stores.postgres import PostgresSchema  # noqa: PLC0415  optional
        except ImportError as error:  # psycopg is missing, or the C library that it needs
            raise MissingLibraryError(
                "psycopg is missing: pip install 'psycopg[binary]'", name="psycopg"
            ) from error
        return Store(PostgresSchema(path, timeout, create=create))
    name = os.fspath(path) if isinstance(path, (str, os.PathLike)) else ""
    if path is not None and (name in ("", ":memory:") or "\0" in name):
        raise ConfigError.of(
            "path",
            "must be a file or the address of a server; leave out path for an index in memory, got "
            f"{path!r}",
        )
    file = None if path is None else Path(path)
    return Store(SqliteFile(file, timeout, create=create))
