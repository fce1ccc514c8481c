"""Hostile index files: one clear error or the right result, soon and in little memory."""

import io
import os
import random
import shutil
import signal
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest

from dedup import DedupError, Index
from dedup.cli.main import main
from tests.index.hostile_files import HARMS, large, small, texts

FILES = int(os.environ.get("DEDUP_HOSTILE", "30"))
SECONDS, BYTES = 10, 400 << 20  # that one file may take
SANITIZED = "libasan" in os.environ.get("LD_PRELOAD", "")
WORKED, REFUSED, FAILED, WRONG = range(4)
OUTCOMES = ("no error", "refused at once", "an error in use")
QUERIES = [*texts(300, 60)[::6], *texts(30, 200)]
NEW = [" ".join(f"new{number}x{word}" for word in range(30)) for number in range(20)]


COMMANDS = (
    ("stats", "{}"),
    ("get", "{}", "17", "n17"),
    ("query", "{}", "{}.txt"),
    ("export", "{}", "-o", "{}.jsonl"),
    ("check", "{}"),
)


def use(path: Path) -> int:
    """Use each operation of an index, by the command and in Python; return the outcome."""
    path.with_name(path.name + ".txt").write_text(QUERIES[0])
    for name, *rest in COMMANDS:
        if not is_done(["index", name, *(one.format(path) for one in rest)]):
            return WRONG
    try:
        index = Index(path)
    except DedupError as error:
        return REFUSED if is_clear(error, path) else WRONG
    outcome = WORKED
    doing: list[Callable[[], object]] = [
        index.stats,
        lambda: index.query(QUERIES),
        lambda: index.neighbors(QUERIES[:3]),
        lambda: sum(1 for _ in index.export()),
        index.check,
        lambda: index.add(texts(300, 60)[:60], ids=range(60), batch="b0"),
        lambda: index.add(NEW, ids=[f"new{number}" for number in range(20)]),
        lambda: index.remove(range(50)),
        index.compact,
        lambda: index.query(QUERIES),
        index.close,
    ]
    for do in doing:
        try:
            do()
        except DedupError as error:
            outcome = FAILED if is_clear(error, path) else WRONG
        if outcome == WRONG:
            break
    return outcome


def is_done(arguments: list[str]) -> bool:
    """Run the command; return whether it printed at most one line of an error or summary."""
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = io.TextIOWrapper(io.BytesIO()), io.StringIO()
    try:
        code, output = main(arguments), sys.stderr.getvalue()
    finally:
        sys.stdout, sys.stderr = streams
    clear = code in (0, 1) or (code == 2 and output.startswith("dedup-clean: error: "))
    if not clear or output.count("\n") > 1:
        sys.stderr.write(f"{arguments}: {code} {output!r}\n")
        return False
    return True


def is_clear(error: DedupError, path: Path) -> bool:
    message = str(error)
    clear = "\n" not in message and message.isprintable() and len(message) < 1000
    clear = clear and str(path) in message
    if not clear:
        sys.stderr.write(f"no clear line: {message!r}\n")
    return clear


def in_child(do: Callable[[], int]) -> tuple[int, float, int]:
    """Call a function in a child process; return its result, seconds, and bytes of memory."""
    before, begin = (
        os.sysconf("SC_PAGE_SIZE") * int(Path("/proc/self/statm").read_text().split()[1]),
        perf_counter(),
    )
    child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(SECONDS * (10 if SANITIZED else 1))
            warnings.simplefilter("ignore")
            os._exit(do())
        except BaseException:  # noqa: BLE001  whatever it is
            traceback.print_exc(file=sys.stderr)
            sys.stderr.flush()
        os._exit(WRONG)
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return code, perf_counter() - begin, 1024 * usage.ru_maxrss - before


@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc of Linux")
def test_a_hostile_file_is_at_most_an_error(tmp_path: Path) -> None:
    whole = [make(tmp_path / f"{make.__name__}.db") for make in (small, large)]
    found: dict[str, Counter[int]] = {harm.__name__: Counter() for harm in HARMS}
    slowest, largest, wrong = 0.0, 0, []
    for number in range(FILES):
        harm, rng = HARMS[number % len(HARMS)], random.Random(number)
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / "seen.db"
        path.write_bytes(whole[number // len(HARMS) % 2].read_bytes())
        harm(path, rng)
        code, seconds, size = in_child(lambda path=path: use(path))  # type: ignore[misc]
        shutil.rmtree(folder)
        found[harm.__name__][code] += 1
        slowest, largest = max(slowest, seconds), max(largest, size)
        if code not in (WORKED, REFUSED, FAILED) or (size > BYTES and not SANITIZED):
            wrong.append((number, harm.__name__, code, round(seconds, 1), size >> 20))
    report(found, f"slowest {slowest:.1f} s, most memory {largest >> 20} MB")
    assert not wrong


def report(found: dict[str, Counter[int]], most: str) -> None:
    """Print what became of the files, which pytest shows with -s."""
    lines = [
        f"{FILES:,} files; {most}",
        f"| harm | {' | '.join(OUTCOMES)} |",
        "| --- |" + 3 * " ---: |",
    ]
    for name, counts in found.items():
        numbers = " | ".join(str(counts[code]) for code in (WORKED, REFUSED, FAILED))
        lines.append(f"| {name.replace('_', ' ')} | {numbers} |")
    print("", *lines, sep="\n")  # noqa: T201
