"""The runs of a review: one decides with the judgements, one finds the pairs to show."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from dedup.cli.key_input import key_by_key
from dedup.cli.review_session import PROMPT, ReviewSession
from dedup.datasets.clean_dataset import run_job
from dedup.datasets.decide_records import Decisions
from dedup.datasets.job import Job
from dedup.datasets.progress_display import shown_progress
from dedup.files.standard_streams import in_output_encoding, write_stdout
from dedup.matching.decisions import Judgement, read_decisions
from dedup.reports.decided_texts import DecidedTexts
from dedup.reports.review_page import summary_lines
from dedup.reports.review_queue import NearCopies, ReviewQueue, pair_key
from dedup.reports.threshold_view import most_compared_characters


def review_removals(job: Job, path: Path, *, quiet: bool) -> None:
    """Show the removals of a job to a person, and store the judgements.

    Parameters
    ----------
    job
        A job that writes nothing.
    path
        The decisions file.
    quiet
        Whether no progress and no summary are shown.
    """
    judged = _judgements(path)
    as_judged: list[NearCopies] = []
    if judged:
        with shown_progress(job.inputs, quiet=quiet) as progress:
            options = replace(job.options, decisions=path)
            add = partial(_add_near_copies, as_judged)
            run_job(replace(job, options=options, progress=progress), add)
    show = partial(_review, path=path, judged=judged, as_judged=as_judged, quiet=quiet)
    with shown_progress(job.inputs, quiet=quiet) as progress:
        run_job(replace(job, progress=progress), show)


def _judgements(path: Path) -> dict[int, Judgement]:
    """Return the judgements of a decisions file that count, by ``pair_key``."""
    if not path.exists():
        return {}
    latest = read_decisions(path, allow_incomplete=True).latest
    return {pair_key(*pair): found for pair, found in latest.items()}


def _add_near_copies(found: list[NearCopies], decisions: Decisions) -> None:
    """Add the near copies of a run."""
    found.append(NearCopies.of(DecidedTexts.of_records(decisions)))


def _review(
    decisions: Decisions,
    path: Path,
    judged: dict[int, Judgement],
    as_judged: Sequence[NearCopies],
    *,
    quiet: bool,
) -> None:
    texts = DecidedTexts.of_records(decisions)
    limit = most_compared_characters(decisions.rows.job.options.memory)
    queue = ReviewQueue(texts, judged, limit, *as_judged)
    session = ReviewSession(decisions, texts, queue, path, judged)
    with key_by_key(PROMPT):
        session.walk()
    if quiet:
        return
    exact = int((decisions.exact & decisions.removed).sum())
    lines = summary_lines(queue, exact, session.made, session.skipped, path)
    write_stdout(in_output_encoding("".join(f"{line}\n" for line in lines)))
