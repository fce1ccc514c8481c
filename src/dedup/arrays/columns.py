"""Columns of texts, from whatever library, as one packed buffer.

Arrow data is taken as it lies, without a copy where it can be; the rest is iterated over.
"""

from collections.abc import Iterable, Mapping, Sized
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np

from dedup.arrays.native import has_core
from dedup.arrays.packed import PackedTexts, PythonTexts, is_missing, pack, pack_tokens
from dedup.arrays.tabular import import_optional
from dedup.config import Config
from dedup.errors import ConfigError, InputError, TextTypeError

TEXTS_RULE = "texts must be a list or column of texts, got"
REFUSED_TYPES = (
    (str, "; wrap it in a list"),
    ((bytes, bytearray, memoryview), "; decode it first"),
    ((set, frozenset), ", which has no order; pass a list"),
    (Mapping, "; pass its values() as a list"),
)
OBJECT_STORAGE = ("object", "python", "Object")  # NumPy's dtype, pandas' storage, polars' dtype


def pack_column(
    texts: object, *, allow_tokens: bool = False, threads: int | None = 1
) -> PackedTexts:
    """Return a column of texts as Arrow lays strings out; parameters as for ``read_column``.

    Parameters
    ----------
    threads
        How many encode strings; all cores that the process may use when None.

    Examples
    --------
    >>> pack_column(np.array(["one", "two"])).offsets.tolist()
    [0, 3, 6]
    """
    column = read_column(texts, allow_tokens=allow_tokens)
    return column.pack(threads) if isinstance(column, PythonTexts) else column


def read_column(texts: object, *, allow_tokens: bool = False) -> PackedTexts | PythonTexts:
    """Return a column of texts: ``PythonTexts`` of a list where there is a compiled core.

    Parameters
    ----------
    texts
        A ``PackedTexts``, returned as it is; a string column of pyarrow, polars, pandas or anything
        else that speaks the Arrow C interface; a one-dimensional NumPy array of strings or
        objects; or an iterable of ``str`` and None.
    allow_tokens
        Whether lists of tokens may stand for texts: in a list or any other iterable, or in an
        Arrow column of lists of strings.

    Raises
    ------
    TextTypeError
        When it is something else, or a text in it is no text; the message names the row.
    InputError
        When an Arrow column is not valid UTF-8; the message names the row.
    MissingLibraryError
        When it is an Arrow column and pyarrow is not installed.

    Notes
    -----
    A column of large strings in one chunk is not copied, of strings only the offsets are. A
    null is missing, and its text is empty whatever bytes lie below it. A column in which nothing
    is, as libraries make it of a file without texts, may be of any type: one without rows, of nulls
    alone, or of NaN alone, which is what stands for a missing text in pandas.

    Examples
    --------
    >>> read_column({"title": "one"})
    Traceback (most recent call last):
        ...
    dedup.errors.TextTypeError: texts must be a list or column of texts, got dict; pass its \
values() as a list
    """
    if isinstance(texts, (PackedTexts, PythonTexts)):
        return texts
    name = type(texts).__name__
    for kinds, remedy in REFUSED_TYPES:
        if isinstance(texts, kinds):
            raise TextTypeError(f"{TEXTS_RULE} {name}{remedy}")
    dtype = getattr(texts, "dtype", None)
    if isinstance(dtype, np.dtype) and dtype.kind not in "OUT":
        nothing = dtype.kind == "f" and bool(np.isnan(np.asarray(texts)).all())
        if getattr(texts, "ndim", 1) == 1 and (nothing or not len(texts)):  # type: ignore[arg-type]
            return pack([None] * len(texts))  # type: ignore[arg-type]  # an array, or like one
        remedy = "; decode it first" if dtype.kind == "S" else ""
        raise TextTypeError(f"{TEXTS_RULE} {name} of {dtype}{remedy}")
    if _is_arrow(texts):
        return _from_arrow(texts, allow_tokens=allow_tokens)
    if getattr(texts, "ndim", 1) != 1:  # a frame would be iterated over by its columns' names
        raise TextTypeError(f"{TEXTS_RULE} {name} of another shape; pass one column")
    if not isinstance(texts, Iterable):
        raise TextTypeError(f"{TEXTS_RULE} {name}")
    return _from_iterable(texts, allow_tokens=allow_tokens)


def prepare_packed(
    texts: object, config: Config, threads: int | None = 1
) -> tuple[PackedTexts, Config]:
    """Return texts, or lists of tokens, and the settings by which they are compared.

    Raises
    ------
    ConfigError
        When the unit of the settings is not for such texts.
    """
    column, config = prepare_column(texts, config)
    return pack_column(column, threads=threads), config


def prepare_column(texts: object, config: Config) -> tuple[PackedTexts | PythonTexts, Config]:
    """Return texts, or lists of tokens, and the settings by which they are compared.

    Raises
    ------
    ConfigError
        When the unit of the settings is not for such texts.
    """
    column = read_column(texts, allow_tokens=True)
    if column.is_tokenized and config.unit == "word":
        config = replace(config, unit="token")
    check_unit(column, config)
    return column, config


