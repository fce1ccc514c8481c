"""Decisions of a person in ``deduplicate``: the promises W1 to W3 hold under them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import Config, DedupResult
from dedup.arrays.columns import pack_column
from dedup.config import Keep, Measure
from dedup.errors import ConfigError, InputError
from dedup.matching import keep_first
from dedup.matching.decisions import Judgement, PairDecision, PairDecisions, append_judgement
from dedup.matching.deduplicate import match_texts
from dedup.matching.judged_pairs import JudgedPairs, JudgedRows
from dedup.matching.keep_first import PROCESSING_ORDERS
from tests.generated_texts import alike_texts, framed_texts, near_copies
from tests.oracles import contained, jaccard, shingle_set
from tests.without_core import leave_out_core, needs_core

CONFIGS = st.builds(
    Config,
    measure=st.sampled_from(get_args(Measure)),
    threshold=st.sampled_from([0.3, 0.5, 0.8, 1.0]),
    unit=st.sampled_from(["word", "char"]),
    ngram_size=st.integers(1, 5),
    keep=st.sampled_from(get_args(Keep)[1:]),
    numeric_variants=st.sampled_from(["keep", "remove"]),
)
Pairs = Mapping[frozenset[int], PairDecision]  # of rows


@dataclass(frozen=True)
class Corpus:
    """Texts, judgements of their rows, and the decision that counts for each pair of groups."""

    texts: list[str]
    decisions: PairDecisions
    groups: list[int]  # of exact copies: by row, the first row of its group
    pairs: Pairs  # of the first rows of two groups

    def decision(self, row: int, other: int) -> PairDecision | None:
        return self.pairs.get(frozenset((self.groups[row], self.groups[other])))


@st.composite
def judged_corpora(draw: st.DrawFn, *, with_numbers: bool = False) -> Corpus:
    texts = draw(near_copies())
    words = {"zero": "0", "four": "4"} if with_numbers else {}
    texts = [" ".join(words.get(word, word) for word in text.split()) for text in texts]
    # Exact copies need not have the same bytes.
    texts = [text.upper() + "!" if draw(st.booleans()) else text for text in texts]
    rows = st.integers(0, max(len(texts) - 1, 0))
    choice = st.sampled_from([*get_args(PairDecision), None])
    made = draw(st.lists(st.tuples(rows, rows, choice), max_size=9)) if texts else []
    judgements = [Judgement.of_texts(texts[one], texts[other], how) for one, other, how in made]
    if draw(st.booleans()):
        judgements.insert(0, Judgement.of_texts("A text of another file.", "One more.", "remove"))
    folded = [text.lower().rstrip("!") for text in texts]
    return Corpus(
        texts,
        PairDecisions(tuple(judgements)),
        groups := [folded.index(text) for text in folded],
        judged_groups(texts, groups, made),
    )


def judged_groups(
    texts: Sequence[str],
    groups: Sequence[int],
    made: Sequence[tuple[int, int, PairDecision | None]],
) -> dict[frozenset[int], PairDecision]:
    """Return the last decision on each pair of groups; null takes back those on the same texts."""
    of_texts: dict[frozenset[str], tuple[int, int, PairDecision | None]] = {}
    for one, other, how in made:
        of_texts.pop(frozenset((texts[one], texts[other])), None)
        of_texts[frozenset((texts[one], texts[other]))] = one, other, how
    return {
        frozenset((groups[one], groups[other])): how
        for one, other, how in of_texts.values()
        if how and groups[one] != groups[other]
    }


def words_of(text: str, config: Config) -> list[str]:
    words = text.lower().rstrip("!").split()
    return list("".join(words)) if config.unit == "char" else words


def similarity_of(corpus: Corpus, row: int, other: int, config: Config) -> float:
    sets = [
        shingle_set(words_of(corpus.texts[one], config), config.ngram_size) for one in (row, other)
    ]
    return contained(*sets) if config.measure == "containment" else jaccard(*sets)


def expected_witnesses(
    corpus: Corpus, order: list[int], config: Config
) -> tuple[list[int], list[float]]:
    """Compare every row with every kept row, one after the other."""
    witness, similarity = [*range(len(corpus.texts))], [0.0] * len(corpus.texts)
    kept: list[int] = []
    for row in order:
        if not corpus.texts[row].rstrip("!"):
            continue
        scores = {other: similarity_of(corpus, row, other, config) for other in kept}
        matching = [
            other
            for other in kept
            if corpus.decision(row, other) == "remove"
            or (corpus.decision(row, other) is None and scores[other] >= config.threshold)
        ]
        copies = [other for other in kept if corpus.groups[other] == corpus.groups[row]]
        best = min(copies or matching, key=lambda other: (-scores[other], other), default=None)
        if best is None:
            kept.append(row)
        else:
            witness[row], similarity[row] = best, scores[best]
    return witness, similarity


def found(
    corpus: Corpus, config: Config, backend: str = "core", threads: int = 1, column: str = "list"
) -> DedupResult:
    texts: Any = corpus.texts if column == "list" else pa.array(corpus.texts, pa.string())
    with pytest.MonkeyPatch.context() as patch:
        if backend == "numpy":
            leave_out_core(patch)
        patch.setattr(keep_first, "BLOCK_BYTES", 40)
        patch.setattr(keep_first, "MIN_BLOCK_BYTES", 0)
        return dedup.deduplicate(texts, config, decisions=corpus.decisions, threads=threads)


def columns(result: DedupResult) -> dict[str, list[object]]:
    names = ("keep", "witness", "similarity", "exact", "numeric_variant", "order")
    return {name: getattr(result, name).tolist() for name in names}


@given(corpus=judged_corpora(), data=st.data())
def test_judged_copies(corpus: Corpus, data: st.DataObject) -> None:
    rows = range(len(corpus.texts))
    witness = [data.draw(st.sampled_from(rows)) for _ in rows]
    encoded = [text.encode() for text in corpus.texts]
    judged = JudgedRows.find(corpus.decisions, encoded.__getitem__, len(rows))
    found = judged.judged_copies(np.array(corpus.groups, np.int64), np.array(witness, np.int64))
    assert found.tolist() == [corpus.decision(row, witness[row]) == "remove" for row in rows]


@pytest.mark.parametrize("backend", ["core", "numpy"])
@given(corpus=judged_corpora(), config=CONFIGS)
def test_decisions_are_those_of_a_plain_loop(backend: str, corpus: Corpus, config: Config) -> None:
    config = replace(config, measure="containment", numeric_variants="remove")
    result = found(corpus, config, backend)
    witness, similarity = expected_witnesses(corpus, result.order.tolist(), config)
    assert result.witness.tolist() == witness
    assert result.similarity.tolist() == np.array(similarity, np.float32).tolist()


@pytest.mark.parametrize("backend", ["core", "numpy"])
@given(corpus=judged_corpora(with_numbers=True), config=CONFIGS)
def test_promises(backend: str, corpus: Corpus, config: Config) -> None:
    result = found(corpus, config, backend)
    assert len(result) == len(corpus.texts)
    step = {row: step for step, row in enumerate(result.order.tolist())}
    for row, witness in enumerate(result.witness.tolist()):
        assert result.keep[row] == (witness == row)
        if witness == row or corpus.groups[row] == corpus.groups[witness]:
            continue
        score = similarity_of(corpus, row, witness, config)
        assert result.keep[witness] and step[witness] < step[row]
        assert result.similarity[row] == np.float32(score)
        decision = corpus.decision(row, witness)
        assert decision == "remove" or (decision is None and score >= config.threshold)
    kept = [row for row in np.flatnonzero(result.keep).tolist() if corpus.texts[row].rstrip("!")]
    for row, other in combinations(kept, 2):
        assert corpus.decision(row, other) != "remove"
    for row, variant in enumerate(result.numeric_variant.tolist()):
        assert row == variant or corpus.decision(row, variant) is None


@given(
    judged_corpora(with_numbers=True),
    CONFIGS,
    st.sampled_from([1, 3]),
    st.sampled_from(["list", "arrow"]),
)
def test_neither_threads_nor_the_backend_nor_the_column_matter(
    corpus: Corpus, config: Config, threads: int, column: str
) -> None:
    expected = columns(found(corpus, config, "numpy"))
    assert columns(found(corpus, config, "core", threads, column)) == expected


def judged_texts(texts: list[str], seed: int) -> Corpus:
    """Judge the witnesses of every third row, and many pairs at random."""
    rng = np.random.default_rng(seed)
    config = Config(threshold=0.5, ngram_size=3, keep="first")
    witness = dedup.deduplicate(texts, config).witness
    pairs = [(row, int(witness[row])) for row in range(0, len(texts), 3) if witness[row] != row]
    pairs += [tuple(pair) for pair in rng.integers(0, len(texts), (200, 2)).tolist()]
    choices: list[PairDecision] = ["keep", "remove"]
    judgements = [
        Judgement.of_texts(texts[one], texts[other], choices[int(rng.integers(2))])
        for one, other in pairs
    ]
    return Corpus(texts, PairDecisions(tuple(judgements)), [], {})


@needs_core
@pytest.mark.parametrize("measure", get_args(Measure))
@pytest.mark.parametrize("keep", ["first", "longest"])
def test_many_candidates(measure: Measure, keep: Keep) -> None:
    corpus = judged_texts(framed_texts(500, 3), 1)
    config = Config(measure=measure, threshold=0.4, ngram_size=3, keep=keep)
    expected = found(corpus, config, "numpy")
    plain = dedup.deduplicate(corpus.texts, config)
    assert (expected.keep & ~plain.keep).any() and (plain.keep & ~expected.keep).any()
    assert (expected.similarity[~expected.keep] < 0.4).any()
    for threads in (1, 3):
        assert columns(found(corpus, config, "core", threads)) == columns(expected)


@needs_core
def test_rows_that_are_looked_up_by_all_their_keys() -> None:
    corpus = judged_texts(alike_texts()[:900:2], 2)
    for numeric_variants in ("keep", "remove"):
        config = replace(Config.preset("short"), numeric_variants=numeric_variants)
        expected = columns(found(corpus, config, "numpy"))
        assert columns(found(corpus, config, "core")) == expected


@pytest.mark.parametrize("backend", ["core", "numpy"])
def test_references_and_judged_pairs(backend: str) -> None:
    words = [f"word{number}" for number in range(40)]
    texts = [" ".join(row) for row in (words, words, words[:-1], ["other"], ["another", "text"])]
    packed = pack_column(texts)

    def witness(pairs: Sequence[tuple[int, int, bool]], references: int) -> list[int]:
        with pytest.MonkeyPatch.context() as patch:
            if backend == "numpy":
                leave_out_core(patch)
            matches, _ = match_texts(
                packed.utf8,
                packed.offsets,
                Config(),
                order_of=PROCESSING_ORDERS["first"],
                reference_count=references,
                judged=JudgedRows(tuple(pairs)),
            )
        return matches.witness.tolist()

    assert witness([], 1) == [0, 0, 0, 3, 4]
    assert witness([(0, 2, False)], 1) == [0, 0, 2, 3, 4]
    assert witness([(2, 1, False)], 1) == [0, 0, 2, 3, 4]  # 1 is an exact copy of 0
    assert witness([(0, 1, False)], 1) == [0, 0, 0, 3, 4]  # on exact copies: no effect
    assert witness([(3, 4, True)], 1) == [0, 0, 0, 3, 3]
    assert witness([(3, 4, True), (0, 3, True)], 4) == [0, 1, 2, 3, 3]  # references stay
    assert witness([(3, 4, True), (0, 3, True)], 2) == [0, 1, 0, 0, 4]  # 4 repeats a removed row
    assert witness([(0, 2, False), (2, 1, True)], 0) == [0, 0, 0, 3, 4]  # the last decision counts


@pytest.mark.parametrize("backend", ["core", "numpy"])
def test_a_judged_copy_may_have_other_numbers(backend: str) -> None:
    story = "The bank of the north pays {} euros and {} cents a share for the year {}. "
    tail = "It said so to its owners, who had come by ship and by train from all of the coast."
    texts = [story.format(*numbers) + tail for numbers in ((4, 20, 2021), (5, 35, 2022))]
    plain = dedup.deduplicate(texts, threshold=0.5)
    assert plain.numeric_variant.tolist() == [0, 0]
    result = found(Corpus(texts, decided(texts, "remove"), [], {}), Config(threshold=0.5), backend)
    assert result.witness.tolist() == [0, 0] and result.numeric_variant.tolist() == [0, 1]
    assert result.similarity[1] == np.float32(dedup.similarity(texts[1], texts[0]))
    result = found(Corpus(texts, decided(texts, "keep"), [], {}), Config(threshold=0.5), backend)
    assert result.keep.all() and result.numeric_variant.tolist() == [0, 1]


def decided(texts: Sequence[str], decision: PairDecision) -> PairDecisions:
    return PairDecisions((Judgement.of_texts(texts[0], texts[1], decision),))


def test_a_file_of_decisions(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    texts = ["One story.", "Another one."]
    append_judgement(file, Judgement.of_texts(texts[0], texts[1], "remove"))
    for path in (file, str(file)):
        assert dedup.deduplicate(texts, decisions=path).keep.tolist() == [True, False]
    with pytest.raises(InputError, match="no such file"):
        dedup.deduplicate(texts, decisions=tmp_path / "missing")
    with pytest.raises(ConfigError, match="decisions must be"):
        dedup.deduplicate(texts, decisions=[1])  # type: ignore[arg-type]


def test_lists_of_tokens_cannot_be_judged() -> None:
    texts = [["one", "story"], ["another", "one"]]
    with pytest.raises(ConfigError, match="decisions names whole texts"):
        dedup.deduplicate(texts, decisions=decided(["one story", "another one"], "remove"))


@needs_core
def test_judged_pairs_are_checked() -> None:
    packed = pack_column(["one", "two"])
    for row, partner, is_copy, message in [
        ([0, 2], [1, 0], [True, True], "row: beyond the rows"),
        ([0, -1], [1, 0], [True, True], "row: beyond the rows"),
        ([0, 1], [1, 2], [True, True], "partner: beyond the rows"),
        ([1, 0], [0, 1], [True, True], "row: not ascending"),
        ([0, 1], [1], [True, True], "partner: too few values"),
        ([0, 1], [1, 0], [True], "is_copy: too few values"),
    ]:
        pairs = JudgedPairs(np.array(row), np.array(partner), np.array(is_copy))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(JudgedRows, "between_copies", lambda *_, pairs=pairs: pairs)
            with pytest.raises((ValueError, IndexError), match=message):
                match_texts(packed.utf8, packed.offsets, Config(), judged=JudgedRows())
