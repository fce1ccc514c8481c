"""The report as a table for a person, coloured on a terminal."""

import sys
from typing import TYPE_CHECKING, TextIO

from dedup.document import CleanedDocument, Repeat

if TYPE_CHECKING:
    from rich.table import Table

OTHER_COLUMNS = 42  # characters that the other columns and the rules need


def print_table(document: CleanedDocument, file: TextIO | None = None) -> None:
    """Print one row a repeated block; nothing when there is none.

    Parameters
    ----------
    document
        The cleaned document.
    file
        Where to; standard output when None.
    """
    if not document.repeats:
        return
    from rich.console import Console  # noqa: PLC0415  not at start-up: only a table needs it

    console = Console(file=file or sys.stdout, highlight=False)
    if document.document:
        console.print(document.document, style="bold", markup=False)
    console.print(_table(document, console.width - OTHER_COLUMNS))


def _table(document: CleanedDocument, width: int) -> "Table":
    from rich.table import Table  # noqa: PLC0415

    table = Table()
    table.add_column("lines", justify="right", style="red", no_wrap=True)
    table.add_column("repeat", justify="right", style="green", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    table.add_column("similarity", justify="right", no_wrap=True)
    table.add_column("text", max_width=max(width, 10), no_wrap=True, overflow="ellipsis")
    for repeat in document.repeats:
        table.add_row(
            _numbers(repeat.lines),
            _numbers(repeat.of_lines),
            repeat.kind,
            f"{repeat.similarity:.3f}",
            _preview(document, repeat, width),
            style="" if repeat.kind == "exact" else "yellow",
        )
    return table


def _numbers(lines: tuple[int, int]) -> str:
    first, last = lines
    return str(first) if first == last else f"{first}-{last}"


def _preview(document: CleanedDocument, repeat: Repeat, width: int) -> str:
    from rich.markup import escape  # noqa: PLC0415

    start, stop = repeat.chars
    # Control characters of a text must not reach the terminal.
    shown = " ".join(document.source[start : min(stop, start + 4 * width)].split())
    return escape("".join(c for c in shown if c.isprintable()))
