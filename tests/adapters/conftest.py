"""What the libraries behind the adapters leave behind, put right."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def same_environment() -> Iterator[None]:
    """Keep the environment: datasets puts a copy in its place, and who knew it before is left."""
    environment, before = os.environ, dict(os.environ)
    yield
    os.environ = environment  # noqa: B003  the same object as before
    if dict(environment) != before:
        environment.clear()
        environment.update(before)
