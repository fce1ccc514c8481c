"""What ``test_plain_python.py`` runs with NUMBA_DISABLE_JIT=1: the kernels, as written."""

import warnings
from dataclasses import replace

import numpy as np

from dedup import engine
from dedup.config import Config
from dedup.decide import KEEP, match, pairs_of
from dedup.kernels import (
    compiled,
    prints,
    reference,
    rows,
    sources,
)
from dedup.kernels.library import LARGE, belongs, empty_library, has_set, shared_with, shelved
from dedup.matching.numeric_variants import PairRule
from dedup.minhash import permutations, signatures
from dedup.records import Ragged
from dedup.text.packed import Packed, pack
from dedup.windows import found_by_numpy, found_compiled
from texts import LATIN, OTHERS, framed_texts

SCRIPTS = [
    *("", "—", "\ud800", "ﬁn ½ ㎏ a½b", "é\u0301\u0323e", "𝒜𝒷 𐐀 \U0001f600a", "\U000e0001"),
    *("a" * 1030 + "é" + "\u0301" + "7" * 5, "é" * 1030, "中a中", "กa", "가각", "㍿"),
    *(LATIN, OTHERS),
]
CONFIGS = (
    Config(threshold=0.5, ngram_size=3, numeric_variants="remove"),
    Config(threshold=0.9, ngram_size=1),
    Config(measure="jaccard", threshold=0.3, ngram_size=3, num_perm=16, recall=0.99),
    Config(measure="jaccard", threshold=0.8, num_perm=64, recall=0.9, numeric_variants="remove"),
    Config(threshold=0.4, ngram_size=3, unit="char"),
)


def hashed(packed: Packed, config: Config) -> tuple[Ragged, Ragged]:
    characters = config.unit == "char"
    both = reference.tokenize(packed.utf8, packed.offsets, config.seed, characters=characters)
    tokens = both.hashes
    return tokens, reference.shingle(tokens, config.ngram_size, config.seed)


def check_hashes(packed: Packed, ngram_size: int) -> None:
    texts = compiled.texts_of(packed.utf8, packed.offsets, ngram_size)
    expected = reference.tokenize(packed.utf8, packed.offsets)
    tokens = compiled.tokenize(texts, 1)
    assert tokens.hashes.offsets.tolist() == expected.hashes.offsets.tolist()
    assert tokens.hashes.values.tolist() == expected.hashes.values.tolist()
    assert tokens.thirds.tolist() == expected.thirds.tolist()
    sets, shingles = reference.shingle(expected.hashes, ngram_size), compiled.shingle(texts, 1)
    assert shingles.offsets.tolist() == sets.offsets.tolist()
    assert shingles.values.tolist() == sets.values.tolist()
    found = compiled.signatures(texts, permutations(20, 1), 1)
    assert found.tolist() == signatures(sets, 20).tolist()


def check_prints() -> None:
    """Lines told by fingerprints."""
    packed = pack(["a line", "", "b line", "and more", "and more", "x"])
    texts = compiled.texts_of(packed.utf8, packed.offsets)
    counts, found = prints.prints(texts, 1, 1)
    tokens = reference.tokenize(packed.utf8, packed.offsets).hashes
    assert counts.tolist() == tokens.lengths.tolist()
    assert found.tolist() == reference.prints(tokens).tolist()


def check_engine(packed: Packed, config: Config) -> None:
    tokens, shingles = hashed(packed, config)
    spares = PairRule.of_rows(packed.utf8, packed.offsets, config).spares
    numbers = engine.numbers_of(packed.utf8, packed.offsets, config)
    expected = match(tokens, shingles, config, spares=spares, numbers=numbers)
    arguments = packed.utf8, packed.offsets, config
    found, counts = engine.match_compiled(*arguments, KEEP[config.keep], 1)
    assert counts.tolist() == tokens.lengths.tolist()
    assert found.witness.tolist() == expected.witness.tolist()
    assert found.similarity.tolist() == expected.similarity.tolist()
    assert found.leader.tolist() == expected.leader.tolist()
    assert found.repeats.any()
    leader, pairs = pairs_of(tokens, shingles, config, spares=spares, numbers=numbers)
    found_leader, found_pairs, _ = engine.pair_compiled(*arguments, 1)
    assert found_leader.tolist() == leader.tolist()
    assert sorted(found_pairs) == sorted(pairs)
    variants = (one.select(one.numeric_variant) for one in (found_pairs, pairs))
    assert len({tuple(sorted(one)) for one in variants}) == 1


def check_library() -> None:
    """A long row is read some times, and then its set is kept; a very long one at once."""
    library = empty_library(2, 1 << 22)
    values = np.arange(1, 3000, dtype=np.uint64) << np.uint64(4)
    assert [belongs(library, 0, len(values), 2000) for _ in range(3)] == [False, False, True]
    assert belongs(library, 1, LARGE + 1, 5)
    assert not has_set(library, 0)
    library = shelved(library, 0, values, len(values))
    assert has_set(library, 0)
    members = np.array([16, 32, 5, 6, 48, 7], np.uint64)
    assert shared_with(library, 0, members, 6, 0.0) == 3
    assert shared_with(library, 0, members, 6, 6.0) == 2  # given up


SPANS = (
    ("word", 20, False),
    ("char", 3, False),
    ("char", 3, True),
    ("word", 1000, False),
    ("word", 8, False),
    ("word", 8, True),
)


def check_spans() -> None:
    """Windows of several rows, over the edges of pieces, of one long period, and none."""
    long = " ".join(f"w{word % 90}" for word in range(150))
    texts = [long, "", None, f"ab {long[40:]} 中文½", "中文½ " * 9, "กข" * 90, "x y", "—"]
    hash_of_window = sources._hash  # noqa: SLF001
    for unit, size, apart in SPANS:
        if size == 8:  # all windows collide, and are told apart all the same
            sources._hash = lambda *_: np.uint64(0)  # noqa: SLF001
        config = Config.of(None, {"unit": unit})
        for packed in (pack(texts), pack([])):
            found = found_compiled(packed, config, size, 1, apart=apart)
            expected = found_by_numpy(packed, config, size, apart=apart)
            assert [column.tolist() for column in found.runs] == [
                column.tolist() for column in expected.runs
            ]
            assert found.firsts.tolist() == expected.firsts.tolist()
            wanted = np.arange(found.firsts[-1])[::-1]
            for ours, theirs in zip(found.locate(wanted), expected.locate(wanted), strict=True):
                assert ours.tolist() == theirs.tolist()
    sources._hash = hash_of_window  # noqa: SLF001


def main() -> None:
    check_spans()
    check_prints()
    check_library()
    assert not hasattr(rows.token_rows, "py_func")  # what numba makes has one
    framed = framed_texts(70, 8)
    for ngram_size in (1, 5):
        check_hashes(pack(SCRIPTS), ngram_size)
        check_hashes(pack(framed[:20]), ngram_size)
    check_hashes(pack([]), 5)
    packed = pack([*framed, *SCRIPTS, *framed[:5]])
    for config in CONFIGS:
        check_engine(packed, config)
        check_engine(pack(["same words"] * 3), replace(config, keep="last"))
    # Long enough for every table to grow.
    long = [" ".join(f"w{text}x{word}" for word in range(120)) for text in range(7)]
    packed = pack([text + end for end in ("", " and more") for text in long])
    check_engine(packed, CONFIGS[0])
    check_engine(packed, CONFIGS[-1])


if __name__ == "__main__":
    # Unsigned scalars wrap, as they are meant to; np.errstate would not reach other threads.
    warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)
    main()
