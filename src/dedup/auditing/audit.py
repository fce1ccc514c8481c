"""A corpus and no labels: what would settings find in it, and which suit it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from math import floor
from typing import Any

import numpy as np

from dedup.arrays.columns import pack_column
from dedup.auditing.audit_result import BINS, AuditResult, Setting
from dedup.auditing.copies import copies_in
from dedup.auditing.cost import measured
from dedup.auditing.further_removals import further_removals
from dedup.auditing.planted_edits import EDITED, ONE_WORD, Plant, planted
from dedup.auditing.proposal import Evidence, preset_config, proposed
from dedup.auditing.reservoir import Reservoir
from dedup.auditing.similarity_view import Look, look_at
from dedup.config import Config, ConfigLike, Preset, check_threads, check_whole_number
from dedup.matching.dedup_result import DedupResult
from dedup.matching.deduplicate import deduplicate
from dedup.text.hashing import shingle_texts

STEP = 0.05  # between thresholds that are proposed for edited copies
SHORT = 100  # words of a text, from which on it is long
FOUND = 0.5  # of edited copies; where fewer are found, a lower threshold is looked for


def audit(
    texts: object,
    config: ConfigLike | None = None,
    *,
    sample: int = 10_000,
    threads: int | None = None,
    **overrides: Any,  # noqa: ANN401
) -> AuditResult:
    """Tell from a sample of texts, without labels, what settings find in them and which suit them.

    Parameters
    ----------
    texts
        (n,): as for ``deduplicate``.
    config
        The settings that are audited, or the name of a preset; ``Config()`` when None.
    sample
        How many texts are drawn, without replacement, each with the same chance; fewer where they
        have more than 32 MB. The draw is the same for the same ``seed`` of the settings.
    threads
        How many to use; all cores that the process may use when None. But for the cost the result
        is the same.
    **overrides
        Single settings, as in ``audit(texts, threshold=0.6)``.

    Returns
    -------
    AuditResult
        ``print`` shows it as a report.

    Raises
    ------
    TextTypeError
        When ``texts`` is no column of texts.
    ConfigError
        When a setting is unknown, or a number outside its range.

    Notes
    -----
    Copies of up to 200 texts are edited in known ways and looked for among these texts: what
    the settings miss is what they would miss of such copies. How similar the nearest other text is
    shows what they find: the similarities of unlike texts fall off, and where that fall, continued
    as an exponential tail, explains less than one in a hundred of what is found, chance ends (peaks
    over a threshold, Pickands 1975; related to unrelated as in Pearson 1998). Time and memory are
    those of the sample, times as many.

    Texts that are alike because they fill in one form, or because much of each is the site's frame,
    are no chance, and no copies (see ``Config.numeric_variants``, ``deduplicate_blocks``): where a
    third text has the same part, it is said how many may be such, and nothing is proposed to find
    more of them. Of copies in pairs, a sample of one text in ten sees one in ten. See
    ``docs/decisions/0015-audit.md`` for what it says of texts of which the truth is known.

    Examples
    --------
    >>> texts = [f"Story {number} of the {number % 7}th day, and no other" for number in range(50)]
    >>> result = audit(texts)
    >>> result.total, result.sampled, result.plants[0].found
    (50, 50, 1.0)
    """
    config, threads = Config.of(config, overrides), check_threads(threads)
    size = check_whole_number("sample", sample, 1)
    reservoir = Reservoir(size, config.seed)
    reservoir.add(pack_column(texts, threads=threads))
    return audit_sample(reservoir, config, threads=threads)


def audit_sample(
    reservoir: Reservoir,
    config: Config,
    *,
    unreadable: int = 0,
    threads: int | None = None,
    begin: Callable[[str], object] = lambda _: None,
) -> AuditResult:
    """Audit a sample.

    ``unreadable`` texts of the sample are missing because they could not be read. ``begin`` is
    called with the name of each stage.
    """
    begin("removing copies")
    packed, megabytes = reservoir.sample(), reservoir.total_bytes / 1e6
    result, cost = measured(packed, config, threads, reservoir.total, megabytes)
    with_words = ~result.tokenless
    exact, near = int(result.exact.sum()), int((~result.keep & ~result.exact).sum())
    numeric_variants = int((result.numeric_variant != np.arange(len(result))).sum())
    begin("comparing texts")
    single_words = replace(config, unit="word", ngram_size=1)
    counts = shingle_texts(packed.utf8, packed.offsets, single_words, threads).lengths
    words = int(np.median(counts[counts > 0])) if counts.any() else 0
    names: tuple[Preset, ...] = ("ocr", "short", "web") if words < SHORT else ("ocr", "web")
    settings = {"own": config} | {name: preset_config(config, name) for name in names}
    looked = {one: look_at(packed, one, threads) for one in set(settings.values())}
    looks = {name: looked[one] for name, one in settings.items()}
    own = looks["own"]
    begin("looking for edited copies")
    unlike = [packed.text(row) for row in np.flatnonzero(result.keep & with_words).tolist()]
    plants = tuple(planted(unlike, config, threads))
    begin("trying other settings")

    @cache
    def tried(one: Config) -> DedupResult:
        return result if one == config else deduplicate(packed, one, threads=threads)

    def setting_of(name: str, one: Config, look: Look) -> Setting:
        return Setting.of(name, one, look, int(tried(one).keep.sum()))

    short, web = None, None
    if "short" in looks:
        edited = planted(unlike, Config.preset("short"), threads, [ONE_WORD])
        short = sum(plant.found for plant in edited)
    if config.unit == "word" and looks["web"].clear <= settings["web"].threshold:
        web = further_removals(packed, result, tried(settings["web"]), looks["web"], threads)
    proposal = proposed(
        Evidence(
            config=config,
            copies=copies_in(packed, looks, settings, threads),
            plants=plants,
            short=short,
            different=int(with_words.sum()) - exact,
            variant_share=numeric_variants / max(numeric_variants + exact + near, 1),
            web=web,
        )
    )
    lower = _lower(config, own, plants) if proposal.config == config else None
    return AuditResult(
        total=reservoir.total,
        sampled=len(packed),
        empty=int((~with_words).sum()) - unreadable,
        unreadable=unreadable,
        median_words=words,
        kept=int(result.keep.sum()),
        exact=exact,
        near=near,
        numeric_variants=numeric_variants,
        compared=len(own.rows),
        histogram=np.histogram(own.similarity, np.linspace(0, 1, BINS + 1))[0],
        settings=tuple(setting_of(name, one, looks[name]) for name, one in settings.items()),
        lower=setting_of("lower", lower, own) if lower else None,
        plants=plants,
        proposal=proposal,
        proposal_kept=int(tried(proposal.config).keep.sum()),
        cost=cost,
        config=config,
    )


def _lower(config: Config, look: Look, plants: Sequence[Plant]) -> Config | None:
    """Return settings with a threshold that finds most copies with 5% of the words changed.

    None where the settings find most of them, and where chance reaches that threshold.
    """
    edited = next((plant for plant in plants if plant.edit == EDITED), None)
    if edited is None or edited.found >= FOUND:
        return None
    threshold = floor(edited.similarity_of_most / STEP + 1e-9) * STEP
    if threshold < max(look.clear, STEP) or threshold >= config.threshold:
        return None
    return replace(config, threshold=round(threshold, 2))
