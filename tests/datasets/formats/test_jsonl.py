"""JSON lines: records are read or refused with the reason; a changed field changes nothing else."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import InputError
from dedup.datasets.formats.json_values import loads
from dedup.datasets.formats.jsonl import JsonLines
from dedup.datasets.formats.record_format import InputBatch, RecordError, RecordFields
from dedup.files.source import Source

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
STYLES: tuple[Callable[[object], str], ...] = (
    json.dumps,
    lambda value: json.dumps(value, ensure_ascii=False),
    lambda value: json.dumps(value, separators=(",", ":")).replace("/", "\\/"),
    lambda value: json.dumps(value, indent=None, separators=(" , ", " :\t")),
)


def read(tmp_path: Path, data: bytes, fields: RecordFields | None = None) -> list[InputBatch]:
    """Read records with the compiled core, if there is one, and without it; both agree."""
    path, fields = tmp_path / "records.jsonl", fields or RecordFields()
    path.write_bytes(data)
    by_orjson = read_file(path, fields, by_core=False)
    by_core = read_file(path, fields, by_core=True)
    for one, other in zip(by_core, by_orjson, strict=True):
        assert one.ends.tolist() == other.ends.tolist()
        assert repr(replace(one, ends=other.ends)) == repr(other)
    return by_core


def read_file(path: Path, fields: RecordFields, *, by_core: bool) -> list[InputBatch]:
    lines = JsonLines(fields)
    lines.core_reads_records = lines.core_reads_records and by_core
    with Source(path) as source:
        pending = [*lines.batches(source)]
    return [as_lists(read_batch(), len(fields.texts)) for read_batch in pending]


def as_lists(batch: InputBatch, field_count: int) -> InputBatch:
    """Return a batch with lists in the place of packed texts, and without notes on its reading."""
    packed = batch.packed_texts()
    texts = packed.to_strings(np.arange(len(packed)))
    columns = [texts[field::field_count] for field in range(field_count)]
    ids = None if batch.ids is None else [*map(batch.id_of, range(len(batch)))]
    bad = [record._replace(end=0) for record in batch.bad]
    batch = replace(batch, read_only=[*batch.read_only], doubtful=())
    return replace(batch, texts=columns, ids=ids, bad=bad)


def only(batches: list[InputBatch]) -> InputBatch:
    (batch,) = batches
    return batch


@pytest.mark.parametrize(
    ("data", "start", "ends", "texts"),
    [
        (b'{"text":"a"}\n{"text":"b"}\n', 0, [13, 26], ["a", "b"]),
        (b'{"text":"a"}\n{"text":"b"}', 0, [13, 25], ["a", "b"]),
        (b'{"text":"a"}\r\n{"text":null}\r\n', 0, [14, 29], ["a", None]),
        (b'\n{"text":"a"}\n \n\n{"text":"b"}\n\n\n', 0, [14, 32], ["a", "b"]),
        (b'\xef\xbb\xbf{"text":"a"}\n{"x":1}\n', 3, [16, 24], ["a", None]),
        (b'{"text":"\\ud800"}\n{"text":"b","n":NaN}\n', 0, [18, 39], ["\ud800", "b"]),
        (b'{"text":"a","text":"b"}\n', 0, [24], ["b"]),
    ],
)
def test_records_and_where_they_end(
    tmp_path: Path, data: bytes, start: int, ends: list[int], texts: list[str | None]
) -> None:
    batches = read(tmp_path, data)
    assert len(batches[0].head) == start
    assert [end for batch in batches for end in batch.ends.tolist()] == ends
    assert [text for batch in batches for text in batch.texts[0]] == texts
    assert not any(batch.bad for batch in batches)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "a"', "is not JSON: unexpected end of data"),
        (b'{"text": "a"} {"text": "b"}', "is not JSON: unexpected content after document"),
        (b"[1]", "must be a JSON object, got list"),
        (b"7", "must be a JSON object, got int"),
        (b'{"text": 7}', "field 'text' must be a string, got int"),
        (b'{"text": ["a"]}', "field 'text' must be a string, got list"),
        (
            b'{"text": "\xff"}',
            "0xff at position 11 is not valid UTF-8, which JSON must be; convert",
        ),
        (b"\0\0\0", "is not JSON"),
        (b'{"a":' * 100_000, "is not JSON"),
    ],
)
def test_a_record_that_cannot_be_read(tmp_path: Path, line: bytes, reason: str) -> None:
    batch = only(read(tmp_path, b'{"text":"a"}\n\n' + line + b'\n{"text":"b"}\n'))
    assert batch.texts == [["a", None, "b"]]
    ((bad),) = batch.bad
    assert (bad.row, bad.line) == (1, 3)
    assert bad.reason.startswith(reason)


PIECES = [b"\0", b"\xff", b'"', b"{", b"}", b"[", b"\n", b"\r", b"9", b"NaN", b"1e999", b" ", b","]
PIECES += [b"\\ud800", b'"text":"b",', b"\xed\xa0\x80", b"\\", b"{}", b"}\n{", b"\xef\xbb\xbf"]
VALUES = st.one_of(st.text(max_size=9), st.none(), JSON)
LINES = st.fixed_dictionaries({}, optional={"text": VALUES, "more": JSON, "": JSON})
FIRST = b'{"text":"first"}\n'  # has the field, so that what follows need not have it


@given(st.lists(LINES, min_size=1, max_size=5), st.booleans(), st.integers(0, 3), st.randoms())
def test_every_line_is_a_record_or_a_bad_record(
    tmp_path_factory: pytest.TempPathFactory,
    records: list[object],
    ascii_only: bool,  # noqa: FBT001
    changes: int,
    rng: random.Random,
) -> None:
    lines = [json.dumps(record, ensure_ascii=ascii_only) + "\n" for record in records]
    data = "".join(lines).encode("utf-8", "surrogatepass")
    for _ in range(changes):
        place = rng.randrange(len(data))
        data = data[:place] + rng.choice(PIECES) + data[place + rng.randint(0, 2) :]
    batch = only(read(tmp_path_factory.getbasetemp(), FIRST + data))
    written = [line for line in (FIRST + data).split(b"\n") if line.strip()]
    bad = {record.row for record in batch.bad}
    for row, (line, text) in enumerate(zip(written, batch.texts[0], strict=True)):
        try:
            record = json.loads(line.decode())
            readable = isinstance(record, dict) and isinstance(record.get("text"), str | None)
        except ValueError:
            readable = False
        assert readable == (row not in bad)
        assert text == (record.get("text") if readable else None)
    assert batch.ends[-1] == len(FIRST + data)


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b'{"text":"a","text":"b"}\n', ["b"]),
        (b'{"text":"a"}{"text":"b"}\n\n', [None]),
        (b'{"text":"\\udc00"}\n', ["\udc00"]),
        (b'{"more":' + b"[" * 5000 + b"]" * 5000 + b"}\n", [None]),
        (b' {"text":"a"}\n', ["a"]),
        (b"\n", []),
        (b'{"text":"a"}\r\n{"te\\u0078t":"\\u00e9\\u0000"}', ["a", "é\0"]),
        (b'{"more":[{"text":"b"}],"text":null}\n{"n":NaN,"text":""}\n', [None, ""]),
    ],
)
def test_unusual_json(tmp_path: Path, data: bytes, texts: list[str | None]) -> None:
    assert only(read(tmp_path, FIRST + data)).texts == [["first", *texts]]


def test_an_input_without_the_field_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'has no field "text" \(found: id, body\); choose'):
        read(tmp_path, b'{"id":1,"body":"a"}\n{"id":2}\n')
    assert read(tmp_path, b'{"id":1,"text":null}\n{"id":2}\n')


def test_fields_by_path_names_and_ranks(tmp_path: Path) -> None:
    fields = RecordFields(("title", "page.body", "a.b"), id="id", rank="date")
    lines = [
        {"title": "T", "page": {"body": "B"}, "a.b": "C", "id": 7, "date": "2026-01-02"},
        {"title": None, "page": 3, "a": {"b": "D"}, "id": "x", "date": 5},
        {"date": "soon"},
        {"id": None, "date": None},
    ]
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    batch = only(read(tmp_path, data, fields))
    assert batch.texts == [["T", None, None, None], ["B", None, None, None], ["C", "D", None, None]]
    assert batch.ids == [7, "x", None, None]
    assert batch.ranks is not None
    assert batch.ranks[:2] == [1767312000.0, 5.0]
    assert batch.ranks[3] != batch.ranks[3]  # none: behind all others
    assert [(bad.row, bad.reason) for bad in batch.bad] == [
        (2, "field 'date' must be a number or a date, got 'soon'")
    ]


@pytest.mark.parametrize("names", [("id", "url"), ("url", "url"), ("url", "m.url")])
def test_sources(tmp_path: Path, names: tuple[str, str]) -> None:
    sources = ["a.org", None, "", "b\u00e9.org", True, 7]
    lines: list[dict[str, Any]] = [
        {"text": "A", "id": row, "date": row, "url": source, "m": {"url": source}}
        for row, source in enumerate(sources)
    ]
    data = "".join(json.dumps(line) + "\n" for line in [*lines, {"text": "B", "date": 7}]).encode()
    fields = RecordFields(id=names[0], rank="date", source=names[1])
    batch = only(read(tmp_path, data, fields))
    assert batch.sources == ["a.org", None, "", "b\u00e9.org", None, "7", None]
    assert batch.ranks is not None and batch.ranks[5:] == [5, 7]
    assert batch.ids == [*(line[names[0]] for line in lines), None]
    assert [(bad.row, bad.reason) for bad in batch.bad] == [
        (4, f"field {names[1]!r} must be a string or an integer, got bool")
    ]


@pytest.mark.parametrize("size", [1, 7, 64])
def test_batches_of_any_size_give_the_same(
    tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(size)
    data = b"".join(
        json.dumps({"text": "word " * rng.randint(0, 30), "n": n}).encode()
        + b"\n" * rng.randint(1, 3)
        for n in range(40)
    )
    whole = only(read(tmp_path, data))
    monkeypatch.setattr("dedup.datasets.formats.jsonl.READ_BYTES", size)
    parts = read(tmp_path, data)
    assert len(parts) > 1
    assert [text for part in parts for text in part.texts[0]] == whole.texts[0]
    # Blank lines belong to the record before or behind them, as the pieces fall.
    records = [loads(data[start:end]) for start, end in spans(parts)]
    assert records == [loads(data[start:end]) for start, end in spans([whole])]


def spans(batches: list[InputBatch]) -> list[tuple[int, int]]:
    ends = [0, *(end for batch in batches for end in batch.ends.tolist())]
    return list(pairwise(ends))


@given(
    st.dictionaries(st.text(max_size=4), JSON, max_size=4),
    st.text(max_size=20),
    st.text(max_size=20),
    st.sampled_from(STYLES),
    st.randoms(),
)
def test_a_changed_text_changes_nothing_else(
    record: dict[str, Any],
    text: str,
    other: str,
    style: Callable[[object], str],
    rng: random.Random,
) -> None:
    record = dict(rng.sample([*record.items(), ("text", text)], len(record) + 1))
    record["text"] = text
    try:
        line = (style(record) + "\r\n").encode()
    except UnicodeEncodeError:
        return
    changed = JsonLines(RecordFields()).with_texts(line, {"text": other})
    expected = record | {"text": other}
    assert json.dumps(json.loads(changed)) == json.dumps(expected)
    assert changed.endswith(b"}\r\n")
    again = JsonLines(RecordFields()).with_texts(changed, {"text": text})
    assert json.dumps(json.loads(again)) == json.dumps(record)


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        (rb'{"a": "x\/y", "text": "x\/y" }', rb'{"a": "x\/y", "text": "b/\u00e9" }'),
        ('{"text":"é"}'.encode(), '{"text":"b/é"}'.encode()),
        (rb'{"text":"\u00e9A"}', rb'{"text":"b/\u00e9"}'),
        (rb'{"text":"\\uABCD"}', rb'{"text":"b/\u00e9"}'),
        (rb'{"text":"a","t":{"text":"a"},"text":"a"}', None),
    ],
)
def test_a_text_is_written_in_the_way_of_its_record(line: bytes, changed: bytes | None) -> None:
    found = JsonLines(RecordFields()).with_texts(line, {"text": "b/é"})
    if changed is None:
        assert json.loads(found) == {"t": {"text": "a"}, "text": "b/é"}
    else:
        assert found == changed


def test_a_nested_text_is_changed() -> None:
    line = b'{"text":"a","page":{"text":"a"},"a.b":"a"}\n'
    form = JsonLines(RecordFields())
    assert form.with_texts(line, {"page.text": "b"}) == line.replace(
        b'{"text":"a"}', b'{"text":"b"}'
    )
    assert form.with_texts(line, {"a.b": "b"}) == line.replace(b'"a.b":"a"', b'"a.b":"b"')
    # A record may lack some of the fields, and hold no text in others.
    for field in ("x.y", "page.x", "page", "text.x"):
        assert form.with_texts(line, {field: "b"}) == line


@pytest.mark.parametrize(
    ("line", "more"),
    [
        (b'{"a":1}\n', b'{"a":1,"k":true}\n'),
        (b" { } \r\n", b' { "k":true} \r\n'),
        (b'{"a":"}"}', b'{"a":"}","k":true}'),
    ],
)
def test_fields_are_added_at_the_end(line: bytes, more: bytes) -> None:
    assert JsonLines(RecordFields()).with_fields(line, {"k": True}) == more


@pytest.mark.parametrize("name", ["keep", "k\\u0065ep", "\\u006B\\u0065\\u0065\\u0070"])
def test_an_existing_field_is_not_added_again(name: str) -> None:
    lines, record = JsonLines(RecordFields()), f'{{"a":"\\u00e9","{name}":1}}'.encode()
    with pytest.raises(RecordError, match="has a field keep already"):
        lines.with_fields(record, {"keep": True})
    nested = b'{"a":%b}' % record
    assert lines.with_fields(nested, {"keep": True}) == nested[:-1] + b',"keep":true}'
