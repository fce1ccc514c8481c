"""Whole texts, code and lists of tokens, against plain oracles, in memory, files and indexes."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import Config
from dedup.arrays.packed import PackedTexts, pack
from dedup.text import recode
from tests.command_runner import Run, listing, workplace
from tests.oracles import jaccard, shingle_set
from tests.without_core import leave_out_core

EXACT, FOLDED = Config.preset("exact"), Config.preset("exact", unit="folded_text")
CODE = Config.preset("code")
ANY_TEXT = st.none() | st.text(
    st.sampled_from(["a", "A", "ß", "s", " ", "\n", "\u3000", "!", "?", "1", "\ud800", "\0"]),
    max_size=4,
)
SOURCE = st.text(st.sampled_from("aAjJqQxX_é09 \n\t\r+-<>().\"'#"), max_size=30)
TOKEN = re.compile(rb"[A-Za-z0-9_\x80-\xff]+|[^\x00-\x20\x7fA-Za-z0-9_\x80-\xff]")
LISTS = st.lists(st.sampled_from(["a", "A", "C++", "C#", "", " ", "x_1", "12", "é", "aa" * 9]))
FUNCTION = """
def {name}(rows, threshold):
    # {comment}
    kept = []
    for row in rows:
        score = row.score / max(row.total, 1)
        if score >= threshold and row not in kept:
            kept.append(row)
        elif row.previous is not None:
            kept.extend(other for other in row.previous if other.score > score + 1)
    return sorted(kept, key=lambda row: (-row.score, row.name))
