"""The promises of ``deduplicate_blocks``, against an oracle."""

import random
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import BoilerplateResult, Config
from dedup.arrays import long_arrays, parallel
from dedup.boilerplate.patterns import Boilerplate
from dedup.config import BlockKind, Measure, NumericVariants
from tests.boilerplate.recurring_oracle import recurring, wording_of
from tests.generated_texts import REPETITIVE
from tests.oracles import tokens
from tests.without_core import leave_out_core

WORDS = ("one", "two", "three", "four", "five", "six", "7")
LINE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(" ".join)
PATHS = ("compiled", "numpy")
MODES: st.SearchStrategy[Boilerplate] = st.sampled_from(get_args(Boilerplate))
MEASURES: st.SearchStrategy[Measure] = st.sampled_from(get_args(Measure))
BLOCKS: st.SearchStrategy[BlockKind] = st.sampled_from(["line", "line", "auto", "sentence"])
CONFIGS = st.builds(
    Config,
    measure=MEASURES,
    threshold=st.sampled_from([0.3, 0.5, 0.8, 1.0]),
    unit=st.sampled_from(["word", "word", "char"]),
    ngram_size=st.integers(1, 3),
    min_tokens=st.integers(1, 5),
    split_by=BLOCKS,
    numeric_variants=st.sampled_from(get_args(NumericVariants)),
)


@st.composite
def corpora(draw: st.DrawFn) -> list[str | None]:
    """Texts of unique lines and of lines that recur, some with a changed word."""
    shared = draw(st.lists(LINE, min_size=1, max_size=4))
    seed: int = draw(st.integers(0, 1 << 16))
    rng = random.Random(seed)
    texts: list[str | None] = []
    for row in range(draw(st.integers(1, 8))):
        lines = [f"own{row}x{line}a own{row}x{line}b" for line in range(rng.choice([0, 2, 5, 24]))]
        for _ in range(rng.randrange(4)):
            words = rng.choice(shared).split()
            if rng.random() < 0.2:
                words[rng.randrange(len(words))] = rng.choice(WORDS)
            place = rng.choice([0, len(lines), rng.randrange(len(lines) + 1)])
            lines.insert(place, " ".join(words))
        ending = rng.choice(["\n", "\n\n", "\r\n", ". "])
        texts.append(ending.join(lines) + rng.choice(["", ending]))
        if rng.random() < 0.2:
            texts.append(rng.choice([None, "", "—", texts[-1]]))
    return texts


ANY = corpora() | st.lists(REPETITIVE | st.none(), max_size=8)


def found(  # noqa: PLR0913, PLR0917
    texts: object,
    config: Config,
    min_df: float = 2,
    boilerplate: Boilerplate = "first",
    path: str = "compiled",
    threads: int = 2,
    chunk: int = 50,
    batch_items: int = 3,
) -> BoilerplateResult:
    with pytest.MonkeyPatch.context() as patch:
        if path == "numpy":
            leave_out_core(patch)
        patch.setattr(parallel, "MIN_CHUNK_BYTES", chunk)
        patch.setattr(long_arrays, "BATCH_ITEMS", batch_items)
        return dedup.deduplicate_blocks(
            texts, config, min_df=min_df, boilerplate=boilerplate, threads=threads
        )


def contents(result: BoilerplateResult) -> tuple[object, ...]:
    ledgers = [result.ledger(row) for row in range(len(result))]
    return result.texts, result.patterns, result.changed.tolist(), ledgers


@pytest.mark.parametrize("path", PATHS)
@given(texts=ANY, config=CONFIGS, min_df=st.integers(2, 4), mode=MODES)
def test_removed_blocks_can_be_restored(
    path: str, texts: list[str | None], config: Config, min_df: int, mode: Boilerplate
) -> None:
    result = found(texts, config, min_df, mode, path)
    assert len(result) == len(result.texts) == len(texts)
    for row, (text, whole) in enumerate(zip(result.texts, texts, strict=True)):
        ledger = result.ledger(row)
        assert bool(ledger) == (row in result.changed)
        if not ledger:
            assert text is whole
            continue
        assert text is not None and whole is not None
        assert dedup.restore(text, ledger) == whole
        kept, removed, data, at = [], [], whole.encode("utf-8", "surrogatepass"), 0
        for removal in ledger:
            kept.append(data[at : removal.bytes.start])
            removed.append(data[slice(*removal.bytes)])
            at = removal.bytes.stop
        assert b"".join([*kept, data[at:]]) == text.encode("utf-8", "surrogatepass")
        assert removed == [one.text.encode("utf-8", "surrogatepass") for one in ledger]


