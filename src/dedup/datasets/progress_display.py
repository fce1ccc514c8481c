"""Shows the progress of a job: one bar on a terminal, or a line every ten seconds in a log.

A thread shows the progress at regular intervals, so that the display moves even during a long
call. The job itself only stores numbers.
"""

import os
from _thread import allocate_lock
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from dedup.arrays.parallel import Worker
from dedup.arrays.progress import NO_PROGRESS, Progress
from dedup.files.address import Address
from dedup.files.location import Location
from dedup.files.standard_streams import print_message, stderr_is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

LOG_SECONDS = 10.0  # between two lines of a log
BAR_DELAY_SECONDS = 0.5  # a shorter job shows no bar
BAR_SECONDS = 0.25  # between two updates of a bar
MIN_SHARE_FOR_ESTIMATE = 0.02  # of the job, from which on the time left is estimated
STAGE_WIDTH, NUMBERS_WIDTH = 11, 34  # columns, so that the bar keeps its width
FREE_WIDTH = 3  # columns beside the bar, for the ^C that a terminal shows
END_SECONDS = 10.0  # how long to wait until the display is removed
MEGABYTE, GIGABYTE = 10**6, 10**9  # bytes
FIRST_STAGE, FIRST_STAGE_OF_REMOTE = "finding files", "connecting"
DUMB_TERMINALS = ("dumb", "unknown")  # values of TERM


class JobState(NamedTuple):
    """How far a job has come."""

    stage: str
    share: float | None  # of the job; None if it is not known
    done: float  # bytes of the input that the stage has processed
    total: int  # bytes of the input; 0 if they are not known
    rate: float  # bytes a second in this stage
    seconds_left: float | None  # of the job; None if it is not known

    @property
    def numbers(self) -> str:
        """Bytes, rate and time left.

        Examples
        --------
        >>> JobState("reading", 0.3, 210e6, 421_000_000, 88e6, 65.0).numbers
        '210 of 421 MB, 88 MB/s, 1:05 left'
        >>> JobState("reading", None, 210e6, 0, 88e6, None).numbers
        '210 MB, 88 MB/s'
        """
        numbers = []
        if self.done:
            total = f" of {_megabytes(self.total)}" if self.total else ""
            numbers = [f"{_megabytes(self.done)}{total} MB", f"{_megabytes(self.rate)} MB/s"]
        if self.seconds_left is not None:
            numbers.append(f"{_clock_time(self.seconds_left)} left")
        return ", ".join(numbers)


def _megabytes(size: float) -> str:
    """Return a size in megabytes: whole, or with one significant digit below 1 MB.

    Examples
    --------
    >>> [_megabytes(size) for size in (2_345_000_000, 5_000_000, 234_000, 1_200, 70, 0)]
    ['2,345', '5', '0.2', '0.001', '0', '0']
    """
    megabytes = size / MEGABYTE
    return f"{megabytes:,.0f}" if megabytes >= 1 or not round(megabytes, 3) else f"{megabytes:.1g}"


