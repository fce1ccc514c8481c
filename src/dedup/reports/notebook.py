"""Results as small HTML tables for a notebook; their texts are escaped and cut."""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import islice
from typing import Any

import numpy as np

from dedup.auditing.audit_result import AuditResult
from dedup.boilerplate.deduplicate_blocks import BoilerplateResult
from dedup.datasets.dataset_report import DatasetReport
from dedup.documents.cleaned_document import CleanedDocument
from dedup.matching.dedup_result import DedupResult
from dedup.matching.pairs import Pairs
from dedup.reports.visible_text import visible
from dedup.spans.find_spans import SpansResult

MAX_ROWS, MAX_CELL_CHARACTERS, MAX_SUMMARY_CHARACTERS = 10, 80, 4_000
Rows = Iterable[Sequence[object]]


def _removed_rows(result: DedupResult) -> Rows:
    rows = np.flatnonzero(~result.keep)[:MAX_ROWS]
    ids = range(len(result)) if result.ids is None else list(result.ids)
    for row, text in zip(rows.tolist(), result.texts_at(rows), strict=True):
        witness = int(result.witness[row])
        yield ids[row], ids[witness], f"{result.similarity[row]:.3f}", text


def _removed_blocks(document: CleanedDocument) -> Rows:
    for repeat in document.repeats:
        text = document.source[slice(*repeat.chars)]
        yield repeat.lines, repeat.witness_lines, f"{repeat.similarity:.3f}", text


def _pairs(pairs: Pairs) -> Rows:
    columns = (pairs.left, pairs.right, pairs.similarity)
    for left, right, similarity in zip(*(column[:MAX_ROWS] for column in columns), strict=True):
        yield left, right, f"{similarity:.3f}"


def _spans(result: SpansResult) -> Rows:
    for span in result.spans[:MAX_ROWS]:
        text = result.source_bytes(span.row)[span.start : span.stop]
        yield span.row, span.witness_row, span.tokens, text.decode("utf-8", "surrogatepass")


def _patterns(result: BoilerplateResult) -> Rows:
    return ((pattern.df, pattern.removed, pattern.text) for pattern in result.patterns)


def _copies(report: DatasetReport) -> Rows:
    for copy in report.copies:
        yield copy["record"], copy["of_record"], f"{copy['similarity']:.3f}"


# For each type of result: the columns of its table, and what yields the rows.
TABLES: dict[type, tuple[tuple[str, ...], Callable[[Any], Rows]]] = {
    DedupResult: (("removed", "witness", "similarity", "text"), _removed_rows),
    CleanedDocument: (("removed", "witness", "similarity", "text"), _removed_blocks),
    Pairs: (("left", "right", "similarity"), _pairs),
    SpansResult: (("row", "witness row", "tokens", "text"), _spans),
    BoilerplateResult: (("texts", "removed", "paragraph"), _patterns),
    DatasetReport: (("removed", "witness", "similarity"), _copies),
}


def notebook_html(result: object) -> str:
    """Return a result as HTML: its summary, and the first ten rows of what was removed.

    Examples
    --------
    >>> import dedup
    >>> html = notebook_html(dedup.deduplicate(["<b>One</b> story.", "<b>One</b> story."]))
    >>> "<b>" in html, "&lt;b&gt;One" in html
    (False, True)
    """
    summary = str(result) if isinstance(result, AuditResult) else _summary(result)
    tag = "pre" if "\n" in summary else "p"
    lines = [f"<{tag}>{_escaped(summary, MAX_SUMMARY_CHARACTERS)}</{tag}>"]
    for kind, (columns, rows_of) in TABLES.items():
        if isinstance(result, kind) and (rows := [*islice(rows_of(result), MAX_ROWS)]):
            heads = "".join(f'<th scope="col">{name}</th>' for name in columns)
            lines += [f"<table><thead><tr>{heads}</tr></thead><tbody>"]
            lines += [f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows]
            lines += ["</tbody></table>"]
    return "\n".join(lines)


def _summary(result: object) -> str:
    return result.summary if isinstance(result, DatasetReport) else repr(result)


def _cell(value: object) -> str:
    text = " ".join(value) if isinstance(value, list) else str(value)
    return f'<td style="text-align: left" dir="auto">{_escaped(text, MAX_CELL_CHARACTERS)}</td>'


def _escaped(text: str, limit: int) -> str:
    return escape(visible(text[:limit]) + "…" * (len(text) > limit))
