"""The result of an audit: all its numbers, and how a person reads them."""

from dataclasses import asdict, dataclass
from typing import Any

from dedup.arrays.array_types import I64
from dedup.auditing.audit_text import lines_of, title_of
from dedup.auditing.copies import LEAST
from dedup.auditing.cost import Cost
from dedup.auditing.planted_edits import Plant
from dedup.auditing.proposal import Proposal
from dedup.auditing.similarity_view import Look
from dedup.config import Config

BINS = 20  # of the histogram


@dataclass(frozen=True, slots=True)
class Setting:
    """What one way to count similarity finds in the sample.

    Attributes
    ----------
    name
        ``"own"``: the settings that were audited; ``"lower"``: these with a lower threshold; else a
        preset.
    config
        The settings.
    kept
        How many texts of the sample these settings keep; they remove the others.
    similar
        The share of the compared texts whose most similar other text is at the threshold or above.
        Both texts of a pair count, of which one is removed.
    similar_count
        How many texts these are: of fewer than 20 the shares below tell nothing.
    by_chance
        The share of these that is expected among unrelated texts.
    same_form
        The share of these that may be other texts of one form or in one frame: they share a part
        that a third text has too, and neither has more of the other. So do notices with other
        figures, pages of one site, and one story with other things around it; only reading tells.
    safe_threshold
        The lowest threshold at which ``by_chance`` is one in a hundred at most.
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
    def of(cls, name: str, config: Config, look: Look, kept: int) -> "Setting":
        """Sum a look up."""
        threshold = config.threshold
        count = int((look.similarity >= threshold).sum())
        return cls(
            name=name,
            config=config,
            kept=kept,
            similar=count / max(len(look.rows), 1),
            similar_count=count,
            by_chance=look.by_chance(threshold),
            same_form=look.unsure(threshold),
            safe_threshold=look.clear,
        )

    @property
    def few(self) -> bool:
        """Whether too few are similar to tell what they are."""
        return self.similar_count < LEAST


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AuditResult:
    """What a sample of texts tells about settings; printed, it is a report.

    Attributes
    ----------
    total
        How many texts there are, the missing ones included.
    sampled
        How many of them were drawn.
    empty
        How many of these are missing, empty or without a word.
    unreadable
        How many of these are records that could not be read, and were skipped.
    median_words
        The median number of distinct words of the others.
    kept, exact, near
        How many texts of the sample the settings keep, remove as exact copies, and remove as near
        copies; together these are all of the sample.
    numeric_variants
        How many of the kept ones are similar to another, but their figures differ
        (``Config.numeric_variants``).
    compared
        How many were compared with all others, for the similarities.
    histogram
        (20,) int64: how many of these have their most similar other text at 0 to 0.05, 0.05 to
        0.1, and so on, by the settings.
    settings
        What the settings keep and find, and presets in their place.
    lower
        The settings with the threshold that finds nine in ten copies with 5% of the words changed;
        None where the settings find them, where the proposal changes the settings, or where chance
        reaches that threshold.
    plants
        What was found of copies that were edited in known ways.
    proposal
        Settings that suit the texts, and why.
    proposal_kept
        How many texts of the sample the proposed settings keep.
    cost
        What all texts will take.
    config
        The settings that were audited.
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
    compared: int
    histogram: I64
    settings: tuple[Setting, ...]
    lower: Setting | None
    plants: tuple[Plant, ...]
    proposal: Proposal
    proposal_kept: int
    cost: Cost
    config: Config

    @property
    def with_words(self) -> int:
        """How many of the texts that were drawn have words."""
        return self.sampled - self.empty - self.unreadable

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as plain Python objects, for JSON."""
        return asdict(self) | {"histogram": self.histogram.tolist()}

    def __repr__(self) -> str:
        """Return what was sampled and what is proposed, in a line."""
        return f"<AuditResult: {title_of(self)}; {self.proposal.python}>"

    def __str__(self) -> str:
        """Return the report, in lines of 79 characters at most."""
        return "\n".join(lines_of(self))
