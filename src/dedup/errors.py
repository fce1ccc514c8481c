"""The errors that ``dedup`` raises. ``except dedup.DedupError`` catches all of them."""


class DedupError(Exception):
    """The base class of all errors that ``dedup`` raises on purpose."""


class ConfigError(DedupError, ValueError):
    """A parameter has an invalid value; the message says name, rule and value.

    Attributes
    ----------
    parameter
        The parameter name with which the message begins, or None. The command replaces it by the
        name of its flag.
    """

    parameter: str | None = None

    @classmethod
    def of(cls, parameter: str, problem: str) -> "ConfigError":
        """Return an error about a parameter.

        Examples
        --------
        >>> ConfigError.of("seed", "must be a whole number, got 1.5")
        ConfigError('seed must be a whole number, got 1.5')
        """
        error = cls(f"{parameter} {problem}")
        error.parameter = parameter
        return error


class TextTypeError(DedupError, TypeError):
    """A text is not a ``str``; the message says which text, and its type."""


class LedgerError(DedupError, ValueError):
    """A ledger is malformed, or does not belong to the text it is applied to."""


class RowError(DedupError, IndexError):
    """There is no such row; the message says which rows there are."""


class InputError(DedupError, ValueError):
    """An input cannot be read; the message says where, why, and the remedy."""


class OutputError(DedupError, OSError):
    """An output cannot be written; no file was changed."""


class StoreError(DedupError, OSError):
    """An index cannot be opened, read or written; the message says why, and the remedy."""


class ConsistencyError(DedupError):
    """The numbers of records read and written do not match; no file was changed."""


class MissingLibraryError(DedupError, ImportError):
    """An optional library is not installed; the message says how to install it."""
