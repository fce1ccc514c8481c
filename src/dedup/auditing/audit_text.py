"""The report of an audit, in plain text."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from math import ceil, sqrt
from textwrap import wrap
from typing import TYPE_CHECKING

from dedup.auditing.cost import machine_bytes
from dedup.auditing.judged_thresholds import JudgedThresholds
from dedup.auditing.planted_edits import FIVE_PERCENT_CHANGED
from dedup.auditing.proposal import MIN_DIFFERENT_TEXTS, Proposal
from dedup.files.standard_streams import printable
from dedup.text.wording import format_copies, format_count, format_frames, format_variants

if TYPE_CHECKING:
    from dedup.auditing.audit_result import AuditResult

REPORT_WIDTH = 79  # characters
MAX_BAR_WIDTH = 40  # characters
FRAME_LINES, FRAME_CHARACTERS = 3, 40  # shown of the lines of frames
MIN_TIMED_MEGABYTES = 1.0  # of all texts; for less, the estimate is below a second
EDIT_COLUMNS = ("edit", "found", "similar", "similarity")
EDIT_LEGEND = (
    "found: share of the copies for which the settings remove the copy or its original. similar: "
    "share with a similarity at the threshold or above. similarity: mean of copy and original."
)
HISTOGRAM_TITLE = (
    "Number of texts by similarity to the most similar other text ({} of {:,} texts; bar length: "
    "square root of the number)"
)
SETTING_COLUMNS = ("settings", "threshold", "kept", "similar", "by chance", "same form")
SETTING_LEGEND = (
    "kept: number of texts that the settings keep. similar: share of the {:,} compared texts with "
    "another text at the threshold or above; both texts of a pair count, but only one of them is "
    "removed. by chance: share of the similar texts that is expected among unrelated texts. same "
    "form: share of the similar texts that may be form letters or pages of one site; read some "
    "before you remove them. few: fewer than 20 similar texts, too few for a share."
)
JUDGED_COLUMNS = ("threshold", "precision", "recall", "mistakes")
UNIT_NOUNS = {"code": "token", "folded_text": "text"}  # for units with another name


def report_lines(audit: "AuditResult") -> Iterator[str]:
    """Yield the lines of the report."""
    yield title(audit)
    if audit.with_words:
        yield from wrap(removed_text(audit), REPORT_WIDTH)
        yield from wrap(frames_text(audit), REPORT_WIDTH)
    if audit.judged is not None:
        yield ""
        yield from judged_lines(audit.judged)
    if audit.compared < MIN_DIFFERENT_TEXTS:
        yield from wrap(proposal_text(audit), REPORT_WIDTH)
        if audit.proposal.config != audit.config:
            yield ""
            yield from proposal_lines(audit)
        return
    if audit.plants:
        yield ""
        texts = format_count(audit.plants[0].planted, "text")
        yield f"Edited copies of {texts}, and how many of them these settings find"
        rows = [
            (plant.edit, f"{plant.found:.1%}", f"{plant.similar:.1%}", f"{plant.similarity:.3f}")
            for plant in audit.plants
        ]
        yield from table_lines(EDIT_COLUMNS, rows)
        yield from wrap(EDIT_LEGEND, REPORT_WIDTH)
    yield ""
    compared = "all" if audit.compared == audit.with_words else f"{audit.compared:,}"
    yield from wrap(HISTOGRAM_TITLE.format(compared, audit.with_words), REPORT_WIDTH)
    yield from histogram_lines(audit)
    yield ""
    yield f"What these and other settings would keep of the {audit.sampled:,} texts"
    yield from table_lines(SETTING_COLUMNS, [*setting_rows(audit)])
    yield from wrap(SETTING_LEGEND.format(audit.compared), REPORT_WIDTH)
    yield ""
    paragraphs = (proposal_text(audit), lower_threshold_text(audit), cost_text(audit))
    for paragraph in filter(None, paragraphs):
        yield from wrap(paragraph, REPORT_WIDTH)
    yield ""
    yield from proposal_lines(audit)


def proposal_lines(audit: "AuditResult") -> Iterator[str]:
    """Yield the proposed settings, in Python and as a command."""
    yield audit.proposal.python
    yield audit.proposal.command


def title(audit: "AuditResult") -> str:
    """Return the size of the sample and a few numbers of its texts."""
    sampled = "all" if audit.sampled == audit.total else f"{audit.sampled:,}"
    if not audit.total:
        return "no texts"
    details = f", {audit.unreadable:,} unreadable" * bool(audit.unreadable)
    details += f", {audit.empty:,} without words" * bool(audit.empty)
    if audit.with_words:
        details += f"; median {format_count(audit.median_words, 'distinct word')}"
    return f"{sampled} of {format_count(audit.total, 'text')}{details}"


def removed_text(audit: "AuditResult") -> str:
    """Return how many texts of the sample the settings keep and remove."""
    removed = format_copies(audit.exact, audit.near) or "no copies"
    kept = f"these settings keep {audit.kept:,} of {format_count(audit.sampled, 'text')}"
    variants = format_variants(audit.numeric_variants, audit.config.numeric_variants)
    of_kept = f"; of the kept texts {variants}" if audit.numeric_variants else ""
    return f"{kept} and remove {removed}{of_kept}"


def frames_text(audit: "AuditResult") -> str:
    """Return what was not compared, and the lines on the most pages; "" if all was compared."""
    if audit.frames is None:
        return ""
    shown = [
        f'"{printable(line["text"][:FRAME_CHARACTERS])}" ({printable(line["source"])})'
        for line in audit.frames["listed"][:FRAME_LINES]
    ]
    lines = f"; on the most pages: {', '.join(shown)}" * bool(shown)
    return format_frames(audit.frames) + lines


def setting_rows(audit: "AuditResult") -> Iterator[tuple[str, ...]]:
    """Yield a row for the audited settings, one for a lower threshold, and one for each preset."""
    audited, *presets = audit.settings
    for setting in filter(None, (audited, audit.lower, *presets)):
        config = setting.config
        unit = UNIT_NOUNS.get(config.unit, config.unit)
        name = f"{setting.name}: {config.measure}, {config.ngram_size} {unit}s"
        shares = ("few", "few")
        if not setting.too_few:
            shares = (f"{setting.by_chance:.1%}", f"{setting.same_form:.1%}")
        threshold, kept = f"{config.threshold:.2f}", f"{setting.kept:,}"
        yield name, threshold, kept, f"{setting.similar:.1%}", *shares


def judged_lines(judged: JudgedThresholds) -> Iterator[str]:
    """Yield what judgements say about thresholds."""
    yield from wrap(judged_text(judged), REPORT_WIDTH)
    if judged.table:
        yield from table_lines(JUDGED_COLUMNS, [*judged_rows(judged)])
        yield from wrap(judged_legend(judged), REPORT_WIDTH)


def judged_text(judged: JudgedThresholds) -> str:
    """Return how many judgements there are, and why some do not count or are not enough."""
    different = judged.pairs - judged.copies
    text = f"Judgements: {format_count(judged.pairs, 'near pair')}"
    text += f", {judged.copies:,} of them copies and {different:,} not" * bool(judged.pairs)
    if judged.left_out:
        text += (
            f"; {judged.left_out:,} more on numeric variants or with other settings, which say "
            "nothing about this threshold"
        )
    text += "; none of the judged texts is among these texts" * (judged.known_texts == 0)
    return text + ("." if judged.proposed is not None else f"; no proposal: {judged.reason}.")


def judged_legend(judged: JudgedThresholds) -> str:
    """Return what the numbers of the table mean."""
    removals = "the judged removals"
    if judged.near_copies is not None:
        removals = f"the {judged.near_copies:,} near copies of the reviewed run"
    return (
        "precision: expected share of the pairs at the threshold or above that are copies. recall: "
        "expected share of the copies that are at the threshold or above. mistakes: other pairs "
        f"at the threshold or above, and copies below it. All of {removals}, which random draws "
        f"represent, and the judged kept pairs; below {judged.lowest:.2f}, the lowest judged "
        "similarity, nothing is known."
    )


def judged_rows(judged: JudgedThresholds) -> Iterator[tuple[str, ...]]:
    """Yield a row for each threshold."""
    names = {judged.proposed: " proposed", judged.audited: " audited"}
    for one in judged.table:
        shares = ("none" if share is None else f"{share:.1%}" for share in one.shares)
        yield f"{one.threshold:.2f}{names.get(one.threshold, '')}", *shares, f"{one.mistakes:,.0f}"


def histogram_lines(audit: "AuditResult") -> Iterator[str]:
    """Yield a line for each bin: its lower edge, a number, a bar, and a mark at the threshold."""
    counts = audit.histogram.tolist()
    max_count = max(*counts, 1)
    threshold = audit.config.threshold
    for place, count in enumerate(counts):
        begin, end = place / len(counts), (place + 1) / len(counts)
        has_threshold = begin <= threshold < end or (end == threshold == 1)
        mark = f" < threshold {threshold:g}" if has_threshold else ""
        bar = "#" * round(MAX_BAR_WIDTH * sqrt(count / max_count)) or "|" * bool(count)
        yield f"{begin:6.2f} {count:7,} {bar:<{MAX_BAR_WIDTH}}{mark}".rstrip()


def proposal_text(audit: "AuditResult") -> str:
    """Return the proposal and its reason."""
    return _settings_text(audit) + _source_text(audit.proposal)


def _source_text(proposal: Proposal) -> str:
    if not proposal.source_reason:
        return ""
    flag = f"--source-key {printable(proposal.source or '')}"
    return f" Compare without page frames ({flag}), because {proposal.source_reason}."


def _settings_text(audit: "AuditResult") -> str:
    proposal = audit.proposal
    if proposal.config == audit.config:
        return f"Proposal: keep these settings, because {proposal.reason}."
    change = "change the settings" if proposal.preset == "news" else f"use preset {proposal.preset}"
    if proposal.config == replace(audit.config, threshold=proposal.config.threshold):
        change = f"use threshold {proposal.config.threshold:g}"
    kept = f"keeps {audit.proposal_kept:,} of {audit.sampled:,} texts"
    return f"Proposal: {change} ({kept}), because {proposal.reason}."


def lower_threshold_text(audit: "AuditResult") -> str:
    """Return what a lower threshold finds and removes; "" if there is none to report."""
    lower = audit.lower
    if lower is None:
        return ""
    edited = next(plant for plant in audit.plants if plant.edit == FIVE_PERCENT_CHANGED)
    return (
        f"These settings find {edited.found:.1%} of the copies with 5% of the words changed. "
        f"Possible, but not proposed: --threshold {lower.config.threshold:g} would find 90% of "
        f"these copies, and remove {audit.kept - lower.kept:,} more of the {audit.sampled:,} texts."
    )


def cost_text(audit: "AuditResult") -> str:
    """Return the estimate of time and memory for all texts."""
    cost = audit.cost
    if cost.megabytes < MIN_TIMED_MEGABYTES:
        return "Estimate for all texts: less than a second."
    memory = "" if cost.bytes is None else f" and {cost.bytes / 1e6:,.0f} MB of memory"
    advice = ""
    if cost.exceeds_machine:
        advice = (
            f" This machine has {machine_bytes() / 1e6:,.0f} MB. To clean a file, `dedup-clean "
            "--memory` needs less memory than the texts. On a cluster, Spark needs about "
            f"{max(cost.spark_hours, 0.1):,.1f} core hours (docs/how-to/spark.md)."
        )
    return (
        f"Estimate for all {cost.texts:,} texts, {cost.megabytes:,.0f} MB: "
        f"{timedelta(seconds=ceil(cost.seconds))} (h:mm:ss){memory}, in proportion to the sample "
        f"({1000 * cost.seconds / cost.megabytes:,.1f} ms per MB).{advice}"
    )


def table_lines(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    r"""Yield a table: the first column aligned to the left, the others to the right.

    Examples
    --------
    >>> print("\n".join(table_lines(("edit", "found"), [("none", "100%")])))
    edit  found
    none   100%
    """
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join(cells)
