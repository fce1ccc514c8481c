"""Tables for a person, coloured on a terminal."""

import sys
from collections.abc import Iterable, Sequence
from io import BytesIO, TextIOWrapper
from typing import Any

from dedup.documents.cleaned_document import CleanedDocument
from dedup.files.standard_streams import printable
from dedup.spans.find_spans import SpanCleanedText
from dedup.text.wording import format_count

USED_WIDTH = (
    42  # characters that all columns but that of the text need, and the lines between columns
)
TEXT_COLUMN = "text"  # the column whose cells are cut at the width of the terminal
NO_WRAP: dict[str, Any] = {"no_wrap": True}
RIGHT_ALIGNED: dict[str, Any] = {"justify": "right", "no_wrap": True}
NAME_COLUMN: dict[str, Any] = {"no_wrap": True, "max_width": 16, "overflow": "ellipsis"}
PATH_COLUMN: dict[str, Any] = {"overflow": "fold"}
RED, GREEN = {"style": "red"}, {"style": "green"}


def table_of(document: CleanedDocument | SpanCleanedText) -> str:
    """Return a table with a row for each repeated block or span, empty when there is none.

    If standard output is a terminal, the table is as wide as it and coloured.
    """
    columns = {
        "lines": RIGHT_ALIGNED | RED,
        "repeat": RIGHT_ALIGNED | GREEN,
        "kind": NO_WRAP,
        "similarity": RIGHT_ALIGNED,
    }
    rows = [
        (
            format_lines(removal.lines),
            format_lines(removal.witness_lines),
            removal.kind,
            f"{removal.similarity:.3f}",
            removal.text,
        )
        for removal in document.ledger
    ]
    return make_table(columns | {TEXT_COLUMN: {}}, rows, document.document)


def table_of_patterns(
    patterns: Sequence[dict[str, Any]], count: int, *, has_copies: bool = False
) -> str:
    """Return a table with a row for each block that recurs, as ``DatasetReport`` lists them.

    Parameters
    ----------
    count
        Number of all patterns, listed or not.
    has_copies
        Whether records were removed as copies. Then a line says that the table counts their
        blocks, too, and the summary does not.
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
    columns = {
        "records": RIGHT_ALIGNED | RED,
        "removed": RIGHT_ALIGNED,
        "first in": NAME_COLUMN,
        TEXT_COLUMN: {},
    }
    more = more_rows(count - len(rows), "which --patterns FILE lists")
    legend = "removed: from all records; the summary counts only those from kept records\n"
    return make_table(columns, rows) + more + (legend if has_copies and rows else "")


def table_of_frames(frames: dict[str, Any]) -> str:
    """Return a table with a row for each line of frames, as ``DatasetReport.frames`` lists them."""
    rows = [(f"{line['pages']:,}", line["source"], line["text"]) for line in frames["listed"]]
    columns = {"pages": RIGHT_ALIGNED, "site": NAME_COLUMN, TEXT_COLUMN: {}}
    title = "Lines of page frames, which are not compared"
    return make_table(columns, rows, title) + more_rows(
        frames["lines"] - len(rows), "which are on fewer pages"
    )


def table_of_spans(spans: Sequence[dict[str, Any]], count: int) -> str:
    """Return a table with a row for each span, the longest first; parameters as above."""
    rows = [
        (f"{span['tokens']:,}", span["record"], span["of_record"], span["text"]) for span in spans
    ]
    columns = {
        "length": RIGHT_ALIGNED | RED,
        "in": NAME_COLUMN,
        "repeats": NAME_COLUMN,
        TEXT_COLUMN: {},
    }
    return make_table(columns, rows) + more_rows(count - len(rows), "which are shorter")


def make_table(
    columns: dict[str, dict[str, Any]],
    rows: Iterable[Sequence[object]],
    title: str = "",
    used_width: int = USED_WIDTH,
) -> str:
    """Return a table, empty without rows; a row with a near copy is yellow.

    Parameters
    ----------
    columns
        The options of each column, by its name.
    rows
        The cells of each row.
    title
        The line above the table; none by default.
    used_width
        Characters that the columns but ``text`` need, and the lines between columns.
    """
    if not rows:
        return ""
    from rich.console import Console  # noqa: PLC0415  not at start-up: only a table needs it
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    # Not to standard output, to which the console would write nothing, which fails if it is full.
    buffer = TextIOWrapper(BytesIO(), sys.stdout.encoding if sys.stdout else "utf-8")
    is_terminal = True if sys.stdout and sys.stdout.isatty() else None  # None: by the environment
    console = Console(
        file=buffer, force_terminal=is_terminal, highlight=False, markup=False, emoji=False
    )
    width = max(console.width - used_width, 10)
    table = Table()
    for name, style_options in columns.items():
        table.add_column(
            name, **(NAME_COLUMN | {"max_width": width} if name == TEXT_COLUMN else style_options)
        )
    for row in rows:
        cells = [
            " ".join(str(cell)[: 4 * width].split()) if name == TEXT_COLUMN else str(cell)
            for name, cell in zip(columns, row, strict=True)
        ]
        # Control characters must not reach the terminal.
        texts = [Text(printable(cell)) for cell in cells]
        table.add_row(*texts, style="yellow" if "near" in row else "")
    with console.capture() as captured:
        if title:
            console.print(printable(title), style="bold")
        console.print(table)
    return captured.get()


def more_rows(count: int, where: str, noun: str = "") -> str:
    """Return the line that counts the rows left out of a table, or what is in them."""
    what = f"{count:,} more" if not noun else format_count(count, f"more {noun}")
    return f"and {what}, {where}\n" if count > 0 else ""


def format_lines(lines: tuple[int, int]) -> str:
    """Return the first and the last line, or one number if they are the same."""
    first, last = lines
    return str(first) if first == last else f"{first}-{last}"
