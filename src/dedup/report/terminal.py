"""The report as a table for a person, coloured on a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dedup.document import CleanedDocument
from dedup.io.streams import printable
from dedup.ledger import Removal
from dedup.spanned import SpannedText

if TYPE_CHECKING:
    from rich.table import Table

OTHER_COLUMNS = 42  # characters that the other columns and the rules need


def table_of(document: CleanedDocument | SpannedText) -> str:
    """Return a table with a row for each repeated block or span, empty when there is none.

    It is as wide as the terminal that standard output is, and coloured if that is one.
    """
    if not document.ledger:
        return ""
    from rich.console import Console  # noqa: PLC0415  not at start-up: only a table needs it

    console = Console(highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        if document.document:
            console.print(printable(document.document), style="bold")
        console.print(_table(document.ledger, max(console.width - OTHER_COLUMNS, 10)))
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
        table.add_row(
            f"{pattern['df']:,}",
            "kept" if pattern["excepted"] else f"{pattern['removed']:,}",
            Text(printable(str(pattern["records"][0]))),
            Text(_preview(pattern["text"], width)),
        )
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def _table(removals: Sequence[Removal], width: int) -> "Table":
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table()
    table.add_column("lines", justify="right", style="red", no_wrap=True)
    table.add_column("repeat", justify="right", style="green", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    table.add_column("similarity", justify="right", no_wrap=True)
    table.add_column("text", max_width=width, no_wrap=True, overflow="ellipsis")
    for removal in removals:
        table.add_row(
            _numbers(removal.lines),
            _numbers(removal.witness_lines),
            removal.kind,
            f"{removal.similarity:.3f}",
            Text(_preview(removal.text, width)),
            style="" if removal.kind == "exact" else "yellow",
        )
    return table


def _numbers(lines: tuple[int, int]) -> str:
    first, last = lines
    return str(first) if first == last else f"{first}-{last}"


def _preview(text: str, width: int) -> str:
    # Control characters must not reach the terminal.
    return printable(" ".join(text[: 4 * width].split()))
