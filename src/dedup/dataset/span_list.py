"""The longest stretches that went from a dataset, as they are listed for a person to judge."""

from collections.abc import Callable
from typing import Any

import numpy as np

from dedup.spans.result import Spans
from dedup.text.packed import Packed

SHOWN = 30
SHOWN_BYTES = 200  # of a text


def longest(
    spans: Spans, texts: Packed, name: Callable[[int], Any], count: int = SHOWN
) -> list[dict[str, Any]]:
    """Return the longest stretches as JSON has them, their records by name.

    Parameters
    ----------
    texts
        In which they are. Places are bytes of them.

    Examples
    --------
    >>> from dedup.text.packed import pack
    >>> spans = Spans(*(np.array(column) for column in ([1, 2], [0, 0], [3, 7], [0, 0], [0, 0],
    ...                                                 [3, 7], [1, 2])))
    >>> texts = pack(["one two", "one", "one two"])
    >>> for span in longest(spans, texts, "record {}".format):
    ...     print(span["record"], span["of_record"], span["bytes"], span["tokens"], span["text"])
    record 2 record 0 [0, 7] 2 one two
    record 1 record 0 [0, 3] 1 one
    """
    order = np.argsort(-spans.tokens, kind="stable")[:count]  # of equal ones the first
    return [
        {
            "record": name(span.row),
            "of_record": name(span.of_row),
            "tokens": span.tokens,
            "bytes": [span.start, span.stop],
            "of_bytes": [span.of_start, span.of_stop],
            "text": _begin_of(texts, span.row, span.start, span.stop),
        }
        for span in map(spans.__getitem__, order.tolist())
    ]


def _begin_of(texts: Packed, row: int, start: int, stop: int) -> str:
    """Return a stretch of a text, or the whole characters that it begins with."""
    first = int(texts.offsets[row]) + start
    last = first + min(stop - start, SHOWN_BYTES)
    while last < first + stop - start and texts.utf8[last] & 0xC0 == 0x80:
        last -= 1
    return texts.utf8[first:last].tobytes().decode("utf-8", "surrogatepass")
