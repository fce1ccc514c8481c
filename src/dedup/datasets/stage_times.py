"""How long the stages of a run took, and how much memory it needed until their ends."""

import sys
from collections.abc import Mapping
from time import monotonic
from typing import NamedTuple

from dedup.arrays.progress import Progress

if sys.platform != "win32":
    import resource


class StageTime(NamedTuple):
    """A stage of a run.

    Attributes
    ----------
    name
        Its name, as in the progress bar.
    seconds
        How long it took.
    megabytes
        The highest memory of the process until its end; None if the system does not report it.
    """

    name: str
    seconds: float
    megabytes: int | None


class StageTimes(Progress):
    """Passes the progress of a run on to another object, and measures its stages.

    Examples
    --------
    >>> times = StageTimes(Progress())
    >>> times.begin("reading")
    >>> times.begin("comparing")
    >>> [stage.name for stage in times.stages()]
    ['reading', 'comparing']
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._stages: list[StageTime] = []
        self._name, self._start = "", monotonic()

    def stages(self) -> list[StageTime]:
        """Return the stages so far."""
        return [*self._stages, self._current()]

    def _current(self) -> StageTime:
        return StageTime(self._name, monotonic() - self._start, _peak_megabytes())

    def plan(
        self, seconds_per_gigabyte: Mapping[str, float], seconds: Mapping[str, float] | None = None
    ) -> None:
        """Pass the plan on."""
        self._progress.plan(seconds_per_gigabyte, seconds)

    def begin(self, stage: str, total: int = 0) -> None:
        """Note that a stage begins, and that the one before it ends."""
        if self._name and stage != self._name:
            self._stages.append(self._current())
        if stage != self._name:
            self._name, self._start = stage, monotonic()
        self._progress.begin(stage, total)

    def reach(self, done: int, total: int | None = None) -> None:
        """Pass on how much is done."""
        self._progress.reach(done, total)

    def end(self) -> None:
        """Pass the end on."""
        self._progress.end()

    def _enter_part(self, start: float, stop: float) -> tuple[float, float]:
        return self._progress._enter_part(start, stop)  # noqa: SLF001  of its own class

    def _leave_part(self, around: tuple[float, float]) -> None:
        self._progress._leave_part(around)  # noqa: SLF001


def _peak_megabytes() -> int | None:
    """Return the highest memory of this process so far."""
    if sys.platform == "win32":
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3))
