"""An index at work: transactions, ages, threads and processes that share one."""

import multiprocessing
import os
import pickle
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dedup import ConfigError, Index, InputError, StoreError
from tests.index.stories import FERRY, LONGER, MAYOR, WEATHER, contents


class _StopError(Exception):
    """Something else goes wrong."""


def test_a_transaction_is_committed_as_a_whole_or_not_at_all(index: Index) -> None:
    index.add([FERRY, MAYOR], ids=["a", "b"])
    before = contents(index)

    def do() -> None:
        index.remove(["a"])
        with index.transaction():
            index.add([WEATHER], ids=["c"], batch="monday")
            index.add([FERRY], ids=["b"], on_conflict="update")
        assert contents(index) == [("c", WEATHER), ("b", FERRY)]
        assert len(index) == 2 and index.stats().texts == 2
        assert index.query([FERRY, MAYOR]).witness == ["b", None]

    def do_and_fail() -> None:
        with index.transaction():
            do()
            raise _StopError

    with pytest.raises(_StopError):
        do_and_fail()
    assert contents(index) == before
    with index.transaction(keep=False):
        do()
    assert contents(index) == before
    assert index.query([FERRY, MAYOR, WEATHER]).witness == ["a", "b", None]
    with index.transaction():
        do()
    assert contents(index) == [("c", WEATHER), ("b", FERRY)]
    assert index.add([WEATHER], ids=["c"], batch="monday").keep.all()


def test_a_failed_operation_rolls_its_transaction_back(index: Index) -> None:
    index.add([FERRY], ids=["a"])

    def catch_within() -> None:
        with index.transaction():
            index.add([MAYOR], ids=["b"])
            with pytest.raises(InputError, match="another text"):
                index.add([WEATHER, LONGER], ids=["c", "c"])

    with pytest.raises(StoreError, match="the transaction was rolled back"):
        catch_within()
    assert contents(index) == [("a", FERRY)]
    assert index.add([MAYOR], ids=["b"]).keep.all()


def test_invalid_operations_within_a_transaction(index: Index) -> None:
    with index.transaction():
        with (
            pytest.raises(ConfigError, match=r"^keep must be True within another"),
            index.transaction(keep=False),
        ):
            pass
        with pytest.raises(StoreError, match="cannot be compacted within a transaction"):
            index.compact()
        index.add([FERRY], ids=["a"])
    assert list(index) == ["a"]


def test_old_texts_are_forgotten(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_800_000_000
    monkeypatch.setattr(time, "time", lambda: float(now))
    with Index(place, forget_after="1h") as index:
        index.add([FERRY], ids=["a"])
        now += 1800
        index.add([MAYOR], ids=["b"])
        assert [item.added for item in index.export()] == [
            datetime.fromtimestamp(now - 1800, UTC),
            datetime.fromtimestamp(now, UTC),
        ]
        now += 1800
        assert index.query([FERRY]).witness == ["a"]  # only what writes forgets
        assert index.add([FERRY], ids=["c"]).keep.all()
        assert list(index) == ["b", "c"]
        assert index.forget(timedelta(days=1)) == 0
        assert index.forget(1799) == 1
        assert index.stats().oldest == datetime.fromtimestamp(now, UTC)
    for wrong in ("1y", 0, -1, float("nan"), True, None):
        with pytest.raises(ConfigError, match=r"^older_than must be an age"), Index() as index:
            index.forget(wrong)  # type: ignore[arg-type]


def test_a_pickled_index_keeps_its_arguments(place: str) -> None:
    with Index(place, threshold=0.7, forget_after="1d", timeout=5) as index:
        index.add([FERRY], ids=["a"])
        with pickle.loads(pickle.dumps(index)) as other:  # noqa: S301  our own
            assert other.config == index.config and list(other) == ["a"]
            other.add([MAYOR], ids=["b"])
        assert list(index) == ["a", "b"]
    with pytest.raises(TypeError, match="an index in memory cannot be pickled: give it a path"):
        pickle.dumps(Index())


def test_threads_share_an_index(index: Index) -> None:
    texts = [" ".join(f"w{number}x{word}" for word in range(12)) for number in range(60)]
    kept: list[bool] = []

    def add(thread: int) -> None:
        for number, text in enumerate(texts):
            matches = index.add([text], ids=[f"{thread}-{number}"])
            assert index.query([text]).exact.all()
            kept.extend(matches.keep.tolist())

    threads = [threading.Thread(target=add, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(kept), sum(kept), len(index)) == (180, 60, 60)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork, of Unix")
@pytest.mark.parametrize("within", [False, True])
def test_an_index_opened_before_a_fork(place: str, *, within: bool) -> None:
    index = Index(place, timeout=20)
    index.add([FERRY], ids=["a"])

    def ask() -> None:
        assert list(index) == ["a"]
        if not within:
            index.add([MAYOR], ids=["b"])

    def fork() -> int:
        child = multiprocessing.get_context("fork").Process(target=ask)
        child.start()
        child.join()
        return child.exitcode or 0

    if within:
        with index.transaction():
            index.add([WEATHER], ids=["c"])
            assert fork() == 0
    else:
        assert fork() == 0
    index.add([LONGER], ids=["d"])
    assert list(index) == ["a", "c" if within else "b", "d"]
    index.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork, of Unix")
def test_a_forked_process_in_another_folder_finds_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    index = Index("seen.db", timeout=20)
    monkeypatch.chdir("..")
    child = multiprocessing.get_context("fork").Process(target=index.add, args=([FERRY],))
    child.start()
    child.join()
    assert child.exitcode == 0 and len(index) == 1
    index.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork, of Unix")
def test_an_index_in_memory_is_copied_by_a_fork() -> None:
    index = Index()
    index.add([FERRY], ids=["a"])

    def ask() -> None:
        index.add([MAYOR], ids=["b"])
        assert list(index) == ["a", "b"]

    child = multiprocessing.get_context("fork").Process(target=ask)
    child.start()
    child.join()
    assert child.exitcode == 0
    index.add([WEATHER], ids=["c"])
    assert list(index) == ["a", "c"]
