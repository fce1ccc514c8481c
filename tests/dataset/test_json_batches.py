"""A batch of JSON lines that is read at once is the one that is read line by line."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.io.jsonl import JsonLines
from dedup.io.records import Batch, Fields

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "text": st.one_of(st.text(max_size=9), st.none(), VALUES),
        "id": st.one_of(st.integers(), st.text(max_size=4)),
        "more": VALUES,
        "": VALUES,
    },
)
PIECES = [b"\0", b"\xff", b'"', b"{", b"}", b"[", b"\n", b"\r", b"9", b"NaN", b"1e999", b" ", b","]
PIECES += [
    b"\\ud800",
    b"\\udc00",
    b'"text":"b",',
    b"\xed\xa0\x80",
    b"\\",
    b"{}",
    b"}\n{",
    b"\xef\xbb\xbf",
]
FIELDS = [Fields(), Fields(("text", "more")), Fields(name="id"), Fields(("more",), name="text")]
OFFSET = 1 << 25  # behind the first lines, of which the fields are checked


class Slow(JsonLines):
    """Reads every batch line by line."""

    def __init__(self, fields: Fields) -> None:
        super().__init__(fields)
        self._simple = False


def check(data: bytes, fields: Fields) -> Batch:
    found, expected = (form(fields).read(data, OFFSET, 1, "") for form in (JsonLines, Slow))
    assert found.ends.tolist() == expected.ends.tolist()
    assert found.texts == expected.texts
    assert found.names == expected.names
    assert found.bad == expected.bad
    return found


@given(
    st.lists(RECORDS, min_size=1, max_size=5),
    st.booleans(),
    st.sampled_from(FIELDS),
    st.integers(0, 3),
    st.integers(0, 1 << 32),
)
def test_it_is_what_is_read_line_by_line(
    records: list[object],
    ascii_only: bool,  # noqa: FBT001
    fields: Fields,
    changes: int,
    seed: int,
) -> None:
    lines = [json.dumps(record, ensure_ascii=ascii_only) + "\n" for record in records]
    data = "".join(lines).encode("utf-8", "surrogatepass")
    rng = random.Random(seed)
    for _ in range(changes):
        place = rng.randrange(len(data))
        data = data[:place] + rng.choice(PIECES) + data[place + rng.randint(0, 2) :]
    check(data, fields)


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b'{"text":"a","text":"b"}\n', ["b"]),
        (b'{"text":"a"}{"text":"b"}\n\n', [None]),
        (b'{"text":"a","more":"\xff"}\n', [None]),
        (b'{"text":"\\udc00"}\n', ["\udc00"]),
        (b'{"text":5}\n', [None]),
        (b'{"more":' + b"[" * 5000 + b"]" * 5000 + b"}\n", [None]),
        (b' {"text":"a"}\n', ["a"]),
        (b"[]\n", [None]),
        (b"\n", []),
        (b'{"text":"a"}\r\n{"te\\u0078t":"\\u00e9\\u0000"}', ["a", "é\0"]),
        (b'{"more":[{"text":"b"}],"text":null}\n{"n":NaN,"text":""}\n', [None, ""]),
    ],
)
def test_what_is_unusual_is_read_alike(data: bytes, texts: list[str | None]) -> None:
    assert check(data, Fields()).texts == [texts]
