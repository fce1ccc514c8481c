"""The report of ``--json``: one JSON object a document."""

from dataclasses import asdict
from typing import Any

from dedup.documents.cleaned_document import CleanedDocument
from dedup.spans.find_spans import SpanCleanedText


def report_of(document: CleanedDocument | SpanCleanedText) -> dict[str, Any]:
    """Return the report on one document: the removed parts, not the clean text.

    Examples
    --------
    >>> import dedup
    >>> report = report_of(dedup.clean("Short.", document="a"))
    >>> report["document"], report["cut"], report["blocks"], report["repeats"]
    ('a', 'sentence', 1, [])
    """
    if isinstance(document, SpanCleanedText):
        return {
            "document": document.document,
            "cut": "span",
            "min_span": document.result.min_span,
            "characters": len(document.source),
            "removed_spans": len(document.ledger),
            "removed_characters": len(document.source) - len(document.text),
            "repeats": [
                {
                    "bytes": removal.bytes,
                    "of_bytes": removal.witness_bytes,
                    "lines": removal.lines,
                    "of_lines": removal.witness_lines,
                    "tokens": span.tokens,
                }
                for removal, span in zip(document.ledger, document.result.spans, strict=True)
            ],
        }
    return {
        "document": document.document,
        "cut": document.cut,
        "blocks": len(document.kept),
        "characters": len(document.source),
        "removed_blocks": len(document.repeats),
        "removed_characters": len(document.source) - len(document.text),
        "runs": [_with_report_keys(asdict(run)) for run in document.runs],
        "repeats": [_with_report_keys(asdict(repeat)) for repeat in document.repeats],
    }


def _with_report_keys(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields under the keys of the report, where those of the witness begin with ``of``.

    Examples
    --------
    >>> _with_report_keys({"block": 4, "witness": 1, "witness_lines": (2, 2)})
    {'block': 4, 'of': 1, 'of_lines': (2, 2)}
    """
    return {
        "of" if name == "witness" else name.replace("witness_", "of_"): value
        for name, value in fields.items()
    }