def _clock_time(seconds: float) -> str:
    """Return a duration as minutes and seconds, with hours if there are any.

    Examples
    --------
    >>> _clock_time(7.6), _clock_time(65), _clock_time(3_671)
    ('0:08', '1:05', '1:01:11')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@dataclass(slots=True)
class _Stage:
    """The current stage; loops change ``done`` and ``share``, parts ``start`` and ``stop``."""

    name: str
    total: int  # bytes of input that it reads; 0 if it reads none, or if they are not known
    begun: float  # when it began, by ``monotonic``
    done: int = 0  # bytes that it has read
    share: float = 0.0  # of the stage that is done
    start: float = 0.0  # of the current part, as a share of the stage
    stop: float = 1.0


class ShownProgress(Progress, ABC):
    """Computes how far a job has come, and shows it at intervals.

    Each stage that takes longer for a larger input processes all its bytes. Their number is known
    from the stage that reads it.
    """

    delay = interval = LOG_SECONDS  # before the first call of ``show``, and between two calls

    def __init__(self, first_stage: str = FIRST_STAGE) -> None:
        self._seconds_per_gigabyte: Mapping[str, float] = {}
        self._seconds: Mapping[str, float] = {}
        self._finished: list[str] = []
        self._input_bytes = 0  # 0 while they are not known
        self._begun = monotonic()
        self._stage = _Stage(first_stage, 0, self._begun)
        self._stop = allocate_lock()
        self._thread: Worker | None = None

    def plan(
        self, seconds_per_gigabyte: Mapping[str, float], seconds: Mapping[str, float] | None = None
    ) -> None:
        """Announce the stages of the job, and about how long they take."""
        self._seconds_per_gigabyte, self._seconds = seconds_per_gigabyte, seconds or {}

    def begin(self, stage: str, total: int = 0) -> None:
        """Begin a stage."""
        self._input_bytes = total or self._input_bytes or self._stage.done
        self._finished.append(self._stage.name)
        self._stage = _Stage(stage, total, monotonic())

    def reach(self, done: int, total: int | None = None) -> None:
        """Report how much of the stage, or of its current part, is done."""
        stage = self._stage
        if total is None:
            stage.done, total = done, stage.total
        if total:
            share = stage.start + (stage.stop - stage.start) * min(done / total, 1.0)
            stage.share = max(stage.share, share)

    def _enter_part(self, start: float, stop: float) -> tuple[float, float]:
        stage = self._stage
        around, width = (stage.start, stage.stop), stage.stop - stage.start
        stage.start, stage.stop = (around[0] + width * edge for edge in (start, stop))
        return around

    def _leave_part(self, around: tuple[float, float]) -> None:
        self._stage.start, self._stage.stop = around

    def state(self) -> JobState:
        """Return how far the job has come by now."""
        stage, now = self._stage, monotonic()
        total = stage.total or self._input_bytes
        done = stage.share * total if total else stage.done
        if stage.name in self._seconds and stage.name not in self._seconds_per_gigabyte:
            done = 0.0  # it does not process the input
        share = self._share_of_job(stage, total) if total else None
        seconds_left = None
        if share is not None and share >= MIN_SHARE_FOR_ESTIMATE:
            seconds_left = (now - self._begun) * (1 - share) / share
        rate = done / max(now - stage.begun, 1e-9)
        return JobState(stage.name, share, done, total, rate, seconds_left)

    def _share_of_job(self, stage: _Stage, input_bytes: int) -> float | None:
        gigabytes = input_bytes / GIGABYTE
        expected = {name: rate * gigabytes for name, rate in self._seconds_per_gigabyte.items()}
        for name, seconds in self._seconds.items():
            expected[name] = expected.get(name, 0.0) + seconds
        if not expected:
            return None
        done = sum(expected.get(name, 0.0) for name in self._finished)
        done += expected.get(stage.name, 0.0) * stage.share
        return min(done / sum(expected.values()), 1.0)

    def start(self) -> None:
        """Start the thread that calls ``show`` until ``end`` is called."""
        self._stop.acquire()
        with suppress(MemoryError):  # a job that cannot start a thread works without a display
            self._thread = Worker(self._show_at_intervals)

    def _show_at_intervals(self) -> None:
        wait = self.delay
        with suppress(OSError, MemoryError):  # of standard error
            try:
                while not self._stop.acquire(timeout=wait):
                    self.show(self.state())
                    wait = self.interval
            finally:
                self.hide()

    @abstractmethod
    def show(self, state: JobState) -> None:
        """Show how far the job has come; called by the thread."""

    def hide(self) -> None:
        """Remove the display; called by the thread."""

    def end(self) -> None:
        """Remove the display."""
        if self._thread is not None:
            if self._stop.locked():
                self._stop.release()
            self._thread.join(END_SECONDS)


class LoggedProgress(ShownProgress):
    """Prints a line every ten seconds."""

    def show(self, state: JobState) -> None:
        """Print a line."""
        print_message(f"{state.stage}: {state.numbers}".removesuffix(": "))


class TerminalProgress(ShownProgress):
    """Shows a bar on standard error, a terminal."""

    delay, interval = BAR_DELAY_SECONDS, BAR_SECONDS
    _bar: "Bar | None" = None

    def show(self, state: JobState) -> None:
        """Move the bar; without a known share it is empty, and only the spinner moves."""
        if self._bar is None:
            self._bar = _make_bar()
        share = "" if state.share is None else f"{state.share:.0%}"
        self._bar.update(
            self._bar.task_ids[0],
            description=state.stage,
            completed=state.share or 0.0,
            numbers=state.numbers,
            percent=share,
        )
        self._bar.refresh()

    def hide(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.stop()


def _make_bar() -> "Bar":
    from rich import progress  # noqa: PLC0415  slow to import; only when a bar is shown
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Column  # noqa: PLC0415

    console = Console(stderr=True)
    console.width -= FREE_WIDTH

    def column(width: int) -> Column:
        return Column(min_width=width, no_wrap=True)

    bar = progress.Progress(
        progress.SpinnerColumn("line"),
        progress.TextColumn("{task.description}", table_column=column(STAGE_WIDTH)),
        progress.BarColumn(bar_width=None),
        progress.TextColumn("{task.fields[percent]:>4}"),
        progress.TextColumn("{task.fields[numbers]}", table_column=column(NUMBERS_WIDTH)),
        console=console,
        auto_refresh=False,
        redirect_stdout=False,  # records may go there
        transient=True,
        expand=True,
    )
    bar.add_task("", total=1.0, numbers="", percent="")
    bar.start()
    return bar


@contextmanager
def shown_progress(files: Sequence[Location] = (), *, quiet: bool) -> Iterator[Progress]:
    """Show the progress of a job until it ends, unless ``quiet``.

    Parameters
    ----------
    files
        The files of the job: if one is remote, the display begins with "connecting".
    """
    if quiet:
        yield NO_PROGRESS
        return
    is_remote = any(isinstance(file, Address) for file in files)
    stage = FIRST_STAGE_OF_REMOTE if is_remote else FIRST_STAGE
    has_bar = stderr_is_terminal() and os.environ.get("TERM") not in DUMB_TERMINALS
    progress = (TerminalProgress if has_bar else LoggedProgress)(stage)
    try:
        progress.start()
        yield progress
    finally:
        progress.end()
