"""Arrays on disk equal arrays in RAM; a process with a memory limit stays below it."""

import gc
import json
import mmap
import os
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dedup import clean_dataset
from dedup.arrays.memory import (
    ARRAYS_SHARE,
    IN_RAM,
    MAX_RAM_ARRAY_BYTES,
    RELEASE_SHARE,
    STORED_RAM_BYTES,
    DiskMemory,
    Memory,
    can_limit,
)
from dedup.arrays.stored_arrays import ArrayStore, StoredArray
from tests.small_disk import small_disk

pytestmark = pytest.mark.skipif(not can_limit(), reason="needs Linux")
LARGE = 1 << 25
MEGABYTE = 1 << 20


@pytest.fixture
def _all_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.arrays.memory.ARRAYS_SHARE", 0)
    monkeypatch.setattr("dedup.arrays.memory.TABLES_SHARE", 0)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def disk_space() -> int:
    """Return the bytes of the files without a name that this process has mapped."""
    maps = Path("/proc/self/maps").read_text().splitlines()
    edges = [line.split()[0].split("-") for line in maps if "(deleted)" in line]
    return sum(int(stop, 16) - int(start, 16) for start, stop in edges)


@pytest.mark.usefixtures("_all_on_disk")
def test_arrays_on_disk_equal_arrays_in_ram(tmp_path: Path) -> None:
    memory = DiskMemory(tmp_path, 1 << 40)
    arrays = [
        memory.empty(3, np.uint32),
        memory.zeros((2, 5), np.bool_),
        memory.empty((MAX_RAM_ARRAY_BYTES, 2), np.int64),
        memory.empty((LARGE // 8, 2), np.int64),
        memory.empty(0, np.uint64),
    ]
    for number, array in enumerate(arrays):
        assert not array.any()
        array[...] = number + 1
    assert (memory.full(MAX_RAM_ARRAY_BYTES, 7, np.int32) == 7).all()
    small, large = np.arange(9), np.arange(MAX_RAM_ARRAY_BYTES)
    assert memory.adopt(small) is small
    copy = memory.adopt(large)
    assert not np.shares_memory(copy, large)
    assert (copy == large).all()
    assert not list(tmp_path.iterdir())  # files without a name: none is left
    assert [array.dtype for array in arrays] == [
        *(np.uint32, np.bool_, np.int64, np.int64, np.uint64)
    ]
    assert [array.shape for array in arrays[:3]] == [(3,), (2, 5), (MAX_RAM_ARRAY_BYTES, 2)]
    for number, array in enumerate(arrays):
        assert (array == array.dtype.type(number + 1)).all()
    assert IN_RAM.adopt(large) is large
    for shape in (MAX_RAM_ARRAY_BYTES, (2, 5), (0, 3)):
        array = IN_RAM.empty(shape, np.uint32)
        assert array.shape == np.empty(shape).shape
        assert array.dtype == np.uint32
        array[...] = 7


@pytest.mark.usefixtures("_all_on_disk")
def test_pages_are_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = resident()  # more than a gigabyte after many tests: growth must not depend on it
    monkeypatch.setattr("dedup.arrays.memory.GROWTH_SHARE", LARGE / (before + LARGE))
    memory = DiskMemory(tmp_path, before + LARGE)
    array = memory.empty(1 << 25, np.int64)  # 256 MB
    most = 0
    for start in range(0, len(array), 1 << 20):
        array[start : start + (1 << 20)] = start
        memory.trim()
        most = max(most, resident())
    assert most - before < 2 * LARGE + 16 * MEGABYTE  # at most LARGE released late, and one step
    assert (array[:: 1 << 20] == np.arange(0, len(array), 1 << 20)).all()


@pytest.mark.usefixtures("_all_on_disk")
def test_touching_a_file_of_texts_loads_few_pages(tmp_path: Path) -> None:
    memory = DiskMemory(tmp_path, 1 << 40)
    parts = [np.full(1 << 22, number, np.uint8) for number in range(16)]
    array = memory.assemble(1 << 26, iter(parts))
    before = resident()
    assert array[:: 1 << 22].tolist() == [*range(16)]
    assert resident() - before < 16 * (1 << 18)
    assert (array == np.concatenate(parts)).all()
    descriptor, place = memory.file_of(array[7:]) or (-1, -1)
    assert os.pread(descriptor, 2, place + (1 << 22) - 8) == b"\0\1"
    assert memory.file_of(np.zeros(3, np.uint8)) is None
    assert IN_RAM.file_of(array) is None
    assert (IN_RAM.assemble(1 << 26, iter(parts)) == array).all()


@pytest.mark.usefixtures("_all_on_disk")
def test_a_deleted_array_takes_no_disk(tmp_path: Path) -> None:
    memory = DiskMemory(tmp_path, 1 << 40)
    gc.collect()  # arrays of other tests
    before = disk_space()
    array = memory.empty(LARGE, np.uint8)
    assert disk_space() - before == LARGE
    view = array[5:7]
    del array
    gc.collect()
    assert disk_space() - before == LARGE
    del view
    gc.collect()
    assert disk_space() == before


@pytest.mark.usefixtures("_all_on_disk")
def test_threads_stay_below_the_limit(tmp_path: Path) -> None:
    limit = resident() + (1 << 26)
    memory = DiskMemory(tmp_path, limit)
    array = memory.empty(1 << 27, np.uint8)

    def touch(start: int) -> int:
        array[start : start + (1 << 26)] = 1
        memory.trim()
        return resident()

    with ThreadPoolExecutor(2) as pool:
        assert max(pool.map(touch, [0, 1 << 26])) < limit + (1 << 26)


@pytest.mark.usefixtures("_all_on_disk")
def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        with pytest.raises(OSError, match="No space left"):
            DiskMemory(disk, 1 << 40).empty(1 << 20, np.int64)
        assert not list(disk.iterdir())


def test_arrays_in_ram_take_a_share_of_the_limit(tmp_path: Path) -> None:
    gc.collect()  # arrays of other tests
    before = disk_space()
    memory = DiskMemory(tmp_path, ceil(2 * LARGE / ARRAYS_SHARE))
    in_ram = [memory.zeros(LARGE, np.uint8), memory.adopt(np.ones(LARGE, np.uint8))]
    assert disk_space() == before
    assert in_ram[0].sum() == 0
    assert in_ram[1].sum() == LARGE
    on_disk = memory.full(LARGE, 7, np.uint8)
    assert disk_space() - before == LARGE
    assert on_disk.sum() == 7 * LARGE
    view = in_ram.pop()[5:7]
    gc.collect()
    assert disk_space() - before == LARGE
    assert memory.zeros(LARGE, np.uint8).any() == 0  # a view keeps its array: this one is on disk
    del view
    gc.collect()
    again = memory.zeros(LARGE, np.uint8)
    assert disk_space() - before == LARGE
    again[:] = 1
    table = memory.table(LARGE, np.uint8, 3)
    assert disk_space() - before == LARGE
    assert table.sum() == 3 * LARGE


ARRAYS = st.lists(
    arrays(
        st.sampled_from([np.uint32, np.int64, np.bool_]), st.tuples(st.integers(0, 9), st.just(3))
    )
)


@given(ARRAYS, st.integers(0, 300), st.integers(1, 3))
def test_stored_arrays_are_what_they_were(
    tmp_path_factory: pytest.TempPathFactory,
    expected: list[npt.NDArray[Any]],
    room: int,
    threads: int,
) -> None:
    store = ArrayStore(tmp_path_factory.getbasetemp(), room)
    with ThreadPoolExecutor(threads) as pool:
        stored = [*pool.map(store.add, expected)]
        loaded = [*pool.map(StoredArray.load, stored)]
    for array, found in zip(expected, loaded, strict=True):
        np.testing.assert_array_equal(found, array, strict=True)
    for array, one in zip(expected, stored, strict=True):
        assert len(one) == len(array)
        np.testing.assert_array_equal(one.take(), array, strict=True)
        with pytest.raises(ValueError, match="taken before"):
            one.load()
    in_ram = sum(one.nbytes for one in expected) <= room
    assert in_ram == (store._file is None)  # noqa: SLF001


def test_stored_arrays_of_a_limited_job_take_no_memory(tmp_path: Path) -> None:
    memory = DiskMemory(tmp_path, LARGE)
    store, part = memory.new_store(), np.arange(1 << 20)
    before = resident()
    stored = [store.add(part + number) for number in range(40)]
    assert resident() - before < 4 * part.nbytes
    assert not list(tmp_path.iterdir())
    joined = memory.join_stored(stored)
    assert resident() - before < 4 * part.nbytes + LARGE
    assert (joined.reshape(40, -1) == part + np.arange(40)[:, None]).all()


def test_a_disk_too_full_for_a_store_is_an_error(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        store = Memory(disk).new_store()
        small, large = (np.arange(size) for size in (9, STORED_RAM_BYTES // 8))
        assert (store.add(small).load() == small).all()
        with pytest.raises(OSError, match="No space left"):
            store.add(large)
        assert not list(disk.iterdir())
        del store  # closes the file, so that the disk can be unmounted


@pytest.mark.usefixtures("_all_on_disk")
def test_two_jobs_at_once_share_neither_folder_nor_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "the ferry was late again and nobody on the pier could say why it was so"
    ends = [" ".join(f"w{row}x{word}" for word in range(60)) for row in range(70)]
    news, together = tmp_path / "news.jsonl", Barrier(2)
    lines = [json.dumps({"text": f"{text} {row % 50} {ends[row % 70]}"}) for row in range(6000)]
    news.write_text("\n".join(lines) + "\n")
    clean_dataset([news], tmp_path / "expected.jsonl", blocks=True, min_df=4)
    used: dict[int, set[Path]] = {}  # by limit, the folders of files that were made
    released: set[int] = set()
    make, trim = DiskMemory._mapped_file, DiskMemory.trim  # noqa: SLF001

    def noted_map(self: DiskMemory, size: int) -> mmap.mmap:
        used.setdefault(self._limit, set()).add(self._place.parent)
        return make(self, size)

    def noted_trim(self: DiskMemory) -> None:
        released.add(self._limit)
        trim(self)

    monkeypatch.setattr(DiskMemory, "_mapped_file", noted_map)
    monkeypatch.setattr(DiskMemory, "trim", noted_trim)
    limits = {"one": 300_000_000, "two": 400_000_000}

    def run(name: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        together.wait()
        options = {"tmp_dir": folder, "memory": limits[name], "blocks": True, "min_df": 4}
        clean_dataset([news], tmp_path / f"{name}.jsonl", **options)  # type: ignore[arg-type]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, limits))
    assert used == {int(limit * RELEASE_SHARE): {tmp_path / name} for name, limit in limits.items()}
    assert released == set(used)
    for name in limits:
        assert (tmp_path / f"{name}.jsonl").read_bytes() == (
            tmp_path / "expected.jsonl"
        ).read_bytes()
        assert not list((tmp_path / name).iterdir())
    assert type(IN_RAM) is Memory
    assert IN_RAM.zeros(MAX_RAM_ARRAY_BYTES, np.int64).flags.owndata
