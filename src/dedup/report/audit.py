"""An audit for a person: tables on a terminal, the same in plain lines elsewhere."""

import sys
from typing import TYPE_CHECKING

from dedup.auditing.lines import (
    BAR,
    PLANTED_SAYS,
    PLANTS,
    SETTINGS,
    cost_of,
    histogram_rows,
    histogram_title_of,
    lower_of,
    plant_rows,
    planted_title_of,
    proposal_of,
    removed_of,
    setting_rows,
    settings_says,
    settings_title_of,
    title_of,
)
from dedup.auditing.result import AuditResult

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def shown(audit: AuditResult) -> str:
    """Return a report, as tables where standard output is a terminal, else as lines.

    Examples
    --------
    >>> import dedup
    >>> shown(dedup.audit([])).splitlines()[0]
    'no texts'
    """
    if sys.stdout is None or not sys.stdout.isatty():
        return f"{audit}\n"
    from rich.console import Console  # noqa: PLC0415  not at start-up

    console = Console(highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(title_of(audit), style="bold")
        if audit.with_words:
            _print_found(console, audit)
        console.print(proposal_of(audit), style="bold green")
        if lower := lower_of(audit):
            console.print(lower)
        if audit.with_words:
            console.print(f"  {audit.proposal.python}\n  {audit.proposal.command}", soft_wrap=True)
            console.print(cost_of(audit))
    return captured.get()


def _print_found(console: "Console", audit: AuditResult) -> None:
    console.print(removed_of(audit))
    if audit.plants:
        console.print(f"\n{planted_title_of(audit)}", style="bold")
        console.print(_table(PLANTS[0], PLANTS[1:], plant_rows(audit)))
        console.print(PLANTED_SAYS, style="dim")
    console.print(f"\n{histogram_title_of(audit)}", style="bold")
    console.print(_histogram(audit))
    console.print(f"\n{settings_title_of(audit)}", style="bold")
    console.print(_table(SETTINGS[0], SETTINGS[1:], setting_rows(audit)))
    console.print(f"{settings_says(audit)}\n", style="dim")


def _table(first: str, others: tuple[str, ...], rows: list[tuple[str, ...]]) -> "Table":
    from rich.table import Table  # noqa: PLC0415

    table = Table()
    table.add_column(first)
    for name in others:
        table.add_column(name.replace(" ", "\n"), justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def _histogram(audit: AuditResult) -> "Table":
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None)
    table.add_column("from", justify="right")
    table.add_column("texts", justify="right")
    table.add_column(no_wrap=True)
    for begin, count, bar, mark in histogram_rows(audit):
        cell = Text(("\u2588" * len(bar)).ljust(BAR), style="cyan") + Text(
            mark, style="bold yellow"
        )
        table.add_row(begin, count, cell)
    return table
