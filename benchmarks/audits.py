"""Hold audits against corpora of which the truth is known: ``python -m benchmarks.audits``.

``benchmarks.audit_corpora`` says what the corpora are made of. For each it is shown what an audit
proposes and how well that does over pairs, beside the settings that were audited (the defaults) and
the preset that does best; how far what it says of chance is from the truth; whether the edits
that it planted fare on all texts as it says; and, of larger corpora, each in a process of
its own, what deduplicating took beside what an audit of some texts said it would.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import click
import numpy as np

import dedup
from benchmarks import audit_costs
from benchmarks.audit_corpora import HALVES, Corpus, corpora
from benchmarks.pair_scores import of_clusters, standing
from benchmarks.peers import table
from dedup import AuditResult, Config
from dedup.auditing.audit_result import Setting
from dedup.auditing.planted_edits import EDITS, Others, token_spans
from dedup.config import PRESETS

ERROR = 0.05  # by which the share that is alike by chance may be off
SIGMAS = 2.6  # by which a share of planted copies may be off: one in a hundred is further off
TRIED = 400  # texts of a corpus that are edited to see how many copies are found
PLANTED_IN = ("clean", "short, clean", "web")  # corpora where that is done
NOTES = (
    "F1: over pairs, by the truth. short of it: how far the proposal is below the best preset.",
    (
        "found: share of the texts that have another one at the threshold. by chance, forms: shares"
        " of these that the audit tells. no copy: share of these whose nearest is no copy, the"
        f" truth. off: how far that lies outside of by chance, and by chance and forms together, if"
        f" by more than {ERROR}; few: the audit says that they are too few."
    ),
    (
        "edits: kinds of planted edits. off: of how many the share on all texts differs by more"
        f" than {SIGMAS} standard errors. furthest: the kind that is furthest off, and both shares."
    ),
)
SUMMARY = (
    *("half", "corpora", "F1 of proposals", "of defaults", "of best presets"),
    *("proposals far short", "worse than defaults", "shares off", "planted off"),
)
SHORT_OF = 0.05  # F1 by which a proposal is far short of the best preset
PROPOSED = ("corpus", "texts", "proposal", "F1", "defaults", "best preset", "its F1", "short of it")
CHANCE = ("corpus", "settings", "found", "by chance", "forms", "no copy", "off")
PLANTED = ("corpus", "edits", "off", "furthest", "audit", "on all texts")


Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an audit says of a corpus, and the truth."""

    corpus: Corpus
    audit: AuditResult
    seconds: float
    f1: dict[str, float]  # of the proposal, "", and of the presets

    @property
    def name(self) -> str:
        return f"{self.corpus.language}, {self.corpus.kind}"

    @property
    def best(self) -> str:
        return max(PRESETS, key=lambda name: self.f1[name])

    @property
    def row(self) -> list[str]:
        call = self.audit.proposal.python.removeprefix("dedup.Config").removeprefix(".preset")
        kept = "keep" if self.audit.proposal.config == Config() else call.strip("()")
        short = max(self.f1[self.best] - self.f1[""], 0)
        cells = [f"{self.f1[name]:.3f}" for name in ("", "news")]
        ends = [self.best, f"{self.f1[self.best]:.3f}", f"{short:.3f}" if short else ""]
        return [self.name, f"{len(self.corpus.texts):,}", kept, *cells, *ends]


def judged(corpus: Corpus) -> Verdict:
    begun = perf_counter()
    audit = dedup.audit(corpus.texts)
    spent = perf_counter() - begun
    tried = {"": audit.proposal.config} | {name: Config.preset(name) for name in PRESETS}
    found = {name: dedup.deduplicate(corpus.texts, config) for name, config in tried.items()}
    count = len(corpus.texts)
    scores = {
        name: of_clusters(corpus.truth, standing(one.witness, count)).f1
        for name, one in found.items()
    }
    return Verdict(corpus, audit, spent, scores)


def no_copies(corpus: Corpus, setting: Setting) -> tuple[float, float]:
    """Return the share of texts that have another at a threshold, and of these of no copies.

    As a sample is looked at: by containment of a text in one that has as many shingles or more.
    """
    config = replace(setting.config, numeric_variants="remove")
    pairs = dedup.near_duplicates(corpus.texts, config)
    left, right, similarity = pairs.left, pairs.right, pairs.similarity
    sizes = np.diff(dedup.shingles(corpus.texts, unit=config.unit, ngram_size=config.ngram_size)[1])
    both = (sizes[left] == sizes[right]) | (config.measure == "jaccard")
    queries = np.concatenate((left, right[both]))
    others = np.concatenate((right, left[both]))
    alike = np.concatenate((similarity, similarity[both]))
    order = np.lexsort((corpus.truth[queries] != corpus.truth[others], -alike, queries))
    nearest = order[np.unique(queries[order], return_index=True)[1]]
    wrong = corpus.truth[queries[nearest]] != corpus.truth[others[nearest]]
    return len(nearest) / len(corpus.texts), float(wrong.mean()) if len(wrong) else 0.0


