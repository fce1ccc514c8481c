"""WARC files: every byte belongs to a record, and kept records keep their bytes."""

import gzip
import io
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator

from dedup import (
    InputError,
    clean_dataset,
)
from dedup.datasets.formats import warc
from dedup.datasets.formats.record_format import InputBatch, RecordFields
from dedup.datasets.formats.warc import Warc
from dedup.files.source import Source
from tests.warc_records import page, response, sha1, warc_record

BODY = "The council promised a report on how it came to be that the ferry was late so often in May."
TWICE = f"{BODY}\n{BODY}\n"
ONE, TWO = warc_record("one"), warc_record("two")


def read(tmp_path: Path, data: bytes, fields: RecordFields | None = None) -> list[InputBatch]:
    path = tmp_path / "records.warc"
    path.write_bytes(data)
    with Source(path) as source:
        return list(Warc(fields or RecordFields()).batches(source))


def seen_by_fastwarc(data: bytes) -> list[tuple[int, bytes]]:
    records = ArchiveIterator(io.BytesIO(data), parse_http=False)
    return [(record.stream_pos, record.reader.read()) for record in records]


@pytest.mark.parametrize("behind", [b"", b"\r\n", b"\r\n\r\n", b"\n\n", b"\r\n\r\n\r\n\n"])
def test_records_and_where_they_end(tmp_path: Path, behind: bytes) -> None:
    records = [
        warc_record(text, end=behind) for text in ("one", None, "", "zwéi\r\n\r\nWARC/1.0\r\n")
    ]
    (batch,) = read(tmp_path, b"".join(records))
    ends = [len(b"".join(records[: row + 1])) for row in range(4)]
    assert (batch.head, batch.ends.tolist()) == (b"", ends)
    assert not batch.bad
    assert batch.texts[0][:2] == ["one", None]
    # Blank lines at the end of a text cannot be told from those behind it by anything but length.
    assert batch.texts[0][2:] == ["", "zwéi\r\n\r\nWARC/1.0\r\n"]
    assert [start for start, _ in seen_by_fastwarc(b"".join(records))] == [0, *ends[:-1]]


