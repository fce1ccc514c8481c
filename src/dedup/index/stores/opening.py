"""The store that a path or address names."""

import os
from pathlib import Path
from typing import TypeGuard

from dedup.errors import ConfigError
from dedup.index.stores.protocol import Store

SERVERS = ("redis://", "rediss://", "unix://")


def is_server(path: str | os.PathLike[str] | None) -> TypeGuard[str]:
    """Tell the address of a server from the path of a file."""
    return isinstance(path, str) and path.startswith(SERVERS)


def store_at(path: str | os.PathLike[str] | None, timeout: float) -> Store:
    """Open a store, made if there is none.

    Parameters
    ----------
    path
        A file for SQLite, an address of a server of Redis, or None for memory.
    timeout
        Seconds to wait for others that write.

    Raises
    ------
    ConfigError
        When it is no path.
    StoreError
        When it cannot be opened, or something else is there.
    MissingLibraryError
        When the client of a server is not installed.
    """
    if is_server(path):
        from dedup.index.stores.redis import RedisStore  # noqa: PLC0415  at use

        return RedisStore(path, timeout)
    from dedup.index.stores.database_store import SqliteStore  # noqa: PLC0415  at use

    if path is None:
        return SqliteStore(None, timeout)
    given: object = path
    name = os.fspath(path) if isinstance(given, (str, os.PathLike)) else ""
    if not name or "\0" in name:
        raise ConfigError.of("path", f"must be a file or the address of a server, got {path!r}")
    if name == ":memory:":
        raise ConfigError.of("path", "must be a file; for an index in memory leave it out")
    return SqliteStore(Path(path), timeout)
