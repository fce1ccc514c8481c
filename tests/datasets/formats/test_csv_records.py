"""CSV and TSV: cells in any quoting; a changed cell changes no other byte."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dedup import ConfigError, InputError, clean_dataset, restore_dataset
from dedup.arrays.packed import PackedTexts
from dedup.datasets.formats import csv_records
from dedup.datasets.formats.csv_records import Csv
from dedup.datasets.formats.ranks import Rank
from dedup.datasets.formats.record_format import InputRecord, RecordFields
from dedup.files.source import Source
from tests.without_core import leave_out_core, needs_core

BODY = "The council promised a report on how it came to be that the ferry was late so often in May."
TWICE = f"{BODY}\n{BODY}\n"
STORY = "the ferry was late again, and nobody on the pier could say why it was so"


class Records(NamedTuple):
    head: bytes
    texts: list[list[str | None]]  # of each field
    ids: list[object]
    ranks: list[Rank]
    ends: list[int]
    bad: list[InputRecord]


def read_batches(tmp_path: Path, data: bytes, form: Csv | None = None) -> list[Records]:
    path = tmp_path / "records.csv"
    path.write_bytes(data)
    found = []
    with Source(path) as source:
        for batch in (form or Csv(RecordFields())).batches(source):
            texts, count = batch.texts, batch.field_count
            if isinstance(texts, PackedTexts):
                strings = texts.to_strings(np.arange(len(texts)))
                texts = [strings[field::count] for field in range(count)]
            assert not isinstance(batch.ids, PackedTexts)
            ids, ranks = batch.ids or [], batch.ranks or []
            found.append(Records(batch.head, texts, ids, ranks, batch.ends.tolist(), batch.bad))
    return found


def read(tmp_path: Path, data: bytes, form: Csv | None = None) -> Records:
    """Return the records of all batches together."""
    first, *others = read_batches(tmp_path, data, form)
    for batch in others:
        bad = [record._replace(row=len(first.ends) + record.row) for record in batch.bad]
        texts = [[*before, *more] for before, more in zip(first.texts, batch.texts, strict=True)]
        ids, ranks = first.ids + batch.ids, first.ranks + batch.ranks
        assert not batch.head
        first = Records(first.head, texts, ids, ranks, first.ends + batch.ends, first.bad + bad)
    return first


@pytest.mark.parametrize(
    ("data", "head", "texts", "ends"),
    [
        (b"id,text\n1,a\n2,b\n", b"id,text\n", ["a", "b"], [12, 16]),
        (b"\xef\xbb\xbftext;n\r\na;1\r\n\r\nb;2", b"\xef\xbb\xbftext;n\r\n", ["a", "b"], [16, 21]),
        (b'text\tn\n"a ""b""\nc"\t1\n', b"text\tn\n", ['a "b"\nc'], [21]),
        (b"text\ra\rb\r", b"text\r", ["a", "b"], [7, 9]),
        (b"text|n\n,|\n", b"text|n\n", [","], [10]),
        (b"text\n", b"text\n", [], []),
    ],
)
def test_records_and_where_they_end(
    tmp_path: Path, data: bytes, head: bytes, texts: list[str], ends: list[int]
) -> None:
    batch = read(tmp_path, data)
    assert (batch.head, batch.texts, batch.ends) == (head, [texts], ends)
    assert not batch.bad


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1", "has 1 cell, but the header has 2"),
        (b"1,2,3", "has 3 cells, but the header has 2"),
        (b'1,"a"b', "is not valid CSV: ',' expected after '\"'"),
        (
            b"1,\xff",
            "0xff at position 3 is not valid UTF-8; choose the encoding",
        ),
    ],
)
def test_a_record_that_cannot_be_read(tmp_path: Path, line: bytes, reason: str) -> None:
    batch = read(tmp_path, b"id,text\n1,a\n\n" + line + b"\n2,b\n")
    assert batch.texts == [["a", None, "b"]]
    (bad,) = batch.bad
    assert (bad.row, bad.line) == (1, 3 if b"\n\n" in line else bad.line)
    assert bad.reason.startswith(reason)


def test_an_open_quote_is_reported_with_its_line(tmp_path: Path) -> None:
    batch = read(tmp_path, b'text\na\n"b\nc\n')
    assert batch.texts == [["a", None]]
    assert batch.bad[0].reason == "is not valid CSV: unexpected end of data"
    assert batch.ends == [7, 12]


def test_headers_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'no column "text" \(found: id, body\); choose one with'):
        read(tmp_path, b"id,body\n1,a\n")
    with pytest.raises(InputError, match=r"the first line is empty, but must name the columns"):
        read(tmp_path, b"")
    with pytest.raises(InputError, match=r'has two columns "text"; rename one'):
        read(tmp_path, b"text,id,text\n1,a,2\n")
    assert read(tmp_path, b"id,text,id\n1,a,2\n").texts == [["a"]]  # which are not read
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        with pytest.raises(InputError, match=r"looks like UTF-16.* \(iconv -f UTF-16(LE|BE)? -t"):
            read(tmp_path, "id,text\n1,a\n".encode(encoding))
    form = Csv(RecordFields())
    read(tmp_path, b"id,text\n", form)
    with pytest.raises(InputError, match="has other columns than the first input"):
        read(tmp_path, b"text,id\n", form)


@pytest.mark.parametrize(
    ("data", "delimiter", "texts"),
    [
        (b"id^text\n1^a,b\n", "^", ["a,b"]),
        (b"text,more;id\na,b;1\n", ",", ["a"]),
        ("text¦id\na¦1\n".encode(), "¦", ["a"]),
        (b"text id\n'a 1\n", " ", ["'a"]),
        (b"id\x1ftext\n1\x1fa\n", "\x1f", ["a"]),
    ],
)
def test_a_delimiter_that_is_given(
    tmp_path: Path, data: bytes, delimiter: str, texts: list[str]
) -> None:
    batch = read(tmp_path, data, Csv(RecordFields(), delimiter))
    assert (batch.texts, batch.bad) == ([texts], [])


def test_a_delimiter_that_is_given_outdoes_name_and_header(tmp_path: Path) -> None:
    news, out = tmp_path / "news.tsv", tmp_path / "out.tsv"
    news.write_text(f"text^a\tb\n{TWICE.strip()!r}^1\none^2\nONE^3\n")
    with pytest.raises(InputError, match=r'has no column "text" .found: text'):
        clean_dataset([news], out)
    assert clean_dataset([news], out, delimiter="^", annotate=True).removed_exact == 1
    assert out.read_text().splitlines()[-1] == "ONE^3^false^2^1.0"
    with pytest.raises(InputError, match=r'has no column "text" .found: text'):
        clean_dataset([news], out, delimiter=";")


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n", "\r", "\\t", "¦"])
def test_invalid_delimiters_are_refused(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(ConfigError, match="delimiter must be "):
        clean_dataset([tmp_path], tmp_path / "out.csv", delimiter=delimiter, encoding="iso8859-2")


def test_csv_in_other_encodings(tmp_path: Path) -> None:
    data = "text\nécole\n".encode("latin-1")
    batch = read(tmp_path, data, Csv(RecordFields(), encoding="latin-1"))
    assert batch.texts == [["école"]]


def test_cells_of_any_size_whatever_the_limit_of_the_process(tmp_path: Path) -> None:
    long = "word " * 60_000
    data = f'text\n"{long}"\n'.encode()
    before = csv.field_size_limit()
    batch = read(tmp_path, data)
    assert (batch.texts, batch.bad) == ([[long]], [])
    assert csv.field_size_limit(10) == before
    try:
        batch = read(tmp_path, data)
        assert batch.texts == [[long]]
        with pytest.raises(csv.Error, match="field larger than field limit"):
            next(csv.reader([long]))
    finally:
        csv.field_size_limit(before)


def test_batches_of_any_size_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"text,n\n" + b"".join(b'"%d\n",%d\n' % (n, n) for n in range(50))
    whole = read(tmp_path, data)
    monkeypatch.setattr("dedup.datasets.formats.record_format.READ_BYTES", 40)
    monkeypatch.setattr("dedup.datasets.formats.jsonl.READ_BYTES", 40)
    assert len(read_batches(tmp_path, data)) > 3
    assert read(tmp_path, data) == whole


LINE = st.text(st.sampled_from('aé1\x00\x85 ,"\n\r'), max_size=8).map(str.encode) | st.sampled_from(
    [b'1,"a ""b""\nc"', b"2,d", b'"",', b"3,\xff", b"x,y", b"4", b"5,6,7", b'6,a"b', b'"7"x,c']
)


@needs_core
@given(
    st.lists(LINE, max_size=8),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.sampled_from([None, "rank"]),
    st.integers(1, 30),
)
def test_the_core_reads_what_csv_reads(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[bytes],
    end: bytes,
    rank: str | None,
    size: int,
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    data = b"rank,text" + end + end.join(lines)
    fields = RecordFields(id="rank", rank=rank)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dedup.datasets.formats.jsonl.READ_BYTES", size)
        by_core = read(folder, data, Csv(fields))
        patch.setattr("dedup.datasets.formats.jsonl.READ_BYTES", 1 << 20)
        assert read(folder, data, Csv(fields)) == by_core
        leave_out_core(patch)
        assert read(folder, data, Csv(fields)) == by_core
        patch.setattr("dedup.datasets.formats.jsonl.READ_BYTES", size)
        assert read(folder, data, Csv(fields)) == by_core


@needs_core
def test_the_core_goes_on_after_an_unusual_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = b'text,n\na,1\nb"c,2\n' + b'"d ""e""\nf",3\n' * 200
    monkeypatch.setattr("dedup.datasets.formats.jsonl.READ_BYTES", 100)
    read_lines, lines = csv_records.CountedLines.__iter__, list[bytes]()

    def noted(self: csv_records.CountedLines) -> Iterator[bytes]:
        for line in read_lines(self):
            lines.append(line)
            yield line

    monkeypatch.setattr(csv_records.CountedLines, "__iter__", noted)
    batch = read(tmp_path, data)
    assert batch.texts == [["a", 'b"c', *['d "e"\nf'] * 200]]
    assert 1 <= len(lines) < 20


CELL = st.text(st.sampled_from('ab ,"\n\r;é中'), max_size=6)


@given(
    st.lists(CELL, min_size=2, max_size=4),
    CELL,
    st.sampled_from([0, 1]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_changed_cell_changes_nothing_else(
    cells: list[str], other: str, quoting: Literal[0, 1], delimiter: str, end: str
) -> None:
    names = [*(f"c{number}" for number in range(len(cells) - 1)), "text"]
    form = Csv(RecordFields())

    def written(row: list[str]) -> bytes:
        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=end)
        writer.writerow(row)
        return buffer.getvalue().encode()

    def parsed(record: bytes) -> list[str]:
        text = io.StringIO(record.decode(), "")
        rows: list[list[str]] = []
        with suppress(csv.Error):
            rows = [row for row in csv.reader(text, delimiter=delimiter, strict=True) if row]
        return rows[0] if len(rows) == 1 else []

    form._header, form._delimiters = names, delimiter  # noqa: SLF001
    record = written(cells)
    assume(parsed(record) == cells)  # csv leaves \r unquoted
    changed = form.with_texts(record, {"text": other})
    assert parsed(changed) == [*cells[:-1], other]
    if quoting == csv.QUOTE_MINIMAL and "\r" not in "".join(cells):
        assert changed.startswith(written([*cells[:-1], ""])[: -len(end)])
    assert changed.endswith(end.encode())
    more = form.with_fields(record, {"keep": True, "witness": None, "similarity": 0.5})
    assert parsed(more) == [*cells, "true", "", "0.5"]


def test_a_dataset_of_csv(tmp_path: Path) -> None:
    rows = [("1", STORY, "x"), ("2", TWICE, "y,z"), ("3", STORY.upper(), "x"), ("4", "else", "")]
    buffer = io.StringIO()
    csv.writer(buffer).writerows([("id", "text", "more"), *rows])
    news, out, ledger = tmp_path / "news.csv", tmp_path / "out.csv", tmp_path / "ledger"
    news.write_bytes(buffer.getvalue().encode())
    report = clean_dataset([news], out, keep="max:id", ledger=ledger, id="id")
    assert (report.kept, report.removed_exact, report.edited) == (3, 1, 1)
    with out.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["id", "text", "more"],
            ["2", f"{BODY}\n", "y,z"],
            ["3", STORY.upper(), "x"],
            ["4", "else", ""],
        ]
    assert json.loads(ledger.read_bytes().splitlines()[1])["witness"]["id"] == "3"
    assert (
        restore_dataset(ledger, [out], tmp_path / "back.csv")[0].read_bytes() == news.read_bytes()
    )
    clean_dataset([news], out, annotate=True, within=False)
    with out.open(newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["dedup_keep"] for row in found] == ["true", "true", "false", "true"]
    assert [row["dedup_witness"] for row in found] == ["", "", "1", ""]
    assert [row["more"] for row in found] == ["x", "y,z", "x", ""]


def test_inputs_of_csv_have_one_header_in_the_output(tmp_path: Path) -> None:
    for name, text in (("a", "one"), ("b", "two"), ("c", "one")):
        (tmp_path / f"{name}.tsv").write_text(f"text\tname\n{text}\t{name}\n")
    out = tmp_path / "out.tsv"
    clean_dataset([tmp_path / "a.tsv", tmp_path / "b.tsv"], out, against=(tmp_path / "c.tsv",))
    assert out.read_text() == "text\tname\ntwo\tb\n"
