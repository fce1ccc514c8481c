"""What can go wrong, under one root: ``except dedup.DedupError`` catches all of it."""


class DedupError(Exception):
    """The root of all errors that ``dedup`` raises on purpose."""


class ConfigError(DedupError, ValueError):
    """A setting is outside its range; the message names it, the rule and the value.

    Attributes
    ----------
    parameter
        The name with which the message begins, if it begins with one: the command says its flag.
    """

    parameter: str | None = None

    @classmethod
    def of(cls, parameter: str, said: str) -> "ConfigError":
        """Return what is wrong with a parameter.

        Examples
        --------
        >>> ConfigError.of("seed", "must be a whole number, got 1.5")
        ConfigError('seed must be a whole number, got 1.5')
        """
        error = cls(f"{parameter} {said}")
        error.parameter = parameter
        return error


class TextTypeError(DedupError, TypeError):
    """Something other than ``str`` was given as a text."""


class LedgerError(DedupError, ValueError):
    """A ledger is malformed, or does not belong to the text it is applied to."""


class RowError(DedupError, IndexError):
    """There is no such row; the message says which there are."""


class InputError(DedupError, ValueError):
    """An input cannot be read as what it should be; the message says where, and the remedy."""


class OutputError(DedupError, OSError):
    """An output cannot be written; nothing was changed."""


class StoreError(DedupError, OSError):
    """An index cannot be opened, read or written; the message says why, and the remedy."""


class AuditError(DedupError):
    """What was written does not add up to what was read; nothing was changed."""


class MissingLibraryError(DedupError, ImportError):
    """An optional library is not installed; the message says how to install it."""
