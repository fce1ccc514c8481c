"""The compiled core accepts unusual arrays or refuses them, and never reads beyond them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

import dedup
from dedup import Config
from dedup.arrays.array_types import I64, U8
from dedup.arrays.native import core, has_core
from dedup.arrays.packed import PackedTexts, pack
from dedup.boilerplate.patterns import PatternRules, find_patterns
from dedup.matching.deduplicate import match_texts
from dedup.matching.similarity import pair_similarities
from dedup.spans.find_spans import repeated_spans
from dedup.spans.windows import SpanRule
from dedup.text import hashing
from dedup.text.block_table import cut_texts, keep_blocks
from dedup.text.hashing import NativeTexts, tokens_and_shingles
from tests.generated_texts import framed_texts, random_texts

if not has_core():
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)
Array = npt.NDArray[Any]
REFUSALS = (TypeError, ValueError, IndexError)
FAR = 1 << 31  # bytes before the texts, which are never read
STORY = "the ferry was late again and nobody on the pier could say why it was so late this time"


class Call(NamedTuple):
    """A call of a function of the core, with copies of its arrays."""

    work: Callable[..., Any]
    arguments: tuple[Any, ...]

    def __call__(self, place: int | None = None, array: Array | None = None) -> Any:  # noqa: ANN401
        """Call it again, with another array as one of the arguments."""
        arguments = [_copied(argument) for argument in self.arguments]
        if place is not None:
            arguments[place] = array
        return self.work(*arguments), arguments

    @property
    def arrays(self) -> list[tuple[int, Array]]:
        return [
            (place, argument)
            for place, argument in enumerate(self.arguments)
            if isinstance(argument, np.ndarray)
        ]


def _copied(argument: Any) -> Any:  # noqa: ANN401
    return argument.copy() if isinstance(argument, np.ndarray) else argument


@contextmanager
def recorded(calls: dict[str, Call]) -> Iterator[None]:
    """Note the call of each function of the core that has the most values in its arrays."""

    def noting(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:  # noqa: ANN401
            copied = Call(work, tuple(map(_copied, arguments)))
            size = sum(array.size for _, array in copied.arrays)
            known = calls.get(name)
            if known is None or size > sum(array.size for _, array in known.arrays):
                calls[name] = copied
            return work(*arguments)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name, work in vars(core).items():
            if callable(work) and not isinstance(work, type) and name != "use_level":
                patch.setattr(core, name, noting(name, work))
        yield


def _calls() -> dict[str, Call]:
    texts = [*framed_texts(60, 1), *random_texts(40, 2, 400), STORY, f"{STORY} 7", STORY.upper()]
    pages = [f"{text}\n{STORY}\n\n{STORY} once more\n{text}" for text in texts]
    calls: dict[str, Call] = {}
    with recorded(calls):
        for measure in ("containment", "jaccard"):
            config = Config(measure=measure, min_tokens=5)
            dedup.deduplicate(texts, config, threads=1)
            dedup.near_duplicates(texts, config, threads=1)
            dedup.deduplicate_blocks(pages, config, min_df=3, threads=1)
        dedup.find_spans(pages, min_span=8, threads=1)
        for page in pages[:5]:
            dedup.clean(page, Config(min_tokens=5))
        with TemporaryDirectory() as folder:
            news, seen = Path(folder, "news.jsonl"), str(Path(folder, "seen.db"))
            lines = [json.dumps({"text": page}) for page in [*pages, f"{STORY}\n{STORY}\n"]]
            news.write_text("\n".join(lines))
            dedup.clean_dataset([news], Path(folder, "out.jsonl"), threads=1)
            with dedup.Index(seen) as index:
                for start in range(0, len(texts), 20):
                    index.add(texts[start : start + 20], on_conflict="update")
                index.compact()
                index.query(texts)
        packed = pack(texts)
        _, shingles = tokens_and_shingles(packed.utf8, packed.offsets, Config())
        left = np.arange(len(texts))
        pair_similarities(shingles, left, left[::-1].copy(), "jaccard")
    return calls


CALLS = _calls()
EACH = [(name, place) for name, call in CALLS.items() for place, _ in call.arrays]
each_array = pytest.mark.parametrize(("name", "place"), EACH)


def same(found: Any, expected: Any) -> bool:  # noqa: ANN401  what the core returns
    if isinstance(expected, tuple):
        return len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(expected, np.ndarray):
        return bool(np.array_equal(found, expected))
    return type(expected).__module__.startswith("dedup") or bool(found == expected)


def displaced(array: Array) -> Array:
    """Return a copy that begins at an odd address."""
    room = np.zeros(array.nbytes + 1, np.uint8)
    moved = room[1:].view()[: array.nbytes].view(array.dtype).reshape(array.shape)
    moved[...] = array
    return moved


def spread(array: Array) -> Array:
    """Return a copy whose values have gaps between them."""
    room = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    room[..., ::2] = array
    return room[..., ::2]


def sliced(array: Array) -> Array:
    """Return a copy that is amid another array."""
    room = np.ones((array.shape[0] + 8, *array.shape[1:]), array.dtype)
    room[3:-5] = array
    return room[3:-5]


def test_the_recorded_calls_cover_most_of_the_core() -> None:
    functions = {
        name for name, work in vars(core).items() if callable(work) and not isinstance(work, type)
    }
    assert len(CALLS) >= 0.8 * len(functions), functions - set(CALLS)


@each_array
@pytest.mark.parametrize("change", [displaced, spread, sliced])
def test_unusual_arrays_work_or_are_refused(
    name: str, place: int, change: Callable[[Array], Array]
) -> None:
    call = CALLS[name]
    expected, written = call()
    array = call.arguments[place]
    try:
        found, arguments = call(place, change(array))
    except REFUSALS:
        assert change is not sliced
        return
    assert same(found, expected)
    assert same(tuple(arguments), tuple(written))


@each_array
def test_read_only_arrays_work_but_for_results(name: str, place: int) -> None:
    call = CALLS[name]
    expected, written = call()
    array = call.arguments[place].copy()
    array.flags.writeable = False
    try:
        found, _ = call(place, array)
    except TypeError:
        return
    assert same(found, expected)
    assert same(array, written[place])


@each_array
def test_arrays_of_another_type_are_refused(name: str, place: int) -> None:
    call = CALLS[name]
    array = call.arguments[place]
    others = [array.astype(np.float32), array.astype(np.complex128), array.reshape(1, 1, -1)]
    if array.itemsize > 1:
        others.append(array.astype(array.dtype.newbyteorder()))
    for other in others:
        with pytest.raises(TypeError):
            call(place, other)


@each_array
def test_values_out_of_range_do_not_crash(name: str, place: int) -> None:
    call = CALLS[name]
    array = call.arguments[place]
    if not array.size:
        return
    others = [array[:-1], array[:0], np.zeros_like(array), array[::-1].copy()]
    if array.dtype == np.int64:
        for value in (-1, FAR, 1 << 62, -(1 << 62)):
            for at in {0, array.size // 2, array.size - 1}:
                other = array.copy()
                other.flat[at] = value
                others.append(other)
    for other in others:
        try:
            call(place, np.ascontiguousarray(other))
        except (*REFUSALS, MemoryError, core.DamagedError):
            continue


def far_texts(texts: list[str]) -> tuple[U8, I64]:
    """Return texts that lie beyond the first 2 GB of a buffer, of which no page is touched."""
    packed = pack(texts)
    utf8 = np.zeros(FAR + len(packed.utf8) + 99, np.uint8)
    offsets = packed.offsets + (FAR + 7)
    utf8[offsets[0] : offsets[-1]] = packed.utf8
    return utf8, offsets


@pytest.mark.parametrize("unit", ["word", "char"])
def test_texts_beyond_two_gigabytes(unit: str) -> None:
    texts = framed_texts(200, 3)
    near, (utf8, offsets) = pack(texts), far_texts(texts)
    config = Config(unit=unit, min_tokens=5)  # type: ignore[arg-type]
    expected, counts = match_texts(near.utf8, near.offsets, config, threads=2)
    found, far_counts = match_texts(utf8, offsets, config, threads=2)
    assert expected.repeats.any()
    np.testing.assert_array_equal(found.witness, expected.witness)
    np.testing.assert_array_equal(found.similarity, expected.similarity)
    np.testing.assert_array_equal(far_counts, counts)
    tokens, shingles = tokens_and_shingles(utf8, offsets, config)
    same_tokens, same_shingles = tokens_and_shingles(near.utf8, near.offsets, config)
    np.testing.assert_array_equal(tokens.hashes.values, same_tokens.hashes.values)
    np.testing.assert_array_equal(shingles.values, same_shingles.values)


def test_spans_and_blocks_beyond_two_gigabytes() -> None:
    texts = [f"{text}\n{STORY}\n{text}" for text in random_texts(80, 3, 400)]
    near, (utf8, offsets) = pack(texts), far_texts(texts)
    far, moved = PackedTexts(utf8, offsets, near.missing), int(offsets[0])
    blocks, far_blocks = cut_texts(near, "line"), cut_texts(far, "line")
    np.testing.assert_array_equal(far_blocks.edges - moved, blocks.edges)
    kept = np.arange(len(blocks)) % 3 > 0
    left, far_left = keep_blocks(near, blocks, kept), keep_blocks(far, far_blocks, kept)
    np.testing.assert_array_equal(left.utf8, far_left.utf8)
    expected, found = (repeated_spans(some, Config(), SpanRule(8)) for some in (near, far))
    assert len(expected)
    assert found[:] == expected[:]
    patterns, far_patterns = (
        find_patterns(some, Config(min_tokens=5), PatternRules(3)) for some in (near, far)
    )
    assert patterns.patterns == far_patterns.patterns
    assert patterns.patterns


@pytest.mark.parametrize("kind", [bytearray, bytes, memoryview])
def test_buffers_are_kept_alive(kind: Callable[[bytes], Any]) -> None:
    """A bytearray cannot be resized while the core has its address."""
    texts = NativeTexts(pack([STORY]).utf8, np.array([0, len(STORY)]), Config())
    utf8 = kind(STORY.encode())
    made_of = (hashing._native_alphabet(1), hashing._shingle_factors(1, 5), False)  # noqa: SLF001
    held = core.Texts(utf8, texts.offsets, *made_of)
    if kind is bytearray:
        with pytest.raises(BufferError):
            utf8.extend(b"more" * 1000)
    expected = core.tokenize(texts.core_texts, 0, 1)
    assert same(core.tokenize(held, 0, 1), expected)
    del held
    if kind is bytearray:
        utf8.extend(b"more")