"""


def on_both_paths(compute: Callable[[], dedup.DedupResult]) -> dedup.DedupResult:
    """Return a result once the compiled kernels and numpy agree on it."""
    results = []
    for native in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            if not native:
                leave_out_core(patch)
            results.append(compute())
    compiled, plain = results
    for name in ("keep", "witness", "similarity", "exact", "numeric_variant", "tokenless"):
        np.testing.assert_array_equal(getattr(compiled, name), getattr(plain, name), name)
    return plain


def folded(text: str) -> str:
    return " ".join(text.casefold().split())


def as_is(text: str) -> str:
    return text


def witnesses(texts: list[str | None], key: Callable[[str], str]) -> list[int]:
    """Return the first text with the same key, of each that has one: a dictionary, no more."""
    first: dict[str, int] = {}
    found = []
    for row, text in enumerate(texts):
        known = None if text is None else key(text)
        found.append(first.setdefault(known, row) if known else row)
    return found


@pytest.mark.parametrize(("config", "key"), [(EXACT, as_is), (FOLDED, folded)])
@given(texts=st.lists(ANY_TEXT, max_size=30), cut=st.integers(0, 30))
def test_whole_texts_are_compared_like_dictionary_keys(
    texts: list[str | None], cut: int, config: Config, key: Callable[[str], str]
) -> None:
    expected = witnesses(texts, key)
    result = on_both_paths(lambda: dedup.deduplicate(texts, config))
    assert result.witness.tolist() == expected
    assert result.selected == [text for row, text in enumerate(texts) if expected[row] == row]
    assert (result.exact == ~result.keep).all()
    last = dedup.deduplicate(texts, config, keep="last")
    assert int(last.keep.sum()) == int(result.keep.sum())
    pairs = dedup.near_duplicates(texts, config)
    assert dedup.connected_components(pairs, len(texts)).tolist() == expected
    assert (pairs.similarity == 1).all()
    assert not pairs.numeric_variant.any()
    with dedup.Index(config=config) as index:
        parts = [range(cut), range(cut, len(texts))]
        found = [
            index.add(
                [*texts[part.start : part.stop]], ids=[row for row in part if row < len(texts)]
            )
            for part in parts
            if part.start < len(texts)
        ]
        names = [name for matches in found for name in matches.witness]
        assert names == [None if of == row else of for row, of in enumerate(expected)]
        assert [item.text for item in index.export()] == result.selected


@pytest.mark.usefixtures("either_core")
def test_texts_that_differ_in_one_byte_differ() -> None:
    texts = [
        "-1.5",
        "+1.5",
        "1.5",
        "15",
        "1.5%",
        "$1.5",
        "1,000",
        "1000",
        "I love it 😀",
        "I love it 😡",
    ]
    assert dedup.deduplicate([*texts, *texts], EXACT).keep.tolist() == [True] * 10 + [False] * 10
    assert dedup.similarity("a", "A", EXACT) == 0
    assert dedup.similarity("a", "A", FOLDED) == 1


def code_tokens(text: str) -> list[bytes]:
    return TOKEN.findall(text.encode())


def recoded(texts: list[str] | PackedTexts, unit: Any) -> list[list[bytes]]:  # noqa: ANN401
    packed = texts if isinstance(texts, PackedTexts) else pack(texts)
    utf8, offsets = recode.recode(packed.utf8, packed.offsets, unit)
    edges = offsets.tolist()
    rows = pairwise(edges)
    return [utf8[start:stop].tobytes().split() for start, stop in rows]


@given(st.lists(SOURCE, min_size=1, max_size=8), st.integers(1, 9))
def test_tokens_of_code_are_equal_just_where_their_words_are(texts: list[str], piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recode, "RECODED_BYTES", piece)
        words = recoded(texts, "code")
    known: dict[bytes, bytes] = {}
    for text, row in zip(texts, words, strict=True):
        for token, word in zip(code_tokens(text), row, strict=True):
            assert known.setdefault(token, word) == word
            assert re.fullmatch(rb"[a-z0-9]+", word)
    assert len(set(known.values())) == len(known)
    packed = pack(["ab", *texts]).slice_rows(1, 1 + len(texts))  # a slice begins anywhere
    assert recoded(packed, "code") == words


def test_different_bytes_of_code_become_different_words() -> None:
    names = [bytes([byte]).decode("latin1").encode("latin1") for byte in range(256)]
    tokens = [name for name in names if TOKEN.fullmatch(name)]
    utf8 = np.frombuffer(b"".join(tokens), np.uint8)
    written, offsets = recode.recode(utf8, np.arange(len(tokens) + 1), "code")
    edges = offsets.tolist()
    words = [written[a:b].tobytes().strip() for a, b in pairwise(edges)]
    assert len(set(words)) == len(tokens) == 256 - 34


@given(SOURCE, SOURCE, st.integers(1, 3))
def test_similarity_of_code_is_that_of_plain_sets(a: str, b: str, ngram_size: int) -> None:
    found = dedup.similarity(a, b, CODE, ngram_size=ngram_size)
    sets = [set(shingle_set(code_tokens(text), ngram_size)) for text in (a, b)]
    assert found == (jaccard(*sets) if code_tokens(a) and code_tokens(b) else 0)


@given(
    st.lists(SOURCE, max_size=12), st.sampled_from([0.5, 0.8]), st.sampled_from(["keep", "remove"])
)
def test_both_paths_and_an_index_agree_on_code(
    texts: list[str], threshold: float, numeric_variants: str
) -> None:
    changes = {"threshold": threshold, "numeric_variants": numeric_variants, "ngram_size": 2}
    config = Config.of(CODE, changes)
    result = on_both_paths(lambda: dedup.deduplicate(texts, config, keep="first"))
    with dedup.Index(config=config) as index:
        pieces = [index.add([text], ids=[row]) for row, text in enumerate(texts)]
    assert [piece.witness[0] for piece in pieces] == result.witness_ids


@pytest.mark.usefixtures("either_core")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("if (a < b) { y = x + 1; }", "if (a > b) { y = x - 1; }"),
        ("print(foo_bar)", "print(foo bar)"),
        ("return Foo", "return foo"),
        ("C# guide", "C guide"),
        ("x = a_", "x = a"),
        ("naïve = 1", "naive = 1"),
        ("x = 1.5", "x = 15"),
    ],
)
def test_different_code(one: str, other: str) -> None:
    assert dedup.deduplicate([one, other], CODE).keep.all()
    spaced = re.sub(r"(\W)", r" \1\n", one)
    assert dedup.deduplicate([one, spaced, other], CODE).witness.tolist() == [0, 0, 2]


@pytest.mark.usefixtures("either_core")
def test_copies_of_code() -> None:
    licence = "".join(
        f"# Licensed under the terms of part {word}, see LICENSE.\n" for word in "abc"
    )
    file = licence + "".join(
        FUNCTION.format(name=f"best_{word}", comment=f"Those of {word}.") for word in ("a", "b")
    )
    renamed = file.replace("best_a", "Best").replace("Those of a.", "Another comment.")
    other = licence + "import sys\n\nfor line in sys.stdin:\n    print(line.upper(), end='')\n"
    result = dedup.deduplicate(
        [file, renamed, other, file.replace("    ", "\t")], CODE, keep="first"
    )
    assert result.witness.tolist() == [0, 0, 2, 0]
    assert result.exact.tolist() == [False, False, False, True]
    assert result.selected == [file, other]


@given(st.lists(LISTS | st.none(), max_size=15), st.integers(1, 3))
def test_lists_of_tokens_are_compared_exactly(
    lists: list[list[str] | None], ngram_size: int
) -> None:
    config = Config(measure="jaccard", threshold=0.5, ngram_size=ngram_size, unit="token")
    result = on_both_paths(lambda: dedup.deduplicate(lists, config, keep="first"))
    assert result.selected + result.removed == [
        tokens for keep in (True, False) for tokens, stays in zip(lists, result.keep, strict=True)
        if bool(stays) is keep
    ]  # fmt: skip
    for row, witness in enumerate(result.witness.tolist()):
        assert result.exact[row] == (row != witness and lists[row] == lists[witness])
        assert lists[row] or row == witness
    with dedup.Index(config=config) as index:
        pieces = [index.add([tokens], ids=[row]) for row, tokens in enumerate(lists)]
        assert [item.text for item in index.export()] == result.selected
    assert [piece.witness[0] for piece in pieces] == result.witness_ids
    filled = [tokens for tokens in lists if tokens]
    for a, b in pairwise(filled):
        sets = [set(shingle_set(tokens, ngram_size)) for tokens in (a, b)]
        found = dedup.similarity(a, b, measure="jaccard", ngram_size=ngram_size)
        assert found == jaccard(*sets)


LISTED: list[Any] = [["C++", "is", "x_1"], ["c++", "is", "x_1"], None, [], ["C++", "is", "x_1"]]


@pytest.mark.parametrize(
    "column",
    [
        LISTED,
        tuple(LISTED),
        iter(LISTED),
        [None if one is None else tuple(one) for one in LISTED],
        pa.array(LISTED),
        pa.array(LISTED, pa.large_list(pa.large_string())),
        pa.chunked_array([LISTED[:2], LISTED[2:]], pa.list_(pa.string())),
        pl.Series(LISTED),
        pd.Series(LISTED, index=[3, 3, 1, 0, 9]),
    ],
    ids=lambda column: type(column).__name__,
)
def test_columns_of_lists(column: Any) -> None:  # noqa: ANN401
    result = dedup.deduplicate(column, ids=list("abcde"))
    assert result.witness_ids == [None, None, None, None, "a"]
    assert result.config.unit == "token"
    assert result.selected == LISTED[:4]
    assert result.removed == LISTED[4:]


def test_signatures_of_lists_of_tokens() -> None:
    left, right = dedup.to_datasketch([["C++", "C#"], ["C#", "C++"]], ngram_size=1)
    assert left.jaccard(right) == 1
    assert not (dedup.minhash([["a", "b"]]) == dedup.minhash([["a_b"]])).any()
    assert (dedup.minhash(LISTED)[0] == dedup.minhash(LISTED)[4]).all()
    assert [*dedup.near_duplicates(LISTED)] == [(4, 0, 1.0)]
    numbers = [["price", "12", "cents"], ["price", "15", "cents"]]
    pairs = dedup.near_duplicates(numbers, ngram_size=1, threshold=0.5)
    assert pairs.numeric_variant.tolist() == [True]


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        (lambda: dedup.clean("a", CODE), "unit must be word or char for the paragraphs"),
        (lambda: dedup.find_spans(["a"], EXACT), "unit must be word or char for spans, got"),
        (
            lambda: dedup.deduplicate_blocks(["a"], CODE),
            "unit must be word or char for boiler",
        ),
        (lambda: dedup.deduplicate(["a"], unit="token"), "unit token is for lists of tokens, got"),
        (lambda: dedup.audit(["a"], unit="token"), "unit token is for lists of tokens, got texts"),
        (lambda: dedup.deduplicate([["a"]], unit="char"), "unit must be token for lists of tokens"),
        (
            lambda: dedup.Index().add([["a"]], ids=[1]),
            "unit must be token for lists of tokens, got",
        ),
        (
            lambda: dedup.deduplicate([["a"], "b"]),
            r"texts\[1\] must be a list of tokens like other",
        ),
        (lambda: dedup.deduplicate(["b", ["a"]]), r"texts\[1\] must be str or None, got list"),
        (
            lambda: dedup.deduplicate([None, ["a", 1]]),
            r"a token of texts\[1\] must be str",
        ),
        (lambda: dedup.deduplicate([["a\0"]]), r"a token of texts\[0\] contains a zero byte"),
        (
            lambda: dedup.deduplicate(pa.array([[1]])),
            "texts must be a list or column of",
        ),
        (lambda: dedup.find_spans([["a"]]), r"texts\[0\] must be str or None, got list"),
        (lambda: dedup.similarity(["a", 1], ["b"]), "a token of a must be str, got int"),
        (lambda: dedup.similarity(["a"], [None]), "a token of b must be str, got NoneType"),
        (lambda: dedup.similarity("a", ["a"]), "a and b must be two texts or two lists of tokens"),
    ],
)
def test_a_unit_that_does_not_fit_is_refused(compute: Callable[[], object], message: str) -> None:
    with pytest.raises(dedup.DedupError, match=f"^{message}"):
        compute()


def test_missing_texts_fit_any_unit() -> None:
    for nothing in ([], [None], pa.array([None])):
        for unit in ("token", "word", "text", "code"):
            assert dedup.deduplicate(nothing, unit=unit).keep.all()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with workplace(tmp_path, monkeypatch):
        yield tmp_path


def records(texts: list[str | None]) -> list[bytes]:
    return [json.dumps({"text": text}).encode() + b"\n" for text in texts]


def test_files_of_whole_texts_and_code(run: Run, folder: Path) -> None:
    body = FUNCTION.format(name="best", comment="twice")
    texts = [body + body, body + body, (body + body).upper(), "", "", None, " ", "x\n", "X"]
    lines = records(texts)
    (folder / "code.jsonl").write_bytes(b"".join(lines))
    kept = {
        "exact": [0, 2, 3, 4, 5, 6, 7, 8],
        "code": [0, 2, 3, 4, 5, 6, 7, 8],
    }
    for preset, rows in kept.items():
        outcome = run("code.jsonl", "--preset", preset)
        assert (outcome.code, outcome.out) == (0, b"".join(lines[row] for row in rows))
        index = folder / f"{preset}.db"
        assert run("code.jsonl", "--preset", preset, "--index", index).out == outcome.out
    outcome = run("code.jsonl", "--preset", "exact", "--unit", "folded_text")
    assert outcome.out == b"".join(lines[row] for row in (0, 3, 4, 5, 6, 7))
    report = dedup.clean_dataset(["code.jsonl"], "out.jsonl", Config.preset("exact"))
    assert (report.kept, report.blocks) == (8, 0)
    assert (folder / "out.jsonl").read_bytes() == b"".join(lines[row] for row in kept["exact"])
    assert run("audit", "code.jsonl", "--preset", "code").code == 0


def test_files_do_not_contain_lists_of_tokens(folder: Path) -> None:
    (folder / "news.jsonl").write_bytes(records(["a text"])[0])
    with pytest.raises(dedup.ConfigError, match=r"^unit token is for lists of tokens in Python"):
        dedup.clean_dataset(["news.jsonl"], "out.jsonl", Config(unit="token"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("a.txt --preset code", "--unit must be word or char for the paragraphs of a text, got"),
        ("news.jsonl --preset code --within", "--unit must be word or char for within, got"),
        (
            "news.jsonl --preset exact --blocks",
            "--unit must be word or char for blocks, got",
        ),
        ("news.jsonl --unit text --spans", "--unit must be word or char for spans, got 'text'"),
        ("news.jsonl --unit token", "'token' is not one of 'word', 'char', 'code', 'text'"),
        ("news.jsonl --preset code --min-tokens 5", "--min-tokens has no effect where no"),
    ],
)
def test_flags_that_a_unit_excludes(arguments: str, message: str, run: Run, folder: Path) -> None:
    (folder / "news.jsonl").write_bytes(records(["a text"])[0])
    before = listing(folder)
    assert run(*arguments.split()).is_error(message)
    assert listing(folder) == before
