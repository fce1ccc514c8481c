"""From texts to sketches, in several scripts: what most of the time of a large corpus goes to.

Every group holds its own floor, timed in the same run: read the ratios in brackets, not
the times. Each benchmark checks its result before it is timed. One thread works, as in the
floor; the rates, with ``--benchmark-json``, are megabytes of text a second and core.
"""

from collections.abc import Callable

import numpy as np
import pytest
from datasketch import MinHash
from pytest_benchmark.fixture import BenchmarkFixture

import dedup
from benchmarks import data, languages
from benchmarks.languages import sketch
from benchmarks.peers.protocol import word_ngrams
from dedup.arrays.array_types import U32
from dedup.arrays.packed import pack
from dedup.config import Measure
from dedup.matching.minhash import signatures
from dedup.text.shingles import shingle
from dedup.text.tokens import tokenize

BYTES = 8_000_000
MEASURES: tuple[Measure, ...] = ("containment", "jaccard")


def texts_in(language: str) -> list[str]:
    try:
        return languages.texts_in(language, BYTES)
    except FileNotFoundError as error:
        pytest.skip(str(error))


def split(texts: list[str]) -> list[list[str]]:
    return [text.split() for text in texts]


@pytest.fixture(scope="module", autouse=True)
def loaded_before() -> None:
    """Load what is loaded once."""
    texts = data.dump(2000).texts
    dedup.minhash(texts)
    for measure in MEASURES:
        dedup.deduplicate(texts, measure=measure)


@pytest.mark.parametrize("language", languages.CORPORA)
class TestTextToSketch:
    def time(
        self, benchmark: BenchmarkFixture, language: str, work: Callable[[list[str]], object]
    ) -> None:
        texts = texts_in(language)
        benchmark.group = f"text to sketch, {language} (floor: str.split)"
        benchmark.pedantic(work, (texts,), rounds=3)
        if benchmark.stats:
            size = sum(len(text.encode()) for text in texts)
            benchmark.extra_info["MB/s"] = round(size / benchmark.stats.stats.min / 1e6, 1)

    def test_floor_split(self, benchmark: BenchmarkFixture, language: str) -> None:
        assert split(texts_in(language))
        self.time(benchmark, language, split)

    def test_minhash(self, benchmark: BenchmarkFixture, language: str) -> None:
        texts = texts_in(language)
        few = pack(texts[:100])
        tokens = tokenize(few.utf8, few.offsets, 1).hashes
        expected = signatures(shingle(tokens, 5, 1), 128, 1)
        assert (dedup.minhash(texts, threads=1)[:100] == expected).all()
        self.time(benchmark, language, lambda texts: dedup.minhash(texts, threads=1))

    @pytest.mark.parametrize("measure", MEASURES)
    def test_sketches(self, benchmark: BenchmarkFixture, language: str, measure: Measure) -> None:
        # A row and its near copy share what a candidate must share.
        texts = texts_in(language)
        row = max(range(len(texts)), key=lambda row: len(texts[row]))
        made = sketch([*texts, f"{texts[row]}\nx y"], measure)
        looked_up, entered = (
            taken.keys[slice(*taken.offsets[turn : turn + 2])]
            for taken, number in ((made.probes, row), (made.entries, len(texts)))
            for turn in np.flatnonzero(made.order == number).tolist()
        )
        assert len(np.intersect1d(looked_up, entered)) >= made.needed[row] > 0
        self.time(benchmark, language, lambda texts: sketch(texts, measure))


@pytest.mark.benchmark(group="200 texts to MinHash: datasketch, one at a time (floor: str.split)")
class TestOneAtATime:
    def test_floor_split(self, benchmark: BenchmarkFixture) -> None:
        assert benchmark(split, texts_in("English")[:200])

    def test_datasketch(self, benchmark: BenchmarkFixture) -> None:
        def work(sets: list[list[bytes]]) -> list[MinHash]:
            made = [MinHash(num_perm=128, scheme="affine32") for _ in sets]
            for one, values in zip(made, sets, strict=True):
                one.update_batch(values)
            return made

        def from_texts() -> list[MinHash]:
            return work([[gram.encode() for gram in word_ngrams(text)] for text in texts])

        texts = texts_in("English")[:200]
        assert from_texts()[0].jaccard(work([[b"another"]])[0]) < 0.1
        benchmark.pedantic(from_texts, rounds=3)

    @pytest.mark.parametrize("at_once", [1, 200])
    def test_dedup(self, benchmark: BenchmarkFixture, at_once: int) -> None:
        def work() -> list[U32]:
            starts = range(0, len(texts), at_once)
            return [dedup.minhash(texts[at : at + at_once], threads=1) for at in starts]

        texts = texts_in("English")[:200]
        values, offsets = dedup.shingles(texts[:1])
        peer = MinHash(num_perm=128, scheme="affine32", hashfunc=int)
        peer.update_batch((values[: offsets[1]] & 0xFFFFFFFF).tolist())
        assert (np.concatenate(work())[0] == peer.hashvalues).all()
        benchmark.pedantic(work, rounds=3)
