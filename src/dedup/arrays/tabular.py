"""Optional table libraries: importing them, and converting results to their tables."""

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
INSTALL_COMMANDS = {  # of packages that are not installed by "pip install MODULE" alone
    "fastwarc": "pip install fastwarc resiliparse",
    "resiliparse": "pip install fastwarc resiliparse",
    "scrapy": "pip install 'scrapy>=2.14'",
    "llama_index": "pip install llama-index-core",
}


def import_optional(name: str) -> Any:  # noqa: ANN401  the module has no types
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
        if error.name not in (package, name):  # a dependency of the library is missing
            raise
        command = INSTALL_COMMANDS.get(package, f"pip install {package}")
        raise MissingLibraryError(f"{name} is missing: {command}", name=name) from error


def filter_arrow(rows: Any, keep: Flags) -> Any:  # noqa: ANN401
    """Return the rows of an Arrow table or record batch for which ``keep`` (n,) is true."""
    pa = import_optional("pyarrow")
    try:
        return rows.filter(pa.array(keep))
    except pa.ArrowNotImplementedError:  # pyarrow 26: string views and run-end-encoded columns
        edges = [0, *(np.flatnonzero(np.diff(keep)) + 1).tolist(), len(keep)]
        ranges = [slice(*edge) for edge in pairwise(edges)]
        kept = [rows[span] for span in ranges if keep[span].any()] or [rows[:0]]
        if isinstance(rows, pa.Table):
            return pa.concat_tables(kept)
        columns = zip(*(part.columns for part in kept), strict=True)
        return pa.record_batch([pa.concat_arrays(parts) for parts in columns], rows.schema)


def _times(column: Any, coarsest: str) -> Any:  # noqa: ANN401
    """Return a list of NumPy times and None as an array; return other columns unchanged.

    Parameters
    ----------
    coarsest
        The coarsest unit of times that the table library has.

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
    """A result that converts to a table of Arrow, pandas or polars."""

    __slots__ = ()

    @property
    @abstractmethod
    def _columns(self) -> Mapping[str, object]:
        """The columns of the table by name."""

    def to_arrow(self) -> "pa.Table":
        """Return the result as a ``pyarrow.Table``; the class describes its rows.

        Raises
        ------
        MissingLibraryError
            When pyarrow is not installed.
        InputError
            When the ids have mixed types, which Arrow cannot store.
        """
        pa = import_optional("pyarrow")
        errors = (pa.ArrowException, TypeError, ValueError, OverflowError)
        return pa.table(self._typed("Arrow", pa.array, errors, "s"))

    def to_pandas(self) -> "pd.DataFrame":
        """Return the result as a ``pandas.DataFrame``; the class describes its rows.

        Raises
        ------
        MissingLibraryError
            When pandas is not installed.
        """
        pandas = import_optional("pandas")
        # pandas would align a column with an index of its own, so only its values are passed.
        values = {name: getattr(column, "array", column) for name, column in self._columns.items()}
        for name, column in values.items():
            if isinstance(column, list) and any(value is None for value in column):
                values[name] = pandas.array(column)  # keeps integers beside a missing value
        return pandas.DataFrame(values)

    def to_polars(self) -> "pl.DataFrame":
        """Return the result as a ``polars.DataFrame``; the class describes its rows.

        Raises
        ------
        MissingLibraryError
            When polars is not installed.
        InputError
            When the ids have mixed types, which polars cannot store.
        """
        polars = import_optional("polars")
        errors = (polars.exceptions.PolarsError, TypeError, OverflowError)
        return polars.DataFrame(self._typed("polars", polars.Series, errors, "ms"))

    def _typed(
        self, library: str, make: Callable[[Any], Any], errors: ErrorTypes, coarsest: str
    ) -> dict[str, Any]:
        """Convert each column by ``make`` of a library whose coarsest unit of times is given."""
        made = {}
        for name, column in self._columns.items():
            try:
                made[name] = make(_times(column, coarsest))
            except errors as error:
                reason = str(error).splitlines()[0]
                raise InputError(
                    f"column {name} has mixed types, which {library} cannot store ({reason}); "
                    "convert it to strings"
                ) from error
        return made
