"""Reads columns of texts: lists, NumPy arrays, and columns of Arrow, pandas and polars.

Arrow data is used without a copy where possible; other columns are iterated over.
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
OBJECT_STORAGE = ("object", "python", "Object")  # of NumPy, of pandas strings, of polars


def pack_column(
    texts: object, *, allow_tokens: bool = False, threads: int | None = 1
) -> PackedTexts:
    """Return a column of texts as packed texts.

    Parameters
    ----------
    texts, allow_tokens
        As for ``read_column``.
    threads
        Number of threads that encode strings; all available cores when None.

    Examples
    --------
    >>> pack_column(np.array(["one", "two"])).offsets.tolist()
    [0, 3, 6]
    """
    column = read_column(texts, allow_tokens=allow_tokens)
    return column.pack(threads) if isinstance(column, PythonTexts) else column


def read_column(texts: object, *, allow_tokens: bool = False) -> PackedTexts | PythonTexts:
    """Return a column of texts, not yet encoded if it is a list and there is a compiled core.

    Parameters
    ----------
    texts
        One of: packed texts, which are returned unchanged; a string column of pyarrow, polars,
        pandas or any library with the Arrow C interface; a one-dimensional NumPy array of strings
        or objects; an iterable of ``str`` and missing values.
    allow_tokens
        Whether a text may be a list of tokens, in an iterable or in an Arrow column of lists of
        strings.

    Raises
    ------
    TextTypeError
        When ``texts`` is something else, or a text is not a ``str``; the message names the row.
    InputError
        When an Arrow column is not valid UTF-8; the message names the row.
    MissingLibraryError
        When ``texts`` is an Arrow column and pyarrow is not installed.

    Notes
    -----
    An Arrow column of large strings in one chunk is not copied; of a column of strings only the
    offsets are. A null is a missing text, whatever bytes its slot holds. A column that has no rows,
    or only nulls or NaN, may have any type: libraries infer some type for a field without texts.

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
        all_nan = dtype.kind == "f" and bool(np.isnan(np.asarray(texts)).all())
        if getattr(texts, "ndim", 1) == 1 and (all_nan or not len(texts)):  # type: ignore[arg-type]
            return pack([None] * len(texts))  # type: ignore[arg-type]  # has a length: it has a dtype
        remedy = "; decode it first" if dtype.kind == "S" else ""
        raise TextTypeError(f"{TEXTS_RULE} {name} of {dtype}{remedy}")
    if _is_arrow(texts):
        return _from_arrow(texts, allow_tokens=allow_tokens)
    if getattr(texts, "ndim", 1) != 1:  # iterating over a frame would yield column names
        raise TextTypeError(f"{TEXTS_RULE} {name} of another shape; pass one column")
    if not isinstance(texts, Iterable):
        raise TextTypeError(f"{TEXTS_RULE} {name}")
    return _from_iterable(texts, allow_tokens=allow_tokens)


def prepare_packed(
    texts: object, config: Config, threads: int | None = 1
) -> tuple[PackedTexts, Config]:
    """Return packed texts and the settings to compare them with, as ``prepare_column`` does."""
    column, config = prepare_column(texts, config)
    return pack_column(column, threads=threads), config


def prepare_column(texts: object, config: Config) -> tuple[PackedTexts | PythonTexts, Config]:
    """Return a column of texts or lists of tokens, and the settings to compare them with.

    For lists of tokens, the default unit ``"word"`` becomes ``"token"``.

    Raises
    ------
    ConfigError
        When the unit does not fit the texts.
    """
    column = read_column(texts, allow_tokens=True)
    if column.is_tokenized and config.unit == "word":
        config = replace(config, unit="token")
    check_unit(column, config)
    return column, config


def check_unit(column: PackedTexts | PythonTexts, config: Config) -> None:
    """Check that the unit is ``"token"`` for lists of tokens, and another one for texts.

    Raises
    ------
    ConfigError
        When it is not.
    """
    if column.is_tokenized and config.unit != "token":
        raise ConfigError.of("unit", f"must be token for lists of tokens, got {config.unit!r}")
    if config.unit == "token" and not column.is_tokenized and not column.missing.all():
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
    """Return the first text that is not missing, and an iterable of all texts."""
    if isinstance(texts, Sized):  # a collection, so it can be iterated over again
        return next((text for text in texts if not is_missing(text)), None), texts
    consumed = []
    for text in texts:
        consumed.append(text)
        if not is_missing(text):
            return text, chain(consumed, texts)
    return None, consumed


