"""Which of the candidates of a row is its witness."""

from dedup.kernels.jit import compiled, unallocating
from dedup.kernels.numeric_variants import PairRule, spares
from dedup.kernels.rows import Texts
from dedup.records import F64, I64


@compiled
def choose_witness(
    texts: Texts,
    row: int,
    met: I64,
    scores: F64,
    candidates: int,
    threshold: float,
    rule: PairRule,
    numeric_variant: I64,
) -> tuple[int, float, bool]:
    """Return the most similar candidate of which a row is a copy, and their similarity.

    Of equal ones it is the lowest row. The similarity is below the threshold where there is none.
    The last result tells whether a candidate was passed over as the rule exempts it.
    ``numeric_variant`` (n,) is set to the most similar one of which the row is a numeric variant.
    """
    found, score = _best(met, scores, candidates)
    spared = False
    while score >= threshold and spares(texts, row, found, score, rule):
        spared = True
        if numeric_variant[row] == row:
            numeric_variant[row] = found
        _forget(met, scores, candidates, found)
        found, score = _best(met, scores, candidates)
    if score >= threshold:
        numeric_variant[row] = row
    return found, score, spared


@unallocating
def _best(met: I64, scores: F64, candidates: int) -> tuple[int, float]:
    found, score = met[0], scores[0]
    for place in range(1, candidates):
        if scores[place] > score or (scores[place] == score and met[place] < found):
            found, score = met[place], scores[place]
    return found, score


@unallocating
def _forget(met: I64, scores: F64, candidates: int, row: int) -> None:
    for place in range(candidates):
        if met[place] == row:
            scores[place] = 0.0
