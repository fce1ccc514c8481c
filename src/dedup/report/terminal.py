"""The report as a table for a person, coloured on a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dedup.documents.result import CleanedDocument
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


def table_of_patterns(patterns: Sequence[dict[str, Any]], count: int) -> str:
    """Return a table with a row for each block that recurs, as ``DatasetReport`` lists them.

    Parameters
    ----------
    count
        How many there are, with those that are not listed.
    """
    rows = [
        (
            f"{pattern['df']:,}",
            "kept" if pattern["excepted"] else f"{pattern['removed']:,}",
            pattern["records"][0],
            pattern["text"],
        )
        for pattern in patterns
    ]
    more = f"and {count - len(rows):,} more, which --patterns FILE lists\n"
    table = _table_of_records(("records", "removed"), ("first in",), rows)
    return table + (more if count > len(rows) else "")


def table_of_spans(spans: Sequence[dict[str, Any]], count: int) -> str:
    """Return a table with a row for each stretch, the longest first; parameters as above."""
    rows = [
        (f"{span['tokens']:,}", span["record"], span["of_record"], span["text"]) for span in spans
    ]
    more = f"and {count - len(rows):,} more, which are shorter\n"
    table = _table_of_records(("length",), ("in", "repeats"), rows)
    return table + (more if count > len(rows) else "")


def table_of_copies(copies: Sequence[dict[str, Any]], count: int) -> str:
    """Return a table with a row for each copy, as ``DatasetReport`` lists them.

    Parameters
    ----------
    count
        How many there are, with those that are not listed.
    """
    if not copies:
        return ""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False, markup=False, emoji=False)
    table = Table()
    table.add_column("removed", style="red", overflow="fold")
    table.add_column("copy of", style="green", overflow="fold")
    table.add_column("kind", no_wrap=True)
    table.add_column("similarity", justify="right", no_wrap=True)
    for copy in copies:
        table.add_row(
            Text(printable(str(copy["record"]))),
            Text(printable(str(copy["of_record"]))),
            copy["kind"],
            f"{copy['similarity']:.3f}",
            style="" if copy["kind"] == "exact" else "yellow",
        )
    with console.capture() as captured:
        console.print(table)
    more = f"and {count - len(copies):,} more, which --ledger FILE lists\n"
    return captured.get() + (more if count > len(copies) else "")


def _table_of_records(
    numbers: tuple[str, ...], names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> str:
    """Return a table: columns of numbers, of names of records, and one for a text."""
    if not rows:
        return ""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False, markup=False, emoji=False)
    width = max(console.width - OTHER_COLUMNS, 10)
    table = Table()
    for number, name in enumerate(numbers):
        table.add_column(name, justify="right", style="" if number else "red", no_wrap=True)
    for name in names:
        table.add_column(name, no_wrap=True, max_width=16, overflow="ellipsis")
    table.add_column("text", max_width=width, no_wrap=True, overflow="ellipsis")
    for *cells, text in rows:
        table.add_row(*(Text(printable(str(cell))) for cell in cells), Text(_preview(text, width)))
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
