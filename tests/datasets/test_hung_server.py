"""A job whose index server hangs: a signal ends it, and it can be repeated."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from dedup import Index
from tests.postgres_server import PostgresServer

COMMAND = Path(sys.executable).with_name("dedup-clean")
LIMIT = 60.0  # seconds after which a test has hung
FERRY = "The ferry was late again, and nobody on the pier could say why it was so."
MAYOR = "The mayor opened a bridge today that no ship and no car will ever have to pass."
ACTIVE = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '{}%'"
IN_COMMIT = "CONSTRAINT TRIGGER", "DEFERRABLE INITIALLY DEFERRED", "COMMIT"
IN_STATEMENT = "TRIGGER", "", "COPY"

pytestmark = pytest.mark.skipif(not COMMAND.exists(), reason="dedup-clean is not installed")


def backend_of(server: PostgresServer, query: str) -> int:
    until = time.monotonic() + LIMIT
    while not (found := server.execute(ACTIVE.format(query))):
        assert time.monotonic() < until
        time.sleep(0.02)
    return int(found)


@pytest.mark.long
@pytest.mark.parametrize(
    ("number", "when"),
    [
        (signal.SIGINT, IN_COMMIT),
        (signal.SIGTERM, IN_COMMIT),
        (signal.SIGTERM, IN_STATEMENT),
    ],
)
def test_a_signal_ends_a_run_that_waits_for_its_index(
    postgres_server: PostgresServer,
    tmp_path: Path,
    number: signal.Signals,
    when: tuple[str, str, str],
) -> None:
    kind, deferred, query = when
    name = f"hung{number.name.lower()}{query.lower()}"
    url = postgres_server.url(name)
    with Index(url) as index:
        index.add([FERRY], ids=["old"])
    postgres_server.execute(
        f"CREATE FUNCTION {name}.wait() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;"
        f"CREATE {kind} wait AFTER INSERT ON {name}.text {deferred}"
        f" FOR EACH ROW EXECUTE FUNCTION {name}.wait()"
    )
    news, out = tmp_path / "news.jsonl", tmp_path / "out.jsonl"
    records = [{"id": "a", "text": MAYOR}, {"id": "b", "text": FERRY.upper()}]
    news.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    out.write_bytes(b"old")
    command = [str(COMMAND), "-q", str(news), "--index", url, "--id-key", "id", "-o", str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        backend = backend_of(postgres_server, query)
        os.kill(backend, signal.SIGSTOP)
        try:
            process.send_signal(number)
            begin = time.monotonic()
            _, said = process.communicate(timeout=LIMIT)
            took = time.monotonic() - begin
        finally:
            os.kill(backend, signal.SIGCONT)
    assert process.returncode == 128 + number, said
    assert took < 15
    assert b"interrupted; no file was changed" in said
    assert (b"the index may have the new records; run the same command" in said) == bool(deferred)
    assert out.read_bytes() == b"old"
    assert not [*tmp_path.glob("*.tmp")]
    assert subprocess.run(command, check=False, timeout=LIMIT).returncode == 0
    assert out.read_bytes() == orjson.dumps(records[0]) + b"\n"
    with Index(url) as index:
        assert list(index) == ["old", "a"]
    assert {*tmp_path.iterdir()} == {news, out}
