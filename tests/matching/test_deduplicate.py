"""The promises of ``deduplicate``: what stays, why the rest goes, and that it does not waver."""

from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from benchmarks.corpora import articles
from dedup import Config, DedupResult
from dedup.arrays import parallel
from dedup.config import Keep, Measure
from tests.generated_texts import PAGES, TEXTS, framed_texts, near_copies, site_pages
from tests.oracles import contained, jaccard, judge, kept_only
from tests.planting import data_folder
from tests.without_core import leave_out_core

MEASURE: st.SearchStrategy[Measure] = st.sampled_from(get_args(Measure))
KEEPS: st.SearchStrategy[Keep] = st.sampled_from(["first", "last", "longest"])
CONFIGS = st.builds(
    Config,
    measure=MEASURE,
    threshold=st.sampled_from([0.3, 0.5, 0.8, 1.0]),
    unit=st.sampled_from(["word", "char"]),
    ngram_size=st.integers(1, 5),
    numeric_variants=st.sampled_from(["keep", "remove"]),
    page_variants=st.sampled_from(["keep", "remove"]),
    keep=KEEPS,
)
MIXED = st.lists(TEXTS | st.none() | st.sampled_from(["same words here", "", "—"]), max_size=12)
CORPORA = MIXED | near_copies() | st.lists(PAGES, max_size=6)
PATHS = ("compiled", "numpy")


def found(
    texts: object, config: Config, path: str = "compiled", threads: int = 2, chunk: int = 50
) -> DedupResult:
    with pytest.MonkeyPatch.context() as patch:
        if path == "numpy":
            leave_out_core(patch)
        patch.setattr(parallel, "MIN_CHUNK_BYTES", chunk)
        return dedup.deduplicate(texts, config, threads=threads)


def columns(result: DedupResult, rows: int | None = None) -> list[list[object]]:
    names = ("keep", "witness", "similarity", "exact", "tokenless")
    return [getattr(result, name)[:rows].tolist() for name in names]


def shingle_sets(texts: object, config: Config) -> list[set[object]]:
    values, offsets = dedup.shingles(
        texts, ngram_size=config.ngram_size, unit=config.unit, seed=config.seed
    )
    edges = pairwise(offsets.tolist())
    return [set(values[start:stop].tolist()) for start, stop in edges]


@pytest.mark.parametrize("path", PATHS)
@given(texts=CORPORA, config=CONFIGS)
def test_selected_texts_are_the_kept_texts_unchanged(
    path: str, texts: list[str | None], config: Config
) -> None:
    result = found(texts, config, path)
    assert len(result) == len(texts)
    kept = np.flatnonzero(result.keep).tolist()
    assert result.selected == [texts[row] for row in kept]
    assert result.removed == [text for row, text in enumerate(texts) if not result.keep[row]]
    assert (result.witness[result.keep] == np.flatnonzero(result.keep)).all()
    assert not result.similarity[result.keep].any() and not result.exact[result.keep].any()
    if texts:
        assert result.keep.any()


@pytest.mark.parametrize("path", PATHS)
@given(texts=CORPORA, config=CONFIGS)
def test_a_removed_row_has_a_kept_witness_of_the_reported_similarity(
    path: str, texts: list[str | None], config: Config
) -> None:
    result = found(texts, config, path)
    sets = shingle_sets(texts, config)
    rank = result.order.tolist().index
    for row in np.flatnonzero(~result.keep).tolist():
        of = int(result.witness[row])
        assert result.keep[of] and rank(of) < rank(row)
        score = (contained if config.measure == "containment" else jaccard)(sets[row], sets[of])
        assert score >= config.threshold
        assert result.similarity[row] == np.float32(score)
        if result.exact[row]:
            assert score == 1
    wordless = [not own for own in sets]
    assert result.tokenless.tolist() == wordless
    assert result.keep[wordless].all()


@pytest.mark.parametrize("path", PATHS)
@given(texts=near_copies(), config=CONFIGS)
def test_a_row_similar_to_a_kept_row_is_removed(
    path: str, texts: list[str], config: Config
) -> None:
    config = Config(
        threshold=config.threshold,
        ngram_size=config.ngram_size,
        keep=config.keep,
        numeric_variants="remove",
    )
    result = found(texts, config, path)
    rows = [text.split() for text in texts]
    order = result.order.tolist()
    witness, scores = kept_only(rows, order, config.ngram_size, config.threshold, contained)
    assert result.witness.tolist() == witness
    assert result.similarity.tolist() == np.array(scores, np.float32).tolist()
    first = {tuple(rows[row]): row for row in reversed(order)}
    expected = [
        not result.keep[row] and first[tuple(words)] == witness[row]
        for row, words in enumerate(rows)
    ]
    assert result.exact.tolist() == expected


@given(CORPORA, CONFIGS, st.integers(1, 4), st.integers(1, 500))
def test_neither_threads_nor_chunks_nor_the_path_matter(
    texts: list[str | None], config: Config, threads: int, chunk: int
) -> None:
    expected = columns(found(texts, config, "numpy"))
    assert columns(found(texts, config, "compiled", threads, chunk)) == expected
    assert columns(found(texts, config, "compiled", 1, 1 << 20)) == expected


