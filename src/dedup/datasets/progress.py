"""How far a run has come: a bar on a terminal, a line now and then in a log."""

from time import monotonic
from typing import TYPE_CHECKING

from dedup.files.standard_streams import print_message

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

LOG_SECONDS = 10.0  # seconds between two lines of a log
MEGABYTE = 1_000_000  # bytes in a megabyte


class Progress:
    """Is told how far a run has come; this one shows nothing."""

    def begin(self, stage: str, total: int = 0) -> None:
        """Begin with a stage, of so many bytes where that is known."""

    def reach(self, done: int) -> None:
        """Note that so many bytes of the stage are done."""

    def end(self) -> None:
        """End, whether all is done or not."""


class LoggedProgress(Progress):
    """Says how far a stage is, not more often than every ten seconds."""

    def begin(self, stage: str, total: int = 0) -> None:
        """Begin with a stage, of so many bytes where that is known."""
        self._stage, self._total = stage, total
        self._begun = self._told = monotonic()

    def reach(self, done: int) -> None:
        """Note that so many bytes of the stage are done."""
        now = monotonic()
        if now - self._told >= LOG_SECONDS:
            self._told = now
            rate = done / max(now - self._begun, 1e-9)
            of = f" of {_megabytes(self._total)}" if self._total else ""
            print_message(
                f"{self._stage}: {_megabytes(done)}{of} MB, {_megabytes(rate)} MB a second"
            )


def _megabytes(size: float) -> str:
    """Return a size in megabytes with a digit that is not 0, where it is not next to nothing.

    Examples
    --------
    >>> [_megabytes(size) for size in (2_345_000_000, 5_000_000, 234_000, 1_200, 70, 0)]
    ['2,345', '5', '0.2', '0.001', '0', '0']
    """
    megabytes = size / MEGABYTE
    return f"{megabytes:,.0f}" if megabytes >= 1 or not round(megabytes, 3) else f"{megabytes:.1g}"


class TerminalProgress(Progress):
    """Shows a bar on the terminal that standard error is."""

    _bar: "Bar | None" = None

    def begin(self, stage: str, total: int = 0) -> None:
        """Show another bar."""
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
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