def chance_rows(verdict: Verdict) -> Iterator[list[str]]:
    for setting in verdict.audit.settings:
        found, wrong = no_copies(verdict.corpus, setting)
        shares = (found, setting.by_chance, setting.same_form, wrong)
        cells = [f"{share:.3f}" for share in shares]
        yield [verdict.name, setting.name, *cells, off_by(setting, wrong)]


def off_by(setting: Setting, wrong: float) -> str:
    """Say how far the truth lies outside what is said: by chance, and more that may be forms."""
    if setting.few:
        return "few"
    low = setting.by_chance - wrong
    high = wrong - min(setting.by_chance + setting.same_form, 1.0)
    return f"{max(low, high):.3f}" if max(low, high) > ERROR else ""


def planted_row(verdict: Verdict) -> list[str]:
    """Edit other texts in the same ways, put them among all, and compare what is found."""
    kept = dedup.deduplicate(verdict.corpus.texts).keep
    texts = [text for text, stays in zip(verdict.corpus.texts, kept, strict=True) if stays]
    rng = random.Random(verdict.name)
    chosen = rng.sample(texts, min(TRIED, len(texts)))
    words = [text[slice(*span)] for text in chosen[:100] for span in token_spans(text)]
    worst, off = (0.0, "", 0.0, 0.0), 0
    rest = [text for text in texts if text not in set(chosen)]
    for edit, plant in zip(EDITS.values(), verdict.audit.plants, strict=True):
        copies = [edit(text, Others(words, *rng.sample(texts, 2)), rng) for text in chosen]
        keep = dedup.deduplicate([*chosen, *copies, *rest]).keep
        found = float((~keep[: len(chosen)] | ~keep[len(chosen) : 2 * len(chosen)]).mean())
        error = math.sqrt(_variance(plant.found, plant.planted) + _variance(found, len(chosen)))
        sigmas = abs(plant.found - found) / error
        off += sigmas > SIGMAS
        worst = max(worst, (sigmas, plant.edit, plant.found, found))
    ends = [worst[1], f"{worst[2]:.3f}", f"{worst[3]:.3f}"] if worst[0] else ["", "", ""]
    return [verdict.name, str(len(EDITS)), str(off) if off else "", *ends]


def _variance(share: float, count: int) -> float:
    """Return that of a share of ``count``, of one more and one less (Agresti and Coull 1998)."""
    share = (share * count + 2) / (count + 4)
    return share * (1 - share) / (count + 4)


def summary(half: str, proposed: Rows, chance: Rows, planted: Rows) -> list[str]:
    """Sum up the rows of a half."""
    f1 = np.array([[float(row[place]) for place in (3, 4, 6)] for row in proposed])
    proposal, defaults, best = f1.T
    told = [row for row in chance if row[-1] != "few"]
    return [
        half,
        str(len(proposed)),
        *(f"{mean:.3f}" for mean in f1.mean(axis=0)),
        str(int((best - proposal > SHORT_OF).sum())),
        str(int((defaults - proposal > 0).sum())),
        f"{sum(bool(row[-1]) for row in told)} of {len(told)}",
        f"{sum(int(row[2] or 0) for row in planted)} of {sum(int(row[1]) for row in planted)}",
    ]


@click.command(help=__doc__)
@click.option("--half", "halves", multiple=True, type=click.Choice([*HALVES]), default=[*HALVES])
@click.option("--only", multiple=True, help="Of these languages.")
@click.option("--costs/--no-costs", default=True, help="Measure time and memory, too.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the tables here too.")
def main(
    halves: tuple[str, ...], only: tuple[str, ...], *, costs: bool, markdown: Path | None
) -> None:
    summaries: Rows = []
    parts: list[tuple[str, Sequence[str], Rows]] = [("Summary", SUMMARY, summaries)]
    for half in halves:
        rows: dict[str, Rows] = {"proposed": [], "chance": [], "planted": []}
        for language, where in HALVES[half].items():
            if only and language not in only:
                continue
            for corpus in corpora(language, where):
                verdict = judged(corpus)
                rows["proposed"].append(verdict.row)
                rows["chance"] += chance_rows(verdict)
                if corpus.kind in PLANTED_IN:
                    rows["planted"].append(planted_row(verdict))
                said = f"{' '.join(verdict.row)} ({verdict.seconds:.1f} s)"
                click.echo(f"{said} {verdict.audit.proposal.reason}", err=True)
        summaries.append(summary(half, **rows))
        parts.append((f"Proposals, {half}", PROPOSED, rows["proposed"]))
        parts.append((f"By chance, {half}", CHANCE, rows["chance"]))
        parts.append((f"Planted edits, {half}", PLANTED, rows["planted"]))
        if costs:
            parts.append((f"Cost, {half}", audit_costs.HEADERS, [*audit_costs.rows(half)]))
    for part in parts:
        table.render(*part)
    if markdown:
        markdown.write_text(table.document(parts, NOTES), encoding="utf-8")


if __name__ == "__main__":
    main()
