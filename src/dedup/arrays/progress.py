"""What long loops report about their progress, and the object that receives it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

PartT = TypeVar("PartT")
StepResult = TypeVar("StepResult")


class Progress:
    """Receives the progress of a job; this base class ignores it.

    To show it, pass an object of a subclass that has ``begin``, ``reach`` and ``end`` of its own.

    A job has stages, one after the other, and a stage may have parts. A loop reports how much of
    its stage or part is done. The threads of a loop may report at the same time.

    Examples
    --------
    >>> progress = Progress()
    >>> progress.begin("reading", 2_000)
    >>> progress.reach(1_000)
    >>> progress.begin("comparing")
    >>> with progress.part(0.0, 0.5):
    ...     progress.reach(1, 2)  # a quarter of the stage
    """

    def plan(
        self, seconds_per_gigabyte: Mapping[str, float], seconds: Mapping[str, float] | None = None
    ) -> None:
        """Announce the stages of the job, and about how long they take compared with each other.

        Parameters
        ----------
        seconds_per_gigabyte
            For each stage, by its name: seconds for a gigabyte of input.
        seconds
            What is added to them, whatever the size of the input.
        """

    def begin(self, stage: str, total: int = 0) -> None:
        """Begin a stage.

        Parameters
        ----------
        stage
            Its name.
        total
            Bytes of input, if the stage reads it; 0 if they are not known.
        """

    def reach(self, done: int, total: int | None = None) -> None:
        """Report how much of the stage, or of its current part, is done.

        Parameters
        ----------
        done, total
            In any unit. Without ``total``, bytes of the total with which the stage began.
        """

    @contextmanager
    def part(self, start: float, stop: float) -> Iterator[None]:
        """Let reports concern a part of the stage inside the block; at its end the part is done.

        Parameters
        ----------
        start, stop
            Where the part begins and ends, as shares of its stage or of the part around it.
        """
        around = self._enter_part(start, stop)
        try:
            yield
            self.reach(1, 1)
        finally:
            self._leave_part(around)

    def parts(self, items: Iterable[PartT], sizes: Sequence[int]) -> Iterator[PartT]:
        """Yield each item; the work on it counts in proportion to its size."""
        done, total = 0, max(sum(sizes), 1)
        for item, size in zip(items, sizes, strict=True):
            with self.part(done / total, (done + size) / total):
                yield item
            done += size

    def steps(self, work: Callable[..., StepResult], total: int) -> Callable[..., StepResult]:
        """Return ``work``, which then reports its last argument, of ``total``, after each call.

        This is for ``map_chunks`` and ``map_parallel``.
        """

        def work_and_report(*arguments: int) -> StepResult:
            result = work(*arguments)
            self.reach(arguments[-1], total)
            return result

        return work_and_report

    def end(self) -> None:
        """End the report, even if the job is not complete."""

    def _enter_part(self, start: float, stop: float) -> tuple[float, float]:
        """Begin a part; return where the part around it begins and ends."""
        return start, stop

    def _leave_part(self, around: tuple[float, float]) -> None:
        """Return to the part around the current one."""


NO_PROGRESS = Progress()
