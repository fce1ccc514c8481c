"""Formats counts for messages: ``1 text``, ``2,500 texts``."""

from collections.abc import Mapping
from typing import Any

from dedup.config import NumericVariants


def format_count(count: int, noun: str) -> str:
    """Return a count with its noun, in the singular or plural.

    Examples
    --------
    >>> format_count(1, "text"), format_count(2500, "text")
    ('1 text', '2,500 texts')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def format_copies(exact: int, near: int) -> str:
    """Return the counts of exact and near copies as text, empty if both are 0.

    Examples
    --------
    >>> format_copies(2, 1), format_copies(0, 3)
    ('2 exact and 1 near copy', '3 near copies')
    """
    kinds = [f"{count:,} {kind}" for kind, count in (("exact", exact), ("near", near)) if count]
    noun = "copy" if (near or exact) == 1 else "copies"
    return f"{' and '.join(kinds)} {noun}" if kinds else ""


def format_variants(count: int, numeric_variants: NumericVariants = "keep") -> str:
    """Return the count of texts that are kept although they are similar to another one.

    Parameters
    ----------
    numeric_variants
        As in the settings.

    Examples
    --------
    >>> format_variants(1)
    '1 is similar to another, but its numbers differ, or it shares too little running text to judge'
    """
    similar = "is similar to another" if count == 1 else "are similar to others"
    return f"{count:,} {similar}, but {variant_reason(count, numeric_variants)}"


def variant_reason(count: int, numeric_variants: NumericVariants = "keep") -> str:
    """Return why texts are kept although they are similar to another one: the pair rules.

    Parameters
    ----------
    numeric_variants
        As in the settings. Page variants share too little running text, too; with ``"remove"`` they
        are the only texts that are kept.

    Examples
    --------
    >>> variant_reason(1)
    'its numbers differ, or it shares too little running text to judge'
    >>> variant_reason(2, "remove")
    'they share only short lines'
    """
    its, it_shares = ("its", "it shares") if count == 1 else ("their", "they share")
    if numeric_variants == "remove":
        return f"{it_shares} only short lines"
    return f"{its} numbers differ, or {it_shares} too little running text to judge"


def format_frames(summary: Mapping[str, Any]) -> str:
    """Return how much of the texts is frame of their sites, and was not compared.

    Parameters
    ----------
    summary
        That of ``PageFrames``.

    Examples
    --------
    >>> format_frames({"byte_share": 0.254, "lines": 1234, "sources": 99})
    'compared without page frames (25% of the text, 1,234 lines of 99 sites)'
    >>> format_frames({"byte_share": 0.0, "lines": 0, "sources": 0})
    'no page frames'
    """
    if not summary["lines"]:
        return "no page frames"
    lines, sites = format_count(summary["lines"], "line"), format_count(summary["sources"], "site")
    share = f"{summary['byte_share']:.0%} of the text"
    return f"compared without page frames ({share}, {lines} of {sites})"
