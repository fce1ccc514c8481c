"""Datasets of WARC files: kept bytes, correct headers, compressed members, and restoring."""

import gzip
import io
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup import (
    Config,
    ConfigError,
    InputError,
    MissingLibraryError,
    clean_dataset,
    restore_dataset,
)
from dedup.datasets.formats.record_format import RecordFields
from dedup.datasets.formats.warc import Warc
from dedup.files.compression import compression_from_name, open_compressed
from dedup.files.location import Location
from dedup.files.source import Source
from tests.generated_texts import near_copies
from tests.warc_records import page, response, sha1, warc_record

BODY = "The council promised a report on how it came to be that the ferry was late so often in May."
TWICE = f"{BODY}\n{BODY}\n"
ONE = warc_record("one")


def unpacked(path: Location) -> bytes:
    with path.open("rb") as raw, open_compressed(raw, compression_from_name(path), "rb") as file:
        return file.read()


def test_a_dataset_of_archives(tmp_path: Path) -> None:
    info = warc_record("a: b\r\n", "warcinfo", "application/warc-fields")
    twice = warc_record(TWICE, WARC_Block_Digest=sha1(TWICE.encode()))
    pages = [response(page(BODY + more), WARC_Date=date) for more, date in (("", 1), ("!", 2))]
    records = [info, warc_record("One."), *pages, twice, warc_record("ONE!"), warc_record("Two.")]
    news, out, ledger = tmp_path / "news.warc.gz", tmp_path / "out.warc.gz", tmp_path / "ledger"
    news.write_bytes(b"".join(map(gzip.compress, records)))
    report = clean_dataset([news], out, keep="first")
    assert (report.documents, report.kept, report.edited) == (7, 4, 0)
    report = clean_dataset([news], out, across=False, ledger=ledger)
    assert (report.kept, report.edited) == (7, 1)
    records[4] = warc_record(f"{BODY}\n")  # the digest of the old text is left out
    assert unpacked(out) == b"".join(records)
    (back,) = restore_dataset(ledger, [out], tmp_path / "back.warc.gz")
    assert unpacked(back) == unpacked(news)


def test_headers_name_and_rank_records(tmp_path: Path) -> None:
    dates = ["2020-01-01T00:00:00Z", "2021-01-01T00:00:00.123456789Z", None]
    records = [
        warc_record("One.", WARC_Date=date, WARC_Record_ID=f"<urn:é{n}>")
        for n, date in enumerate(dates)
    ]
    news, out = tmp_path / "news.warc", tmp_path / "out.warc"
    news.write_bytes(b"".join(records))
    clean_dataset([news], out, keep="max:warc-date")
    assert out.read_bytes() == records[1]
    clean_dataset([news], out, annotate=True, id="warc-record-id", keep="first")
    expected = (
        "\r\ndedup_keep: false\r\ndedup_witness: <urn:é0>\r\ndedup_similarity: 1.0\r\n\r\nOne."
    )
    assert out.read_bytes() == b"".join(
        [
            records[0].replace(b"\r\n\r\nOne.", b"\r\ndedup_keep: true\r\n\r\nOne."),
            *(record.replace(b"\r\n\r\nOne.", expected.encode()) for record in records[1:]),
        ]
    )
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"id": "WARC-Id"}, 'has no header "WARC-Id" .found: WARC-Type, .*choose one with id='),
        ({"keep": "max:Date"}, 'has no header "Date" .found: WARC-Type, .*choose one with keep='),
    ]
    for options, said in wrong:
        with pytest.raises(InputError, match=said):
            clean_dataset([news], out, **options)


