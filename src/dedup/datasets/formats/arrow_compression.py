"""Find how the batches of an Arrow file are compressed, which pyarrow does not tell.

A message of Arrow begins with metadata: tables of FlatBuffers, whose fields are found by their
numbers in ``Message.fbs`` of the Arrow specification.
"""

import struct
from typing import Any

MESSAGE_TYPE, MESSAGE_HEADER = 1, 2  # fields of a message
DICTIONARY_BATCH, RECORD_BATCH = 2, 3  # types of messages
DICTIONARY_ROWS = 1  # the field of a dictionary batch with its record batch
BATCH_COMPRESSION = 3  # the field of a record batch
CODEC = 0  # the field of a compression
CODECS = ("lz4", "zstd")  # as pyarrow's writers name them
NO_COMPRESSION = "none"


def batch_compression(messages: Any) -> str:  # noqa: ANN401  a MessageReader of pyarrow
    r"""Return the compression of the first batch with rows or values: lz4, zstd or none.

    Examples
    --------
    >>> import pyarrow as pa
    >>> batch = pa.record_batch({"text": ["one"]})
    >>> options = pa.ipc.IpcWriteOptions(compression="zstd")
    >>> stream = pa.BufferOutputStream()
    >>> with pa.ipc.new_stream(stream, batch.schema, options=options) as file:
    ...     file.write(batch)
    >>> batch_compression(pa.ipc.MessageReader.open_stream(stream.getvalue()))
    'zstd'
    """
    for message in messages:
        data = message.metadata.to_pybytes()
        (root,) = struct.unpack_from("<I", data)
        kind, header = _field(data, root, MESSAGE_TYPE), _field(data, root, MESSAGE_HEADER)
        if kind is None or header is None or data[kind] not in (DICTIONARY_BATCH, RECORD_BATCH):
            continue
        batch: int | None = _table(data, header)
        if data[kind] == DICTIONARY_BATCH:
            rows = _field(data, _table(data, header), DICTIONARY_ROWS)
            batch = None if rows is None else _table(data, rows)
        place = None if batch is None else _field(data, batch, BATCH_COMPRESSION)
        if place is None:
            return NO_COMPRESSION
        codec = _field(data, _table(data, place), CODEC)
        return CODECS[0 if codec is None else data[codec]]  # a field may lack its default
    return NO_COMPRESSION


def _table(data: bytes, place: int) -> int:
    """Return where the table begins to which the offset at a place refers."""
    return place + int(struct.unpack_from("<I", data, place)[0])


def _field(data: bytes, table: int, number: int) -> int | None:
    """Return where a field of a table is; None if the table lacks it."""
    fields = table - int(struct.unpack_from("<i", data, table)[0])
    size, entry = int(struct.unpack_from("<H", data, fields)[0]), 4 + 2 * number
    offset = struct.unpack_from("<H", data, fields + entry)[0] if entry < size else 0
    return table + offset if offset else None
