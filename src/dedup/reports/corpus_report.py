"""The report on a corpus: what was removed, beside what it repeats, and whether that is right."""

from collections.abc import Sequence
from typing import Any

from dedup.config import Config
from dedup.datasets.dataset_report import DatasetReport
from dedup.datasets.decide_records import Decisions
from dedup.datasets.stage_times import StageTime
from dedup.matching.dedup_result import DedupResult
from dedup.reports.charts import (
    CHART_HEIGHT,
    CHART_WIDTH,
    curve_path,
    histogram_bars,
    similarity_ticks,
)
from dedup.reports.corpus_sample import (
    LARGEST_CLUSTERS,
    Clusters,
    least_similar,
    sampled_variants,
)
from dedup.reports.decided_texts import DecidedTexts
from dedup.reports.html_page import render
from dedup.reports.search_recall import recall_curves
from dedup.reports.threshold_view import (
    MAX_COMPARED_CHARACTERS,
    ThresholdView,
    most_compared_characters,
    threshold_view,
)
from dedup.text.wording import variant_reason

MAX_NAMED_INPUTS = 5
ROUNDING = 1e-9  # errors of sums are smaller


def result_context(result: DedupResult) -> dict[str, Any]:
    """Return the values of the template ``corpus.html`` for a result of ``deduplicate``."""
    summary = repr(result).removeprefix("<DedupResult: ").removesuffix(">")
    removed, exact = int((~result.keep).sum()), int(result.exact.sum())
    facts = {
        "texts": f"{len(result):,}",
        "kept": f"{len(result) - removed:,}",
        "exact copies removed": f"{exact:,}",
        "near copies removed": f"{removed - exact:,}",
    }
    return corpus_context(DecidedTexts.of_result(result)) | {
        "title": "Duplicates among texts",
        "summary": summary,
        "facts_of_run": facts,
        "frames": None if result.frames is None else result.frames.summary(),
        "patterns": (),
        "spans": (),
        "stages": (),
    }


def dataset_page(decisions: Decisions, report: DatasetReport, stages: Sequence[StageTime]) -> str:
    """Return the report on a run on files, as one HTML page."""
    options = decisions.rows.job.options
    limit = most_compared_characters(options.memory) * options.across
    facts = {
        "documents": report.documents,
        "kept": report.kept,
        "exact copies removed": report.removed_exact,
        "near copies removed": report.removed_near,
        "changed by repeated paragraphs": report.edited,
        "changed by boilerplate": report.stripped,
        "changed by repeated spans": report.spanned,
        "not readable": report.bad,
    }
    always = ("documents", "kept")
    context = corpus_context(DecidedTexts.of_records(decisions), limit) | {
        "title": ", ".join(str(path) for path in decisions.rows.job.inputs[:MAX_NAMED_INPUTS]),
        "summary": report.summarize(is_preview=not decisions.rows.job.writes),
        "facts_of_run": {
            name: f"{value:,}" for name, value in facts.items() if value or name in always
        },
        "frames": report.frames,
        "patterns": report.most_frequent,
        "spans": report.longest_spans,
        "stages": stages,
    }
    return render("corpus.html", context)


def corpus_context(
    texts: DecidedTexts, max_characters: int = MAX_COMPARED_CHARACTERS
) -> dict[str, Any]:
    """Return what the report says about the decisions on whole texts.

    Parameters
    ----------
    max_characters
        The number of characters of kept texts that are compared again with a lower threshold; 0 if
        texts were not compared.
    """
    clusters = Clusters(texts)
    is_compared = max_characters and texts.config.unit not in ("text", "folded_text")
    view = threshold_view(texts, max_characters) if is_compared else None
    return {
        "settings": _settings(texts.config),
        "view": None if view is None else _view_context(view),
        "recall": None if view is None else _recall_context(texts.config),
        "size_classes": clusters.size_classes(),
        "cluster_count": len(clusters.counts),
        "clusters": [*clusters.shown()],
        "largest_clusters": LARGEST_CLUSTERS,
        "closest": [*least_similar(texts), *(() if view is None else view.closest)],
        "variant_count": len(texts.variant_rows),
        "variant_reason": variant_reason(len(texts.variant_rows), texts.config.numeric_variants),
        "variants": sampled_variants(texts),
        "seed": texts.config.seed,
        "chart": {"width": CHART_WIDTH, "height": CHART_HEIGHT},
    }


def _settings(config: Config) -> dict[str, str]:
    return {
        "similarity": config.measure,
        "threshold": f"{config.threshold:g}",
        "shingles": f"{config.ngram_size} tokens of unit {config.unit}",
        "seed": str(config.seed),
    }


def _view_context(view: ThresholdView) -> dict[str, Any]:
    counts, edges = view.histogram
    labels = [f"{edge:.2f}: {count:,}" for edge, count in zip(edges, counts, strict=False)]
    marked = [edge >= view.threshold - ROUNDING for edge in edges[:-1]]
    changes = [*view.changes()]
    return {
        "bars": histogram_bars(counts, labels, marked),
        "ticks": similarity_ticks(edges[0]),
        "threshold": view.threshold,
        "threshold_at": CHART_WIDTH * (view.threshold - edges[0]) / (1 - edges[0]),
        "lowest": f"{view.lowest:.2f}",
        "compared": view.compared,
        "kept_count": view.kept_count,
        "changes": changes,
        "current": min(
            range(len(changes)), key=lambda place: abs(changes[place][0] - view.threshold)
        ),
        "table": [
            (threshold, change)
            for threshold, change in changes
            if round(100 * threshold) % 5 == 0 or threshold == view.threshold
        ],
    }


def _recall_context(config: Config) -> dict[str, Any]:
    curves = recall_curves(config)
    return {
        "curves": [
            {
                "label": curve.label,
                "path": curve_path(curve.probability),
                "missed": _missed(1 - curve.probability(config.threshold)),
            }
            for curve in curves
        ],
        "ticks": similarity_ticks(0.0),
        "threshold_at": CHART_WIDTH * config.threshold,
        "threshold": f"{config.threshold:g}",
    }


def _missed(share: float) -> str:
    """Return the share of pairs that are missed as text.

    Examples
    --------
    >>> _missed(0.001), _missed(0.0)
    ('1 pair in 1,000 is missed', 'no pair is missed')
    """
    return f"1 pair in {1 / share:,.0f} is missed" if share > ROUNDING else "no pair is missed"
