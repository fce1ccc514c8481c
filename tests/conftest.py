"""Hypothesis profiles, and the environment as it was.

No deadlines, since the machines that run this are shared.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("quick", deadline=None)
settings.register_profile("campaign", deadline=None, max_examples=5000)
settings.load_profile("quick")


@pytest.fixture(autouse=True)
def same_environment() -> Iterator[None]:
    """Keep ``os.environ``: datasets puts a copy in its place, which others do not see."""
    environment = os.environ
    yield
    os.environ = environment  # noqa: B003  the same object as before
