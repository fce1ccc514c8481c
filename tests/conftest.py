"""Hypothesis profiles, temporary files in memory, and the environment as it was.

No deadlines, since the machines that run this are shared.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from dedup import Index
from dedup.arrays import native
from tests.postgres_server import PostgresServer
from tests.without_core import leave_out_core

if TYPE_CHECKING:
    from tests.command_runner import Run

settings.register_profile("quick", deadline=None)
settings.register_profile("campaign", deadline=None, max_examples=5000)
settings.load_profile("quick")

IN_MEMORY = Path("/dev/shm")  # noqa: S108  of Linux, and often of 64 MB in a container
ROOM = 2_000_000_000
NUMBERS = count()
Places = Callable[[], str]


def pytest_configure() -> None:
    """Write to no disk, where there is a choice: indexes wait for it whenever they are told to.

    Where the core is missing, the tests run without it as if they had left it out: nothing warns.
    """
    if not bool(native.core):
        os.environ[native.NATIVE_VARIABLE] = "0"
        native.core_is_missing = False
    if "TMPDIR" not in os.environ and is_roomy(IN_MEMORY):
        os.environ["TMPDIR"] = str(IN_MEMORY)  # of processes that are started, too
        tempfile.tempdir = None


def is_roomy(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM


@pytest.fixture(params=["native", "numpy"])
def either_core(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test by the compiled core, and again by the specification."""
    if request.param == "native":
        if native.core is None:
            pytest.skip("dedup was built without its compiled core")
        return
    leave_out_core(monkeypatch)


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> "Run":
    from tests.command_runner import Run  # noqa: PLC0415  it cleans a text, which may warn

    return Run(capsysbinary, monkeypatch)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    from tests.command_runner import workplace  # noqa: PLC0415  likewise

    with workplace(tmp_path, monkeypatch):
        yield tmp_path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def places(request: pytest.FixtureRequest) -> Places:
    """Return a function that returns a new place for an index each time."""
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        return server.new_url
    folder: Path = request.getfixturevalue("tmp_path")
    return lambda: str(folder / f"{next(NUMBERS)}.db")


@pytest.fixture
def place(places: Places) -> str:
    return places()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    """Return an index in each of the places where it may lie."""
    place: Path | str | None = None
    if request.param == "sqlite":
        place = tmp_path / "seen.db"
    elif request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        place = server.new_url()
    with Index(place) as opened:
        yield opened


@pytest.fixture(autouse=True)
def same_environment() -> Iterator[None]:
    """Keep ``os.environ``: datasets puts a copy in its place, which others do not see."""
    environment = os.environ
    yield
    os.environ = environment  # noqa: B003  the same object as before
