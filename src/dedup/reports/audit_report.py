"""The report on an audit: the similarities of a sample, edited copies, other settings."""

from typing import Any

from dedup.auditing.audit_result import AuditResult
from dedup.auditing.audit_text import (
    JUDGED_COLUMNS,
    cost_text,
    judged_legend,
    judged_rows,
    judged_text,
    lower_threshold_text,
    proposal_text,
    removed_text,
    setting_rows,
    title,
)
from dedup.auditing.judged_thresholds import JudgedThresholds
from dedup.auditing.proposal import MIN_DIFFERENT_TEXTS
from dedup.reports.charts import CHART_HEIGHT, CHART_WIDTH, histogram_bars, similarity_ticks


def audit_context(audit: AuditResult) -> dict[str, Any]:
    """Return the values of the template ``audit.html``."""
    counts = audit.histogram.tolist()
    edges = [place / len(counts) for place in range(len(counts))]
    threshold = audit.config.threshold
    marked = [edge >= threshold - 1e-9 for edge in edges]
    labels = [f"{edge:.2f}: {count:,}" for edge, count in zip(edges, counts, strict=True)]
    paragraphs = (proposal_text(audit), lower_threshold_text(audit), cost_text(audit))
    return {
        "title": "Audit of settings",
        "summary": f"{title(audit)}; {removed_text(audit)}" if audit.with_words else title(audit),
        "facts_of_run": {
            "texts": f"{audit.total:,}",
            "in the sample": f"{audit.sampled:,}",
            "kept": f"{audit.kept:,}",
            "exact copies": f"{audit.exact:,}",
            "near copies": f"{audit.near:,}",
            "kept although similar": f"{audit.numeric_variants:,}",
        },
        "is_measured": audit.compared >= MIN_DIFFERENT_TEXTS,
        "compared": audit.compared,
        "frames": audit.frames,
        "plants": audit.plants,
        "judged": None if audit.judged is None else _judged_context(audit.judged),
        "settings": [*setting_rows(audit)] if audit.settings else [],
        "paragraphs": [*filter(None, paragraphs)],
        "proposal": audit.proposal,
        "bars": histogram_bars(counts, labels, marked),
        "ticks": similarity_ticks(0.0),
        "threshold_at": CHART_WIDTH * threshold,
        "chart": {"width": CHART_WIDTH, "height": CHART_HEIGHT},
    }


def _judged_context(judged: JudgedThresholds) -> dict[str, Any]:
    return {
        "text": judged_text(judged),
        "columns": JUDGED_COLUMNS,
        "rows": [*judged_rows(judged)],
        "legend": judged_legend(judged),
    }
