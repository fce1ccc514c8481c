"""Columns of Arrow that are encoded with a dictionary: numbers of values, and the values.

pyarrow gives each batch of a Parquet file the whole dictionary of its row group, and writes the
whole dictionary to each row group. So the batches of a row group share a dictionary in memory, and
it loses the values without rows before it is written.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dedup.arrays.tabular import import_optional

if TYPE_CHECKING:
    import pyarrow as pa


class SharedDictionaries:
    """Replaces the dictionaries of consecutive batches by the first, where it has their values.

    Examples
    --------
    >>> import pyarrow as pa
    >>> batches = [pa.record_batch({"a": pa.array(["x", "y"]).dictionary_encode()}) for _ in "12"]
    >>> shared = SharedDictionaries()
    >>> [shared.share(batch)[1] for batch in batches]  # the second is two numbers of 4 bytes
    [18, 8]
    """

    def __init__(self) -> None:
        self._last: dict[int, pa.Array] = {}  # by the number of a column
        self._values = Counter[int]()  # at most so many in all dictionaries of a column
        self.first_bytes = 0  # of the dictionaries of the first batch

    def fits(self, batch: "pa.RecordBatch") -> bool:
        """Return whether the indices of each column can number the values of a batch, too."""
        for number, column in enumerate(batch.columns):
            if number in self._last:
                values = len(column.dictionary)
                most = 1 << (column.type.index_type.bit_width - 1)
                is_shared = _begins_with(self._last[number], column.dictionary)
                if not is_shared and self._values[number] + values > most:
                    return False
        return True

    def share(self, batch: "pa.RecordBatch") -> "tuple[pa.RecordBatch, int]":
        """Return the same rows, and their bytes without values that earlier batches have."""
        columns, size, is_first = [*batch.columns], 0, not self._last
        for number, column in enumerate(columns):
            if not is_dictionary(column.type):
                size += column.nbytes
                continue
            last, dictionary = self._last.get(number), column.dictionary
            if last is not None and _begins_with(last, dictionary):
                columns[number] = _encoded(column.indices, last, column.type)
                size += column.indices.nbytes
                continue
            shared_bytes = last.nbytes if last is not None and _begins_with(dictionary, last) else 0
            self._last[number] = dictionary
            self._values[number] += len(dictionary)
            self.first_bytes += dictionary.nbytes if is_first else 0
            size += column.indices.nbytes + dictionary.nbytes - shared_bytes
        if not self._last:
            return batch, size
        pa = import_optional("pyarrow")
        return pa.RecordBatch.from_arrays(columns, schema=batch.schema), size


def is_dictionary(kind: "pa.DataType") -> bool:
    """Return whether a type of Arrow is encoded with a dictionary."""
    return bool(import_optional("pyarrow").types.is_dictionary(kind))


def without_unused_values(rows: "pa.Table") -> "pa.Table":
    """Return the same rows, with one dictionary for each column: the values that occur in it.

    Examples
    --------
    >>> import pyarrow as pa
    >>> rows = pa.table({"a": pa.array(["x", "y", "z"]).dictionary_encode()})[1:]
    >>> without_unused_values(rows)["a"].chunk(0).dictionary.to_pylist()
    ['y', 'z']
    """
    pa = import_optional("pyarrow")
    for number, field in enumerate(rows.schema):
        if is_dictionary(field.type) and len(rows):
            # pyarrow 26 can neither unify lists and structs nor take string views.
            with suppress(pa.ArrowNotImplementedError):
                column = _used_values(rows.column(number).chunks, field.type)
                rows = rows.set_column(number, field, column)
    return rows


def _used_values(chunks: "Sequence[pa.Array]", kind: "pa.DataType") -> "pa.Array":
    """Return chunks as one array, whose dictionary has only the values that occur."""
    pa, compute = import_optional("pyarrow"), import_optional("pyarrow.compute")
    dictionary = max((chunk.dictionary for chunk in chunks), key=len)
    if not all(_begins_with(dictionary, chunk.dictionary) for chunk in chunks):
        chunks = pa.chunked_array(chunks).unify_dictionaries().chunks
        dictionary = chunks[0].dictionary
    indices = pa.concat_arrays([chunk.indices for chunk in chunks])
    used = indices.unique().drop_null()
    if len(used) < len(dictionary):
        used = used.sort()
        indices = compute.index_in(indices, used).cast(kind.index_type)
        dictionary = dictionary.take(used)
    return _encoded(indices, dictionary, kind)


def _begins_with(dictionary: "pa.Array", beginning: "pa.Array") -> bool:
    return len(beginning) <= len(dictionary) and bool(
        dictionary[: len(beginning)].equals(beginning)
    )


def _encoded(indices: "pa.Array", dictionary: "pa.Array", kind: "pa.DataType") -> Any:  # noqa: ANN401
    return import_optional("pyarrow").DictionaryArray.from_arrays(
        indices, dictionary, ordered=kind.ordered
    )
