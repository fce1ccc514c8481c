"""Spark on a cluster of two workers, of which executors are killed: the same decisions."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import pyspark
import pytest

from dedup.adapters import spark, spark_rounds
from tests.adapters.spark_session import needs_java, spark_environment, spark_session
from tests.adapters.test_spark import crowded_texts, decisions_of, frame_of, local_decisions

needs_linux = pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds executors in /proc")
pytestmark = [
    pytest.mark.long,
    needs_java,
    needs_linux,
    pytest.mark.filterwarnings("ignore"),
]
HOME = Path(pyspark.__file__).parent
START_SECONDS = 60.0
EXECUTOR = "CoarseGrainedExecutorBackend"
FIRST_KILL_SECONDS, NEXT_KILL_SECONDS = 4.0, 8.0


@contextmanager
def spark_daemon(name: str, folder: Path, *arguments: str) -> Iterator[Path]:
    """Run a master or worker on loopback; yield its log."""
    log = folder / f"{name}-{len(list(folder.iterdir()))}.log"
    command = [HOME / "bin" / "spark-class", f"org.apache.spark.deploy.{name}"]
    options = ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0", *arguments]
    environment = spark_environment() | {"SPARK_HOME": str(HOME)}
    with log.open("wb") as errors:
        daemon = subprocess.Popen(
            [*map(str, command), *options], env=environment, stdout=errors, stderr=errors
        )
    try:
        yield log
    finally:
        daemon.terminate()
        daemon.wait(START_SECONDS)


def wait_for(found: Callable[[], str | None]) -> str:
    """Return what a function finds, once it finds something."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.2)
    raise TimeoutError


@contextmanager
def spark_cluster(folder: Path) -> Iterator[str]:
    """Start a master and two workers; yield the address of the master."""
    with ExitStack() as daemons:
        log = daemons.enter_context(spark_daemon("master.Master", folder))

        def address() -> str | None:
            match = re.search(r"spark://127\.0\.0\.1:\d+", log.read_text())
            return match[0] if match else None

        def registered() -> str | None:
            return "two" if log.read_text().count("Registering worker") == 2 else None

        master = wait_for(address)
        options = ["--cores", "1", "--memory", "1g"]
        for worker in range(2):
            place = ["--work-dir", str(folder / f"work{worker}")]
            daemons.enter_context(spark_daemon("worker.Worker", folder, *options, *place, master))
        wait_for(registered)
        yield master


def executors_in(folder: Path) -> list[int]:
    """Return the processes of the executors whose worker has its folder there."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, place = (process / "cmdline").read_bytes(), (process / "cwd").readlink()
        except OSError:  # it ended, or belongs to someone else
            continue
        if EXECUTOR.encode() in command and place.is_relative_to(folder):
            found.append(int(process.name))
    return found


def kill_executors(folder: Path, stop: Event, killed: list[int]) -> None:
    """Kill two executors, one after the other."""
    seconds = FIRST_KILL_SECONDS
    while len(killed) < 2 and not stop.wait(seconds):
        for process in executors_in(folder)[:1]:
            os.kill(process, signal.SIGKILL)
            killed.append(process)
        seconds = NEXT_KILL_SECONDS


def test_killed_executors_change_no_decision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark_rounds, "ONE_TASK_ROWS", 0)
    texts, stop, killed = crowded_texts(200, 9), Event(), list[int]()
    with spark_cluster(tmp_path) as master, spark_session(master) as session:
        killer = Thread(target=kill_executors, args=(tmp_path, stop, killed))
        killer.start()
        try:
            found = decisions_of(spark.deduplicate(frame_of(session, texts)))
        finally:
            stop.set()
            killer.join()
    assert killed
    assert found == local_decisions(texts)
