"""JSON lines as columns, read by pyarrow: all at once, and while Python does something else."""

from importlib.util import find_spec
from typing import Any

import numpy as np

from dedup.frames import library
from dedup.io.records import Fields
from dedup.records import I64

NESTED = 1000  # objects in each other, at most: json and orjson read no more
NAMED = ("string", "int64")  # what names may be


def is_available() -> bool:
    """Tell whether pyarrow is installed."""
    return find_spec("pyarrow") is not None


def columns_in(lines: bytes, fields: Fields) -> tuple[list[Any], list[Any] | None, I64] | None:
    r"""Return the texts and names in whole lines, and where each ends; None where in doubt.

    What is given is what orjson would read. In doubt is all that pyarrow reads otherwise, and all
    that is wrong: whoever goes line by line can say where.

    Examples
    --------
    >>> texts, names, ends = columns_in(b'{"text": "One."}\n{"id": 7}\n', Fields())
    >>> texts[0].to_pylist(), names, ends.tolist()
    (['One.', None], None, [17, 27])
    """
    ends = _ends_of_objects(lines)
    if ends is None or len(set(fields.texts)) < len(fields.texts):
        return None
    pa = library("pyarrow")
    if not _is_utf8(lines):
        return None
    for kind in NAMED if fields.name else NAMED[:1]:
        schema = {name: pa.string() for name in fields.texts}
        if fields.name:
            if fields.name in schema:
                return None
            schema[fields.name] = getattr(pa, kind)()
        try:
            table = _table(lines, pa.schema(schema))
        except pa.ArrowInvalid:
            continue
        if len(table) != len(ends):
            return None
        texts = [table[name] for name in fields.texts]
        return texts, table[fields.name].to_pylist() if fields.name else None, ends
    return None


def _ends_of_objects(lines: bytes) -> I64 | None:
    """Return where the lines end, if each looks like an object that is not too deep."""
    utf8, found, end = np.frombuffer(lines, np.uint8), [], 0
    while end := lines.find(b"\n", end) + 1:  # many times as fast as to compare all bytes
        found.append(end)
    if not lines.endswith(b"\n"):
        found.append(len(lines))
    ends = np.array(found, np.int64)
    starts = np.concatenate(([0], ends[:-1]))
    last = ends - 1
    for blank in b"\n\r":
        last = np.where((utf8[last] == blank) & (last > starts), last - 1, last)
    # If all begin and end like that, and there are as many objects as lines, each is one.
    if not ((utf8[starts] == ord("{")) & (utf8[last] == ord("}"))).all():
        return None
    opened = utf8 | 0x20 == ord("{")  # which makes one of [ as well
    if np.count_nonzero(opened) > len(ends) + NESTED:
        in_line = np.add.reduceat(opened, starts, dtype=np.int64)
        return None if in_line.max() > NESTED else ends
    return ends


def _is_utf8(lines: bytes) -> bool:
    """Tell whether all of it is, fields too that are not asked for."""
    pa = library("pyarrow")
    edges = pa.py_buffer(np.array([0, len(lines)], np.int64))
    whole = pa.Array.from_buffers(pa.large_string(), 1, [None, edges, pa.py_buffer(lines)])
    try:
        whole.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _table(lines: bytes, schema: Any) -> Any:  # noqa: ANN401  of pyarrow, as are the results
    pa, reader = library("pyarrow"), library("pyarrow.json")
    read = reader.ReadOptions(use_threads=False, block_size=len(lines) + 1)
    parse = reader.ParseOptions(
        explicit_schema=schema, newlines_in_values=False, unexpected_field_behavior="ignore"
    )
    # Pools of its own would keep what is free again, when memory may be short.
    pool, data = pa.system_memory_pool(), pa.BufferReader(lines)
    return reader.read_json(data, read_options=read, parse_options=parse, memory_pool=pool)