BAD: dict[str, tuple[bytes, str]] = {
    "garbage": (
        b"garbage\r\n\r\n",
        "must begin with WARC/1.0 or WARC/1.1, got 'garbage'",
    ),
    "version": (
        b"WARC/x\r\nContent-Length: 0\r\n\r\n",
        "must begin with WARC/1.0 or WARC/1.1, got 'WARC/x'",
    ),
    "not UTF-8": (
        warc_record(b"\xff!"),
        "has a text that is not valid utf-8, and its header names no charset",
    ),
    "not ASCII": (
        warc_record(b"\xff!").replace(b"text/plain", b"text/plain; charset=ascii"),
        "has a text that is not valid ascii, which its header names",
    ),
    "no length": (warc_record("a", Content_Length=None), "must have one Content-Length, got none"),
    "lengths": (warc_record("a", Content_length=2), "must have one Content-Length, got 2"),
    "no number": (
        warc_record("a", Content_Length="-1"),
        "has a Content-Length that is not a number",
    ),
    "short": (
        warc_record("a text", Content_Length=3),
        "does not end where its Content-Length of 3",
    ),
    "long": (
        warc_record("a text", Content_Length=40),
        "does not end where its Content-Length of 40",
    ),
    "endless": (
        warc_record("a", Content_Length=9 << 20),
        "is cut off: its Content-Length is 9,437",
    ),
    "beyond": (
        warc_record("a", form="text/plain; charset=x-y"),
        "has a text in an unknown encoding",
    ),
    "no date": (warc_record("a", views="many"), "field 'views' must be a number or a date"),
    "no header": (b"WARC/1.0\r\nX: " + b"y" * (1 << 16), "has no blank line after its header"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_record_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    bad, reason = BAD[name]
    data = ONE + bad + b"\r\n" * (name == "no header") + TWO
    (batch,) = read(tmp_path, data, RecordFields(rank="views") if name == "no date" else None)
    assert batch.texts == [["one", None, "two"]]
    assert batch.ends.tolist() == [len(ONE), len(data) - len(TWO), len(data)]
    (told,) = batch.bad
    assert (told.row, told.line) == (1, None)
    assert told.reason.startswith(reason)


@pytest.mark.parametrize("missing", [5, len(ONE) - 4, len(ONE) - 30])
def test_a_file_that_is_cut_off(tmp_path: Path, missing: int) -> None:
    (batch,) = read(tmp_path, ONE + ONE[:-missing])
    assert batch.texts == [["one", None]]
    assert batch.ends.tolist() == [len(ONE), 2 * len(ONE) - missing]
    assert len(batch.bad) == 1


def test_an_error_says_where_and_what_to_do(tmp_path: Path) -> None:
    news, out = tmp_path / "news.warc", tmp_path / "out.warc"
    news.write_bytes(ONE + b"garbage\r\n" + TWO)
    with pytest.raises(InputError) as caught:
        clean_dataset([news], out)
    assert str(caught.value) == (
        f"{news}: record 2 (byte {len(ONE)}) must begin with WARC/1.0 or "
        "WARC/1.1, got 'garbage'; "
        'fix the record, or leave out all unreadable records with on_error="skip"'
    )
    aside = tmp_path / "aside"
    report = clean_dataset([news], out, on_error="quarantine", quarantine=aside)
    assert (report.bad, out.read_bytes(), aside.read_bytes()) == (1, ONE + TWO, b"garbage\r\n")


@pytest.mark.parametrize("size", [1, 7, 200])
def test_batches_and_pieces_of_any_size_give_the_same(
    tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = b"".join(warc_record(f"text {n}" * n) for n in range(20))
    data += BAD["short"][0] + ONE + BAD["garbage"][0] * 9 + TWO + BAD["endless"][0]
    (whole,) = read(tmp_path, data)
    monkeypatch.setattr(warc, "READ_BYTES", size)
    monkeypatch.setattr("dedup.datasets.formats.record_format.READ_BYTES", 300)
    parts = read(tmp_path, data)
    assert len(parts) > 5
    assert [text for part in parts for text in part.texts[0]] == whole.texts[0]
    assert [end for part in parts for end in part.ends.tolist()] == whole.ends.tolist()
    assert sum(len(part.bad) for part in parts) == len(whole.bad) == 3


@pytest.mark.parametrize(
    "size", [*range(warc.MAX_HEADER_BYTES - 3, warc.MAX_HEADER_BYTES + 36), 1 << 18]
)
def test_the_next_record_is_found_behind_any_amount_of_garbage(tmp_path: Path, size: int) -> None:
    garbage = b"x" * (size - 1) + b"\n"
    (batch,) = read(tmp_path, ONE + garbage + TWO)
    assert batch.texts == [["one", None, "two"]]
    assert batch.ends.tolist()[:2] == [len(ONE), len(ONE) + size]


def test_a_record_that_is_too_long_has_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warc, "MAX_RECORD_BYTES", 1000)
    monkeypatch.setattr(warc, "READ_BYTES", 100)
    long = warc_record("word " * 1000)
    (batch,) = read(tmp_path, ONE + long + TWO)
    assert (batch.texts, batch.bad) == ([["one", None, "two"]], [])
    (batch,) = read(tmp_path, ONE + long[:-1000])
    assert batch.bad[0].reason == "is cut off: its Content-Length is 5,000, but fewer bytes follow"
    assert batch.ends.tolist() == [len(ONE), len(ONE + long) - 1000]
    (batch,) = read(tmp_path, long[:-4] + b"more\r\n" + TWO)
    assert (batch.texts, len(batch.bad)) == ([[None, "two"]], 1)


ANSWERS: dict[str, tuple[bytes, str | None]] = {
    "a page": (response(page("Hällo.")), "Hällo."),
    "not found": (response(page("Hello.", status="404 Not Found")), None),
    "not HTML": (response(page("Hello.").replace(b"text/html", b"text/x")), None),
    "packed": (
        response(
            page("", "Content-Encoding: gzip\r\n").partition(b"<")[0] + gzip.compress(b"<p>Hi.</p>")
        ),
        "Hi.",
    ),
    "badly packed": (response(page("Hello.", "Content-Encoding: gzip\r\n")), None),
    "not HTTP": (response(b"Hello"), None),
    "in latin-1": (
        response(page("Hällo.", charset="latin1")),
        "Hällo.",
    ),
    "as gb2312": (response(page("你好.", charset="gb2312")), "你好."),
    "as nothing": (response(page("Hello.").replace(b"html\r", b"html; charset=none\r")), "Hello."),
    "of no server": (warc_record("<p>Hello.</p>", "resource", "text/html"), "Hello."),
    "in nothing": (warc_record(b"<p>\xe4</p>", "resource", "text/html; charset=none"), "ä"),
    "a request": (warc_record(b"GET / HTTP/1.1\r\n\r\n", "request", "application/http"), None),
    "an image": (warc_record(b"\xff\xd8", "resource", "image/jpeg"), None),
    "of no form": (warc_record("Hello.", form=""), None),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_text_of_other_types_of_records(tmp_path: Path, name: str) -> None:
    record, text = ANSWERS[name]
    (batch,) = read(tmp_path, record)
    assert (batch.texts, batch.bad) == ([[text]], [])
    assert batch.read_only == [0] or text is None


def test_texts_in_other_encodings(tmp_path: Path) -> None:
    said = "text/plain; charset="
    records = [
        warc_record("é".encode("latin-1"), "resource", said + '"ISO-8859-1"'),
        warc_record("é".encode("utf-16"), form=said + "utf-16"),
        warc_record(b"\xff\xfea", form=said + "utf-16"),
        warc_record("a piece", WARC_Segment_Number=1),
    ]
    (batch,) = read(tmp_path, b"".join(records))
    assert batch.texts == [["é", "é", None, None]]
    assert [bad.row for bad in batch.bad] == [2]
    changed = Warc(RecordFields()).with_texts(records[0], {"text": "éé"})
    assert changed.endswith(b"Content-Length: 2\r\n\r\n\xe9\xe9\r\n\r\n")


@pytest.mark.parametrize("fold", ["", "\r\n "])
@pytest.mark.parametrize("name", ["WARC-Block-Digest", "warc-payload-digest"])
def test_a_changed_text_changes_length_and_digests(fold: str, name: str) -> None:
    said: dict[str, Any] = {name: fold + sha1(b"a"), "X-More": "Content-Length: 1"}
    changed = Warc(RecordFields()).with_texts(warc_record("a", **said), {"text": "b"})
    assert changed == warc_record("b", X_More="Content-Length: 1")


def test_the_length_is_that_of_the_bytes() -> None:
    changed = Warc(RecordFields()).with_texts(
        warc_record("one", end=b"\n"), {"text": "\u00e9\u4e2d"}
    )
    assert changed == warc_record("\u00e9\u4e2d", end=b"\n")
