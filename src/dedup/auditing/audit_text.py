"""An audit in lines of plain text."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import ceil, sqrt
from textwrap import wrap
from typing import TYPE_CHECKING

from dedup.auditing.planted_edits import EDITED
from dedup.auditing.proposal import FEW
from dedup.text.wording import format_copies, format_count

if TYPE_CHECKING:
    from dedup.auditing.audit_result import AuditResult

WIDTH = 79
TIMED = 1.0  # megabytes that are enough to tell a rate
BAR = 40  # characters of the longest one
PLANTS = ("edit", "found", "similar", "similarity")
SETTINGS = ("settings", "threshold", "kept", "similar", "by chance", "same form")
PLANTED_SAYS = (
    "found: the copy or its text is removed. similar: their similarity is at the threshold or "
    "above. similarity: the mean."
)
HISTOGRAM = (
    "Similarity to the most similar other text, of {} of {:,} texts "
    "(bar length: square root of the count)"
)
SETTINGS_SAYS = (
    "kept: texts that stay. similar: share of the {:,} compared texts with another one at the "
    "threshold or above; both texts of a pair count, and one of them is removed. by chance: share "
    "of the similar texts that is expected among unrelated texts. same form: share that may be one "
    "form filled in differently, or pages of one site; read some before you remove them. few: "
    "fewer than 20 texts are similar."
)
NOUNS = {"code": "token", "folded_text": "text"}  # of units that are not called so


def lines_of(audit: "AuditResult") -> Iterator[str]:
    """Yield the report."""
    yield title_of(audit)
    if audit.with_words:
        yield from wrap(removed_of(audit), WIDTH)
    if audit.compared < FEW:
        yield from wrap(proposal_of(audit), WIDTH)
        return
    if audit.plants:
        yield ""
        texts = format_count(audit.plants[0].planted, "text")
        yield f"Edited copies of {texts}, put into the sample: how many are found"
        rows = [
            (plant.edit, f"{plant.found:.1%}", f"{plant.similar:.1%}", f"{plant.similarity:.3f}")
            for plant in audit.plants
        ]
        yield from table_of(PLANTS, rows)
        yield from wrap(PLANTED_SAYS, WIDTH)
    yield ""
    compared = "all" if audit.compared == audit.with_words else f"{audit.compared:,}"
    yield from wrap(HISTOGRAM.format(compared, audit.with_words), WIDTH)
    yield from histogram_of(audit)
    yield ""
    yield f"What other settings would keep of the {audit.sampled:,} texts"
    yield from table_of(SETTINGS, [*setting_rows(audit)])
    yield from wrap(SETTINGS_SAYS.format(audit.compared), WIDTH)
    yield ""
    for paragraph in filter(None, (proposal_of(audit), lower_of(audit), cost_of(audit))):
        yield from wrap(paragraph, WIDTH)
    yield ""
    yield audit.proposal.python
    yield audit.proposal.command


def title_of(audit: "AuditResult") -> str:
    """Return what was looked at."""
    drawn = "all" if audit.sampled == audit.total else f"{audit.sampled:,}"
    if not audit.total:
        return "no texts"
    others = f", {audit.unreadable:,} unreadable" * bool(audit.unreadable)
    others += f", {audit.empty:,} without words" * bool(audit.empty)
    if audit.with_words:
        others += f"; median {format_count(audit.median_words, 'distinct word')}"
    return f"{drawn} of {format_count(audit.total, 'text')}{others}"


def removed_of(audit: "AuditResult") -> str:
    """Return what the settings would do to the sample."""
    removed = format_copies(audit.exact, audit.near) or "no copies"
    variants = f"; {audit.numeric_variants:,} kept although similar: the figures differ"
    return (
        f"these settings keep {audit.kept:,} of {format_count(audit.sampled, 'text')} and remove "
        f"{removed}" + variants * bool(audit.numeric_variants)
    )


def setting_rows(audit: "AuditResult") -> Iterator[tuple[str, ...]]:
    """Yield a row for the settings, for a lower threshold and for each preset."""
    own, *presets = audit.settings
    for one in filter(None, (own, audit.lower, *presets)):
        config, unit = one.config, NOUNS.get(one.config.unit, one.config.unit)
        name = f"{one.name}: {config.measure}, {config.ngram_size} {unit}s"
        shares = ("few", "few") if one.few else (f"{one.by_chance:.1%}", f"{one.same_form:.1%}")
        yield name, f"{config.threshold:.2f}", f"{one.kept:,}", f"{one.similar:.1%}", *shares


def histogram_of(audit: "AuditResult") -> Iterator[str]:
    """Yield a line for each bin: where it begins, texts, a bar, and a mark at the threshold."""
    counts = audit.histogram.tolist()
    most = max(*counts, 1)
    for place, count in enumerate(counts):
        begin, end = place / len(counts), (place + 1) / len(counts)
        here = begin <= audit.config.threshold < end or (end == audit.config.threshold == 1)
        mark = f" < threshold {audit.config.threshold:g}" if here else ""
        bar = "#" * round(BAR * sqrt(count / most)) or "|" * bool(count)
        yield f"{begin:6.2f} {count:7,} {bar:<{BAR}}{mark}".rstrip()


def proposal_of(audit: "AuditResult") -> str:
    """Return what is proposed, and why, in a sentence."""
    proposal = audit.proposal
    if proposal.config == audit.config:
        return f"Proposal: keep these settings: {proposal.reason}."
    name = "change the settings" if proposal.preset == "news" else f"take preset {proposal.preset}"
    kept = f"{audit.proposal_kept:,} of {audit.sampled:,} texts stay"
    return f"Proposal: {name} ({kept}): {proposal.reason}."


def lower_of(audit: "AuditResult") -> str:
    """Return what a lower threshold finds of edited copies, and what it costs; "" where none is."""
    lower = audit.lower
    if lower is None:
        return ""
    edited = next(plant for plant in audit.plants if plant.edit == EDITED)
    return (
        f"Of copies with 5% of the words changed, these settings find {edited.found:.1%}. "
        f"--threshold {lower.config.threshold:g} finds nine in ten of them, and removes "
        f"{audit.kept - lower.kept:,} more of the texts."
    )


def cost_of(audit: "AuditResult") -> str:
    """Return what all texts will take."""
    cost = audit.cost
    if cost.megabytes < TIMED:
        return "All of it is done in less than a second."
    memory = "" if cost.bytes is None else f" and {cost.bytes / 1e6:,.0f} MB of memory"
    return (
        f"Estimate for all {cost.texts:,} texts, {cost.megabytes:,.0f} MB: "
        f"{timedelta(seconds=ceil(cost.seconds))} (h:mm:ss){memory}, in proportion to what the "
        f"sample took ({1000 * cost.seconds / cost.megabytes:,.1f} ms a MB)."
    )


def table_of(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
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
