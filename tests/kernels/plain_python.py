"""What ``test_plain_python.py`` runs with NUMBA_DISABLE_JIT=1: the kernels, as written."""

import warnings
from dataclasses import replace

import numpy as np

from dedup import clean, engine
from dedup.config import Config
from dedup.decide import KEEP, match, match_inside, pairs_of
from dedup.kernels import (
    compiled,
    cutting,
    gathering,
    inside,
    lines,
    prints,
    reference,
    repetition,
    rows,
)
from dedup.kernels.library import LARGE, belongs, empty_library, has_set, shared_with, shelved
from dedup.kernels.numeric_variants import rule_for
from dedup.matching.numeric_variants import PairRule
from dedup.minhash import permutations, signatures
from dedup.records import Ragged
from dedup.text.packed import Packed, pack
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


def check_blocks() -> None:
    """Cut into lines, told by fingerprints, laid in another order."""
    packed = pack(["a line\n\n \nb line\r\n ", "\ufeffBOM\nand more\nand more", "", "x\ny\nz\n"])
    texts = compiled.texts_of(packed.utf8, packed.offsets)
    begins, known = cutting.cut_lines(texts.utf8, texts.offsets, always=True)
    assert known.tolist() == [True, False, True, True]
    last = int(packed.offsets[3])
    assert begins.tolist() == [0, 10, 18, last, last + 2, last + 4]
    edges = np.append(begins, packed.offsets[-1])
    counts, found = prints.prints(texts._replace(offsets=edges), 1, 1)
    tokens = reference.tokenize(packed.utf8, edges).hashes
    assert counts.tolist() == tokens.lengths.tolist()
    assert found.tolist() == reference.prints(tokens).tolist()
    gathered = np.empty(4, np.uint8)
    gathering.gather(packed.utf8, begins[[5, 3]], np.array([0, 2, 4]), gathered)
    assert gathered.tobytes() == b"z\nx\n"


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


def check_inside(packed: Packed, config: Config) -> None:
    tokens, shingles = hashed(packed, config)
    expected = match_inside(tokens, shingles, config)
    witness, similarity = np.arange(len(tokens)), np.zeros(len(tokens))
    order = expected.order[tokens.lengths[expected.order] > 0]
    contained = config.measure == "containment"
    arrays = shingles.values, shingles.offsets, order, expected.leader
    inside.match_blocks(*arrays, config.threshold, contained, witness, similarity)
    assert witness.tolist() == expected.witness.tolist()
    assert similarity.tolist() == expected.similarity.tolist()


def check_repetition() -> None:
    """A text of each sort: in lines, in one line, wrapped, blank in many ways; with and without."""
    lines = [" ".join(f"w{line}x{word}" for word in range(20 + 9 * line)) for line in range(5)]
    wrapped = [" ".join(f"{line}{word:04}" for word in range(9)) for line in "abcd"]
    unlike = ["\n".join(lines), " ".join(lines), "\r\n".join(wrapped), "\n\u3000\n".join(wrapped)]
    unlike += ["", "\n\xa0 \n", "\n".join(wrapped[:3]) + "\n\n" + "\n".join(wrapped[3:] * 1)]
    alike = ["\n".join([*lines, lines[2]]), ". ".join([*lines, lines[2]]), "a\nb\nc\nd\ne\n" * 2]
    alike += ["\n".join([*wrapped, "", *wrapped]), f"x y\n{lines[1]}\n-\nx y\n{lines[1][:-40]} z"]
    packed, rule = pack([*unlike, *alike]), repetition.Rule(0.8, 0.65, 4, 20.0, 50, 4)
    texts = compiled.texts_of(packed.utf8, packed.offsets)
    expected = [False] * len(unlike) + [True] * len(alike)
    assert repetition.self_repeating(texts, rule, "auto").tolist() == expected
    for block in ("line", "paragraph", "sentence"):
        assert repetition.self_repeating(texts, rule, block).tolist()[len(unlike)]
    short = pack(["Yes. Yes."])
    texts, rule = compiled.texts_of(short.utf8, short.offsets), rule._replace(least=1.0)
    assert repetition.self_repeating(texts, rule, "auto").tolist() == [True]


def check_lines() -> None:
    """Copies of lines: long, short in a row, changed in the middle, apart, or too many to tell."""
    long = [" ".join(f"w{line}x{word}" for word in range(24)) for line in range(6)]
    short = [f"line number {line} of a song" for line in range(30)]
    changed = long[1].replace("w1x9", "other")
    few = [f"{word}\n" for word in "abcdefgh"]
    texts = [
        "\n".join([*long, "", "***", long[2], "", long[3], " "]),
        "\n".join([*short, *long[:1], *short]),
        "\n".join([*long[:3], "a b", "x", long[0], changed, "other", "a b", long[2]]),
        "\n".join([long[0], "one two three", long[1], long[4], "one two three", changed]),
        "".join([*few, *few]),
        "\n".join([*long, *long, *long]),
        "\n".join([*long[:3], *short[:9], *long[:3], *short[3:]]),
        "\n".join(f"{number}" for number in range(520)),
        "\n".join(f"{long[0]} {number}" for number in range(520)),
        " ".join(long),
    ]
    packed, config = pack(texts), Config()
    rows = compiled.texts_of(packed.utf8, packed.offsets)
    rule = lines.Rule(config.threshold, True, config.min_tokens, True, rule_for(config))
    cleaned = lines.clean_lines(rows, rule, always=False)
    edges = cleaned.offsets.tolist()
    for row, text in enumerate(texts):
        if cleaned.blocks[row] >= 0:
            left = cleaned.utf8[edges[row] : edges[row + 1]].tobytes().decode()
            assert left == clean(text, config).text
    assert cleaned.blocks.tolist()[-2:] == [lines.UNKNOWN] * 2
    firsts = np.array([0, 1])
    assert lines.repeated_blocks(rows._replace(offsets=packed.offsets[:2]), firsts, rule) == [0]


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


def main() -> None:
    check_repetition()
    check_lines()
    check_blocks()
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
        check_inside(packed, config)
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
