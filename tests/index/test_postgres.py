"""An index on PostgreSQL: addresses, rights, and failures of the server."""

import logging
import os
import pickle
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dedup import ConfigError, Index, MissingLibraryError, StoreError, clean_dataset
from dedup.index.stores.opening import display_path, open_store
from tests.index.children import Child
from tests.index.stories import FERRY, MAYOR, WEATHER
from tests.index.test_processes import checked_texts, text_of
from tests.postgres_server import DATABASE, USER, PostgresServer

KILLS = 20 if os.environ.get("DEDUP_EVERY_STEP") else 4
SECRET = "fish-and-chips"  # noqa: S105  of no one


@pytest.fixture
def url(postgres_server: PostgresServer) -> str:
    return postgres_server.new_url()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """Return a server that a test may kill."""
    with PostgresServer() as server:
        yield server


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://host", "postgresql://host"),
        ("postgres://ann@host:1/db?name=a%20b", "postgres://host:1/db?name=a%20b"),
        (f"postgresql://ann:{SECRET}@host/db?name=n", "postgresql://host/db?name=n"),
        (f"postgresql:///db?password={SECRET}&host=/run", "postgresql:///db?host=/run"),
    ],
)
def test_a_displayed_address_has_no_user_and_password(url: str, name: str) -> None:
    assert display_path(url) == name


@pytest.mark.parametrize(
    "url",
    [
        f"redis://ann:{SECRET}@host",
        f"postgresql+psycopg://ann:{SECRET}@host",
        "postgresql://host?name=",
        f"postgresql://host?name={'n' * 64}",
        "postgresql://host?colour=red",
        f"postgresql://ann:{SECRET}/more@host/db",
        f"postgresql://ann:a@{SECRET}@host/db",
        f"postgresql://ann:?{SECRET}@host/db",
        f"postgresql://ann:%zz{SECRET}@host/db",
        f"postgresql:///db?colour=red&password={SECRET}",
    ],
)
def test_an_invalid_address_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^path must") as caught:
        Index(url)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_the_client_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "dedup.index.stores.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingLibraryError, match=r"^psycopg is missing: pip install 'psycopg"):
        Index("postgresql://host")


def test_indexes_of_one_database_are_independent(postgres_server: PostgresServer) -> None:
    one, two = (postgres_server.url(name) for name in ('o"ne', "Two"))
    with Index(one) as first, Index(two) as second:
        first.add([FERRY], ids=[1])
        assert second.add([FERRY], ids=[1]).keep.all()
    postgres_server.execute('DROP SCHEMA "o""ne" CASCADE')
    with Index(one) as first, Index(two) as second:
        assert len(first) == 0 and list(second) == [1]


def test_other_files_and_tables_are_refused_and_unchanged(postgres_server: PostgresServer) -> None:
    postgres_server.execute("CREATE SCHEMA shop; CREATE TABLE shop.text (row int)")
    with pytest.raises(StoreError, match=r"name=shop is not a dedup index; give another \?name="):
        Index(postgres_server.url("shop"))
    postgres_server.execute("CREATE TABLE shop.known (row int)")
    with pytest.raises(StoreError, match=r"name=shop is not a dedup index; give another \?name="):
        Index(postgres_server.url("shop"))
    assert postgres_server.execute("SELECT count(*) FROM shop.text") == "0"
    with pytest.raises(StoreError, match=r"name=pg_catalog is not a dedup index"):
        Index(postgres_server.url("pg_catalog"))


def test_another_format_is_refused(postgres_server: PostgresServer) -> None:
    url = postgres_server.url("format")
    Index(url).close()
    for value, message in {
        "'i2'": "has format 2, and this",
        "'x'": "has format b'x', and this version",
    }.items():
        postgres_server.execute(f"UPDATE format.known SET value = {value} WHERE name = 'sformat'")
        with pytest.raises(StoreError, match=message):
            Index(url)


def test_damage_on_a_server_is_reported(postgres_server: PostgresServer) -> None:
    url = postgres_server.url("damaged")
    with Index(url) as index:
        index.add([FERRY], ids=[1])
        postgres_server.execute("UPDATE damaged.chunk SET data = substr(data, 9)")
        with pytest.raises(StoreError, match="is damaged: list the damage"):
            index.query([FERRY])
        assert [item.text for item in index.export()] == [FERRY]
        assert "the posting lists cannot be read: add what" in index.check().problems[0]


