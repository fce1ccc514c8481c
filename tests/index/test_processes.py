"""Several processes share one index: they wait for each other, read, write and are killed."""

import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dedup import Index, StoreError
from dedup.index.stores import merging, pages, sorted_runs
from dedup.index.stores.opening import is_server
from tests.index.children import Child
from tests.index.stores.stored_postings import stored_postings
from tests.small_disk import enlarge, small_disk

# Merges go on all the time, in small steps.
TINY_LIMITS = {
    "PAGE_WORDS": 30,
    "MIN_TIER_POSTINGS": 32,
    "RUNS_PER_TIER": 2,
    "STEP_POSTINGS": 256,
    "MOVED_PER_WRITTEN": 3,
}
KILLS = 100 if os.environ.get("DEDUP_EVERY_STEP") else 10

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork, of Unix")


@pytest.fixture
def tiny_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Act as an index of very many texts."""
    for name, value in TINY_LIMITS.items():
        for module in (pages, sorted_runs, merging):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, value)


def text_of(number: int, words: int = 14) -> str:
    return " ".join(f"w{number}x{word}" for word in range(words))


def checked_texts(place: str) -> dict[Any, str | None]:
    """Check the tables of an index, and that each text is found; return the texts by id."""
    with Index(place, timeout=20) as index:
        texts = {item.id: item.text for item in index.export()}
        assert len(index) == len(texts)
        found = index.query(list(texts.values()))
        assert found.witness == list(texts) and found.exact.all()
    if not is_server(place):
        connection = sqlite3.connect(place)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()
    postings, _, rows = stored_postings(place)
    assert rows <= {row for _, row in postings}
    assert max(postings.values(), default=1) == 1
    return texts


def test_processes_that_add_at_once_wait_for_each_other(place: str) -> None:
    rng = random.Random(3)
    pool = [text_of(number) for number in range(60)]
    pool += [text_of(number, 13) for number in range(30)] + [text_of(n, 30) for n in range(15)]
    added: dict[str, str] = {}
    children = []
    for name in "abcd":
        texts = {f"{name}{number}": text for number, text in enumerate(rng.choices(pool, k=60))}
        added |= texts

        def add(send: Callable[[Any], None], texts: dict[str, str] = texts) -> None:
            ids = list(texts)
            with Index(place, timeout=60) as index:  # one of them creates the tables
                for start in range(0, len(ids), 6):
                    batch = ids[start : start + 6]
                    matches = index.add([texts[text_id] for text_id in batch], ids=batch)
                    send([batch, matches.keep.tolist(), matches.witness])

        children.append(Child(add))
    messages = [line for child in children for line in child.messages()]
    assert [child.wait() for child in children] == [0] * 4
    kept = checked_texts(place)
    assert len(messages) == 40
    for ids, keep, witnesses in messages:
        for name, new, witness in zip(ids, keep, witnesses, strict=True):
            assert new == (name in kept)
            if not new:
                single = Index()
                single.add([kept[witness]], ids=[witness])
                assert single.query([added[name]]).witness == [witness]
    # No kept text is a copy of another, and each removed text is a copy of a kept one.
    single = Index()
    assert single.add(list(kept.values()), ids=list(kept)).keep.all()
    assert not single.query([text for name, text in added.items() if name not in kept]).keep.any()


def test_one_of_several_processes_creates_the_tables(places: Callable[[], str]) -> None:
    for _ in range(8):
        new = places()
        begin = time.monotonic() + 0.03

        def opened(send: Callable[[Any], None], place: str = new, begin: float = begin) -> None:
            while time.monotonic() < begin:
                pass
            with Index(place, timeout=30) as index:
                send(index.add([text_of(1)], ids=["a"]).keep.tolist())

        children = [Child(opened) for _ in range(4)]
        messages = [line for child in children for line in child.messages()]
        assert [child.wait() for child in children] == [0] * 4
        assert sorted(messages) == [[False]] * 3 + [[True]]


@pytest.mark.usefixtures("tiny_runs")
def test_a_killed_process_leaves_complete_batches(place: str) -> None:
    rng, killed = random.Random(11), 0
    done: set[int] = set()
    for number in range(KILLS):

        def add(send: Callable[[Any], None], number: int = number) -> None:
            with Index(place, timeout=30) as index:
                send(None)
                for batch in range(number * 1000, number * 1000 + 1000):
                    size = 1 + batch * 7 % 12
                    some = range(batch * 16, batch * 16 + size)
                    index.add([text_of(one) for one in some], ids=some, batch=str(batch))
                    send(batch)

        child, delay = Child(add), rng.uniform(0, 0.12)
        lines = child.messages()
        next(lines)  # it has opened the index
        acknowledged = {next(lines) for _ in range(rng.randint(0, 4))}
        time.sleep(delay)
        child.kill()
        acknowledged |= {batch for batch in lines if batch is not None}
        killed += child.wait() == -signal.SIGKILL
        texts = checked_texts(place)
        sizes = Counter(name // 16 for name in texts)
        assert sizes == {batch: 1 + batch * 7 % 12 for batch in sizes}
        assert done | acknowledged <= sizes.keys()
        assert len(sizes.keys() - done - acknowledged) <= 1  # committed, but not reported
        done = set(sizes)
    assert killed == KILLS and len(done) > KILLS


@pytest.mark.usefixtures("tiny_runs")
def test_a_process_killed_while_it_compacts_loses_nothing(place: str) -> None:
    rng = random.Random(12)
    with Index(place) as index:
        for start in range(0, 400, 20):
            some = range(start, start + 20)
            index.add([text_of(one) for one in some], ids=some)
        index.remove(range(0, 400, 3))
        index.remove(range(20))
    expected = checked_texts(place)

    def compact(send: Callable[[Any], None]) -> None:
        with Index(place, timeout=30) as index:
            send("begun")
            index.compact()
            send("done")
            time.sleep(60)

    killed = 0
    for _ in range(KILLS):
        child = Child(compact)
        lines = child.messages()
        next(lines)
        time.sleep(rng.uniform(0, 0.05))
        child.kill()
        killed += "done" not in list(lines)
        child.wait()
        assert checked_texts(place) == expected
        with Index(place) as index:
            index.add([text_of(1000)], ids=[1000])
            index.remove([1000])
    with Index(place) as index:
        index.compact()
    assert checked_texts(place) == expected
    _, kinds, _ = stored_postings(place)
    assert killed and set(kinds.values()) == {1}


def test_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        path = disk / "seen.db"
        index, added = Index(path, timeout=2), 0
        with pytest.raises(StoreError, match=r"the disk is full; nothing was changed: free space"):  # noqa: PT012
            while added < 1 << 14:
                some = range(added, added + 64)
                index.add([text_of(one, 30) for one in some], ids=some)
                added += 64
        assert len(index) == added
        texts = [text_of(one, 30) for one in range(added)]
        assert index.query(texts).witness == [*range(added)]
        with pytest.raises(StoreError, match="the disk is full"):
            index.compact()
        assert len(index) == added
        index.close()
        enlarge(disk)
        assert list(checked_texts(str(path))) == [*range(added)]
        with Index(path) as index:
            assert index.add([text_of(added, 30)], ids=[added]).keep.all()
            index.compact()
        assert len(checked_texts(str(path))) == added + 1


@pytest.mark.usefixtures("tiny_runs")
def test_readers_see_complete_batches_while_others_write(place: str) -> None:
    with Index(place) as index:
        index.add([text_of(one) for one in range(10)], ids=range(10))

    def write(send: Callable[[Any], None]) -> None:
        with Index(place, timeout=30) as index:
            for start in range(10, 400, 10):
                some = range(start, start + 10)
                index.add([text_of(one) for one in some], ids=some)
                send(start)
            index.compact()

    child = Child(write)
    seen: set[int] = set()
    with Index(place, timeout=0) as index:
        for start in child.messages():
            count = len(index)
            assert count % 10 == 0 and count >= start + 10
            seen.add(count)
            asked = [text_of(one) for one in (0, start, start + 9)]
            assert index.query(asked).witness == [0, start, start + 9]
            assert len(list(index)) % 10 == 0
    assert child.wait() == 0
    assert len(seen) > 1
    assert len(checked_texts(place)) == 400


@contextmanager
def open_transaction_elsewhere(place: str) -> Iterator[None]:
    """Let another process have a transaction open."""

    def wait(send: Callable[[Any], None]) -> None:
        with Index(place) as index, index.transaction():
            index.add([text_of(7)], ids=["theirs"])
            send("begun")
            time.sleep(60)

    child = Child(wait)
    next(child.messages())
    try:
        yield
    finally:
        child.kill()
        assert child.wait() == -signal.SIGKILL


def test_a_writer_that_waits_too_long_fails(place: str) -> None:
    with Index(place, timeout=0.1) as index:
        index.add([text_of(1)], ids=["a"])
        with open_transaction_elsewhere(place):
            message = r"is locked: another process has been writing for 0\.1 s; retry"
            begin = time.monotonic()
            for do in (
                lambda: index.add([text_of(2)], ids=["b"]),
                lambda: index.remove(["a"]),
                index.compact,
            ):
                with pytest.raises(StoreError, match=message):
                    do()
            assert time.monotonic() - begin >= 0.3
            assert index.query([text_of(1), text_of(7)]).witness == ["a", None]
        assert index.add([text_of(7)], ids=["b"]).keep.all()  # theirs was not
    assert list(checked_texts(place)) == ["a", "b"]


class TimeUp(Exception):  # noqa: N818  no error of the code
    """A signal came."""


def test_a_signal_interrupts_a_waiting_writer(place: str) -> None:
    def end(*_: object) -> None:
        raise TimeUp

    before = signal.signal(signal.SIGALRM, end)
    try:
        with Index(place) as index:
            index.add([text_of(1)], ids=["a"])
            with open_transaction_elsewhere(place):
                begin = time.monotonic()
                signal.setitimer(signal.ITIMER_REAL, 0.2)
                with pytest.raises(TimeUp):
                    index.add([text_of(2)], ids=["b"])
                assert time.monotonic() - begin < 20  # it would have waited for minutes
            with Index(place, timeout=5) as other:
                other.add([text_of(3)], ids=["c"])
            index.add([text_of(2)], ids=["b"])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert list(checked_texts(place)) == ["a", "c", "b"]


def test_an_open_transaction_is_rolled_back_by_the_next(place: str) -> None:
    with Index(place) as index:
        index.add([text_of(1)], ids=["a"])
        # As after a second signal during the rollback that a first signal caused.
        index._store._database._begin(writes=True)  # noqa: SLF001
        assert index.query([text_of(1)]).witness == ["a"]
        index.add([text_of(2)], ids=["b"])
        with Index(place, timeout=5) as other:
            other.add([text_of(3)], ids=["c"])
    assert list(checked_texts(place)) == ["a", "b", "c"]
