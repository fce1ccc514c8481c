"""A JSON array of objects: its elements are the records, and keep the bytes that they had."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from dedup.errors import InputError
from dedup.io.json_values import BLANK, is_json
from dedup.io.jsonl import MARK, JsonLines, Object, Piece, breaks_in
from dedup.io.records import BATCH_BYTES, Batch
from dedup.io.source import Source

HEAD = re.compile(rb"(?:" + MARK + rb")?[ \t\n\r]*\[[ \t\n\r]*")
_MARKS = re.compile(rb"[][{},]")
# How the depth of brackets changes.
_STEPS = {b"[": 1, b"{": 1, b"]": -1, b"}": -1, b",": 0}
_BETWEEN = {b":", b": ", b",", b", "}  # what most often separates the strings of an object


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
        data = more = source.read(BATCH_BYTES)
        while more and not data.removeprefix(MARK).strip(BLANK):
            data += (more := source.read(BATCH_BYTES))
        found = HEAD.match(data)
        if found is None:
            raise InputError(f"{source.name}: is not a JSON array; leave out --format")
        head, data, closed = found[0], data[found.end() :], False
        offset, line = len(head), 1 + head.count(b"\n")
        while not closed:
            edges, closed = edges_in(data)
            if edges:
                piece = Piece(data[: edges[-1]], offset, line, source.name)
                data, offset = data[edges[-1] :], offset + edges[-1]
                line += breaks_in(piece.data)
                tail = _tail(data, source, offset, line) if closed else b""
                yield partial(self.read_elements, piece, edges, head, tail)
                head, data, offset = b"", data[1:], offset + 1
            # At least as much as there is, so that a long element is not looked at too often.
            elif more := source.read(max(BATCH_BYTES, len(data))):
                data += more
            else:
                line += breaks_in(data)
                raise InputError(
                    f"{source.name}: line {line:,} (byte {source.offset:,}): the file ends before "
                    "its JSON array does: it is cut off; write or fetch it again"
                )

    def read_elements(self, piece: Piece, edges: Sequence[int], head: bytes, tail: bytes) -> Batch:
        """Return the records in whole elements.

        Parameters
        ----------
        edges
            Where the comma or bracket behind each one is in the piece.
        head, tail
            Of the input; empty but for its first or last elements.

        Raises
        ------
        InputError
            When one is missing or no JSON; or when none of the first elements of an input has the
            text.
        """
        data, offset = piece.data, piece.offset
        objects: list[Object] = []
        begin = end = 0
        if head and tail and not data.strip(BLANK):
            edges = []  # the array is empty
        for edge in edges:
            element = data[begin:edge].lstrip(BLANK)
            if not element.strip():
                line = piece.line + data.count(b"\n", 0, edge)
                got = "]" if tail and edge == len(data) else ","
                raise InputError(
                    f"{piece.name}: line {line:,} (byte {offset + edge:,}): an element of the JSON "
                    f"array is missing before {got}; remove the extra comma"
                )
            start = edge - len(element)
            element = element.rstrip(BLANK)
            begin, end = edge + 1, start + len(element)
            objects.append((element, offset + start, offset + end))
        batch = self.read_objects(piece, objects)
        for bad in batch.bad:
            if not is_json(objects[bad.row][0]):  # so its end is not certain
                raise InputError(f"{piece.name}: {bad.place}: {bad.reason}; fix it")
        if head:
            self.check_fields(objects, piece.name)
        return replace(batch, head=head, tail=data[end:] + tail if tail else b"")


def edges_in(data: bytes) -> tuple[list[int], bool]:
    """Return where elements of an array end: at the commas between them, and the last bracket.

    Only quotes, backslashes, brackets and commas are looked at. Whether an element is JSON is up to
    whoever parses it.

    Returns
    -------
    edges, closed
        And whether the last one is the bracket that closes the array, which may be a wrong one.

    Examples
    --------
    >>> edges_in(b'{"a": "],"}, {}]'), edges_in(b'{"a": [1, 2')
    (([11, 15], True), ([], False))
    """
    edges: list[int] = []
    depth, place, in_string = 0, 0, False
    for part in data.split(b'"'):
        if in_string:
            backslashes = len(part) - len(part.rstrip(b"\\"))
            in_string = backslashes % 2 == 1  # the quote behind them is of the string
        else:
            in_string = True
            for found in _MARKS.finditer(part) if not depth or part not in _BETWEEN else ():
                mark = found[0]
                depth += _STEPS[mark]
                if depth < 0 or (mark == b"," and not depth):
                    edges.append(place + found.start())
                if depth < 0:
                    return edges, True
        place += len(part) + 1
    return edges, False


def _tail(rest: bytes, source: Source, byte: int, line: int) -> bytes:
    """Return an input from its closing bracket to its end, where nothing else may stand."""
    rest += b"".join(iter(lambda: source.read(BATCH_BYTES), b""))
    wrong, expected = rest[1:].lstrip(BLANK), "nothing behind the JSON array"
    if rest[:1] != b"]":
        wrong, expected = rest, "], which closes the JSON array"
    if not wrong:
        return rest
    before = rest[: len(rest) - len(wrong)]
    got = wrong[:20].decode("utf-8", "replace")
    raise InputError(
        f"{source.name}: line {line + breaks_in(before):,} (byte {byte + len(before):,}): "
        f"expected {expected}, got {got!r}; fix the file"
    )
