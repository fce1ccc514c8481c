"""Find near-duplicate text and give back a clean copy.

>>> import dedup
>>> dedup.clean("All of this is new. None of it repeats.").repeats
()
"""

from dedup.clean import clean
from dedup.config import Config
from dedup.document import Block, CleanedDocument, Repeat, Run
from dedup.errors import (
    ConfigError,
    DedupError,
    InputError,
    LedgerError,
    OutputError,
    TextTypeError,
)
from dedup.io.ledger import read_ledger, write_ledger
from dedup.ledger import Removal, restore
from dedup.records import Lines, Span

__version__ = "0.1.0"

__all__ = [
    "Block",
    "CleanedDocument",
    "Config",
    "ConfigError",
    "DedupError",
    "InputError",
    "LedgerError",
    "Lines",
    "OutputError",
    "Removal",
    "Repeat",
    "Run",
    "Span",
    "TextTypeError",
    "clean",
    "read_ledger",
    "restore",
    "write_ledger",
]
