"""A JSON array of objects: its elements are the records, and keep the bytes that they had."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from dedup.errors import InputError
from dedup.io.json_values import is_json
from dedup.io.jsonl import MARK, JsonLines, breaks_in
from dedup.io.records import BATCH_BYTES, Batch
from dedup.io.source import Source
from dedup.records import I64

BLANK = b" \t\n\r"  # white space in JSON
SEPARATOR = BLANK + b","  # what stands before an element
HEAD = re.compile(rb"(?:" + MARK + rb")?[ \t\n\r]*\[[ \t\n\r]*")


class JsonArray(JsonLines):
    """Reads the elements of an array, and changes single fields of them.

    A record reaches from the end of the element before it to its own end, so that it begins with
    its separator. The head of an input ends where its first element begins; the tail begins where
    its last element ends.
    """

    def batches(self, source: Source) -> Iterator[Callable[[], Batch]]:
        """Yield all records of an input, as elements that are still to be read.

        Raises
        ------
        InputError
            When it is not one whole array with nothing but white space behind it.
        """
        piece = source.read(BATCH_BYTES)
        while not piece.removeprefix(MARK).strip(BLANK) and (more := source.read(BATCH_BYTES)):
            piece += more
        found = HEAD.match(piece)
        if found is None:
            raise InputError(f"{source.name}: is not a JSON array; leave out --format")
        head, piece = found[0], piece[found.end() :] or source.read(BATCH_BYTES)
        offset, number = len(head), 1 + head.count(b"\n")
        scanner, waiting, end = Scanner(), [b""], None
        while piece and end is None:
            edges, end = scanner.scan(piece)
            if not len(edges):
                waiting.append(piece)
                piece = source.read(BATCH_BYTES)
                continue
            last = int(edges[-1])
            data = b"".join([*waiting, piece[:last]])
            edges += len(data) - last
            after = number + breaks_in(data)
            tail = b""
            if end is not None:
                tail = _tail(piece[last:], source, offset + len(data), after)
            read = partial(self.read_elements, data, edges, offset, number, source.name)
            yield partial(read, head=head, tail=tail)
            head, offset, number = b"", offset + len(data) + 1, after
            waiting, piece = [piece[last + 1 :]], source.read(BATCH_BYTES)
        if end is None:
            line = number + sum(map(breaks_in, waiting))
            raise InputError(
                f"{source.name}: line {line:,} (byte {source.offset:,}): the file ends before its "
                "JSON array does: it is cut off; write or fetch it again"
            )

    def read_elements(  # noqa: PLR0913
        self,
        data: bytes,
        edges: I64,
        offset: int,
        number: int,
        name: str,
        *,
        head: bytes,
        tail: bytes,
    ) -> Batch:
        """Return the records in whole elements.

        Parameters
        ----------
        data, edges
            The elements, and where the comma or bracket behind each one is.
        offset, number
            Bytes of the input before them, and the line on which they begin.
        name
            Of the input.
        head, tail
            Of the input; empty but for its first or last elements.

        Raises
        ------
        InputError
            When one is missing or no JSON; or when none of the first elements of an input has the
            text.
        """
        pieces = [data[begin + 1 : end].rstrip(BLANK) for begin, end in pairwise([-1, *edges])]
        if head and tail and pieces == [b""]:
            pieces = []  # the array is empty
        elements = [piece.lstrip(BLANK) for piece in pieces]
        count = len(elements)
        begins = np.concatenate(([0], edges + 1))[:count]
        ends = offset + begins + np.fromiter(map(len, pieces), np.int64, count)
        starts = ends - np.fromiter(map(len, elements), np.int64, count)
        for place in [place for place, element in enumerate(elements) if not element.strip()][:1]:
            edge = int(edges[place])
            got = "]" if tail and place == count - 1 else ","
            line = number + data.count(b"\n", 0, edge)
            raise InputError(
                f"{name}: line {line:,} (byte {offset + edge:,}): an element of the "
                f"JSON array is missing before {got}; remove the extra comma"
            )
        batch = self._quickly(elements, ends)
        if batch is None:
            breaks = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
            numbers = number + np.searchsorted(breaks, starts - offset)
            batch = self._one_by_one(elements, starts, ends, numbers.tolist())
            for bad in batch.bad:
                if not is_json(elements[bad.row]):  # so its end is not certain
                    raise InputError(f"{name}: {bad.place}: {bad.reason}; fix it")
        if head:
            self._check_fields(elements, name)
        if tail:
            tail = (data[int(ends[-1]) - offset :] if count else data) + tail
        return replace(batch, head=head, tail=tail)

    def with_texts(self, record: bytes, texts: Mapping[str, str]) -> bytes:
        """Return a record in which some fields have other texts, and all else is as it was."""
        separator, element = divided(record)
        return separator + super().with_texts(element, texts)

    def with_fields(self, record: bytes, values: Mapping[str, Any]) -> bytes:
        """Return a record with more fields behind those that it has."""
        separator, element = divided(record)
        return separator + super().with_fields(element, values)


class Scanner:
    """Finds the ends of the elements of an array, whose bytes come in pieces.

    It looks at quotes, backslashes, brackets and commas only. Whether an element is JSON is up to
    whoever parses it.
    """

    def __init__(self) -> None:
        self._depth = 0  # of brackets within the element
        self._in_string = 0
        self._escaped = False  # whether a backslash escapes the next byte

    def scan(self, piece: bytes) -> tuple[I64, int | None]:
        """Return where elements end in the next piece, and where the array does if it is there.

        Returns
        -------
        edges
            (elements,): the commas between elements, and the bracket that closes the array.
        end
            That bracket, which may be the wrong one; None where there is none.

        Examples
        --------
        >>> edges, end = Scanner().scan(b'{"a": "],"}, {}]')
        >>> edges.tolist(), end
        ([11, 15], 15)
        """
        shift = int(self._escaped)
        utf8 = np.frombuffer(b"\\" * shift + piece, np.uint8)
        places = np.flatnonzero(_IS_MARK[utf8])
        quotes = (utf8[places] == ord('"')) & ~self._escapes(utf8)[places]
        inside = (np.cumsum(quotes) + self._in_string) & 1
        self._in_string = int(inside[-1]) if len(inside) else self._in_string
        places = places[(inside == 0) & (utf8[places] != ord('"'))]
        depths = self._depth + np.cumsum(_STEP[utf8[places]], dtype=np.int64)
        self._depth = int(depths[-1]) if len(depths) else self._depth
        closings = np.flatnonzero(depths < 0)
        last = int(closings[0]) if len(closings) else None
        is_edge = (utf8[places] == ord(",")) & (depths == 0)
        if last is not None:
            is_edge[last:] = False
            is_edge[last] = True
        edges = places[is_edge] - shift
        return edges, None if last is None else int(edges[-1])

    def _escapes(self, utf8: np.ndarray[Any, np.dtype[np.uint8]]) -> np.ndarray[Any, Any]:
        """Return which bytes are escaped: behind an odd number of backslashes."""
        escaped = np.zeros(len(utf8) + 1, np.bool_)
        slashes = np.flatnonzero(utf8 == ord("\\"))
        begins = np.diff(slashes, prepend=-2) != 1
        firsts = np.maximum.accumulate(np.where(begins, slashes, 0))
        escaped[slashes[(slashes - firsts) % 2 == 0] + 1] = True
        self._escaped = bool(escaped[-1])
        return escaped[:-1]


_IS_MARK = np.zeros(256, np.bool_)
_IS_MARK[[*b'"[]{},']] = True
_STEP = np.zeros(256, np.int8)
_STEP[[*b"[{"]], _STEP[[*b"]}"]] = 1, -1


def divided(record: bytes) -> tuple[bytes, bytes]:
    """Return the separator with which a record begins, and its element.

    Examples
    --------
    >>> divided(b', {"a": 1}'), divided(b"{}")
    ((b', ', b'{"a": 1}'), (b'', b'{}'))
    """
    element = record.lstrip(SEPARATOR)
    return record[: len(record) - len(element)], element


def _tail(rest: bytes, source: Source, byte: int, line: int) -> bytes:
    """Return an input from its closing bracket to its end, where nothing else may stand."""
    if rest[:1] != b"]":
        wrong, expected = rest, "], which closes the JSON array"
    else:
        rest += b"".join(iter(lambda: source.read(BATCH_BYTES), b""))
        wrong, expected = rest[1:].lstrip(BLANK), "nothing behind the JSON array"
    if not wrong:
        return rest
    before = rest[: len(rest) - len(wrong)]
    got = wrong[:20].decode("utf-8", "replace")
    raise InputError(
        f"{source.name}: line {line + breaks_in(before):,} (byte {byte + len(before):,}): "
        f"expected {expected}, got {got!r}; fix the file"
    )
