"""Run the command in this process."""

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
    """Exit code and output of the command."""

    code: int
    out: bytes
    err: str

    def is_error(self, *parts: str) -> bool:
        """Assert exit code 2 and a single error line that contains all ``parts``."""
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
        output = self._capture.readouterr()
        return Outcome(code, output.out, output.err.decode())


@contextmanager
def workplace(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Change to a folder that holds the article; restore the signal handler afterwards."""
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
    """Map the names of the files of a folder to their bytes."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def preview(summary: str) -> str:
    """Return the summary of a call that removes nothing: "would remove"."""
    return summary.replace("kept ", "would keep ").replace("removed ", "would remove ")
