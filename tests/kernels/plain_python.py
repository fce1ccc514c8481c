"""What ``test_plain_python.py`` runs with NUMBA_DISABLE_JIT=1: the kernels, as written."""

import warnings
from dataclasses import replace

import numpy as np

from dedup import engine
from dedup.config import Config
from dedup.decide import KEEP, match, match_inside, pairs_of
from dedup.kernels import compiled, inside, reference, repetition, rows
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
    Config(threshold=0.5, ngram_size=3),
    Config(threshold=0.9, ngram_size=1),
    Config(measure="jaccard", threshold=0.3, ngram_size=3, num_perm=16, recall=0.99),
    Config(measure="jaccard", threshold=0.8, num_perm=64, recall=0.9),
)


def hashed(packed: Packed, config: Config) -> tuple[Ragged, Ragged]:
    tokens = reference.tokenize(packed.utf8, packed.offsets, config.seed).hashes
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


def check_engine(packed: Packed, config: Config) -> None:
    tokens, shingles = hashed(packed, config)
    expected = match(tokens, shingles, config)
    arguments = packed.utf8, packed.offsets, config
    found, counts = engine.match_compiled(*arguments, KEEP[config.keep], 1)
    assert counts.tolist() == tokens.lengths.tolist()
    assert found.witness.tolist() == expected.witness.tolist()
    assert found.similarity.tolist() == expected.similarity.tolist()
    assert found.leader.tolist() == expected.leader.tolist()
    assert found.repeats.any()
    leader, pairs = pairs_of(tokens, shingles, config)
    found_leader, found_pairs, _ = engine.pair_compiled(*arguments, 1)
    assert found_leader.tolist() == leader.tolist()
    assert sorted(found_pairs) == sorted(pairs)


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
    packed, rule = pack([*unlike, *alike]), repetition.Rule(0.8, 0.65, 4, 20.0)
    texts = compiled.texts_of(packed.utf8, packed.offsets)
    expected = [False] * len(unlike) + [True] * len(alike)
    assert repetition.self_repeating(texts, rule, "auto").tolist() == expected
    for block in ("line", "paragraph", "sentence"):
        assert repetition.self_repeating(texts, rule, block).tolist()[len(unlike)]
    short = pack(["Yes. Yes."])
    texts, rule = compiled.texts_of(short.utf8, short.offsets), rule._replace(least=1.0)
    assert repetition.self_repeating(texts, rule, "auto").tolist() == [True]


def main() -> None:
    check_repetition()
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
    long = [" ".join(f"w{text}x{word}" for word in range(150)) for text in range(12)]
    packed = pack([text + end for end in ("", " and more") for text in long])
    check_engine(packed, CONFIGS[0])
    check_engine(packed, CONFIGS[-1])


if __name__ == "__main__":
    # Unsigned scalars wrap, as they are meant to; np.errstate would not reach other threads.
    warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)
    main()
