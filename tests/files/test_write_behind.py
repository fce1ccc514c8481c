"""A file that a thread writes has the same bytes; errors and interrupts reach the caller."""

import random
from io import BytesIO, RawIOBase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays.parallel import Workers
from dedup.files.write_behind import MAX_PENDING_BYTES, MIN_WRITE_BYTES, WriteBehind


class FullDisk(RawIOBase):
    """Takes a number of bytes, and then raises an error."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, data: Any) -> int:  # noqa: ANN401
        self.room -= len(data)
        if self.room < 0:
            raise OSError(28, "No space left on device")
        return len(data)


class Kept(BytesIO):
    """Keeps its value when it is closed."""

    def close(self) -> None:
        self.value = self.getvalue()
        super().close()


def test_it_reports_the_bytes_that_wait() -> None:
    waiting: list[int] = []
    with Workers(1) as writer:
        file = WriteBehind(Kept(), writer, waiting.append)
        for _ in range(20):
            file.write(bytes(MIN_WRITE_BYTES))
        assert max(waiting) == MAX_PENDING_BYTES + MIN_WRITE_BYTES
        file.close()
    assert waiting[-1] == 0 and len(waiting) == 2 * 20 + 2


@given(st.lists(st.integers(0, 3_000_000), max_size=12), st.randoms())
def test_all_bytes_are_written_in_order(sizes: list[int], rng: random.Random) -> None:
    segments = [bytes([rng.randrange(256)]) * size for size in sizes]
    written = Kept()
    with Workers(1) as writer:
        file = WriteBehind(written, writer)
        for segment in segments:
            file.write(segment)
        file.close()
    assert written.closed
    assert written.value == b"".join(segments)


def test_files_share_a_thread() -> None:
    written = [Kept(), Kept()]
    with Workers(1) as writer:
        files = [WriteBehind(one, writer) for one in written]
        for number in range(40):
            files[number % 2].write(bytes([number]) * 300_000)
        for file in files:
            file.close()
    for number, one in enumerate(written):
        assert one.value == b"".join(bytes([n]) * 300_000 for n in range(number, 40, 2))


@pytest.mark.parametrize("room", [0, 10, 3 << 20, 40 << 20])
def test_an_error_is_raised_at_the_latest_when_the_file_is_closed(room: int) -> None:
    disk = FullDisk(room)

    def write_too_much() -> None:
        with Workers(1) as writer:
            file = WriteBehind(disk, writer)  # type: ignore[arg-type]
            for _ in range(50):
                file.write(b"x" * (1 << 20))
            file.close()

    with pytest.raises(OSError, match="No space left"):
        write_too_much()


def test_few_abandoned_bytes_are_not_written() -> None:
    written = Kept()
    with Workers(1) as writer:
        file = WriteBehind(written, writer)
        file.write(b"short")
        file.abandon()
    assert written.closed
    assert written.value == b""