def to_python_list(column: Any) -> list[Any]:  # noqa: ANN401
    """Return the values of a column as Python objects; times of NumPy stay as they are.

    ``tolist`` would turn NumPy's times into integers without a unit.

    Examples
    --------
    >>> to_python_list(np.array([1, 2]))
    [1, 2]
    """
    if isinstance(column, np.ndarray) and column.dtype.kind in "mM":
        return list(column)
    for name in ("to_pylist", "to_list", "tolist"):  # of Arrow, of pandas and polars, of NumPy
        if hasattr(column, name):
            return list(getattr(column, name)())
    return list(column)


def _is_arrow(texts: object) -> bool:
    dtype = getattr(texts, "dtype", None)
    if str(getattr(dtype, "storage", dtype)) in OBJECT_STORAGE:
        return False  # converting objects to Arrow is slower and refuses lone surrogates
    return hasattr(texts, "__arrow_c_stream__") or hasattr(texts, "__arrow_c_array__")


def _from_arrow(texts: Any, *, allow_tokens: bool) -> PackedTexts:  # noqa: ANN401
    pa = import_optional("pyarrow")
    is_stream = hasattr(texts, "__arrow_c_stream__")
    column = pa.chunked_array(texts if is_stream else [pa.array(texts)])
    if column.null_count == len(column) and not pa.types.is_struct(column.type):
        return pack([None] * len(column))
    list_types = pa.types.is_list, pa.types.is_large_list, pa.types.is_list_view
    if allow_tokens and any(is_type(column.type) for is_type in list_types):
        _check_type(column.type.value_type)
        return pack_tokens(column.to_pylist())
    _check_type(column.type)
    chunks = [_as_large_strings(chunk) for chunk in column.chunks]
    empty = pa.array([], pa.large_string())
    array = chunks[0] if len(chunks) == 1 else pa.concat_arrays([empty, *chunks])
    missing = array.is_null().to_numpy(zero_copy_only=False)
    packed = _packed_view(array, missing)
    _check_utf8(array, packed)
    if np.diff(packed.offsets)[missing].any():  # the slots of nulls hold arbitrary bytes
        return _packed_view(array.fill_null(""), missing)
    return packed


def is_text_type(arrow_type: Any) -> bool:  # noqa: ANN401
    """Return whether an Arrow type is a string type, a dictionary of strings, or null."""
    pa = import_optional("pyarrow")
    is_dictionary = pa.types.is_dictionary(arrow_type)
    value_type = arrow_type.value_type if is_dictionary else arrow_type
    return value_type in (pa.string(), pa.large_string(), pa.string_view(), pa.null())


def _check_type(arrow_type: Any) -> None:  # noqa: ANN401
    if is_text_type(arrow_type):
        return
    if import_optional("pyarrow").types.is_struct(arrow_type):
        raise TextTypeError(f"{TEXTS_RULE} a table; pass one column of it")
    remedy = "; decode it first" if "binary" in str(arrow_type) else ""
    raise TextTypeError(f"{TEXTS_RULE} an Arrow column of {arrow_type}{remedy}")


def _as_large_strings(array: Any) -> Any:  # noqa: ANN401
    pa = import_optional("pyarrow")
    if pa.types.is_dictionary(array.type):
        # A cast does not support string views, and fails beyond 2 GiB of strings.
        return array.dictionary.cast(pa.large_string()).take(array.indices)
    return array.cast(pa.large_string())


def _check_utf8(array: Any, packed: PackedTexts) -> None:  # noqa: ANN401
    pa = import_optional("pyarrow")
    try:
        array.validate(full=True)
    except pa.ArrowInvalid as error:
        offsets = packed.offsets.tolist()
        for row in np.flatnonzero(~packed.missing).tolist():
            try:
                str(packed.utf8[offsets[row] : offsets[row + 1]].data, "utf-8")
            except UnicodeDecodeError as found:
                raise InputError(f"texts[{row}] is not valid UTF-8: {found.reason}") from error
        raise InputError(f"texts is a malformed Arrow column: {error}") from error


def _packed_view(array: Any, missing: Any) -> PackedTexts:  # noqa: ANN401
    """Return an Arrow array of large strings as packed texts, without a copy."""
    _, offset_buffer, text_buffer = array.buffers()
    offsets = np.zeros(1, np.int64)
    if len(array):
        rows = slice(array.offset, array.offset + len(array) + 1)
        offsets = np.frombuffer(offset_buffer, np.int64)[rows]
        offsets = np.require(offsets, requirements="A")  # Arrow buffers need not be aligned
    utf8 = np.frombuffer(text_buffer or b"", np.uint8)
    utf8.flags.writeable = False  # it belongs to the column
    return PackedTexts(utf8, offsets, missing)
