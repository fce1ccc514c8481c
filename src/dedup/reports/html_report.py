"""Writes what a result removed as one HTML file (``dedup.report``)."""

import os
from collections.abc import Callable
from typing import Any, overload

from dedup.auditing.audit_result import AuditResult
from dedup.boilerplate.deduplicate_blocks import BoilerplateResult
from dedup.documents.cleaned_document import CleanedDocument
from dedup.errors import TextTypeError
from dedup.files.location import as_location
from dedup.files.staged import StagedFiles
from dedup.matching.dedup_result import DedupResult
from dedup.reports.audit_report import audit_context
from dedup.reports.corpus_report import result_context
from dedup.reports.document_report import document_context
from dedup.reports.html_page import render
from dedup.reports.parts_report import boilerplate_context, spans_context
from dedup.spans.find_spans import SpanCleanedText, SpansResult

# For each type of result: the template, and what returns its values.
PAGES: dict[type, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    CleanedDocument: ("document.html", document_context),
    DedupResult: ("corpus.html", result_context),
    SpansResult: ("removed_parts.html", spans_context),
    BoilerplateResult: ("removed_parts.html", boilerplate_context),
    AuditResult: ("audit.html", audit_context),
}


@overload
def report(result: object) -> str: ...
@overload
def report(result: object, path: str | os.PathLike[str]) -> None: ...
def report(result: object, path: str | os.PathLike[str] | None = None) -> str | None:
    r"""Show what a result removed, beside what it repeats, as one HTML file.

    The file needs no network and no other file. Texts in it cannot run as code.

    Parameters
    ----------
    result
        A ``CleanedDocument``, ``DedupResult``, ``SpansResult``, ``BoilerplateResult`` or
        ``AuditResult``.
    path
        The file to write; None to return the page.

    Returns
    -------
    str or None
        The page; None if it was written.

    Raises
    ------
    TextTypeError
        When there is no report on such an object.
    OutputError
        When the file cannot be written.

    Notes
    -----
    Of a large result the report shows the largest clusters and a random sample, by
    ``config.seed``, and says so; its size stays below 10 MB.

    Examples
    --------
    >>> import dedup
    >>> page = report(dedup.clean("One line.\n" * 3, document="a.txt"))
    >>> page.startswith("<!doctype html>"), "a.txt" in page
    (True, True)
    """
    page = _page(result)
    if path is None:
        return page
    with StagedFiles() as staged:
        staged.add(as_location(path), page.encode())
    return None


def _page(result: object) -> str:
    if isinstance(result, SpanCleanedText):
        name = {"title": result.document or "Text", "summary": result.summary}
        return render("removed_parts.html", spans_context(result.result) | name)
    for kind, (template, context_of) in PAGES.items():
        if isinstance(result, kind):
            return render(template, context_of(result))
    kinds = ", ".join(kind.__name__ for kind in PAGES)
    raise TextTypeError(f"result must be one of {kinds}, got {type(result).__name__}")
