"""The border to libraries that are optional, and imported when asked for."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.arrays.array_types import Flags
from dedup.errors import InputError, MissingLibraryError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

ErrorTypes = tuple[type[Exception], ...]
NumpyTimes = (np.datetime64, np.timedelta64)
INSTALL_COMMANDS = {  # where a package has another name than its module, or needs another one
    "fastwarc": "pip install fastwarc resiliparse",
    "resiliparse": "pip install fastwarc resiliparse",
    "scrapy": "pip install 'scrapy>=2.14'",
    "llama_index": "pip install llama-index-core",
}


def import_optional(name: str) -> Any:  # noqa: ANN401  a module without types
    """Import an optional library.

    Raises
    ------
    MissingLibraryError
        When it is not installed; the message says how to install it.

    Examples
    --------
    >>> import_optional("pyarrow").array(["one"]).to_pylist()
    ['one']
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        if error.name not in (package, name):  # it is there, but one that it needs is not
            raise
        remedy = INSTALL_COMMANDS.get(package, f"pip install {package}")
        raise MissingLibraryError(f"{name} is missing: {remedy}", name=name) from error


def filter_arrow(rows: Any, keep: Flags) -> Any:  # noqa: ANN401
    """Return the rows of a table or batch of Arrow for which ``keep`` (n,) is true."""
    pa = import_optional("pyarrow")
    try:
        return rows.filter(pa.array(keep))
    except pa.ArrowNotImplementedError:  # pyarrow 26 filters no string views and no runs
        edges = [0, *(np.flatnonzero(np.diff(keep)) + 1).tolist(), len(keep)]
        pieces = [slice(*edge) for edge in pairwise(edges)]
        kept = [rows[piece] for piece in pieces if keep[piece].any()] or [rows[:0]]
        if isinstance(rows, pa.Table):
            return pa.concat_tables(kept)
        columns = zip(*(part.columns for part in kept), strict=True)
        return pa.record_batch([pa.concat_arrays(parts) for parts in columns], rows.schema)


def _times(column: Any, coarsest: str) -> Any:  # noqa: ANN401
    """Return a list of NumPy's times, None where one is missing, as an array; others unchanged.

    Examples
    --------
    >>> _times([np.datetime64("2026-01"), None], "s")
    array(['2026-01-01',        'NaT'], dtype='datetime64[D]')
    """
    present = [value for value in column if value is not None] if isinstance(column, list) else []
    if not present or not all(isinstance(value, NumpyTimes) for value in present):
        return column
    dtype = np.array(present).dtype
    unit = np.datetime_data(dtype)[0]
    if dtype.kind == "M" and unit in ("Y", "M", "W"):
        unit = "D"  # a date
    elif unit not in ("ms", "us", "ns") and dtype != np.dtype("M8[D]"):
        unit = coarsest
    return np.array(column, f"{dtype.kind}8[{unit}]")


class Tabular(ABC):
    """What can be had as a table."""

    __slots__ = ()

    @property
    @abstractmethod
    def _columns(self) -> Mapping[str, object]:
        """The columns by name."""

    def to_arrow(self) -> "pa.Table":
        """Return a ``pyarrow.Table``: the ids, if there are any, and the other columns.

        Raises
        ------
        MissingLibraryError
            When pyarrow is not installed.
        InputError
            When the ids are of no one type that Arrow has.
        """
        pa = import_optional("pyarrow")
        errors = (pa.ArrowException, TypeError, ValueError, OverflowError)
        return pa.table(self._typed("Arrow", pa.array, errors, "s"))

    def to_pandas(self) -> "pd.DataFrame":
        """Return a ``pandas.DataFrame``: the ids, if there are any, and the other columns.

        Raises
        ------
        MissingLibraryError
            When pandas is not installed.
        """
        pandas = import_optional("pandas")
        # A column with an index of its own would put its rows elsewhere: only values count.
        values = {name: getattr(column, "array", column) for name, column in self._columns.items()}
        for name, column in values.items():
            if isinstance(column, list) and any(value is None for value in column):
                values[name] = pandas.array(column)  # whole numbers stay whole beside a missing one
        return pandas.DataFrame(values)

    def to_polars(self) -> "pl.DataFrame":
        """Return a ``polars.DataFrame``: the ids, if there are any, and the other columns.

        Raises
        ------
        MissingLibraryError
            When polars is not installed.
        InputError
            When the ids are of no one type that polars has.
        """
        polars = import_optional("polars")
        errors = (polars.exceptions.PolarsError, TypeError, OverflowError)
        return polars.DataFrame(self._typed("polars", polars.Series, errors, "ms"))

    def _typed(
        self, kind: str, make: Callable[[Any], Any], errors: ErrorTypes, coarsest: str
    ) -> dict[str, Any]:
        """Make each column one of a library whose times are ``coarsest`` or finer ones."""
        made = {}
        for name, column in self._columns.items():
            try:
                made[name] = make(_times(column, coarsest))
            except errors as error:
                told = str(error).splitlines()[0]
                raise InputError(
                    f"column {name} has mixed types, which {kind} cannot hold ({told}); make it "
                    "strings"
                ) from error
        return made
