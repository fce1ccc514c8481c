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
from dedup.arrays.memory import DiskMemory
from dedup.arrays.packed import pack
from dedup.boilerplate.frame_groups import SourceRule
from dedup.boilerplate.patterns import Boilerplate, PatternRules, find_patterns
from dedup.config import BlockKind, Measure, NumericVariants
from dedup.matching.sources import read_sources
from tests.boilerplate.recurring_oracle import LONG_BLOCK, SOURCES, recurring, wording_of
from tests.generated_texts import REPETITIVE
from tests.oracles import tokens
from tests.without_core import leave_out_core

WORDS = ("one", "two", "three", "four", "five", "six", "7")
LINE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(" ".join)
# A paragraph of an article, with the fewest words.
LONG_LINE = "harbour" * (LONG_BLOCK // 7 + 1) + " one two"
PATHS = ("compiled", "numpy")
Rows = tuple[list[str | None], list[str | None] | None]  # texts and their sources
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
    shared += draw(st.sampled_from([[], [], [LONG_LINE]]))
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


@st.composite
def sourced(draw: st.DrawFn, of: st.SearchStrategy[list[str | None]] = ANY) -> Rows:
    """Texts and their sources; few, so that a source has several texts."""
    texts = draw(of)
    names: list[str | None] = draw(st.sampled_from([["a.org"], [*SOURCES]]))
    column = st.lists(st.sampled_from(names), min_size=len(texts), max_size=len(texts))
    return texts, draw(st.none() | column)


def found(  # noqa: PLR0913, PLR0917
    texts: object,
    config: Config,
    min_df: float = 2,
    boilerplate: Boilerplate = "first",
    path: str = "compiled",
    source: list[str | None] | None = None,
    min_df_source: int = 2,
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
            texts,
            config,
            min_df=min_df,
            boilerplate=boilerplate,
            source=source,
            min_df_source=min_df_source,
            threads=threads,
        )


def contents(result: BoilerplateResult) -> tuple[object, ...]:
    ledgers = [result.ledger(row) for row in range(len(result))]
    return result.texts, result.patterns, result.changed.tolist(), ledgers


@pytest.mark.parametrize("path", PATHS)
@given(rows=sourced(), config=CONFIGS, min_df=st.integers(2, 4), mode=MODES)
def test_removed_blocks_can_be_restored(
    path: str, rows: Rows, config: Config, min_df: int, mode: Boilerplate
) -> None:
    texts, source = rows
    result = found(texts, config, min_df, mode, path, source)
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
@given(
    rows=sourced(corpora()),
    config=CONFIGS,
    min_df=st.integers(2, 4),
    min_df_source=st.integers(2, 3),
    mode=MODES,
)
def test_removed_blocks_equal_the_oracle(  # noqa: PLR0913, PLR0917
    path: str, rows: Rows, config: Config, min_df: int, min_df_source: int, mode: Boilerplate
) -> None:
    texts, source = rows
    config = replace(config, numeric_variants="remove", block_threshold=0.0)
    result = found(texts, config, min_df, mode, path, source, min_df_source)
    expected = recurring(texts, config, min_df, source, min_df_source)
    df = {(one.source, wording_of(one.text, config)): one.df for one in result.patterns}
    assert df == expected.df and len(df) == len(result.patterns)
    removed = [
        [(tuple(one.bytes), one.frame_of) for one in result.ledger(row)]
        for row in range(len(result))
    ]
    if mode == "first":
        stays = set(expected.first.values())
        expected.removable[:] = [
            [(span, site) for span, site in removable if (row, span) not in stays]
            for row, removable in enumerate(expected.removable)
        ]
    assert removed == expected.removable


@pytest.mark.parametrize("path", PATHS)
@given(rows=sourced(corpora()), config=CONFIGS)
def test_the_first_text_that_has_a_pattern_keeps_it(path: str, rows: Rows, config: Config) -> None:
    texts, source = rows
    result = found(texts, config, path=path, source=source)
    for row in result.changed.tolist():
        for removal in result.ledger(row):
            of = int(removal.witness_document or "")
            kept = [tuple(one.bytes) for one in result.ledger(of)]
            assert tuple(removal.witness_bytes) not in kept
            text = texts[of]
            assert text is not None
            witness = text.encode()[slice(*removal.witness_bytes)].decode()
            assert (witness.strip(), removal.frame_of) in [
                (pattern.text, pattern.source) for pattern in result.patterns
            ]
            assert removal.frame_of in {None, SOURCES[source[row]][0] if source else None}
            assert (wording_of(witness, config) == wording_of(removal.text, config)) == (
                removal.kind == "exact"
            )
            assert removal.similarity >= config.threshold


@given(texts=ANY, config=CONFIGS, min_df=st.integers(2, 4), mode=MODES)
def test_texts_without_a_source_have_no_frames(
    texts: list[str | None], config: Config, min_df: int, mode: Boilerplate
) -> None:
    result = found(texts, config, min_df, mode, source=[None] * len(texts))
    assert contents(result) == contents(found(texts, config, min_df, mode))


@given(
    sourced(),
    CONFIGS,
    st.integers(2, 4),
    MODES,
    st.integers(1, 4),
    st.integers(1, 500),
    st.integers(1, 20),
)
def test_threads_chunks_and_backend_do_not_change_the_result(  # noqa: PLR0913, PLR0917
    rows: Rows,
    config: Config,
    min_df: int,
    mode: Boilerplate,
    threads: int,
    chunk: int,
    batch_items: int,
) -> None:
    def result(path: str, threads: int, chunk: int, batch_items: int) -> tuple[object, ...]:
        texts, source = rows
        return contents(
            found(texts, config, min_df, mode, path, source, 2, threads, chunk, batch_items)
        )

    expected = result("numpy", 2, 50, 1 << 17)
    assert result("numpy", 2, 50, batch_items) == expected
    assert result("compiled", threads, chunk, batch_items) == expected
    assert result("compiled", 1, 1 << 20, 1 << 17) == expected


@pytest.mark.long
@given(sourced(), CONFIGS, st.integers(2, 4), st.integers(1, 20))
def test_a_limit_of_memory_does_not_change_the_result(
    tmp_path_factory: pytest.TempPathFactory,
    rows: Rows,
    config: Config,
    min_df: int,
    batch_items: int,
) -> None:
    texts, source = rows
    packed = pack(texts)
    rule = SourceRule(read_sources(source or [None] * len(texts), len(texts)))
    expected = find_patterns(packed, config, PatternRules(min_df), 1, source_rule=rule)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_arrays, "BATCH_ITEMS", batch_items)
        patch.setattr(long_arrays, "PARTITION_BATCHES", 1)
        memory = DiskMemory(tmp_path_factory.getbasetemp(), 800)
        in_parts = find_patterns(
            packed, config, PatternRules(min_df), 2, source_rule=rule, memory=memory
        )
        assert in_parts.patterns == expected.patterns
        assert in_parts.kept.tolist() == expected.kept.tolist()
        assert in_parts.pattern_of_block.tolist() == expected.pattern_of_block.tolist()
        assert in_parts.frame_sources.tolist() == expected.frame_sources.tolist()


@given(sourced(corpora()), CONFIGS, st.integers(2, 3), st.randoms(use_true_random=False))
def test_the_order_of_the_texts_does_not_change_the_patterns(
    rows: Rows, config: Config, min_df: int, rng: random.Random
) -> None:
    # Patterns of the same letters may be of different words.
    config = Config.of(config, {"unit": "word"})
    texts, source = rows
    order = [*range(len(texts))]

    def counts() -> object:
        result = found(
            [texts[row] for row in order],
            config,
            min_df,
            "all",
            "numpy",
            source and [source[row] for row in order],
        )
        return sorted(
            (tokens(one.text), one.source or "", one.df, one.occurrences, one.removed, one.variants)
            for one in result.patterns
        ), sorted(text or "" for text in result.texts)

    expected = counts()
    rng.shuffle(order)
    assert counts() == expected
