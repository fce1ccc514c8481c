"""Judge audits by corpora with known copies: ``python -m benchmarks.audits``.

`benchmarks.audit_corpora` makes the corpora. For each one the script shows

- the configuration that the audit proposes and its F1 over pairs, beside the defaults (which were
  audited) and the best preset;
- how far the audit's shares of chance similarity are from the truth;
- whether the audit's recall of planted edits holds on all texts;
- for larger corpora, time and memory of deduplication beside the audit's estimates, each in a
  process of its own.
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
from benchmarks import audit_costs, tables
from benchmarks.audit_corpora import HALVES, Corpus, corpora
from benchmarks.pair_scores import representatives, score_clusters
from dedup import AuditResult, Config
from dedup.auditing.audit_result import Setting
from dedup.auditing.planted_edits import EDITS, Surroundings, token_spans
from dedup.config import PRESETS

MAX_SHARE_ERROR = 0.05  # of the share that is similar by chance
MAX_SIGMAS = 2.6  # of the recall of planted edits; chance exceeds it once in a hundred
EDITED_TEXTS = 400  # of a corpus, to measure the recall of planted edits
EDITED_KINDS = ("clean", "short, clean", "web")  # corpora in which that is measured
MAX_F1_LOSS = 0.05  # of a proposal against the best preset
NOTES = (
    "F1: over pairs, by the truth. F1 loss: how far the proposal is below the best preset.",
    (
        "similar: share of the texts with a similar text at the threshold. by chance, forms: shares"
        " of these that the audit attributes to chance and to form letters. no copy: true share of"
        " these whose nearest text is no copy. error: how far that is outside the range from 'by"
        f" chance' to 'by chance and forms'. Only errors above {MAX_SHARE_ERROR} are listed, and"
        " none where the audit itself reports too few texts to tell."
    ),
    (
        "edits: kinds of planted edits. wrong: number of kinds whose recall on all texts differs by"
        f" more than {MAX_SIGMAS} standard errors. furthest: the kind with the largest difference."
    ),
)
SUMMARY_HEADERS = (
    *("half", "corpora", "F1 of proposals", "of defaults", "of best presets"),
    *("large F1 losses", "worse than defaults", "shares wrong", "recalls wrong"),
)
PROPOSAL_HEADERS = (
    *("corpus", "texts", "proposal", "F1", "defaults", "best preset", "its F1", "F1 loss"),
)
CHANCE_HEADERS = ("corpus", "settings", "similar", "by chance", "forms", "no copy", "error")
PLANTED_HEADERS = ("corpus", "edits", "wrong", "furthest", "audit", "on all texts")

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The audit of a corpus and the F1 of configurations by the truth."""

    corpus: Corpus
    audit: AuditResult
    seconds: float
    f1: dict[str, float]  # by preset; "" is the proposal

    @property
    def name(self) -> str:
        return f"{self.corpus.language}, {self.corpus.kind}"

    @property
    def best(self) -> str:
        return max(PRESETS, key=lambda name: self.f1[name])

    @property
    def row(self) -> list[str]:
        call = self.audit.proposal.python.removeprefix("dedup.Config").removeprefix(".preset")
        proposal = "defaults" if self.audit.proposal.config == Config() else call.strip("()")
        loss = max(self.f1[self.best] - self.f1[""], 0)
        rates = [f"{self.f1[name]:.3f}" for name in ("", "news")]
        best = [self.best, f"{self.f1[self.best]:.3f}", f"{loss:.3f}" if loss else ""]
        return [self.name, f"{len(self.corpus.texts):,}", proposal, *rates, *best]


def judged(corpus: Corpus) -> Verdict:
    start = perf_counter()
    audit = dedup.audit(corpus.texts)
    seconds = perf_counter() - start
    configs = {"": audit.proposal.config} | {name: Config.preset(name) for name in PRESETS}
    results = {name: dedup.deduplicate(corpus.texts, config) for name, config in configs.items()}
    count = len(corpus.texts)
    f1 = {
        name: score_clusters(corpus.truth, representatives(result.witness, count)).f1
        for name, result in results.items()
    }
    return Verdict(corpus, audit, seconds, f1)


def no_copies(corpus: Corpus, setting: Setting) -> tuple[float, float]:
    """Return the share of texts with a similar text, and of these the share without a copy.

    As the audit of a sample does it: the text is contained in one with at least as many shingles.
    """
    config = replace(setting.config, numeric_variants="remove", page_variants="remove")
    pairs = dedup.near_duplicates(corpus.texts, config)
    left, right, similarity = pairs.left, pairs.right, pairs.similarity
    sizes = np.diff(dedup.shingles(corpus.texts, unit=config.unit, ngram_size=config.ngram_size)[1])
    both = (sizes[left] == sizes[right]) | (config.measure == "jaccard")
    queries = np.concatenate((left, right[both]))
    neighbours = np.concatenate((right, left[both]))
    similarities = np.concatenate((similarity, similarity[both]))
    different = corpus.truth[queries] != corpus.truth[neighbours]
    order = np.lexsort((different, -similarities, queries))
    nearest = order[np.unique(queries[order], return_index=True)[1]]
    wrong = different[nearest]
    return len(nearest) / len(corpus.texts), float(wrong.mean()) if len(wrong) else 0.0


