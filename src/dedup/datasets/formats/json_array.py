"""A JSON array of objects: its elements are the records, and keep the bytes that they had."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dedup.datasets.formats.json_values import JSON_WHITESPACE, is_json
from dedup.datasets.formats.jsonl import UTF8_BOM, JsonLines, ObjectPlace
from dedup.datasets.formats.record_format import READ_BYTES, InputBatch
from dedup.errors import InputError
from dedup.files.source import Source

ARRAY_HEAD = re.compile(rb"(?:" + UTF8_BOM + rb")?[ \t\n\r]*\[[ \t\n\r]*")
_STRUCTURE = re.compile(rb"[][{},]")
# How the depth of brackets changes.
_DEPTH_CHANGE = {b"[": 1, b"{": 1, b"]": -1, b"}": -1, b",": 0}
_COMMON_SEPARATORS = {
    b":",
    b": ",
    b",",
    b", ",
}  # what most often separates the strings of an object


class JsonArray(JsonLines):
    """Reads the elements of an array, and changes single fields of them.

    A record reaches from the end of one element to the end of the next, so that it begins with its
    separator. The head of an input ends where its first element begins; the tail begins where
    its last element ends.
    """

    def batches(self, source: Source) -> Iterator[InputBatch]:
        """Yield all records of an input.

        Raises
        ------
        InputError
            When it is not one whole array with nothing but white space behind it, or an element is
            missing or no JSON, or none of the first ones has a field that is asked for.
        """
        head, data = _read_head(source)
        closed = False
        offset, line = len(head), 1 + head.count(b"\n")
        while not closed:
            edges, closed = element_ends(data)
            # The data double until an element ends, so that a long one is not scanned too often.
            if not edges and (more := source.read(max(READ_BYTES, len(data)))):
                data += more
                continue
            if not edges:
                line += data.count(b"\n")
                reason = "the file ends before its JSON array does: it is cut off; fetch it again"
                raise _array_error(source.name, line, source.offset, reason)
            stop = edges[-1]
            after = line + data.count(b"\n", 0, stop)
            tail = _read_tail(data[stop:], source, offset + stop, after) if closed else b""
            if head and closed and not data[:stop].strip(JSON_WHITESPACE):
                edges = []  # the array is empty
            objects = [*_elements(data, edges, offset, line, source.name)]
            batch = self.read_objects(objects)
            for bad in batch.bad:
                if not is_json(objects[bad.row][0]):  # so its end is not certain
                    raise InputError(f"{source.name}: {bad.place}: {bad.reason}; fix it")
            if head:
                self.check_fields(objects, source.name)
            if closed:
                tail = data[int(batch.ends[-1]) - offset if objects else 0 : stop] + tail
            yield replace(batch, head=head, tail=tail)
            head, data, offset, line = b"", data[stop + 1 :], offset + stop + 1, after


def _read_head(source: Source) -> tuple[bytes, bytes]:
    """Return an input up to its first element, and some of what follows."""
    data = more = source.read(READ_BYTES)
    while more and not data.removeprefix(UTF8_BOM).strip(JSON_WHITESPACE):
        data += (more := source.read(READ_BYTES))
    found = ARRAY_HEAD.match(data)
    if found is None:
        raise InputError(f"{source.name}: is not a JSON array; leave out format=")
    return found[0], data[found.end() :]


def _elements(
    data: bytes, edges: Sequence[int], offset: int, line: int, name: str
) -> Iterator[ObjectPlace]:
    """Yield the elements that end at the edges; the data begin at an offset and on a line."""
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
    """Return where elements of an array end: at the commas between them, and the last bracket.

    Only quotes, backslashes, brackets and commas are looked at. Whether an element is JSON is up to
    whoever parses it.

    Returns
    -------
    edges, closed
        And whether the last one is the bracket that closes the array, which may be a wrong one.

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
            in_string = backslashes % 2 == 1  # the quote behind them is of the string
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
    """Return the rest of an input from its closing bracket on; only white space may follow that."""
    while not rest[1:].strip(JSON_WHITESPACE) and (more := source.read(READ_BYTES)):
        rest += more
    wrong, expected = rest[1:].lstrip(JSON_WHITESPACE), "nothing behind the JSON array"
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