def test_an_id_with_a_line_break_adds_no_header(tmp_path: Path) -> None:
    news, other, out = tmp_path / "a.warc", tmp_path / "b.jsonl", tmp_path / "out.warc"
    news.write_bytes(ONE)
    other.write_text('{"text": "one", "WARC-Type": "x\\r\\nContent-Length: 0"}\n')
    clean_dataset([news], out, against=(other,), annotate=True, id="WARC-Type")
    assert b"\r\ndedup_witness: x\\r\\nContent-Length: 0\r\n" in out.read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"text": ("body",)}, "text has no effect: the text of a WARC record is its"),
        ({"encoding": "latin-1"}, "encoding has no effect on warc, which has its own"),
        ({"delimiter": ";"}, "delimiter has no effect on warc, only on CSV"),
    ],
)
def test_options_without_effect_on_warc_are_refused(
    tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    (tmp_path / "news").write_bytes(ONE)
    with pytest.raises(ConfigError, match=said):
        clean_dataset([tmp_path / "news"], tmp_path / "out.warc", **options)


@pytest.mark.parametrize("name", ["fastwarc", "resiliparse"])
def test_a_missing_library_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    class Nowhere:
        def find_spec(self, wanted: str, *_: object) -> None:
            if wanted == name:
                raise ModuleNotFoundError(name=name)

    for module in [module for module in sys.modules if module.startswith(name)]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(sys, "meta_path", [Nowhere(), *sys.meta_path])
    (tmp_path / "news.wet").write_bytes(ONE)
    with pytest.raises(MissingLibraryError, match="pip install fastwarc resiliparse"):
        clean_dataset([tmp_path / "news.wet"], tmp_path / "out.wet")


@pytest.mark.parametrize("ending", ["", ".gz", ".zst", ".bz2", ".xz", ".lz4"])
def test_each_record_is_compressed_by_itself(tmp_path: Path, ending: str) -> None:
    records = [warc_record(f"text {n}") for n in range(4)]
    news, out = tmp_path / "news.warc", tmp_path / f"out.warc{ending}"
    news.write_bytes(b"".join(records))
    clean_dataset([news], out)
    assert unpacked(out) == news.read_bytes()
    if ending == ".gz":
        assert out.read_bytes().count(b"\x1f\x8b\x08") == 4
    if ending in (".gz", ".zst"):  # what fastwarc reads
        with out.open("rb") as file:
            places = [record.stream_pos for record in ArchiveIterator(file)]
        for place, record in zip(places, records, strict=True):
            apart = tmp_path / f"apart{ending}"
            apart.write_bytes(out.read_bytes()[place:])
            assert unpacked(apart).startswith(record)


def test_an_output_of_no_records(tmp_path: Path) -> None:
    news, out = tmp_path / "news.warc", tmp_path / "out.warc.gz"
    news.write_bytes(ONE)
    assert clean_dataset([news], out, against=(news,)).kept == 0
    assert gzip.decompress(out.read_bytes()) == b""
    news.write_bytes(b"")
    assert clean_dataset([news], out).documents == 0


def test_files_written_by_fastwarc(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    for text in (TWICE, "One.", "ONE"):
        record = WarcRecord()
        record.init_headers(WarcRecordType.conversion)
        record.headers["Content-Type"] = "text/plain"
        record.set_bytes_content(text.encode())
        record.write(buffer, checksum_data=True)
    news, out = tmp_path / "news.warc.wet", tmp_path / "out.warc.wet"
    news.write_bytes(buffer.getvalue())
    report = clean_dataset([news], out)
    assert (report.kept, report.edited) == (2, 1)
    with out.open("rb") as file:
        records = [(r.verify_block_digest(), r.reader.read()) for r in ArchiveIterator(file)]
    assert records == [(False, f"{BODY}\n".encode()), (True, b"One.")]


RECORD = st.one_of(
    near_copies(words=30).map("\n".join).map(warc_record),
    st.text(max_size=30).map(warc_record),
    st.just(warc_record(None)),
    near_copies(words=12).map("\n".join).map(lambda text: response(page(text))),
    st.sampled_from([b"garbage\r\n", warc_record(b"\xff"), warc_record("a", Content_Length=None)]),
    st.sampled_from([warc_record("a text", Content_Length=size) for size in (3, 40, 1 << 50)]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(RECORD, max_size=5).map(b"".join), min_size=1, max_size=3),
    st.sampled_from([None, 1, 500]),
    st.sampled_from(["", ".gz", ".zst"]),
    st.sampled_from([{}, {"within": False}, {"across": False}]),
)
def test_kept_records_keep_their_bytes_and_the_inputs_are_restored(
    tmp_path_factory: pytest.TempPathFactory,
    inputs: list[bytes],
    shard_size: int | None,
    ending: str,
    halves: dict[str, bool],
) -> None:
    folder = tmp_path_factory.mktemp("warc")
    sources = [folder / f"in{number}.warc" for number in range(len(inputs))]
    for path, data in zip(sources, inputs, strict=True):
        path.write_bytes(data)
    outputs: dict[int, list[bytes]] = {}
    for threads in (1, 2):
        target = folder / f"out{threads}"
        target.mkdir()
        options: dict[str, Any] = {"on_error": "skip", "threads": threads, **halves}
        clean_dataset(
            sources, target / f"out.warc{ending}", Config(min_tokens=6),
            ledger=folder / f"ledger{threads}", shard_size=shard_size, **options,
        )  # fmt: skip
        outputs[threads] = [path.read_bytes() for path in sorted(target.iterdir())]
    assert outputs[1] == outputs[2]
    written = sorted((folder / "out2").iterdir())
    for path in sources:
        path.rename(path.with_suffix(".was"))
    back = folder / "back.warc" if len(sources) == 1 else f"{folder}/back/"
    found = restore_dataset(folder / "ledger2", written, back)
    assert [path.read_bytes() for path in found] == inputs
    whole = b"".join(inputs)
    for file in written if halves == {"within": False} else ():
        with Source(file) as source:
            ends = [
                end for batch in Warc(RecordFields()).batches(source) for end in batch.ends.tolist()
            ]
        content = unpacked(file)
        assert all(content[start:end] in whole + b"\n" for start, end in pairwise([0, *ends]))
