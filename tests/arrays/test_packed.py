import subprocess
import sys
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays import packed as packed_module
from dedup.arrays.packed import byte_offsets, encode, pack
from dedup.errors import TextTypeError

# Any code points, so lone surrogates too.
ANY_TEXT = st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF, categories=None))


@given(st.lists(st.none() | ANY_TEXT))
def test_every_text_comes_back(texts: list[str | None]) -> None:
    packed = pack(texts)
    assert len(packed) == len(texts)
    assert packed.to_strings(np.arange(len(texts))) == texts
    assert [packed.text(row) for row in range(len(texts))] == [text or "" for text in texts]
    assert packed.missing.tolist() == [text is None for text in texts]


@given(st.lists(st.none() | ANY_TEXT, max_size=5))
def test_the_buffer_is_the_concatenated_texts(texts: list[str | None]) -> None:
    packed = pack(iter(texts))
    encoded = [(text or "").encode("utf-8", "surrogatepass") for text in texts]
    assert packed.utf8.tobytes() == b"".join(encoded)
    assert packed.offsets.tolist() == np.cumsum([0, *map(len, encoded)]).tolist()
    assert packed.offsets.dtype == np.int64
    assert packed.offsets.flags.c_contiguous
    assert not packed.utf8.flags.writeable


@pytest.mark.parametrize(
    "missing", [None, float("nan"), np.float64("nan"), np.float32("nan"), pd.NA, pd.NaT]
)
def test_missing_values_of_other_libraries(missing: None) -> None:
    packed = pack(["a", missing, ""])
    assert packed.missing.tolist() == [False, True, False]
    assert packed.to_strings(np.array([0, 1, 2])) == ["a", None, ""]


class Name(str):
    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        raise AssertionError(encoding, errors)


def test_subclasses_of_str_are_texts() -> None:
    for texts in (["a", Name("b"), np.str_("c")], [None, "a", Name("b"), np.str_("c")]):
        packed = pack(texts)
        assert packed.to_strings(np.arange(len(texts))) == texts


@pytest.mark.parametrize(
    ("value", "got"),
    [
        (1, "int"),
        (1.5, "float"),
        (np.float64(1.5), "float64"),
        (b"x", "bytes: decode it first"),
        (bytearray(b"x"), "bytearray: decode it first"),
        (["x"], "list"),
        (np.array(["x", "y"]), "ndarray"),
    ],
)
@pytest.mark.parametrize("row", [0, 300])
def test_an_error_names_the_row_that_is_no_text(row: int, value: object, got: str) -> None:
    texts: list[object] = ["x"] * 310
    texts[row] = value
    with pytest.raises(TextTypeError) as caught:
        pack(texts)  # type: ignore[arg-type]
    assert str(caught.value) == f"texts[{row}] must be str or None, got {got}"


def test_one_text_is_not_a_column() -> None:
    with pytest.raises(TextTypeError, match="got one str; wrap it in a list"):
        pack("one text")


HELD = """
import resource
from dedup.arrays.packed import pack

def texts():
    for number in range(150_000):
        yield f"{number:02000}"

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

pack(["some"] * 1000)
before = peak()
packed = pack(texts())
print((peak() - before) / packed.utf8.nbytes)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory has another unit elsewhere")
def test_packing_holds_the_texts_once() -> None:
    done = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 1.3  # an eighth of 300 MB is kept free


def test_memory_does_not_depend_on_the_first_text() -> None:
    texts = ["long" * 1_000_000, *(["short"] * 1_000_000)]
    tracemalloc.start()
    try:
        packed = pack(texts)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * packed.utf8.nbytes + 30 * len(texts)


def test_many_texts_make_one_buffer() -> None:
    texts = [str(number) * (number % 50) for number in range(2000)]
    packed = pack(iter(texts))
    assert packed.to_strings(np.arange(2000)) == texts
    assert not packed.utf8.flags.writeable
    growing = [text * (1 + row // 256) for row, text in enumerate(texts)]
    assert pack(growing).to_strings(np.arange(2000)) == growing


@given(ANY_TEXT, st.data())
def test_byte_offsets_are_those_of_the_characters(text: str, data: st.DataObject) -> None:
    places: list[int] = sorted(data.draw(st.lists(st.integers(0, len(text)))))
    expected = [len(text[:place].encode("utf-8", "surrogatepass")) for place in places]
    for step in (1, 5, 1 << 22):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(packed_module, "COUNTED_BYTES", step)
            assert byte_offsets(encode(text), np.array(places, np.int64)).tolist() == expected
