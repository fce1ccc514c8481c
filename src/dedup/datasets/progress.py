"""Report the progress of a run: a bar on a terminal, or a line every ten seconds in a log."""

from time import monotonic
from typing import TYPE_CHECKING

from dedup.files.standard_streams import print_message

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

LOG_SECONDS = 10.0  # between two lines of a log
MEGABYTE = 1_000_000  # bytes


class Progress:
    """Receives the progress of a run; this base class shows nothing."""

    def begin(self, stage: str, total: int = 0) -> None:
        """Begin a stage of ``total`` bytes, 0 if unknown."""

    def reach(self, done: int) -> None:
        """Report that ``done`` bytes of the stage are done."""

    def end(self) -> None:
        """End the report, even if the run is not complete."""


class LoggedProgress(Progress):
    """Prints a line on the current stage, at most every ten seconds."""

    def begin(self, stage: str, total: int = 0) -> None:
        """Begin a stage of ``total`` bytes, 0 if unknown."""
        self._stage, self._total = stage, total
        self._begun = self._logged = monotonic()

    def reach(self, done: int) -> None:
        """Print a line if the last one is ten seconds old."""
        now = monotonic()
        if now - self._logged >= LOG_SECONDS:
            self._logged = now
            rate = done / max(now - self._begun, 1e-9)
            total = f" of {_megabytes(self._total)}" if self._total else ""
            print_message(
                f"{self._stage}: {_megabytes(done)}{total} MB, {_megabytes(rate)} MB a second"
            )


def _megabytes(size: float) -> str:
    """Return a size in megabytes: whole, or with one significant digit below 1 MB.

    Examples
    --------
    >>> [_megabytes(size) for size in (2_345_000_000, 5_000_000, 234_000, 1_200, 70, 0)]
    ['2,345', '5', '0.2', '0.001', '0', '0']
    """
    megabytes = size / MEGABYTE
    return f"{megabytes:,.0f}" if megabytes >= 1 or not round(megabytes, 3) else f"{megabytes:.1g}"


class TerminalProgress(Progress):
    """Shows a bar on standard error, a terminal."""

    _bar: "Bar | None" = None

    def begin(self, stage: str, total: int = 0) -> None:
        """Show the bar of a stage."""
        from rich.console import Console  # noqa: PLC0415  not at start-up
        from rich.progress import Progress as Bar  # noqa: PLC0415

        self.end()
        self._bar = Bar(console=Console(stderr=True), transient=True)
        self._bar.add_task(stage, total=total or None)
        self._bar.start()

    def reach(self, done: int) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done)

    def end(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
