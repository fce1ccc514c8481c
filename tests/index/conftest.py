"""An index in each of the places where it may lie."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dedup import Index
from postgres_server import PostgresServer


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    place: Path | str | None = None
    if request.param == "sqlite":
        place = tmp_path / "seen.db"
    elif request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        place = server.new_url()
    with Index(place) as opened:
        yield opened
