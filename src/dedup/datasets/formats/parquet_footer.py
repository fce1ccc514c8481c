"""Concatenate Parquet files: copy their row groups, and write one footer for all of them.

pyarrow encodes one row group after the other in one thread. So each row group is encoded as a file
of its own, several at a time, and the files are concatenated to the file that pyarrow would have
written, byte for byte.

A footer is a struct of Thrift in its compact protocol. The numbers of its fields are those of
``parquet.thrift`` in the specification of Parquet.
"""

from typing import Any, BinaryIO

MAGIC = b"PAR1"  # at both ends of a file
FOOTER_SIZE_BYTES = 4  # of the number before the last magic
FILE_ROWS, FILE_GROUPS = 3, 4  # fields of a footer
GROUP_COLUMNS, GROUP_OFFSET, GROUP_ORDINAL = 1, 5, 7  # fields of a row group
COLUMN_OFFSET, COLUMN_METADATA = 2, 3  # fields of a column in a row group
PAGE_OFFSETS = (9, 10, 11)  # fields of its metadata: pages with data, an index, a dictionary

TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, STRUCT = 1, 2, 3, 7, 8, 9, 10, 12  # types of values
INTEGERS = (4, 5, 6)  # of 16, 32 and 64 bits
MORE = 0x80  # the bit of a byte that another byte of the number follows
LARGE = 0xF  # a size or step of so much is written as a number of its own
Struct = dict[int, tuple[int, Any]]  # type and value by the number of a field


class ThriftReader:
    r"""Reads values of the compact protocol from bytes.

    Examples
    --------
    >>> ThriftReader(b"\x15\x02\x19\x18\x01a\x00").value(STRUCT)
    {1: (5, 1), 2: (9, (8, [b'a']))}
    """

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 0

    def _bytes(self, size: int) -> bytes:
        self._place += size
        return self._data[self._place - size : self._place]

    def _unsigned(self) -> int:
        number = shift = 0
        while (byte := self._bytes(1)[0]) & MORE:
            number |= (byte ^ MORE) << shift
            shift += 7
        return number | byte << shift

    def value(self, kind: int) -> Any:  # noqa: ANN401
        """Return the next value: a number, bytes, a struct, or a list as type and values."""
        if kind in INTEGERS:
            number = self._unsigned()
            return number >> 1 ^ -(number & 1)
        if kind == STRUCT:
            return self._struct()
        if kind in (LIST, SET):
            head = self._bytes(1)[0]
            count = self._unsigned() if head >> 4 == LARGE else head >> 4
            item_kind = head & LARGE
            # A truth value is a byte in a list, and a type elsewhere.
            read_as = BYTE if item_kind in (TRUE, FALSE) else item_kind
            return item_kind, [self.value(read_as) for _ in range(count)]
        sizes = {TRUE: 0, FALSE: 0, BYTE: 1, DOUBLE: 8}
        return self._bytes(self._unsigned() if kind == BINARY else sizes[kind])

    def _struct(self) -> Struct:
        fields: Struct = {}
        number = 0
        while head := self._bytes(1)[0]:
            number = number + (head >> 4) if head >> 4 else self.value(INTEGERS[0])
            fields[number] = head & LARGE, self.value(head & LARGE)
        return fields


def encode_thrift(kind: int, value: Any) -> bytes:  # noqa: ANN401
    r"""Return a value in the compact protocol, as ``ThriftReader`` reads it.

    Examples
    --------
    >>> encode_thrift(STRUCT, {1: (5, 1), 2: (9, (8, [b"a"]))})
    b'\x15\x02\x19\x18\x01a\x00'
    """
    if kind in INTEGERS:
        return _encode_unsigned(value << 1 if value >= 0 else ~value << 1 | 1)
    if kind == BINARY:
        return _encode_unsigned(len(value)) + bytes(value)
    if kind == STRUCT:
        parts, last = [], 0
        for number, (field_kind, field) in value.items():
            step = number - last
            if 0 < step <= LARGE:
                parts.append(bytes([step << 4 | field_kind]))
            else:
                parts += bytes([field_kind]), encode_thrift(INTEGERS[0], number)
            parts.append(encode_thrift(field_kind, field))
            last = number
        return b"".join([*parts, b"\0"])
    if kind in (LIST, SET):
        item_kind, items = value
        head = bytes([min(len(items), LARGE) << 4 | item_kind])
        if len(items) >= LARGE:
            head += _encode_unsigned(len(items))
        written_as = BYTE if item_kind in (TRUE, FALSE) else item_kind
        return head + b"".join([encode_thrift(written_as, item) for item in items])
    return bytes(value)


def _encode_unsigned(number: int) -> bytes:
    data = bytearray()
    while number >= MORE:
        data.append(number & (MORE - 1) | MORE)
        number >>= 7
    data.append(number)
    return bytes(data)


class ParquetConcatenation:
    """Writes a Parquet file: the row groups of other files with the same schema.

    The other files must have no index of pages and no Bloom filters.

    Parameters
    ----------
    file
        The file to write to, empty.

    Examples
    --------
    >>> from io import BytesIO
    >>> import pyarrow as pa
    >>> from pyarrow import parquet
    >>> encoded, file = BytesIO(), BytesIO()
    >>> parquet.write_table(pa.table({"text": ["one", "two"]}), encoded)
    >>> both = ParquetConcatenation(file)
    >>> both.append(encoded.getbuffer())
    >>> both.append(encoded.getbuffer())
    >>> both.close()
    >>> parquet.read_table(file)["text"].to_pylist()
    ['one', 'two', 'one', 'two']
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._size = file, 0
        self._footer: Struct = {}

    def append(self, encoded: memoryview) -> None:
        """Append the row groups of a file."""
        end = len(encoded) - len(MAGIC) - FOOTER_SIZE_BYTES
        begin = end - int.from_bytes(encoded[end : end + FOOTER_SIZE_BYTES], "little")
        footer: Struct = ThriftReader(bytes(encoded[begin:end])).value(STRUCT)
        added_groups = footer[FILE_GROUPS][1][1]
        if not self._footer:
            self._footer = footer
            self._write(encoded[:begin])
            return
        groups = self._footer[FILE_GROUPS][1][1]
        for group in added_groups:
            _move(group, self._size - len(MAGIC))
            if GROUP_ORDINAL in group:  # pyarrow 26 leaves it out
                group[GROUP_ORDINAL] = group[GROUP_ORDINAL][0], len(groups)
            groups.append(group)
        kind, rows = self._footer[FILE_ROWS]
        self._footer[FILE_ROWS] = kind, rows + footer[FILE_ROWS][1]
        self._write(encoded[len(MAGIC) : begin])

    def close(self) -> None:
        """Write the footer; there must be an appended file."""
        footer = encode_thrift(STRUCT, self._footer)
        self._write(footer + len(footer).to_bytes(FOOTER_SIZE_BYTES, "little") + MAGIC)

    def _write(self, data: bytes | memoryview) -> None:
        self._file.write(data)
        self._size += len(data)


def _move(group: Struct, distance: int) -> None:
    """Add a number of bytes to all positions in the metadata of a row group."""
    _add(group, GROUP_OFFSET, distance)
    for column in group[GROUP_COLUMNS][1][1]:
        _add(column, COLUMN_OFFSET, distance)
        for field in PAGE_OFFSETS:
            _add(column[COLUMN_METADATA][1], field, distance)


def _add(fields: Struct, number: int, distance: int) -> None:
    kind, value = fields.get(number, (0, 0))
    if value:  # a missing position is 0, too
        fields[number] = kind, value + distance
