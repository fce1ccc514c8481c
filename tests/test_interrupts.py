"""Ctrl-C ends a long call soon, at any moment, and the process goes on as if nothing had been.

What is measured is processor time: a busy machine takes longer, and that says nothing.
``make interrupts`` does the same with more text, and prints what it finds.
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

from tests.interrupted_calls import CALLS, made_texts
from tests.without_core import needs_core

PROGRAM = Path(__file__).with_name("interrupted_calls.py")
TIMES = float(os.environ.get("DEDUP_INTERRUPTED", "1"))  # as much text as usually
MEGABYTES = 10.0  # that most calls take about half a second for at most, and others:
USUAL = {
    "audit": 2.0,
    "clean": 5.0,
    "deduplicate long row": 2.0,
    "Index.add": 2.0,
    "Index.query": 2.0,
    "unique": 2.0,
}
# The parts of its time at which a call is interrupted.
PARTS = [0.3, 0.7] if TIMES == 1 else [0.1, 0.3, 0.5, 0.7, 0.9]
SERIAL = ("clean", "restore", "Index.add", "Index.query", "unique")
LIMIT = 0.2  # seconds until the exception is raised
IDLE = 0.5  # seconds of work that goes on behind it
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
    needs_core,  # numpy alone is not interrupted like this
]


def processor_time(pid: int) -> float:
    """Return the seconds that another process has worked."""
    return time.clock_gettime((~pid << 3) | 2)  # clock_getcpuclockid of glibc


def interrupt(pid: int, when: float) -> float:
    """Send SIGINT once a process has worked so long, or ended; return how long it had worked."""
    has_ended = partial(os.waitid, os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    while processor_time(pid) < when and not has_ended():
        time.sleep(0.001)
    now = processor_time(pid)
    os.kill(pid, signal.SIGINT)
    return now


def said(program: subprocess.Popen[str]) -> list[str]:
    assert program.stdout is not None
    return program.stdout.readline().split()


def say(what: str, takes: float, delays: list[float]) -> None:
    after = ", ".join(f"{1000 * delay:.0f}" for delay in delays)
    print(f"{what}: {takes:.2f} s, ended {after} ms after SIGINT")  # noqa: T201


@pytest.fixture
def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if "COV" not in name}


@pytest.mark.parametrize(
    ("name", "threads"),
    [(name, threads) for name in CALLS for threads in (1, 2) if threads == 1 or name not in SERIAL],
)
def test_a_call_is_interrupted(name: str, threads: int, environment: dict[str, str]) -> None:
    megabytes = TIMES * USUAL.get(name, MEGABYTES)
    arguments = [name, str(megabytes), str(threads), str(len(PARTS))]
    delays = []
    with subprocess.Popen(
        [sys.executable, PROGRAM, *arguments], env=environment, stdout=subprocess.PIPE, text=True
    ) as program:
        takes = float(said(program)[1])
        for part in PARTS:
            sent = interrupt(program.pid, float(said(program)[1]) + part * takes)
            what, *numbers = said(program)
            if what == "finished":  # sooner than before
                continue
            delays.append(max(float(numbers[0]) - sent, 0))  # below 0 by the SIGINT before
            _, busy, threads_left = said(program)
            assert float(busy) < IDLE
            assert int(threads_left) <= 0
        assert said(program) == ["same", "True"]
    assert max(delays, default=0) < LIMIT
    say(f"{name}, {megabytes:g} MB, {threads} threads", takes, delays)


@pytest.fixture
def news(tmp_path: Path) -> Path:
    path = tmp_path / "news.jsonl"
    with path.open("w") as file:
        for number, text in enumerate(made_texts(TIMES * MEGABYTES)):
            file.write(json.dumps({"id": number, "text": text}) + "\n")
    return path


@pytest.mark.parametrize("flags", [(), ("--within",), ("--blocks",), ("--spans",)])
def test_the_command_is_interrupted(
    flags: tuple[str, ...], news: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()

    def run(name: str, part: float = 0, takes: float = inf) -> tuple[int, float, float]:
        """Return the exit code, and how long the command worked in all and after SIGINT."""
        arguments = [str(news), "-q", *flags, "-o", str(out / name)]
        with subprocess.Popen(
            [sys.executable, "-c", COMMAND, *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as program:
            begin = float(said(program)[0])
            sent = interrupt(program.pid, begin + part * takes if part else inf)
            returned, ended = said(program)
            _, status, usage = os.wait4(program.pid, 0)
            program.returncode = os.waitstatus_to_exitcode(status)
        worked = usage.ru_utime + usage.ru_stime
        if returned == "0":  # it had ended
            return 0, float(ended) - begin, 0.0
        return program.returncode, worked, worked - sent

    code, takes, _ = run("whole.jsonl")
    assert code == 0
    delays = []
    for part in PARTS:
        code, _, delay = run("half.jsonl", part, takes)
        if code == 0:  # it ended sooner than before
            (out / "half.jsonl").unlink()
            continue
        assert code == INTERRUPTED
        assert [path.name for path in out.iterdir()] == ["whole.jsonl"]
        delays.append(delay)
    assert max(delays, default=0) < LIMIT
    say(" ".join(("command", *flags)), takes, delays)


@pytest.mark.parametrize("delay", [0.005, 0.02, 0.05, 0.1, 0.15])  # seconds; imports take 0.2
def test_the_command_is_interrupted_while_it_is_imported(
    delay: float, environment: dict[str, str]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENTRY, "--quiet"],
        env=environment,
        stdin=subprocess.PIPE,  # which says nothing
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        interrupt(program.pid, float(said(program)[0]) + delay)
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
        interrupt(program.pid, float(said(program)[0]) + 0.05)
        assert program.communicate("The ferry was late.")[0] == "The ferry was late."
        assert program.returncode == 0
