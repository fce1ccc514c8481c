"""A server of Redis for tests, in a folder of its own and reached by a socket there."""

import shutil
import subprocess
import time
from pathlib import Path
from typing import Self

import pytest

BINARY = shutil.which("redis-server") or shutil.which("valkey-server")
REMEDY = "a server of Redis is needed: apt-get install redis-server"


class RedisProcess:
    """One server, stopped at the end of a ``with``."""

    def __init__(self, folder: Path, *options: str) -> None:
        if BINARY is None:
            pytest.skip(REMEDY)
        self._folder, self._options = folder, options
        self.socket = folder / "s"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        assert BINARY is not None
        command = [BINARY, "--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        self._process = subprocess.Popen(
            [*command, "--dir", str(self._folder), *self._options], stdout=subprocess.DEVNULL
        )
        until = time.monotonic() + 10
        while not self.socket.exists():
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.01)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self.socket.unlink(missing_ok=True)

    def url(self, name: str = "dedup", user: str = "") -> str:
        return f"unix://{user}{self.socket}?name={name}"
