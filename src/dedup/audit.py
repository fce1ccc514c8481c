"""A corpus and no labels: what would settings find in it, and which suit it."""

from typing import Any

import numpy as np

from dedup.auditing.choice import Evidence, proposed
from dedup.auditing.copies import copies_in
from dedup.auditing.cost import measured
from dedup.auditing.edits import ONE_WORD
from dedup.auditing.look import looks
from dedup.auditing.plants import planted
from dedup.auditing.result import AuditResult, Setting, histogram_of
from dedup.auditing.sample import Reservoir, batches, checked_sample
from dedup.columns import packed_of
from dedup.config import PRESETS, Config, Settings, checked_threads
from dedup.errors import ConfigError
from dedup.sketches import shingles
from dedup.text.packed import Packed


def audit(
    texts: object,
    config: Settings | None = None,
    *,
    sample: int = 10_000,
    total: int | None = None,
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
    total
        How many texts there are, where ``texts`` are some of them: for the cost.
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
    config, threads = Config.of(config, overrides), checked_threads(threads)
    size = checked_sample(sample)
    packed = packed_of(texts)
    if total is not None and (not _is_whole(total) or total < len(packed)):
        raise ConfigError(f"total must be a whole number from {len(packed)} on, got {total!r}")
    reservoir = Reservoir(size, config.seed)
    for batch in batches(packed):
        reservoir.add(batch)
    return audit_sample(reservoir, config, total=total, threads=threads)


def audit_sample(
    reservoir: Reservoir,
    config: Config,
    *,
    total: int | None = None,
    unreadable: int = 0,
    threads: int | None = None,
) -> AuditResult:
    """Audit what was drawn; ``total`` texts are like it, as many as were seen when None.

    ``unreadable`` of the drawn ones are missing because nobody could read them.
    """
    packed = reservoir.sample()
    texts = reservoir.total if total is None else int(total)
    megabytes = reservoir.total_bytes / 1e6 * texts / max(reservoir.total, 1)
    result, cost = measured(packed, config, threads, texts, megabytes)
    worded, words = ~result.tokenless, _median_words(packed, threads)
    seen = looks(packed, config, words, threads)
    unlike = _texts(packed, result.keep & worded)
    plants = tuple(planted(unlike, config, threads))
    exact, near = int(result.exact.sum()), int((~result.keep & ~result.exact).sum())
    numeric_variants = int((result.numeric_variant != np.arange(len(result))).sum())
    evidence = Evidence(
        looks=seen,
        copies=copies_in(packed, seen, config.seed, threads),
        plants=plants,
        short=_found_if_short(unlike, threads) if "short" in seen else None,
        different=int(worded.sum()) - exact,
        exact=exact,
        other_news=numeric_variants / max(numeric_variants + exact + near, 1),
    )
    thresholds = {"own": config.threshold}
    thresholds |= {name: Config.preset(name).threshold for name in PRESETS if name in seen}
    return AuditResult(
        total=texts,
        sampled=len(packed),
        empty=int((~worded).sum()) - unreadable,
        unreadable=unreadable,
        words=words,
        exact=exact,
        near=near,
        numeric_variants=numeric_variants,
        compared=len(seen["own"].rows),
        histogram=histogram_of(seen["own"]),
        settings=tuple(Setting.of(name, seen[name], thresholds[name]) for name in thresholds),
        plants=plants,
        proposal=proposed(config, evidence),
        cost=cost,
        config=config,
    )


def _texts(packed: Packed, chosen: "np.ndarray[Any, np.dtype[np.bool_]]") -> list[str]:
    return [text for text in packed.take(np.flatnonzero(chosen)) if text is not None]


def _found_if_short(texts: list[str], threads: int | None) -> float:
    """Return what the preset for short texts finds of those of which one word was changed."""
    config = Config.preset("short")
    return sum(plant.found for plant in planted(texts, config, threads, [ONE_WORD]))


def _median_words(packed: Packed, threads: int | None) -> int:
    """Return the median number of different words of the texts that have any, 0 of none."""
    counts = np.diff(shingles(packed, ngram_size=1, threads=threads)[1])
    return int(np.median(counts[counts > 0])) if counts.any() else 0


def _is_whole(total: object) -> bool:
    return isinstance(total, (int, np.integer)) and not isinstance(total, bool)