def chance_rows(verdict: Verdict) -> Iterator[list[str]]:
    for setting in verdict.audit.settings:
        found, wrong = no_copies(verdict.corpus, setting)
        shares = (found, setting.by_chance, setting.same_form, wrong)
        cells = [f"{share:.3f}" for share in shares]
        yield [verdict.name, setting.name, *cells, share_error(setting, wrong)]


def share_error(setting: Setting, wrong: float) -> str:
    """Return how far the true share is outside the range that the audit reports."""
    if setting.too_few:
        return "few"
    low = setting.by_chance - wrong
    high = wrong - min(setting.by_chance + setting.same_form, 1.0)
    return f"{max(low, high):.3f}" if max(low, high) > MAX_SHARE_ERROR else ""


def planted_row(verdict: Verdict) -> list[str]:
    """Edit texts in the same ways, add the copies to all texts, and compare the recalls."""
    kept = dedup.deduplicate(verdict.corpus.texts).keep
    texts = [text for text, keep in zip(verdict.corpus.texts, kept, strict=True) if keep]
    rng = random.Random(verdict.name)
    chosen = rng.sample(texts, min(EDITED_TEXTS, len(texts)))
    words = [text[slice(*span)] for text in chosen[:100] for span in token_spans(text)]
    worst, wrong = (0.0, "", 0.0, 0.0), 0
    rest = [text for text in texts if text not in set(chosen)]
    for edit, plant in zip(EDITS.values(), verdict.audit.plants, strict=True):
        copies = [edit(text, Surroundings(words, *rng.sample(texts, 2)), rng) for text in chosen]
        keep = dedup.deduplicate([*chosen, *copies, *rest]).keep
        found = float((~keep[: len(chosen)] | ~keep[len(chosen) : 2 * len(chosen)]).mean())
        error = math.sqrt(_variance(plant.found, plant.planted) + _variance(found, len(chosen)))
        sigmas = abs(plant.found - found) / error
        wrong += sigmas > MAX_SIGMAS
        worst = max(worst, (sigmas, plant.edit, plant.found, found))
    ends = [worst[1], f"{worst[2]:.3f}", f"{worst[3]:.3f}"] if worst[0] else ["", "", ""]
    return [verdict.name, str(len(EDITS)), str(wrong) if wrong else "", *ends]


def _variance(share: float, count: int) -> float:
    """Return the variance of a share of ``count`` (Agresti and Coull 1998: two more of each)."""
    share = (share * count + 2) / (count + 4)
    return share * (1 - share) / (count + 4)


def summary(half: str, proposed: Rows, chance: Rows, planted: Rows) -> list[str]:
    """Return the summary row of a half."""
    f1 = np.array([[float(row[place]) for place in (3, 4, 6)] for row in proposed])
    proposal, defaults, best = f1.T
    reported = [row for row in chance if row[-1] != "few"]
    return [
        half,
        str(len(proposed)),
        *(f"{mean:.3f}" for mean in f1.mean(axis=0)),
        str(int((best - proposal > MAX_F1_LOSS).sum())),
        str(int((defaults - proposal > 0).sum())),
        f"{sum(bool(row[-1]) for row in reported)} of {len(reported)}",
        f"{sum(int(row[2] or 0) for row in planted)} of {sum(int(row[1]) for row in planted)}",
    ]


@click.command(help=__doc__)
@click.option("--half", "halves", multiple=True, type=click.Choice([*HALVES]), default=[*HALVES])
@click.option("--only", multiple=True, help="Only these languages.")
@click.option("--costs/--no-costs", default=True, help="Measure time and memory.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the tables to this file.")
def main(
    halves: tuple[str, ...], only: tuple[str, ...], *, costs: bool, markdown: Path | None
) -> None:
    summaries: Rows = []
    parts: list[tuple[str, Sequence[str], Rows]] = [("Summary", SUMMARY_HEADERS, summaries)]
    for half in halves:
        rows: dict[str, Rows] = {"proposed": [], "chance": [], "planted": []}
        for language, selection in HALVES[half].items():
            if only and language not in only:
                continue
            for corpus in corpora(language, selection):
                verdict = judged(corpus)
                rows["proposed"].append(verdict.row)
                rows["chance"] += chance_rows(verdict)
                if corpus.kind in EDITED_KINDS:
                    rows["planted"].append(planted_row(verdict))
                progress = f"{' '.join(verdict.row)} ({verdict.seconds:.1f} s)"
                click.echo(f"{progress} {verdict.audit.proposal.reason}", err=True)
        summaries.append(summary(half, **rows))
        parts.append((f"Proposals, {half}", PROPOSAL_HEADERS, rows["proposed"]))
        wrong_shares = [row for row in rows["chance"] if row[-1] not in ("", "few")]
        wrong_recalls = [row for row in rows["planted"] if row[2]]
        parts.append((f"Wrong shares, {half}", CHANCE_HEADERS, wrong_shares))
        parts.append((f"Wrong recalls of planted edits, {half}", PLANTED_HEADERS, wrong_recalls))
        if costs:
            parts.append((f"Cost, {half}", audit_costs.HEADERS, [*audit_costs.rows(half)]))
    for part in parts:
        tables.render(*part)
    if markdown:
        markdown.write_text(
            tables.as_markdown("Audits of corpora with known copies", parts, NOTES),
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
