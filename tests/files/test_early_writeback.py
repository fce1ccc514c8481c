"""Early writeback is a hint: the bytes of an output are the same with and without it."""

import ctypes
import os
import sys
from pathlib import Path

import pytest

from dedup.files import early_writeback
from dedup.files.early_writeback import EarlyWriteback
from dedup.files.staged import StagedFiles

SEGMENT = b"0123456789abcdef" * 4096  # 64 KB


def test_begins_after_each_segment_of_enough_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early_writeback, "WRITEBACK_BYTES", 3 * len(SEGMENT))
    writeback, begun = EarlyWriteback(), []
    with (tmp_path / "file").open("wb", buffering=0) as file:
        for _ in range(7):
            writeback.count(file.fileno(), file.write(SEGMENT))
            begun.append(writeback.begun // len(SEGMENT))
    assert begun == [0, 0, 3, 3, 3, 6, 6]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has sync_file_range")
def test_the_system_accepts_the_call(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb", buffering=0) as file:
        file.write(SEGMENT)
        assert early_writeback.sync_file_range()(file.fileno(), 0, len(SEGMENT)) == 0


@pytest.mark.parametrize("available", [True, False])
def test_an_output_has_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, available: bool
) -> None:
    monkeypatch.setattr(early_writeback, "WRITEBACK_BYTES", len(SEGMENT))
    early_writeback.sync_file_range.cache_clear()
    if not available:
        monkeypatch.setattr(ctypes, "CDLL", object)
    try:
        with StagedFiles() as staged:
            file = staged.open(tmp_path / "out")
            for number in range(9):
                file.write(SEGMENT + bytes([number]))
    finally:
        early_writeback.sync_file_range.cache_clear()
    expected = b"".join(SEGMENT + bytes([number]) for number in range(9))
    assert (tmp_path / "out").read_bytes() == expected


def test_a_pipe_is_written_as_before() -> None:
    """A pipe cannot be written back; the call fails and is ignored."""
    reader, writer = os.pipe()
    try:
        writeback = EarlyWriteback()
        writeback.count(writer, os.write(writer, b"news"))
        writeback.written += early_writeback.WRITEBACK_BYTES
        writeback.count(writer, 0)
        assert os.read(reader, 9) == b"news"
    finally:
        os.close(reader)
        os.close(writer)
