"""Arrays on the disk: the same as in memory, let go of when there are too many."""

import mmap
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from dedup.kernels import spill
from dedup.kernels.spill import Spill

pytestmark = pytest.mark.skipif(not spill.available(), reason="needs Linux")
LARGE = 1 << 25


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_arrays_are_what_they_are_in_memory(tmp_path: Path) -> None:
    with Spill(tmp_path, 1 << 40):
        arrays = [
            spill.empty(3, np.uint32),
            spill.zeros((2, 5), np.bool_),
            spill.empty((LARGE // 8, 2), np.int64),
            spill.empty(0, np.uint64),
        ]
        for number, array in enumerate(arrays):
            assert not array.any()
            array[...] = number + 1
        small, large = np.arange(9), np.arange(1 << 14)
        assert spill.kept(small) is small
        copy = spill.kept(large)
        assert not np.shares_memory(copy, large)
        assert (copy == large).all()
        # Files without a name: nothing is left of them.
        assert not list(tmp_path.iterdir())
    assert [array.dtype for array in arrays] == [np.uint32, np.bool_, np.int64, np.uint64]
    assert [array.shape for array in arrays] == [(3,), (2, 5), (LARGE // 8, 2), (0,)]
    for number, array in enumerate(arrays):
        assert (array == array.dtype.type(number + 1)).all()
    assert spill.kept(large) is large
    assert spill.empty(3, np.uint32).flags.owndata


def test_memory_is_let_go_of(tmp_path: Path) -> None:
    before = resident()
    with Spill(tmp_path, before + (1 << 25)):
        array = spill.empty(1 << 25, np.int64)  # 256 MB
        most = 0
        for start in range(0, len(array), 1 << 20):
            array[start : start + (1 << 20)] = start
            most = max(most, resident())
            spill._active[-1]._done.wait(0.02)  # noqa: SLF001
        assert most - before < 200 << 20  # of 256: the watcher may have to wait for a core
        assert (array[:: 1 << 20] == np.arange(0, len(array), 1 << 20)).all()


def test_a_touch_brings_little_of_an_array(tmp_path: Path) -> None:
    with Spill(tmp_path, 1 << 40) as spilled:
        array = spill.empty(1 << 26, np.uint8)
        array[:] = 7
        for mapped in spilled._maps:  # noqa: SLF001
            mapped.madvise(mmap.MADV_DONTNEED)
        before = resident()
        assert array[:: 1 << 22].all()
        assert resident() - before < 16 * (1 << 18)


def test_who_finds_that_memory_is_short_has_let_go_of_it_when_he_goes_on(tmp_path: Path) -> None:
    with Spill(tmp_path, resident() + (1 << 26)) as spilled:
        array = spill.empty(1 << 27, np.uint8)

        def touch(start: int) -> int:
            array[start : start + (1 << 26)] = 1
            spilled.check()
            return resident()

        with ThreadPoolExecutor(2) as pool:
            assert max(pool.map(touch, [0, 1 << 26])) < spilled._limit + (1 << 26)  # noqa: SLF001


def test_a_full_disk_is_an_error_and_no_crash(tmp_path: Path) -> None:
    from small_disk import small_disk  # noqa: PLC0415

    with small_disk(tmp_path / "disk") as disk, Spill(disk, 1 << 40):
        with pytest.raises(OSError, match="No space left"):
            spill.empty(1 << 20, np.int64)
        assert not list(disk.iterdir())
