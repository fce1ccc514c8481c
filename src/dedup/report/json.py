"""The report as JSON: one object a document."""

import json
from dataclasses import asdict
from typing import Any

from dedup.document import CleanedDocument
from dedup.spanned import SpannedText


def to_json(document: CleanedDocument | SpannedText, *, with_text: bool) -> str:
    """Return the report on one document as one line of JSON, in ASCII.

    Parameters
    ----------
    document
        The cleaned document.
    with_text
        Whether the cleaned text is part of the report.

    Examples
    --------
    >>> import dedup
    >>> print(to_json(dedup.clean("Short.", document="a"), with_text=True)[:63])
    {"document": "a", "cut": "sentence", "blocks": 1, "characters":
    """
    report = _of_spans(document) if isinstance(document, SpannedText) else _of_blocks(document)
    if with_text:
        report["text"] = document.text
    return json.dumps(report)


def _of_blocks(document: CleanedDocument) -> dict[str, Any]:
    return {
        "document": document.document,
        "cut": document.cut,
        "blocks": len(document.kept),
        "characters": len(document.source),
        "removed_blocks": len(document.repeats),
        "removed_characters": len(document.source) - len(document.text),
        "runs": [asdict(run) for run in document.runs],
        "repeats": [asdict(repeat) for repeat in document.repeats],
    }


def _of_spans(document: SpannedText) -> dict[str, Any]:
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
