"""Ctrl-C ends a long call soon, at any moment, and the process can continue.

The tests measure processor time, since wall time depends on the load of the machine.
``make interrupts`` runs them with more text and prints the delays.
"""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from math import inf
from pathlib import Path

import pytest

from tests.interrupted_calls import CALLS, random_articles
from tests.without_core import needs_core

PROGRAM = Path(__file__).with_name("interrupted_calls.py")
TEXT_FACTOR = float(os.environ.get("DEDUP_INTERRUPTED", "1"))
MEGABYTES = 10.0  # most calls take at most half a second for so much text
MEGABYTES_OF_SLOW_CALLS = {
    "audit": 0.5,
    "clean": 5.0,
    "deduplicate long row": 2.0,
    "Index.add": 2.0,
    "Index.query": 2.0,
    "unique": 2.0,
}
# A call is interrupted after these shares of its usual time.
SHARES = [0.3, 0.7] if TEXT_FACTOR == 1 else [0.1, 0.3, 0.5, 0.7, 0.9]
SERIAL = ("clean", "restore", "Index.add", "Index.query", "unique")
MAX_DELAY = 0.2  # seconds until the exception is raised
MAX_WORK_AFTER = 0.5  # seconds of work in other threads after the exception
INTERRUPTED = 130  # the command's exit code
COMMAND = """
import sys, time
from dedup.cli.main import main
print(time.process_time(), flush=True)
code = main()
print(code, time.process_time(), flush=True)
sys.exit(code)
"""
ENTRY = """
import sys, time
from dedup_clean import main
print(time.process_time(), flush=True)
sys.exit(main())
"""

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux"),
    needs_core,  # only the core checks for signals in the middle of a call
]


def processor_time(pid: int) -> float:
    """Return the processor seconds of another process."""
    return time.clock_gettime((~pid << 3) | 2)  # clock_getcpuclockid of glibc


def interrupt(pid: int, when: float, patience: float = inf) -> float:
    """Send SIGINT when a process has used ``when`` seconds or ended; return its seconds then.

    A process that waits for input uses none; it gets SIGINT after ``patience`` seconds of the
    clock.
    """
    has_ended = partial(os.waitid, os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    end = time.monotonic() + patience
    while processor_time(pid) < when and not has_ended() and time.monotonic() < end:
        time.sleep(0.001)
    now = processor_time(pid)
    os.kill(pid, signal.SIGINT)
    return now


def next_line(program: subprocess.Popen[str]) -> list[str]:
    assert program.stdout is not None
    return program.stdout.readline().split()


def report(what: str, takes: float, delays: list[float]) -> None:
    after = ", ".join(f"{1000 * delay:.0f}" for delay in delays)
    print(f"{what}: {takes:.2f} s, ended {after} ms after SIGINT")  # noqa: T201


@pytest.fixture
def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if "COV" not in name}


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "threads"),
    [(name, threads) for name in CALLS for threads in (1, 2) if threads == 1 or name not in SERIAL],
)
def test_a_call_is_interrupted(name: str, threads: int, environment: dict[str, str]) -> None:
    megabytes = TEXT_FACTOR * MEGABYTES_OF_SLOW_CALLS.get(name, MEGABYTES)
    arguments = [name, str(megabytes), str(threads), str(len(SHARES))]
    delays = []
    with subprocess.Popen(
        [sys.executable, PROGRAM, *arguments], env=environment, stdout=subprocess.PIPE, text=True
    ) as program:
        takes = float(next_line(program)[1])
        for share in SHARES:
            sent = interrupt(program.pid, float(next_line(program)[1]) + share * takes)
            what, *numbers = next_line(program)
            if what == "finished":  # before SIGINT arrived
                continue
            delays.append(max(float(numbers[0]) - sent, 0))  # the last SIGINT can make it negative
            _, busy, threads_left = next_line(program)
            assert float(busy) < MAX_WORK_AFTER
            assert int(threads_left) <= 0
        assert next_line(program) == ["same", "True"]
    assert max(delays, default=0) < MAX_DELAY
    report(f"{name}, {megabytes:g} MB, {threads} threads", takes, delays)


@pytest.fixture
def news(tmp_path: Path) -> Path:
    path = tmp_path / "news.jsonl"
    with path.open("w") as file:
        for number, text in enumerate(random_articles(TEXT_FACTOR * MEGABYTES)):
            file.write(json.dumps({"id": number, "text": text}) + "\n")
    return path


@pytest.mark.parametrize("flags", [(), ("--within",), ("--blocks",), ("--spans",)])
def test_the_command_is_interrupted(
    flags: tuple[str, ...], news: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()

    def run(name: str, share: float = 0, takes: float = inf) -> tuple[int, float, float]:
        """Return the exit code, and the seconds that the command worked in all and after SIGINT."""
        arguments = [str(news), "-q", *flags, "-o", str(out / name)]
        with subprocess.Popen(
            [sys.executable, "-c", COMMAND, *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as program:
            begin = float(next_line(program)[0])
            sent = interrupt(program.pid, begin + share * takes if share else inf)
            returned, ended = next_line(program)
            _, status, usage = os.wait4(program.pid, 0)
            program.returncode = os.waitstatus_to_exitcode(status)
        worked = usage.ru_utime + usage.ru_stime
        if returned == "0":  # it ended before SIGINT arrived
            return 0, float(ended) - begin, 0.0
        return program.returncode, worked, worked - sent

    code, takes, _ = run("whole.jsonl")
    assert code == 0
    delays = []
    for share in SHARES:
        code, _, delay = run("half.jsonl", share, takes)
        if code == 0:  # it ended before SIGINT arrived
            (out / "half.jsonl").unlink()
            continue
        assert code == INTERRUPTED
        assert [path.name for path in out.iterdir()] == ["whole.jsonl"]
        delays.append(delay)
    assert max(delays, default=0) < MAX_DELAY
    report(" ".join(("command", *flags)), takes, delays)


@pytest.mark.parametrize("delay", [0.005, 0.02, 0.05, 0.1, 0.15])  # seconds; imports take 0.1
def test_the_command_is_interrupted_while_it_is_imported(
    delay: float, environment: dict[str, str]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENTRY, "--quiet"],
        env=environment,
        stdin=subprocess.PIPE,  # stays silent
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        interrupt(program.pid, float(next_line(program)[0]) + delay, patience=5)
        assert program.wait() == INTERRUPTED
        assert program.stderr is not None
        assert program.stderr.read() in (
            "",
            "dedup-clean: error: interrupted; no file was changed\n",
        )


def test_an_ignored_interrupt_stays_ignored(environment: dict[str, str]) -> None:
    ignoring = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); {ENTRY}"
    with subprocess.Popen(
        [sys.executable, "-c", ignoring, "--quiet"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        interrupt(program.pid, float(next_line(program)[0]) + 0.05, patience=5)
        assert program.communicate("The ferry was late.")[0] == "The ferry was late."
        assert program.returncode == 0
