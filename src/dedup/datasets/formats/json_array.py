"""JSON arrays of objects: the elements are the records; kept records keep their bytes."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from dedup.datasets.formats.json_values import JSON_WHITESPACE, is_json
from dedup.datasets.formats.jsonl import UTF8_BOM, JsonLines, ObjectPlace
from dedup.datasets.formats.record_format import (
    READ_BYTES,
    InputBatch,
    RecordFields,
    place_and_reason,
)
from dedup.errors import InputError
from dedup.files.source import Source

ARRAY_HEAD = re.compile(rb"(?:" + UTF8_BOM + rb")?[ \t\n\r]*\[[ \t\n\r]*")
_STRUCTURE = re.compile(rb"[][{},]")
# How a character changes the depth of brackets.
_DEPTH_CHANGE = {b"[": 1, b"{": 1, b"]": -1, b"}": -1, b",": 0}
_COMMON_SEPARATORS = {
    b":",
    b": ",
    b",",
    b", ",
}  # what most often separates the strings of an object


class JsonArray(JsonLines):
    """Reads the elements of an array, and changes single fields of them.

    A record begins where the previous element ends, so it starts with its separator. The head of an
    input ends where the first element begins; the tail begins where the last element ends.
    """

    def __init__(self, fields: RecordFields) -> None:
        super().__init__(fields)
        self.core_reads_records = False  # orjson reads the elements, and takes more than the core

    def batches(self, source: Source) -> Iterator[Callable[[], InputBatch]]:
        """Yield all records of an input.

        Raises
        ------
        InputError
            When it is not one complete array, followed by white space only; when an element is
            empty or not valid JSON; or when none of the first elements has one of the fields.
        """
        head, data = _read_head(source)
        closed = False
        offset, line = len(head), 1 + head.count(b"\n")
        while not closed:
            edges, closed = element_ends(data)
            # Each read doubles the data until an element ends: a long one is scanned few times.
            if not edges and (more := source.read(max(READ_BYTES, len(data)))):
                data += more
                continue
            if not edges:
                line += data.count(b"\n")
                reason = "the file is cut off inside the JSON array; fetch it again"
                raise _array_error(source.name, line, source.offset, reason)
            stop = edges[-1]
            after = line + data.count(b"\n", 0, stop)
            tail = _read_tail(data[stop:], source, offset + stop, after) if closed else b""
            if head and closed and not data[:stop].strip(JSON_WHITESPACE):
                edges = []  # the array is empty
            objects = [*_elements(data, edges, offset, line, source.name)]
            if closed:
                tail = data[objects[-1][2] - offset if objects else 0 : stop] + tail
            yield partial(self._read_elements, objects, head, tail, source.name)
            head, data, offset, line = b"", data[stop + 1 :], offset + stop + 1, after

    def _read_elements(
        self, objects: Sequence[ObjectPlace], head: bytes, tail: bytes, name: str
    ) -> InputBatch:
        """Return a batch of one record for each element; only the first batch has a head."""
        batch = self.read_objects(objects)
        for bad in batch.bad:
            if not is_json(objects[bad.row][0]):  # where it ends is a guess
                raise InputError(f"{name}: {place_and_reason(bad.place, bad.reason)}; fix it")
        if head:
            self.check_fields([text for text, *_ in objects], name)
        return replace(batch, head=head, tail=tail)


def _read_head(source: Source) -> tuple[bytes, bytes]:
    """Read an input up to its first element; return the head, and the bytes read after it."""
    data = more = source.read(READ_BYTES)
    while more and not data.removeprefix(UTF8_BOM).strip(JSON_WHITESPACE):
        data += (more := source.read(READ_BYTES))
    found = ARRAY_HEAD.match(data)
    if found is None:
        raise InputError(f"{source.name} is not a JSON array; leave out format=")
    return found[0], data[found.end() :]


def _elements(
    data: bytes, edges: Sequence[int], offset: int, line: int, name: str
) -> Iterator[ObjectPlace]:
    """Yield the elements that end at the edges; ``data`` begin at ``offset`` on ``line``."""
    begin = 0
    for edge in edges:
        element = data[begin:edge].lstrip(JSON_WHITESPACE)
        start = edge - len(element)
        line += data.count(b"\n", begin, start)
        if not element.strip():
            reason = f'empty element before "{chr(data[edge])}"; remove the extra comma'
            raise _array_error(name, line, offset + edge, reason)
        element = element.rstrip(JSON_WHITESPACE)
        yield element, offset + start, offset + start + len(element), line
        line += data.count(b"\n", start, edge)
        begin = edge + 1


def element_ends(data: bytes) -> tuple[list[int], bool]:
    """Return where elements of an array end: at the commas between them and the last bracket.

    Only quotes, backslashes, brackets and commas are read. Parsing an element tells whether it is
    valid JSON.

    Returns
    -------
    edges, closed
        The positions, and whether the last one closes the array: perhaps with a wrong bracket.

    Examples
    --------
    >>> element_ends(b'{"a": "],"}, {}]'), element_ends(b'{"a": [1, 2')
    (([11, 15], True), ([], False))
    """
    edges: list[int] = []
    depth, place, in_string = 0, 0, False
    for part in data.split(b'"'):
        if in_string:
            backslashes = len(part) - len(part.rstrip(b"\\"))
            in_string = backslashes % 2 == 1  # then the next quote is part of the string
        else:
            in_string = True
            for found in (
                _STRUCTURE.finditer(part) if not depth or part not in _COMMON_SEPARATORS else ()
            ):
                mark = found[0]
                depth += _DEPTH_CHANGE[mark]
                if depth < 0 or (mark == b"," and not depth):
                    edges.append(place + found.start())
                if depth < 0:
                    return edges, True
        place += len(part) + 1
    return edges, False


def _read_tail(rest: bytes, source: Source, byte: int, line: int) -> bytes:
    """Read an input from its closing bracket to the end; only white space may follow it."""
    while not rest[1:].strip(JSON_WHITESPACE) and (more := source.read(READ_BYTES)):
        rest += more
    wrong, expected = rest[1:].lstrip(JSON_WHITESPACE), "nothing after the JSON array"
    if rest[:1] != b"]":
        wrong, expected = rest, "], which closes the JSON array"
    if not wrong:
        return rest
    before = len(rest) - len(wrong)
    line += rest.count(b"\n", 0, before)
    got = wrong[:20].decode("utf-8", "replace")
    reason = f"expected {expected}, got {got!r}; fix the file"
    raise _array_error(source.name, line, byte + before, reason)


def _array_error(name: str, line: int, byte: int, reason: str) -> InputError:
    return InputError(f"{name}: line {line:,} (byte {byte:,}): {reason}")
