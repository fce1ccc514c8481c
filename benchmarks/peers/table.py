"""The table, for the terminal and as Markdown."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

HEADERS = (
    "tool",
    "version",
    "CPU s",
    "wall s",
    "process CPU s",
    "peak MB",
    "CPU / dedup",
    "CPU / dedup-jaccard",
    "returned",
    "same found",
    "near found",
    "right",
)
FOOTNOTES = [
    (
        "CPU s and wall s: from the texts in memory to the decision; for a tool that reads a file"
        " (*) the whole process, with reading and imports. process CPU s: the whole process."
    ),
    (
        "same found: copies with the same set of 5-grams. near found: pairs of sets with a"
        " similarity of at least 0.8; where rows are removed, found when one set at most is left;"
        " where rows are flagged, rows are counted. right: the share of what was returned, or of"
        " the rows removed or flagged, that is true."
    ),
    (
        "The truth is exact. For the peers, Jaccard of word 5-grams of `text.lower().split()`."
        " text-dedup and datatrove cut words otherwise, and to datatrove all numbers are one: what"
        " it removes for that counts as false. For dedup, its own measure and sets; [w] is the same"
        " result scored as the peers are."
    ),
    (
        "A copy was planted, and counts as found; a tool that misses it gets no times. Modules,"
        " dedup's and those of the peers, were imported before. Texts under five words are left"
        " out: text-dedup drops them."
    ),
]


def render(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    # Wide enough not to cut a number where standard output is a file.
    console = Console(width=None if Console().is_terminal else 200)
    table = Table(*headers, title=title)
    for column in table.columns[2:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*map(escape, row))
    console.print(table)


def document(
    parts: Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]], notes: Sequence[str]
) -> str:
    """Return the tables and the notes under them as Markdown."""
    lines = []
    for title, headers, rows in parts:
        full = [[*row, *[""] * (len(headers) - len(row))] for row in rows]
        rule = ["---", "---", *["---:"] * (len(headers) - 2)]
        cells = [f"| {' | '.join(line)} |" for line in (headers, rule, *full)]
        lines += [f"### {title}", "", *cells, ""]
    return "\n".join([*lines, *(f"- {note}" for note in notes), ""])
