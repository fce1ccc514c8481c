"""Shows a pair of texts to the person who reviews it, and how far the review is."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from dedup.auditing.precision_estimate import CONFIDENCE, PrecisionEstimate
from dedup.files.standard_streams import printable
from dedup.matching.decisions import Judgement
from dedup.reports.decided_texts import DecidedTexts
from dedup.reports.differences import describe_differences, word_differences
from dedup.reports.review_queue import ReviewPair, ReviewQueue
from dedup.reports.text_diff import ELLIPSIS, DiffLines
from dedup.text.wording import format_copies, format_count

NAME_SHARE = 3  # a name takes at most the width of the terminal divided by it
COUNTS_WIDTH_IN_REVIEW = 24  # characters of two numbers of words
REASONS = {
    ("decided", "near"): "removal after your judgements",
    ("uncertain", "near"): "least similar removal",
    ("random", "near"): "removal drawn at random",
    ("kept", "near"): "kept, below the threshold",
    ("kept", "numeric variant"): "kept, numbers differ or too little running text",
}


class PairPage(NamedTuple):
    """The lines on a pair, each with its line break."""

    head: list[str]
    body: list[str]

    def cut(self, height: int) -> str:
        r"""Return the lines that fit on a screen; the last one counts those that do not.

        Examples
        --------
        >>> PairPage(["title\n"], ["one\n", "two\n", "three\n"]).cut(3)
        'title\none\n... 2 more lines: press a to see all\n'
        """
        room = max(height - len(self.head), 2)
        more = []
        shown = self.body
        if len(self.body) > room:
            shown = self.body[: room - 1]
            count = format_count(len(self.body) - len(shown), "more line")
            more = [f"{ELLIPSIS} {count}: press a to see all\n"]
        return "".join([*self.head, *shown, *more])


def pair_page(
    pair: ReviewPair, texts: DecidedTexts, lines: DiffLines, number: int, left: int
) -> PairPage:
    """Return the lines on a pair.

    Parameters
    ----------
    number
        Of the pair in this session, counted from 1.
    left
        The number of pairs that are not judged.
    """
    copy, witness = texts.text_of(pair.row) or "", texts.text_of(pair.witness) or ""
    names = [fitting(texts.name_of(row), lines.width // NAME_SHARE) for row in pair[:2]]
    segments = word_differences(copy, witness)
    lost = sum(len(segment.copy) for segment in segments if segment.kind == "removed")
    is_kept = pair.source == "kept"
    status = "kept: similar to" if is_kept else "removed: near copy of"
    loses = "would lose" if is_kept else "loses"
    title = f"+++ {names[1]}  stays; what differs: "
    room = lines.width - len(title) - COUNTS_WIDTH_IN_REVIEW
    size = f"{lost:,} of {format_count(len(copy), 'character')}"
    head = (
        f"=== {number}: {REASONS[pair.source, pair.kind]}; {left:,} left",
        f"    similarity {pair.similarity:.3f}; removing it {loses} {size}",
        f"--- {names[0]}  {status} {names[1]}",
        title + describe_differences(segments, room),
    )
    return PairPage(
        [lines.title(fitting(line, lines.width)) for line in head],
        "".join(lines.of_segments(segments)).splitlines(keepends=True),
    )


def fitting(text: str, width: int) -> str:
    r"""Return the beginning of a text, printable and as wide as fits.

    Examples
    --------
    >>> fitting("https://example.com/a/long/path", 16), fitting("a\x1b[31m", 16)
    ('https://examp...', 'a\\x1b[31m')
    """
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415  as in text_diff

    line = printable(text[:width])
    if len(text) <= width and cell_len(line) <= width:
        return line
    return set_cell_size(line, max(width - len(ELLIPSIS), 1)).rstrip() + ELLIPSIS


def summary_lines(
    queue: ReviewQueue, exact: int, made: Sequence[Judgement], skipped: int, path: Path
) -> Iterator[str]:
    """Yield the lines at the end of a review.

    Parameters
    ----------
    exact
        The number of exact copies that the run removes.
    made
        The judgements of this session.
    skipped
        The number of removals that were skipped in this session.
    path
        The decisions file.
    """
    if queue.left:
        yield f"judged {format_count(len(made), 'pair')}: {_verdicts(made)}; {queue.left:,} left"
    elif all_judged := queue.judged:
        pairs = f"all {len(all_judged):,} pairs are" if len(all_judged) > 1 else "the only pair is"
        yield f"{pairs} judged in {path} ({_verdicts(all_judged)})"
    yield from _precision_lines(queue.estimate(), exact, skipped)
    kept_apart = sum(one.decision == "keep" and one.source != "kept" for one in made)
    if kept_apart:
        copies, them = ("a copy of another one", "it") if kept_apart == 1 else ("copies", "them")
        texts = f"{format_count(kept_apart, 'text')} judged n may still be {copies}"
        yield f"{texts}: run the review again to see {them}"


def _verdicts(judgements: Sequence[Judgement]) -> str:
    copies = sum(one.decision == "remove" for one in judgements)
    return f"{copies:,} {'copy' if copies == 1 else 'copies'}, {len(judgements) - copies:,} not"


def _precision_lines(estimate: PrecisionEstimate, exact: int, skipped: int) -> Iterator[str]:
    if not estimate.total:
        yield "the run removes no near copies, so there is no precision to estimate"
        return
    if not estimate.judged:
        yield f"none of {format_copies(0, estimate.total)} is judged, so no precision is known"
        return
    yield f"precision of the near copies: {precision(estimate, 0)}"
    wrong = estimate.judged - estimate.right
    of_judged = f"{estimate.judged:,}: {estimate.right:,} right, {wrong:,} wrong"
    draws = ""
    if estimate.drawn and estimate.represented > estimate.drawn:
        represent = "represents" if estimate.drawn == 1 else "represent"
        drawn = format_count(estimate.drawn, "random draw")
        draws = f"; {drawn} {represent} {estimate.represented:,}"
    yield f"  of {format_copies(0, estimate.total)} you judged {of_judged}{draws}"
    if skipped:
        widen = "widens" if skipped == 1 else "widen"
        yield f"  {format_count(skipped, 'skipped removal')} {widen} the range"
    if exact:
        yield f"with {format_copies(exact, 0)}, counted as right: {precision(estimate, exact)}"


def precision(estimate: PrecisionEstimate, exact: int) -> str:
    """Return the share of right removals with its range.

    Examples
    --------
    >>> estimate = PrecisionEstimate(200, 50, 40, 15, 165, 170.0, 140, 185)
    >>> precision(estimate, 0)
    '85.0% (95% confidence: 70.0% to 92.5%)'
    """
    total = estimate.total + exact
    low, high = ((count + exact) / total for count in (estimate.low, estimate.high))
    between = f"{low:.1%} to {high:.1%}"
    if estimate.expected is None:
        return f"{between}; too few random draws for an estimate"
    if estimate.low == estimate.high:
        return f"{low:.1%}, all are judged"
    return f"{(estimate.expected + exact) / total:.1%} ({CONFIDENCE:.0%} confidence: {between})"
