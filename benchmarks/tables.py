"""Print tables on the terminal and format them as Markdown."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.result_files import commit, machine, today


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
    title: str,
    parts: Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]],
    notes: Sequence[str],
) -> str:
    """Return tables (title, headers, rows) and notes as a Markdown page; short rows are filled up.

    The page names the date, the commit and the machine of the measurement.
    """
    lines = [f"# {title}", "", f"{today()}, commit {commit()}. {machine()}.", ""]
    for part_title, headers, rows in parts:
        filled = [[*row, *[""] * (len(headers) - len(row))] for row in rows]
        rule = ["---", "---", *["---:"] * (len(headers) - 2)]
        table = [f"| {' | '.join(line)} |" for line in (headers, rule, *filled)]
        lines += [f"## {part_title}", "", *table, ""]
    return "\n".join([*lines, *(f"- {note}" for note in notes), ""])
