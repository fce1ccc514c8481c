"""Hypothesis profiles, temporary files in memory, and the fixtures of all tests.

Hypothesis has no deadlines, since the tests run on shared machines.
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
from tests.s3_server import Bucket, S3Server
from tests.without_core import leave_out_core

if TYPE_CHECKING:
    from tests.command_runner import Run

settings.register_profile("quick", deadline=None, max_examples=50)
settings.register_profile("campaign", deadline=None, max_examples=5000)
settings.load_profile("quick")

MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108  on Linux; often of 64 MB in a container
MIN_FREE_BYTES = 2_000_000_000
FILE_NUMBERS = count()
Places = Callable[[], str]


def pytest_configure() -> None:
    """Put temporary files into memory if possible, since an index waits for the disk to sync.

    Without a compiled core, set the variable that turns it off, so that nothing warns.
    """
    if not bool(native.core):
        os.environ[native.NATIVE_VARIABLE] = "0"
        native.core_is_missing = False
    if "TMPDIR" not in os.environ and is_roomy(MEMORY_FOLDER):
        os.environ["TMPDIR"] = str(MEMORY_FOLDER)  # for child processes, too
        tempfile.tempdir = None


def is_roomy(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > MIN_FREE_BYTES


@pytest.fixture(params=["native", "numpy"])
def either_core(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test with the compiled core, and again with the specification in numpy."""
    if request.param == "native":
        if native.core is None:
            pytest.skip("dedup was built without its compiled core")
        return
    leave_out_core(monkeypatch)


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> "Run":
    from tests.command_runner import Run  # noqa: PLC0415  the import cleans a text, which may warn

    return Run(capsysbinary, monkeypatch)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    from tests.command_runner import workplace  # noqa: PLC0415  as above

    with workplace(tmp_path, monkeypatch):
        yield tmp_path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


@pytest.fixture
def bucket(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return Bucket(s3_server.fs)


@pytest.fixture(params=["sqlite", "postgres"])
def places(request: pytest.FixtureRequest) -> Places:
    """Return a function that returns a new path or URL of an index at each call."""
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        return server.new_url
    folder: Path = request.getfixturevalue("tmp_path")
    return lambda: str(folder / f"{next(FILE_NUMBERS)}.db")


@pytest.fixture
def place(places: Places) -> str:
    return places()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    """Return an index in each store."""
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
    """Restore the object ``os.environ``: Hugging Face datasets replaces it by a copy."""
    environment = os.environ
    yield
    os.environ = environment  # noqa: B003  the same object as before