@pytest.mark.parametrize("path", PATHS)
@given(texts=CORPORA, config=CONFIGS, data=st.data())
def test_later_texts_do_not_change_earlier_decisions(
    path: str, texts: list[str | None], config: Config, data: st.DataObject
) -> None:
    config = Config.of(config, {"keep": "first"})
    whole = found(texts, config, path)
    count: int = data.draw(st.integers(0, len(texts)))
    assert columns(found(texts[:count], config, path)) == columns(whole, count)


def check_batches(texts: list[str | None], count: int, config: Config, path: str) -> None:
    """Decide of the first texts, then of the others beside what was kept of the first."""
    whole = found(texts, config, path)
    kept = np.flatnonzero(found(texts[:count], config, path).keep)
    then = found([*(texts[row] for row in kept), *texts[count:]], config, path)
    rows = np.concatenate((kept, np.arange(count, len(texts))))
    np.testing.assert_array_equal(then.keep, whole.keep[rows])
    np.testing.assert_array_equal(rows[then.witness], whole.witness[rows])
    np.testing.assert_array_equal(then.similarity, whole.similarity[rows])


@pytest.mark.parametrize("path", PATHS)
@given(texts=CORPORA, config=CONFIGS, data=st.data())
def test_several_batches_give_the_result_of_one(
    path: str, texts: list[str | None], config: Config, data: st.DataObject
) -> None:
    count: int = data.draw(st.integers(0, len(texts)))
    check_batches(texts, count, Config.of(config, {"keep": "first"}), path)


@pytest.mark.parametrize("count", [100, 900, 1400])
@pytest.mark.parametrize("measure", get_args(Measure))
def test_a_thousand_texts_in_two_batches(measure: Measure, count: int) -> None:
    config = Config(measure=measure, keep="first", threshold=0.6, ngram_size=3)
    check_batches(list(framed_texts(1500, 6)), count, config, "compiled")


@pytest.mark.parametrize("measure", get_args(Measure))
def test_a_thousand_texts_one_batch_or_its_beginning(measure: Measure) -> None:
    texts = framed_texts(1500, 6)
    config = Config(
        measure=measure, keep="first", threshold=0.6, ngram_size=3, numeric_variants="remove"
    )
    whole = found(texts, config, threads=3, chunk=1 << 10)
    assert 200 < (~whole.keep).sum() < 1300
    assert columns(found(texts, config, "numpy")) == columns(whole)
    for count in (1, 700, 1499):
        assert columns(found(texts[:count], config)) == columns(whole, count)


@pytest.mark.parametrize("count", [8, 25, 45])
@pytest.mark.parametrize("path", PATHS)
def test_pages_of_three_sites_in_two_batches(path: str, count: int) -> None:
    check_batches([*site_pages(50, 6)], count, Config.preset("web", keep="first"), path)


@pytest.mark.parametrize("keep", ["first", "longest"])
@pytest.mark.parametrize("others", [20, 60, 100])
def test_a_copy_of_a_removed_text_among_many_that_look_alike(others: int, keep: Keep) -> None:
    # The witness of the text may not be found again for its copy: then the copy stays.
    def edited(words: int, tag: str) -> list[str]:
        at = generator.integers(4, 100 - words)
        return [*base[:at], *(f"{tag}x{word}" for word in range(words)), *base[at + words :]]

    base = [f"w{word}" for word in range(104)]
    for seed in range(10):
        generator = np.random.default_rng(seed)
        rows = [edited(16, "near"), base, *(edited(17, f"other{row}x") for row in range(others))]
        texts = [" ".join(row) for row in [*rows, base, base]]
        config = Config(keep=keep)
        result = found(texts, config, "numpy")
        assert result.keep[result.witness].all()
        assert (result.similarity[~result.keep] >= np.float32(0.8)).all()
        assert not result.keep[-1]
        assert result.exact[-1] == result.keep[-2]
        assert columns(found(texts, config)) == columns(result)


@pytest.mark.parametrize("measure", get_args(Measure))
@pytest.mark.parametrize("path", PATHS)
def test_selected_texts_hold_no_copies(measure: Measure, path: str) -> None:
    config = Config(measure=measure, keep="first", ngram_size=3)
    once = found(framed_texts(600, 7), config, path)
    assert not once.keep.all()
    assert found(once.selected, config, path).keep.all()


@pytest.mark.skipif(not data_folder().is_dir(), reason="the real articles are not here: DEDUP_DATA")
@pytest.mark.parametrize("measure", get_args(Measure))
@pytest.mark.parametrize("path", PATHS)
def test_real_news_by_brute_force(measure: Measure, path: str) -> None:
    texts = articles("reuters21578")[:3000]
    assert len(texts) == 3000
    config = Config(measure=measure, keep="longest", numeric_variants="remove")
    result = found(texts, config, path, chunk=1 << 16)
    verdict = judge(
        *dedup.shingles(texts),
        result.order,
        result.keep,
        result.witness,
        result.similarity,
        config.threshold,
        measure,
    )
    assert verdict.removed > 30
    assert verdict.precision == 1
    assert verdict.recall >= 0.999
