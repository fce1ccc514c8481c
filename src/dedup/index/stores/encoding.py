"""Records and ids as bytes."""

import struct

from dedup.index.stores.protocol import Id, Record
from dedup.index.stores.sealing import DamagedError
from dedup.index.stores.texts import Texts

HEAD = struct.Struct("<qI?")  # when it was added, how long its id is, whether it has a text


def id_bytes(name: Id) -> bytes:
    """Return an id as bytes, no two the same.

    Examples
    --------
    >>> id_bytes(7), id_bytes("7")
    (b'i7', b's7')
    """
    if isinstance(name, int):
        return b"i%d" % name
    return b"s" + name.encode("utf-8", "surrogatepass")


def record_bytes(record: Record, texts: Texts) -> bytes:
    """Return a record as bytes, its text as it is kept.

    Examples
    --------
    >>> texts = Texts(None)
    >>> record_of(record_bytes(Record("mon", b"The ferry was late.", 9), texts), texts)
    Record(id='mon', text=b'The ferry was late.', added=9)
    """
    name = id_bytes(record.id)
    text = texts.pack(record.text) or b""
    return HEAD.pack(record.added, len(name), record.text is not None) + name + text


def record_of(data: bytes, texts: Texts) -> Record:
    """Return the record that some bytes are.

    Raises
    ------
    ValueError
        When they are none, or were damaged.
    """
    try:
        added, length, has_text = HEAD.unpack_from(data)
        stop = HEAD.size + length
        kind, name = data[HEAD.size : HEAD.size + 1], data[HEAD.size + 1 : stop]
        of: Id = int(name) if kind == b"i" else name.decode("utf-8", "surrogatepass")
        return Record(of, texts.unpack(data[stop:] if has_text else None), added)
    except (struct.error, DamagedError) as error:
        raise ValueError(str(error) or "its text is not as it was written") from error