def allow_by_password(server: PostgresServer) -> None:
    access = server.folder / "data" / "pg_hba.conf"
    access.write_text(f"local all {USER} trust\nlocal all all scram-sha-256\n")
    server.execute("SELECT pg_reload_conf()")


def test_passwords_from_environment_and_file_appear_nowhere(
    own_server: PostgresServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    own_server.execute(f"CREATE ROLE ann LOGIN PASSWORD '{SECRET}'")
    own_server.execute(f"GRANT CREATE ON DATABASE {DATABASE} TO ann")
    allow_by_password(own_server)
    url = own_server.url(user="ann")
    for wrong in (url, url.replace("ann@", f"ann:not-{SECRET}@")):
        with pytest.raises(StoreError, match=r"cannot be reached .*password") as caught:
            Index(wrong)
        assert SECRET not in "".join(traceback.format_exception(caught.value))
        assert "PGPASSWORD or ~/.pgpass" in str(caught.value)
    with Index(url.replace("ann@", f"ann:{SECRET}@")) as index:
        assert SECRET not in repr(index)
        index.add([FERRY], ids=[1])
        with pickle.loads(pickle.dumps(index)) as other:  # noqa: S301  our own
            assert list(other) == [1]
    passwords = tmp_path / "pgpass"
    passwords.write_text(f"*:*:{DATABASE}:ann:{SECRET}\n")
    passwords.chmod(0o600)
    for name, value in {"PGPASSFILE": str(passwords), "PGPASSWORD": SECRET}.items():
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            with Index(url) as index:
                assert list(index) == [1]
    assert SECRET not in caplog.text
    assert SECRET not in "".join(capfd.readouterr())


def test_the_command_never_prints_a_password(
    postgres_server: PostgresServer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    url = postgres_server.url("run", user=f"{USER}:{SECRET}")
    (tmp_path / "in.jsonl").write_text('{"id": 1, "text": "The ferry was late."}\n')
    result = clean_dataset(tmp_path / "in.jsonl", tmp_path / "out.jsonl", index=url)
    assert SECRET not in repr(result) + str(result)
    with pytest.raises(ConfigError, match="was made without ids") as caught:
        clean_dataset(tmp_path / "in.jsonl", tmp_path / "more.jsonl", index=url, id="id")
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in "".join(capfd.readouterr())
    assert not [path for path in tmp_path.iterdir() if SECRET.encode() in path.read_bytes()]


def test_needed_rights(postgres_server: PostgresServer) -> None:
    """The rights of docs/how-to/incremental.md."""
    for role in ("maker", "writer", "reader", "stranger"):
        postgres_server.execute(f"CREATE ROLE {role} LOGIN")
    url = {role: postgres_server.url("rights", user=role) for role in ("maker", "writer", "reader")}
    stranger = postgres_server.url("rights", user="stranger")
    with pytest.raises(StoreError, match=r"refuses \(permission denied for database crawl\)"):
        Index(url["maker"])
    postgres_server.execute("CREATE SCHEMA rights AUTHORIZATION maker")
    with Index(url["maker"]) as index:
        index.add([FERRY], ids=[1])
        index.compact()
    postgres_server.execute(
        "GRANT USAGE ON SCHEMA rights TO reader, writer;"
        "GRANT SELECT ON ALL TABLES IN SCHEMA rights TO reader;"
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rights TO writer"
    )
    with Index(url["writer"]) as index:
        index.add([MAYOR], ids=[2])
        index.remove([1])
        assert list(index) == [2]
    with Index(url["reader"]) as index:
        assert index.query([MAYOR]).witness == [2]
        assert index.stats().texts == 1
        with pytest.raises(StoreError, match=r"refuses \(permission denied for table .*: ask the"):
            index.add([WEATHER], ids=[3])
    with pytest.raises(StoreError, match=r"refuses \(permission denied for schema rights"):
        Index(stranger)


def test_a_missing_server() -> None:
    message = r"^postgresql://localhost:1/crawl cannot be reached \(.*check that a server"
    with pytest.raises(StoreError, match=message) as caught:
        Index("postgresql://localhost:1/crawl")
    assert "\n" not in str(caught.value)


def test_a_missing_database(postgres_server: PostgresServer) -> None:
    with pytest.raises(StoreError, match=r'cannot be reached .*database "nothing" does not exist'):
        Index(postgres_server.url().replace(f"/{DATABASE}?", "/nothing?"))


def test_a_read_only_server(url: str) -> None:
    with Index(url) as index:
        index.add([FERRY], ids=[1])
    only_reads = f"{url}&options=-c%20default_transaction_read_only%3Don"
    with Index(only_reads) as index:
        assert index.query([FERRY]).witness == [1]
        with pytest.raises(StoreError, match="cannot be written, as the server or the user only"):
            index.add([MAYOR], ids=[2])


def test_a_server_that_stops_and_starts(own_server: PostgresServer) -> None:
    with Index(own_server.url()) as index:
        index.add([FERRY], ids=[1])
        own_server.kill()
        for ask in (lambda: len(index), lambda: index.add([MAYOR], ids=[2])):
            with pytest.raises(StoreError, match=r"crawl\?host=.* cannot be reached"):
                ask()
        assert repr(index).endswith("which cannot be read>")
        own_server.start()
        assert index.add([MAYOR, FERRY], ids=[2, 3]).witness == [None, 1]
        assert list(index) == [1, 2]


def end_connections(server: PostgresServer) -> None:
    server.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        " WHERE application_name = 'dedup'"
    )


def test_a_connection_lost_within_a_transaction(own_server: PostgresServer) -> None:
    with Index(own_server.url()) as index:

        def lose() -> None:
            with index.transaction():
                index.add([FERRY], ids=[1])
                end_connections(own_server)
                index.add([MAYOR], ids=[2])

        with pytest.raises(
            StoreError, match=r"lost its connection \(.*nothing was changed"
        ) as caught:
            lose()
        assert str(caught.value).startswith(
            f"postgresql:///{DATABASE}?host={own_server.folder}&name"
        )
        assert len(index) == 0
        end_connections(own_server)  # while it has nothing to do: it connects again
        assert index.add([FERRY, MAYOR], ids=[1, 2]).keep.all()


@pytest.mark.parametrize("committed", [True, False])
def test_a_connection_lost_in_a_commit(own_server: PostgresServer, *, committed: bool) -> None:
    with Index(own_server.url()) as index:

        def lose() -> None:
            with index.transaction():
                index.add([FERRY], ids=[1], batch="monday")
                if committed:
                    index._store._database.execute("COMMIT")  # noqa: SLF001
                end_connections(own_server)

        with pytest.raises(StoreError, match=r"while it committed, .*do the same again"):
            lose()
        assert len(index) == committed
        assert index.add([FERRY], ids=[1], batch="monday").keep.all()
        assert list(index) == [1]


class TimeUp(Exception):  # noqa: N818  no error of the code
    """A signal came."""


@pytest.mark.parametrize("kind", [TimeUp, KeyboardInterrupt])
def test_a_signal_in_a_commit_leaves_all_or_nothing(
    postgres_server: PostgresServer, kind: type[BaseException]
) -> None:
    """A trigger lets the commit take half a second."""
    url = postgres_server.url(f"slow{kind.__name__.lower()}")
    schema = f"slow{kind.__name__.lower()}"

    def end(*_: object) -> None:
        raise kind

    with Index(url) as index:
        index.add([FERRY], ids=[1])
        postgres_server.execute(
            f"CREATE FUNCTION {schema}.wait() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;"
            f"CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON {schema}.text"
            f" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {schema}.wait()"
        )
        before = signal.signal(signal.SIGALRM, end)
        try:
            with pytest.raises(kind), index.transaction():  # noqa: PT012
                index.add([MAYOR], ids=[2])
                signal.setitimer(signal.ITIMER_REAL, 0.25)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert list(index) in ([1], [1, 2])
        index.add([MAYOR], ids=[2])
        assert list(index) == [1, 2]
        assert index.query([MAYOR]).witness == [2]


def test_a_signal_ends_a_commit_on_a_server_that_hangs(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dedup.index.stores.postgres.CANCEL_TIMEOUT_SECONDS", 0.2)

    def end(*_: object) -> None:
        raise TimeUp

    with Index(postgres_server.url("hangs")) as index:
        index.add([FERRY], ids=[1])
        backend = index._store._database._connection.info.backend_pid  # type: ignore[attr-defined]  # noqa: SLF001
        before = signal.signal(signal.SIGALRM, end)
        begin = time.monotonic()
        try:
            with pytest.raises(TimeUp), index.transaction():  # noqa: PT012
                index.add([MAYOR], ids=[2], batch="monday")
                os.kill(backend, signal.SIGSTOP)
                signal.setitimer(signal.ITIMER_REAL, 0.25)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            os.kill(backend, signal.SIGCONT)
        assert time.monotonic() - begin < 5
        assert index.add([MAYOR], ids=[2], batch="monday").keep.all()
        assert list(index) == [1, 2]


def test_a_signal_in_a_statement_leaves_nothing(url: str) -> None:
    def end(*_: object) -> None:
        raise TimeUp

    before = signal.signal(signal.SIGALRM, end)
    try:
        with Index(url) as index:
            index.add([FERRY], ids=[1])
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(TimeUp), index.transaction():  # noqa: PT012
                index.add([MAYOR], ids=[2])
                index._store._database.execute("SELECT pg_sleep(60)")  # noqa: SLF001
            assert list(index) == [1]
            assert index.add([MAYOR], ids=[2]).keep.all()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_killed_server_keeps_acknowledged_texts(own_server: PostgresServer) -> None:
    rng, url, done = random.Random(5), own_server.url(), set[int]()

    for number in range(KILLS):

        def add(send: Callable[[Any], None], number: int = number) -> None:
            with Index(url, timeout=30) as index:
                for batch in range(number * 1000, number * 1000 + 1000):
                    some = range(batch * 4, batch * 4 + 4)
                    try:
                        index.add([text_of(one) for one in some], ids=some)
                    except StoreError as error:
                        send(str(error))
                        return
                    send(batch)

        child = Child(add)
        lines = child.messages()
        done |= {next(lines) for _ in range(3)}
        time.sleep(rng.uniform(0, 0.1))
        own_server.kill()
        *batches, last = lines
        assert child.wait() == 0
        assert "connection" in last or "cannot be reached" in last
        own_server.start()
        texts = checked_texts(url)
        whole = {name // 4 for name in texts}
        assert len(texts) == 4 * len(whole)
        assert done | {*batches} <= whole
        assert len(whole - done - {*batches}) <= 1  # committed, and not acknowledged any more
        done = whole


def test_many_clients_killed_at_once(url: str) -> None:
    def add(send: Callable[[Any], None], first: int) -> None:
        with Index(url, timeout=60) as index:
            for name in range(first, first + 100_000):
                index.add([text_of(name)], ids=[name])
                send(name)

    children = [
        Child(lambda send, first=number * 100_000: add(send, first))  # type: ignore[misc]
        for number in range(4)
    ]
    reported = [next(child.messages()) for child in children]
    for child in children:
        child.kill()
    for child in children:
        reported += child.messages()
        assert child.wait() == -signal.SIGKILL
    texts = checked_texts(url)
    assert {*reported} <= texts.keys()
    assert len(texts.keys() - {*reported}) <= 4
    with Index(url, timeout=5) as index:  # whoever was killed holds nothing up
        assert index.add([text_of(1 << 30)], ids=[1 << 30]).keep.all()


def test_readers_do_not_wait_for_a_writer(url: str) -> None:
    with Index(url) as writer, Index(url, timeout=0) as reader, writer.transaction():
        writer.add([FERRY], ids=[1])
        assert len(reader) == 0 and reader.query([FERRY]).keep.all()
        with pytest.raises(StoreError, match="is locked: another process has been writing for 0 s"):
            reader.add([FERRY], ids=[2])


def test_a_scan_reads_one_state(url: str) -> None:
    store, other = open_store(url, 10), open_store(url, 10)
    with Index(url) as index:
        index.add([text_of(number) for number in range(40)], ids=range(40))
    with store.reading():
        scan = store.scan()
        next(scan)
        with Index(url) as index:
            index.remove(range(40))
        assert len(list(scan)) == 39
    with other.reading():
        assert not list(other.scan())
    store.close()
    other.close()


SIGNS = 16 * b"!#%&()*+,-./:;<="


def test_a_check_reads_in_bounded_memory(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts without words have no posting lists, so all that is read are 52 MB of texts."""
    monkeypatch.setattr("dedup.index.batch.INDEX_BATCH_BYTES", 1 << 20)
    rng = random.Random(4)
    with Index(url) as index:
        for start in range(0, 800, 100):
            some = [rng.randbytes(1 << 17).translate(SIGNS).decode() for _ in range(100)]
            index.add(some, ids=range(start, start + 100))
        assert index.stats().bytes > 50 << 20

    def check(send: Callable[[Any], None]) -> None:
        with Index(url) as index:
            index.query([FERRY])
            before = resident()
            found = index.check()
            send([found.texts, list(found.problems), resident() - before])

    child = Child(check)
    ((texts, problems, taken),) = child.messages()
    assert child.wait() == 0
    assert (texts, problems) == (800, [])
    assert taken < 32 << 20


def resident() -> int:
    """Return the most bytes that this process has had in memory."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
