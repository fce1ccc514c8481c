"""The report as a table for a person, coloured on a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dedup.document import CleanedDocument, Repeat
from dedup.io.streams import printable

if TYPE_CHECKING:
    from rich.table import Table

OTHER_COLUMNS = 42  # characters that the other columns and the rules need


def table_of(document: CleanedDocument) -> str:
    """Return a table with a row for each repeated block, empty when there is none.

    It is as wide as the terminal that standard output is, and coloured if that is one.
    """
    if not document.repeats:
        return ""
    from rich.console import Console  # noqa: PLC0415  not at start-up: only a table needs it

    console = Console(highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        if document.document:
            console.print(printable(document.document), style="bold")
        console.print(_table(document, max(console.width - OTHER_COLUMNS, 10)))
    return captured.get()


def table_of_numbers(numbers: dict[str, str], seconds: dict[str, float]) -> str:
    """Return numbers, and what each stage took, as a table for standard error."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for name, value in numbers.items():
        table.add_row(name, value)
    table.add_section()
    for stage, spent in seconds.items():
        table.add_row(stage, f"{spent:,.1f} s")
    console = Console(stderr=True, highlight=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def table_of_patterns(patterns: Sequence[dict[str, Any]]) -> str:
    """Return a table with a row for each block that recurs, as ``DatasetReport`` lists them."""
    if not patterns:
        return ""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False, markup=False, emoji=False)
    width = max(console.width - OTHER_COLUMNS, 10)
    table = Table()
    table.add_column("records", justify="right", style="red", no_wrap=True)
    table.add_column("removed", justify="right", no_wrap=True)
    table.add_column("first in", no_wrap=True, max_width=16, overflow="ellipsis")
    table.add_column("text", max_width=width, no_wrap=True, overflow="ellipsis")
    for pattern in patterns:
        shown = " ".join(pattern["text"][: 4 * width].split())
        table.add_row(
            f"{pattern['df']:,}",
            "kept" if pattern["excepted"] else f"{pattern['removed']:,}",
            Text(printable(str(pattern["records"][0]))),
            Text(printable(shown)),
        )
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def _table(document: CleanedDocument, width: int) -> "Table":
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table()
    table.add_column("lines", justify="right", style="red", no_wrap=True)
    table.add_column("repeat", justify="right", style="green", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    table.add_column("similarity", justify="right", no_wrap=True)
    table.add_column("text", max_width=width, no_wrap=True, overflow="ellipsis")
    for repeat in document.repeats:
        table.add_row(
            _numbers(repeat.lines),
            _numbers(repeat.of_lines),
            repeat.kind,
            f"{repeat.similarity:.3f}",
            Text(_preview(document, repeat, width)),
            style="" if repeat.kind == "exact" else "yellow",
        )
    return table


def _numbers(lines: tuple[int, int]) -> str:
    first, last = lines
    return str(first) if first == last else f"{first}-{last}"


def _preview(document: CleanedDocument, repeat: Repeat, width: int) -> str:
    start, stop = repeat.chars
    shown = " ".join(document.source[start : min(stop, start + 4 * width)].split())
    return printable(shown)  # control characters must not reach the terminal
