"""An audit in lines of plain text."""

from collections.abc import Iterator
from math import sqrt
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dedup.auditing.result import AuditResult

WIDTH = 79
TIMED = 1.0  # megabytes that are enough to tell a rate
BAR = 40  # characters of the longest one
HISTOGRAM = "similarity to the nearest other text (bars: square roots)"
SETTINGS = ("settings", "threshold", "found", "chance", "forms", "clear from")
PLANTED_SAYS = "found: removed; alike: as similar as the threshold; similarity: the mean"
SETTINGS_SAYS = (
    "found: texts with another one at the threshold; of these, chance: alike by it, as any texts "
    "are; forms: perhaps other news in one form, or pages in one frame; clear from: the threshold "
    "from which chance is 1% at most"
)
NOUNS = {"code": "token", "folded_text": "text"}  # of units that are not called so
UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "KB"))


def lines_of(audit: "AuditResult") -> Iterator[str]:
    """Yield the report."""
    yield title_of(audit)
    if not audit.worded:
        yield from wrap(proposal_of(audit), WIDTH)
        return
    yield removed_of(audit)
    yield ""
    yield from table_of(("planted edits", "found", "alike", "similarity"), plant_rows(audit))
    yield PLANTED_SAYS
    yield ""
    yield HISTOGRAM
    for begin, count, bar, mark in histogram_rows(audit):
        yield f"{begin:>6} {count:>7} {bar:<{BAR}}{mark}".rstrip()
    yield ""
    yield from table_of(SETTINGS, setting_rows(audit))
    yield from wrap(SETTINGS_SAYS, WIDTH)
    yield ""
    for paragraph in (proposal_of(audit), cost_of(audit)):
        yield from wrap(paragraph, WIDTH)
    yield ""
    yield audit.proposal.python
    yield audit.proposal.command


def title_of(audit: "AuditResult") -> str:
    """Return what was looked at."""
    texts = "1 text" if audit.total == 1 else f"{audit.total:,} texts"
    drawn = "all" if audit.sampled == audit.total else f"{audit.sampled:,}"
    if not audit.total:
        return "no texts"
    others = f", {audit.unreadable:,} unreadable" * bool(audit.unreadable)
    others += f", {audit.empty:,} without words" * bool(audit.empty)
    words = "1 word or more" if audit.words == 1 else f"{audit.words:,} different words or more"
    return f"{drawn} of {texts}{others}" + f"; half have {words}" * bool(audit.worded)


def removed_of(audit: "AuditResult") -> str:
    """Return what the settings would do to the sample."""
    stay = "stays" if audit.numeric_variants == 1 else "stay"
    other = f"; {audit.numeric_variants:,} {stay} as other news" if audit.numeric_variants else ""
    exact = "1 goes as an exact copy" if audit.exact == 1 else f"{audit.exact:,} go as exact copies"
    near = "1 as a near one" if audit.near == 1 else f"{audit.near:,} as near ones"
    return f"of these {exact}, {near}{other}"


def plant_rows(audit: "AuditResult") -> list[tuple[str, ...]]:
    """Return a row for each kind of edit."""
    return [
        (plant.edit, f"{plant.found:.1%}", f"{plant.alike:.1%}", f"{plant.similarity:.3f}")
        for plant in audit.plants
    ]


def setting_rows(audit: "AuditResult") -> list[tuple[str, ...]]:
    """Return a row for the settings and for each preset."""
    return [
        (
            f"{one.name}: {one.measure}, {one.ngram_size} {NOUNS.get(one.unit, one.unit)}s",
            f"{one.threshold:.2f}",
            f"{one.found:.1%}",
            *(("few", "few") if one.few else (f"{one.by_chance:.1%}", f"{one.unsure:.1%}")),
            f"{one.clear:.2f}",
        )
        for one in audit.settings
    ]


def histogram_rows(audit: "AuditResult") -> list[tuple[str, str, str, str]]:
    """Return a row for each bin: where it begins, texts, a bar, and a mark at the threshold."""
    counts = audit.histogram.tolist()
    most = max(*counts, 1)
    rows = []
    for place, count in enumerate(counts):
        begin, end = place / len(counts), (place + 1) / len(counts)
        here = begin <= audit.config.threshold < end or (end == audit.config.threshold == 1)
        mark = f" < threshold {audit.config.threshold:g}" if here else ""
        bar = "#" * round(BAR * sqrt(count / most)) or "|" * bool(count)
        rows.append((f"{begin:.2f}", f"{count:,}", bar, mark))
    return rows


def proposal_of(audit: "AuditResult") -> str:
    """Return what is proposed, and why, in a sentence."""
    kept = audit.proposal.config == audit.config
    name = "keep these settings" if kept else f"take preset {audit.proposal.preset}"
    if not kept and audit.proposal.preset == "news":
        name = "change the settings"
    return f"Proposal: {name}: {audit.proposal.reason}."


def cost_of(audit: "AuditResult") -> str:
    """Return what all texts will take."""
    cost = audit.cost
    if cost.megabytes < TIMED:
        return "All of it is done in less than a second."
    memory = "" if cost.bytes is None else f" and {_size(cost.bytes)} of memory"
    return (
        f"Estimate for all {cost.texts:,} texts, {_size(cost.megabytes * 1e6)}: "
        f"{_time(cost.seconds)}{memory}, in proportion to what the sample took "
        f"({1000 * cost.seconds_per_megabyte:,.1f} ms a MB)."
    )


def table_of(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    r"""Yield a table: the first column to the left, numbers to the right.

    Examples
    --------
    >>> print("\n".join(table_of(("edit", "found"), [("none", "100%")])))
    edit  found
    none   100%
    """
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join(cells)


def _size(count: float) -> str:
    for unit, name in UNITS:
        if count >= unit:
            return f"{count / unit:,.1f} {name}"
    return f"{count:,.0f} bytes"


def _time(seconds: float) -> str:
    if seconds < 1:
        return "less than a second"
    if seconds < 120:
        return f"{seconds:,.1f} seconds"
    return f"{seconds / 60:,.1f} minutes" if seconds < 7200 else f"{seconds / 3600:,.1f} hours"
