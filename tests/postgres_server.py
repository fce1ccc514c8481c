"""A PostgreSQL server for tests, with its own folder and socket."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Self

import pytest

REMEDY = "a server of PostgreSQL is needed: install it with apt-get install postgresql"
USER = "crawler"  # the owner of everything on the server
DATABASE = "crawl"
START_TIMEOUT = 60.0  # seconds
NAME_NUMBERS = count()


def binaries() -> Path | None:
    """Return the folder of the newest installed server; Debian does not put it on the PATH."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    every = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in every), key=lambda at: int(at.parent.name), default=None)


class PostgresServer:
    """One server, stopped at the end of a ``with``.

    The server does not sync, so that tests are fast. A killed process loses nothing by that, since
    the operating system keeps the written pages.
    """

    def __init__(self, *options: str) -> None:
        pytest.importorskip("psycopg", reason="psycopg is needed: pip install 'psycopg[binary]'")
        folder = binaries()
        if folder is None or not hasattr(os, "fork"):
            pytest.skip(REMEDY)
        # The path of a socket has at most about 100 characters; tmp_path may be longer.
        self._temporary = tempfile.TemporaryDirectory(prefix="dedup-pg", ignore_cleanup_errors=True)
        self.folder, self._binaries = Path(self._temporary.name), folder
        self._options = [
            f"-c{option}"
            for option in ("fsync=off", "full_page_writes=off", "max_wal_size=64MB", *options)
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses to be run by root
            self._as = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            shutil.chown(self.folder, "nobody", "nogroup")

    def __enter__(self) -> Self:
        self._run("initdb", "-D", "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()
        self.execute(f"CREATE DATABASE {DATABASE}", database="postgres")
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._temporary.cleanup()

    def start(self) -> None:
        where = ("-D", "data", "-k", str(self.folder), "-clisten_addresses=")
        command = [str(self._binaries / "postgres"), *where, *self._options]
        until = time.monotonic() + START_TIMEOUT
        while self._process is None or not self._answers():
            assert time.monotonic() < until, (self.folder / "log").read_text()
            # A killed server frees its shared memory when its last child has ended.
            if self._process is None or self._process.poll() is not None:
                with (self.folder / "log").open("ab") as log:
                    self._process = subprocess.Popen(
                        command, cwd=self.folder, stdout=log, stderr=log, **self._as
                    )
            time.sleep(0.02)

    def _answers(self) -> bool:
        command = [str(self._binaries / "pg_isready"), "-q", "-h", str(self.folder)]
        return subprocess.run(command, check=False).returncode == 0

    @property
    def pid(self) -> int:
        assert self._process is not None, "started"
        return self._process.pid

    def kill(self) -> None:
        """Kill the server and all its processes at once."""
        if self._process is not None:
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
            # Without that file, the children end when they notice that the server has ended.
            numbers = children.read_text().split() if children.exists() else []
            for number in (self._process.pid, *map(int, numbers)):
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def execute(self, statement: str, database: str = DATABASE) -> str:
        """Return the output of a statement, as psql prints it."""
        where = ("-h", str(self.folder), "-U", USER, "-d", database, "-v", "ON_ERROR_STOP=1")
        return self._run("psql", *where, "-qAtc", statement)

    def _run(self, name: str, *arguments: str) -> str:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [str(self._binaries / name), *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **self._as,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def new_url(self) -> str:
        """Return the URL of an index that does not exist yet."""
        return self.url(f"test{next(NAME_NUMBERS)}")

    def url(self, name: str = "dedup", user: str = USER) -> str:
        return f"postgresql://{user}@/{DATABASE}?host={self.folder}&name={name}"