@pytest.mark.parametrize("path", PATHS)
@given(texts=corpora(), config=CONFIGS, min_df=st.integers(2, 4), mode=MODES)
def test_removed_blocks_equal_the_oracle(
    path: str, texts: list[str | None], config: Config, min_df: int, mode: Boilerplate
) -> None:
    config = replace(config, numeric_variants="remove", block_threshold=0.0)
    result = found(texts, config, min_df, mode, path)
    expected = recurring(texts, config, min_df)
    df = {wording_of(pattern.text, config): pattern.df for pattern in result.patterns}
    assert df == expected.df
    assert all(count >= min_df for count in df.values())
    spans = [[tuple(one.bytes) for one in result.ledger(row)] for row in range(len(result))]
    if mode == "first":
        stays = set(expected.first.values())
        expected.removable[:] = [
            [span for span in removable if (row, span) not in stays]
            for row, removable in enumerate(expected.removable)
        ]
    assert spans == expected.removable


@pytest.mark.parametrize("path", PATHS)
@given(texts=corpora(), config=CONFIGS)
def test_the_first_text_that_has_a_pattern_keeps_it(
    path: str, texts: list[str | None], config: Config
) -> None:
    result = found(texts, config, path=path)
    for row in result.changed.tolist():
        for removal in result.ledger(row):
            of = int(removal.witness_document or "")
            kept = [tuple(one.bytes) for one in result.ledger(of)]
            assert tuple(removal.witness_bytes) not in kept
            text = texts[of]
            assert text is not None
            witness = text.encode()[slice(*removal.witness_bytes)].decode()
            assert witness.strip() in [pattern.text for pattern in result.patterns]
            assert (wording_of(witness, config) == wording_of(removal.text, config)) == (
                removal.kind == "exact"
            )
            assert removal.similarity >= config.threshold


@given(
    ANY,
    CONFIGS,
    st.integers(2, 4),
    MODES,
    st.integers(1, 4),
    st.integers(1, 500),
    st.integers(1, 20),
)
def test_threads_chunks_and_backend_do_not_change_the_result(  # noqa: PLR0913, PLR0917
    texts: list[str | None],
    config: Config,
    min_df: int,
    mode: Boilerplate,
    threads: int,
    chunk: int,
    batch_items: int,
) -> None:
    expected = contents(found(texts, config, min_df, mode, "numpy", batch_items=1 << 17))
    assert (
        contents(found(texts, config, min_df, mode, "numpy", batch_items=batch_items)) == expected
    )
    in_parts = found(texts, config, min_df, mode, "compiled", threads, chunk, batch_items)
    assert contents(in_parts) == expected
    assert contents(found(texts, config, min_df, mode, "compiled", 1, 1 << 20, 1 << 17)) == expected


@given(corpora(), CONFIGS, st.integers(2, 3), st.randoms(use_true_random=False))
def test_the_order_of_the_texts_does_not_change_the_patterns(
    texts: list[str | None], config: Config, min_df: int, rng: random.Random
) -> None:
    # Patterns of the same letters may be of different words.
    config = Config.of(config, {"unit": "word"})

    def counts(given: list[str | None]) -> object:
        result = found(given, config, min_df, "all", "numpy")
        return sorted(
            (tokens(one.text), one.df, one.occurrences, one.removed, one.variants)
            for one in result.patterns
        ), sorted(text or "" for text in result.texts)

    shuffled = list(texts)
    rng.shuffle(shuffled)
    assert counts(shuffled) == counts(texts)
