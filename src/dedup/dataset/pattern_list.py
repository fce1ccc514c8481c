"""What recurs in a dataset, as it is listed for a person to read and to except from."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from dedup.boilerplate.patterns import Pattern
from dedup.io.json_values import dumps


def listed(patterns: Sequence[Pattern], name: Callable[[int], Any]) -> list[dict[str, Any]]:
    """Return patterns as JSON has them, their records by name.

    Examples
    --------
    >>> pattern = Pattern(text="The end.", df=9, words=2, occurrences=9, removed=8, variants=0,
    ...                   rows=(0, 3), excepted=False)
    >>> line, = listed([pattern], "record {}".format)
    >>> line["text"], line["df"], line["records"]
    ('The end.', 9, ['record 0', 'record 3'])
    """
    lines = []
    for pattern in patterns:
        line = asdict(pattern)
        lines.append(line | {"records": [name(row) for row in line.pop("rows")]})
    return lines


def as_lines(patterns: Sequence[dict[str, Any]]) -> bytes:
    """Return what ``listed`` made as JSON lines."""
    return b"".join(dumps(pattern) + b"\n" for pattern in patterns)
