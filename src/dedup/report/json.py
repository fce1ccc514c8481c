"""The report as JSON: one object a document."""

import json
from dataclasses import asdict
from typing import Any

from dedup.document import CleanedDocument


def to_json(document: CleanedDocument, *, with_text: bool) -> str:
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
    report: dict[str, Any] = {
        "document": document.document,
        "cut": document.cut,
        "blocks": len(document.kept),
        "characters": len(document.source),
        "removed_blocks": len(document.repeats),
        "removed_characters": len(document.source) - len(document.text),
        "runs": [asdict(run) for run in document.runs],
        "repeats": [asdict(repeat) for repeat in document.repeats],
    }
    if with_text:
        report["text"] = document.text
    return json.dumps(report)
