"""Find and remove near-duplicate text.

>>> import dedup
>>> dedup.clean("All of this is new. None of it repeats.").repeats
()
"""

# ruff: noqa: I001  "import x as x" tells type checkers that x is public
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dedup.config import Config as Config
from dedup.errors import *  # noqa: F403  all are public
from dedup.matching.deduplicate import deduplicate as deduplicate
from dedup.matching.near_duplicates import near_duplicates as near_duplicates
from dedup.matching.pairs import Pairs as Pairs, connected_components as connected_components
from dedup.matching.dedup_result import DedupResult as DedupResult
from dedup.matching.similarity import similarity as similarity
from dedup.arrays.array_types import Lines as Lines, Span as Span

if TYPE_CHECKING:
    from dedup.auditing.audit import audit as audit
    from dedup.auditing.audit_result import AuditResult as AuditResult
    from dedup.boilerplate.deduplicate_blocks import (
        BoilerplateResult as BoilerplateResult,
        deduplicate_blocks as deduplicate_blocks,
    )
    from dedup.boilerplate.patterns import Pattern as Pattern
    from dedup.datasets.audit_files import audit_files as audit_files
    from dedup.datasets.dataset_report import DatasetReport as DatasetReport
    from dedup.datasets.restore_dataset import restore_dataset as restore_dataset
    from dedup.datasets.clean_dataset import clean_dataset as clean_dataset
    from dedup.documents.clean import clean as clean
    from dedup.documents.cleaned_document import (
        CleanedDocument as CleanedDocument,
        Repeat as Repeat,
        Run as Run,
    )
    from dedup.index.index import Index as Index
    from dedup.index.index_result import (
        IndexedText as IndexedText,
        IndexCheck as IndexCheck,
        IndexMatches as IndexMatches,
        IndexStats as IndexStats,
        Neighbor as Neighbor,
    )
    from dedup.index.stream import unique as unique
    from dedup.ledger.ledger_files import read_ledger as read_ledger, write_ledger as write_ledger
    from dedup.ledger.ledger_table import Ledger as Ledger, LedgerInput as LedgerInput
    from dedup.ledger.record_removals import RecordRemoval as RecordRemoval, Witness as Witness
    from dedup.ledger.removals import Removal as Removal, restore as restore
    from dedup.matching.decisions import (
        Judgement as Judgement,
        PairDecisions as PairDecisions,
        append_judgement as append_judgement,
        read_decisions as read_decisions,
    )
    from dedup.matching.page_frames import FrameLine as FrameLine, PageFrames as PageFrames
    from dedup.matching.minhash import (
        minhash as minhash,
        shingles as shingles,
        to_datasketch as to_datasketch,
    )
    from dedup.reports.html_report import report as report
    from dedup.spans.cut_ranges import RepeatedSpan as RepeatedSpan
    from dedup.spans.find_spans import SpansResult as SpansResult, find_spans as find_spans

__version__ = "0.1.0"

# The modules of the other public names, which are imported on first use.
_LAZY = {
    name: module
    for module, names in {
        "auditing.audit": ("audit",),
        "auditing.audit_result": ("AuditResult",),
        "boilerplate.deduplicate_blocks": ("BoilerplateResult", "deduplicate_blocks"),
        "boilerplate.patterns": ("Pattern",),
        "datasets.audit_files": ("audit_files",),
        "datasets.dataset_report": ("DatasetReport",),
        "datasets.restore_dataset": ("restore_dataset",),
        "datasets.clean_dataset": ("clean_dataset",),
        "documents.clean": ("clean",),
        "documents.cleaned_document": ("CleanedDocument", "Repeat", "Run"),
        "index.index": ("Index",),
        "index.index_result": (
            "IndexedText",
            "IndexCheck",
            "IndexMatches",
            "IndexStats",
            "Neighbor",
        ),
        "index.stream": ("unique",),
        "ledger.ledger_files": ("read_ledger", "write_ledger"),
        "ledger.ledger_table": ("Ledger", "LedgerInput"),
        "ledger.record_removals": ("RecordRemoval", "Witness"),
        "ledger.removals": ("Removal", "restore"),
        "matching.decisions": (
            "Judgement",
            "PairDecisions",
            "append_judgement",
            "read_decisions",
        ),
        "matching.minhash": ("minhash", "shingles", "to_datasketch"),
        "matching.page_frames": ("FrameLine", "PageFrames"),
        "reports.html_report": ("report",),
        "spans.cut_ranges": ("RepeatedSpan",),
        "spans.find_spans": ("SpansResult", "find_spans"),
    }.items()
    for name in names
}

_IMPORTED = [
    name
    for name, value in globals().items()
    if str(getattr(value, "__module__", "")).startswith("dedup.")
]
__all__ = [*_IMPORTED, *_LAZY]  # noqa: PLE0604  both are lists of names


if not TYPE_CHECKING:  # else type checkers would accept any name

    def __getattr__(name: str) -> Any:  # noqa: ANN401  any public name
        if name not in _LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"dedup.{_LAZY[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
