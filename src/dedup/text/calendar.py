"""The names of months and weekdays, from the Unicode CLDR: see ``calendar_names.txt``."""

from functools import cache


@cache
def calendar_names() -> tuple[str, ...]:
    """Return the names in all languages of the table, once each, sorted.

    Examples
    --------
    >>> {"april", "montag", "août", "воскресенье"} <= set(calendar_names())
    True
    """
    from pathlib import Path  # noqa: PLC0415  it is slow to import

    table = Path(__file__).with_name("calendar_names.txt").read_text("utf-8")
    lines = [line for line in table.splitlines() if not line.startswith("#")]
    return tuple(sorted({name for line in lines for name in line.split("\t")[1:]}))
