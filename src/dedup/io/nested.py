"""Columns of Arrow inside of others: ``a.b`` is the field b of the structs in the column a."""

from typing import TYPE_CHECKING, Any

from dedup.frames import library

if TYPE_CHECKING:
    import pyarrow as pa

Place = tuple[str, ...]  # the name of a column, and those of the fields down from it


def place_of(schema: "pa.Schema", name: str) -> Place | None:
    """Return where a field is, None where there is none; a column may have dots in its own name.

    Examples
    --------
    >>> import pyarrow as pa
    >>> schema = pa.schema({"a": pa.struct({"b": pa.string()}), "a.c": pa.string()})
    >>> place_of(schema, "a.b"), place_of(schema, "a.c"), place_of(schema, "a.d")
    (('a', 'b'), ('a.c',), None)
    """
    return _place_in([(field.name, field.type) for field in schema], name)


def _place_in(fields: list[tuple[str, Any]], name: str) -> Place | None:
    kinds = dict(fields)
    if name in kinds:
        return (name,)
    first, _, rest = name.partition(".")
    if not rest or not library("pyarrow").types.is_struct(kinds.get(first)):
        return None
    inner = _place_in([(field.name, field.type) for field in kinds[first]], rest)
    return inner and (first, *inner)


def type_at(schema: "pa.Schema", place: Place) -> "pa.DataType":
    """Return the type of a field."""
    kind = schema.field(place[0]).type
    for name in place[1:]:
        kind = kind.field(name).type
    return kind


def column_at(batch: "pa.RecordBatch", place: Place) -> "pa.Array":
    """Return a field as a column, null where what it is in is null."""
    column = batch.column(place[0])
    compute = library("pyarrow.compute")
    for name in place[1:]:
        column = compute.struct_field(column, name)
    return column


def with_column_at(batch: "pa.RecordBatch", place: Place, column: "pa.Array") -> "pa.RecordBatch":
    """Return a batch with another column in a place, of the same type.

    Examples
    --------
    >>> import pyarrow as pa
    >>> batch = pa.record_batch({"a": [{"b": "one", "n": 1}, None]})
    >>> with_column_at(batch, ("a", "b"), pa.array(["two", None])).to_pylist()
    [{'a': {'b': 'two', 'n': 1}}, {'a': None}]
    """
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    columns[place[0]] = _with_field(columns[place[0]], place[1:], column)
    return library("pyarrow").RecordBatch.from_arrays([*columns.values()], schema=batch.schema)


def _with_field(structs: "pa.Array", place: Place, column: "pa.Array") -> "pa.Array":
    if not place:
        return column
    pa = library("pyarrow")
    fields = list(structs.type)
    # As they lie: those of a null are whatever they are.
    inner = [structs.field(number) for number in range(len(fields))]
    number = next(at for at, field in enumerate(fields) if field.name == place[0])
    inner[number] = _with_field(inner[number], place[1:], column)
    return pa.StructArray.from_arrays(inner, fields=fields, mask=structs.is_null())
