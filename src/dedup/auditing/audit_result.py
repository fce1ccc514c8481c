"""The result of an audit: ``AuditResult`` and the ``Setting`` rows of its table."""

from dataclasses import asdict, dataclass
from typing import Any

from dedup.arrays.array_types import I64
from dedup.arrays.reportable import Reportable
from dedup.auditing.audit_text import report_lines, title
from dedup.auditing.copies import MIN_SIMILAR_TEXTS
from dedup.auditing.cost import Cost
from dedup.auditing.judged_thresholds import JudgedThresholds
from dedup.auditing.planted_edits import PlantedEdit
from dedup.auditing.proposal import Proposal
from dedup.auditing.similarity_view import SimilarityView
from dedup.config import Config

HISTOGRAM_BINS = 20


@dataclass(frozen=True, slots=True)
class Setting:
    """What one configuration keeps and finds in the sample.

    Attributes
    ----------
    name
        ``"audited"``: the audited settings; ``"lower"``: these with a lower threshold; otherwise
        the name of a preset.
    config
        The settings.
    kept
        Number of texts of the sample that these settings keep.
    similar
        The share of the compared texts whose most similar other text is at the threshold or above.
        Both texts of a pair count, but only one of them is removed.
    similar_count
        The number of these texts. Below 20 the shares below are too uncertain.
    by_chance
        The share of the similar texts that is expected among unrelated texts.
    same_form
        The share of the similar texts that may be form letters or pages in one frame: they share a
        part that a third text has, too, and have little else in common with it. Examples are
        notices with other numbers, pages of one site, and one story in other surroundings. Only
        reading them can tell.
    safe_threshold
        The lowest threshold at which ``by_chance`` is at most one in a hundred.
    """

    name: str
    config: Config
    kept: int
    similar: float
    similar_count: int
    by_chance: float
    same_form: float
    safe_threshold: float

    @classmethod
    def of(cls, name: str, config: Config, view: SimilarityView, kept: int) -> "Setting":
        """Summarize a view of the sample."""
        threshold = config.threshold
        count = int((view.similarity >= threshold).sum())
        return cls(
            name=name,
            config=config,
            kept=kept,
            similar=count / max(len(view.rows), 1),
            similar_count=count,
            by_chance=view.by_chance(threshold),
            same_form=view.same_form_share(threshold),
            safe_threshold=view.significance_threshold,
        )

    @property
    def too_few(self) -> bool:
        """Whether too few texts are similar for ``by_chance`` and ``same_form``."""
        return self.similar_count < MIN_SIMILAR_TEXTS


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AuditResult(Reportable):
    """What settings find in a sample of texts; ``print`` shows it as a report.

    Attributes
    ----------
    total
        Number of all texts, missing ones included.
    sampled
        Number of texts in the sample.
    empty
        Number of texts of the sample that are missing, empty or without a word.
    unreadable
        Number of records of the sample that could not be read and were skipped.
    median_words
        The median number of distinct words of the other texts.
    kept, exact, near
        Number of texts of the sample that the settings keep, remove as exact copies, and remove as
        near copies. The sum of the three is ``sampled``.
    numeric_variants
        Number of kept texts that are similar to another one, but no copies: see
        ``Config.numeric_variants`` and ``Config.page_variants``.
    frames
        With ``source``, what was not compared: see ``DatasetReport.frames``.
    compared
        Number of texts that were compared with all others, for the similarities.
    histogram
        (20,) int64: number of the compared texts whose most similar other text has a similarity of
        0 to 0.05, 0.05 to 0.1, and so on, under the audited settings.
    settings
        What the audited settings and the presets keep and find.
    lower
        The settings with the threshold that finds nine in ten copies with 5% of the words changed.
        None if the settings find these copies, if the proposal changes the settings, if there are
        judgements, or if chance reaches that threshold.
    plants
        The planted edits: for each kind of edit, how many edited copies are found.
    judged
        What the judgements of a person say about thresholds; None without ``judged=``.
    proposal
        The settings that are proposed, and why.
    proposal_kept
        Number of texts of the sample that the proposed settings keep.
    cost
        The estimated time and memory for all texts.
    config
        The audited settings.
    """

    total: int
    sampled: int
    empty: int
    unreadable: int
    median_words: int
    kept: int
    exact: int
    near: int
    numeric_variants: int
    frames: dict[str, Any] | None
    compared: int
    histogram: I64
    settings: tuple[Setting, ...]
    lower: Setting | None
    plants: tuple[PlantedEdit, ...]
    judged: JudgedThresholds | None
    proposal: Proposal
    proposal_kept: int
    cost: Cost
    config: Config

    @property
    def with_words(self) -> int:
        """Number of texts of the sample that have words."""
        return self.sampled - self.empty - self.unreadable

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as plain Python objects, for JSON."""
        return asdict(self) | {"histogram": self.histogram.tolist()}

    def __repr__(self) -> str:
        """Return the size of the sample and the proposal, in one line."""
        return f"<AuditResult: {title(self)}; {self.proposal.python}>"

    def __str__(self) -> str:
        """Return the report; its paragraphs are wrapped at 79 characters."""
        return "\n".join(report_lines(self))
