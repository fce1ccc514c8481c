"""``audit``: what settings find in a sample of texts without labels, and which settings fit."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from math import floor
from typing import Any

import numpy as np

from dedup.arrays.columns import pack_column
from dedup.arrays.progress import NO_PROGRESS, Progress
from dedup.auditing.audit_result import HISTOGRAM_BINS, AuditResult, Setting
from dedup.auditing.copies import find_copies
from dedup.auditing.cost import measure_cost
from dedup.auditing.further_removals import further_removals
from dedup.auditing.judged_thresholds import JudgedThresholds
from dedup.auditing.planted_edits import (
    FIVE_PERCENT_CHANGED,
    ONE_WORD_CHANGED,
    PlantedEdit,
    find_planted_edits,
)
from dedup.auditing.proposal import Evidence, make_proposal, preset_config, propose
from dedup.auditing.reservoir import Reservoir
from dedup.auditing.similarity_view import SimilarityView, compute_view
from dedup.config import Config, ConfigLike, Preset, check_threads, check_whole_number
from dedup.files.location import Location
from dedup.matching.decisions import PairDecisions, as_decisions
from dedup.matching.dedup_result import DedupResult
from dedup.matching.deduplicate import deduplicate
from dedup.matching.judged_pairs import rows_of_judged_texts
from dedup.matching.page_frames import find_frames
from dedup.matching.sources import Sources, read_sources
from dedup.text.hashing import shingle_texts

THRESHOLD_STEP = 0.05  # between the thresholds that are reported for edited copies
LONG_TEXT_WORDS = 100  # median number of distinct words from which the texts are long
MIN_EDITED_RECALL = 0.5  # of copies with 5% of the words changed; below it, report a threshold


def audit(  # noqa: PLR0913
    texts: object,
    config: ConfigLike | None = None,
    *,
    sample: int = 10_000,
    judged: str | Location | PairDecisions | None = None,
    source: Iterable[str | None] | None = None,
    threads: int | None = None,
    **overrides: Any,  # noqa: ANN401
) -> AuditResult:
    """Report what settings find in a sample of texts, and which settings fit, without labels.

    Parameters
    ----------
    texts
        (n,): the texts, as for ``deduplicate``.
    config
        The settings to audit, or the name of a preset. Default ``Config()``.
    sample
        Maximum number of texts in the sample. The texts are drawn without replacement, each with
        the same probability; the sample has at most 32 MB. It is the same for the same
        ``config.seed``. Default 10,000.
    judged
        A decisions file, which ``dedup-clean review`` wrote, or ``PairDecisions``. Then a threshold
        is proposed from them. Default None.
    source
        (n,): the URL of the page of each text, or the name of its site, as for ``deduplicate``. The
        texts are compared without the frames that the pages of the sample have. Default None.
    threads
        Number of threads. Default: all cores that the process may use. The result is the same for
        any number, except for the cost.
    **overrides
        Single settings, as in ``audit(texts, threshold=0.6)``.

    Returns
    -------
    AuditResult
        All numbers; ``print`` shows them as a report.

    Raises
    ------
    TextTypeError
        If ``texts`` is no column of texts.
    ConfigError
        If a setting is unknown, or a number is outside its range.
    InputError
        If ``judged`` is no decisions file.

    Notes
    -----
    *Planted edits.* Copies of up to 200 texts are edited in known ways and searched among these
    texts. The share that is missed is the share of such copies that the settings would miss.

    *Chance.* The similarities of unrelated texts fall off. An exponential tail is fitted to them
    and continued (peaks over a threshold, Pickands 1975; related and unrelated sequences, Pearson
    1998). At the ``safe_threshold`` of a setting it explains one in a hundred of the texts found.

    *Form letters.* Texts of one form and pages in one frame are similar, but neither by chance nor
    as copies (see ``Config.numeric_variants`` and ``deduplicate_blocks``). If a third text has the
    common part of two texts, these may be form letters. The result has their share, and proposes no
    settings that would mainly find more of them.

    *Judged pairs.* ``result.judged`` has the precision and recall that judgements let expect at
    some thresholds. Fewer than 30 judged pairs propose nothing.

    *Sample.* If copies come in pairs, a sample of one text in ten finds one copy in ten. Time and
    memory are extrapolated from the sample.

    ``docs/decisions/0015-audit.md`` compares the reported shares with labelled texts.

    Examples
    --------
    >>> texts = [f"Story {number} of the {number % 7}th day, and no other" for number in range(50)]
    >>> result = audit(texts)
    >>> result.total, result.sampled, result.plants[0].found
    (50, 50, 1.0)
    """
    config, threads = Config.of(config, overrides), check_threads(threads)
    size = check_whole_number("sample", sample, 1)
    decisions = None if judged is None else as_decisions(judged, "judged")
    reservoir = Reservoir(size, config.seed)
    packed = pack_column(texts, threads=threads)
    sources = None
    if source is not None:
        config.check_compares_parts("source")
        sources = read_sources(source, len(packed))
    reservoir.add(packed)
    thresholds = None
    if decisions is not None:
        judged_rows = rows_of_judged_texts(decisions.digests, packed.encoded, len(packed))
        thresholds = JudgedThresholds.of(decisions, config, len(judged_rows))
    return audit_sample(reservoir, config, judged=thresholds, sources=sources, threads=threads)


def audit_sample(  # noqa: PLR0913
    reservoir: Reservoir,
    config: Config,
    *,
    unreadable: int = 0,
    judged: JudgedThresholds | None = None,
    sources: Sources | None = None,
    threads: int | None = None,
    progress: Progress = NO_PROGRESS,
) -> AuditResult:
    """Audit a sample.

    ``unreadable`` is the number of texts of the sample that could not be read and are missing in
    it. ``judged`` is what judgements say about thresholds. ``sources`` are those of all texts.
    ``progress`` receives the stages.
    """
    progress.begin("removing copies")
    packed, megabytes = reservoir.sample(), reservoir.total_bytes / 1e6
    frames = None
    if sources is not None:
        frames = find_frames(packed, sources.take(reservoir.rows), threads)
        packed = frames.without_frames(packed)
    result, cost = measure_cost(packed, config, threads, reservoir.total, megabytes)
    has_tokens = ~result.tokenless
    exact, near = int(result.exact.sum()), int((~result.keep & ~result.exact).sum())
    numeric_variants = int((result.numeric_variant != np.arange(len(result))).sum())
    progress.begin("comparing texts")
    single_words = replace(config, unit="word", ngram_size=1)
    counts = shingle_texts(packed.utf8, packed.offsets, single_words, threads).lengths
    median_words = int(np.median(counts[counts > 0])) if counts.any() else 0
    is_short = median_words < LONG_TEXT_WORDS
    presets: tuple[Preset, ...] = ("ocr", "short", "web") if is_short else ("ocr", "web")
    settings = {"audited": config} | {name: preset_config(config, name) for name in presets}
    different_settings = {*settings.values()}
    view_of = {
        setting: compute_view(packed, setting, threads)
        for setting in progress.parts(different_settings, [1] * len(different_settings))
    }
    views = {name: view_of[setting] for name, setting in settings.items()}
    audited_view = views["audited"]
    progress.begin("looking for edited copies")
    different = [packed.text(row) for row in np.flatnonzero(result.keep & has_tokens).tolist()]
    plants = tuple(find_planted_edits(different, config, threads))
    progress.begin("trying other settings")

    @cache
    def result_of(setting: Config) -> DedupResult:
        return result if setting == config else deduplicate(packed, setting, threads=threads)

    def summary_of(name: str, setting: Config, view: SimilarityView) -> Setting:
        return Setting.of(name, setting, view, int(result_of(setting).keep.sum()))

    short_recall, web_removals = None, None
    if "short" in views:
        short = Config.preset("short")
        edited = find_planted_edits(different, short, threads, [ONE_WORD_CHANGED])
        short_recall = sum(plant.found for plant in edited)
    if config.unit == "word" and views["web"].significance_threshold <= settings["web"].threshold:
        web_result = result_of(settings["web"])
        web_removals = further_removals(packed, result, web_result, views["web"], threads)
    if judged is not None and judged.proposed is not None:
        proposal = make_proposal(replace(config, threshold=judged.proposed), judged.reason)
    else:
        proposal = propose(
            Evidence(
                config=config,
                copies=find_copies(packed, views, settings, threads),
                plants=plants,
                short_recall=short_recall,
                different=int(has_tokens.sum()) - exact,
                numeric_variants=numeric_variants,
                similar_texts=numeric_variants + exact + near,
                web_removals=web_removals,
            )
        )
    lower = None
    if proposal.config == config and judged is None:
        lower = _lower_threshold(config, audited_view, plants)
    return AuditResult(
        total=reservoir.total,
        sampled=len(packed),
        empty=int((~has_tokens).sum()) - unreadable,
        unreadable=unreadable,
        median_words=median_words,
        kept=int(result.keep.sum()),
        exact=exact,
        near=near,
        numeric_variants=numeric_variants,
        frames=None if frames is None else frames.summary(),
        compared=len(audited_view.rows),
        histogram=np.histogram(audited_view.similarity, np.linspace(0, 1, HISTOGRAM_BINS + 1))[0],
        settings=tuple(summary_of(name, one, views[name]) for name, one in settings.items()),
        lower=summary_of("lower", lower, audited_view) if lower else None,
        plants=plants,
        judged=judged,
        proposal=proposal,
        proposal_kept=int(result_of(proposal.config).keep.sum()),
        cost=cost,
        config=config,
    )


def _lower_threshold(
    config: Config, view: SimilarityView, plants: Sequence[PlantedEdit]
) -> Config | None:
    """Return settings with a threshold that finds most copies with 5% of the words changed.

    None if the settings find half of these copies, or if chance reaches that threshold.
    """
    edited = next((plant for plant in plants if plant.edit == FIVE_PERCENT_CHANGED), None)
    if edited is None or edited.found >= MIN_EDITED_RECALL:
        return None
    threshold = floor(edited.similarity_of_most / THRESHOLD_STEP + 1e-9) * THRESHOLD_STEP
    min_threshold = max(view.significance_threshold, THRESHOLD_STEP)
    if threshold < min_threshold or threshold >= config.threshold:
        return None
    return replace(config, threshold=round(threshold, 2))