def check_unit(packed: PackedTexts | PythonTexts, config: Config) -> None:
    """Refuse lists of tokens where the unit is for texts, and the reverse.

    Raises
    ------
    ConfigError
        When they do not go together.
    """
    if packed.is_tokenized and config.unit != "token":
        raise ConfigError.of("unit", f"must be token for lists of tokens, got {config.unit!r}")
    if config.unit == "token" and not packed.is_tokenized and not packed.missing.all():
        raise ConfigError.of("unit", "token is for lists of tokens, got texts: choose another one")


def _from_iterable(texts: Iterable[Any], *, allow_tokens: bool) -> PackedTexts | PythonTexts:
    if allow_tokens:
        first, texts = _first_of(texts)
        if isinstance(first, (list, tuple)):
            return pack_tokens(texts)
    if has_core() and isinstance(texts, (list, tuple)):
        return PythonTexts(texts)
    return pack(texts)


def _first_of(texts: Iterable[Any]) -> tuple[Any, Iterable[Any]]:
    """Return the first text that is not missing, and all texts."""
    if isinstance(texts, Sized):  # can be iterated over again
        return next((text for text in texts if not is_missing(text)), None), texts
    begun = []
    for text in texts:
        begun.append(text)
        if not is_missing(text):
            return text, chain(begun, texts)
    return None, begun


def to_python_list(ids: Any) -> list[Any]:  # noqa: ANN401
    """Return Python's own objects; but NumPy's times, which would become bare integers."""
    if isinstance(ids, np.ndarray) and ids.dtype.kind in "mM":
        return list(ids)
    for name in ("to_pylist", "to_list", "tolist"):  # of Arrow, of pandas and polars, of NumPy
        if hasattr(ids, name):
            return list(getattr(ids, name)())
    return list(ids)


def _is_arrow(texts: object) -> bool:
    dtype = getattr(texts, "dtype", None)
    if str(getattr(dtype, "storage", dtype)) in OBJECT_STORAGE:
        return False  # to make Arrow data of them takes longer and refuses lone surrogates
    return hasattr(texts, "__arrow_c_stream__") or hasattr(texts, "__arrow_c_array__")


def _from_arrow(texts: Any, *, allow_tokens: bool) -> PackedTexts:  # noqa: ANN401
    pa = import_optional("pyarrow")
    is_stream = hasattr(texts, "__arrow_c_stream__")
    column = pa.chunked_array(texts if is_stream else [pa.array(texts)])
    if column.null_count == len(column) and not pa.types.is_struct(column.type):
        return pack([None] * len(column))
    is_list = pa.types.is_list, pa.types.is_large_list, pa.types.is_list_view
    if allow_tokens and any(known(column.type) for known in is_list):
        _check_type(column.type.value_type)
        return pack_tokens(column.to_pylist())
    _check_type(column.type)
    chunks = [_as_large_strings(chunk) for chunk in column.chunks]
    empty = pa.array([], pa.large_string())
    array = chunks[0] if len(chunks) == 1 else pa.concat_arrays([empty, *chunks])
    missing = array.is_null().to_numpy(zero_copy_only=False)
    packed = _view(array, missing)
    _check_utf8(array, packed)
    if np.diff(packed.offsets)[missing].any():  # bytes that nobody wrote, below a null
        return _view(array.fill_null(""), missing)
    return packed


def is_text_type(kind: Any) -> bool:  # noqa: ANN401
    """Tell whether an Arrow type is one of texts."""
    pa = import_optional("pyarrow")
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return inner in (pa.string(), pa.large_string(), pa.string_view(), pa.null())


def _check_type(kind: Any) -> None:  # noqa: ANN401
    if is_text_type(kind):
        return
    if import_optional("pyarrow").types.is_struct(kind):
        raise TextTypeError(f"{TEXTS_RULE} a table; pass one column of it")
    remedy = "; decode it first" if "binary" in str(kind) else ""
    raise TextTypeError(f"{TEXTS_RULE} an Arrow column of {kind}{remedy}")


def _as_large_strings(array: Any) -> Any:  # noqa: ANN401
    pa = import_optional("pyarrow")
    if pa.types.is_dictionary(array.type):
        # Not by a cast: it cannot look string views up, and overflows at 2 GiB of strings.
        return array.dictionary.cast(pa.large_string()).take(array.indices)
    return array.cast(pa.large_string())


def _check_utf8(array: Any, packed: PackedTexts) -> None:  # noqa: ANN401
    pa = import_optional("pyarrow")
    try:
        array.validate(full=True)
    except pa.ArrowInvalid as error:
        edges = packed.offsets.tolist()
        for row in np.flatnonzero(~packed.missing).tolist():
            try:
                str(packed.utf8[edges[row] : edges[row + 1]].data, "utf-8")
            except UnicodeDecodeError as found:
                raise InputError(f"texts[{row}] is not valid UTF-8: {found.reason}") from error
        raise InputError(f"texts is a malformed Arrow column: {error}") from error


def _view(array: Any, missing: Any) -> PackedTexts:  # noqa: ANN401
    """Return large strings as they lie."""
    _, offsets, utf8 = array.buffers()
    edges = np.zeros(1, np.int64)
    if len(array):
        edges = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
        edges = np.require(edges, requirements="A")  # a buffer of Arrow may begin anywhere
    data = np.frombuffer(utf8 or b"", np.uint8)
    data.flags.writeable = False  # it belongs to the column
    return PackedTexts(data, edges, missing)
