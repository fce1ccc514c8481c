"""The promises of ``find_spans``: what repeats goes, nothing else, and it can be put back."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import Config, SpansResult, engine
from dedup.kernels import chunks
from dedup.text.packed import pack
from dedup.windows import Found, repeated_windows
from oracles import UNITS, Token
from texts import REPETITIVE, TEXTS

PATHS = {"compiled": 0, "numpy": 1 << 40}
WORDS = ("one", "two", "Three", "naïve", "中", "ไ", "½", "7")
UNIT = st.sampled_from(["word", "char"])
SIZES = st.integers(2, 12)
CONFIGS = st.builds(Config, unit=UNIT, seed=st.integers(1, 3))


@st.composite
def corpora(draw: st.DrawFn) -> list[str | None]:
    """Texts put together of passages: whole, in part, over and over, with signs between."""
    rng = random.Random(draw(st.integers(0, 1 << 16)))
    few = draw(st.booleans())

    def words(most: int) -> list[str]:
        own = [] if few else [f"w{rng.randrange(99)}" for _ in range(9)]
        return [rng.choice([*WORDS[: 2 if few else 8], *own]) for _ in range(rng.randrange(most))]

    passages = [words(40) for _ in range(rng.randrange(1, 4))]
    texts: list[str | None] = []
    for _ in range(draw(st.integers(1, 7))):
        text = rng.choice(["", "", " ", "\ufeff", "“", "\n"])
        for _ in range(rng.randrange(5)):
            passage = rng.choice([*passages, words(9)])
            start = rng.choice([0, rng.randrange(len(passage) + 1)])
            stop = rng.choice([len(passage), rng.randrange(len(passage) + 1)])
            for word in passage[start:stop] * rng.choice([1, 1, 1, 2, 3]):
                text += word + rng.choice([" ", " ", " ", "\n", ", ", "—", "\n\n", "\u0301 ", ""])
            text += rng.choice(["", ".", ". ", ".”\n\n“", "\r\n\r\n", " (", "\u2029", "\u3000"])
        texts.append(text)
        if rng.random() < 0.2:
            texts.append(rng.choice([None, "", "—", text]))
    return texts


ANY = corpora() | st.lists(REPETITIVE | TEXTS | st.none(), max_size=6)


@contextmanager
def on_path(path: str, chunk: int = 50) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "SMALL_BYTES", PATHS[path])
        patch.setattr(engine, "LOADED_BYTES", PATHS[path])
        patch.setattr(chunks, "CHUNK_BYTES", chunk)
        yield


def spans_in(texts: object, config: Config, min_span: int, path: str = "compiled") -> SpansResult:
    with on_path(path):
        return dedup.find_spans(texts, config, min_span=min_span, threads=2)


def first_windows(rows: list[list[Token]], size: int) -> dict[int, int]:
    """Return each window that repeats, and the first one that it repeats, by brute force."""
    first: dict[tuple[Token, ...], int] = {}
    found, base = {}, 0
    for row in rows:
        for at in range(len(row) - size + 1):
            source = first.setdefault(tuple(row[at : at + size]), base + at)
            if source + size <= base + at:
                found[base + at] = source
        base += len(row)
    return found


def windows_of(found: Found) -> dict[int, int]:
    columns = (column.tolist() for column in found.runs)
    return {
        start + place: source + place
        for start, source, count in zip(*columns, strict=True)
        for place in range(count)
    }


@pytest.mark.parametrize("path", PATHS)
@given(texts=ANY, config=CONFIGS, size=SIZES)
def test_the_windows_that_repeat_are_those_of_brute_force(
    path: str, texts: list[str | None], config: Config, size: int
) -> None:
    rows = [UNITS[config.unit](text or "") for text in texts]
    with on_path(path):
        found = repeated_windows(pack(texts), config, size, 2)
    assert np.diff(found.firsts).tolist() == [len(row) for row in rows]
    assert windows_of(found) == first_windows(rows, size)
    starts, sources, counts = found.runs
    assert (starts[1:] >= (starts + counts)[:-1]).all()
    goes_on = (starts[1:] == (starts + counts)[:-1]) & (sources[1:] == (sources + counts)[:-1])
    assert not goes_on.any()


def has_several(text: str, config: Config) -> bool:
    """Tell whether a character of a text is more than one token, and so may stay."""
    return any(len(UNITS[config.unit](char)) > 1 for char in set(text))


def letters(tokens: list[Token]) -> list[tuple[str, ...]]:
    """Words that stood on both sides of what is removed may have become one."""
    return [base for token in tokens for base in token]


@pytest.mark.parametrize("path", PATHS)
@given(texts=ANY, config=CONFIGS, size=SIZES)
def test_what_repeats_goes_and_nothing_else_and_can_be_put_back(
    path: str, texts: list[str | None], config: Config, size: int
) -> None:
    cut = UNITS[config.unit]
    rows = [cut(text or "") for text in texts]
    repeated = {window + place for window in first_windows(rows, size) for place in range(size)}
    result = spans_in(texts, config, size, path)
    assert len(result) == len(result.texts) == len(texts)
    base = 0
    for row, (text, whole) in enumerate(zip(result.texts, texts, strict=True)):
        stay = [token for at, token in enumerate(rows[row], base) if at not in repeated]
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
        assert letters(cut(text)) == letters(stay)
        assert sum(span.tokens for span in spans) == len(rows[row]) - len(stay)


@pytest.mark.parametrize("path", PATHS)
@given(texts=ANY, config=CONFIGS, size=SIZES)
def test_a_span_has_the_tokens_of_its_source_which_ends_before(
    path: str, texts: list[str | None], config: Config, size: int
) -> None:
    cut = UNITS[config.unit]
    result = spans_in(texts, config, size, path)
    reached = (0, 0)
    for span in result.spans:
        assert reached <= (span.row, span.start)
        reached = span.row, span.stop
        data = [
            (texts[row] or "").encode("utf-8", "surrogatepass") for row in (span.row, span.of_row)
        ]
        piece = data[0][span.start : span.stop].decode("utf-8", "surrogatepass")
        source = data[1][span.of_start : span.of_stop].decode("utf-8", "surrogatepass")
        assert span.start < span.stop and span.of_start < span.of_stop
        assert (span.of_row, span.of_stop) <= (span.row, span.stop)
        if not has_several(piece + source, config):
            assert cut(piece) == cut(source)
            assert len(cut(piece)) == span.tokens


@given(ANY, CONFIGS, SIZES, st.integers(1, 3), st.integers(1, 500))
def test_neither_threads_nor_chunks_nor_the_path_matter(
    texts: list[str | None], config: Config, size: int, threads: int, chunk: int
) -> None:
    with on_path("numpy"):
        expected = dedup.find_spans(texts, config, min_span=size)
    with on_path("compiled", chunk):
        found = dedup.find_spans(texts, config, min_span=size, threads=threads)
    assert found.texts == expected.texts
    assert found.spans[:] == expected.spans[:]
    assert found.changed.tolist() == expected.changed.tolist()
