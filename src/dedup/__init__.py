"""Find near-duplicate text and give back a clean copy.

>>> import dedup
>>> dedup.clean("All of this is new. None of it repeats.").repeats
()
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dedup.config import Config
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
from dedup.matching.deduplicate import deduplicate
from dedup.matching.near_duplicates import near_duplicates, similarity
from dedup.matching.pairs import Pairs, connected_components
from dedup.matching.result import DedupResult
from dedup.records import Lines, Span

if TYPE_CHECKING:
    from dedup.auditing.audit import audit
    from dedup.auditing.result import AuditResult
    from dedup.boilerplate.deduplicate_blocks import deduplicate_blocks
    from dedup.boilerplate.patterns import Pattern
    from dedup.boilerplate.result import BoilerplateResult
    from dedup.dataset.audited import audit_files
    from dedup.dataset.report import DatasetReport
    from dedup.dataset.restoring import restore_dataset
    from dedup.dataset.run import clean_dataset, clean_file
    from dedup.documents.clean import clean
    from dedup.documents.result import Block, CleanedDocument, Repeat, Run
    from dedup.index.index import Index
    from dedup.index.result import Exported, IndexMatches, IndexStats, Neighbor
    from dedup.index.stream import unique
    from dedup.io.ledger import read_ledger, write_ledger
    from dedup.ledger import Removal, restore
    from dedup.matching.sketches import minhash, shingles, to_datasketch
    from dedup.spans.find_spans import find_spans
    from dedup.spans.result import RepeatedSpan, SpansResult

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

# The modules of the other public names, which are imported on first use.
_LAZY = {
    name: module
    for module, names in {
        "auditing.audit": ("audit",),
        "auditing.result": ("AuditResult",),
        "boilerplate.deduplicate_blocks": ("deduplicate_blocks",),
        "boilerplate.patterns": ("Pattern",),
        "boilerplate.result": ("BoilerplateResult",),
        "dataset.audited": ("audit_files",),
        "dataset.report": ("DatasetReport",),
        "dataset.restoring": ("restore_dataset",),
        "dataset.run": ("clean_dataset", "clean_file"),
        "documents.clean": ("clean",),
        "documents.result": ("Block", "CleanedDocument", "Repeat", "Run"),
        "index.index": ("Index",),
        "index.result": ("Exported", "IndexMatches", "IndexStats", "Neighbor"),
        "index.stream": ("unique",),
        "io.ledger": ("read_ledger", "write_ledger"),
        "ledger": ("Removal", "restore"),
        "matching.sketches": ("minhash", "shingles", "to_datasketch"),
        "spans.find_spans": ("find_spans",),
        "spans.result": ("RepeatedSpan", "SpansResult"),
    }.items()
    for name in names
}


if not TYPE_CHECKING:  # else a type checker would take any name for a public one

    def __getattr__(name: str) -> Any:  # noqa: ANN401  any public name
        if name not in _LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"dedup.{_LAZY[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
