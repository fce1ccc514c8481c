"""Find near-duplicate text and give back a clean copy.

>>> import dedup
>>> dedup.clean("All of this is new. None of it repeats.").repeats
()
"""

from dedup.audit import audit
from dedup.auditing.result import AuditResult
from dedup.boilerplate import deduplicate_blocks
from dedup.boilerplate_result import BoilerplateResult
from dedup.clean import clean
from dedup.config import Config
from dedup.dataset.audited import audit_files
from dedup.dataset.one_file import clean_file
from dedup.dataset.report import DatasetReport
from dedup.dataset.restoring import restore_dataset
from dedup.dataset.run import clean_dataset
from dedup.document import Block, CleanedDocument, Repeat, Run
from dedup.errors import (
    AuditError,
    ConfigError,
    DedupError,
    InputError,
    LedgerError,
    MissingLibraryError,
    OutputError,
    RowError,
    StoreError,
    TextTypeError,
)
from dedup.index import Index
from dedup.index_result import Exported, IndexMatches, IndexStats, Neighbor
from dedup.io.ledger import read_ledger, write_ledger
from dedup.ledger import Removal, restore
from dedup.matching.deduplicate import deduplicate
from dedup.matching.near_duplicates import near_duplicates, similarity
from dedup.matching.pairs import Pairs, connected_components
from dedup.matching.result import DedupResult
from dedup.matching.sketches import minhash, shingles, to_datasketch
from dedup.patterns import Pattern
from dedup.records import Lines, Span
from dedup.repeated import RepeatedSpan, SpansResult
from dedup.spans import find_spans
from dedup.streams import unique

__version__ = "0.1.0"

__all__ = [
    "AuditError",
    "AuditResult",
    "Block",
    "BoilerplateResult",
    "CleanedDocument",
    "Config",
    "ConfigError",
    "DatasetReport",
    "DedupError",
    "DedupResult",
    "Exported",
    "Index",
    "IndexMatches",
    "IndexStats",
    "InputError",
    "LedgerError",
    "Lines",
    "MissingLibraryError",
    "Neighbor",
    "OutputError",
    "Pairs",
    "Pattern",
    "Removal",
    "Repeat",
    "RepeatedSpan",
    "RowError",
    "Run",
    "Span",
    "SpansResult",
    "StoreError",
    "TextTypeError",
    "audit",
    "audit_files",
    "clean",
    "clean_dataset",
    "clean_file",
    "connected_components",
    "deduplicate",
    "deduplicate_blocks",
    "find_spans",
    "minhash",
    "near_duplicates",
    "read_ledger",
    "restore",
    "restore_dataset",
    "shingles",
    "similarity",
    "to_datasketch",
    "unique",
    "write_ledger",
]
