"""Print tables on the terminal and format them as Markdown."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table


def render(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    # 200 columns in a file, so that no number is cut.
    console = Console(width=None if Console().is_terminal else 200)
    table = Table(*headers, title=title)
    for column in table.columns[2:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*map(escape, row))
    console.print(table)


def as_markdown(
    parts: Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]], notes: Sequence[str]
) -> str:
    """Return tables (title, headers, rows) and notes as Markdown; short rows are filled up."""
    lines = []
    for title, headers, rows in parts:
        full = [[*row, *[""] * (len(headers) - len(row))] for row in rows]
        rule = ["---", "---", *["---:"] * (len(headers) - 2)]
        cells = [f"| {' | '.join(line)} |" for line in (headers, rule, *full)]
        lines += [f"### {title}", "", *cells, ""]
    return "\n".join([*lines, *(f"- {note}" for note in notes), ""])
