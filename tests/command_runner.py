"""The command, run in process for the tests."""

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

import dedup
from dedup.cli.main import main

ARTICLE = (Path(__file__).parents[1] / "examples" / "article.txt").read_bytes()
CLEAN = dedup.clean(ARTICLE.decode()).text.encode()
SUMMARY = "removed 9 of 20 paragraphs, 1,457 of 3,091 characters: lines 12-20 repeat lines 3-11\n"


class Outcome(NamedTuple):
    """What the command did."""

    code: int
    out: bytes
    err: str

    def is_error(self, *parts: str) -> bool:
        """Check for the exit code and the one line of an error, with parts in it."""
        assert (self.code, self.err.count("\n")) == (2, 1), self.err
        assert self.err.startswith("dedup-clean: error: ")
        assert not [part for part in parts if part not in self.err], self.err
        return True


class Run:
    """``run("a.txt", "--check", stdin=b"")`` is ``dedup-clean a.txt --check < /dev/null``."""

    def __init__(self, capture: pytest.CaptureFixture[bytes], patch: pytest.MonkeyPatch) -> None:
        self._capture = capture
        self._patch = patch

    def __call__(self, *arguments: object, stdin: bytes = b"") -> Outcome:
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin))))
        code = main([os.fspath(a) if isinstance(a, Path) else str(a) for a in arguments])
        shown = self._capture.readouterr()
        return Outcome(code, shown.out, shown.err.decode())


@contextmanager
def workplace(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a folder with the article in it; leave the signal handler as it was."""
    patch.chdir(folder)
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "COLUMNS"):
        patch.delenv(name, raising=False)
    patch.setenv("TERM", "xterm")
    (folder / "a.txt").write_bytes(ARTICLE)
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield folder
    finally:
        signal.signal(signal.SIGTERM, handler)


def listing(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
