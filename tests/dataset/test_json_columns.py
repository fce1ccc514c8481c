"""What pyarrow reads of JSON lines is what is read line by line, or it is not asked."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import clean_dataset
from dedup.io import jsonl
from dedup.io.json_columns import columns_in
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


def line_by_line(data: bytes, fields: Fields) -> Batch:
    lines = data.split(b"\n")
    batch = JsonLines(fields)._slowly(lines if lines[-1] else lines[:-1], 0, 1)  # noqa: SLF001
    batch.ends[-1:] = len(data)
    return batch


def check(data: bytes, fields: Fields) -> bool:
    found = columns_in(data, fields)
    if found is None:
        return False
    texts, names, ends = found
    expected = line_by_line(data, fields)
    assert not expected.bad
    assert ends.tolist() == expected.ends.tolist()
    assert [column.to_pylist() for column in texts] == expected.texts
    assert names == expected.names
    return True


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
    "data",
    [
        b'{"text":"a","text":"b"}\n',
        b'{"text":"a"}{"text":"b"}\n\n',
        b'{"text":"a"}{"text":"b"}\n{"text":\n"c"}\n',
        b'{"text":"a","more":"\xff"}\n',
        b'{"text":"\\udc00"}\n',
        b'{"text":5}\n',
        b'{"more":' + b"[" * 5000 + b"]" * 5000 + b"}\n",
        b'{"more":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}\n",
        b' {"text":"a"}\n',
        b"[]\n",
        b"\n",
    ],
)
def test_what_is_unusual_is_left_to_those_who_can_say_where(data: bytes) -> None:
    assert columns_in(data, Fields()) is None


@pytest.mark.parametrize(
    "data",
    [
        b'{"text":"a"}\r\n{"te\\u0078t":"\\u00e9\\ud83d\\ude00\\u0000"}',
        b'{"more":[{"text":"b"}],"text":null}\n{"n":NaN,"id":7,"text":""}\n' * 900,
        b'{"more":' + b"[" * 900 + b"]" * 900 + b"}\n",
    ],
)
def test_what_is_usual_is_read(data: bytes) -> None:
    assert check(data, Fields())


def test_names_are_texts_or_whole_numbers() -> None:
    named = Fields(name="id")
    assert check(b'{"id":"a1"}\n{"id":null}\n', named)
    assert check(b'{"id":12}\n{"text":"b"}\n', named)
    for other in (b"1.5", b"true", b"[1]", b"12345678901234567890"):
        assert columns_in(b'{"id":' + other + b"}\n", named) is None


def test_a_file_gives_the_same_either_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "The council promised a report on how it came to be that the ferry was late so often. "
    texts = [body * 2, "one", None, body, "One!", "two\n" * 9, "é\U0001f600\x00"]
    lines = [json.dumps({"id": number, "text": text}) for number, text in enumerate(texts * 3)]
    (tmp_path / "news.jsonl").write_text("\n".join(lines))
    for large in (0, 1 << 24):
        monkeypatch.setattr(jsonl, "LARGE_BYTES", large)
        ledger, stats = (tmp_path / f"{name}{large}" for name in ("ledger", "stats"))
        target = tmp_path / "out.jsonl"
        news = [tmp_path / "news.jsonl"]
        clean_dataset(news, target, id_key="id", ledger=ledger, stats=stats)
        target.rename(tmp_path / f"out{large}")
    for name in ("out", "ledger", "stats"):
        assert (tmp_path / f"{name}0").read_bytes() == (tmp_path / f"{name}{1 << 24}").read_bytes()
