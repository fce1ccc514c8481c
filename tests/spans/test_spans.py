"""The promises of ``find_spans``: only repeats are removed, and they can be restored."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import Config, SpansResult
from dedup.arrays import native, parallel
from dedup.arrays.memory import DiskMemory, can_limit
from dedup.arrays.native import core, has_core
from dedup.arrays.packed import pack
from dedup.spans import find_spans
from dedup.spans.windows import RepeatedWindows, SpanRule, repeated_windows
from tests.generated_texts import REPETITIVE, TEXTS, random_texts
from tests.oracles import UNITS, Token
from tests.spans.sentence_oracle import cut_back

PATHS = ("native", "numpy") if has_core() else ("numpy",)
WORDS = ("one", "two", "Three", "naïve", "中", "ไ", "½", "7", "Mr", "J", "No")
BETWEEN = (
    *(" ", " ", " ", " ", " ", "\n", ", ", "—", "\n\n", "\u0301 ", "", ". ", ".", "!” ", "… "),
    *("。", ".\n", "\r\n"),
)


class Where(NamedTuple):
    within: bool = True
    across: bool = True


ANYWHERE = Where()
UNIT = st.sampled_from(["word", "char"])
SIZES = st.integers(2, 12) | st.integers(6, 30)
WHERE = st.sampled_from([ANYWHERE, Where(within=False), Where(across=False)])
CONFIGS = st.builds(Config, unit=UNIT, seed=st.integers(1, 3))


@st.composite
def corpora(draw: st.DrawFn) -> list[str | None]:
    """Texts composed of shared word sequences: whole, in part, repeated, with punctuation."""
    rng = random.Random(draw(st.integers(0, 1 << 16)))
    few = draw(st.booleans())

    def words(most: int) -> list[str]:
        own = [] if few else [f"w{rng.randrange(99)}" for _ in range(9)]
        return [rng.choice([*WORDS[: 2 if few else 11], *own]) for _ in range(rng.randrange(most))]

    sequences = [words(40) for _ in range(rng.randrange(1, 4))]
    texts: list[str | None] = []
    for _ in range(draw(st.integers(1, 7))):
        text = rng.choice(["", "", " ", "\ufeff", "“", "\n"])
        for _ in range(rng.randrange(5)):
            sequence = rng.choice([*sequences, words(9)])
            start = rng.choice([0, rng.randrange(len(sequence) + 1)])
            stop = rng.choice([len(sequence), rng.randrange(len(sequence) + 1)])
            for word in sequence[start:stop] * rng.choice([1, 1, 1, 2, 3]):
                text += word + rng.choice(BETWEEN)
            text += rng.choice(["", ".", ". ", ".”\n\n“", "\r\n\r\n", " (", "\u2029", "\u3000"])
        texts.append(text)
        if rng.random() < 0.2:
            texts.append(rng.choice([None, "", "—", text]))
    return texts


ANY = corpora() | st.lists(REPETITIVE | TEXTS | st.none(), max_size=6)


@contextmanager
def on_path(path: str, chunk: int = 50) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "core", core if path == "native" else None)
        patch.setattr(parallel, "MIN_CHUNK_BYTES", chunk)
        yield


def spans_in(
    texts: object,
    config: Config,
    min_span: int,
    path: str = "native",
    where: Where = ANYWHERE,
) -> SpansResult:
    with on_path(path):
        return dedup.find_spans(
            texts,
            config,
            min_span=min_span,
            within=where.within,
            across=where.across,
            threads=2,
        )


def first_windows(rows: list[list[Token]], size: int, where: Where = ANYWHERE) -> dict[int, int]:
    """Return each window that repeats, and the first one that it repeats, by brute force."""
    first: dict[tuple[Token, ...], int] = {}
    found, base = {}, 0
    for row in rows:
        if not where.across:
            first.clear()
        for at in range(len(row) - size + 1):
            source = first.setdefault(tuple(row[at : at + size]), base + at)
            if source + size <= base + at and (where.within or source < base):
                found[base + at] = source
        base += len(row)
    return found


def windows_of(found: RepeatedWindows) -> dict[int, int]:
    columns = (column.tolist() for column in found.runs)
    return {
        start + place: source + place
        for start, source, count in zip(*columns, strict=True)
        for place in range(count)
    }


@pytest.mark.parametrize("path", PATHS)
@given(texts=ANY, config=CONFIGS, size=SIZES, where=WHERE)
def test_repeated_windows_equal_brute_force(
    path: str, texts: list[str | None], config: Config, size: int, where: Where
) -> None:
    rows = [UNITS[config.unit](text or "") for text in texts]
    with on_path(path):
        found = repeated_windows(pack(texts), config, SpanRule(size, *where), 2)
    assert np.diff(found.token_offsets).tolist() == [len(row) for row in rows]
    assert windows_of(found) == first_windows(rows, size, where)
    starts, sources, counts = found.runs
    assert (starts[1:] >= (starts + counts)[:-1]).all()
    goes_on = (starts[1:] == (starts + counts)[:-1]) & (sources[1:] == (sources + counts)[:-1])
    assert not goes_on.any()


def has_several(text: str, config: Config) -> bool:
    """Return whether a character of a text is more than one token, and so may be kept."""
    return any(len(UNITS[config.unit](char)) > 1 for char in set(text))


def letters(tokens: list[Token]) -> list[tuple[str, ...]]:
    """Return single letters: words on both sides of a removed span may have become one."""
    return [base for token in tokens for base in token]


@pytest.mark.parametrize("path", PATHS)
@given(texts=ANY, config=CONFIGS, size=SIZES, where=WHERE)
def test_only_repeats_are_removed_and_can_be_restored(
    path: str, texts: list[str | None], config: Config, size: int, where: Where
) -> None:
    cut = UNITS[config.unit]
    rows = [cut(text or "") for text in texts]
    windows = first_windows(rows, size, where)
    repeated = {window + place for window in windows for place in range(size)}
    result = spans_in(texts, config, size, path, where)
    assert len(result) == len(result.texts) == len(texts)
    base = 0
    for row, (text, whole) in enumerate(zip(result.texts, texts, strict=True)):
        repeats = [base + at in repeated for at in range(len(rows[row]))]
        base += len(rows[row])
        spans = [span for span in result.spans if span.row == row]
        assert bool(spans) == (row in result.changed)
        if whole is None or not spans:
            assert text is whole
        else:
            assert text is not None
            assert dedup.restore(text, result.ledger(row)) == whole
        if whole is None or has_several(whole, config):
            continue
        assert text is not None
        removed_tokens = cut_back(whole, config.unit, repeats, size)
        stay = [
            token
            for token, is_removed in zip(rows[row], removed_tokens, strict=True)
            if not is_removed
        ]
        assert letters(cut(text)) == letters(stay)
        assert sum(span.tokens for span in spans) == len(rows[row]) - len(stay)


@pytest.mark.parametrize("path", PATHS)
@given(texts=ANY, config=CONFIGS, size=SIZES, where=WHERE)
def test_a_span_has_the_tokens_of_an_earlier_witness(
    path: str, texts: list[str | None], config: Config, size: int, where: Where
) -> None:
    cut = UNITS[config.unit]
    result = spans_in(texts, config, size, path, where)
    reached = (0, 0)
    for span in result.spans:
        assert reached <= (span.row, span.start)
        reached = span.row, span.stop
        data = [
            (texts[row] or "").encode("utf-8", "surrogatepass")
            for row in (span.row, span.witness_row)
        ]
        piece = data[0][span.start : span.stop].decode("utf-8", "surrogatepass")
        source = data[1][span.witness_start : span.witness_stop].decode("utf-8", "surrogatepass")
        assert span.start < span.stop and span.witness_start < span.witness_stop
        assert (span.witness_row, span.witness_stop) <= (span.row, span.stop)
        assert where.within if span.witness_row == span.row else where.across
        if not has_several(piece + source, config):
            assert cut(piece) == cut(source)
            assert len(cut(piece)) == span.tokens


@given(ANY, CONFIGS, SIZES, WHERE, st.tuples(st.integers(1, 3), st.integers(1, 500)))
def test_threads_chunks_and_backend_do_not_change_the_result(
    texts: list[str | None], config: Config, size: int, where: Where, work: tuple[int, int]
) -> None:
    threads, chunk = work
    find = partial(
        dedup.find_spans,
        texts,
        config,
        min_span=size,
        within=where.within,
        across=where.across,
    )
    with on_path("numpy"):
        expected = find()
    with on_path("native", chunk):
        found = find(threads=threads)
    assert found.texts == expected.texts
    assert found.spans[:] == expected.spans[:]
    assert found.changed.tolist() == expected.changed.tolist()


@given(texts=ANY, config=CONFIGS, size=SIZES)
def test_without_across_each_text_is_cleaned_as_if_alone(
    texts: list[str | None], config: Config, size: int
) -> None:
    found = spans_in(texts, config, size, where=Where(across=False))
    alone = [spans_in([text], config, size) for text in texts]
    assert found.texts == [one.texts[0] for one in alone]
    assert found.changed.tolist() == [row for row, one in enumerate(alone) if len(one.changed)]


def test_a_row_out_of_range_is_an_error() -> None:
    result = dedup.find_spans(["a b a b", None], min_span=2)
    assert result.ledger(-2) == result.ledger(0) != ()
    for row in (2, -3):
        with pytest.raises(dedup.RowError, match=rf"row must be in 0..1, got {row}"):
            result.ledger(row)
    with pytest.raises(IndexError, match="the result, which is empty, got 0"):
        dedup.deduplicate_blocks([]).ledger(0)


def test_within_and_across_both_off_is_an_error() -> None:
    with pytest.raises(dedup.ConfigError, match="nothing to compare spans with"):
        dedup.find_spans(["a"], within=False, across=False)
    with pytest.raises(dedup.ConfigError, match="within must be True or False, got 1"):
        dedup.find_spans(["a"], within=1)  # type: ignore[arg-type]


@pytest.mark.skipif(not can_limit(), reason="needs Linux")
def test_arrays_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.arrays.memory.ARRAYS_SHARE", 0)
    monkeypatch.setattr("dedup.arrays.memory.TABLES_SHARE", 0)
    texts = [text * (1 + row % 3) for row, text in enumerate(random_texts(400, 1, 3000))]
    texts += texts[::7]
    expected = spans_in(texts, Config(), 20, "numpy")
    memory = DiskMemory(tmp_path, 1 << 40)
    packed = pack(texts)
    utf8 = memory.assemble(len(packed.utf8), iter(np.array_split(packed.utf8, 3)))
    assert memory.file_of(utf8) is not None
    on_disk = replace(packed, utf8=utf8)
    found = find_spans.repeated_spans(on_disk, Config(), SpanRule(20), memory=memory)
    assert found[:] == expected.spans[:]
    assert len(found) > 50


def test_windows_across_segments_and_long_periods() -> None:
    rng = random.Random(3)
    texts = random_texts(80, 2, 4000)
    for _ in range(40):
        text = rng.choice(texts)
        texts.append(text[rng.randrange(len(text) + 1) :] * rng.choice([1, 2]))
    texts += ["na " * 3000, "na" * 3000, "กข" * 3000, "½" * 900, " " * 900 + "a", "—" * 900]
    for unit, size in (("word", 2), ("char", 7), ("word", 50), ("char", 300)):
        config = Config.of(None, {"unit": unit})
        expected, found = (spans_in(texts, config, size, path) for path in ("numpy", "native"))
        assert found.spans[:] == expected.spans[:]
        assert found.texts == expected.texts
